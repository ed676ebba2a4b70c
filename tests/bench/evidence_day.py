"""Days of a deployment, forged: one name at six resolvers, every ten minutes, from three vantages, with all that shows it.

`python -m tests.bench.evidence_day FOLDER DAYS` writes `bundle.zip`, `trust.json` and what it weighs, as a process of its own,
so that the memory of whoever verifies is not that of the forger. A month is 7 million records: lines are kept compressed, and
files go to the disk as they are made.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import zstandard
from msgspec import structs
from nacl.signing import SigningKey

from collector.questions import build_questions
from collector.registry import builtin_world, default_policy
from schema.bundle.container import Writer
from schema.cells import QuestionSet
from schema.codec import encode, reader
from schema.order import Scope, ScopeRule
from schema.policy import Bound
from schema.record import TlsSeen, read_record
from schema.registry import Vantage, World
from tests.bench.judging import lively, said_of
from tests.evidence.forge.answers import certificate, obeys
from tests.evidence.forge.cast import ORDER, Cast
from tests.evidence.forge.export import Export, query
from tests.evidence.forge.house import House
from tests.evidence.forge.stories import founded
from tests.helpers.batches import record as recorded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schema.cells import Cell
    from schema.record import Record
    from tests.evidence.forge.answers import Hears
    from tests.evidence.forge.house import Measured, Published

NAME: Final = "kickasstorrents.to."
RESOLVERS: Final = ("cloudflare", "google", "quad9", "opendns", "tim", "vodafone")
VANTAGES: Final = (
    Vantage("mi-01", 3269, "TIM", "IT", "Studio Rossi"),
    Vantage("rm-01", 30722, "Vodafone Italia", "IT", "Studio Verdi"),
    Vantage("to-01", 12874, "Fastweb", "IT", "Studio Bianchi"),
)
FIRST: Final = date(2026, 11, 21)
MIDNIGHT: Final = datetime(2026, 11, 20, 23, tzinfo=UTC)  # of that day, in Rome
STEP: Final = timedelta(minutes=10)
ROUNDS_A_DAY: Final = 144
AHEAD: Final = 12  # rounds by which plans are published


class Kept:
    """Lines, compressed."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._packed = zstandard.compress(b"\n".join(lines), 1)

    def lines(self) -> list[bytes]:
        """As they were."""
        return zstandard.decompress(self._packed).split(b"\n")


class Fleet(House):
    """A house whose probes hear something else in each round: ids, letter case, times, TTLs."""

    dice = random.Random(20261121)

    def __init__(self, cast: Cast) -> None:
        super().__init__(cast)
        self.kept: dict[tuple[int, str], tuple[Measured, tuple[int, ...], Kept]] = {}

    def measure(self, published: Published, probe: str, hears: Hears = obeys, at: datetime | None = None) -> Measured:
        """A round as any house measures it; its lines are laid aside."""
        measured = super().measure(published, probe, hears, at)
        self.kept[published.plan.number, probe] = measured, tuple(measured.lines), Kept(measured.lines.values())
        measured.lines = {}
        return measured

    def line(self, cell: Cell, published: Published, probe: str, _hears: Hears, _at: datetime) -> bytes:
        """A record as a probe writes it."""
        vantage = published.plan.vantage(probe)
        assert vantage is not None
        said = said_of(cell, vantage, published.plan.number)
        one = recorded(published.plan, published.id, cell, probe, said)
        if one.tls is not None:
            one = structs.replace(one, tls=TlsSeen("TLSv1.3", (_CERTIFICATE,), verified=True))
        return encode(lively(one, self.dice))


_CERTIFICATE: Final = sha256(certificate()).hexdigest()


def cast() -> Cast:
    """The real registry's six resolvers and controls, the real question set of one name."""
    known = builtin_world()
    world = World(tuple(one for one in known.resolvers if one.id in RESOLVERS or one.kind == "control"), VANTAGES)
    operators = tuple(sorted({one.operator_slug for one in world.resolvers if one.id in RESOLVERS}))
    return Cast(
        vantages=VANTAGES,
        order=structs.replace(
            ORDER, addressees=operators, scope=(Scope(NAME, ScopeRule.EXACT, verified=True),)
        ),
        policy=default_policy(world, (Bound((NAME,), operators),)),
        questions=reader(QuestionSet, "question set")(build_questions(world, [NAME])),
    )  # fmt: skip


