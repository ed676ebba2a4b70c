"""The probes of `up`: a lab's, which are led through the rounds, or the one on this machine's line."""

from __future__ import annotations

import asyncio
from errno import ENETUNREACH
from typing import TYPE_CHECKING

from deploy.lab.gateway import Gateway
from deploy.local.conductor import Conductor
from probe.agent import Agent
from probe.config import ProbeConfig
from probe.live import wait_for_start
from probe.opening import claimed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping
    from contextlib import AsyncExitStack

    from deploy.lab.process import LabProcess
    from deploy.local.collecting import Collecting
    from deploy.local.datadir import DataFolder
    from deploy.local.setting import Setting
    from probe.clock import Clock, LabClock
    from probe.plans import HeldPlan
    from probe.transport import Route
    from schema.endpoint import Endpoint


class _Running:
    """Agents and what serves them as tasks; a failure of one is raised where the rounds are awaited."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, work: Coroutine[None, None, None]) -> None:
        self._tasks.append(asyncio.create_task(work))

    async def watch(self, wanted: Awaitable[object]) -> None:
        """Await *wanted*, or raise what ended an agent."""
        waiter = asyncio.ensure_future(wanted)
        try:
            done, _ = await asyncio.wait([waiter, *self._tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not waiter.done():
                waiter.cancel()
                await asyncio.gather(waiter, return_exceptions=True)
        if waiter in done:
            waiter.result()
            return
        for task in done:
            task.result()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class LabProbes(_Running):
    """One agent for each vantage of a scenario, each with its own way to the collector."""

    def __init__(self, setting: Setting, lab: LabProcess) -> None:
        """Nothing runs yet."""
        super().__init__()
        self._setting = setting
        self._lab = lab
        self._agents: dict[str, Agent] = {}
        self._gateways: dict[str, Gateway] = {}
        self._offline: set[str] = set()
        self.conductor: Conductor

    @classmethod
    async def open(
        cls,
        stack: AsyncExitStack,
        folder: DataFolder,
        setting: Setting,
        clock: LabClock,
        collecting: Collecting,
        *,
        scenario_bytes: bytes,
        scenario_name: str,
    ) -> LabProbes:
        """Start the scripted world and the agents, each of which holds its folder.

        Raises:
            UnavailableError: another process works on one. ConfigError: its change of key was begun.
        """
        from deploy.lab.process import LabProcess

        lab = LabProcess()
        routes = await lab.start(scenario_bytes, scenario_name)
        stack.push_async_callback(lab.stop)
        trust = folder.path / "lab-ca.pem"
        trust.write_bytes(routes.ca_pem)
        self = cls(setting, lab)
        for vantage in setting.world.vantages:
            gateway = self._gateways[vantage.id] = Gateway(*collecting.address)
            await gateway.start()
            stack.push_async_callback(gateway.close)
            config = ProbeConfig(
                probe=vantage.id,
                collector=f"http://127.0.0.1:{gateway.port}",
                collector_key=collecting.signer.public_key.hex(),
                state=folder.probe(vantage.id),
                answer_window_s=setting.window.most_s,
                settle_s=setting.window.settle_s,
                trust=trust,
                endpoint_interval_s=0.0,
                resolver_interval_s=0.0,
                breaker_failures=0,
                measure=vantage.id in setting.measuring.vantages,
                never_probe=folder.never_probe,
                lab=True,
            )
            here = routes.table[vantage.id]
            self._agents[vantage.id] = Agent(
                config,
                stack.enter_context(claimed(config.state)),
                clock,
                gate=self._gate,
                route=_route(here),
                on_closed=_closed(self, vantage.id),
            )
        self.conductor = Conductor(
            self._agents, done={probe: agent.progress.value.done for probe, agent in self._agents.items()}
        )
        for agent in self._agents.values():
            self.start(agent.run())
        stack.push_async_callback(self.stop)
        return self

    async def _gate(self, held: HeldPlan) -> None:
        await self.conductor.gate(held)

    async def enter(self, number: int) -> None:
        """Turn the world and the ways to the collector to round *number*."""
        await self._lab.set_round(number)
        await self._provide(number)
        for vantage, gateway in self._gateways.items():
            if self._setting.offline(vantage, number):
                await gateway.cut()
            else:
                await gateway.start()
        self._offline = {vantage for vantage in self._gateways if self._setting.offline(vantage, number)}

    async def _provide(self, number: int) -> None:
        """Let who is about to be cut off fetch the plans first that it is to execute meanwhile."""
        leaving = [one for one in self._gateways if one not in self._offline and self._setting.offline(one, number)]
        for vantage in leaving:
            self._agents[vantage].reconnect()
        last = number + self._setting.longest_offline
        await self.watch(asyncio.gather(*(self._agents[vantage].fetcher.planned(last) for vantage in leaving)))

    async def everyone_online(self) -> None:
        """Open every way to the collector."""
        for gateway in self._gateways.values():
            await gateway.start()
        self._offline = set()
        self.reconnect()

    def reconnect(self) -> None:
        """Let every agent try the collector now."""
        for agent in self._agents.values():
            agent.reconnect()

    async def look_at_log(self) -> None:
        """Let every agent that is online look at the collector's log now, and confirm what it saw."""
        agents = [agent for vantage, agent in self._agents.items() if vantage not in self._offline]
        await self.watch(asyncio.gather(*(agent.look_at_log() for agent in agents)))

    async def shipped(self, *, online_only: bool) -> None:
        """Return when every batch of every agent (that is online) has its receipt."""
        agents = [agent for vantage, agent in self._agents.items() if not online_only or vantage not in self._offline]
        await self.watch(asyncio.gather(*(agent.shipper.empty() for agent in agents)))


