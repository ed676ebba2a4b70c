"""A probe's whole surroundings on loopback: a collector that stands in, a resolver, a clock, and a folder that outlives it."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from probe.agent import Agent
from probe.config import ProbeConfig
from schema.record import ClockSeen
from schema.words import Transport
from tests.helpers.resolvers import Peer, datagrams, reply, streams
from tests.helpers.standin import COLLECTOR, NOW, PROBE, VANTAGE, StandIn, standing_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime
    from pathlib import Path

    from probe.identity import ProbeKey
    from probe.plans import HeldPlan
    from schema.endpoint import Endpoint

CELLS = 8  # that apply to the vantage: two names, two types, UDP and TCP
PATIENCE_S = 60.0


class StandingClock:
    """Says what it is told; records carry it as well."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time

    def at(self, wall_ns: int) -> datetime:
        return self.time

    def seen(self) -> ClockSeen:
        return ClockSeen(source="test")


class World:
    """A collector, a resolver, a clock, and the folder of a probe that may die."""

    def __init__(self, standin: StandIn, folder: Path, udp: tuple[str, int], tcp: tuple[str, int]) -> None:
        self.standin = standin
        self.folder = folder
        self.clock = StandingClock()
        self.gated: list[int] = []
        self.closed: list[int] = []
        self.told: list[str] = []
        self.questions: Counter[bytes] = Counter()  # without their ids
        self._where = {Transport.UDP: udp, Transport.TCP: tcp}
        self._changed = asyncio.Event()

    def change(self) -> None:
        """Somebody may have waited for this."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Return when *holds*, which is looked at after each question and each close."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                changed = self._changed
                await changed.wait()

    def route(self, endpoint: Endpoint) -> tuple[str, int]:
        return self._where[endpoint.transport]

    def agent(self, kind: type[Agent] = Agent, *, key: ProbeKey = PROBE, **settings: object) -> Agent:
        """A new process on the folder."""
        values: dict[str, object] = {
            "probe": VANTAGE.id,
            "collector": self.standin.url,
            "collector_key": COLLECTOR.public_key.hex(),
            "state": self.folder,
            "answer_window_s": 0.05,
            "endpoint_interval_s": 0.0,
            "resolver_interval_s": 0.0,
            "breaker_failures": 0,
        }

        async def gate(held: HeldPlan) -> None:
            self.gated.append(held.plan.number)
            self.clock.time = max(self.clock.time, held.plan.starts_at)

        def closed(held: HeldPlan) -> None:
            self.closed.append(held.plan.number)
            self.change()

        return kind(
            ProbeConfig(**(values | settings)),  # type: ignore[arg-type]  # what a test says of a probe
            key,
            self.clock,
            gate=gate,
            route=self.route,
            on_closed=closed,
            told=self.told.append,
        )


@asynccontextmanager
async def living(agent: Agent) -> AsyncIterator[asyncio.Task[None]]:
    """*agent* at work; ended in good order."""
    task = asyncio.create_task(agent.run())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def delivered(agent: Agent) -> None:
    """Everything has its receipt, and what is in the collector's log is freed."""
    await agent.shipper.empty()
    await agent.witnessed()
    await agent.shipper.empty()


@asynccontextmanager
async def playing(folder: Path) -> AsyncIterator[World]:
    """Everything at work but the probe."""

    def answer(query: bytes) -> list[tuple[float, bytes]]:
        one.questions[b"udp" + query[2:].lower()] += 1
        one.change()
        return [(0.0, reply(query))]

    async def serve(peer: Peer) -> None:
        while True:
            query = await peer.query()
            one.questions[b"tcp" + query[2:].lower()] += 1
            one.change()
            peer.send(reply(query))

    async with standing_in() as standin, datagrams(answer) as (udp, _), streams(serve) as tcp:
        one = World(standin, folder / "probe", udp, tcp)
        yield one
