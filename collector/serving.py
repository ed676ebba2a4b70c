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
from collector.planner import Planner, resuming
from collector.questions import build_questions
from collector.registry import builtin_world, default_policy
from collector.services import Services
from collector.store import Store
from collector.store.migrate import migrate
from schema.dsse import Signer
from schema.errors import ConfigError, UnavailableError
from schema.names import canonical
from schema.note import NoteSigner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from collector.config import Config

_PUBLISH_EVERY_S: Final = 30.0
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
        ConfigError: no name to ask, or a database of a lab. UnavailableError: no database, or the port is taken.
    """
    if not config.names:
        raise ConfigError("the settings name nothing to ask", remedy='Add names = ["example.org"].')
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
        publisher = _Publisher(config, services)
        await publisher.publish()
        works: list[asyncio.Task[None]] = []
        for name, work in (
            ("planner", publisher.keep_publishing()),
            ("sealer", sealer.keep_sealing(config.seal_every_s)),
            ("stamper", stamper.keep_stamping(partial(_newest_head, sealer))),
        ):
            works.append(asyncio.create_task(work, name=name))
            stack.push_async_callback(_end, works[-1])
        host, port = listen_address(config.listen)
        ready(await stack.enter_async_context(listening(services, host, port)), signer)
        await until(stop, works)


class _Publisher:
    """Publishes ahead by the settings; a restart or a pause dates nothing back."""

    def __init__(self, config: Config, services: Services) -> None:
        world = builtin_world()
        self._config = config
        self._services = services
        self._policy = default_policy(world)
        measuring = Measuring(config.measure_from, self._policy.territory)
        self._questions = partial(
            build_questions, world, config.names, repeats=config.repeats, look=config.look, measuring=measuring
        )
        self._questions()  # a docket with a mistake ends the start, not a later plan

    async def publish(self) -> None:
        """Whatever is due; new plans stand in the log, under a checkpoint where one may be signed, long before they start."""
        now, store = _now(), self._services.store
        planner = Planner(
            store,
            self._services.signer,
            questions=self._questions,
            policy=self._policy,
            starts_at=resuming(self._config.interval_s, await store.newest_plan(), now),
            dice=secrets.token_bytes,
            window_s=self._config.window_s,
            after=store.newest_token,
            measured=frozenset(map(canonical, self._config.names)) if self._config.measure_from else (),
        )
        if await planner.publish_ahead(now):
            await self._services.sealer.seal()

    async def keep_publishing(self) -> None:
        """From time to time, for ever; without a database later."""
        while True:
            await asyncio.sleep(_PUBLISH_EVERY_S)
            try:
                await self.publish()
            except UnavailableError as error:
                _log.warning("no plan published", detail=str(error), remedy=error.remedy)


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
