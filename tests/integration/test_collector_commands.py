"""The pages over HTTP, and the commands of `ottempera collector` as people type them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest
from typer.testing import CliRunner

from collector.cli import app
from collector.config import Config, listen_address, read_config
from collector.key import load_or_create_key, read_public_key
from collector.serving import serve
from collector.store import Store
from schema.dsse import Signer
from schema.errors import ConfigError
from schema.plan import read_plan
from tests.helpers.batches import VANTAGES, Writer, seed_of
from tests.helpers.collector import QUESTIONS, collector, stream

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

RUNNER = CliRunner()


def run(*arguments: str) -> Result:
    """One command, in this process."""
    return RUNNER.invoke(app, list(arguments))


async def off_loop(*arguments: str) -> Result:
    """The same from a test that has a loop of its own."""
    return await asyncio.to_thread(run, *arguments)


async def test_the_first_page(store: Store) -> None:
    """Empty at first, then with what was judged; no script, no other origin."""
    async with collector(store) as running:
        reply = await running.request("GET", "/")
        assert b"No round has been judged yet" in reply.body
        policy = reply.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        plans = await running.published(2)
        for vantage in plans[0][1].vantages:
            for signed in stream(vantage, plans):
                await running.post(signed)
        await running.services.engine.idle()
        body = (await running.request("GET", "/")).body
        assert b"kickasstorrents.to." in body
        assert b"alpha" in body
        assert b"control-a" not in body
        assert b"<script" not in body
        style = await running.request("GET", "/style.css")
        assert (style.status, style.headers["Content-Type"]) == (200, "text/css; charset=utf-8")


async def test_set_up_enrol_revoke_resume(postgres_dsn: str) -> None:
    """A probe's life in commands."""
    at = ("--database-url", postgres_dsn)
    applied = await off_loop("migrate", *at, "--json")
    assert applied.exit_code == 0
    assert msgspec.json.decode(applied.stdout)["applied"]
    assert (await off_loop("migrate", *at)).stdout == "up to date\n"
    key = Signer(seed_of("mi-01")).public_key.hex()
    enrol = ("enroll", "mi-01", "--public-key", key, "--asn", "3269", "--country", "it", "--operator", "TIM", *at)
    assert (await off_loop(*enrol)).exit_code == 0
    assert (await off_loop(*enrol)).exit_code == 0
    other = Signer(seed_of("rm-01")).public_key.hex()
    refused = await off_loop("enroll", "mi-01", "--public-key", other, "--asn", "3269", *at)
    assert isinstance(refused.exception, ConfigError)
    assert isinstance((await off_loop("resume", "mi-01", *at)).exception, ConfigError)
    assert (await off_loop("revoke", "mi-01", "--reason", "sold", *at)).exit_code == 0
    assert isinstance((await off_loop("revoke", "na-01", *at)).exception, ConfigError)
    store = await Store.connect(postgres_dsn)
    (one,) = await store.vantages()
    assert (one.vantage.country, one.revoked) == ("IT", True)
    await store.close()


async def test_rebuild_and_fsck(store: Store, migrated_dsn: str) -> None:
    """The same to the byte; and an exit code that a script can read."""
    async with collector(store) as running:
        plans = await running.published(2)
        for signed in stream(plans[0][1].vantages[0], plans):
            await running.post(signed)
        await running.services.engine.idle()
        before = await store.dump_derived()
    at = ("--database-url", migrated_dsn, "--json")
    rebuilt = await off_loop("rebuild", *at)
    assert msgspec.json.decode(rebuilt.stdout) == {"rounds": 2}
    assert await store.dump_derived() == before
    sound = await off_loop("fsck", *at)
    assert (sound.exit_code, msgspec.json.decode(sound.stdout)["faults"]) == (0, [])
    async with store._connection() as connection:
        await connection.execute("ALTER TABLE ledger.batch DISABLE TRIGGER USER")
        await connection.execute("UPDATE ledger.batch SET leaves = set_byte(leaves, 0, get_byte(leaves, 0) # 1)")
    broken = await off_loop("fsck", *at)
    assert broken.exit_code == 6
    assert msgspec.json.decode(broken.stdout)["faults"]


