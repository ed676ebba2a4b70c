"""How soon a resolver followed a notification, from the runs of a name: an interval, since nobody looks all the time. Pure.

What `analyst.compliance_speed` says in SQL, and `analyst.compliance_speed_by_operator` of many; a test compares them.
"""

from __future__ import annotations

from enum import StrEnum
from math import ceil, floor, inf
from typing import TYPE_CHECKING, NamedTuple

from schema.words import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from collector.status import Run


class Followed(StrEnum):
    """What became of a notification."""

    ALREADY = "already"  # withheld when it came
    LATER = "later"
    NOT_YET = "not_yet"  # last seen open, after it
    NOT_SEEN = "not_seen"  # nothing is known since


class Within(StrEnum):
    """Whether the limit was kept."""

    YES = "yes"
    NO = "no"
    UNDECIDED = "undecided"  # it lies between the last sample that was open and the first that was blocked


class Interval(NamedTuple):
    """Followed after `after_s` seconds and by `by_s` at the latest; None where there is no such end."""

    standing: Followed
    after_s: int | None
    by_s: int | None
    within: Within


class Distribution(NamedTuple):
    """Of many intervals: how many of each kind, the median's and the 90th percentile's ends, and the share in time.

    A quantile lies between that of the lower ends and that of the upper ends; `by_s` is None where too many have none.
    """

    number: int
    median: tuple[int | None, int | None]
    p90: tuple[int | None, int | None]
    share_at_least: float
    share_at_most: float


def interval(runs: Iterable[Run], notified_at: datetime, limit_at: datetime) -> Interval:
    """How soon after *notified_at* the pair whose *runs* these are was blocked."""
    ordered = sorted(runs, key=lambda run: run.started_at)
    blocked = next((run for run in ordered if run.state is State.BLOCKED and run.covered_until >= notified_at), None)
    if blocked is not None and blocked.started_at <= notified_at:
        return Interval(Followed.ALREADY, None, None, Within.YES)
    opened = [
        run.covered_until
        for run in ordered
        if run.state is State.OPEN and (blocked is None or run.started_at < blocked.started_at)
    ]
    last_open = opened[-1] if opened and opened[-1] >= notified_at else None
    after_s = floor(((last_open or notified_at) - notified_at).total_seconds())
    late = last_open is not None and last_open >= limit_at
    if blocked is None:
        standing = Followed.NOT_YET if last_open is not None else Followed.NOT_SEEN
        return Interval(standing, after_s, None, Within.NO if late else Within.UNDECIDED)
    by_s = ceil((blocked.started_at - notified_at).total_seconds())
    in_time = blocked.started_at <= limit_at
    return Interval(Followed.LATER, after_s, by_s, Within.YES if in_time else Within.NO if late else Within.UNDECIDED)


def distribution(intervals: Sequence[Interval]) -> Distribution:
    """What many *intervals* (one at least) come to; those already blocked have no length, and are in the shares only."""
    measured = [one for one in intervals if one.standing in {Followed.LATER, Followed.NOT_YET}]
    lower = sorted(one.after_s or 0 for one in measured)
    upper = sorted(inf if one.by_s is None else one.by_s for one in measured)
    yes = sum(one.within is Within.YES for one in intervals)
    no = sum(one.within is Within.NO for one in intervals)
    return Distribution(
        len(intervals),
        (_quantile(lower, 5), _quantile(upper, 5)),
        (_quantile(lower, 9), _quantile(upper, 9)),
        round(yes / len(intervals), 4),
        round((len(intervals) - no) / len(intervals), 4),
    )


def _quantile(values: Sequence[float], tenths: int) -> int | None:
    """The first of the sorted *values* that so many tenths of them do not exceed."""
    if not values:
        return None
    found = values[max(0, -(-len(values) * tenths // 10) - 1)]
    return None if found == inf else int(found)
