"""Postgres 15 (the system's) and 18 (the embedded one) for every test that asks for a database; each gets a fresh one."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TypeAlias

import asyncpg
import pytest
from aioquic.quic.configuration import QuicConfiguration

from collector.store import Store, migrate
from deploy.lab.quicfront import quic_configuration
from deploy.postgres import start, stop
from tests.helpers.resolvers import Authority
from tests.integration.quic_examples import NAME as QUIC_NAME

PASSWORD = "only-for-tests"
SYSTEM_15 = Path("/usr/lib/postgresql/15/bin")
_PORTS_TRIED = 5
_numbers = count(1)
Databases: TypeAlias = Callable[[], AbstractAsyncContextManager[Store]]


class TestServer:
    """A server of the tests' own; `dsn` is by role and database, `template` a database that was migrated, once there is one."""

    __test__ = False  # the name is not a test's

    def __init__(self, major: str, dsn: Callable[[str, str], str]) -> None:
        self.major = major
        self.dsn = dsn
        self.template: str | None = None


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Whom probes trust to say who a server is."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Whom nobody trusts."""
    return Authority(tmp_path_factory.mktemp("stranger"), "Stranger")


@pytest.fixture(scope="session")
def served(authority: Authority) -> QuicConfiguration:
    """A server of DNS over QUIC whose certificate verifies."""
    return quic_configuration(authority.server_pem(QUIC_NAME))


@pytest.fixture(scope="session")
def postgres_servers() -> Iterator[Callable[[str], TestServer]]:
    """One server of each major version that is asked for, for the whole session, whatever the order of tests."""
    running: dict[str, TestServer] = {}
    with ExitStack() as stack:

        def serve(major: str) -> TestServer:
            if major not in running:
                running[major] = stack.enter_context(_system_15() if major == "15" else _embedded_18())
            return running[major]

        yield serve


@pytest.fixture(scope="session", params=["15", "18"])
def postgres_server(request: pytest.FixtureRequest, postgres_servers: Callable[[str], TestServer]) -> TestServer:
    """A server of each major version."""
    return postgres_servers(request.param)


@pytest.fixture
async def postgres_dsn(postgres_server: TestServer) -> AsyncIterator[str]:
    """An empty database of its own, by its owner: the role `ottempera`, no superuser, may make roles."""
    async with _database(postgres_server, "template0") as dsn:
        yield dsn


@pytest.fixture
def databases(postgres_server: TestServer) -> Databases:
    """Stores on migrated databases of their own, as many as a test asks for."""

    @asynccontextmanager
    async def make() -> AsyncIterator[Store]:
        async with _migrated(postgres_server) as dsn:
            store = await Store.connect(dsn)
            try:
                yield store
            finally:
                await store.close()

    return make


@pytest.fixture
async def migrated_dsn(postgres_server: TestServer) -> AsyncIterator[str]:
    """A migrated database of its own."""
    async with _migrated(postgres_server) as dsn:
        yield dsn


@pytest.fixture
async def store(migrated_dsn: str) -> AsyncIterator[Store]:
    """A store on a migrated database of its own."""
    store = await Store.connect(migrated_dsn)
    yield store
    await store.close()


@asynccontextmanager
async def _migrated(server: TestServer) -> AsyncIterator[str]:
    """A copy of a database that was migrated once, by who needs one first."""
    if server.template is None:
        name = f"template_{next(_numbers)}"
        await _execute(server, f"CREATE DATABASE {name} OWNER ottempera TEMPLATE template0")
        await migrate(server.dsn("ottempera", name), lambda _: None)
        server.template = name
    async with _database(server, server.template) as dsn:
        yield dsn


@asynccontextmanager
async def _database(server: TestServer, template: str) -> AsyncIterator[str]:
    name = f"test_{next(_numbers)}"
    # Files are copied rather than logged: half the time, and nothing here has to survive a crash.
    await _execute(server, f"CREATE DATABASE {name} OWNER ottempera TEMPLATE {template} STRATEGY file_copy")
    try:
        yield server.dsn("ottempera", name)
    finally:
        await _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


async def _execute(server: TestServer, statement: str) -> None:
    connection = await asyncpg.connect(server.dsn("postgres", "postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@contextmanager
def _embedded_18() -> Iterator[TestServer]:
    data = Path(tempfile.mkdtemp(prefix="ottempera-pg18-"))
    data.chmod(0o755)  # root's server runs as another user, who has to pass
    try:
        server = start(data)
        try:
            # Nothing here has to survive a power cut.
            _prepare(server.dsn("postgres", "postgres"), "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
            yield TestServer("18", server.dsn)
        finally:
            stop(data)
    finally:
        shutil.rmtree(data, ignore_errors=True)


@contextmanager
def _system_15() -> Iterator[TestServer]:
    if not (SYSTEM_15 / "initdb").exists():
        pytest.skip(f"Postgres 15 is not installed in {SYSTEM_15}: apt install postgresql-15")
    uid, gid = _unprivileged()
    data = Path(tempfile.mkdtemp(prefix="ottempera-pg15-"))
    os.chown(data, uid, gid)
    cluster = data / "cluster"

    def run(program: str, *arguments: str) -> None:
        command = [str(SYSTEM_15 / program), "-D", str(cluster), *arguments]
        drop = {"user": uid, "group": gid, "extra_groups": []} if os.geteuid() == 0 else {}
        environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
        subprocess.run(command, cwd=data, check=True, env=environment, stdout=subprocess.DEVNULL, **drop)  # type: ignore[call-overload]  # the options of root alone

    try:
        secret = data / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)  # as invented as the data
        run("initdb", "-A", "scram-sha-256", "-U", "postgres", "--pwfile", str(secret), "-E", "UTF8", "--locale=C")
        port = _start_15(run, data)
        try:
            dsn = f"postgresql://{{}}:{PASSWORD}@127.0.0.1:{port}/{{}}".format
            _prepare(dsn("postgres", "postgres"), f"CREATE ROLE ottempera LOGIN CREATEROLE PASSWORD '{PASSWORD}'")
            yield TestServer("15", dsn)
        finally:
            run("pg_ctl", "-w", "-m", "fast", "stop")
    finally:
        shutil.rmtree(data, ignore_errors=True)


def _start_15(run: Callable[..., None], data: Path) -> int:
    """Start the server; its port, which was free a moment before and is another's now and then."""
    settings = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories={data} -c fsync=off -c max_connections=50"

    def start(port: int) -> int:
        run("pg_ctl", "-w", "-t", "60", "-l", str(data / "log"), "-o", f"-p {port} {settings}", "start")
        return port

    for _ in range(_PORTS_TRIED - 1):
        with suppress(subprocess.CalledProcessError):
            return start(_free_port())
    return start(_free_port())


def _prepare(dsn: str, *statements: str) -> None:
    """Run *statements* in a loop of their own: this is outside of any test's."""

    async def run() -> None:
        connection = await asyncpg.connect(dsn)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    with asyncio.Runner() as runner:
        runner.run(run())


def _unprivileged() -> tuple[int, int]:
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    pytest.skip("Postgres does not run as root, and this system has neither an account postgres nor nobody")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
