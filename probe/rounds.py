"""Whose turn it is: plans by their starts, and one that is due while another is at work goes first."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from probe.asking import Hold

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from probe.plans import HeldPlan

#: Rounds at work at once; one asks, the others wait for it.
_MOST: Final = 3


class Rounds:
    """Executes plans, in tasks of their own.

    A plan begins when *gate* returns. The usual one starts when the one before has ended, and waits for it. One that
    starts earlier, such as an urgent plan, interrupts it: only the newest round asks; then the one before goes on. Between
    two of them, and before the first of a process (one that died may have asked a moment ago), nobody asks for *rest_s*:
    so the resolvers' ceilings hold from one round to the other.
    """

    def __init__(
        self,
        *,
        following: Callable[[Collection[str]], HeldPlan | None],
        news: asyncio.Event,
        settle: Callable[[HeldPlan], Awaitable[bool]],
        gate: Callable[[HeldPlan], Awaitable[None]],
        ask: Callable[[HeldPlan, Hold], Awaitable[None]],
        rest_s: float,
    ) -> None:
        """Nothing is done yet.

        *following* gives the next plan but those named (by id); *news* is set when there may be another. *settle* brings a
        plan to its close that needs no asking, and says whether it was one; *ask* does so with one that does.
        """
        self._following, self._news, self._settle = following, news, settle
        self._gate, self._ask, self._rest_s = gate, ask, rest_s
        self._running: dict[asyncio.Task[None], HeldPlan] = {}
        self._holds: list[Hold] = []  # of the rounds at work, the newest last: only that one is open
        self._waiting: tuple[HeldPlan, asyncio.Task[None]] | None = None
        self._asked_until = time.monotonic()  # by the last round that ended, or by the process before this one

    async def run(self) -> None:
        """Go on for ever; what a round raises ends it."""
        try:
            while True:
                self._news.clear()
                held = self._following({one.plan_id for one in self._running.values()})
                if held is not None and self._must_wait(held):
                    held = None
                if held is not None and await self._settle(held):
                    await asyncio.sleep(0)  # plans that are over are closed without a pause; the others want their turn
                else:
                    await self._something(held)
        finally:
            tasks = [*self._running, *([self._waiting[1]] if self._waiting else [])]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _must_wait(self, held: HeldPlan) -> bool:
        """Whether *held* comes after what is at work rather than in between."""
        ends = [one.plan.starts_at + timedelta(seconds=one.plan.window_s) for one in self._running.values()]
        return len(ends) >= _MOST or bool(ends and held.plan.starts_at >= min(ends))

    async def _something(self, held: HeldPlan | None) -> None:
        """Wait until *held* may begin, a round has ended, or there may be another plan."""
        gate = self._gate_of(held)
        news = asyncio.create_task(self._news.wait())
        try:
            await asyncio.wait({news, *self._running, *([gate] if gate else [])}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()
        for task in [task for task in self._running if task.done()]:
            del self._running[task]
            task.result()
        if held is not None and gate is not None and gate.done():
            self._waiting = None
            gate.result()
            hold = Hold()
            self._running[asyncio.create_task(self._round(held, hold))] = held

    def _gate_of(self, held: HeldPlan | None) -> asyncio.Task[None] | None:
        """What returns when *held* may begin; another plan that waited gives way."""
        if self._waiting is not None and (held is None or self._waiting[0].plan_id != held.plan_id):
            self._waiting[1].cancel()
            self._waiting = None
        if held is None:
            return None
        if self._waiting is None:
            self._waiting = held, asyncio.create_task(_awaited(self._gate(held)))
        return self._waiting[1]

    async def _round(self, held: HeldPlan, hold: Hold) -> None:
        rest_s = self._asked_until + self._rest_s - time.monotonic()
        if self._holds:
            self._holds[-1].close()
            rest_s = self._rest_s
        self._holds.append(hold)
        await asyncio.sleep(max(0.0, rest_s))
        await self._ask(held, hold)
        self._asked_until = time.monotonic()
        newest = self._holds[-1] is hold
        self._holds.remove(hold)
        if newest and self._holds:
            below = self._holds[-1]
            await asyncio.sleep(self._rest_s)
            if self._holds and self._holds[-1] is below:
                below.open()


async def _awaited(gate: Awaitable[None]) -> None:
    await gate
