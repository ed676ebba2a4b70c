"""Loads what was measured on days: which published plans asked each pair, and what came of them."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.compliance.facts import DayFacts, DaySample, Measured

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

    from collector.library import Library
    from collector.status import Sample
    from collector.store import Store
    from collector.store.findings import PlanRow
    from schema.registry import Resolver

_DAY: Final = timedelta(days=1)


def starts_at(day: date, zone: ZoneInfo) -> datetime:
    """When *day* begins in *zone*, in UTC: on the wall a day has 23 to 25 hours."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


class Span(NamedTuple):
    """A row of days in one time zone, both ends included."""

    first: date
    last: date
    zone: ZoneInfo


class Loaded:
    """The plans of a span of days, whom each asks, and the samples of some pairs."""

    def __init__(
        self,
        span: Span,
        plans: Sequence[PlanRow],
        asked: Mapping[int, frozenset[tuple[str, str]]],
        samples: Mapping[tuple[str, str], Mapping[int, Sample]],
        custodians: Mapping[str, str],
    ) -> None:
        """*plans* are by start, *asked* is by question set, *samples* by plan number."""
        self._zone = span.zone
        self._plans = plans
        self._starts = [plan.at for plan in plans]
        self._asked = asked
        self._samples = samples
        self._custodians = custodians

    def facts(self, resolver: Resolver, name: str, day: date, measure: Measured) -> DayFacts:
        """What was measured of *resolver* and *name* on *day* of the span."""
        pair = (resolver.id, name)
        came = self._samples.get(pair, {})
        samples = tuple(
            DaySample(plan.number, plan.at, came.get(plan.number))
            for plan in self._of(day)
            if pair in self._asked.get(plan.question_set, ())
        )
        return DayFacts(resolver, name, day, samples, measure, self._custodians)

    def policy(self, day: date) -> str | None:
        """The digest of the policy of the last plan of *day*."""
        plans = self._of(day)
        return plans[-1].policy if plans else None

    def _of(self, day: date) -> Sequence[PlanRow]:
        since, until = starts_at(day, self._zone), starts_at(day + _DAY, self._zone)
        return self._plans[bisect_left(self._starts, since) : bisect_left(self._starts, until)]


async def load(
    store: Store, library: Library, span: Span, pairs: Sequence[tuple[str, str]], custodians: Mapping[str, str]
) -> Loaded:
    """What was measured of *pairs* (resolver, name) in *span*; sweeps count no day and are left out (sp-009)."""
    rows = await store.plans_between(starts_at(span.first, span.zone), starts_at(span.last + _DAY, span.zone))
    sweeps = {digest for digest in {row.policy for row in rows} if (await library.policy(digest)).sweep}
    plans = sorted((row for row in rows if row.policy not in sweeps), key=lambda row: (row.at, row.number))
    asked: dict[int, set[tuple[str, str]]] = {}
    names = sorted({name for _, name in pairs})
    for target in await store.targets(sorted({row.question_set for row in plans}), names):
        asked.setdefault(target.question_set, set()).add((target.resolver, target.name))
    samples: dict[tuple[str, str], dict[int, Sample]] = {}
    if plans:
        numbers = [row.number for row in plans]
        came = await store.samples_between(pairs, min(numbers), max(numbers))
        samples = {pair: {one.plan_number: one for one in found} for pair, found in came.items()}
    return Loaded(span, plans, {number: frozenset(found) for number, found in asked.items()}, samples, custodians)
