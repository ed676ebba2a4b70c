"""What is exported from a database is the whole answer to a query, the same bytes each time, or nothing."""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
from msgspec.structs import replace

from collector.evidence.export import Asked, Exported, export_bundle
from collector.evidence.replay import Replayer
from collector.evidence.signing import BundleKey
from collector.evidence.texts import TEXTS
from collector.judging import rebuild
from collector.library import Library
from collector.metrics import Metrics
from schema.bundle.container import SIGNATURE, SUMS, unpack
from schema.bundle.parts import read_timeline_row
from schema.entry import UNFULFILLED, Equivocation
from schema.errors import ConfigError, EvidenceError, OttemperaError, UnavailableError
from schema.verifier.steps import Result
from schema.verifier.verify import verify
from schema.words import Gap, Role
from tests.evidence.forge.answers import obeys, resolves
from tests.evidence.forge.cast import NAME, OTHER, Cast, questions
from tests.evidence.forge.export import Export, query
from tests.evidence.forge.stories import DAY, FIRST, MINUTE, announce, finish, founded, play
from tests.helpers.printed import printed_commands, run_printed
from tests.integration.bundle_house import KeptHouse, settle

if TYPE_CHECKING:
    from pathlib import Path

    from collector.store import Store
    from schema.cells import Cell
    from schema.registry import Vantage
    from tests.evidence.forge.answers import Hears, Said
    from tests.evidence.forge.house import House

ASKED = Asked("ordine-di-prova", (DAY, DAY), names=(NAME,))


def played(hears: Hears = obeys, *, who: tuple[str, ...] | None = None) -> House:
    """Two probes, two plans of one evening, the second by *who*."""
    house = founded(house=KeptHouse(Cast()))
    announce(house, FIRST, FIRST + 10 * MINUTE, at=FIRST - 90 * MINUTE)
    play(house, 1, hears)
    play(house, 2, hears, who=who)
    finish(house)
    return house


async def exported(store: Store, house: House, asked: Asked = ASKED, **changes: Any) -> tuple[bytes, Exported]:
    out = BytesIO()
    done = await export_bundle(store, asked._replace(**changes), BundleKey(house.keys.seed), out=out, scratch=BytesIO)
    return out.getvalue(), done


async def judged(store: Store) -> None:
    await rebuild(store, Library(store), Metrics())


@pytest.mark.parametrize("who", [None, ("mi-01",)], ids=["all", "one-absent"])
async def test_it_is_what_the_formats_alone_give(store: Store, migrated_dsn: str, who: tuple[str, ...] | None) -> None:
    """File by file what a writer without a database makes of the same world; but for the texts, which only this one has."""
    house = played(who=who)
    await settle(store, migrated_dsn, house)
    await judged(store)
    data, done = await exported(store, house)
    files = unpack(data)
    wanted = Export(house, query(house, DAY)).run().files
    made_here = {*TEXTS, SUMS, SIGNATURE}
    assert sorted(files.keys() - made_here) == sorted(wanted.keys() - made_here)
    for name in sorted(wanted.keys() - made_here):
        assert files[name] == wanted[name], name
    assert (done.plans, done.rounds) == (2, 4 if who is None else 3)
    assert done.absent == (() if who is None else ((2, "rm-01"),))
    for name in TEXTS:
        assert (b"0000000002 rm-01" in files[name]) == (who is not None)


async def test_the_same_question_gives_the_same_bytes(store: Store, migrated_dsn: str) -> None:
    """Also after every judgement was deleted and made again."""
    house = played()
    await settle(store, migrated_dsn, house)
    await judged(store)
    first, _ = await exported(store, house)
    assert (await exported(store, house))[0] == first
    await judged(store)
    assert (await exported(store, house))[0] == first


def stop_page(vantage: Vantage, cell: Cell) -> Said:
    """Every target gives one address for every name; others give each name its own."""
    if cell.role is Role.TARGET:
        return "198.51.100.200"
    return {NAME: "198.51.100.7", OTHER: "198.51.100.8"}.get(cell.name) or obeys(vantage, cell)


