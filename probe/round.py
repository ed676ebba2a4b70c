"""One round: every cell that applies is asked or has a reason, and then the round is closed."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from probe.observe import close_line, record_line
from probe.query import build
from probe.schedule import Breaker, Pace, schedule
from probe.spool import SpoolFullError
from probe.transport import Ask
from schema.cells import applicable
from schema.endpoint import parse_endpoint
from schema.log import leaf_hash
from schema.words import Gap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from probe.clock import Clock
    from probe.plans import HeldPlan
    from probe.spool import Spool
    from probe.transport import Carriers, Heard
    from schema.cells import Cell
    from schema.plan import PlanVantage


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


class Round:
    """The execution of one plan by one probe."""

    def __init__(
        self,
        held: HeldPlan,
        cells: tuple[Cell, ...],
        vantage: PlanVantage,
        *,
        carriers: Carriers,
        spool: Spool,
        clock: Clock,
        dice: Dice,
        never: Callable[[str], bool],
    ) -> None:
        """Take what the round needs; nothing is sent before `ask`."""
        self._held = held
        self._cells = applicable(cells, vantage)
        self._probe = vantage.id
        self._carriers = carriers
        self._spool = spool
        self._clock = clock
        self._dice = dice
        self._never = never
        self.leaves: dict[int, bytes] = {}
        self.gaps: dict[int, Gap] = {}
        self._waiting = 0
        self._some_done = asyncio.Event()
        self._trouble: Exception | None = None

    async def ask(self, *, pace: Pace, answer_window_s: float, in_flight: int) -> None:
        """Ask every cell in its turn; return when the last answer window has closed."""
        breaker = Breaker(pace.failures)
        room_s = self._held.plan.window_s - answer_window_s
        turns, left = schedule(
            self._cells, seed=self._held.plan.seed, probe=self._probe, pace=pace, room_s=max(room_s, 0.0)
        )
        self._skip(left, Gap.CEILING)
        began = time.monotonic()
        for turn in turns:
            wait_s = began + turn.offset_s - time.monotonic()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            while self._waiting >= in_flight:
                await self._one_more()
            reason = self._reason(turn.cell, breaker)
            if reason is not None:
                self.gaps[turn.cell.number] = reason
                continue
            self._submit(turn.cell, breaker, answer_window_s)
        while self._waiting:
            await self._one_more()
        if self._trouble is not None:
            raise self._trouble

    def abandon(self, reason: Gap, already: Mapping[int, bytes]) -> None:
        """Take over the records that a crash left in the spool; the rest of the round is *reason*."""
        self.leaves.update(already)
        self._skip((cell for cell in self._cells if cell.number not in self.leaves), reason)

    def close(self) -> None:
        """Write the close and make it durable with everything before it.

        Raises:
            SpoolFullError: it is in memory only; flush again when there is room.
        """
        line = close_line(self._cells, self.leaves, self.gaps, plan=self._held.plan_id, probe=self._probe)
        self._spool.append(line)
        self._spool.flush()

    def _reason(self, cell: Cell, breaker: Breaker) -> Gap | None:
        if self._never(cell.name):
            return Gap.NEVER_PROBE
        if self._spool.full:
            return Gap.QUOTA
        if not self._carriers.carries(parse_endpoint(cell.endpoint).transport):
            return Gap.TRANSPORT_UNAVAILABLE
        return None if breaker.allows(cell.endpoint) else Gap.BREAKER

    def _skip(self, cells: Iterable[Cell], reason: Gap) -> None:
        self.gaps.update((cell.number, reason) for cell in cells)

    def _submit(self, cell: Cell, breaker: Breaker, window_s: float) -> None:
        case_bits = self._dice.bits(8) if cell.mix_case and cell.qclass == "IN" else None
        query = build(
            cell.name, cell.qtype, cell.qclass, cell.profile, msg_id=self._dice.bits(2), case_bits=case_bits
        )

        def done(heard: Heard) -> None:
            self._waiting -= 1
            self._some_done.set()
            breaker.note(cell.endpoint, answered=bool(heard.answers))
            self._keep(cell, heard)

        self._waiting += 1
        self._carriers.submit(Ask(parse_endpoint(cell.endpoint), query, window_s, cell), done)

    def _keep(self, cell: Cell, heard: Heard) -> None:
        plan = self._held.plan_id
        line = record_line(heard, cell, plan=plan, probe=self._probe, at=self._clock.at(heard.sent_at_ns))
        self.leaves[cell.number] = leaf_hash(line)
        try:
            self._spool.append(line, plan=plan)
        except SpoolFullError:
            return  # kept in memory; `full` or the next flush tells, and no more is asked
        except OSError as error:
            self._trouble = self._trouble or error

    async def _one_more(self) -> None:
        self._some_done.clear()
        if self._waiting:
            await self._some_done.wait()
