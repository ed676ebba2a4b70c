"""The rules replayed: what the rounds of one plan say of some resolvers and names, as when they were first judged. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from collector.judge import RULE_IDS, Memory, judge_round
from collector.library import world_of
from collector.status import fold_sample
from schema.errors import EvidenceError, UnavailableError
from schema.registry import Resolver, Vantage
from schema.verifier.replay import Replayed, Said

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from collector.status import Sample
    from schema.plan import Plan
    from schema.policy import Policy
    from schema.record import Record
    from schema.verdict import Verdict


_KNOWN: Final = frozenset(RULE_IDS)


class Replayer:
    """A `schema.verifier.replay.Replay` that remembers between rounds what can change no verdict."""

    def __init__(self) -> None:
        """Start with nothing remembered."""
        self._memory = Memory()

    def judge(self, plan: Plan, policy: Policy, probe: str, records: Sequence[tuple[bytes, Record]]) -> list[Verdict]:
        """Every verdict of one round, by resolver and name.

        Raises:
            FormatError: a record's endpoint is none. EvidenceError: *plan* does not enrol *probe*. UnavailableError: the
                policy names a rule that is not known here.
        """
        if not _KNOWN.issuperset(policy.rules):
            unknown = min(set(policy.rules) - _KNOWN)
            remedy = "Replay it with the version of the program that the bundle names."
            raise UnavailableError(f"the rule {unknown} is not known here", remedy=remedy)
        enrolled = plan.vantage(probe)
        if enrolled is None:
            raise EvidenceError(f"plan {plan.number} does not enrol {probe}, whose round is to be judged")
        vantage = Vantage(enrolled.id, enrolled.asn, enrolled.operator, enrolled.country)
        return judge_round(records, world_of(plan, policy), policy, vantage=vantage, memory=self._memory)

    def fold(
        self, plan_id: str, plan: Plan, policy: Policy, pairs: Collection[tuple[str, str]], verdicts: Sequence[Verdict]
    ) -> tuple[Said, ...]:
        """What *verdicts* together say of each of *pairs*; of a pair that nobody spoke of, that too little is known."""
        enrolled = {one.id: one for one in plan.vantages}
        known = {one.id: one for one in policy.resolvers}
        votes: dict[tuple[str, str], list[Verdict]] = {pair: [] for pair in sorted(pairs)}
        for verdict in verdicts:
            if (verdict.resolver, verdict.name) in votes and verdict.probe in enrolled:
                votes[verdict.resolver, verdict.name].append(verdict)
        return tuple(
            _said(
                plan_id,
                fold_sample(
                    [(enrolled[one.probe], one) for one in sorted(cast, key=lambda one: one.probe)],
                    plan_number=plan.number,
                    at=plan.starts_at,
                    name=name,
                    enrolled=plan.vantages,
                    resolver=known.get(resolver) or Resolver(resolver, resolver),
                    policy=policy,
                ),
            )
            for (resolver, name), cast in votes.items()
        )

    def __call__(
        self,
        plan_id: str,
        plan: Plan,
        policy: Policy,
        *,
        pairs: Collection[tuple[str, str]],
        rounds: Mapping[str, Sequence[tuple[bytes, Record]]],
    ) -> Replayed:
        """As the port says."""
        wanted = frozenset(pairs)
        verdicts = [
            verdict
            for probe in sorted(rounds)
            for verdict in self.judge(plan, policy, probe, rounds[probe])
            if (verdict.resolver, verdict.name) in wanted
        ]
        return Replayed(tuple(verdicts), self.fold(plan_id, plan, policy, wanted, verdicts))


def _said(plan_id: str, sample: Sample) -> Said:
    return Said(
        plan=plan_id,
        number=sample.plan_number,
        at=sample.at,
        resolver=sample.resolver,
        name=sample.name,
        state=sample.state,
        how=sample.how,
        origin=sample.origin,
        label=sample.label,
        vantages=sample.vantages,
        networks=sample.networks,
        absent=sample.absent,
        notes=sample.notes,
        rule=sample.rule,
        witness_digest=sample.witness_digest,
    )
