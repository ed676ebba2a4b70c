"""`ottempera judge` on hostile bytes: 200,000 mutated messages, no exception, each under 50 ms of CPU, memory flat.

The dice start from a seed that is printed; OTTEMPERA_SEED starts them elsewhere.
"""

from __future__ import annotations

import gc
import os
import random
import re
import time
from typing import TYPE_CHECKING, Final

import pytest

from collector.judge import judge_lines
from collector.judge.account import judge_explained
from collector.judge.explain import explain
from collector.judge.lines import rounds as rounds_of
from schema.codec import encode
from schema.errors import FormatError
from schema.verdict import read_verdict
from tests.acceptance.command import ottempera
from tests.fuzz.broken_lines import LINES, broken
from tests.fuzz.feeding import LIMIT_S, Hostile, alone_s, cpu_s, honest_lines, judged, resident_bytes, rounds
from tests.fuzz.make_seeds import SEEDS, kind_of, seeds
from tests.fuzz.mutations import mutated
from tests.unit.judge_build import POLICY, WORLD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SEED: Final = int(os.environ.get("OTTEMPERA_SEED", "20261121"))
MESSAGES: Final = 160_000
BROKEN: Final = 40_000
AT_ONCE: Final = 48  # messages judged together; fewer where they are large
BATCH_BYTES: Final = 60_000
EARLY: Final = 40_000  # messages after which memory is looked at for the first time
GROWTH_BYTES: Final = 24 << 20
LARGE: Final = 4_000  # bytes; such seeds are drawn seldom, for each costs as much as a hundred others
LARGE_SHARE: Final = 0.006
WIRES: Final = {path.stem: path.read_bytes() for path in sorted(SEEDS.glob("*.wire"))}


