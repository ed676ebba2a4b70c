"""The agent: holds plans ahead, executes each once, ships what it recorded, and watches the collector's log."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from probe.asking import Dice, Hold
from probe.fetch import Fetcher
from probe.never import NeverFile
from probe.opening import open_spool
from probe.plans import PlanFolder
from probe.post import CollectorClient
from probe.round import Round
from probe.rounds import Rounds
from probe.ship import Backoff, Shipper
from probe.spool import FULL, SpoolFullError
from probe.state import ProgressFile, WitnessFile
from probe.telling import Telling
from probe.transport import direct, make_carriers
from probe.witness import NoLogError, Witness
from schema.codec import encode
from schema.errors import EvidenceError, FormatError, SignatureError, UnavailableError
from schema.looks import may_look
from schema.measures import may_measure
from schema.pace import LATE_S
from schema.record import VERSION, Certificate
from schema.words import Gap

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from probe.clock import Clock
    from probe.config import ProbeConfig
    from probe.identity import ProbeKey
    from probe.plans import HeldPlan
    from probe.transport import Carriers, Route
    from schema.endpoint import Endpoint
    from schema.plan import PlanVantage

LOOK_EVERY_S = 15.0
FLUSH_EVERY_S = 1.0
_PEER_TROUBLE = (UnavailableError, FormatError, SignatureError, EvidenceError)


class Agent:
    """One probe at one vantage."""

    def __init__(
        self,
        config: ProbeConfig,
        key: ProbeKey,
        clock: Clock,
        *,
        gate: Callable[[HeldPlan], Awaitable[None]],
        route: Route = direct,
        on_closed: Callable[[HeldPlan], None] = lambda _: None,
        told: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Open the state folder; `gate` returns when a plan may begin, `on_closed` hears of every close.

        `told` hears of what goes wrong and will be tried again, once for as long as it is the same.

        Raises:
            ConfigError: the never-probe list that the settings name cannot be read.
        """
        self._config = config
        self._clock = clock
        self._gate = gate
        self._route = route
        self._never = NeverFile(config.never_probe, told) if config.never_probe else _nobody
        self._on_closed = on_closed
        self._dice = Dice(secrets.token_bytes)
        collector_key = config.collector_key_bytes
        self.spool = open_spool(config, key, clock)
        self.plans = PlanFolder(config.state / "plans", collector_key=collector_key)
        self.progress = ProgressFile(config.state / "progress.json")
        trust = str(config.trust) if config.trust and not config.lab else None
        self._telling = Telling(told)
        self._clients = [CollectorClient(config.collector, trust=trust) for _ in range(3)]
        for_plans, for_batches, for_the_log = self._clients
        self.fetcher = Fetcher(
            for_plans,
            self.plans,
            probe=config.probe,
            progress=lambda: self.progress.value,
            backoff=_backoff(),
            telling=self._telling,
        )
        self.shipper = Shipper(
            for_batches,
            self.spool,
            collector_key=collector_key,
            backoff=_backoff(),
            told=partial(self._telling.say, "batches"),
        )
        self.witness = Witness(
            for_the_log,
            self.spool,
            key,
            config=config,
            clock=clock,
            state=WitnessFile(config.state / "log.json"),
            told=told,
        )
        self._look = asyncio.Event()
        self._looked = asyncio.Event()
        self._made: Carriers | None = None
        self.asked: set[str] = set()  # plans (ids) whose questions this process put; others are only closed

    def reconnect(self) -> None:
        """Try the collector now rather than after the backoff."""
        self.shipper.hurry()
        self.fetcher.hurry()
        self._look.set()

    async def look_at_log(self) -> bool:
        """Look at the collector's log now; whether its newest checkpoint was seen and confirmed, or it keeps no log."""
        try:
            await self.witness.look()
        except NoLogError as error:
            self._telling.failed("log", error)
        except (*_PEER_TROUBLE, OSError) as error:  # whatever is wrong with a log, measuring goes on
            self._telling.failed("log", error)
            return False
        else:
            self._telling.well("log")
        self.shipper.nudge()
        return True

    async def witnessed(self) -> None:
        """Return when the newest checkpoint that the collector offers from now on was seen and confirmed."""
        while not await self.look_at_log():
            await self._looked.wait()

    async def run(self) -> None:
        """Measure and ship for ever."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.shipper.run())
                tasks.create_task(self.fetcher.run())
                tasks.create_task(self._keep_looking())
                tasks.create_task(self._keep_flushing())
                tasks.create_task(self._keep_measuring())
        except ExceptionGroup as group:
            raise group.exceptions[0] from None  # the first ended the others
        finally:
            await self._end()

    async def once(self) -> HeldPlan | None:
        """Fetch, close what is over, execute the next plan, ship; the plan, or none if there is none.

        Raises:
            OttemperaError: the collector is away, and no plan is held; or what was recorded is still to be shipped.
        """
        try:
            try:
                while await self.fetcher.fetch():
                    pass
            except _PEER_TROUBLE:
                if self._following() is None:
                    raise
            await self.look_at_log()
            while (held := self._following()) is not None:
                if not await self._settle(held):
                    await self._gate(held)
                    await self._ask(held, Hold())
                    break
            await self.shipper.drain()
            await self.look_at_log()  # what it frees, the next process need not send again
            await self.shipper.drain()
        finally:
            await self._end()
        return held

    async def _keep_measuring(self) -> None:
        pace = self._config.pace
        longest_s = max(pace.endpoint_s, pace.resolver_s)
        await Rounds(
            following=self._following,
            news=self.fetcher.news,
            settle=self._settle,
            gate=self._gate,
            ask=self._ask,
            rest_s=longest_s + LATE_S if longest_s else 0.0,
        ).run()

    def _following(self, but: Collection[str] = ()) -> HeldPlan | None:
        """The plan that starts next; before all others one of which a process that died left something."""
        begun, spool = self.progress.value.begun, self.spool

        def was_found(held: HeldPlan) -> bool:
            return held.plan_id in begun or held.plan_id in spool.open_rounds or held.plan_id in spool.closed_rounds

        return self.plans.following(but, first=was_found)

    async def _settle(self, held: HeldPlan) -> bool:
        """Bring *held* to its close if nothing of it is to be asked: closed, begun by a process that died, or over."""
        vantage = held.plan.vantage(self._config.probe)
        if vantage is None or held.plan_id in self.spool.closed_rounds:  # closed, and then the process died
            await self._note_closed(held)
            return True
        crashed = held.plan_id in self.progress.value.begun or held.plan_id in self.spool.open_rounds
        if not crashed and not self._over(held):
            return False
        current = self._round(held, vantage)
        current.abandon(Gap.CRASHED if crashed else Gap.NOT_RUNNING, self.spool.round_open(held.plan_id))
        await self._write(current)
        await self._note_closed(held)
        return True

    async def _ask(self, held: HeldPlan, hold: Hold) -> None:
        """Ask what *held* asks, and bring it to its close."""
        vantage = held.plan.vantage(self._config.probe)
        if vantage is None:
            raise EvidenceError(f"plan {held.plan.number} does not enrol {self._config.probe}")
        current = self._round(held, vantage)
        self.spool.round_open(held.plan_id)
        await self._noted(lambda: self.progress.begin(held.plan_id))
        self.asked.add(held.plan_id)
        await current.ask(
            self._carriers(),
            self._dice,
            pace=self._config.pace,
            window=self._config.window,
            in_flight=self._config.in_flight,
            hold=hold,
        )
        await self._write(current)
        await self._note_closed(held)

    def _round(self, held: HeldPlan, vantage: PlanVantage) -> Round:
        cells = self.plans.cells(held.plan)
        return Round(held, cells, vantage, spool=self.spool, clock=self._clock, never=self._never)

    async def _note_closed(self, held: HeldPlan) -> None:
        """Note that *held* is closed; then its batches are no longer needed for that."""

        def is_closed(number: int) -> bool:
            return number == held.plan.number or self.progress.value.is_closed(number)

        first_open = self.plans.first_open(is_closed)
        await self._noted(lambda: self.progress.close(held.plan.number, held.plan_id, first_open=first_open))
        self._finished(held)

    def _carriers(self) -> Carriers:
        """The carriers, made at first use and kept: their connections outlive a round."""
        if self._made is None:
            self._made = make_carriers(
                self._route,
                str(self._config.trust) if self._config.trust else None,
                on_certificate=self._certificate,
                may_look=(lambda _: True) if self._config.lab else may_look,  # a lab's sites are on loopback
                may_measure=self._may_measure(),
            )
        return self._made

    def _may_measure(self) -> Callable[[Endpoint], bool] | None:
        """Which sites may be asked: none unless the settings say so; in a lab any, as they are on loopback."""
        if not self._config.measure:
            return None
        return (lambda _: True) if self._config.lab else may_measure

    async def _end(self) -> None:
        """What is in memory reaches the disk; connections are let go."""
        for client in self._clients:
            client.close()
        try:
            if self._made is not None:
                await self._made.close()
        finally:
            self._flushed(closing=True)

    async def _write(self, current: Round) -> None:
        """Close the round; where there is no room, wait for it: a round is never left open."""
        try:
            current.close()
        except SpoolFullError:
            while not self._flushed(closing=True):  # noqa: ASYNC110 - it is room on the disk that is awaited
                await asyncio.sleep(FLUSH_EVERY_S)

    async def _noted(self, note: Callable[[], None]) -> None:
        """Do what *note* does to the disk; where there is no room, wait for it."""
        while True:
            try:
                note()
            except OSError as error:
                if error.errno not in FULL:
                    raise
                self._telling.say("progress", f"progress cannot be noted: {error.strerror}")
                await asyncio.sleep(FLUSH_EVERY_S)
            else:
                self._telling.well("progress")
                return

    def _finished(self, held: HeldPlan) -> None:
        self.spool.round_closed(held.plan_id)
        self.plans.forget(self.progress.value.is_closed)
        self.shipper.nudge()
        self._on_closed(held)
        self.asked.discard(held.plan_id)

    def _over(self, held: HeldPlan) -> bool:
        if self._config.lab:  # its gate decides when a plan begins, and its clock may run faster than a round
            return False
        return (self._clock.now() - held.plan.starts_at).total_seconds() > held.plan.window_s / 2

    async def _keep_looking(self) -> None:
        while True:
            self._look.clear()
            await self.look_at_log()
            looked, self._looked = self._looked, asyncio.Event()
            looked.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._look.wait()

    async def _keep_flushing(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_EVERY_S)
            if self._flushed():
                self.shipper.nudge()

    def _flushed(self, *, closing: bool = False) -> bool:
        """Whether everything in memory is on disk now."""
        try:
            self.spool.flush(closing=closing)
        except SpoolFullError as error:
            self._telling.failed("spool", error)
            return False
        self._telling.well("spool")
        return True

    def _certificate(self, digest: str, der: bytes) -> None:
        """Keep a certificate; called from within a handshake, which a full or broken disk is no fault of."""
        if self.spool.first_use(digest):
            with suppress(SpoolFullError, OSError):  # it stays in memory; the next flush says so, or ends the agent
                self.spool.append(encode(Certificate(VERSION, digest, der)))


def _nobody(_name: str) -> bool:
    """Without a list every name may be asked."""
    return False


def _backoff() -> Backoff:
    return Backoff(first_s=0.5, most_s=60.0, dice=lambda: secrets.randbelow(1000) / 1000)