async def test_a_verdict_that_rests_on_other_names_brings_the_whole_round(store: Store, migrated_dsn: str) -> None:
    """That one address stands for two unrelated names is seen only with both: a bundle of one name has the cells of both."""
    house = played(stop_page)
    await settle(store, migrated_dsn, house)
    await judged(store)
    data, done = await exported(store, house)
    assert done.whole == done.rounds == 4
    report = verify(BytesIO(data), house.trust(), replay=Replayer())
    assert report.result is Result.VALID, (report.step, report.detail)
    files = unpack(data)
    assert b'"name":"giornale.test."' in files["rounds/0000000001/mi-01.jsonl"]
    assert b'"name":"giornale.test."' not in files["derived/verdicts.jsonl"]


def closed_twice(*, told: bool) -> House:
    """One probe closes plan 2 in two ways; the collector's log says so, or does not."""
    house = founded(house=KeptHouse(Cast()))
    announce(house, FIRST, FIRST + 10 * MINUTE, at=FIRST - 90 * MINUTE)
    play(house, 1)
    for hears in (obeys, resolves):
        house.measure(house.plans[2], "rm-01", hears)
    if told:
        two = tuple(sha256(b"\0" + one.close).hexdigest() for one in house.closed(2, "rm-01"))
        house.enter(Equivocation(probe="rm-01", what="close", digests=two, at=FIRST))
    play(house, 2, who=("mi-01",))
    house.deliver()
    house.seal()
    house.stamp(FIRST + 17 * MINUTE)
    finish(house)
    return house


async def test_a_round_closed_in_two_ways_counts_as_none(store: Store, migrated_dsn: str) -> None:
    """One probe's two closes spoil nobody else's evidence, once the log says that there are two."""
    house = closed_twice(told=True)
    await settle(store, migrated_dsn, house)
    await judged(store)
    data, done = await exported(store, house)
    assert done.absent == ((2, "rm-01"),)
    assert "rounds/0000000002/rm-01.jsonl" not in unpack(data)
    report = verify(BytesIO(data), house.trust(), replay=Replayer())
    assert report.result is Result.ABSENCES, (report.step, report.detail)


async def test_two_closes_of_which_the_log_says_nothing_stop_it(store: Store, migrated_dsn: str) -> None:
    house = closed_twice(told=False)
    await settle(store, migrated_dsn, house)
    await judged(store)
    with pytest.raises(EvidenceError, match=r"rm-01 closed plan [0-9a-f]{64} in two ways, and the log does not say so"):
        await exported(store, house)


def unfulfilled(*, told_after: timedelta | None) -> House:
    """One probe closes plan 2 and keeps a record of it back; the log says so at a stamp so long after, or not at all."""
    house = founded(house=KeptHouse(Cast()))
    announce(house, FIRST, FIRST + 10 * MINUTE, at=FIRST - 90 * MINUTE)
    play(house, 1)
    play(house, 2)
    (measured,) = house.closed(2, "rm-01")
    del measured.lines[0]
    if told_after is not None:
        leaf = sha256(b"\0" + measured.close).hexdigest()
        house.enter(Equivocation(probe="rm-01", what=UNFULFILLED, digests=(leaf, "ab" * 32), at=FIRST))
        house.seal()
        house.stamp(house.tokens[-1].at + told_after)
    finish(house)
    return house


async def test_a_close_that_its_records_do_not_fulfil_counts_as_none(store: Store, migrated_dsn: str) -> None:
    """Once the log says so: a probe that keeps its records back spoils nobody else's evidence."""
    house = unfulfilled(told_after=MINUTE)
    await settle(store, migrated_dsn, house)
    await judged(store)
    data, done = await exported(store, house)
    assert done.absent == ((2, "rm-01"),)
    assert "rounds/0000000002/rm-01.jsonl" not in unpack(data)
    report = verify(BytesIO(data), house.trust(), replay=Replayer())
    assert report.result is Result.ABSENCES, (report.step, report.detail)
    assert [(one.probe, one.disputed, one.unfulfilled) for one in report.absences] == [("rm-01", False, True)]


