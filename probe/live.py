"""The agent on a real line: its clock is the machine's, its gate the plan's start."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from probe.agent import Agent
from probe.clock import SystemClock
from probe.config import load_config
from probe.opening import claimed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from probe.clock import Clock
    from probe.plans import HeldPlan

_NAP_S = 30.0


async def wait_for_start(held: HeldPlan, clock: Clock) -> None:
    """Return at the plan's start by *clock*; in naps, so that a clock that is set right meanwhile is followed."""
    while (left_s := (held.plan.starts_at - clock.now()).total_seconds()) > 0:  # noqa: ASYNC110 - it is time that is awaited
        await asyncio.sleep(min(left_s, _NAP_S))


@contextmanager
def agent(path: Path) -> Iterator[Agent]:
    """The agent that *path* configures, with its state folder to itself.

    Raises:
        ConfigError: a setting, the never-probe list or the key is missing or wrong, or a change of key was begun.
        UnavailableError: another process uses the folder.
    """
    config, clock = load_config(path), SystemClock()
    with claimed(config.state) as key:
        yield Agent(config, key, clock, gate=lambda held: wait_for_start(held, clock), told=_tell)


async def run_live(path: Path) -> None:
    """Measure until a signal ends it; what is in memory reaches the disk first."""
    with agent(path) as one:
        task = asyncio.create_task(one.run())
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, task.cancel)
        with suppress(asyncio.CancelledError):
            await task


async def run_once(path: Path) -> HeldPlan | None:
    """Execute the next plan; none if there is none."""
    with agent(path) as one:
        return await one.once()


def _tell(trouble: str) -> None:
    """Say on standard error what will be tried again; the service's journal keeps it."""
    sys.stderr.write(f"ottempera probe: {trouble}\n")
