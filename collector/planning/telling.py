"""The forecast of what is about to be published: for people as text, for programs as one object. Pure."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from collector.planning.forecast import FleetForecast, RoundForecast, SweepForecast
from schema.codec import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

_MINUTE_S = 60
_CROWDED = 0.8  # of a ceiling: more vantages and it is reached


class Forecast(Wire, frozen=True, omit_defaults=False):
    """What the next plans cost: of each kind of vantage a docket's round, of the lists a whole pass.

    `room` is how many names fit the window, `needed_s` the window that the docket needs; `urgent_s` the longest round of
    plans that ask one new name; `left` are names that find no room and are left to sweeps.
    """

    names: tuple[str, ...]
    guests: tuple[str, ...]
    left: int
    interval_s: float
    window_s: float
    room: int
    needed_s: float
    fits: bool
    rounds: tuple[RoundForecast, ...]
    fleet: tuple[FleetForecast, ...]
    urgent_s: float
    sweep: SweepForecast
    candidates: SweepForecast
    remedy: str


def remedy(*, needed_s: float, window_s: float, interval_s: float) -> str:
    """What to do where a docket of so many seconds does not fit its window; empty where it does."""
    if needed_s <= window_s:
        return ""
    wanted = ceil(needed_s / _MINUTE_S) * _MINUTE_S
    if wanted <= interval_s:
        return f"Set window_s = {wanted}: what does not fit is not asked, and rounds with gaps count for nothing."
    return f"Set interval_s = {wanted} and window_s = {wanted}, or name fewer: what does not fit is not asked."


def lines(forecast: Forecast) -> Iterator[str]:
    """*forecast* in words, a line for each thing that is to be known."""
    count = len(forecast.names)
    guests = f", {len(forecast.guests)} of them for a while" if forecast.guests else ""
    yield f"docket: {count} names{guests}, every {forecast.interval_s:g} s within {forecast.window_s:g} s"
    for one in forecast.rounds:
        yield (
            f"  {one.vantage or 'any vantage'}: {one.cells} questions in {one.seconds:g} s; the most at one resolver, "
            f"{one.resolver.questions} at {one.resolver.at}, take {one.resolver.seconds:g} s, at one endpoint "
            f"({one.endpoint.questions}) {one.endpoint.seconds:g} s"
            + (f"; {one.left} find no time" if one.left else "")
        )
    if count:
        state = "fits" if forecast.fits else f"does not fit: it needs {forecast.needed_s:g} s"
        yield f"  the window has room for {forecast.room} names; the docket {state}"
    if forecast.remedy:
        yield f"  {forecast.remedy}"
    if forecast.left:
        yield f"  {forecast.left} names that were just notified find no room: they are asked in sweeps only"
    yield f"a name that is entered: first asked within a minute, then in full in {forecast.urgent_s:g} s between the dockets"
    for seen in forecast.fleet:
        if seen.ceiling_a_second is not None and seen.a_second > _CROWDED * seen.ceiling_a_second:
            yield f"{seen.resolver}: {seen.vantages} vantages ask it {seen.a_second:g} a second, at most {seen.ceiling_a_second:g}"
    yield from _swept("lists", forecast.sweep)
    yield from _swept("names that may be successors", forecast.candidates)


def _swept(what: str, sweep: SweepForecast) -> Iterator[str]:
    if not sweep.names:
        yield f"{what}: none to go through"
    elif sweep.hours is None:
        yield f"{what}: {sweep.names}, and no time is left for them: set window_s lower, or interval_s higher, and sweep = true"
    else:
        yield (
            f"{what}: {sweep.names} in {sweep.chunks} plans of at most {sweep.chunk_names}, {sweep.plans_a_day:g} plans "
            f"a day: once through in {sweep.hours:g} h"
        )
