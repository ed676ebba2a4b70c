"""Publishes plans ahead of their time: numbered, signed, each naming its question set, its policy and its vantages."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

from collector.looks import UNDECIDED_BY, Sight
from collector.measures import SiteAddress
from collector.questions import LatelySeen
from schema.plan import VERSION, Plan, PlanVantage, seal_plan

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection
    from datetime import datetime

    from collector.store import Store
    from schema.dsse import Signer
    from schema.policy import Policy

#: A probe cut off from the collector goes on with what it holds: this many rounds, and at least this long.
AHEAD_ROUNDS: Final = 12
AHEAD: Final = timedelta(hours=1)
SEED_BYTES: Final = 16
#: A pool that has not shown for so many plans, and for so long, is taken to be gone.
POOL_PLANS: Final = 12
POOL_TIME: Final = timedelta(hours=24)
#: Addresses that came in one of so many plans are looked at.
LOOK_PLANS: Final = 12
#: Sites are asked at addresses that controls gave in one of so many plans.
SITE_PLANS: Final = 12


def resuming(interval_s: float, newest: Plan | None, now: datetime) -> Callable[[int], datetime]:
    """A schedule of even steps that goes on from the *newest* plan: the start of a plan by its number.

    After a pause it begins anew at the next whole step after *now*: a plan is never dated back.
    """
    step = timedelta(seconds=interval_s)
    number = newest.number if newest else 0
    base = newest.starts_at if newest else now
    if newest is None or base + step <= now:
        base = now - timedelta(seconds=now.timestamp() % interval_s)
    return lambda wanted: base + step * (wanted - number)


class Planner:
    """Keeps enough plans published.

    *starts_at* gives the start of a plan by its number; *dice* gives so many random bytes; *questions* gives the bytes
    of a question set for what was lately seen. The vantages of a plan are those enrolled and not revoked when it is
    published; what is published stands, so a pool that shows now is asked more often in the plans that are still to
    come. *after* gives the newest time-stamp token (hex SHA-256 of the reply): the plan was not made before it. *measured*
    are the names whose sites somebody asks over HTTPS.
    """

    def __init__(  # noqa: PLR0913 - one argument a thing that plans are made of
        self,
        store: Store,
        signer: Signer,
        *,
        questions: Callable[[LatelySeen], bytes],
        policy: Policy,
        starts_at: Callable[[int], datetime],
        dice: Callable[[int], bytes],
        window_s: float,
        after: Callable[[], Awaitable[str | None]] | None = None,
        measured: Collection[str] = (),
    ) -> None:
        self._store = store
        self._signer = signer
        self._questions = questions
        self._policy = policy
        self._starts_at = starts_at
        self._dice = dice
        self._window_s = window_s
        self._after = after
        self._measured = measured

    async def publish_ahead(self, now: datetime) -> list[Plan]:
        """Publish until AHEAD_ROUNDS plans start after *now* and the last of them at least AHEAD later; the new ones."""
        newest = await self._store.newest_plan()
        last = newest.number if newest else 0
        while not self._far_enough(last, now):
            last += 1
        return await self.publish_through(last)

    def _far_enough(self, number: int, now: datetime) -> bool:
        if number < AHEAD_ROUNDS:
            return False
        return self._starts_at(number - AHEAD_ROUNDS + 1) > now and self._starts_at(number) >= now + AHEAD

    async def publish_through(self, last: int) -> list[Plan]:
        """Publish every plan up to number *last* that is not yet; the new ones, oldest first."""
        newest = await self._store.newest_plan()
        first = newest.number + 1 if newest else 1
        if first > last:
            return []
        questions = await self._store.put_questions(self._questions(await self._lately_seen(first)))
        policy = await self._store.put_policy(self._policy)
        vantages = tuple(
            PlanVantage(one.vantage.id, one.vantage.asn, one.vantage.country, one.vantage.operator)
            for one in await self._store.vantages()
            if not one.revoked
        )
        after = await self._after() if self._after else None
        plans = [
            Plan(
                VERSION,
                number,
                self._starts_at(number).astimezone(UTC),
                self._window_s,
                self._dice(SEED_BYTES).hex(),
                questions,
                policy,
                vantages,
                after,
            )
            for number in range(first, last + 1)
        ]
        for plan in plans:
            await self._store.put_plan(seal_plan(plan, self._signer), plan)
        return plans

    async def _lately_seen(self, turn: int) -> LatelySeen:
        pooled = await self._store.pooled_pairs(POOL_PLANS, POOL_TIME)
        sights = await self._store.sights(UNDECIDED_BY, LOOK_PLANS)
        sites = await self._store.site_addresses(self._measured, SITE_PLANS) if self._measured else ()
        return LatelySeen(
            frozenset(pooled), tuple(Sight(*one) for one in sights), tuple(SiteAddress(*one) for one in sites), turn
        )
