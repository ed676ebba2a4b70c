"""When plans start: dockets at even steps, sweeps and urgent plans in what a docket's window leaves of a step. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: From publication to the start of a plan that everybody who is connected is to have by then: who is asks each 5 s.
LEAD: Final = timedelta(seconds=15)
#: A sweep is published so long before its start: what is notified meanwhile waits for no sweep.
SWEEP_LEAD: Final = timedelta(seconds=30)
#: Halves shorter than this are of no use.
_LEAST_S: Final = 30.0


class Step(NamedTuple):
    """How time is divided: each `interval_s` a docket has `window_s`, and what is left is two halves for the others."""

    interval_s: float
    window_s: float

    @property
    def half_s(self) -> float:
        """Seconds of one half; 0 where they are too short to be used."""
        half_s = (self.interval_s - self.window_s) / 2
        return half_s if half_s >= _LEAST_S else 0.0

    def halves(self, docket: datetime) -> tuple[datetime, ...]:
        """The starts of the halves after the docket plan that starts then."""
        if not self.half_s:
            return ()
        return tuple(docket + timedelta(seconds=self.window_s + self.half_s * number) for number in range(2))

    def between(self, docket: datetime) -> datetime:
        """When an urgent plan starts after that docket plan; where there are no halves it interrupts the docket's end."""
        return docket + timedelta(seconds=self.window_s if self.half_s else self.interval_s * 0.75)


def series(now: datetime, first: datetime, dockets: Iterable[datetime], step: Step) -> tuple[datetime, ...]:
    """The starts of an urgent plan and of those that repeat it until the docket plans after *dockets* take over.

    *first* is the first start; *dockets* are the starts of the docket plans that are published and do not ask the names,
    those before *now* that are still at work included. One follows each of them, unless the first has just been.
    """
    after = first + timedelta(seconds=max(step.half_s, _LEAST_S))
    following = sorted(start for docket in dockets if (start := step.between(docket)) > now)
    return (first, *(start for start in following if start >= after))


def next_half(now: datetime, dockets: Sequence[datetime], step: Step) -> datetime | None:
    """The start of the half for which a sweep is to be published now; none if it is too early for the next, or too late.

    *dockets* are the starts of docket plans around *now*.
    """
    for docket in dockets:
        for start in step.halves(docket):
            if start - SWEEP_LEAD <= now <= start - LEAD / 2:
                return start
    return None
