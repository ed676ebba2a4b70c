"""Brings a database to the schema of this program: migrations forward only, then the views and grants."""

from __future__ import annotations

import asyncio
import re
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Final, NamedTuple

import asyncpg

from collector.store.database import SETTINGS, translated
from collector.store.statements import load
from schema.errors import ConfigError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.resources.abc import Traversable

    from collector.store.database import Connection

_SQL: Final = load("migrate.sql")
_PARENT: Final = re.compile(r"^-- Parent: (?:none|(\S+) sha256:([0-9a-f]{64}))", re.MULTILINE)
_OLDEST_SERVER: Final = 15
_POLL_S: Final = 0.2
_PATIENCE_S: Final = 600.0


class Migration(NamedTuple):
    """A file under `migrations`, and the SHA-256 of its bytes."""

    name: str
    sha256: bytes
    text: str


class Source(NamedTuple):
    """All that a database is made of: what prepares it, the migrations in order, the views and grants."""

    bootstrap: str
    migrations: tuple[Migration, ...]
    views: tuple[tuple[str, str], ...]  # name and text
    roles: str

    @property
    def views_digest(self) -> bytes:
        """Changes whenever a view or a grant does."""
        return sha256("\0".join([*(text for _, text in self.views), self.roles]).encode()).digest()


def read_source(folder: Traversable | None = None) -> Source:
    """What stands in *folder*, the program's own `schema/sql` by default.

    Raises:
        ConfigError: a migration does not name the one before it by its hash: one of the two was edited.
    """
    folder = folder or files("schema").joinpath("sql")
    migrations: list[Migration] = []
    for entry in _sql_files(folder.joinpath("migrations")):
        data = entry.read_bytes()
        migration = Migration(entry.name, sha256(data).digest(), data.decode())
        named = _PARENT.search(migration.text)
        parent = migrations[-1] if migrations else None
        expected = (parent.name, parent.sha256.hex()) if parent else (None, None)
        if named is None or named.groups() != expected:
            line = f"-- Parent: {parent.name} sha256:{parent.sha256.hex()}" if parent else "-- Parent: none"
            raise ConfigError(
                f"migration {entry.name} does not follow from the one before it",
                remedy=f"An old file was edited: restore it and write a new one. In a new file the line is `{line}`.",
            )
        migrations.append(migration)
    views = tuple(
        (entry.name.removesuffix(".sql"), entry.read_text()) for entry in _sql_files(folder.joinpath("analyst"))
    )
    bootstrap, roles = (folder.joinpath(name).read_text() for name in ("bootstrap.sql", "roles.sql"))
    return Source(bootstrap, tuple(migrations), views, roles)


async def migrate(dsn: str, progress: Callable[[str], None], source: Source | None = None) -> list[str]:
    """The names of what was applied, in order; empty if the database was up to date.

    Each migration is a transaction of its own, so that one that fails leaves those before it in place. *progress* is
    told each step.

    Raises:
        ConfigError: an old file was edited, the database is newer than the program, or Postgres is older than 15; nothing
            was changed. UnavailableError: no connection, or another migration did not end within ten minutes.
    """
    source = source or read_source()
    with translated():
        connection = await asyncpg.connect(dsn, server_settings=SETTINGS)
        try:
            if connection.get_server_version().major < _OLDEST_SERVER:
                raise ConfigError(
                    f"Postgres {_OLDEST_SERVER} or later is needed", remedy="Name another --database-url."
                )
            await _lock(connection, progress)
            try:
                return await _bring_forward(connection, source, progress)
            finally:
                await connection.execute(_SQL["unlock"])
        finally:
            await connection.close()


async def check(connection: Connection, source: Source | None = None) -> None:
    """Return if the database is exactly what this program works on.

    Raises:
        ConfigError: it is not, with what to do.
    """
    source = source or read_source()
    pending = await _pending(connection, source)
    if pending or await connection.fetchval(_SQL["newest_views"]) != source.views_digest:
        raise ConfigError("the database is older than this program", remedy="Run `ottempera collector migrate`.")


