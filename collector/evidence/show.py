"""What is inside a bundle, as a person would ask: who, where, when, what was asked and what was answered. It checks nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from collector.evidence.dig import dig
from collector.evidence.query import ROME
from collector.evidence.showing import ENGLISH, ITALIAN, Saying
from collector.judge.account import judge_explained
from collector.judge.explain import explain
from collector.judge.explain.text import shown, written
from collector.library import world_of
from schema.bundle.container import Archive
from schema.bundle.parts import read_bundle, read_days, read_round_line, read_round_times
from schema.codec import encode, reader
from schema.entry import Enrolment, Stamped, read_entry
from schema.errors import ConfigError, FormatError
from schema.order import Order
from schema.plan import read_plan
from schema.policy import read_policy
from schema.record import read_record
from schema.registry import Vantage
from schema.words import State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from typing import BinaryIO

    from collector.judge.account import Account
    from schema.bundle.parts import Bundle, Days, RoundTimes
    from schema.plan import Plan
    from schema.record import Record

_MOST_BYTES: Final = 64 << 20  # of a file that is read whole
_STATES: Final = (State.BLOCKED, State.OPEN, State.DEAD, State.MIXED, State.FAILING, State.INSUFFICIENT)
_read_order = reader(Order, "order")


class Opened(NamedTuple):
    """A bundle and what its first files say."""

    archive: Archive
    bundle: Bundle
    order: Order


def open_bundle(file: BinaryIO) -> Opened:
    """The bundle in *file*.

    Raises:
        FormatError: no bundle. EvidenceError: a zip in another form.
    """
    archive = Archive(file)
    bundle = read_bundle(archive.read("bundle.json", _MOST_BYTES))
    query = bundle.query
    return Opened(archive, bundle, _read_order(archive.read(f"orders/{query.order}.{query.version}.json", _MOST_BYTES)))


def overview(file: BinaryIO, lang: str = "en") -> Iterator[str]:
    """Who asked what of whom, from where, when, and what the days came to; a line each.

    Raises:
        FormatError: a file that cannot be read. EvidenceError: a zip in another form.
    """
    opened, say = open_bundle(file), _saying(lang)
    archive, bundle, order = opened
    query = bundle.query
    if bundle.lab:
        yield say.invented
    yield say.unchecked
    yield ""
    yield f"{say.order}: {written(order.title, 200)} ({written(order.authority)}, {order.issued_on}; {shown(query.order)}, {query.version})"
    yield f"{say.operators}: {', '.join(map(shown, query.operators))}"
    yield f"{say.names}: {', '.join(shown(name, 255).removesuffix('.') for name in query.names)}"
    yield f"{say.period}: {query.first_day} - {query.last_day} (Europe/Rome)"
    yield f"{say.log}: {shown(bundle.origin)}, {bundle.size}"
    yield ""
    yield f"{say.who}:"
    plans = [read_plan(archive.read(name, _MOST_BYTES)) for name in archive.names if name.startswith("plans/")]
    enrolled = {vantage.id for plan in plans for vantage in plan.vantages}
    stamps: dict[str, int] = {}
    for line in archive.lines("log/entries.jsonl"):
        entry = read_entry(line)
        if isinstance(entry, Enrolment) and entry.probe in enrolled:
            yield f"  {say.vantage(entry)}"
        elif isinstance(entry, Stamped):
            stamps[entry.authority] = stamps.get(entry.authority, 0) + 1
    rounds = [name for name in archive.names if name.startswith("rounds/")]
    yield f"{say.stamps}: {', '.join(f'{shown(name)} ({count})' for name, count in sorted(stamps.items())) or '-'}"
    yield f"{say.measured.format(plans=len(plans), rounds=len(rounds))}"
    if plans:
        yield f"{say.numbers.format(first=plans[0].number, last=plans[-1].number)}"
    yield ""
    yield f"{say.days}:"
    for line in archive.lines("derived/days.jsonl"):
        row = read_days(line)
        yield f"  {say.day(row, _counts(row))}"
    yield ""
    yield say.further


def overview_facts(file: BinaryIO) -> dict[str, Any]:
    """The same for programs: JSON.

    Raises:
        FormatError: a file that cannot be read. EvidenceError: a zip in another form.
    """
    archive, bundle, order = open_bundle(file)
    entries = [read_entry(line) for line in archive.lines("log/entries.jsonl")]
    return {
        "bundle": bundle,
        "order": order,
        "vantages": [entry for entry in entries if isinstance(entry, Enrolment)],
        "stamps": [entry for entry in entries if isinstance(entry, Stamped)],
        "plans": [read_plan(archive.read(name, _MOST_BYTES)) for name in archive.names if name.startswith("plans/")],
        "rounds": [read_round_times(line) for line in archive.lines("derived/rounds.jsonl")],
        "days": [read_days(line) for line in archive.lines("derived/days.jsonl")],
    }


class Round(NamedTuple):
    """A round as the bundle has it; `gaps` are the chosen cells that have no record."""

    plan: Plan
    times: RoundTimes | None
    records: list[tuple[bytes, Record]]
    gaps: tuple[int, ...]


def read_round(opened: Opened, number: int, probe: str) -> Round:
    """The round of *probe* under plan *number*.

    Raises:
        ConfigError: the bundle has none. FormatError: a file that cannot be read.
    """
    archive = opened.archive
    name, plan_name = f"rounds/{number:010d}/{probe}.jsonl", f"plans/{number:010d}.json"
    if plan_name not in archive:
        held = [one for one in archive.names if one.startswith("plans/")]
        remedy = f"It has the plans {held[0][6:16]} to {held[-1][6:16]}." if held else "It has no plan at all."
        raise ConfigError(f"the bundle has no plan {number}", remedy=remedy)
    plan = read_plan(archive.read(plan_name, _MOST_BYTES))
    if name not in archive:
        listed = ", ".join(shown(one.id) for one in plan.vantages)
        raise ConfigError(f"{shown(probe)} closed no round of plan {number}", remedy=f"It enrols: {listed}.")
    lines = archive.lines(name)
    head = read_round_line(next(lines, b"")).round
    records = [(line, read_record(line)) for line in lines]
    asked = {record.cell for _, record in records if record.gap is None}
    all_times = (read_round_times(line) for line in archive.lines("derived/rounds.jsonl"))
    times = next((one for one in all_times if (one.number, one.probe) == (number, probe)), None)
    return Round(plan, times, records, tuple(cell for cell in head.chosen if cell not in asked))


def show_round(file: BinaryIO, number: int, probe: str, lang: str = "en") -> Iterator[str]:
    """A round: when, every cell in a line, and each conclusion in words.

    Raises:
        ConfigError: the bundle has no such round. FormatError, EvidenceError: it cannot be read.
    """
    opened, say = open_bundle(file), _saying(lang)
    found = read_round(opened, number, probe)
    query = opened.bundle.query
    yield say.unchecked
    yield say.round.format(number=number, probe=shown(probe), at=_rome(found.plan.starts_at))
    if found.times is not None:
        yield say.between.format(
            *(_rome(one) if one else "?" for one in (found.times.not_before, found.times.not_after))
        )
    yield ""
    for _, record in found.records:
        yield f"  {record.cell:>5}  {say.asked(record)}: {say.came(record)}"
    if found.gaps:
        yield say.gaps.format(", ".join(map(str, found.gaps)))
    yield ""
    policy = read_policy(opened.archive.read(f"policies/{found.plan.policy}.json", _MOST_BYTES))
    enrolled = found.plan.vantage(probe)
    vantage = Vantage(probe, enrolled.asn, enrolled.operator, enrolled.country) if enrolled else Vantage(probe)
    operators = {one.id: one.operator_slug for one in policy.resolvers}
    explained = judge_explained(found.records, world_of(found.plan, policy), policy, vantage=vantage)
    for verdict, account in explained:
        if verdict.name in query.names and operators.get(verdict.resolver) in query.operators:
            yield f"{shown(verdict.resolver)}, {shown(verdict.name, 255)}: {verdict.outcome}"
            yield f"  {_in_words(account, lang)}"


def show_cell(file: BinaryIO, number: int, probe: str, cell: int, lang: str = "en") -> Iterator[str]:
    """One record: in words, then question and answers as `dig` prints them.

    Raises:
        ConfigError: the bundle has no such record. FormatError, EvidenceError: it cannot be read.
    """
    opened, say = open_bundle(file), _saying(lang)
    found = read_round(opened, number, probe)
    record = next((record for _, record in found.records if record.cell == cell), None)
    if record is None:
        what = (
            f"cell {cell} of plan {number} was not asked by {shown(probe)}"
            if cell in found.gaps
            else f"there is no cell {cell}"
        )
        raise ConfigError(what, remedy="Without --cell every cell of the round is listed.")
    yield say.unchecked
    yield say.round.format(number=number, probe=shown(probe), at=_rome(found.plan.starts_at))
    yield f"{record.cell}: {say.asked(record)}: {say.came(record)}"
    yield say.sent.format(_rome(record.at))
    if record.tls is not None:
        yield say.tls(record.tls)
    if record.http is not None:
        yield f"HTTP {record.http.status}" + "".join(
            f"; {shown(k)}: {shown(v)}" for k, v in record.http.headers.items()
        )
    if record.query:
        yield ""
        yield f"; <<>> {say.question} <<>>"
        yield from dig(record.query)
    for place, answer in enumerate(record.answers, 1):
        ttl = f", IP TTL {answer.ttl}" if answer.ttl is not None else ""
        yield ""
        yield f"; <<>> {say.answer} {place}, {answer.us / 1000:.1f} ms{ttl} <<>>"
        yield from dig(answer.wire)


def round_json(file: BinaryIO, number: int, probe: str, cell: int | None) -> Iterator[str]:
    """The records of a round, or one of them, as their exact lines.

    Raises:
        ConfigError: the bundle has no such round. FormatError, EvidenceError: it cannot be read.
    """
    found = read_round(open_bundle(file), number, probe)
    yield from (line.decode() for line, record in found.records if cell is None or record.cell == cell)


def as_json(value: object) -> str:
    """*value* as one line of JSON."""
    return encode(value).decode()


def _saying(lang: str) -> Saying:
    return ITALIAN if lang == "it" else ENGLISH


def _counts(row: Days) -> list[tuple[str, int]]:
    counts = [(state.value, getattr(row, state.value)) for state in _STATES]
    return [(word, count) for word, count in (*counts, ("untimed", row.untimed)) if count]


def _in_words(account: Account, lang: str) -> str:
    try:
        said: str = getattr(explain(account), lang)
    except OverflowError as error:
        raise FormatError(f"a record of {shown(account.verdict.probe)} has a time without a day in Rome") from error
    return said


def _rome(at: datetime) -> str:
    """A time in Rome; at the end of the years that have a name, as it was written."""
    try:
        return f"{at.astimezone(ROME):%Y-%m-%d %H:%M:%S %Z}"
    except OverflowError:
        return at.isoformat()
