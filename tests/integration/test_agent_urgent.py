"""A plan that comes with a short lead goes before others with lower numbers, and takes turns with a round at work."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from probe.state import Progress
from schema.record import Record, read_line
from tests.helpers.agents import World, delivered, living, playing
from tests.helpers.standin import NOW, questions
from tests.integration.test_agent import Killer, life

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from probe.agent import Agent
    from probe.plans import HeldPlan

URGENT = questions("urgent.example.")
SPACE_S = 0.2
CLOSE_S = 0.03


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Everything at work but the probe."""
    async with playing(tmp_path) as one:
        yield one


@pytest.fixture(scope="module")
def killer() -> Killer:
    """One for all tests: an audit hook cannot be taken away again."""
    return Killer()


async def test_it_goes_before_a_plan_that_waits_for_its_start(world: World) -> None:
    """Executed, closed and delivered while the plan with the lower number waits; that one follows in its time."""
    world.standin.publish(1, starts_at=NOW + timedelta(minutes=9))
    agent, may_begin = world.agent(), asyncio.Event()
    _hold_back(world, agent, 1, may_begin)
    async with living(agent):
        await world.until(lambda: world.gated == [1])
        world.standin.publish(1, data=URGENT, starts_at=NOW + timedelta(seconds=15))
        agent.reconnect()
        await world.standin.until(world.standin.closed(1))
        await world.until(lambda: world.closed == [2])
        assert agent.progress.value == Progress(0, (), (2,))
        assert agent.plans.passed == 2
        may_begin.set()
        await world.standin.until(world.standin.closed(2))
        await world.until(lambda: world.closed == [2, 1])
    world.standin.check()
    assert agent.progress.value == Progress(2)


async def test_what_was_closed_ahead_is_not_executed_again(world: World) -> None:
    """A process that ends in between, and one whose plans on disk were damaged, know what is closed."""
    world.standin.publish(2, starts_at=NOW + timedelta(minutes=9))
    world.standin.publish(1, data=URGENT)
    for damage in (False, True):
        agent = world.agent()
        _hold_back(world, agent, 1, asyncio.Event())
        async with living(agent):
            await world.until(lambda: world.gated[-1:] == [1])
            world.gated.clear()
            assert agent.progress.value == Progress(0, (), (3,))
            assert agent.plans.newest == 2
        if not damage:
            min((world.folder / "plans").glob("*.plan")).write_bytes(b"")
    async with living(world.agent()):
        await world.standin.until(world.standin.closed(3))
    world.standin.check()
    assert world.closed == [3, 1, 2]


async def test_it_interrupts_a_round_at_work_and_the_ceilings_hold(world: World) -> None:
    """Its questions come in one piece; no two to one endpoint come closer than the ceiling lets them, whosever they are."""
    world.standin.publish(1)
    agent = world.agent(endpoint_interval_s=SPACE_S, resolver_interval_s=SPACE_S)
    async with living(agent):
        await world.until(lambda: world.questions.total() >= 2)
        world.standin.publish(1, data=URGENT, starts_at=NOW + timedelta(seconds=1))
        agent.reconnect()
        await world.standin.until(world.standin.closed(2))
        await delivered(agent)
    world.standin.check_all()
    lines = [line for line in map(read_line, world.standin.lines) if isinstance(line, Record)]
    asked = sorted((line.mono_us, "urgent" in line.name) for line in lines)
    whose = [urgent for _, urgent in asked]
    first, last = whose.index(True), len(whose) - whose[::-1].index(True)
    assert all(whose[first:last]), "in one piece"
    assert 0 < first < last < len(whose), "in the midst of the other"
    gaps = [(after - before) / 1e6 for (before, _), (after, _) in pairwise(asked)]
    assert min(gaps) >= SPACE_S - 0.01


async def test_killed_at_every_change_of_its_disk(world: World, killer: Killer) -> None:
    """With a round at work in the midst of another: one close a plan, no cell twice, no question twice."""
    first = interrupted = 0
    while True:
        world.folder = world.folder.with_name(f"probe-{first}")
        world.standin.forget()
        world.standin.publish(1)
        world.questions.clear()
        world.clock.time = NOW
        died = await life(world, killer, first, meanwhile=partial(_hurry, world), space_s=CLOSE_S)
        if not died:
            break
        if len(world.standin.plans) == 1:  # it died before it had begun
            world.standin.publish(1, data=URGENT)
        assert not await life(world, killer, 1_000_000, space_s=CLOSE_S), "it lives when nobody kills it"
        world.standin.check_all()
        assert max(world.questions.values()) <= 1
        interrupted += _in_the_midst(world)
        first += 1
    assert _in_the_midst(world), "as it goes when nobody kills it"
    assert first > 15
    assert interrupted > 2, "killed with both rounds at work, or after"


async def _hurry(world: World, agent: Agent) -> None:
    """Publish the urgent plan when the round of the other has begun."""
    await world.until(lambda: world.questions.total() >= 2)
    world.standin.publish(1, data=URGENT, starts_at=NOW + timedelta(milliseconds=50))
    agent.reconnect()


def _in_the_midst(world: World) -> bool:
    """Whether the urgent plan's questions were put between those of the other."""
    lines = [line for line in map(read_line, world.standin.lines) if isinstance(line, Record) and line.gap is None]
    whose = "".join("u" if "urgent" in line.name else "r" for line in sorted(lines, key=lambda line: line.at))
    return re.fullmatch("r+u+r+", whose) is not None


def _hold_back(world: World, agent: Agent, number: int, may_begin: asyncio.Event) -> None:
    """Let plan *number* wait at its gate for *may_begin*."""
    through = agent.execution.gate

    async def gate(held: HeldPlan) -> None:
        if held.plan.number == number:
            world.gated.append(number)
            world.change()
            await may_begin.wait()
        else:
            await through(held)

    agent.execution.gate = gate
