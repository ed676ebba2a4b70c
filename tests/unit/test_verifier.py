"""The verifier on a forged bundle: the steps in their order, what each reader's trust changes, and what it never does."""

from __future__ import annotations

import io
import json
import random
import subprocess
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from collector.evidence.replay import Replayer
from deploy.cli import app
from schema.codec import encode
from schema.errors import FormatError
from schema.record import Close, CloseLine
from schema.trust import Needs, Trust, TrustedAuthority, TrustedLog, TrustedWitness
from schema.verifier.steps import EXIT, STEPS, Result
from schema.verifier.verify import TAKEN, Report, open_trust, verify
from tests.evidence.forge.stories import FIRST, MINUTE, announce, bundle, finish, founded, plain, play, small

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.evidence.forge.draft import Draft

#: What is signed for people and follows from nothing: it may say anything.
PROSE: Final = ("LEGGIMI.txt", "README.txt", ".pem", ".cosigned")


@lru_cache(maxsize=1)
def world() -> tuple[Draft, Trust]:
    """A bundle of two probes and two plans, and whom its reader trusts."""
    house = plain()
    return bundle(house), house.trust()


def check(data: bytes, trust: Trust | None = None) -> Report:
    return verify(io.BytesIO(data), trust or world()[1], replay=Replayer())


def changed(name: str, data: bytes | None) -> bytes:
    """The bundle with another file *name*, or without it, signed by the collector."""
    draft = world()[0].copy()
    draft.files.pop(name, None)
    if data is not None:
        draft.files[name] = data
    return draft.pack()


def test_every_step_is_taken_in_order() -> None:
    told: list[tuple[str, Result]] = []
    report = verify(
        io.BytesIO(world()[0].pack()),
        world()[1],
        replay=Replayer(),
        progress=lambda step, result: told.append((step.id, result)),
    )
    assert (report.result, report.step, report.detail, report.absences) == (Result.VALID, "", "", ())
    assert told == [(step.id, Result.VALID) for step in STEPS]
    assert list(TAKEN) == [step.id for step in STEPS[: len(TAKEN)]]
    assert report.bundle is not None
    assert report.counts["rounds"] == 4


def test_it_stops_at_the_first_step_that_does_not_hold() -> None:
    told = []
    report = verify(
        io.BytesIO(changed("derived/days.jsonl", b"")),
        world()[1],
        replay=Replayer(),
        progress=lambda step, result: told.append((step.id, result)),
    )
    assert (report.result, report.step) == (Result.ALTERED, "7.3")
    assert told[-1] == ("7.3", Result.ALTERED)
    assert [step for step, _ in told] == [step.id for step in STEPS[: len(told)]]


def test_of_several_rounds_the_lowest_step_counts() -> None:
    """The first round breaks 6.4 and the last one 6.1: each step is over everything before the next."""
    draft = world()[0].copy()
    first, *_, last = draft.names("rounds/")
    head, *records = draft.lines(first)
    draft.put_lines(first, [head, records[0].replace(b'"us":', b'"us":1', 1), *records[1:]])
    assert check(draft.pack()).step == "6.4"
    del draft.files[last]
    report = check(draft.pack())
    assert (report.result, report.step) == (Result.INCOMPLETE, "6.1")


def test_a_round_whose_plan_the_log_does_not_hold_is_counted() -> None:
    """A log from which plans were left out shows in the logs of probes; no step refuses it, or a probe could spoil all."""
    told = "closes of plans that the log does not hold"
    house = founded(house=small())
    announce(house, FIRST, at=FIRST - 90 * MINUTE)
    probe = min(house.probes)
    house.probes[probe].close(encode(CloseLine(1, Close("ab" * 32, 0, 0, "cd" * 32))))
    play(house, 1)
    finish(house)
    report = check(bundle(house).pack(), house.trust())
    assert (report.result, report.counts[told]) == (Result.VALID, 1)
    assert told not in check(world()[0].pack()).counts


def test_without_the_rules_nothing_is_decided() -> None:
    report = verify(io.BytesIO(world()[0].pack()), world()[1])
    assert (report.result, report.step) == (Result.UNDECIDED, "8.1")


