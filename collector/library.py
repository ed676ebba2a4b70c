"""Remembers what plans, cells and policies are by their names; none of them ever changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from collector.receive.match import KnownPlan
from schema.cells import expand
from schema.errors import EvidenceError
from schema.plan import plan_id, read_plan
from schema.registry import Vantage, World

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collector.store import Store
    from schema.plan import Plan
    from schema.policy import Policy

_KEPT_PLANS: Final = 512
_LOOKED_UP: Final = 256  # plans that one batch may name; an honest one spans a few rounds


class Library:
    """Plans with their cells, and policies, read once from the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_id: dict[str, KnownPlan] = {}
        self._by_number: dict[int, KnownPlan] = {}
        self._policies: dict[str, Policy] = {}

    async def plans(self, ids: Iterable[str]) -> dict[str, KnownPlan]:
        """Those of the plans named *ids* that were published here, by id."""
        found: dict[str, KnownPlan] = {}
        looked_up = 0
        for named in ids:
            known = self._by_id.get(named)
            if known is None and looked_up < _LOOKED_UP:
                looked_up += 1
                row = await self._store.plan_by_id(named)
                known = await self._keep(named, row[1]) if row else None
            if known is not None:
                found[named] = known
        return found

    async def plan(self, number: int) -> KnownPlan:
        """The plan of that *number*.

        Raises:
            EvidenceError: there is none; a ledger that names it is damaged.
        """
        known = self._by_number.get(number)
        if known is None:
            envelopes = await self._store.plans(number - 1, 1)
            payload = envelopes[0].payload if envelopes else b""
            plan = read_plan(payload) if payload else None
            if plan is None or plan.number != number:
                raise EvidenceError(f"plan {number} is not in the ledger")
            known = await self._keep(plan_id(payload), plan)
        return known

    async def policy(self, digest: str) -> Policy:
        """The policy of that *digest*."""
        policy = self._policies.get(digest)
        if policy is None:
            policy = self._policies[digest] = await self._store.policy(digest)
        return policy

    async def _keep(self, named: str, plan: Plan) -> KnownPlan:
        questions = await self._store.questions(plan.questions)
        if questions is None:
            raise EvidenceError(f"the question set of plan {plan.number} is not in the ledger")
        while len(self._by_id) >= _KEPT_PLANS:
            oldest = self._by_id.pop(next(iter(self._by_id)))
            self._by_number.pop(oldest.plan.number, None)
        known = KnownPlan(named, plan, expand(questions))
        self._by_id[named] = self._by_number[plan.number] = known
        return known


def world_of(plan: Plan, policy: Policy) -> World:
    """Who is who for a judge of *plan*: the registry its policy carries and the vantages it enrols."""
    vantages = tuple(Vantage(one.id, one.asn, one.operator, one.country) for one in plan.vantages)
    return World(policy.resolvers, vantages)
