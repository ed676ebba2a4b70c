"""What the same days come to by each event from which time might run: hypotheses of counting, side by side."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from collector.compliance.amounts import Case, charges, key_of
from collector.compliance.duty import Due, Duties
from collector.compliance.facts import FindingReading
from collector.compliance.sums import resolver_of
from collector.compliance.verification import never_due
from schema.order import StartsFrom
from schema.words import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from collector.compliance.facts import FindingDay
    from collector.compliance.history import History


class _Day(NamedTuple):
    """A row under one hypothesis."""

    row: FindingDay
    due: bool


def readings(history: History, days: Iterable[FindingDay]) -> list[FindingReading]:
    """For each event, operator and name what *days*, all rows of one order, come to if time runs from that event.

    Nothing need be verified for this, and nothing of it is counted. A day resolved by the day rule, whether it is due or
    not by the order's own event.
    """
    if never_due(history.newest.order):
        return []
    rows = sorted(days, key=lambda row: (row.operator, row.name, row.day, row.resolver))
    duties = Duties(history)
    found = [one for event in StartsFrom for one in _by_event(duties, rows, event)]
    return sorted(found, key=lambda one: (one.operator, one.name, one.reading))


def _is_due(duties: Duties, row: FindingDay, event: StartsFrom) -> bool:
    """Whether *row* would be due; whom the order does not mean is never."""
    if row.reason_id == "resolver_not_meant":
        return False
    return duties.of(resolver_of(row), row.name, row.day, event).due is Due.YES


def _by_event(duties: Duties, rows: Sequence[FindingDay], event: StartsFrom) -> Iterable[FindingReading]:
    dated = [_Day(row, _is_due(duties, row, event)) for row in rows]
    cases = [
        Case(row, due and row.seen is Finding.NOT_COMPLIANT, due and row.seen is Finding.COMPLIANT)
        for row, due in dated
    ]
    cost = charges(duties.history, cases)
    groups: dict[tuple[str, str], list[_Day]] = {}
    for one in dated:
        groups.setdefault((one.row.operator, one.row.name), []).append(one)
    for group in groups.values():
        last = group[-1].row
        duty = duties.of(resolver_of(last), last.name, last.day, event)
        charged = [charge for one in group if (charge := cost.get(key_of(one.row)))]
        version = duty.version
        penalty = version.order.penalty_per_day if version else None
        priced = penalty if penalty and duty.start and len({charge.currency for charge in charged}) <= 1 else None
        yield FindingReading(
            order_id=last.order_id,
            operator=last.operator,
            name=last.name,
            reading=event.value,
            starts_on=duty.start,
            due_on=duty.due_on,
            days_due=len({one.row.day for one in group if one.due}),
            days_not_compliant=len({one.row.day for one in group if one.due and one.row.seen is Finding.NOT_COMPLIANT}),
            amount=sum((charge.amount for charge in charged), Decimal(0)) if priced else None,
            currency=priced.currency if priced else None,
            chosen=version is not None and version.order.starts_from is event,
        )
