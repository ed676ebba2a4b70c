"""Lets the vantages of a lab through the rounds together: none starts a plan before all have finished the one before."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from probe.plans import HeldPlan


class Conductor:
    """Holds the probes back until a round is opened, and tells when all have closed it."""

    def __init__(self, probes: Iterable[str], *, done: dict[str, int]) -> None:
        """*done* is the last plan number each of *probes* had closed."""
        self._done = {probe: done.get(probe, 0) for probe in probes}
        self._open = 0
        self._changed = asyncio.Event()

    @property
    def next_round(self) -> int:
        """The lowest number that some probe has not closed."""
        return min(self._done.values()) + 1

    async def gate(self, held: HeldPlan) -> None:
        """Return when the plan's round is open."""
        while self._open < held.plan.number:
            await self._changed.wait()

    def open(self, number: int) -> None:
        """Let the probes begin plan *number*."""
        self._open = number
        self._tell()

    def close(self, probe: str, number: int) -> None:
        """*probe* has closed plan *number*."""
        self._done[probe] = max(self._done[probe], number)
        self._tell()

    async def all_closed(self, number: int) -> None:
        """Return when every probe has closed plan *number*."""
        while min(self._done.values()) < number:
            await self._changed.wait()

    def _tell(self) -> None:
        """Wake everyone who waits; each looks for itself."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
