"""The agent: holds plans ahead, executes each once, ships what it recorded."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

from probe.asking import Dice
from probe.facts import boot_id, build_id, net_seen
from probe.plans import PlanFolder
from probe.post import CollectorClient
from probe.round import Round
from probe.ship import Backoff, Shipper, fetch_plans
from probe.spool import FULL, Spool, SpoolFullError
from probe.state import ProgressFile
from probe.transport import direct, make_carriers
from schema.codec import encode
from schema.errors import EvidenceError, FormatError, SignatureError, UnavailableError
from schema.record import VERSION, BatchHeader, Certificate, NetSeen
from schema.words import Gap

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from probe.clock import Clock
    from probe.config import ProbeConfig
    from probe.plans import HeldPlan
    from probe.transport import Carriers, Route
    from schema.dsse import Signer

FETCH_EVERY_S = 15.0
FLUSH_EVERY_S = 1.0
_PEER_TROUBLE = (UnavailableError, FormatError, SignatureError, EvidenceError)


class Agent:
    """One probe at one vantage."""

    def __init__(
        self,
        config: ProbeConfig,
        signer: Signer,
        clock: Clock,
        *,
        gate: Callable[[HeldPlan], Awaitable[None]],
        route: Route = direct,
        never: Callable[[str], bool] = lambda _: False,
        on_closed: Callable[[HeldPlan], None] = lambda _: None,
    ) -> None:
        """Open the state folder; `gate` returns when a plan may begin, `on_closed` hears of every close."""
        self._config = config
        self._clock = clock
        self._gate = gate
        self._route = route
        self._never = never
        self._on_closed = on_closed
        self._net = NetSeen() if config.lab else net_seen()
        self._boot, self._build = boot_id(), build_id()
        self._dice = Dice(secrets.token_bytes)
        collector_key = config.collector_key_bytes
        self.spool = Spool(
            config.state / "spool",
            signer,
            header=self._header,
            new_chain=lambda: secrets.token_hex(16),
            quota_bytes=config.spool_quota_bytes,
        )
        self.plans = PlanFolder(config.state / "plans", collector_key=collector_key)
        self.progress = ProgressFile(config.state / "progress.json")
        trust = str(config.trust) if config.trust and not config.lab else None
        self._plan_client = CollectorClient(config.collector, trust=trust)
        self._batch_client = CollectorClient(config.collector, trust=trust)
        self.shipper = Shipper(self._batch_client, self.spool, collector_key=collector_key, backoff=self._backoff())
        self._made: Carriers | None = None
        self._fetch = asyncio.Event()
        self._news = asyncio.Event()
        self.trouble = ""

    def reconnect(self) -> None:
        """Try the collector now rather than after the backoff."""
        self.shipper.nudge()
        self._fetch.set()

    async def run(self) -> None:
        """Measure and ship for ever."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.shipper.run())
                tasks.create_task(self._keep_fetching())
                tasks.create_task(self._keep_flushing())
                tasks.create_task(self._keep_measuring())
        except ExceptionGroup as group:
            raise group.exceptions[0] from None  # the first ended the others
        finally:
            await self._end()

    async def once(self) -> HeldPlan | None:
        """Fetch, execute the next plan that may begin, ship; the plan, or none if there is none."""
        await fetch_plans(self._plan_client, self.plans, after=max(self.plans.newest, self.progress.value.done))
        held = self.plans.after(self.progress.value.done)
        try:
            if held is not None:
                await self._execute(held)
            await self.shipper.drain()
        finally:
            await self._end()
        return held

    async def _keep_measuring(self) -> None:
        while True:
            held = self.plans.after(self.progress.value.done)
            if held is None:
                self._news.clear()
                await self._news.wait()
                continue
            await self._execute(held)

    async def _execute(self, held: HeldPlan) -> None:
        """Bring *held* to its close, whatever state it is found in."""
        vantage = held.plan.vantage(self._config.probe)
        if vantage is None or held.plan_id in self.spool.closed_rounds:  # closed, and then the process died
            await self._noted(lambda: self.progress.close(held.plan.number))
            self._finished(held)
            return
        current = Round(
            held,
            self.plans.cells(held.plan),
            vantage,
            spool=self.spool,
            clock=self._clock,
            never=self._never,
        )
        already = self.spool.open_rounds.get(held.plan_id)
        if self.progress.value.begun == held.plan_id or already:
            current.abandon(Gap.CRASHED, already or {})
        elif self._over(held):
            current.abandon(Gap.NOT_RUNNING, {})
        else:
            await self._gate(held)
            await self._noted(lambda: self.progress.begin(held.plan_id))
            self.spool.open_rounds.setdefault(held.plan_id, {})
            await current.ask(
                self._carriers(),
                self._dice,
                pace=self._config.pace,
                window=self._config.window,
                in_flight=self._config.in_flight,
            )
        await self._write(current)
        await self._noted(lambda: self.progress.close(held.plan.number))
        self._finished(held)

    def _carriers(self) -> Carriers:
        """The carriers, made at first use and kept: their connections outlive a round."""
        if self._made is None:
            self._made = make_carriers(
                self._route,
                str(self._config.trust) if self._config.trust else None,
                on_certificate=self._certificate,
            )
        return self._made

    async def _end(self) -> None:
        """What is in memory reaches the disk; connections are let go."""
        if self._made is not None:
            await self._made.close()
        self._flushed()
        self._plan_client.close()
        self._batch_client.close()

    async def _write(self, current: Round) -> None:
        """Close the round; where there is no room, wait for it: a round is never left open."""
        try:
            current.close()
        except SpoolFullError as error:
            self.trouble = str(error)
            while not self._flushed():
                self.shipper.nudge()
                await asyncio.sleep(FLUSH_EVERY_S)

    async def _noted(self, note: Callable[[], None]) -> None:
        """Do what *note* does to the disk; where there is no room, wait for it."""
        while True:
            try:
                note()
            except OSError as error:
                if error.errno not in FULL:
                    raise
                self.trouble = f"progress cannot be noted: {error.strerror}"
                await asyncio.sleep(FLUSH_EVERY_S)
            else:
                return

    def _finished(self, held: HeldPlan) -> None:
        self.spool.round_closed(held.plan_id)
        self.plans.forget(held.plan.number)
        self.shipper.nudge()
        self._on_closed(held)

    def _over(self, held: HeldPlan) -> bool:
        return (self._clock.now() - held.plan.starts_at).total_seconds() > held.plan.window_s / 2

    async def _keep_fetching(self) -> None:
        backoff = self._backoff()
        while True:
            self._fetch.clear()
            wait_s = FETCH_EVERY_S
            try:
                after = max(self.plans.newest, self.progress.value.done)
                if await fetch_plans(self._plan_client, self.plans, after=after):
                    self._news.set()
                backoff.reset()
            except (*_PEER_TROUBLE, OSError) as error:  # its own disk may be full: then there are no new plans for now
                self.trouble = str(error)
                wait_s = backoff.next()
            try:
                await asyncio.wait_for(self._fetch.wait(), wait_s)
            except TimeoutError:
                continue

    async def _keep_flushing(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_EVERY_S)
            if self._flushed():
                self.shipper.nudge()

    def _flushed(self) -> bool:
        """Whether everything in memory is on disk now."""
        try:
            self.spool.flush()
        except SpoolFullError as error:
            self.trouble = str(error)
            return False
        return True

    def _certificate(self, digest: str, der: bytes) -> None:
        if self.spool.first_use(digest):
            self.spool.append(encode(Certificate(VERSION, digest, der)))

    def _header(self, chain: str, number: int, previous: str | None) -> BatchHeader:
        return BatchHeader(
            probe=self._config.probe,
            chain=chain,
            number=number,
            boot=self._boot,
            build=self._build,
            at=self._clock.now(),
            previous=previous,
            clock=self._clock.seen(),
            net=self._net,
            lab=self._config.lab,
        )

    @staticmethod
    def _backoff() -> Backoff:
        return Backoff(first_s=0.5, most_s=60.0, dice=lambda: secrets.randbelow(1000) / 1000)
