"""Meets, from the ledger and from judgements, what the other side may say of days on which a name resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from collector.compliance.bounds import bounds
from collector.compliance.challenge_rules import networks_of
from collector.compliance.challenges import meet_all, rows
from collector.compliance.counting import countable
from collector.compliance.dayevidence import DayEvidence, PlanFacts, RoundFacts
from collector.compliance.dayrules import DAY_RULES, DENSE_90, meets
from collector.compliance.verification import verified
from collector.dating import Dated, Dating
from schema.hearing import bearing, floor_of, on_net
from schema.registry import Resolver
from schema.timing import rome_day
from schema.words import VERIFIABLE, Finding, Role, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from collector.compliance.challenges import DayChallenge
    from collector.compliance.dayevidence import Line
    from collector.compliance.duty import Duty
    from collector.compliance.facts import DayFacts, DaySample, FindingDay
    from collector.library import Library
    from collector.receive.match import KnownPlan
    from collector.status import NameRun, NameSample
    from collector.store import Store
    from collector.store.challenges import ReadUpTo
    from schema.order import Order
    from schema.policy import Policy
    from schema.verdict import Verdict

_VERIFIED: Final = frozenset(transport.value for transport in VERIFIABLE)
#: Reasons (`collector.compliance.reasons`) of days on which the name resolved and another measure may have been in place.
_BUT_FOR_THE_MEASURE: Final = frozenset({"other_measure_seen", "other_measure_not_tested"})


class Case(NamedTuple):
    """A row that was found, what it was found from, and what was due."""

    row: FindingDay
    facts: DayFacts
    duty: Duty

    @property
    def is_grave(self) -> bool:
        """Whether anything is to be said against it: the name resolved on that due day, or it would count were all verified.

        So too where only another measure stands between the day and that, and, where the order requires that challenges
        be excluded, on days that would be due if time ran from another event.
        """
        row, version = self.row, self.duty.version
        required = version is not None and bool(version.order.require_excluded)
        return (
            Finding.NOT_COMPLIANT in {row.finding, row.would_be}
            or row.reason_id in _BUT_FOR_THE_MEASURE
            or (required and row.seen is Finding.NOT_COMPLIANT)
        )


class Challenging:
    """What may be said against days, for the one process that judges a database."""

    def __init__(self, store: Store, library: Library) -> None:
        self._store, self._library = store, library
        self._dating = Dating(store)
        self._reading: ReadUpTo | None = None

    async def days_touched(self) -> set[date]:
        """Days (Europe/Rome) of which the log says more than when days were last met: they are to be found anew."""
        self._reading = await self._store.read_up_to()
        return {rome_day(at) for at in await self._store.starts_dated_since(self._reading)}

    async def settled(self) -> None:
        """Those days were found anew."""
        if self._reading is not None:
            await self._store.put_read_up_to(self._reading.log, self._reading.size, self._reading.equivocation)
            self._reading = None

    async def of(self, cases: Sequence[Case]) -> list[DayChallenge]:
        """What may be said against the *cases* of one order on whose days the name resolved; the others are passed over.

        Raises:
            EvidenceError, FormatError: the ledger is damaged. UnavailableError: the database is away.
        """
        grave = [case for case in cases if case.is_grave and case.duty.version is not None]
        if not grave:
            return []
        counting = {case.row: _countable(case) for case in grave}
        loaded = await _Loaded.load(self._store, self._library, self._dating, grave, counting.values())
        digests = await self._store.order_digests(grave[0].row.order_id)
        found: list[DayChallenge] = []
        for case in grave:
            day = await self._evidence(case, counting[case.row], loaded, digests)
            found += rows(case.row.order_id, day, meet_all(day))
        return found

    async def _evidence(
        self, case: Case, counting: Sequence[DaySample], loaded: _Loaded, digests: Mapping[int, str]
    ) -> DayEvidence:
        row, duty, version = case.row, case.duty, case.duty.version
        assert version is not None  # noqa: S101 - `of` takes no other case
        order = version.order
        resolver = case.facts.resolver
        held = bounds(row.day, order.timezone)
        plans = tuple([await loaded.plan(one, resolver, row.name, case.facts.custodians) for one in counting])
        rule = DAY_RULES.get(row.rule, DENSE_90)
        alone = order.measure is not None and order.measure.dns_only
        return DayEvidence(
            territory=order.territory,
            since=_since(order, duty),
            resolver=resolver,
            name=row.name,
            day=row.day,
            plans=plans,
            enough=lambda numbers: meets(rule, _planned(case), numbers, held),
            due_at=bounds(duty.due_on, order.timezone).start if duty.due_on else None,
            known=tuple(run for run in loaded.runs.get(row.name, ()) if run.started_at < held.end),
            dns_alone=digests.get(version.number) if alone and verified(order, "measure", version.vouched_by) else None,
            measured=case.facts.measure,
            measured_by=case.facts.measured_by,
        )


class _Loaded(NamedTuple):
    """What the countable samples of some days rest on."""

    library: Library
    verdicts: Mapping[tuple[str, str, int], Sequence[Verdict]]
    own: Mapping[tuple[int, str], str]
    lines: Mapping[tuple[int, str], Line]
    first: Mapping[str, Line]
    dated: Dated
    names: Mapping[tuple[str, int], NameSample]
    runs: Mapping[str, Sequence[NameRun]]

    @classmethod
    async def load(
        cls,
        store: Store,
        library: Library,
        dating: Dating,
        cases: Sequence[Case],
        counting: Iterable[Sequence[DaySample]],
    ) -> _Loaded:
        """Everything at once for *cases*, whose samples that count are *counting*."""
        numbers = sorted({one.number for samples in counting for one in samples})
        names = sorted({case.row.name for case in cases})
        pairs = {(case.row.resolver, case.row.name) for case in cases}
        plans = [(await library.plan(number)).plan for number in numbers]
        return cls(
            library,
            await store.open_verdicts(pairs, numbers),
            await store.own_networks(numbers),
            await store.lines(numbers),
            await store.first_lines(),
            await dating.of(plans),
            await store.name_samples_in(names, numbers),
            await store.name_runs_of(names),
        )

    async def plan(self, one: DaySample, resolver: Resolver, name: str, custodians: Mapping[str, str]) -> PlanFacts:
        """One plan whose sample counts, with the rounds that support it."""
        known = await self.library.plan(one.number)
        policy = await self.library.policy(known.plan.policy)
        sample = one.sample
        assert sample is not None  # noqa: S101 - a sample that counts is one
        heard = bearing(known.plan.vantages, resolver, policy)
        enrolled = {vantage.id: vantage for vantage in heard}
        said = self.verdicts.get((resolver.id, name, one.number), ())
        rounds = tuple(
            RoundFacts(
                enrolled[verdict.probe],
                custodians.get(verdict.probe, ""),
                verdict,
                _endpoint(known, verdict),
                self.dated.closes.get((one.number, verdict.probe)),
                self.lines.get((one.number, verdict.probe)),
                self.first.get(verdict.probe),
                self.own.get((one.number, verdict.probe)),
            )
            for verdict in said
            if verdict.probe in sample.supporters and verdict.probe in enrolled
        )
        inside = on_net(heard, resolver) or resolver.on_net_only
        return PlanFacts(
            number=one.number,
            plan_id=known.plan_id,
            sample=sample,
            rounds=rounds,
            late=one.number in self.dated.late,
            controls=_controls(known, policy, resolver, name),
            due_at=due_of(policy, resolver, name),
            cache_s=policy.cache_s,
            name=self.names.get((name, one.number)),
            floor=max(2, floor_of(heard, resolver, policy)),
            on_net=inside,
        )


def _countable(case: Case) -> list[DaySample]:
    """The samples of the day that count for it, by number."""
    resolver, meant = case.facts.resolver, case.duty.meant
    found = [one for one in _planned(case) if countable(one, resolver, meant) is State.OPEN]
    return sorted(found, key=lambda one: one.number)


def _planned(case: Case) -> list[DaySample]:
    """The samples that were planned for the day: sweeps count for none."""
    zone = case.duty.version.order.timezone if case.duty.version else "Europe/Rome"
    held = bounds(case.row.day, zone)
    return [one for one in case.facts.samples if not one.sweep and one.at in held]


def _since(order: Order, duty: Duty) -> date:
    """The day from which the name is the site's by the order."""
    if duty.covered is None or duty.covered.attached is None:
        return order.issued_on
    return order.scope[duty.covered.scope].attached[duty.covered.attached].on


