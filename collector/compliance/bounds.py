"""When a day begins and ends: a calendar day of a time zone, of 23 to 25 hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Bounds(NamedTuple):
    """A day from `start` (included) to `end` (not included), both in UTC."""

    start: datetime
    end: datetime

    def __contains__(self, at: object) -> bool:
        """Whether the instant *at* lies in the day."""
        return isinstance(at, datetime) and self.start <= at < self.end

    def part(self, at: datetime, parts: int) -> int:
        """In which of so many equal *parts* of the day's real length *at* lies, from 0."""
        return int((at - self.start) * parts // (self.end - self.start))


@lru_cache(maxsize=4096)
def bounds(day: date, zone: str) -> Bounds:
    """The bounds of *day* in the time zone called *zone*."""
    where = ZoneInfo(zone)
    first = datetime.combine(day, time.min, tzinfo=where)
    # On the wall: the day's own length is what the zone makes it.
    after = datetime.combine(later(day, 1), time.min, tzinfo=where)
    return Bounds(first.astimezone(UTC), after.astimezone(UTC))


def local_day(at: datetime, zone: str) -> date:
    """The calendar day on which *at* lies in *zone*."""
    return at.astimezone(ZoneInfo(zone)).date()


def deadline_day(at: datetime, zone: str, *, days: int, minutes: int) -> date:
    """The calendar day on which the time to comply ends: *days* on the calendar and *minutes* by the clock after *at*."""
    try:
        wall = at.astimezone(ZoneInfo(zone)) + timedelta(days=days)
        return (wall.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(ZoneInfo(zone)).date()
    except OverflowError:
        return date.max


def later(day: date, days: int) -> date:
    """The day so many *days* after *day*; the last there is where the calendar ends before."""
    return day + timedelta(days=days) if days <= (date.max - day).days else date.max
