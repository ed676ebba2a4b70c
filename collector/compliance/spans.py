"""Days as people read them: rows of days that follow each other, grouped by what they came to and why. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.compliance.reasons import say
from schema.words import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from collector.compliance.facts import FindingDay

_DAY: Final = timedelta(days=1)
_ORDER: Final = (
    Finding.NOT_COMPLIANT,
    Finding.PARTLY_COMPLIANT,
    Finding.COMPLIANT,
    Finding.NOT_TESTABLE,
    Finding.UNDETERMINED,
    Finding.OVER_BLOCKING,
    Finding.NOT_DUE,
)


class Span(NamedTuple):
    """Days without a gap, both ends included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    def __str__(self) -> str:
        """As people read it."""
        return f"{self.first}" if self.first == self.last else f"{self.first}..{self.last}"


class Group(NamedTuple):
    """Days of one resolver and name that came to the same for the same reason; `rows` are by day."""

    resolver: str
    name: str
    finding: Finding
    would_be: Finding | None
    counted: bool
    reason_id: str
    rows: Sequence[FindingDay]

    @property
    def spans(self) -> tuple[Span, ...]:
        """The days."""
        return spans(row.day for row in self.rows)

    def reason(self, language: str) -> str:
        """Why, in `en` or `it`; where the figures differ from day to day, from the least to the most."""
        return say(self.reason_id, _ranges(row.reason_values for row in self.rows), language)


def spans(days: Iterable[date]) -> tuple[Span, ...]:
    """*days* in order, those that follow each other as one."""
    found: list[Span] = []
    for day in sorted(set(days)):
        if found and day - found[-1].last == _DAY:
            found[-1] = Span(found[-1].first, day)
        else:
            found.append(Span(day, day))
    return tuple(found)


def grouped(rows: Iterable[FindingDay]) -> list[Group]:
    """*rows* of one order and operator by what they came to and why: what is counted first, what was not due last."""
    found: dict[tuple[str, str, Finding, Finding | None, bool, str], list[FindingDay]] = {}
    for row in sorted(rows, key=lambda row: (row.name, row.resolver, row.day)):
        key = (row.resolver, row.name, row.finding, row.would_be, row.counted, row.reason_id)
        found.setdefault(key, []).append(row)
    groups = [Group(*key, held) for key, held in found.items()]
    return sorted(
        groups,
        key=lambda one: (one.name, one.resolver, not one.counted, _ORDER.index(one.finding), one.rows[0].day),
    )


def _ranges(values: Iterable[Sequence[str]]) -> list[str]:
    """The values of many rows as those of one."""
    by_key: dict[str, list[str]] = {}
    for row in values:
        for key, _, value in (one.partition("=") for one in row):
            by_key.setdefault(key, []).append(value)
    return [f"{key}={_range(found)}" for key, found in by_key.items()]


def _range(found: Sequence[str]) -> str:
    distinct = sorted(set(found), key=lambda one: (len(one), one))
    if len(distinct) == 1:
        return distinct[0]
    if all(one.isdecimal() for one in distinct):
        return f"{distinct[0]}-{distinct[-1]}"
    return f"{distinct[0]} ..." if len(distinct) > _MOST_LISTED else ", ".join(distinct)


_MOST_LISTED: Final = 3