def play(days: int) -> Fleet:
    """So many days of rounds; at each a plan is published ahead, everything is sealed, stamped and seen."""
    rounds = days * ROUNDS_A_DAY
    house = Fleet(cast())
    founded(house=house, at=MIDNIGHT - AHEAD * STEP - timedelta(hours=1))
    for number in range(AHEAD):
        house.publish(MIDNIGHT + number * STEP)
    house.seal()
    house.stamp(MIDNIGHT - AHEAD * STEP)
    house.seal()
    house.look(MIDNIGHT - AHEAD * STEP + timedelta(minutes=1))
    for number in range(rounds):
        start = MIDNIGHT + number * STEP
        for vantage in VANTAGES:
            house.measure(house.plans[number + 1], vantage.id)
            house.deliver(vantage.id)
        if number + AHEAD < rounds:
            house.publish(MIDNIGHT + (number + AHEAD) * STEP)
        house.seal()
        house.stamp(start + timedelta(minutes=7))
        house.seal()
        house.look(start + timedelta(minutes=8))
    house.deliver()
    house.seal()
    house.stamp(MIDNIGHT + rounds * STEP + timedelta(minutes=1))
    house.look(MIDNIGHT + rounds * STEP + timedelta(minutes=2))
    return house


class Records(dict[tuple[int, str], Any]):
    """The records of rounds; read again from their lines whenever they are asked for."""

    def __setitem__(self, key: tuple[int, str], said: list[tuple[bytes, Record]]) -> None:
        """Keep the lines of a round."""
        super().__setitem__(key, Kept(line for line, _ in said))

    def __getitem__(self, key: tuple[int, str]) -> list[tuple[bytes, Record]]:
        """Each line with what it says."""
        return [(line, read_record(line)) for line in super().__getitem__(key).lines()]


class Files(dict[str, bytes]):
    """The files of a bundle; on their way to the disk as soon as they are made."""

    def __init__(self, writer: Writer) -> None:
        super().__init__()
        self._writer = writer
        self.weights: Counter[str] = Counter()

    def __setitem__(self, name: str, data: bytes) -> None:
        """Write a file."""
        if name not in self:  # what several rounds name is written once
            self._writer.add(name, (data,))
            self.weights[name.partition("/")[0]] += len(data)
            super().__setitem__(name, b"")


class LongExport(Export):
    """An export that holds little of what it writes."""

    def measured(self, number: int, probe: str) -> Measured | None:
        """The only round that this fleet has of a plan and a probe, its lines as they were."""
        assert isinstance(self.house, Fleet)
        found, cells, kept = self.house.kept[number, probe]
        return replace(found, lines=dict(zip(cells, kept.lines(), strict=True)))


def main(folder: Path, days: int) -> None:
    """Write the bundle, whom to trust, and what each folder of it weighs."""
    began = time.process_time()
    house = play(days)
    with (folder / "scratch").open("w+b") as scratch, (folder / "bundle.zip").open("w+b") as bundle:
        writer = Writer(scratch)
        export = LongExport(house, query(house, FIRST, FIRST + timedelta(days=days - 1)), records=Records())
        export.draft.files = files = Files(writer)
        export.run()
        writer.finish(bundle, lambda sums: SigningKey(house.keys.seed).sign(sums).signature)
        bundle.seek(0)
        with Path(os.devnull).open("wb") as nowhere:
            size, packed = zstandard.ZstdCompressor(level=3).copy_stream(bundle, nowhere)
    (folder / "scratch").unlink()
    (folder / "trust.json").write_bytes(encode(house.trust()))
    told = {
        "records": sum(len(cells) for _, cells, _ in house.kept.values()),
        "entries": len(house.entries),
        "bytes": size,
        "zstd": packed,
        "weights": files.weights,
        "cpu_s": time.process_time() - began,
    }
    (folder / "told.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
