"""Runs a collector until it is told to stop: database, judge, plans ahead, HTTP."""

from __future__ import annotations

import asyncio
import gc
import secrets
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import aiohttp
import structlog
from aiohttp import web

from collector.app import make_app, make_runner
from collector.config import listen_address
from collector.engine import Engine
from collector.evidence.authorities import load_authorities
from collector.evidence.seal import Sealer
from collector.evidence.signed import SignedFile
from collector.evidence.stamping import Head, Stamper
from collector.evidence.stampwire import ask_authority
from collector.evidence.witnesses import HttpWitness
from collector.key import load_or_create_seed
from collector.library import Library
from collector.measures import Measuring
from collector.metrics import Metrics
from collector.planner import Press
from collector.planning.asking import Wish
from collector.planning.publisher import Publisher, Rhythm
from collector.planning.slots import Step
from collector.planning.telling import lines
from collector.registry import builtin_world, default_policy
from collector.services import Services
from collector.store import Store
from collector.store.migrate import migrate
from collector.successors.keeping import keep_finding
from schema.dsse import Signer
from schema.errors import ConfigError, FormatError, UnavailableError
from schema.names import canonical
from schema.note import NoteSigner
from schema.pace import Pace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

    from collector.config import Config

_NEW_OBJECTS: Final = 100_000  # before cycles are looked for: a batch alone brings thousands of objects and no cycle
_log = structlog.get_logger("collector")


@asynccontextmanager
async def listening(services: Services, host: str, port: int) -> AsyncIterator[str]:
    """Answer on *host* and *port* (0: any that is free) while the block runs; gives the address people open.

    Raises:
        UnavailableError: the port is taken.
    """
    runner = make_runner(make_app(services))
    await runner.setup()
    usual = gc.get_threshold()
    gc.set_threshold(_NEW_OBJECTS, *usual[1:])
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise UnavailableError(
                f"cannot listen on {host}:{port}: {error.strerror}", remedy="Choose another."
            ) from error
        taken = runner.addresses[0]
        shown = f"[{taken[0]}]" if ":" in taken[0] else taken[0]
        yield f"http://{shown}:{taken[1]}"
    finally:
        gc.set_threshold(*usual)
        await runner.cleanup()


async def serve(config: Config, *, stop: asyncio.Event, ready: Callable[[str, Signer], None]) -> None:
    """Serve the real network by *config* until *stop* is set; *ready* is told the address and the key once it answers.

    Raises:
        ConfigError: a name that is none, or a database of a lab. UnavailableError: no database, or the port is taken.
    """
    try:
        tuple(map(canonical, config.names))  # a mistake ends the start, not a later plan
    except FormatError as error:
        raise ConfigError(f"names: {error}", remedy=error.remedy) from error
    authorities = load_authorities(config.authority)
    seed = load_or_create_seed(Path(config.key_file))
    signer = Signer(seed)
    await migrate(config.database_url, lambda step: _log.info("migrating", step=step))
    async with AsyncExitStack() as stack:
        store = await Store.connect(config.database_url)
        stack.push_async_callback(store.close)
        await store.ensure_deployment(lab=False, scenario=None, title=None)
        library, metrics = Library(store), Metrics()
        engine = Engine(store, library, metrics)
        await engine.start()
        stack.push_async_callback(engine.stop)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        sealer = Sealer(
            store,
            NoteSigner(seed),
            SignedFile(Path(config.key_file)),
            now=_now,
            metrics=metrics,
            witnesses=[HttpWitness(one, session) for one in config.witness],
        )
        await sealer.start()
        services = Services(
            store,
            signer,
            engine,
            library,
            _now,
            sealer,
            metrics=metrics,
            limits=config.limits,
            within_s=config.within_s,
        )
        stamper = Stamper(store, authorities, ask=ask_authority, now=_now, every_s=config.stamp_every_s)
        press = Press(store, signer, dice=secrets.token_bytes, after=store.newest_token)
        publisher = publisher_of(config, store, press, now=_now, published=sealer.seal)
        await publisher.publish()
        for line in lines(await publisher.forecast()):
            _log.info(line)
        works: list[asyncio.Task[None]] = []
        for name, work in (
            ("planner", publisher.keep_publishing()),
            ("sealer", sealer.keep_sealing(config.seal_every_s)),
            ("stamper", stamper.keep_stamping(partial(_newest_head, sealer))),
            (
                "successors",
                keep_finding(store, every_s=config.successors_every_s, redirects_from=config.redirects_from, now=_now),
            ),
        ):
            works.append(asyncio.create_task(work, name=name))
            stack.push_async_callback(_end, works[-1])
        host, port = listen_address(config.listen)
        ready(await stack.enter_async_context(listening(services, host, port)), signer)
        await until(stop, works)


def publisher_of(
    config: Config,
    store: Store,
    press: Press,
    *,
    now: Callable[[], datetime],
    published: Callable[[], Awaitable[object]],
) -> Publisher:
    """What publishes by the settings and by the ledger; *published* is awaited after it did."""
    world = builtin_world()
    policy = default_policy(world)
    wish = Wish(
        world,
        policy,
        tuple(map(canonical, config.names)),
        config.repeats,
        config.look,
        Measuring(config.measure_from, policy.territory),
    )
    rhythm = Rhythm(Step(config.interval_s, config.window_s), Pace(), config.sweep)
    return Publisher(store, press, wish, rhythm, now=now, published=published)


async def until(stop: asyncio.Event, works: Iterable[asyncio.Task[None]]) -> None:
    """Return once *stop* is set. None of *works* ends by itself: what ended one is raised, lest it be missed for ever."""
    stopped = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait({stopped, *works}, return_when=asyncio.FIRST_COMPLETED)
        for one in done:
            one.result()
    finally:
        stopped.cancel()


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _newest_head(sealer: Sealer) -> Head | None:
    sealed = await sealer.newest_sealed()
    return Head(sealed.log, sealed.checkpoint.size, sealed.note) if sealed else None


def _now() -> datetime:
    return datetime.now(UTC)
