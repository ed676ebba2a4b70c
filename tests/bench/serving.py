"""A collector over an embedded Postgres of its own, and what both take of the CPU."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import asyncpg

from collector.engine import Engine
from collector.evidence.seal import Sealer
from collector.evidence.signed import SignedFile
from collector.library import Library
from collector.metrics import Metrics
from collector.services import Services
from collector.serving import listening
from collector.store import Store, migrate
from deploy.postgres import start, stop
from schema.note import NoteSigner
from tests.bench.feed import COLLECTOR, COLLECTOR_SEED
from tests.bench.probing import cpu_s
from tests.helpers.batches import START

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from deploy.postgres import Server
    from tests.helpers.batches import Signed

_numbers = count(1)
_TICKS = 100  # a second; USER_HZ, proc(5)


@contextmanager
def postgres() -> Iterator[Server]:
    """The embedded server with the settings it always has, gone afterwards."""
    data = Path(tempfile.mkdtemp(prefix="ottempera-bench-pg-"))
    data.chmod(0o755)  # root's server runs as another user, who has to pass
    try:
        yield start(data)
    finally:
        stop(data)
        shutil.rmtree(data, ignore_errors=True)


def server_cpu_s(server: Server) -> float:
    """CPU seconds of all processes of *server* so far, those that have ended included."""
    (postmaster,) = (int(line.split()[0]) for line in _pid_file(server))
    parents, spent = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # ended meanwhile
            continue
        pid = int(folder.name)
        parents[pid] = int(fields[1])
        spent[pid] = sum(map(int, fields[11:15] if pid == postmaster else fields[11:13]))
    return sum(ticks for pid, ticks in spent.items() if postmaster in (pid, parents[pid])) / _TICKS


def _pid_file(server: Server) -> list[str]:
    (file,) = server.data_dir.rglob("postmaster.pid")
    return file.read_text().splitlines()[:1]


def spent_s(server: Server) -> float:
    """CPU seconds of this process and of *server*."""
    return cpu_s() + server_cpu_s(server)


@asynccontextmanager
async def database(server: Server) -> AsyncIterator[str]:
    """A fresh, migrated database."""
    name = f"bench_{next(_numbers)}"
    connection = await asyncpg.connect(server.dsn("postgres", "postgres"))
    try:
        await connection.execute(f"CREATE DATABASE {name} OWNER ottempera TEMPLATE template0")
        await migrate(server.dsn("ottempera", name), lambda _: None)
        yield name
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


class Collector:
    """A collector that answers over HTTP."""

    def __init__(self, store: Store, engine: Engine, sealer: Sealer, url: str, session: aiohttp.ClientSession) -> None:
        self.store = store
        self.engine = engine
        self.sealer = sealer
        self._url = url
        self._session = session

    async def deliver(self, signed: Signed) -> None:
        """Deliver a batch.

        Raises:
            RuntimeError: it was not taken.
        """
        async with self._session.post(f"{self._url}/v1/batches", data=signed.body, headers=signed.headers) as response:
            if response.status != 201:
                raise RuntimeError(f"{response.status}: {(await response.read()).decode()}")


@asynccontextmanager
async def collector(dsn: str, metrics: Metrics) -> AsyncIterator[Collector]:
    """A collector on *dsn*, at a time after everything was measured."""
    store = await Store.connect(dsn)
    library = Library(store)
    engine = Engine(store, library, metrics)
    now = START + timedelta(days=2)
    folder = tempfile.TemporaryDirectory(prefix="ottempera-bench-key-")
    file = SignedFile(Path(folder.name) / "collector.key")
    sealer = Sealer(store, NoteSigner(COLLECTOR_SEED), file, now=lambda: now, metrics=metrics)
    await sealer.start()
    services = Services(store, COLLECTOR, engine, library, lambda: now, sealer, metrics=metrics)
    await engine.start()
    try:
        async with listening(services, "127.0.0.1", 0) as url, aiohttp.ClientSession() as session:
            yield Collector(store, engine, sealer, url, session)
    finally:
        await engine.stop()
        await store.close()
        folder.cleanup()
