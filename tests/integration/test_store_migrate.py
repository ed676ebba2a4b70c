"""Migrations go forward only, once, and refuse what does not fit; the reader can read the views and nothing else."""

from __future__ import annotations

import asyncio
import shutil
from importlib.resources import files
from pathlib import Path

import asyncpg
import pytest

from collector.store import Store, migrate, set_reader_password
from collector.store.migrate import Source, read_source
from schema.errors import ConfigError, UnavailableError
from tests.integration.conftest import TestServer


def silent(_message: str) -> None:
    """Tell nobody."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of `schema/sql` to edit."""
    return Path(shutil.copytree(str(files("schema").joinpath("sql")), tmp_path / "sql"))


async def run(dsn: str, statement: str) -> list[asyncpg.Record]:
    """Rows of *statement* over a connection of its own."""
    connection = await asyncpg.connect(dsn)
    try:
        found: list[asyncpg.Record] = await connection.fetch(statement)
    finally:
        await connection.close()
    return found


async def test_twice_is_once(postgres_dsn: str) -> None:
    told: list[str] = []
    names = [migration.name for migration in read_source().migrations]
    assert await migrate(postgres_dsn, told.append) == names
    assert told == [*(f"migration {name}" for name in names), "views and grants"]
    assert await migrate(postgres_dsn, told.append) == []
    assert len(told) == len(names) + 1


async def test_several_at_once_are_once(postgres_dsn: str) -> None:
    done = await asyncio.gather(*(migrate(postgres_dsn, silent) for _ in range(3)))
    assert sorted(map(len, done)) == [0, 0, len(read_source().migrations)]


async def test_nothing_works_on_an_older_database(postgres_dsn: str) -> None:
    with pytest.raises(ConfigError, match="older than this program"):
        await Store.connect(postgres_dsn)
    source = read_source()
    await migrate(postgres_dsn, silent, source._replace(migrations=source.migrations, roles=source.roles + "\n"))
    with pytest.raises(ConfigError, match="older than this program"):
        await Store.connect(postgres_dsn)
    assert await migrate(postgres_dsn, silent) == []
    await (await Store.connect(postgres_dsn)).close()


def test_an_edited_file_breaks_the_chain(folder: Path) -> None:
    path = folder / "migrations" / "0002_plans.sql"
    path.write_text(path.read_text() + "-- a word\n")
    with pytest.raises(ConfigError, match=r"0003_batches\.sql does not follow"):
        read_source(folder)


async def test_an_edited_newest_file_is_refused(postgres_dsn: str, folder: Path) -> None:
    await migrate(postgres_dsn, silent)
    newest = max((folder / "migrations").iterdir())
    newest.write_text(newest.read_text() + "-- a word\n")
    with pytest.raises(ConfigError, match=f"{newest.name} is not the file this database has had"):
        await migrate(postgres_dsn, silent, read_source(folder))


async def test_a_newer_database_is_refused_and_left_alone(postgres_dsn: str) -> None:
    await migrate(postgres_dsn, silent)
    source = read_source()
    older = source._replace(migrations=source.migrations[:-1], roles="SELECT 1 / 0;")
    with pytest.raises(
        ConfigError, match=f"newer than this program: it has had migration {source.migrations[-1].name}"
    ):
        await migrate(postgres_dsn, silent, older)


async def test_a_migration_that_fails_leaves_those_before_it(postgres_dsn: str) -> None:
    source = read_source()
    broken = source.migrations[2]._replace(text=source.migrations[2].text + "SELECT 1 / 0;")
    with pytest.raises(Exception, match="division by zero"):
        await migrate(postgres_dsn, silent, source._replace(migrations=(*source.migrations[:2], broken)))
    assert await migrate(postgres_dsn, silent) == [migration.name for migration in source.migrations[2:]]


async def test_views_may_change_their_shape(migrated_dsn: str) -> None:
    source = read_source()
    changed = ("orders", "CREATE OR REPLACE VIEW analyst.orders AS SELECT order_id AS other FROM ledger.legal_order;")
    rest = tuple(view for view in source.views if view[0] not in {"orders", "findings"})
    await migrate(migrated_dsn, silent, source._replace(views=(*rest, changed)))
    columns = await run(
        migrated_dsn, "SELECT attname FROM pg_attribute WHERE attrelid = 'analyst.orders'::regclass AND attnum > 0"
    )
    assert [row["attname"] for row in columns] == ["other"]
    assert not (await run(migrated_dsn, "SELECT to_regclass('analyst.findings') AS there"))[0]["there"]


async def test_views_of_others_are_not_dropped(migrated_dsn: str) -> None:
    await run(migrated_dsn, "CREATE VIEW derived.mine AS SELECT order_id FROM analyst.orders")
    source = read_source()
    fewer = tuple(view for view in source.views if view[0] != "orders")
    with pytest.raises(ConfigError, match="views of somebody else"):
        await migrate(migrated_dsn, silent, source._replace(views=fewer))


async def test_the_reader_reads_views_and_nothing_else(migrated_dsn: str, postgres_server: TestServer) -> None:
    await set_reader_password(migrated_dsn, "it's \\ a % secret")
    reader = await asyncpg.connect(migrated_dsn, user="analyst_reader", password="it's \\ a % secret")
    try:
        for view, _ in read_source().views:
            await reader.fetch(f"SELECT * FROM analyst.{view}")  # noqa: S608  names of our own
        for refused in (
            "SELECT * FROM ledger.batch",
            "SELECT * FROM derived.run",
            "SELECT ledger.make_partition('2026-01-01')",
            "INSERT INTO analyst.vantages (probe) VALUES ('x')",
            "CREATE TABLE analyst.mine (a int)",
            "CREATE TABLE public.mine (a int)",
        ):
            with pytest.raises(asyncpg.PostgresError):
                await reader.execute(refused)
    finally:
        await reader.close()


async def test_who_does_not_answer_is_unavailable() -> None:
    with pytest.raises(UnavailableError):
        await migrate("postgresql://nobody@127.0.0.1:1/none", silent)


async def test_a_wrong_password_is_a_setting(postgres_server: TestServer) -> None:
    dsn = postgres_server.dsn("ottempera", "postgres")
    user, address = dsn.split(":", 2)[1], dsn.rsplit("@", 1)[1]
    with pytest.raises(ConfigError, match="refuses the connection"):
        await migrate(f"postgresql:{user}:wrong@{address}", silent)


def test_source_is_what_the_package_brings() -> None:
    source = read_source()
    assert isinstance(source, Source)
    assert {"current_status", "interceptions", "verdicts"} <= {name for name, _ in source.views}