class LiveProbe(_Running):
    """The one agent on this machine's own line."""

    def __init__(self) -> None:
        """Nothing runs yet."""
        super().__init__()
        self._closed: asyncio.Queue[HeldPlan] = asyncio.Queue()
        self._agent: Agent

    @classmethod
    async def open(
        cls, stack: AsyncExitStack, folder: DataFolder, setting: Setting, clock: Clock, collecting: Collecting
    ) -> LiveProbe:
        """Start the agent, which holds its folder.

        Raises:
            UnavailableError: another process works there. ConfigError: a change of key was begun.
        """
        self = cls()
        [vantage] = setting.world.vantages
        config = ProbeConfig(
            probe=vantage.id,
            collector=collecting.url,
            collector_key=collecting.signer.public_key.hex(),
            state=folder.probe(vantage.id),
            answer_window_s=setting.window.most_s,
            never_probe=folder.never_probe,
        )
        self._agent = Agent(
            config,
            stack.enter_context(claimed(config.state)),
            clock,
            gate=lambda held: wait_for_start(held, clock),
            on_closed=self._on_closed,
        )
        self.start(self._agent.run())
        stack.push_async_callback(self.stop)
        return self

    def _on_closed(self, held: HeldPlan) -> None:
        """Tell of rounds that were asked; those that a restart finds over or cut short are only closed."""
        if held.plan_id in self._agent.execution.asked:
            self._closed.put_nowait(held)

    async def next_closed(self) -> HeldPlan:
        """The next plan that the agent has asked and closed."""
        waiter = asyncio.ensure_future(self._closed.get())
        await self.watch(waiter)
        return waiter.result()

    async def shipped(self) -> None:
        """Return when every batch has its receipt."""
        await self.watch(self._agent.shipper.empty())


def _route(table: Mapping[str, tuple[str, int]]) -> Route:
    def route(endpoint: Endpoint) -> tuple[str, int]:
        where = table.get(str(endpoint))
        if where is None:  # an address that a script invents, of a site that nobody plays
            raise OSError(ENETUNREACH, "nobody is there")
        return where

    return route


def _closed(probes: LabProbes, vantage: str) -> Callable[[HeldPlan], None]:
    def closed(held: HeldPlan) -> None:
        probes.conductor.close(vantage, held.plan.number)

    return closed
