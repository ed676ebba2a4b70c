"""The agent: holds plans ahead, executes each once, ships what it recorded, and watches the collector's log."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from probe.disk import Disk
from probe.execution import Execution
from probe.fetch import Fetcher
from probe.never import NeverFile
from probe.opening import open_spool
from probe.plans import PlanFolder
from probe.post import CollectorClient
from probe.ship import Backoff, Shipper
from probe.state import ProgressFile, WitnessFile
from probe.telling import Telling
from probe.transport import direct
from probe.witness import NoLogError, Witness
from schema.errors import EvidenceError, FormatError, SignatureError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from probe.clock import Clock
    from probe.config import ProbeConfig
    from probe.identity import ProbeKey
    from probe.plans import HeldPlan
    from probe.transport import Route

LOOK_EVERY_S = 15.0
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
        self._on_closed = on_closed
        never = NeverFile(config.never_probe, told) if config.never_probe else _nobody
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
        self._disk = Disk(self.spool, self._telling, written=self.shipper.nudge)
        self.execution = Execution(
            config,
            clock,
            plans=self.plans,
            progress=self.progress,
            spool=self.spool,
            disk=self._disk,
            route=route,
            never=never,
            gate=gate,
            closed=self._closed,
        )
        self._look = asyncio.Event()
        self._looked = asyncio.Event()

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
                tasks.create_task(self._disk.keep_flushing())
                tasks.create_task(self.execution.run(self.fetcher.news))
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
                if self.execution.following() is None:
                    raise
            await self.look_at_log()
            held = await self.execution.once()
            await self.shipper.drain()
            await self.look_at_log()  # what it frees, the next process need not send again
            await self.shipper.drain()
        finally:
            await self._end()
        return held

    def _closed(self, held: HeldPlan) -> None:
        self.shipper.nudge()
        self._on_closed(held)

    async def _end(self) -> None:
        """What is in memory reaches the disk; connections are let go."""
        for client in self._clients:
            client.close()
        try:
            await self.execution.end()
        finally:
            self._disk.flushed(closing=True)

    async def _keep_looking(self) -> None:
        while True:
            self._look.clear()
            await self.look_at_log()
            looked, self._looked = self._looked, asyncio.Event()
            looked.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._look.wait()


def _nobody(_name: str) -> bool:
    """Without a list every name may be asked."""
    return False


def _backoff() -> Backoff:
    return Backoff(first_s=0.5, most_s=60.0, dice=lambda: secrets.randbelow(1000) / 1000)