@pytest.mark.parametrize("told_after", [None, timedelta(days=1, minutes=1)], ids=["never", "too-late"])
async def test_a_close_of_which_the_log_does_not_say_so_in_time_stops_it(
    store: Store, migrated_dsn: str, told_after: timedelta | None
) -> None:
    house = unfulfilled(told_after=told_after)
    await settle(store, migrated_dsn, house)
    await judged(store)
    with pytest.raises(EvidenceError, match="round 2 of rm-01 is not sealed: cell 0 is neither a record nor a gap"):
        await exported(store, house)


UNCOVERED = {
    "head": "DELETE FROM ledger.probe_checkpoint WHERE probe_no = 2 AND size > $1",
    "log": "DELETE FROM ledger.probe_log WHERE probe_no = 2 AND index >= $1",
}


@pytest.mark.parametrize("lacking", UNCOVERED)
async def test_a_close_that_no_head_will_ever_cover_is_absent(store: Store, migrated_dsn: str, lacking: str) -> None:
    """Its chain has no log, or the probe signed no head over it: one probe could else keep all others' evidence back."""
    house = played(who=("mi-01",))
    leaf = house.measure(house.plans[2], "rm-01").leaf
    await settle(store, migrated_dsn, house)
    connection = await asyncpg.connect(migrated_dsn)
    try:
        table = UNCOVERED[lacking].split()[2]
        await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        done = await connection.execute(UNCOVERED[lacking], leaf)
        assert done == "DELETE 1"
    finally:
        await connection.close()
    await judged(store)
    data, exports = await exported(store, house)
    assert exports.absent == ((2, "rm-01"),)
    report = verify(BytesIO(data), house.trust(), replay=Replayer())
    assert report.result is Result.ABSENCES, (report.step, report.detail)


class OddHouse(KeptHouse):
    """Its probes write the first record of a round in another form than the one."""

    odd = staticmethod(lambda line: line)

    def line(self, cell: Cell, *more: Any) -> bytes:
        line = super().line(cell, *more)
        return type(self).odd(line) if cell.number == 0 else line


class SpacedHouse(OddHouse):
    """With a space that JSON allows."""

    odd = staticmethod(lambda line: line.replace(b',"at":', b', "at":'))


def not_asked(vantage: Vantage, cell: Cell) -> Said:
    return Gap.QUOTA if cell.number == 0 else obeys(vantage, cell)


class TalkativeHouse(OddHouse):
    """A gap that says how long it took."""

    gap_lines = True
    odd = staticmethod(lambda line: line.replace(b',"role":', b',"mono_us":7,"role":'))


@pytest.mark.parametrize(
    ("kind", "hears", "words"),
    [
        (SpacedHouse, obeys, "cell 0 is not in its one form"),
        (TalkativeHouse, not_asked, "the gap of cell 0 holds more"),
    ],
)
async def test_a_record_that_readers_could_read_otherwise_stops_it(
    store: Store, migrated_dsn: str, kind: type[OddHouse], hears: Hears, words: str
) -> None:
    house = founded(house=kind(Cast()))
    announce(house, FIRST, at=FIRST - 90 * MINUTE)
    play(house, 1, hears)
    finish(house)
    await settle(store, migrated_dsn, house)
    await judged(store)
    with pytest.raises(EvidenceError, match=f"round 1 of mi-01: .*{words}"):
        await exported(store, house)


REFUSED: list[tuple[dict[str, Any], type[OttemperaError], str]] = [
    ({"order": "another"}, ConfigError, "there is no order another"),
    ({"names": ("elsewhere.test",)}, ConfigError, "has no name elsewhere.test."),
    ({"names": ()}, ConfigError, "asks alfa-dns for serie-gratis.test."),
    ({"operators": ("somebody",)}, ConfigError, "obliges no operator somebody"),
    ({"days": (DAY, DAY - timedelta(days=1))}, ConfigError, "before it begins"),
    ({"days": (date(2026, 11, 1), date(2026, 11, 2))}, ConfigError, "no plan from 2026-11-01"),
    ({"authorities": 3}, UnavailableError, "stamped by 3 authorities"),
    ({"cosignatures": 3}, UnavailableError, "cosigned by 3 witnesses"),
]