async def test_serving_the_real_network(postgres_dsn: str, tmp_path: Path) -> None:
    """From an empty database to a collector that gives out plans; it asks nobody itself."""
    config = Config(postgres_dsn, str(tmp_path / "key"), ("kickasstorrents.to",), listen="127.0.0.1:0")
    stop, answered = asyncio.Event(), asyncio.Event()
    told: list[tuple[str, str]] = []

    def ready(address: str, signer: Signer) -> None:
        told.append((address, signer.key_id))
        answered.set()

    serving = asyncio.create_task(serve(config, stop=stop, ready=ready))
    await asyncio.wait({serving, asyncio.create_task(answered.wait())}, return_when=asyncio.FIRST_COMPLETED)
    assert told, serving.result()
    stop.set()
    await serving
    assert told[0][1] == load_or_create_key(tmp_path / "key").key_id
    store = await Store.connect(postgres_dsn)
    now = datetime.now(UTC)
    plans = [read_plan(envelope.payload) for envelope in await store.plans(0, 100)]
    await store.close()
    assert len(plans) >= 12
    assert all(plan.starts_at > now for plan in plans)
    with pytest.raises(ConfigError, match="names: "):
        await serve(Config(postgres_dsn, str(tmp_path / "key"), ("no name at all",)), stop=stop, ready=ready)


async def test_what_is_planned_is_said_before_it_is_published(migrated_dsn: str, store: Store, tmp_path: Path) -> None:
    """How long a round and a sweep take, and what to set where the docket does not fit; in words and as an object."""
    file = tmp_path / "collector.toml"
    names = [f"n{number}.example" for number in range(7)]
    file.write_text(f'database_url = "x"\nkey_file = "{tmp_path / "key"}"\nnames = {names}\n', encoding="utf-8")
    at = ("--config", str(file), "--database-url", migrated_dsn)
    told = msgspec.json.decode((await off_loop("plan", *at, "--json")).stdout)
    assert told["names"] == [f"{name}." for name in names]
    assert (told["fits"], told["window_s"], told["sweep"]["names"]) == (False, 300.0, 0)
    assert 1 < told["room"] < len(names)
    assert told["needed_s"] > 300
    text = (await off_loop("plan", *at)).stdout
    for said in (
        "docket: 7 names, every 600 s within 300 s",
        "does not fit",
        "Set window_s = ",
        "lists: none to go through",
    ):
        assert said in text
    assert await store.newest_plan() is None
    assert not (tmp_path / "key").exists()


SETTINGS = """
database_url = "postgresql://127.0.0.1/x"
key_file = "/var/lib/ottempera/collector/key"
names = ["example.org"]
"""


def test_settings_are_read_once(tmp_path: Path) -> None:
    """Defaults included; the command line may name the database."""
    path = tmp_path / "collector.toml"
    path.write_text(SETTINGS + "[limits]\nlines = 5\n")
    config = read_config(path, database_url="postgresql://127.0.0.1/y")
    assert (config.database_url, config.limits.lines, config.interval_s) == ("postgresql://127.0.0.1/y", 5, 600.0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "key_file = [",
        SETTINGS + "nmaes = []",
        SETTINGS + "interval_s = 1",
        SETTINGS + "window_s = 601",
        SETTINGS + 'listen = "8480"',
        SETTINGS + "repeats = 0",
    ],
)
def test_settings_with_a_mistake_are_refused(tmp_path: Path, text: str) -> None:
    """By name, before anything starts."""
    path = tmp_path / "collector.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"collector\.toml|listen"):
        read_config(path)
    with pytest.raises(ConfigError):
        read_config(tmp_path / "absent.toml")


def test_addresses_to_listen_on() -> None:
    """Brackets around IPv6 only."""
    assert listen_address("[::1]:80") == ("::1", 80)
    assert listen_address("127.0.0.1:0") == ("127.0.0.1", 0)
    for wrong in ("80", ":80", "host:port", "127.0.0.1:65536"):
        with pytest.raises(ConfigError):
            listen_address(wrong)


def test_a_key_is_made_once_and_read_by_its_owner_only(tmp_path: Path) -> None:
    """Another start has the same key; a key that others can read is refused."""
    path = tmp_path / "key"
    first = load_or_create_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_or_create_key(path).key_id == first.key_id
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="others can read"):
        load_or_create_key(path)
    for wrong in ("xyz", "ab" * 31, ""):
        path.write_text(wrong)
        path.chmod(0o600)
        with pytest.raises(ConfigError):
            load_or_create_key(path)
        with pytest.raises(ConfigError):
            read_public_key(wrong)


def test_without_a_place_for_the_data_a_command_says_so() -> None:
    """One sentence, no traceback of a driver."""
    assert isinstance(run("rebuild").exception, ConfigError)
    assert run("--help").exit_code == 0
    assert len(QUESTIONS) > 100
    assert {one.id for one in VANTAGES} >= {Writer("mi-01").probe}