def test_without_the_extra_nothing_is_decided(tmp_path: Path) -> None:
    """Where `cryptography` is not installed tokens cannot be checked; nothing of the collector is loaded to find out."""
    (tmp_path / "bundle.zip").write_bytes(world()[0].pack())
    (tmp_path / "trust.json").write_bytes(encode(world()[1]))
    program = """
import sys
sys.modules["cryptography"] = None
from schema.verifier.verify import open_trust, verify
folder = sys.argv[1]
report = verify(open(folder + "/bundle.zip", "rb"), open_trust(open(folder + "/trust.json", "rb").read()))
print(report.result, report.step)
print([name for name in ("collector", "probe", "deploy", "asyncpg", "aiohttp", "socket") if name in sys.modules])
"""
    ran = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert ran.stdout.split("\n")[:2] == ["undecided 3.2", "[]"]


def without_authorities(trust: Trust) -> Trust:
    return replace(trust, authorities=trust.authorities[:1])


def swapped_authorities(trust: Trust) -> Trust:
    first, second = trust.authorities
    return replace(trust, authorities=(replace(first, name=second.name), replace(second, name=first.name)))


def other_policy(trust: Trust) -> Trust:
    first: TrustedAuthority = trust.authorities[0]
    return replace(trust, authorities=(replace(first, policy="1.2.3"), *trust.authorities[1:]))


@pytest.mark.parametrize(
    ("change", "result", "step"),
    [
        (lambda trust: replace(trust, logs=()), Result.UNDECIDED, "1.3"),
        (lambda trust: replace(trust, logs=(TrustedLog("another", trust.logs[0].key),)), Result.UNDECIDED, "1.3"),
        (lambda trust: replace(trust, logs=(TrustedLog(trust.logs[0].origin, "00" * 32),)), Result.UNDECIDED, "1.3"),
        (lambda trust: replace(trust, lab=False), Result.UNDECIDED, "1.3"),
        (lambda trust: replace(trust, needs=Needs(cosignatures=9)), Result.UNDECIDED, "2.4"),
        (without_authorities, Result.UNDECIDED, "3.4"),
        (lambda trust: replace(trust, authorities=()), Result.UNDECIDED, "3.4"),
        (lambda trust: replace(trust, needs=Needs(authorities=3)), Result.UNDECIDED, "3.4"),
        (swapped_authorities, Result.ALTERED, "3.2"),
        (other_policy, Result.ALTERED, "3.2"),
        (lambda trust: replace(trust, needs=Needs(cosignatures=0)), Result.VALID, ""),
    ],
)
def test_the_reader_decides_whom_he_trusts(change: Callable[[Trust], Trust], result: Result, step: str) -> None:
    report = check(world()[0].pack(), change(world()[1]))
    assert (report.result, report.step) == (result, step), report.detail


@pytest.mark.parametrize("seed", range(6))
def test_no_file_may_be_another_though_the_collector_signs_it(seed: int) -> None:
    """Each file with bits, bytes and lines changed, signed again: refused but for prose; and nothing but a report comes out."""
    dice = random.Random(seed)
    draft, trust = world()
    for name, data in sorted(draft.files.items()):
        if not data:
            continue
        other = mutated(data, dice)
        report = check(changed(name, other), trust)
        assert report.result is not Result.VALID or other == data or name.endswith(PROSE), (name, other[:300])


def mutated(data: bytes, dice: random.Random) -> bytes:
    place = dice.randrange(len(data))
    lines = data.split(b"\n")
    first, second = dice.randrange(len(lines)), dice.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    flipped = bytes([data[place] ^ 1 << dice.randrange(8)])
    return dice.choice(
        (
            data[:place] + flipped + data[place + 1 :],
            data[:place] + data[place + dice.randrange(1, 50) :],
            data[:place] + dice.choice((b"0", b'"', b"\n", b"{", b"\xff", b"9" * 30, b"[" * 3000)) + data[place:],
            b"\n".join(lines),
        )
    )


def test_what_is_not_there_is_missed() -> None:
    """Each file left out, the sums signed again: refused but for prose."""
    for name in sorted(world()[0].files):
        report = check(changed(name, None))
        assert report.result is not Result.VALID or name in PROSE, name


