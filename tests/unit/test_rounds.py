"""Whose turn it is: between any two rounds, and before the first of a process, nobody asks for as long as a ceiling."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from probe.plans import HeldPlan
from probe.rounds import Rounds
from schema.plan import Plan
from tests.helpers.standin import NOW, VANTAGE

if TYPE_CHECKING:
    from collections.abc import Collection

    from probe.asking import Hold

REST_S = 0.2


async def test_rounds_that_are_due_together_do_not_follow_each_other_at_once() -> None:
    """Each ends with its last question, as one of which the connections are refused; a process before asked a moment ago."""
    left = [
        HeldPlan(
            f"{number:064x}",
            Plan(1, number, NOW + timedelta(seconds=60 * number), 60.0, "5eed", "0" * 64, "0" * 64, (VANTAGE,)),
        )
        for number in (1, 2, 3)
    ]
    began: list[float] = []
    news, done = asyncio.Event(), asyncio.Event()

    def following(but: Collection[str]) -> HeldPlan | None:
        return next((held for held in left if held.plan_id not in but), None)

    async def settle(_held: HeldPlan) -> bool:
        return False

    async def gate(_held: HeldPlan) -> None:
        return

    async def ask(held: HeldPlan, hold: Hold) -> None:
        await hold.passed()
        began.append(time.monotonic())
        left.remove(held)
        if not left:
            done.set()

    made = time.monotonic()
    rounds = Rounds(following=following, news=news, settle=settle, gate=gate, ask=ask, rest_s=REST_S)
    task = asyncio.create_task(rounds.run())
    async with asyncio.timeout(30):
        await done.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    spaces = [after - before for before, after in zip([made, *began], began, strict=False)]
    assert len(began) == 3
    assert min(spaces) >= REST_S - 0.005
