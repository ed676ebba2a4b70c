"""Publishes plans ahead of their time: numbered, signed, each naming its question set, its policy and its vantages."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.looks import UNDECIDED_BY, Sight
from collector.measures import SiteAddress
from collector.questions import LatelySeen
from schema.plan import VERSION, Plan, PlanVantage, seal_plan

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable
    from datetime import datetime

    from collector.planning.asking import Asking
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


def resuming(interval_s: float, newest: datetime | None, now: datetime) -> Callable[[int], datetime]:
    """A schedule of even steps that goes on from the *newest* start: the start of the plan so many steps after it.

    After a pause it begins anew at the next whole step after *now*: a plan is never dated back.
    """
    step = timedelta(seconds=interval_s)
    base = newest or now
    if newest is None or base + step <= now:
        base = now - timedelta(seconds=now.timestamp() % interval_s)
    return lambda steps: base + step * steps


def starts_ahead(interval_s: float, newest: datetime | None, now: datetime) -> tuple[datetime, ...]:
    """The starts to publish so that AHEAD_ROUNDS plans start after *now* and the last of them at least AHEAD later.

    *newest* is the last start that is published.
    """
    starts_at = resuming(interval_s, newest, now)
    last = 0 if newest is not None and starts_at(0) == newest else 1
    while starts_at(last - AHEAD_ROUNDS + 1) <= now or starts_at(last) < now + AHEAD:
        last += 1
    return tuple(starts_at(steps) for steps in range(1, last + 1))


class Sheet(NamedTuple):
    """What one plan is made of."""

    start: datetime
    questions: bytes
    policy: Policy
    window_s: float


class Press:
    """Signs plans and publishes them, under the next free numbers.

    *dice* gives so many random bytes. The vantages of a plan are those enrolled and not revoked when it is published; what
    is published stands. *after* gives the newest time-stamp token (hex SHA-256 of the reply): the plan was not made before
    it.
    """

    def __init__(
        self,
        store: Store,
        signer: Signer,
        *,
        dice: Callable[[int], bytes],
        after: Callable[[], Awaitable[str | None]] | None = None,
    ) -> None:
        self._store = store
        self._signer = signer
        self._dice = dice
        self._after = after

    async def publish(
        self, starts: Iterable[datetime], questions: bytes, policy: Policy, *, window_s: float, docket: bool = False
    ) -> list[Plan]:
        """Publish a plan for each of *starts*, in their order, all with these *questions*; the plans.

        *docket*: they ask the whole docket, and the next ones go on where they end.

        Raises:
            ConfigError: another process publishes on this database. UnavailableError: it is away.
        """
        return await self.publish_all((Sheet(start, questions, policy, window_s) for start in starts), docket=docket)

    async def publish_all(self, sheets: Iterable[Sheet], *, docket: bool = False) -> list[Plan]:
        """Publish a plan for each of *sheets*, in their order, all of them or none. Raises what `publish` does."""
        wanted = list(sheets)
        if not wanted:
            return []
        first = await self.next_number()
        questions = {one: await self._store.put_questions(one) for one in {sheet.questions for sheet in wanted}}
        policies: list[tuple[Policy, str]] = []
        for sheet in wanted:
            if not any(policy is sheet.policy for policy, _ in policies):
                policies.append((sheet.policy, await self._store.put_policy(sheet.policy)))
        vantages = await self.vantages()
        after = await self._after() if self._after else None
        plans = [
            Plan(
                VERSION,
                number,
                sheet.start.astimezone(UTC),
                sheet.window_s,
                self._dice(SEED_BYTES).hex(),
                questions[sheet.questions],
                next(digest for policy, digest in policies if policy is sheet.policy),
                vantages,
                after,
            )
            for number, sheet in enumerate(wanted, first)
        ]
        await self._store.put_plans([(seal_plan(plan, self._signer), plan) for plan in plans], docket=docket)
        return plans

    async def next_number(self) -> int:
        """The number after that of the newest plan."""
        newest = await self._store.newest_plan()
        return newest.number + 1 if newest else 1

    async def vantages(self) -> tuple[PlanVantage, ...]:
        """Who is enrolled for a plan that is published now."""
        return tuple(
            PlanVantage(one.vantage.id, one.vantage.asn, one.vantage.country, one.vantage.operator)
            for one in await self._store.vantages()
            if not one.revoked
        )

    async def lately_seen(self, measured: Collection[str] = ()) -> LatelySeen:
        """What bears on the plans that come; a pool that shows now is asked more often in those. *measured*: whose sites."""
        pooled = await self._store.pooled_pairs(POOL_PLANS, POOL_TIME)
        sights = await self._store.sights(UNDECIDED_BY, LOOK_PLANS)
        sites = await self._store.site_addresses(measured, SITE_PLANS) if measured else ()
        return LatelySeen(
            frozenset(pooled),
            tuple(Sight(*one) for one in sights),
            tuple(SiteAddress(*one) for one in sites),
            await self.next_number(),
        )


class Planner:
    """Publishes plans one by one, as those who conduct a lab want them: the nth plan is the nth round.

    *starts_at* gives the start of a plan by its number; *asking* says, each time, what is asked.
    """

    def __init__(
        self,
        press: Press,
        *,
        asking: Callable[[], Awaitable[Asking]],
        starts_at: Callable[[int], datetime],
        window_s: float,
    ) -> None:
        self._press = press
        self._asking = asking
        self._starts_at = starts_at
        self._window_s = window_s

    async def publish_through(self, last: int) -> list[Plan]:
        """Publish every plan up to number *last* that is not yet; the new ones, oldest first."""
        first = await self._press.next_number()
        if first > last:
            return []
        asking = await self._asking()
        questions = asking.questions(await self._press.lately_seen(asking.measured))
        starts = [self._starts_at(number) for number in range(first, last + 1)]
        return await self._press.publish(starts, questions, asking.policy, window_s=self._window_s, docket=True)
