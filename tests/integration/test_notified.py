"""From `orders import` to the first question: real probes by the clock on the wall, a real collector, a real import."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from collector.engine import Engine
from collector.library import Library
from collector.metrics import Metrics
from collector.planner import Press
from collector.planning.asking import Wish
from collector.planning.publisher import Publisher, Rhythm
from collector.planning.slots import Step
from collector.services import Services
from collector.serving import listening
from collector.store import Store
from probe.agent import Agent
from probe.clock import SystemClock
from probe.config import ProbeConfig
from probe.identity import load_or_create_key
from probe.live import wait_for_start
from schema.cells import expand
from schema.pace import Pace
from schema.plan import read_plan
from schema.registry import World
from schema.words import Role
from tests.acceptance.command import PROGRAM, clean_environment
from tests.helpers.batches import VANTAGES, WORLD
from tests.helpers.collector import COLLECTOR, POLICY, sealer
from tests.helpers.resolvers import datagrams, reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from schema.endpoint import Endpoint

WITHIN_S = 60.0
OPEN = "udp:192.0.2.1:53"  # the first resolver is reached over UDP alone: what is asked of it is a datagram
HERE = World((replace(WORLD.resolvers[0], endpoints=(OPEN,)), *WORLD.resolvers[3:]), VANTAGES)
STEP = Step(60.0, 50.0)  # the shortest there is, so that a docket is nearly always at work
ORDER = """
id = "first"
title = "An order of this test"
authority = "A court that does not exist"
issued_on = 2026-01-10
starts_on = 2026-01-12
starts_source = "invented"
grace_days = 30
grace_source = "invented"
addressees = ["alpha"]

[[scope]]
name = "just-notified.example"
rule = "exact"
source = "invented"
"""


class Heard:
    """When the questions of one probe came in, on the loop's clock, by a word of their name."""

    def __init__(self) -> None:
        self.times: dict[bytes, list[float]] = {b"known": [], b"just-notified": []}
        self.events = {word: asyncio.Event() for word in self.times}

    def __call__(self, query: bytes) -> list[tuple[float, bytes]]:
        """Answer *query* with nothing but its echo."""
        for word, times in self.times.items():
            if word in query.lower():
                times.append(asyncio.get_running_loop().time())
                self.events[word].set()
        return [(0.0, reply(query))]


@asynccontextmanager
async def serving(store: Store, folder: Path, now: Callable[[], datetime]) -> AsyncIterator[str]:
    """A collector that publishes, receives and judges as `collector serve` does; gives its address."""
    library, metrics = Library(store), Metrics()
    engine = Engine(store, library, metrics)
    signing = sealer(store, folder, now)
    await signing.start()
    services = Services(store, COLLECTOR, engine, library, now, signing, metrics=metrics)
    press = Press(store, COLLECTOR, dice=lambda count: b"\x07" * count)
    wish = Wish(HERE, replace(POLICY, resolvers=HERE.resolvers), ("known.example.",))
    publisher = Publisher(store, press, wish, Rhythm(STEP, Pace(), sweep=True), now=now, published=signing.seal)
    await engine.start()
    publishing = asyncio.create_task(publisher.keep_publishing())
    try:
        async with listening(services, "127.0.0.1", 0) as url:
            yield url
    finally:
        publishing.cancel()
        await asyncio.gather(publishing, return_exceptions=True)
        await engine.stop()


@pytest.mark.parametrize("postgres_server", ["15"], indirect=True)
async def test_a_name_is_asked_by_every_probe_within_a_minute_of_its_import(
    migrated_dsn: str, store: Store, tmp_path: Path, show: Callable[[str], None]
) -> None:
    """Although each is in the midst of a docket, and dockets are published for an hour ahead."""
    now = partial(datetime.now, UTC)
    ears = {vantage.id: Heard() for vantage in VANTAGES}
    for vantage in VANTAGES:
        key = load_or_create_key(tmp_path / vantage.id / "key")
        await store.add_vantage(vantage, key.public_key, now() - timedelta(days=1))
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(store, tmp_path, now))
        for name, heard in ears.items():
            ends = await stack.enter_async_context(datagrams(heard))
            await stack.enter_async_context(probing(name, tmp_path / name, url, ends[0]))
        async with asyncio.timeout(150):
            await asyncio.gather(*(one.events[b"known"].wait() for one in ears.values()))
        order = tmp_path / "order.toml"
        order.write_text(ORDER, encoding="utf-8")
        importing = await asyncio.create_subprocess_exec(
            PROGRAM, "orders", "import", order, "--by", "Anna", "--reason", "served", "--unknown-operator",
            "--database-url", migrated_dsn, env=clean_environment(),
        )  # fmt: skip
        assert await importing.wait() == 0
        imported = loop.time()
        async with asyncio.timeout(WITHIN_S):
            await asyncio.gather(*(one.events[b"just-notified"].wait() for one in ears.values()))
        took = {name: one.times[b"just-notified"][0] - imported for name, one in ears.items()}
        before = {name: len([at for at in one.times[b"known"] if at < imported]) for name, one in ears.items()}
    show(f"first asked after import: {', '.join(f'{name} {seconds:.1f} s' for name, seconds in took.items())}")
    assert all(0 < seconds < WITHIN_S for seconds in took.values())
    assert all(before.values()), "each was at work on a docket that does not know the name"
    await _was_in_no_docket(store)


async def _was_in_no_docket(store: Store) -> None:
    """The dockets that were published when the order came do not ask the name: plans of its own did."""
    plans = [read_plan(one.payload) for one in await store.plans(0, 1000)]
    asks = []
    for plan in plans:
        body = await store.questions(plan.questions)
        assert body is not None
        targets = {cell.name for cell in expand(body) if cell.role is Role.TARGET}
        asks.append((plan.starts_at, "just-notified.example." in targets, "known.example." in targets))
    first = min(start for start, new, _ in asks if new)
    assert all(not known for start, new, known in asks if new and start == first)


@asynccontextmanager
async def probing(name: str, state: Path, url: str, resolver: tuple[str, int]) -> AsyncIterator[None]:
    """A probe with the usual ceilings, every question of which goes to *resolver*."""

    def route(_endpoint: Endpoint) -> tuple[str, int]:
        return resolver

    clock = SystemClock()
    config = ProbeConfig(name, url, COLLECTOR.public_key.hex(), state, answer_window_s=1.0)
    key = load_or_create_key(state / "key")
    agent = Agent(config, key, clock, gate=lambda held: wait_for_start(held, clock), route=route)
    task = asyncio.create_task(agent.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
