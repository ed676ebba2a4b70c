"""The batches of a finished world, delivered anew in random orders: the judgements are the same to the byte."""

from __future__ import annotations

import os
import random
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import NamedTuple

import aiohttp
import asyncpg
import pytest

from collector.engine import Engine
from collector.evidence.seal import Sealer
from collector.evidence.signed import SignedFile
from collector.judging import rebuild
from collector.library import Library
from collector.metrics import Metrics
from collector.services import Services
from collector.serving import listening
from collector.store import Store, migrate
from collector.store.rows import Deployment, Enrolled, StoredBatch
from deploy.postgres import start
from probe.identity import load_key
from schema.dsse import Envelope
from schema.plan import Plan, read_plan
from schema.policy import Policy
from tests.acceptance.conftest import Finished

ORDERS = 10
SEED = os.environ.get("OTTEMPERA_TEST_SEED") or str(random.SystemRandom().randrange(10**9))
CREATED, HELD_ALREADY, SKIPS = 201, 200, 409
_ALL = 100_000
_databases = count(1)


class World(NamedTuple):
    """What a collector has to hold before probes deliver, what they delivered, and what came of it."""

    folder: Path
    deployment: Deployment
    vantages: list[Enrolled]
    questions: list[bytes]
    policies: list[Policy]
    plans: list[tuple[Envelope, Plan]]
    batches: list[StoredBatch]
    derived: bytes


@pytest.fixture
async def world(finished: Finished) -> World:
    """Read out of the finished folder."""
    store = await Store.connect(start(finished.data).dsn())
    try:
        envelopes = await store.plans(0, _ALL)
        plans = [(envelope, read_plan(envelope.payload)) for envelope in envelopes]
        questions = [await store.questions(digest) for digest in {plan.questions for _, plan in plans}]
        deployment = await store.deployment()
        assert deployment is not None
        return World(
            finished.data,
            deployment,
            await store.vantages(),
            [body for body in questions if body is not None],
            [await store.policy(digest) for digest in {plan.policy for _, plan in plans}],
            plans,
            await store.stored_batches(0, _ALL),
            await store.dump_derived(),
        )
    finally:
        await store.close()


@pytest.mark.parametrize("turn", range(1, ORDERS + 1))
async def test_order_of_arrival_changes_nothing(world: World, turn: int) -> None:
    """Through the real endpoint: each probe in its own order, the probes in any, some batches twice."""
    dice = random.Random(f"{SEED} {turn}")
    async with (
        _fresh_store(world) as store,
        _collector(world, store) as (url, engine),
        aiohttp.ClientSession() as session,
    ):
        for batch in _interleaved(world.batches, dice):
            assert await _post(session, url, batch) == CREATED, (SEED, batch.probe, batch.number)
            if dice.random() < 1 / 4:
                assert await _post(session, url, batch) == HELD_ALREADY
            if dice.random() < 1 / 4:
                await engine.idle()  # or else it judges when it comes to it
        await engine.idle()
        assert await store.dump_derived() == world.derived, SEED
        await rebuild(store, Library(store), Metrics())
        assert await store.dump_derived() == world.derived, SEED


async def test_number_that_skips_is_refused_and_costs_nothing(world: World) -> None:
    """A probe that is told which number is expected sends from there, and all is as it was."""
    chain = [batch for batch in world.batches if batch.probe == world.batches[0].probe]
    assert len(chain) > 1
    async with (
        _fresh_store(world) as store,
        _collector(world, store) as (url, engine),
        aiohttp.ClientSession() as session,
    ):
        assert await _post(session, url, chain[1]) == SKIPS
        for batch in world.batches:
            assert await _post(session, url, batch) == CREATED
        await engine.idle()
        assert await store.dump_derived() == world.derived


def _interleaved(batches: list[StoredBatch], dice: random.Random) -> list[StoredBatch]:
    chains: dict[tuple[str, str], list[StoredBatch]] = {}
    for batch in sorted(batches, key=lambda batch: batch.number):
        chains.setdefault((batch.probe, batch.chain), []).append(batch)
    turns = [key for key, chain in chains.items() for _ in chain]
    dice.shuffle(turns)
    return [chains[key].pop(0) for key in turns]


async def _post(session: aiohttp.ClientSession, url: str, batch: StoredBatch) -> int:
    headers = {
        "Content-Type": "application/zstd",
        "Ottempera-Key": sha256(batch.public_key).hexdigest(),
        "Ottempera-Signature": b64encode(batch.signature).decode(),
    }
    async with session.post(f"{url}/v1/batches", data=batch.body, headers=headers) as response:
        return response.status


@asynccontextmanager
async def _fresh_store(world: World) -> AsyncIterator[Store]:
    """An empty database beside the finished one, with its vantages, questions, policies and plans and nothing else."""
    server, name = start(world.folder), f"again_{next(_databases)}"
    owner = await asyncpg.connect(server.dsn("postgres", "postgres"))
    await owner.execute(f"CREATE DATABASE {name} OWNER ottempera TEMPLATE template0")
    try:
        await migrate(server.dsn(database=name), lambda _: None)
        store = await Store.connect(server.dsn(database=name))
        try:
            given = world.deployment
            await store.ensure_deployment(lab=given.lab, scenario=given.scenario, title=given.title)
            for one in world.vantages:
                await store.add_vantage(one.vantage, one.public_key, world.plans[0][1].starts_at)
            for body in world.questions:
                await store.put_questions(body)
            for policy in world.policies:
                await store.put_policy(policy)
            for envelope, plan in world.plans:
                await store.put_plan(envelope, plan)
            yield store
        finally:
            await store.close()
    finally:
        await owner.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await owner.close()


@asynccontextmanager
async def _collector(world: World, store: Store) -> AsyncIterator[tuple[str, Engine]]:
    """A collector with the key of the finished one, at the end of its time."""
    now = max(batch.received_at for batch in world.batches)
    library, metrics = Library(store), Metrics()
    engine = Engine(store, library, metrics)
    signer = load_key(world.folder / "collector.key")
    file = SignedFile(world.folder / "collector.key")
    sealer = Sealer(store, signer.notes, file, now=lambda: now, metrics=metrics)
    services = Services(store, signer, engine, library, lambda: now, sealer, metrics=metrics, lab=True)
    async with AsyncExitStack() as stack:
        await engine.start()
        stack.push_async_callback(engine.stop)
        yield await stack.enter_async_context(listening(services, "127.0.0.1", 0)), engine
