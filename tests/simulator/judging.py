"""Judges the rounds of one world as the collector does, folds them into statuses, and compares both with the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from collector.judge import Memory, judge_round
from collector.status import fold_runs, fold_sample
from schema.words import Kind, Outcome, State
from tests.simulator.casts import stage
from tests.simulator.floor import could_be_found
from tests.simulator.rounds import play, starts_at
from tests.simulator.tally import Example, Tally, troubles
from tests.simulator.world import PLANS, draw

if TYPE_CHECKING:
    from collector.status import Sample
    from schema.registry import Resolver
    from schema.verdict import Verdict
    from tests.simulator.rounds import Round
    from tests.simulator.truth import Moment
    from tests.simulator.world import World

_REJUDGED: Final = 97  # one round in so many is judged without a memory too
_OPPOSITE: Final = frozenset({State.BLOCKED, State.OPEN})
_HONEST_NETWORKS: Final = 4
_EVERYBODY: Final = "all"


def play_world(seed: int, tally: Tally, memory: Memory, *, limits: bool = False) -> None:
    """Play, judge and count the world of *seed*; *memory* is of other rounds, as a collector has it."""
    _Judged(draw(seed, limits=limits), tally, memory).run()


class _Judged:
    """One world, judged plan after plan."""

    def __init__(self, world: World, tally: Tally, memory: Memory) -> None:
        self._world = world
        self._stage = stage(world.cast, world.names)
        self._tally = tally
        self._memory = memory
        self._samples: dict[tuple[str, str], list[Sample]] = {}
        self._true: dict[tuple[str, str, int], frozenset[State]] = {}

    def run(self) -> None:
        """All plans, then the runs of every pair."""
        self._tally.worlds += 1
        for plan in range(PLANS):
            votes: dict[tuple[str, str], dict[int, Verdict]] = {}
            moments: dict[int, Moment] = {}
            for number in range(len(self._world.lines)):
                one = play(self._world, number, plan)
                if one is None:
                    continue
                moments[number] = one.moment
                for verdict in self._verdicts(one, plan, number):
                    votes.setdefault((verdict.resolver, verdict.name), {})[number] = verdict
            for resolver in self._stage.cast.targets:
                for name in self._world.names:
                    true = _true_states(self._world, resolver, name, moments)
                    self._sample(plan, resolver, name, votes.get((resolver.id, name), {}), true)
        for pair, samples in self._samples.items():
            self._runs(pair, samples)

    def _verdicts(self, one: Round, plan: int, number: int) -> list[Verdict]:
        """The verdicts of a round; those of an honest vantage are compared with the truth."""
        world, tally = self._world, self._tally
        known, policy = self._stage.world, self._stage.policy
        verdicts = judge_round(one.records, known, policy, vantage=one.vantage, memory=self._memory)
        tally.rounds += 1
        if tally.rounds % _REJUDGED == 0:
            tally.rejudged += 1
            for verdict, anew in zip(
                verdicts, judge_round(one.records, known, policy, vantage=one.vantage), strict=True
            ):
                if verdict != anew:
                    self._keep("a memory changed it", plan, verdict)
        if number == world.liar:
            tally.forged += 1
            return verdicts
        for verdict in verdicts:
            false = one.moment.false(verdict)
            findable = could_be_found(one.moment, verdict.resolver, verdict.name)
            kinds = troubles(world, number, verdict.resolver, verdict.name, plan)
            tally.count(kinds, verdict.outcome, false, findable=findable)
            if false is not None:
                self._keep(f"false {false}", plan, verdict)
            elif findable and verdict.outcome is not Outcome.BLOCKED:
                own = world.services[verdict.resolver].policy
                tally.missed[own.way.value if own else "", verdict.rule] += 1
                self._keep("not found", plan, verdict)
        return verdicts

    def _sample(
        self, plan: int, resolver: Resolver, name: str, votes: dict[int, Verdict], true: frozenset[State]
    ) -> None:
        """Fold what the vantages say together; *true* is which of `blocked` and `open` is true of it."""
        status, liar = self._tally.status, self._world.liar
        sample = self._folded(plan, resolver, name, votes)
        self._samples.setdefault((resolver.id, name), []).append(sample)
        self._true[resolver.id, name, plan] = true
        status[sample.state.value] += 1
        if sample.state in _OPPOSITE - true:
            status[f"false {sample.state.value}"] += 1
            self._keep(f"false status {sample.state.value}", plan, sample)
        if liar in votes and _heard_by_all(self._world, resolver):
            without = self._folded(plan, resolver, name, {who: said for who, said in votes.items() if who != liar})
            four = without.state in _OPPOSITE and without.networks == _HONEST_NETWORKS
            status["beside a liar"] += 1
            status["beside a liar, four others agree"] += four
            if {sample.state, without.state} == _OPPOSITE or (four and sample.state is not without.state):
                status["flipped by a liar"] += 1
                self._keep("flipped by a liar", plan, sample)

    def _folded(self, plan: int, resolver: Resolver, name: str, votes: dict[int, Verdict]) -> Sample:
        enrolled = self._world.enrolled
        return fold_sample(
            [(enrolled[number], verdict) for number, verdict in votes.items()],
            plan_number=plan + 1,
            at=starts_at(plan),
            name=name,
            enrolled=enrolled,
            resolver=resolver,
            policy=self._stage.policy,
        )

    def _runs(self, pair: tuple[str, str], samples: list[Sample]) -> None:
        """Count the runs of *pair*, and those of a state that was true at no time within them."""
        for run in fold_runs(samples, self._stage.policy):
            self._tally.status["runs"] += 1
            within = [one for one in samples if run.started_at <= one.at <= run.covered_until]
            true = frozenset[State]().union(*(self._true[(*pair, one.plan_number - 1)] for one in within))
            if run.state in _OPPOSITE - true:
                self._tally.status["false runs"] += 1
                self._keep(f"false run {run.state.value}", within[0].plan_number - 1, within[0])

    def _keep(self, what: str, plan: int, case: Verdict | Sample) -> None:
        probe = getattr(case, "probe", _EVERYBODY)
        world = self._world
        self._tally.keep(Example(what, world.seed, world.limits, plan, probe, case.resolver, case.name, case.rule))


def _true_states(world: World, resolver: Resolver, name: str, moments: dict[int, Moment]) -> frozenset[State]:
    """Which of `blocked` and `open` somebody honest could truly be told; both where only the liar can know."""
    if world.liar >= 0 and world.enrolled[world.liar].asn in resolver.asns:
        return (
            _OPPOSITE  # an access provider's resolver is judged from its own network alone, and there stands the liar
        )
    true: set[State] = set()
    for number, moment in moments.items():
        if number == world.liar:
            continue
        pair, vouched = moment.pair(resolver.id, name), moment.vouched(resolver.id)
        on_path = not vouched and moment.withheld_on_path(resolver.id, name)
        if on_path or moment.withheld_by_resolver(resolver.id, name):
            true.add(State.BLOCKED)
        if pair.addressed or (pair.anyone and not vouched):
            true.add(State.OPEN)
    return frozenset(true)


def _heard_by_all(world: World, resolver: Resolver) -> bool:
    """Whether all five networks, in one country, have a voice: an access provider's resolver has only those on its line."""
    inside = resolver.kind is Kind.ISP and any(one.asn in resolver.asns for one in world.enrolled)
    return not inside and not resolver.on_net_only and len({one.country for one in world.enrolled}) == 1
