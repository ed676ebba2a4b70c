"""A collector, the lab with a world of sites that move, and a probe that asks plan after plan at once."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from collector.registry import default_policy
from deploy.lab.process import LabProcess
from deploy.lab.scenario import load_scenario, to_registry
from probe.agent import Agent
from probe.clock import LabClock
from probe.config import ProbeConfig
from probe.identity import load_or_create_key
from schema.cells import expand
from schema.codec import encode
from schema.registry import Vantage, World
from tests.helpers.collector import COLLECTOR, collector, press, starts_at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from collector.store import Store
    from probe.plans import HeldPlan
    from tests.helpers.collector import Running
    from tests.helpers.successor_world import Placed

VANTAGE: Final = Vantage("bo-01", 3269, "TIM", "IT", "Dora")
PATIENCE_S: Final = 240.0


def scenario(placed: Sequence[Placed]) -> bytes:
    """The world as a file of the lab: a public resolver that blocks nothing, and the two controls that every lab has."""
    tables = [
        _table("resolver", id="cloudflare", operator="Cloudflare", asn=13335, address="1.1.1.1", transports=["tls"]),
        _table("vantage", id=VANTAGE.id, asn=VANTAGE.asn, operator=VANTAGE.operator),
    ]
    for one in placed:
        servers, addresses = list(one.name_servers), list(one.addresses)
        tables.append(_table("name", name=one.name, addresses=addresses, name_servers=servers, soa=one.soa))
    return "\n".join(['title = "Sites that move"', *tables]).encode()


def _table(kind: str, **values: object) -> str:
    """A table of a TOML file; what is in it is written in TOML as in JSON."""
    return "\n".join([f"[[{kind}]]", *(f"{key} = {encode(value).decode()}" for key, value in values.items())])


class Play:
    """The collector and a probe of the lab, plan by plan."""

    def __init__(
        self, running: Running, agent: Agent, clock: LabClock, world_: World, closed: asyncio.Queue[int]
    ) -> None:
        self._running, self._agent, self._clock, self._closed = running, agent, clock, closed
        self.world = world_
        self._policy = default_policy(world_)

    async def round(self, number: int, questions: bytes, *, sweep: bool) -> int:
        """Publish *questions* as plan *number* and return how many they are, once they are asked, delivered and judged."""
        self._clock.enter(starts_at(number))
        self._running.clock[0] = starts_at(number)
        policy = replace(self._policy, sweep=sweep)
        await press(self._running.store).publish([starts_at(number)], questions, policy, window_s=600.0)
        self._agent.reconnect()
        async with asyncio.timeout(PATIENCE_S):
            assert await self._closed.get() == number
            await self._agent.shipper.empty()
        await self._running.services.engine.idle()
        return len(expand(questions))


@asynccontextmanager
async def playing(store: Store, folder: Path, placed: Sequence[Placed]) -> AsyncIterator[Play]:
    """A collector on *store*, the lab with the world of *placed*, and a probe in *folder* that begins each plan at once."""
    key = load_or_create_key(folder / "key")
    data = scenario(placed)
    world_ = World(to_registry(load_scenario(data, "world.toml"))[0], (VANTAGE,))
    clock, closed = LabClock(), asyncio.Queue[int]()
    async with collector(store, lab=True) as running, LabProcess() as lab:
        await store.add_vantage(VANTAGE, key.public_key, starts_at(1))
        routes = await lab.start(data, "world.toml")
        (folder / "lab.pem").write_bytes(routes.ca_pem)
        config = ProbeConfig(
            probe=VANTAGE.id, collector=running.url, collector_key=COLLECTOR.public_key.hex(), state=folder,
            answer_window_s=20.0, settle_s=0.05, trust=folder / "lab.pem", endpoint_interval_s=0.0, resolver_interval_s=0.0,
            breaker_failures=0, lab=True,
        )  # fmt: skip
        table = routes.table[VANTAGE.id]

        async def at_once(_held: HeldPlan) -> None:
            """No plan waits for its time."""

        agent = Agent(
            config, key, clock, gate=at_once, route=lambda endpoint: table[str(endpoint)],
            on_closed=lambda held: closed.put_nowait(held.plan.number),
        )  # fmt: skip
        task = asyncio.create_task(agent.run())
        try:
            yield Play(running, agent, clock, world_, closed)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
