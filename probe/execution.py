"""Brings every plan that is held to its close, once: its questions are put, or it is said why they were not."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from probe.asking import Dice, Hold
from probe.round import Round
from probe.rounds import Rounds
from probe.transport import make_carriers
from schema.errors import EvidenceError
from schema.looks import may_look
from schema.measures import may_measure
from schema.pace import LATE_S
from schema.words import Gap

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Collection

    from probe.clock import Clock
    from probe.config import ProbeConfig
    from probe.disk import Disk
    from probe.plans import HeldPlan, PlanFolder
    from probe.spool import Spool
    from probe.state import ProgressFile
    from probe.transport import Carriers, Route
    from schema.endpoint import Endpoint
    from schema.plan import PlanVantage


class Execution:
    """Executes plans, and knows after a crash how far it was: spool and progress say so."""

    def __init__(  # noqa: PLR0913 - what it meets outside itself is an argument
        self,
        config: ProbeConfig,
        clock: Clock,
        *,
        plans: PlanFolder,
        progress: ProgressFile,
        spool: Spool,
        disk: Disk,
        route: Route,
        never: Callable[[str], bool],
        gate: Callable[[HeldPlan], Awaitable[None]],
        closed: Callable[[HeldPlan], None],
    ) -> None:
        """`gate` returns when a plan may begin, `closed` hears of every close, `never` says which names nobody asks."""
        self._config, self._clock = config, clock
        self._plans, self.progress, self._spool, self._disk = plans, progress, spool, disk
        self.route, self.gate = route, gate
        self._never, self._closed = never, closed
        self._dice = Dice(secrets.token_bytes)
        self._made: Carriers | None = None
        self.asked: set[str] = set()  # plans (ids) whose questions this process put; others are only closed
        plans.forget(progress.value.is_closed)  # a machine that lost power may show again what was deleted

    async def run(self, news: asyncio.Event) -> None:
        """Execute for ever; *news* is set when there may be another plan."""
        pace = self._config.pace
        longest_s = max(pace.endpoint_s, pace.resolver_s)
        await Rounds(
            following=self.following,
            news=news,
            settle=self._settle,
            gate=self.gate,
            ask=self._ask,
            rest_s=longest_s + LATE_S if longest_s else 0.0,
        ).run()

    async def once(self) -> HeldPlan | None:
        """Close what is over and execute the next plan; none if there is none."""
        while (held := self.following()) is not None:
            if not await self._settle(held):
                await self.gate(held)
                await self._ask(held, Hold())
                break
        return held

    async def end(self) -> None:
        """Let go of connections."""
        if self._made is not None:
            await self._made.close()

    def following(self, but: Collection[str] = ()) -> HeldPlan | None:
        """The plan that starts next, but for those named (by id).

        Before all others one of which a process that died left something.
        """
        begun, spool = self.progress.value.begun, self._spool

        def was_found(held: HeldPlan) -> bool:
            return held.plan_id in begun or held.plan_id in spool.open_rounds or held.plan_id in spool.closed_rounds

        return self._plans.following(but, first=was_found)

    async def _settle(self, held: HeldPlan) -> bool:
        """Bring *held* to its close if nothing of it is to be asked: closed, begun by a process that died, or over."""
        vantage = held.plan.vantage(self._config.probe)
        if vantage is None or held.plan_id in self._spool.closed_rounds:  # closed, and then the process died
            await self._note_closed(held)
            return True
        crashed = held.plan_id in self.progress.value.begun or held.plan_id in self._spool.open_rounds
        if not crashed and not self._over(held):
            return False
        current = self._round(held, vantage)
        current.abandon(Gap.CRASHED if crashed else Gap.NOT_RUNNING, self._spool.round_open(held.plan_id))
        await self._disk.close(current)
        await self._note_closed(held)
        return True

    async def _ask(self, held: HeldPlan, hold: Hold) -> None:
        """Ask what *held* asks, and bring it to its close."""
        vantage = held.plan.vantage(self._config.probe)
        if vantage is None:
            raise EvidenceError(f"plan {held.plan.number} does not enrol {self._config.probe}")
        current = self._round(held, vantage)
        self._spool.round_open(held.plan_id)
        await self._disk.noted(lambda: self.progress.begin(held.plan_id))
        self.asked.add(held.plan_id)
        await current.ask(
            self._carriers(),
            self._dice,
            pace=self._config.pace,
            window=self._config.window,
            in_flight=self._config.in_flight,
            hold=hold,
        )
        await self._disk.close(current)
        await self._note_closed(held)

    def _round(self, held: HeldPlan, vantage: PlanVantage) -> Round:
        cells = self._plans.cells(held.plan)
        return Round(held, cells, vantage, spool=self._spool, clock=self._clock, never=self._never)

    async def _note_closed(self, held: HeldPlan) -> None:
        """Note that *held* is closed; then its batches are no longer needed for that."""

        def is_closed(number: int) -> bool:
            return number == held.plan.number or self.progress.value.is_closed(number)

        first_open = self._plans.first_open(is_closed)
        await self._disk.noted(lambda: self.progress.close(held.plan.number, held.plan_id, first_open=first_open))
        self._spool.round_closed(held.plan_id, begun=self.progress.value.begun)
        self._plans.forget(self.progress.value.is_closed)
        self._closed(held)
        self.asked.discard(held.plan_id)

    def _over(self, held: HeldPlan) -> bool:
        if self._config.lab:  # its gate decides when a plan begins, and its clock may run faster than a round
            return False
        return (self._clock.now() - held.plan.starts_at).total_seconds() > held.plan.window_s / 2

    def _carriers(self) -> Carriers:
        """The carriers, made at first use and kept: their connections outlive a round."""
        if self._made is None:
            self._made = make_carriers(
                self.route,
                str(self._config.trust) if self._config.trust else None,
                on_certificate=self._disk.certificate,
                may_look=(lambda _: True) if self._config.lab else may_look,  # a lab's sites are on loopback
                may_measure=self._may_measure(),
            )
        return self._made

    def _may_measure(self) -> Callable[[Endpoint], bool] | None:
        """Which sites may be asked: none unless the settings say so; in a lab any, as they are on loopback."""
        if not self._config.measure:
            return None
        return (lambda _: True) if self._config.lab else may_measure