def _endpoint(known: KnownPlan, verdict: Verdict) -> str:
    """Where the record was asked that decided; empty where none did."""
    if verdict.witness is None or not verdict.witness < len(known.cells):
        return ""
    return known.cells[verdict.witness].endpoint


def _controls(
    known: KnownPlan, policy: Policy, resolver: Resolver, name: str
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Whom the plan asks for the truth over a verified channel, each operator with its networks."""
    listed = {one.id: one for one in policy.resolvers}
    asked = {
        cell.resolver
        for cell in known.cells
        if cell.role is Role.CONTROL and cell.name == name and cell.endpoint.partition(":")[0] in _VERIFIED
    }
    networks: dict[str, set[str]] = {}
    for identifier in asked:
        one = listed.get(identifier) or Resolver(identifier, identifier)
        if one.operator_slug != resolver.operator_slug:
            networks.setdefault(one.operator_slug, set()).update(networks_of(one))
    return tuple((slug, tuple(sorted(found))) for slug, found in sorted(networks.items()))


def due_of(policy: Policy, resolver: Resolver, name: str) -> datetime | None:
    """Since when the policy takes the resolver's operator to be obliged for the name; the earliest."""
    due = [
        one.due_at
        for one in policy.bound
        if one.due_at is not None and name in one.names and resolver.operator_slug in one.operators
    ]
    return min(due, default=None)
