"""Folds what the rounds of a plan say into one sample for each resolver and name, and for each name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collector.status import fold_name, fold_sample
from schema.registry import Resolver

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collector.status import NameSample, Sample
    from schema.plan import Plan
    from schema.policy import Policy
    from schema.verdict import NameFacts, Verdict


def fold_plan(plan: Plan, verdicts: Iterable[Verdict], policy: Policy) -> list[Sample]:
    """The samples of *plan* by name and resolver, over the *verdicts* of the vantages it enrols."""
    enrolled = {one.id: one for one in plan.vantages}
    known = {one.id: one for one in policy.resolvers}
    pairs: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.probe in enrolled:
            pairs.setdefault((verdict.name, verdict.resolver), []).append(verdict)
    return [
        fold_sample(
            [(enrolled[one.probe], one) for one in sorted(votes, key=lambda one: one.probe)],
            plan_number=plan.number,
            at=plan.starts_at,
            name=name,
            enrolled=plan.vantages,
            resolver=known.get(resolver) or Resolver(resolver, resolver),
            policy=policy,
        )
        for (name, resolver), votes in sorted(pairs.items())
    ]


def fold_grounds(plan: Plan, facts: Iterable[NameFacts]) -> list[NameSample]:
    """The samples of *plan* by name, over the *facts* of the vantages it enrols."""
    enrolled = {one.id for one in plan.vantages}
    names: dict[str, list[NameFacts]] = {}
    for one in facts:
        if one.probe in enrolled:
            names.setdefault(one.name, []).append(one)
    return [
        fold_name(sorted(said, key=lambda one: one.probe), plan_number=plan.number, at=plan.starts_at, name=name)
        for name, said in sorted(names.items())
    ]
