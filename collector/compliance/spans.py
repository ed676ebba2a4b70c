"""Days as people read them: rows of days that follow each other, grouped by what they came to and why. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

_DAY = timedelta(days=1)
Row = dict[str, Any]


class Span(NamedTuple):
    """Days without a gap, both ends included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1


class Group(NamedTuple):
    """Rows that say the same; `rows` are by day."""

    key: tuple[Any, ...]
    rows: Sequence[Row]
    spans: tuple[Span, ...]

    @property
    def days(self) -> int:
        """How many calendar days."""
        return sum(span.days for span in self.spans)


def spans(days: Iterable[date]) -> tuple[Span, ...]:
    """*days* in order, those that follow each other as one."""
    found: list[Span] = []
    for day in sorted(set(days)):
        if found and day - found[-1].last == _DAY:
            found[-1] = Span(found[-1].first, day)
        else:
            found.append(Span(day, day))
    return tuple(found)


def grouped(rows: Iterable[Row], key: Callable[[Row], tuple[Any, ...]]) -> list[Group]:
    """*rows* by *key*, in the order in which each key comes first."""
    by_key: dict[tuple[Any, ...], list[Row]] = {}
    for row in sorted(rows, key=lambda row: (row["day"], row["resolver"], row["name"])):
        by_key.setdefault(key(row), []).append(row)
    return [Group(one, found, spans(row["day"] for row in found)) for one, found in by_key.items()]
