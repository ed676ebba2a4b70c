"""What days cost: by the lowest reading of what nobody has verified, and beside it by the highest. Decimals only."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from collector.compliance.reasons import Reason, because
from collector.compliance.verification import verified
from schema.order import Per
from schema.words import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from collector.compliance.facts import FindingDay
    from collector.compliance.history import History, Version
    from schema.order import Penalty

_NOTHING: Final = Decimal(0)

#: Resolver, name and day: what makes a row of one order one.
Key = tuple[str, str, "date"]


class Reading(NamedTuple):
    """How a penalty is read: what a day's sum is for, and whether a day after one of compliance costs too."""

    per: Per
    relapse: bool


class Charge(NamedTuple):
    """What a row costs; `beside` is the row with which the day's sum stands, `complied` the day after which none is owed."""

    amount: Decimal
    currency: str
    beside: tuple[str, str] | None = None
    complied: date | None = None


class Case(NamedTuple):
    """A row as it is charged: whether the name resolved on a due day, and whether it was withheld on one."""

    row: FindingDay
    resolved: bool
    withheld: bool


def key_of(row: FindingDay) -> Key:
    """What makes *row* one of its order's."""
    return row.resolver, row.name, row.day


def lowest(version: Version) -> Reading:
    """What is verified of the penalty, and where nothing is: once a day, and none after a first compliance."""
    penalty = version.order.penalty_per_day
    per = penalty.per if penalty and _sure(version, "per") else None
    return Reading(per or Per.ORDER, bool(penalty and penalty.relapse) and _sure(version, "relapse"))


def highest(version: Version) -> Reading:
    """What is verified of the penalty, and where nothing is: for each name and service, whatever came between."""
    penalty = version.order.penalty_per_day
    per = penalty.per if penalty and _sure(version, "per") else None
    relapse = penalty.relapse if penalty and _sure(version, "relapse") else None
    return Reading(per or Per.SERVICE, relapse is not False)


def _sure(version: Version, part: str) -> bool:
    return verified(version.order, f"penalty_per_day.{part}", version.vouched_by)


def charges(history: History, cases: Iterable[Case], *, lowest_reading: bool = True) -> dict[Key, Charge]:
    """What each row on which the name resolved costs; rows of versions that set no sum are left out.

    A row costs only before the first day on which the resolver withheld the name, unless a relapse costs too. Where a
    day's sum is for the order, it stands with the first row of the day, where it is for a name, with the name's first: by
    resolver and name, rows that are counted before those that only would be.
    """
    ordered = sorted(cases, key=_place)
    complied: dict[tuple[str, str], date] = {}
    for case in ordered:
        if case.withheld:
            complied.setdefault((case.row.resolver, case.row.name), case.row.day)
    versions = {version.number: version for version in history.versions}
    read = cache(lambda number: (lowest if lowest_reading else highest)(versions[number]))
    found: dict[Key, Charge] = {}
    for _, day in groupby(ordered, key=lambda case: (case.row.operator, case.row.day)):
        rows = [case.row for case in day if case.resolved]
        if rows and (penalty := versions[rows[0].version].order.penalty_per_day):
            found |= _of_day(rows, penalty, read(rows[0].version), complied)
    return found


def _place(case: Case) -> tuple[str, date, bool, str, str]:
    row = case.row
    return row.operator, row.day, not row.counted, row.resolver, row.name


def _of_day(
    rows: Sequence[FindingDay], penalty: Penalty, reading: Reading, complied: Mapping[tuple[str, str], date]
) -> dict[Key, Charge]:
    """The charges of one operator's rows of one day, in the order in which they are charged."""
    found: dict[Key, Charge] = {}
    stands: dict[str, tuple[str, str]] = {}
    for row in rows:
        pair = (row.resolver, row.name)
        before = complied.get(pair)
        if not reading.relapse and before and before < row.day:
            found[key_of(row)] = Charge(_NOTHING, penalty.currency, complied=before)
            continue
        group = {Per.ORDER: "", Per.NAME: row.name, Per.SERVICE: "\0".join(pair)}[reading.per]
        first = stands.setdefault(group, pair)
        charge = Charge(Decimal(penalty.amount), penalty.currency)
        found[key_of(row)] = charge if first == pair else Charge(_NOTHING, penalty.currency, beside=first)
    return found


def counted_cases(days: Iterable[FindingDay]) -> list[Case]:
    """Rows as they are."""
    return [Case(row, row.finding is Finding.NOT_COMPLIANT, row.finding is Finding.COMPLIANT) for row in days]


def verified_cases(days: Iterable[FindingDay]) -> list[Case]:
    """Rows as they would be if every fact they need were verified."""
    return [
        Case(row, Finding.NOT_COMPLIANT in {row.finding, row.would_be}, row.finding is Finding.COMPLIANT)
        for row in days
    ]


def settle_amounts(history: History, days: Sequence[FindingDay]) -> list[FindingDay]:
    """*days* with what each costs, in the order given: all rows of one order, of any addressees, settled before or not.

    What a row says of its amount is made again from its own columns, so that settling twice changes nothing.
    """
    counted = charges(history, counted_cases(days))
    beside = charges(history, verified_cases(days), lowest_reading=False)
    return [_settled(row, counted.get(key_of(row)), beside.get(key_of(row))) for row in days]


def _settled(row: FindingDay, charge: Charge | None, beside: Charge | None) -> FindingDay:
    amount_beside = beside.amount if beside else None
    if row.finding is not Finding.NOT_COMPLIANT:
        return replace(row, amount=None, currency=None, amount_beside=amount_beside)
    reason = _reason(row, charge)
    return replace(
        row,
        amount=charge.amount if charge else None,
        currency=charge.currency if charge else None,
        amount_beside=amount_beside,
        reason=reason.text,
        reason_id=reason.reason_id,
        reason_values=reason.kept,
    )


def _reason(row: FindingDay, charge: Charge | None) -> Reason:
    figures = {"countable": row.samples_countable, "blocked": row.samples_blocked, "planned": row.samples_planned}
    if charge is None:
        return because("no_sum", **figures)
    if charge.complied:
        return because("after_compliance", **figures, complied=charge.complied)
    if charge.beside:
        return because("counted_with", **figures, resolver=charge.beside[0], name=charge.beside[1])
    return because("name_resolved", **figures)