class Stream:
    """Mutated messages without end, from seeds of every shape."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        found = [Hostile(kind_of(name), wire) for name, wire in WIRES.items()]
        self._small = [one for one in found if len(one.wire) < LARGE]
        self._large = [one for one in found if len(one.wire) >= LARGE]
        self.beside = [one.wire for one in self._small]

    def message(self) -> Hostile:
        """The next."""
        seed = self.dice.choice(self._large if self.dice.random() < LARGE_SHARE else self._small)
        return seed._replace(wire=mutated(seed.wire, self.dice, self.beside))

    def batches(self, count: int) -> Iterator[list[Hostile]]:
        """So many messages, in batches that one call judges."""
        batch: list[Hostile] = []
        size = 0
        for _ in range(count):
            batch.append(self.message())
            size += len(batch[-1].wire)
            if len(batch) == AT_ONCE or size > BATCH_BYTES:
                yield batch
                batch, size = [], 0
        yield batch


def test_the_seeds_are_what_makes_them() -> None:
    assert seeds() == WIRES
    assert max(map(len, WIRES.values())) == 0xFFFF  # what a length of two bytes can say


@pytest.mark.parametrize("name", WIRES)
def test_each_seed_alone(name: str) -> None:
    """In every place in which a message may stand: a verdict, within the time."""
    for seed in range(6):
        assert alone_s(Hostile(kind_of(name), WIRES[name]), random.Random(seed)) < LIMIT_S


def test_mutated_messages(show: Callable[[str], None]) -> None:
    """A batch that costs less than a message may cost holds none that costs more; of the others each is judged alone."""
    stream = Stream(SEED)
    slowest, slow, judged_so_far, early = 0.0, 0, 0, 0
    began = time.thread_time()
    for batch in stream.batches(MESSAGES):
        lines = rounds(batch, stream.dice, stream.beside)
        try:
            cost = cpu_s(lines)
        except Exception as error:  # whatever it is: the message that caused it is to be found
            raise AssertionError(f"seed {SEED}: {culprit(batch)}") from error
        if cost >= LIMIT_S / 2:
            slow += len(batch)
            for one in batch:
                alone = alone_s(one, random.Random(SEED))
                slowest = max(slowest, alone)
                assert alone < LIMIT_S, f"seed {SEED}: {alone * 1000:.0f} ms for {one.kind} {one.wire[:200].hex()}"
        judged_so_far += len(batch)
        if not early and judged_so_far >= EARLY:
            gc.collect()
            early = resident_bytes()
    gc.collect()
    grown = resident_bytes() - early
    show(
        f"hostile bytes: {judged_so_far:,} mutated messages, seed {SEED}, {time.thread_time() - began:.0f} s of CPU; the "
        f"slowest of {slow} judged alone {slowest * 1000:.1f} ms, the others in batches under {LIMIT_S * 500:.0f} ms; memory {grown / 2**20:+.1f} MiB "
        f"from message {EARLY:,} on"
    )
    assert grown < GROWTH_BYTES


def culprit(batch: list[Hostile]) -> str:
    """The message of *batch* that cannot be judged, in hex."""
    for at, one in enumerate(batch):
        for seed in range(40):
            try:
                judged(rounds([one], random.Random(seed), ()))
            except Exception as error:  # noqa: BLE001 - that is what is looked for
                return f"message {at} of the batch, {one.kind}: {error!r}: {one.wire.hex()[:4000]}"
    return "no message alone, all of them together"


def test_broken_lines(show: Callable[[str], None]) -> None:
    """A line that is none is named by its number, and nothing else comes out; any other line ends in verdicts."""
    dice = random.Random(SEED)
    refused, slowest = 0, 0.0
    good = honest_lines(1)
    for _ in range(BROKEN):
        line = broken(dice)
        spent, refusal = tried([*good, line])
        if refusal is not None:
            refused += 1
            assert re.match(rf"line {len(good) + 1}: ", str(refusal)), (SEED, line[:300])
        if spent > LIMIT_S / 2:
            spent = min(tried([*good, line])[0] for _ in range(3))
        slowest = max(slowest, spent)
        assert spent < LIMIT_S, line[:300]
    show(
        f"broken lines: {BROKEN:,}, seed {SEED}: {refused:,} refused by number, the others judged; the slowest "
        f"{slowest * 1000:.1f} ms"
    )
    assert 0.3 < refused / BROKEN < 0.98


def tried(lines: list[bytes]) -> tuple[float, FormatError | None]:
    """CPU seconds to judge *lines*, and the refusal if there was one."""
    began, refusal = time.thread_time(), None
    try:
        judged(lines)
    except FormatError as error:
        refusal = error
    except Exception as error:
        raise AssertionError(f"seed {SEED}: {lines[-1][:3000]!r}") from error
    return time.thread_time() - began, refusal


def test_what_is_said_of_hostile_messages() -> None:
    """The sentences of `--explain` hold nothing of the network's that a terminal would obey, and no exception comes out."""
    stream = Stream(SEED + 1)
    for batch in stream.batches(6_000):
        for records in rounds_of(rounds(batch, stream.dice, stream.beside)):
            for verdict, account in judge_explained(records, WORLD, POLICY):
                said = explain(account)
                assert read_verdict(encode(verdict)) == verdict
                assert said.en.isprintable()
                assert said.it.isprintable()


def test_the_command_on_standard_input() -> None:
    """A few thousand lines through `ottempera judge -`: a verdict for each resolver and name, and the same as in here."""
    stream = Stream(SEED + 2)
    lines = [line for batch in stream.batches(4_000) for line in rounds(batch, stream.dice, stream.beside)]
    ended = ottempera("judge", "-", stdin=b"\n".join(lines)).well()
    found = [read_verdict(line) for line in ended.out.splitlines()]
    assert len(found) == len(list(judge_lines(lines, WORLD, POLICY)))
    assert ottempera("judge", "-", "--explain", stdin=b"\n".join(lines[:1500])).well().out


@pytest.mark.parametrize(("bad", "name"), [(b"{", "cut"), (b'{"v":1,"a":' + b"[" * 700 + b"]" * 700 + b"}", "deep")])
def test_the_command_on_a_broken_line(bad: bytes, name: str) -> None:
    """Nothing is printed, the line is named, and the exit code is that of a format."""
    ended = ottempera("judge", "-", stdin=b"\n".join([*LINES, bad]))
    assert (ended.code, ended.out) == (3, b"")
    assert f"line {len(LINES) + 1}: " in ended.err
    assert "Traceback" not in ended.err
