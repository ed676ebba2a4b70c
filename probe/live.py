"""The agent on a real line: its clock is the machine's, its gate the plan's start."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from probe.agent import Agent
from probe.clock import SystemClock
from probe.config import load_config
from probe.identity import load_key

if TYPE_CHECKING:
    from pathlib import Path

    from probe.clock import Clock
    from probe.plans import HeldPlan

_NAP_S = 30.0


async def wait_for_start(held: HeldPlan, clock: Clock) -> None:
    """Return at the plan's start by *clock*; in naps, so that a clock that is set right meanwhile is followed."""
    while (left_s := (held.plan.starts_at - clock.now()).total_seconds()) > 0:  # noqa: ASYNC110 - it is time that is awaited
        await asyncio.sleep(min(left_s, _NAP_S))


def make_agent(path: Path) -> Agent:
    """The agent that *path* configures.

    Raises:
        ConfigError: a setting or the key is missing or wrong.
    """
    config = load_config(path)
    clock = SystemClock()
    return Agent(config, load_key(config.state / "key"), clock, gate=lambda held: wait_for_start(held, clock))


async def run_live(path: Path) -> None:
    """Measure until a signal ends it; what is in memory reaches the disk first."""
    task = asyncio.create_task(make_agent(path).run())
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        return


async def run_once(path: Path) -> HeldPlan | None:
    """Execute the next plan; none if there is none."""
    return await make_agent(path).once()
