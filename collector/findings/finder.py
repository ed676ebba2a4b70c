"""Finds days from what was measured on them, and what may be said against those on which a name resolved."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from collector.challenging import Case as Found
from collector.challenging import Challenging, due_of
from collector.compliance.bounds import bounds
from collector.compliance.challenges import standings
from collector.compliance.dayrules import rule_for
from collector.compliance.days import find_day, with_challenges
from collector.compliance.duty import Duties
from collector.findings.measured import Span, load

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import date

    from collector.compliance.challenges import DayChallenge
    from collector.compliance.duty import Duty
    from collector.compliance.facts import DaySample, FindingDay
    from collector.compliance.history import History, Version
    from collector.findings.addressees import Addressees
    from collector.findings.measured import Loaded
    from collector.library import Library
    from collector.store import Store
    from schema.registry import Resolver

_AT_ONCE: Final = timedelta(days=31)  # days whose samples are in memory together


class Fresh(NamedTuple):
    """Rows whose amounts are not settled yet, and what may be said against them."""

    days: list[FindingDay]
    challenges: list[DayChallenge]


class _Case(NamedTuple):
    """A row that is to be found."""

    version: Version
    resolver: Resolver
    name: str
    day: date
    duty: Duty


class Finder:
    """Days of orders, found from the ledger and from samples; remembers nothing that could change."""

    def __init__(self, store: Store, library: Library, addressees: Addressees) -> None:
        """Whom an order obliges is asked of *addressees*."""
        self._store = store
        self._library = library
        self._addressees = addressees
        self._challenging = Challenging(store, library)
        self._operators: dict[str, dict[str, str]] = {}  # by policy, which never changes
        self._countries: dict[str, str] = {}  # in which each vantage was enrolled, where that was said

    async def redated(self) -> Collection[date]:
        """Days of which the log says more than it did."""
        return await self._challenging.days_touched()

    async def settled(self) -> None:
        """The rows of those days were found anew."""
        await self._challenging.settled()

    async def find(self, history: History, days: Sequence[date]) -> Fresh:
        """The rows of *days*, which are in order."""
        vantages = [one.vantage for one in await self._store.vantages()] if days else []
        custodians = {one.id: one.custodian for one in vantages}
        self._countries = {one.id: one.country for one in vantages if one.country}
        duties = Duties(history, self._addressees.twins())
        found = Fresh([], [])
        for few in _batched(days):
            cases = [case for day in few for case in self._cases(history, duties, day)]
            loaded = await load(
                self._store,
                self._library,
                Span(few[0], few[-1], history.newest.order.timezone),
                {(case.resolver.id, case.name) for case in cases},
                custodians,
                by_endpoint={(case.resolver.id, case.name) for case in cases if case.duty.meant is not None},
            )
            fresh = [await self._found(case, loaded) for case in cases if await self._was_its(case, loaded)]
            challenges = await self._challenging.of(fresh)
            found.days.extend(_challenged(history, [one.row for one in fresh], challenges))
            found.challenges.extend(challenges)
        return found

    def _cases(self, history: History, duties: Duties, day: date) -> Iterator[_Case]:
        version = history.in_force(day)
        if version is None:
            return
        for resolver in self._addressees.of(version.order.addressees):
            for name in version.order.names:
                yield _Case(version, resolver, name, day, duties.of(resolver, name, day))

    async def _found(self, case: _Case, loaded: Loaded) -> Found:
        await asyncio.sleep(0)  # years of days are found at once when an order changes, and batches come in meanwhile
        territory, rule = await self._territory(case, loaded), rule_for(case.version)
        facts = loaded.facts(case.resolver, case.name, case.day, territory, rule)
        samples = [self._at_home(case, await self._compared(case, loaded, one)) for one in facts.samples]
        facts = facts._replace(samples=tuple(samples))
        return Found(find_day(case.duty, rule, facts, territory=territory), facts, case.duty)

    async def _compared(self, case: _Case, loaded: Loaded, one: DaySample) -> DaySample:
        """*one*, and whether its judge asked if a cache held the answer from before the name was due, as it is due now.

        An order may be entered, or its due day come to be known, when rounds are judged already.
        """
        if case.duty.due_on is None:
            return one
        policy = await self._library.policy(loaded.policy(one.number))
        due_at = bounds(case.duty.due_on, case.version.order.timezone).start
        if not due_at <= one.at < due_at + timedelta(seconds=policy.cache_s):
            return one
        return one._replace(compared=due_of(policy, case.resolver, case.name) == due_at)

    def _at_home(self, case: _Case, one: DaySample) -> DaySample:
        """*one* without the support of vantages that stand in another country than the order's.

        An access provider's network may reach abroad, and whoever stands on it is heard of its resolver.
        """
        wanted = case.version.order.territory
        if not wanted or one.sample is None:
            return one
        here = tuple(probe for probe in one.sample.supporters if self._countries.get(probe, wanted) == wanted)
        if len(here) == len(one.sample.supporters):
            return one
        networks = min(one.sample.networks, len(here))
        return one._replace(sample=replace(one.sample, supporters=here, vantages=len(here), networks=networks))

    async def _was_its(self, case: _Case, loaded: Loaded) -> bool:
        """Whether the resolver was the operator's by the plans of the day: who takes one over does not answer for before."""
        for digest in {plan.policy for plan in loaded.plans(case.day)}:
            if digest not in self._operators:
                listed = (await self._library.policy(digest)).resolvers
                self._operators[digest] = {one.id: one.operator_slug for one in listed}
            slug = self._operators[digest].get(case.resolver.id)
            if slug not in {None, case.resolver.operator_slug}:
                return False
        return True

    async def _territory(self, case: _Case, loaded: Loaded) -> str:
        """Whose vantages were heard that day: where its plans differ, what is not the order's; without a plan, the order's."""
        wanted = case.version.order.territory
        policies = sorted({plan.policy for plan in loaded.plans(case.day)})
        heard = {(await self._library.policy(digest)).territory for digest in policies}
        return min(heard - {wanted}, default=wanted)


def _batched(days: Sequence[date]) -> Iterator[Sequence[date]]:
    """*days*, which are in order, in parts that do not span too long a time."""
    start = 0
    for end in range(1, len(days) + 1):
        if end == len(days) or days[end] - days[start] >= _AT_ONCE:
            yield days[start:end]
            start = end


def _challenged(
    history: History, rows: Sequence[FindingDay], challenges: Sequence[DayChallenge]
) -> Iterator[FindingDay]:
    """*rows* after what their order wants to be excluded."""
    said: dict[tuple[str, str, date], list[DayChallenge]] = {}
    for one in challenges:
        said.setdefault((one.resolver, one.name, one.day), []).append(one)
    orders = {version.number: version.order for version in history.versions}
    for row in rows:
        found = said.get((row.resolver, row.name, row.day))
        words = {challenge.value: standing.value for challenge, standing in standings(found or ()).items()}
        yield with_challenges(row, orders[row.version], words)
