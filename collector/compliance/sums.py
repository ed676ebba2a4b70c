"""What the days of an order, an addressee and a name add up to."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Final

from collector.compliance.amounts import charges, key_of, verified_cases
from collector.compliance.duty import Duties
from collector.compliance.facts import FindingSum
from schema.registry import Resolver
from schema.words import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from collector.compliance.amounts import Charge, Key
    from collector.compliance.facts import FindingDay
    from collector.compliance.history import History

#: Of a day on which an operator's resolvers differ, the first that any of them came to.
_WORST: Final = (
    Finding.NOT_COMPLIANT,
    Finding.PARTLY_COMPLIANT,
    Finding.UNDETERMINED,
    Finding.NOT_TESTABLE,
    Finding.COMPLIANT,
    Finding.OVER_BLOCKING,
    Finding.NOT_DUE,
)
_MEASURE: Final = "measure"


def sums(history: History, days: Iterable[FindingDay]) -> list[FindingSum]:
    """What settled *days*, all rows of one order, add up to, by operator and name."""
    rows = sorted(days, key=lambda row: (row.operator, row.name, row.day, row.resolver))
    would_cost = charges(history, verified_cases(rows))
    duties = Duties(history)
    return [
        _sum(duties, list(group), would_cost) for _, group in groupby(rows, key=lambda row: (row.operator, row.name))
    ]


def resolver_of(row: FindingDay) -> Resolver:
    """The resolver of *row* as far as the row says: enough to ask since when a name is due at it."""
    return Resolver(id=row.resolver, operator=row.operator)


def _sum(duties: Duties, rows: Sequence[FindingDay], would_cost: Mapping[Key, Charge]) -> FindingSum:
    """The sum of the rows of one operator and name, which are by day."""
    first = rows[0]
    times = Counter(_worst(day) for _, day in groupby(rows, key=lambda row: row.day))
    missing = _missing(duties, rows)
    priced = [one for row in rows if (one := would_cost.get(key_of(row)))]
    currency = _currency(duties.history, {one.currency for one in priced})
    return FindingSum(
        order_id=first.order_id,
        operator=first.operator,
        name=first.name,
        due_on=_due_on(duties, rows),
        days_due=sum(times.values()) - times[Finding.NOT_DUE],
        days_compliant=times[Finding.COMPLIANT],
        days_not_compliant=times[Finding.NOT_COMPLIANT],
        days_undetermined=times[Finding.UNDETERMINED],
        amount_counted=sum((row.amount for row in rows if row.amount), Decimal(0)) if currency else None,
        currency=currency,
        verified=not missing or any(row.counted for row in rows),
        days_partly_compliant=times[Finding.PARTLY_COMPLIANT],
        days_not_testable=times[Finding.NOT_TESTABLE],
        days_would_be=len({row.day for row in rows if Finding.NOT_COMPLIANT in {row.finding, row.would_be}}),
        amount_would_be=sum((one.amount for one in priced), Decimal(0)) if currency else None,
        missing=missing,
    )


def _worst(rows: Iterable[FindingDay]) -> Finding:
    findings = {row.finding for row in rows}
    return next(finding for finding in _WORST if finding in findings)


def _currency(history: History, used: set[str]) -> str | None:
    """The currency of what the days cost; the newest version's where they cost nothing; none where they are of several."""
    if used:
        return next(iter(used)) if len(used) == 1 else None
    penalty = history.terms[-1].order.penalty_per_day
    return penalty.currency if penalty else None


def _due_on(duties: Duties, rows: Sequence[FindingDay]) -> date | None:
    """The first day that is due at any of the resolvers."""
    resolvers = {row.resolver: resolver_of(row) for row in rows if row.reason_id != "resolver_not_meant"}
    days = (duties.first_due(resolver, rows[0].name) for resolver in resolvers.values())
    return min((day for day in days if day), default=None)


def _missing(duties: Duties, rows: Sequence[FindingDay]) -> tuple[str, ...]:
    """What nobody has verified of the versions under which the days stand, in the order of the days."""
    last = {(row.version, row.resolver): row for row in rows if row.version}
    found = [one for row in last.values() for one in duties.of(resolver_of(row), row.name, row.day).missing]
    told = (value.split("=", 1)[1] for row in rows for value in row.reason_values if value.startswith("missing="))
    if any(text == _MEASURE or text.endswith(f", {_MEASURE}") for text in told):
        found.append(_MEASURE)
    return tuple(dict.fromkeys(found))