def test_what_does_not_belong_is_refused() -> None:
    for name, step in (
        ("derived/more.jsonl", "1.2"),
        ("notes/a.txt", "1.2"),
        (f"keys/{'0' * 64}.pem", "2.3"),
        ("stamps/tre.pem", "3.2"),
        ("plans/0000000099.json", "4.2"),
        (f"policies/{'0' * 64}.json", "4.3"),
        ("orders/other.1.json", "4.4"),
        ("probes/mi-01/00.jsonl", "5.2"),
        ("checkpoints/0000000001.cosigned", "5.3"),
        ("rounds/0000000009/mi-01.jsonl", "6.2"),
        (f"certificates/{'0' * 64}.der", "6.5"),
    ):
        assert check(changed(name, b"x")).step == step, name


def test_what_is_no_trust_file() -> None:
    for data in (b"", b"{}", b'{"v":2,"logs":[]}', b'{"v":1,"logs":[],"more":1}', b"\xff"):
        with pytest.raises(FormatError):
            open_trust(data)


@pytest.mark.parametrize(
    "change",
    [
        lambda trust: replace(trust, authorities=(*trust.authorities, trust.authorities[0])),
        lambda trust: replace(trust, authorities=(*trust.authorities, replace(trust.authorities[0], name="tre"))),
        lambda trust: replace(trust, authorities=(*trust.authorities, replace(trust.authorities[0], certificate=b""))),
        lambda trust: replace(trust, witnesses=(TrustedWitness("a", "00" * 32), TrustedWitness("a", "11" * 32))),
        lambda trust: replace(trust, witnesses=(TrustedWitness("a", "00" * 32), TrustedWitness("b", "00" * 32))),
        lambda trust: replace(trust, needs=Needs(authorities=-1)),
        lambda trust: replace(trust, needs=Needs(cosignatures=-1)),
    ],
)
def test_one_party_is_not_trusted_as_two(change: Callable[[Trust], Trust]) -> None:
    trust = world()[1]
    assert open_trust(encode(trust)) == trust
    with pytest.raises(FormatError):
        open_trust(encode(change(trust)))


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "bundle.zip").write_bytes(world()[0].pack())
    (tmp_path / "trust.json").write_bytes(encode(world()[1]))
    return tmp_path / "bundle.zip", tmp_path / "trust.json"


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["bundle", "verify", *map(str, arguments)])
    return result.exit_code, result.output


def test_the_command_prints_each_step(files: tuple[Path, Path]) -> None:
    file, trust = files
    code, english = run(file, "--trust", trust)
    assert code == EXIT[Result.VALID] == 0
    lines = english.splitlines()
    assert lines[: len(STEPS)] == [f"{step.id}  holds  {step.english}" for step in STEPS]
    assert lines[-1] == "Valid and complete."
    code, italian = run(file, "--trust", trust, "--lang", "it")
    assert code == 0
    assert italian.splitlines()[: len(STEPS)] == [f"{step.id}  regge  {step.italian}" for step in STEPS]


def test_the_command_says_what_does_not_hold(files: tuple[Path, Path]) -> None:
    file, trust = files
    file.write_bytes(changed("derived/days.jsonl", b""))
    code, said = run(file, "--trust", trust)
    assert code == EXIT[Result.ALTERED] == 10
    assert "7.3  does not hold" in said
    assert said.splitlines()[-1].startswith("Altered")
    code, said = run(file, "--trust", trust, "--json")
    assert code == 10
    told = json.loads(said)
    assert (told["result"], told["step"], told["bundle"]["v"]) == ("altered", "7.3", 1)
    file.write_bytes(b"PK")
    assert run(file, "--trust", trust)[0] == 10


def test_the_command_needs_its_files(files: tuple[Path, Path]) -> None:
    file, trust = files
    for arguments in ((file, "--trust", file), (file.parent / "none.zip", "--trust", trust), (file, "--trust", "none")):
        result = CliRunner().invoke(app, ["bundle", "verify", *map(str, arguments)])
        assert result.exit_code != 0
        assert getattr(result.exception, "exit_code", None) in {5, 7}
