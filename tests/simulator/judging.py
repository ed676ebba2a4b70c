"""Judges the rounds of one world as the collector does, folds them into statuses, and compares both with the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from collector.judge import Memory, judge_round
from collector.status import fold_runs, fold_sample
from schema.words import Kind, Outcome, State
from tests.simulator.casts import stage
from tests.simulator.rounds import play, starts_at
from tests.simulator.tally import Example, Tally, troubles
from tests.simulator.world import PLANS, draw

if TYPE_CHECKING:
    from collector.status import Sample
    from schema.plan import PlanVantage
    from schema.registry import Resolver
    from schema.verdict import Verdict
    from tests.simulator.rounds import Round
    from tests.simulator.truth import Moment
    from tests.simulator.world import World

_REJUDGED: Final = 97  # one round in so many is judged without a memory too
_OPPOSITE: Final = {State.BLOCKED, State.OPEN}
_HONEST_NETWORKS: Final = 4


class Simulation:
    """Worlds one after another, with one memory, as a collector has it."""

    def __init__(self) -> None:
        self.tally = Tally()
        self._memory = Memory()

    def run(self, seed: int, *, limits: bool = False) -> None:
        """Play, judge and count the world of *seed*."""
        world = draw(seed, limits=limits)
        played = stage(world.cast, world.names)
        self.tally.worlds += 1
        histories: dict[tuple[str, str], list[tuple[Sample, set[State]]]] = {}
        for plan in range(PLANS):
            rounds = [(number, play(world, number, plan)) for number in range(len(world.lines))]
            votes: dict[tuple[str, str], list[tuple[int, Verdict]]] = {}
            moments: dict[int, Moment] = {}
            for number, one in rounds:
                if one is None:
                    continue
                moments[number] = one.moment
                for verdict in self._judged(world, one, plan, number):
                    votes.setdefault((verdict.resolver, verdict.name), []).append((number, verdict))
            for resolver in played.cast.targets:
                for name in world.names:
                    cast_votes = votes.get((resolver.id, name), [])
                    sample = self._sample(world, plan, resolver, name, cast_votes, moments)
                    histories.setdefault((resolver.id, name), []).append(sample)
        for pair, history in histories.items():
            self._runs(world, pair, history)

    def _judged(self, world: World, one: Round, plan: int, number: int) -> list[Verdict]:
        """The verdicts of a round; those of an honest vantage are compared with the truth."""
        played, tally = stage(world.cast, world.names), self.tally
        verdicts = judge_round(one.records, played.world, played.policy, vantage=one.vantage, memory=self._memory)
        tally.rounds += 1
        if tally.rounds % _REJUDGED == 0:
            tally.rejudged += 1
            if verdicts != judge_round(one.records, played.world, played.policy, vantage=one.vantage):
                tally.keep(Example("a memory changed it", world.seed, world.limits, plan, one.vantage.id, "", "", ""))
        if number == world.liar:
            tally.forged += 1
            return verdicts
        for verdict in verdicts:
            resolver, name = verdict.resolver, verdict.name
            false = one.moment.false(verdict)
            findable = one.moment.could_be_found(resolver, name)
            tally.count(troubles(world, number, resolver, name, plan), verdict.outcome, false, findable=findable)
            if false is not None:
                tally.keep(_example(f"false {false}", world, plan, verdict))
            elif findable and verdict.outcome is not Outcome.BLOCKED:
                policy = world.services[resolver].policy
                tally.missed[policy.way.value if policy else "", verdict.rule] += 1
                tally.keep(_example("not found", world, plan, verdict))
        return verdicts

    def _sample(
        self, world: World, plan: int, resolver: Resolver, name: str, votes: list[tuple[int, Verdict]], moments: dict[int, Moment]
    ) -> tuple[Sample, set[State]]:
        """What the vantages say together, and which of `blocked` and `open` are true of it."""
        tally = self.tally
        sample = _fold(world, plan, resolver, name, votes)
        true = _true_states(world, resolver, name, moments)
        tally.status[sample.state.value] += 1
        if _only_the_liars_word(world, resolver):
            tally.status["only a liar's word"] += 1
            return sample, set(_OPPOSITE)
        if sample.state in _OPPOSITE - true:
            tally.status[f"false {sample.state.value}"] += 1
            tally.keep(Example(f"false status {sample.state.value}", world.seed, world.limits, plan, "all", resolver.id, name, sample.rule))
        if world.liar in moments and _heard_by_all(world, resolver):
            without = _fold(world, plan, resolver, name, [one for one in votes if one[0] != world.liar])
            tally.status["beside a liar"] += 1
            flipped = {sample.state, without.state} == _OPPOSITE
            full = without.state in _OPPOSITE and without.networks >= _HONEST_NETWORKS and _country_counts(world)
            tally.status["beside a liar, four others agree"] += full
            if flipped or (full and sample.state is not without.state):
                tally.status["flipped by a liar"] += 1
                tally.keep(Example("flipped by a liar", world.seed, world.limits, plan, "all", resolver.id, name, sample.rule))
        return sample, true

    def _runs(self, world: World, pair: tuple[str, str], history: list[tuple[Sample, set[State]]]) -> None:
        """Count the runs of *pair*, and those of a state that was true at no time within them."""
        truths = {sample.at: true for sample, true in history}
        for run in fold_runs([sample for sample, _ in history], stage(world.cast, world.names).policy):
            self.tally.status["runs"] += 1
            within = set[State]().union(*(true for at, true in truths.items() if run.started_at <= at <= run.covered_until))
            if run.state in _OPPOSITE - within:
                self.tally.status["false runs"] += 1
                plan = next(sample.plan_number for sample, _ in history if sample.at == run.started_at) - 1
                self.tally.keep(Example(f"false run {run.state.value}", world.seed, world.limits, plan, "all", *pair, run.rule))


def _fold(world: World, plan: int, resolver: Resolver, name: str, votes: list[tuple[int, Verdict]]) -> Sample:
    enrolled = world.enrolled
    cast: list[tuple[PlanVantage, Verdict]] = [(enrolled[number], verdict) for number, verdict in votes]
    return fold_sample(
        cast,
        plan_number=plan + 1,
        at=starts_at(plan),
        name=name,
        enrolled=enrolled,
        resolver=resolver,
        policy=stage(world.cast, world.names).policy,
    )


def _true_states(world: World, resolver: Resolver, name: str, moments: dict[int, Moment]) -> set[State]:
    """Which of `blocked` and `open` somebody honest, within the territory, could truly be told."""
    true: set[State] = set()
    for number, moment in moments.items():
        if number == world.liar:
            continue
        pair = moment.pair(resolver.id, name)
        if moment.withheld_by_resolver(resolver.id, name) or (
            not moment.vouched(resolver.id) and moment.withheld_on_path(resolver.id, name)
        ):
            true.add(State.BLOCKED)
        if pair.addressed or (pair.anyone and not moment.vouched(resolver.id)):
            true.add(State.OPEN)
    return true


def _heard_by_all(world: World, resolver: Resolver) -> bool:
    """Whether all five networks have a voice: an access provider's resolver has only those on its line."""
    inside = any(resolver.kind is Kind.ISP and one.asn in resolver.asns for one in world.enrolled)
    return not inside and not resolver.on_net_only


def _only_the_liars_word(world: World, resolver: Resolver) -> bool:
    """Whether the liar stands inside an access provider's network, whose resolver is judged from there alone."""
    return world.liar >= 0 and world.enrolled[world.liar].asn in resolver.asns


def _country_counts(world: World) -> bool:
    """Whether the liar's country is the territory's, so that its voice counts."""
    return len({one.country for one in world.enrolled}) == 1


def _example(what: str, world: World, plan: int, verdict: Verdict) -> Example:
    return Example(what, world.seed, world.limits, plan, verdict.probe, verdict.resolver, verdict.name, verdict.rule)
