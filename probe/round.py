"""One round: every cell that applies is asked or has a reason, and then the round is closed."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from probe.asking import Asker
from probe.breaker import Breaker
from probe.observe import close_line, record_line
from probe.spool import SpoolFullError
from schema.cells import applicable
from schema.endpoint import parse_endpoint
from schema.log import leaf_hash
from schema.looks import is_look_at
from schema.measures import is_measure_at
from schema.pace import schedule
from schema.words import Gap, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from probe.asking import Dice, Hold, Window
    from probe.clock import Clock
    from probe.plans import HeldPlan
    from probe.spool import Spool
    from probe.transport import Carriers, Heard
    from schema.cells import Cell
    from schema.pace import Pace
    from schema.plan import PlanVantage


class Round:
    """The execution of one plan by one probe."""

    def __init__(
        self,
        held: HeldPlan,
        cells: tuple[Cell, ...],
        vantage: PlanVantage,
        *,
        spool: Spool,
        clock: Clock,
        never: Callable[[str], bool],
    ) -> None:
        """Take what the round needs; nothing is sent before `ask`."""
        self._held = held
        self._cells = applicable(cells, vantage)
        self._probe = vantage.id
        self._spool = spool
        self._clock = clock
        self._never = never
        self.leaves: dict[int, bytes] = {}
        self.gaps: dict[int, Gap] = {}
        self._trouble: OSError | None = None

    async def ask(
        self,
        carriers: Carriers,
        dice: Dice,
        *,
        pace: Pace,
        window: Window,
        in_flight: int,
        hold: Hold | None = None,
    ) -> None:
        """Ask every cell in its turn; return when the last answer window has closed.

        A round that begins late still ends with the plan's window: what does not fit any more is a gap, and the next
        round is not late for it.

        Raises:
            OSError: the spool could not be written, for another reason than room.
        """
        plan, breaker = self._held.plan, Breaker(pace.failures)
        late_s = max((self._clock.now() - plan.starts_at).total_seconds(), 0.0)
        room_s = max(plan.window_s - late_s - window.most_s, 0.0)
        turns, left = schedule(self._open(carriers), seed=plan.seed, probe=self._probe, pace=pace, room_s=room_s)
        self._skip(left, Gap.CEILING)
        ends_at = plan.starts_at + timedelta(seconds=plan.window_s) if pace.endpoint_s or pace.resolver_s else None

        def wanted(cell: Cell) -> bool:
            if ends_at is not None and self._clock.now() > ends_at:  # a machine that slept wakes after its round
                reason: Gap | None = Gap.CEILING
            else:
                reason = self._barred(cell, carriers) or self._reason(cell, breaker)
            if reason is not None:
                self.gaps[cell.number] = reason
            return reason is None

        def heard(cell: Cell, what: Heard) -> None:
            breaker.note(cell.endpoint, answered=bool(what.answers))
            self._keep(cell, what)

        asker = Asker(carriers, dice, window=window, in_flight=in_flight, hold=hold)
        await asker.ask(turns, wanted=wanted, heard=heard)
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
        plan = self._held.plan_id
        line = close_line(self._cells, self.leaves, self.gaps, plan=plan, probe=self._probe)
        with suppress(SpoolFullError):  # by its quota, perhaps, which does not count here
            self._spool.append_to_log(line, plan=plan)
        self._spool.flush(closing=True)

    def _open(self, carriers: Carriers) -> list[Cell]:
        """The cells that may and can be asked here; the others are gaps, and take no turn from them."""
        found = []
        for cell in self._cells:
            reason = self._barred(cell, carriers)
            if reason is None:
                found.append(cell)
            else:
                self.gaps[cell.number] = reason
        return found

    def _barred(self, cell: Cell, carriers: Carriers) -> Gap | None:
        if self._never(cell.name):
            return Gap.NEVER_PROBE
        endpoint = parse_endpoint(cell.endpoint)
        if cell.role is Role.LOOK and not (is_look_at(endpoint, cell.name) and carriers.may_look(endpoint)):
            return Gap.NEVER_PROBE
        if cell.role is Role.MEASURE and not (is_measure_at(endpoint, cell.name) and carriers.may_measure(endpoint)):
            return Gap.NEVER_PROBE
        return None if endpoint.transport in carriers.transports else Gap.TRANSPORT_UNAVAILABLE

    def _reason(self, cell: Cell, breaker: Breaker) -> Gap | None:
        if self._spool.full:
            return Gap.QUOTA
        if breaker.allows(cell.endpoint) or cell.role is Role.KNOWN_GOOD:
            return None  # an endpoint that drops nothing but the names of orders answers this, and is asked again
        return Gap.BREAKER

    def _skip(self, cells: Iterable[Cell], reason: Gap) -> None:
        self.gaps.update((cell.number, reason) for cell in cells)

    def _keep(self, cell: Cell, what: Heard) -> None:
        plan = self._held.plan_id
        line = record_line(what, cell, plan=plan, probe=self._probe, at=self._clock.at(what.sent_at_ns))
        self.leaves[cell.number] = leaf_hash(line)
        try:
            self._spool.append(line, plan=plan)
        except SpoolFullError:
            return  # kept in memory; `full` tells, and no more is asked
        except OSError as error:
            self._trouble = self._trouble or error
