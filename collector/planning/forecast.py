"""Says before it is published how long a round takes under the ceilings, and how long a list takes to be gone through. Pure."""

from __future__ import annotations

from collections import Counter
from math import ceil
from typing import TYPE_CHECKING, Final, NamedTuple

from schema.cells import applicable, expand
from schema.codec import Wire
from schema.pace import LATE_S, Pace, schedule
from schema.plan import PlanVantage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: How long a question listens after it was put (the default of probes).
ANSWER_S: Final = 5.0
_MOST_NAMES: Final = 500  # for which room is looked for
_FOREVER_S: Final = 1e9


class Ceiling(Wire, frozen=True, omit_defaults=False):
    """What one ceiling costs: the endpoint or resolver that has most questions, and how long those alone take."""

    at: str
    questions: int
    seconds: float


class RoundForecast(Wire, frozen=True, omit_defaults=False):
    """One probe's round: `seconds` by its schedule, and what the ceilings alone would come to; `fits` a window."""

    vantage: str
    cells: int
    seconds: float
    endpoint: Ceiling
    resolver: Ceiling
    window_s: float
    fits: bool
    left: int


class SweepForecast(Wire, frozen=True, omit_defaults=False):
    """A whole pass through `names` in `chunks` of at most `chunk_names`, `plans_a_day` of them."""

    names: int
    chunks: int
    chunk_names: int
    cells: int
    plans_a_day: float
    hours: float | None


class FleetForecast(Wire, frozen=True, omit_defaults=False):
    """What a resolver sees of all `vantages` that ask it, in the round and at most, in questions a second."""

    resolver: str
    vantages: int
    questions: int
    a_second: float
    ceiling_a_second: float | None


class _Load(NamedTuple):
    cells: int
    seconds: float
    left: int


def round_forecast(questions: bytes, vantage: PlanVantage, pace: Pace, window_s: float) -> RoundForecast:
    """The round of *vantage* under *pace*, by the schedule that probes keep to."""
    cells = applicable(expand(questions), vantage)
    endpoints, resolvers = Counter(one.endpoint for one in cells), Counter(one.resolver for one in cells)
    load = _load(questions, vantage, pace, window_s)
    return RoundForecast(
        vantage.id,
        load.cells,
        round(load.seconds, 1),
        _ceiling(endpoints, pace.endpoint_s),
        _ceiling(resolvers, pace.resolver_s),
        window_s,
        load.left == 0,
        load.left,
    )


def fleet_forecast(
    questions: bytes, vantages: Sequence[PlanVantage], pace: Pace, window_s: float
) -> list[FleetForecast]:
    """What each resolver sees of the fleet; probes keep their own ceilings, and nobody else keeps the sum of them."""
    asked: Counter[str] = Counter()
    askers: Counter[str] = Counter()
    for vantage in vantages:
        own = Counter(one.resolver for one in applicable(expand(questions), vantage))
        asked.update(own)
        askers.update(own.keys())
    return [
        FleetForecast(
            resolver,
            askers[resolver],
            asked[resolver],
            round(asked[resolver] / window_s, 2),
            round(askers[resolver] / (pace.resolver_s + LATE_S), 2) if pace.resolver_s else None,
        )
        for resolver in sorted(asked)
    ]


def room(build: Callable[[Sequence[str]], bytes], vantages: Sequence[PlanVantage], pace: Pace, window_s: float) -> int:
    """How many names the plans that *build* makes may have so that the round of each of *vantages* fits *window_s*."""
    unlike = {(one.asn, one.country): one for one in vantages} or {(0, ""): PlanVantage("", 0, "")}

    def fits(count: int) -> bool:
        questions = build(tuple(f"n{number}.forecast.example." for number in range(count)))
        return all(_load(questions, one, pace, window_s).left == 0 for one in unlike.values())

    low, high = 0, 1
    while high <= _MOST_NAMES and fits(high):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def sweep_forecast(names: int, chunk_names: int, cells: int, chunks: int, plans_a_day: float) -> SweepForecast:
    """A whole pass through *chunks* of *names*; without plans for it, it never ends."""
    hours = round(ceil(chunks) * 24 / plans_a_day, 1) if plans_a_day and chunks else None
    return SweepForecast(names, chunks, chunk_names, cells, round(plans_a_day, 1), hours)


def _load(questions: bytes, vantage: PlanVantage, pace: Pace, window_s: float) -> _Load:
    cells = applicable(expand(questions), vantage)
    turns, _ = schedule(cells, seed="forecast", probe=vantage.id, pace=pace, room_s=_FOREVER_S)
    room_s = window_s - ANSWER_S
    left = sum(turn.offset_s > room_s for turn in turns)
    return _Load(len(cells), (turns[-1].offset_s if turns else 0.0) + ANSWER_S, left)


def _ceiling(counted: Counter[str], interval_s: float) -> Ceiling:
    at, questions = max(counted.items(), key=lambda one: (one[1], one[0]), default=("", 0))
    return Ceiling(at, questions, round(questions * (interval_s + LATE_S), 1) if interval_s else 0.0)
