"""An order as its versions make it: which terms were in force on which day. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from schema.order import Order

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date


class Version(NamedTuple):
    """One version as it was entered; `document` is the hex SHA-256 of what it was made from, if that was named.

    `file_by` is who entered the file that its values come from, where a command made this version of it.
    """

    number: int
    order: Order
    entered_at: datetime
    entered_by: str = ""
    reason: str = ""
    document: str | None = None
    file_by: str | None = None

    @property
    def vouched_by(self) -> str:
        """Whose word `verified = true` is: who adds a notice has not compared the file's values with the document."""
        return self.entered_by if self.file_by is None else self.file_by

    @property
    def terms_from(self) -> date:
        """The first day on which its terms were in force."""
        return self.order.terms_from or self.order.issued_on


class Draft(NamedTuple):
    """A version that is to be entered.

    `after` is the number of the version that it was made from, 0 if there was none; None where that does not matter.
    `document` is the hex SHA-256 of what it was made from, `file` the file as it was given.
    """

    order: Order
    after: int | None = None
    document: str | None = None
    file: bytes | None = None


class History:
    """All versions of one order.

    A version with the first day of an earlier one corrects that one, for all its days; one with a later day changes the
    terms from that day on. So of each first day the highest number holds.
    """

    def __init__(self, versions: Iterable[Version]) -> None:
        """Take *versions* (at least one) of one order, in any order."""
        self.versions = tuple(sorted(versions, key=lambda one: one.number))
        self._by_day = {one.terms_from: one for one in self.versions}
        self._days = sorted(self._by_day)

    @property
    def newest(self) -> Version:
        """The version with the highest number."""
        return self.versions[-1]

    @property
    def terms(self) -> tuple[Version, ...]:
        """The versions that hold, by the first day of their terms."""
        return tuple(self._by_day[day] for day in self._days)

    def in_force(self, day: date) -> Version | None:
        """The version whose terms were in force on *day*; none before the first."""
        found = [first for first in self._days if first <= day]
        return self._by_day[found[-1]] if found else None