async def set_reader_password(dsn: str, password: str) -> None:
    """Let `analyst_reader` log in with *password*; *dsn* is of the role that ran the migrations."""
    with translated():
        connection = await asyncpg.connect(dsn, server_settings=SETTINGS)
        try:
            statement: str = await connection.fetchval(_SQL["set_reader_password"], password)
            await connection.execute(statement)
        finally:
            await connection.close()


def _sql_files(folder: Traversable) -> list[Traversable]:
    return sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name)


async def _lock(connection: Connection, progress: Callable[[str], None]) -> None:
    waited_s = 0.0
    while not await connection.fetchval(_SQL["try_lock"]):
        if waited_s == 0.0:
            progress("another migration is running; waiting for it")
        if waited_s >= _PATIENCE_S:
            raise UnavailableError("another migration has been running for ten minutes", remedy="Look for its process.")
        await asyncio.sleep(_POLL_S)
        waited_s += _POLL_S


async def _pending(connection: Connection, source: Source) -> tuple[Migration, ...]:
    """What is still to be applied."""
    if not await connection.fetchval(_SQL["has_ledger"]):
        return source.migrations
    applied: dict[str, bytes] = dict(await connection.fetch(_SQL["applied"]))
    known = {migration.name: migration.sha256 for migration in source.migrations}
    foreign = [name for name in applied if name not in known]
    if foreign:
        raise ConfigError(
            f"the database is newer than this program: it has had migration {foreign[-1]}",
            remedy="Use the newer program, or a backup from before.",
        )
    edited = [name for name, digest in applied.items() if known[name] != digest]
    if edited:
        raise ConfigError(
            f"migration {edited[0]} is not the file this database has had",
            remedy="Restore the file; what it should change besides goes into a new migration.",
        )
    return tuple(migration for migration in source.migrations if migration.name not in applied)


async def _bring_forward(connection: Connection, source: Source, progress: Callable[[str], None]) -> list[str]:
    pending = await _pending(connection, source)
    for migration in pending:
        progress(f"migration {migration.name}")
        async with connection.transaction():
            await connection.execute(_SQL["quiet_path"])
            await connection.execute(source.bootstrap)
            await connection.execute(migration.text)
            await connection.execute(_SQL["note_migration"], migration.name, migration.sha256)
    if await connection.fetchval(_SQL["newest_views"]) != source.views_digest:
        progress("views and grants")
        async with connection.transaction():
            await connection.execute(_SQL["quiet_path"])
            await _make_views(connection, source)
            await _grant(connection, source)
            await connection.execute(_SQL["note_views"], source.views_digest)
    return [migration.name for migration in pending]


async def _make_views(connection: Connection, source: Source) -> None:
    """Replace each view; where shapes changed or a view went, drop ours and make them anew."""
    stale = await connection.fetch(_SQL["stale_views"], [name for name, _ in source.views])
    if not stale and await _replace_views(connection, source):
        return
    try:
        await connection.execute(_SQL["drop_views"])
    except asyncpg.DependentObjectsStillExistError as error:
        raise ConfigError(
            f"views of somebody else stand on ours: {error.detail}", remedy="Drop those first."
        ) from error
    await _replace_views(connection, source)


async def _replace_views(connection: Connection, source: Source) -> bool:
    """Whether it could be done: a view may gain columns at its end, but lose or change none."""
    try:
        async with connection.transaction():
            for _, text in source.views:
                await connection.execute(text)
    except asyncpg.InvalidTableDefinitionError:
        return False
    return True


async def _grant(connection: Connection, source: Source) -> None:
    try:
        await connection.execute(source.roles)
    except asyncpg.InsufficientPrivilegeError as error:
        raise ConfigError(
            f"the role of this connection may not set up analyst_reader: {error}",
            remedy="As a superuser run `CREATE ROLE analyst_reader LOGIN`, then migrate again.",
        ) from error