@pytest.mark.parametrize(("changes", "error", "words"), REFUSED, ids=[words for _, _, words in REFUSED])
async def test_what_cannot_be_answered_is_refused(
    store: Store, migrated_dsn: str, changes: dict[str, Any], error: type[OttemperaError], words: str
) -> None:
    house = played()
    await settle(store, migrated_dsn, house)
    await judged(store)
    with pytest.raises(error, match=words):
        await exported(store, house, **changes)


async def test_another_key_signs_no_bundle(store: Store, migrated_dsn: str) -> None:
    house = played()
    await settle(store, migrated_dsn, house)
    with pytest.raises(ConfigError, match="not the one that signs the log"):
        await export_bundle(store, ASKED, BundleKey(bytes(32)), out=BytesIO(), scratch=BytesIO)


async def test_a_verdict_that_the_rules_do_not_give_stops_it(store: Store, migrated_dsn: str) -> None:
    house = played()
    await settle(store, migrated_dsn, house)
    with pytest.raises(EvidenceError, match="round 1 of mi-01: the verdicts kept are not what the rules give"):
        await exported(store, house)  # nothing was judged


async def test_a_round_that_is_not_yet_beneath_a_stamped_head_stops_it(store: Store, migrated_dsn: str) -> None:
    """A probe that was cut off delivers after the newest stamp: the bundle waits for the next one, rather than call it absent."""
    house = played(who=("mi-01",))
    house.measure(house.plans[2], "rm-01")
    await settle(store, migrated_dsn, house)
    await judged(store)
    with pytest.raises(UnavailableError, match="round 2 of rm-01 is closed, and not yet beneath"):
        await exported(store, house)


async def test_a_plan_that_is_not_over_stops_it(store: Store, migrated_dsn: str) -> None:
    house = founded(house=KeptHouse(Cast()))
    announce(house, FIRST, FIRST + 120 * MINUTE, at=FIRST - 90 * MINUTE)
    play(house, 1, obeys)
    finish(house)
    await settle(store, migrated_dsn, house)
    await judged(store)
    with pytest.raises(UnavailableError, match="plan 2 is not over"):
        await exported(store, house)


async def test_a_day_that_is_not_over_stops_it(store: Store, migrated_dsn: str) -> None:
    """Of what was really measured; a laboratory's clock jumps."""
    house = played()
    await settle(store, migrated_dsn, house, lab=False)
    await judged(store)
    with pytest.raises(UnavailableError, match="the period ends at 2026-11-22 00:00:00"):
        await exported(store, house)


DAMAGED = [
    ("DELETE FROM ledger.certificate", EvidenceError, "the certificate [0-9a-f]+, which a record names, is missing"),
    ("DELETE FROM ledger.log_entry WHERE index = 3", EvidenceError, "a line between 0 and"),
    (
        "DELETE FROM ledger.probe_log WHERE index = 1 AND kind = 'seen'",
        EvidenceError,
        "the log of mi-01.*a line is missing",
    ),
    (
        "UPDATE ledger.log_entry SET line = '{}', leaf = sha256('\\x007b7d') WHERE index = 5",
        EvidenceError,
        "line 5 of ottempera/collector",
    ),
    ("DELETE FROM ledger.stamp WHERE stamp = 1", EvidenceError, "the time stamp [0-9a-f]+ of the log is missing"),
    (
        "DELETE FROM ledger.observation WHERE plan_number = 1 AND cell = 0",
        EvidenceError,
        "round 1 of mi-01 is not sealed: cell 0 is neither a record nor a gap",
    ),
    (
        "UPDATE ledger.round SET root = sha256('') WHERE plan_number = 2",
        EvidenceError,
        "round 2 of mi-01 is not sealed: its records do not give the root",
    ),
]


