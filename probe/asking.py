"""Asks scheduled cells through the carriers, each in its turn."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from probe.query import build
from probe.transport import Ask, Heard
from schema.endpoint import parse_endpoint
from schema.errors import FormatError
from schema.pace import LATE_S
from schema.words import Failure, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from probe.transport import Carriers
    from schema.cells import Cell
    from schema.pace import Turn


#: Turns that come within this time of each other are taken together, the later ones in time and none early: waking for
#: each alone costs several times what asking costs.
_TOGETHER_S = 0.01
#: A site is met, and no DNS is spoken.
_WORDLESS: Final = frozenset({Role.LOOK, Role.MEASURE})


class Dice:
    """Random bits for message ids and letter case, drawn in blocks because one draw a question is dear."""

    def __init__(self, draw: Callable[[int], bytes]) -> None:
        """*draw* gives so many random bytes, such as secrets.token_bytes."""
        self._draw = draw
        self._bytes = b""
        self._at = 0

    def bits(self, count: int) -> int:
        """*count* random bytes as an integer."""
        if self._at + count > len(self._bytes):
            self._bytes, self._at = self._draw(4096), 0
        self._at += count
        return int.from_bytes(self._bytes[self._at - count : self._at], "big")


class Window(NamedTuple):
    """How long a question listens: `most_s` in all; with `settle_s`, so long after the first answer (labs only)."""

    most_s: float
    settle_s: float = 0.0


class Hold:
    """Whether a round asks, or lets a shorter one go first that is due; the resolvers' ceilings hold for both together."""

    def __init__(self) -> None:
        """It asks."""
        self._open = asyncio.Event()
        self._open.set()

    def close(self) -> None:
        """Ask nothing more for now."""
        self._open.clear()

    def open(self) -> None:
        """Go on."""
        self._open.set()

    async def passed(self) -> float:
        """Return when it may ask; how many seconds that took."""
        if self._open.is_set():
            return 0.0
        began = time.monotonic()
        await self._open.wait()
        return time.monotonic() - began


class Asker:
    """Puts questions at their turns, so many at once at most, and hands over what each heard."""

    def __init__(
        self, carriers: Carriers, dice: Dice, *, window: Window, in_flight: int, hold: Hold | None = None
    ) -> None:
        """`window` is how long each question listens, `in_flight` how many may at once, `hold` stops it for a while."""
        self._hold = hold or Hold()
        self._carriers = carriers
        self._dice = dice
        self._window = window
        self._most = in_flight
        self._waiting = 0
        self._some_done = asyncio.Event()

    async def ask(
        self, turns: Sequence[Turn], *, wanted: Callable[[Cell], bool], heard: Callable[[Cell, Heard], None]
    ) -> None:
        """Ask the cells of *turns* that are still `wanted` when their turn comes; return when all have been heard.

        Who is late (a paused machine, a stalled disk, too many in flight) puts off all that follows: nothing is caught up
        in a burst.
        """
        began, reached_s = time.monotonic(), 0.0

        def done(what: Heard) -> None:
            self._waiting -= 1
            self._some_done.set()
            heard(cast("Cell", what.token), what)

        for turn in turns:
            if turn.offset_s > reached_s:
                reached_s = time.monotonic() - began
                if turn.offset_s > reached_s:
                    await asyncio.sleep(max(turn.offset_s - reached_s, _TOGETHER_S))
                    reached_s = time.monotonic() - began
                if reached_s - turn.offset_s > LATE_S:
                    began += reached_s - turn.offset_s
                    reached_s = turn.offset_s
            if self._waiting >= self._most:
                full = time.monotonic()
                while self._waiting >= self._most:
                    await self._one_more()
                began += time.monotonic() - full
            began += await self._hold.passed()
            if wanted(turn.cell):
                self._submit(turn.cell, done)
        while self._waiting:
            await self._one_more()

    def _submit(self, cell: Cell, done: Callable[[Heard], None]) -> None:
        case_bits = self._dice.bits(8) if cell.mix_case and cell.qclass == "IN" else None
        query = b""
        self._waiting += 1
        try:
            if cell.role not in _WORDLESS:
                query = build(
                    cell.name, cell.qtype, cell.qclass, cell.profile, msg_id=self._dice.bits(2), case_bits=case_bits
                )
            endpoint = parse_endpoint(cell.endpoint)
            self._carriers.submit(Ask(endpoint, query, self._window.most_s, cell, self._window.settle_s), done)
        except (FormatError, KeyError, OSError):  # a newer plan's type, no way to the endpoint: the others are asked
            at, mono = time.time_ns(), time.monotonic_ns()
            done(Heard(cell, query, at, mono, (), Failure.LOCAL_ERROR, None, None))

    async def _one_more(self) -> None:
        self._some_done.clear()
        if self._waiting:
            await self._some_done.wait()
