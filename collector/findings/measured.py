"""Loads what was measured on days: which published plans asked each pair, and what came of them."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.compliance.bounds import bounds
from collector.compliance.counting import FLOOR
from collector.compliance.facts import DayFacts, DaySample
from collector.compliance.measures import measured
from collector.findings.sites import rounds_that_ask
from schema.words import Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from collector.compliance.dayrules import DayRule
    from collector.compliance.measures import SiteAsked, SiteSaid
    from collector.library import Library
    from collector.status import Sample
    from collector.store import Store
    from collector.store.findings import PlanRow
    from schema.registry import Resolver

_NO_CONCLUSION: Final = frozenset({Outcome.INSUFFICIENT, Outcome.FAILING})


class Span(NamedTuple):
    """A row of days, both ends included, in the time zone called `zone`."""

    first: date
    last: date
    zone: str


class Sites(NamedTuple):
    """By name what its site answered, and which rounds were to ask it."""

    said: Mapping[str, Sequence[SiteSaid]]
    asked: Mapping[str, Sequence[SiteAsked]]


class Loaded:
    """The plans of a span of days, whom each asks, and what came of it for some pairs."""

    def __init__(
        self,
        span: Span,
        plans: Sequence[PlanRow],
        asked: Mapping[int, frozenset[tuple[str, str]]],
        samples: Mapping[tuple[str, str], Mapping[int, DaySample]],
        custodians: Mapping[str, str],
        sites: Sites,
    ) -> None:
        """*plans* are by start, *asked* is by question set, *samples* by plan number."""
        self._sites = sites
        self._zone = span.zone
        self._plans = plans
        self._starts = [plan.at for plan in plans]
        self._policies = {plan.number: plan.policy for plan in plans}
        self._asked = asked
        self._samples = samples
        self._custodians = custodians

    def facts(self, resolver: Resolver, name: str, day: date, territory: str, rule: DayRule) -> DayFacts:
        """What was measured of *resolver* and *name* on *day* of the span, and of another measure within *territory*."""
        said, asked = self._sites.said.get(name, ()), self._sites.asked.get(name, ())
        measure = measured(said, asked, rule, bounds(day, self._zone), territory)
        pair = (resolver.id, name)
        came = self._samples.get(pair, {})
        samples = tuple(
            came.get(plan.number) or DaySample(plan.number, plan.at, None)
            for plan in self.plans(day)
            if pair in self._asked.get(plan.question_set, ())
        )
        return DayFacts(
            resolver, name, day, samples, measure.measured, self._custodians, measured_by=measure.witness_digest
        )

    def policy(self, number: int) -> str:
        """The digest of the policy of plan *number*, which is one of the span."""
        return self._policies[number]

    def plans(self, day: date) -> Sequence[PlanRow]:
        """The plans of *day*, by start."""
        day_of = bounds(day, self._zone)
        return self._plans[bisect_left(self._starts, day_of.start) : bisect_left(self._starts, day_of.end)]


async def load(
    store: Store,
    library: Library,
    span: Span,
    pairs: Collection[tuple[str, str]],
    custodians: Mapping[str, str],
    *,
    by_endpoint: Collection[tuple[str, str]] = (),
) -> Loaded:
    """What was measured of *pairs* (resolver, name) in *span*; of those of *by_endpoint* also at which endpoints.

    Sweeps count no day, and are left out (sp-009).
    """
    rows = await store.plans_of_days(bounds(span.first, span.zone).start, bounds(span.last, span.zone).end)
    sweeps = {digest for digest in {row.policy for row in rows} if (await library.policy(digest)).sweep}
    plans = sorted((row for row in rows if row.policy not in sweeps), key=lambda row: (row.at, row.number))
    if not plans or not pairs:
        return Loaded(span, plans, {}, {}, custodians, Sites({}, {}))
    asked: dict[int, set[tuple[str, str]]] = {}
    names = sorted({name for _, name in pairs})
    sites = Sites(
        await store.measures(names, bounds(span.first, span.zone).start, bounds(span.last, span.zone).end),
        await rounds_that_ask(store, library, plans, names),
    )
    for target in await store.targets(sorted({row.question_set for row in plans}), names):
        asked.setdefault(target.question_set, set()).add((target.resolver, target.name))
    first, last = min(row.number for row in plans), max(row.number for row in plans)
    said = await store.endpoints_between(sorted(by_endpoint), first, last) if by_endpoint else {}
    samples = {
        pair: {
            one.plan_number: DaySample(
                one.plan_number,
                one.at,
                one,
                endpoints=_agreeing(one, said.get((*pair, one.plan_number), {})) if pair in by_endpoint else None,
            )
            for one in found
        }
        for pair, found in (await store.samples_between(sorted(pairs), first, last)).items()
    }
    by_set = {number: frozenset(found) for number, found in asked.items()}
    return Loaded(span, plans, by_set, samples, custodians, sites)


def _agreeing(sample: Sample, said: Mapping[str, Mapping[str, Outcome]]) -> frozenset[str]:
    """The endpoints at which every supporter of *sample* that came to a conclusion came to its state, and enough did."""
    concluded: dict[str, list[str]] = {}
    for probe in sample.supporters:
        for endpoint, outcome in said.get(probe, {}).items():
            if outcome not in _NO_CONCLUSION:
                concluded.setdefault(endpoint, []).append(outcome.value)
    return frozenset(
        endpoint
        for endpoint, outcomes in concluded.items()
        if set(outcomes) == {sample.state.value} and _enough(len(outcomes), sample)
    )


def _enough(vantages: int, sample: Sample) -> bool:
    """Whether so many of the supporters would make a sample that counts: what is asked of all endpoints is asked of one.

    Those who did not come to a conclusion there are taken to stand on a network each.
    """
    networks = sample.networks - (sample.vantages - vantages)
    inside = sample.networks == 1  # of an access provider's own network, vantages count
    return 3 * vantages >= 2 * sample.enrolled and (vantages if inside else networks) >= FLOOR