@pytest.mark.parametrize(("damage", "error", "words"), DAMAGED, ids=[damage for damage, _, _ in DAMAGED])
async def test_what_is_missing_is_named(
    store: Store, migrated_dsn: str, damage: str, error: type[OttemperaError], words: str
) -> None:
    house = played()
    await settle(store, migrated_dsn, house)
    await judged(store)
    connection = await asyncpg.connect(migrated_dsn)
    try:
        table = next(word for word in damage.split() if word.startswith("ledger."))
        await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")  # the owner can what nobody else may
        assert (await connection.execute(damage)).split()[-1] != "0"
    finally:
        await connection.close()
    with pytest.raises(error, match=words):
        await exported(store, house)


async def test_the_commands_that_it_prints_hold(store: Store, migrated_dsn: str, tmp_path: Path) -> None:
    """Stock tools, as LEGGIMI and README have them; and each command refuses where a byte is another."""
    house = played()
    await settle(store, migrated_dsn, house)
    await judged(store)
    files = unpack((await exported(store, house))[0])
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    commands = printed_commands(files["LEGGIMI.txt"].decode())
    assert commands == printed_commands(files["README.txt"].decode())
    assert [command.split()[0] for command in commands] == ["sha256sum", "openssl", "openssl", "openssl"]
    for command in commands:
        done = run_printed(command, tmp_path)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    note = f"checkpoints/{house.newest.size:010d}.note"
    for name, broken in (("bundle.json", (0,)), (SUMS, (0, 1)), (note, (0, 2, 3))):
        data = files[name]
        (tmp_path / name).write_bytes(data[:-2] + bytes([data[-2] ^ 1]) + data[-1:])
        failing = tuple(place for place, command in enumerate(commands) if run_printed(command, tmp_path).returncode)
        assert failing == broken, name
        (tmp_path / name).write_bytes(data)


async def test_plans_that_start_before_others_of_lower_numbers_are_part_of_it(store: Store, migrated_dsn: str) -> None:
    """A first look that counts no day and an urgent plan after it, each of names of its own, between two dockets."""
    house = founded(house=KeptHouse(Cast()))
    announce(house, FIRST, FIRST + 30 * MINUTE, at=FIRST - 90 * MINUTE)
    sweep = house.keep_policy(replace(house.cast.policy, sweep=True))
    asked = house.keep_questions(questions(names=(NAME,)))
    for start, policy in ((FIRST + 10 * MINUTE, sweep), (FIRST + 20 * MINUTE, house.plans[1].plan.policy)):
        plan = replace(
            house.plans[2].plan, number=len(house.plans) + 1, starts_at=start, questions=asked, policy=policy
        )
        house.publish_plan(plan)
    house.seal()
    house.stamp(FIRST - 30 * MINUTE)
    house.seal()
    house.look(FIRST - 29 * MINUTE)
    for number in (1, 3, 4, 2):
        play(house, number)
    finish(house)
    await settle(store, migrated_dsn, house)
    await judged(store)
    data, done = await exported(store, house)
    report = verify(BytesIO(data), house.trust(), replay=Replayer())
    assert report.result is Result.VALID, (report.step, report.detail)
    assert (done.plans, done.rounds) == (4, 8)
    rows = [read_timeline_row(line) for line in unpack(data)["derived/timeline.jsonl"].splitlines()]
    counted = {number: {row.day for row in rows if row.number == number} for number in (1, 2, 3, 4)}
    assert counted == {1: {DAY}, 2: {DAY}, 3: {None}, 4: {DAY}}


@pytest.mark.parametrize(
    ("who", "result"), [(None, Result.VALID), (("mi-01",), Result.ABSENCES)], ids=["all", "one-absent"]
)
async def test_a_stranger_verifies_it(
    store: Store, migrated_dsn: str, who: tuple[str, ...] | None, result: Result
) -> None:
    house = played(who=who)
    await settle(store, migrated_dsn, house)
    await judged(store)
    data, done = await exported(store, house)
    report = verify(BytesIO(data), house.trust(), replay=Replayer())
    assert report.result is result, (report.step, report.detail)
    assert [(one.number, one.probe) for one in report.absences] == list(done.absent)
    assert report.counts["records"] == done.records
    assert report.counts["rounds"] == done.rounds
