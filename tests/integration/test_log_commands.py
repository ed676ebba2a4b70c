"""`ottempera collector invite`, `seal` and `trust`, as the commands run them."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from collector.cli import app
from collector.store import Store
from schema.dsse import Signer
from schema.entry import LogBegins, read_entry
from schema.errors import EvidenceError
from schema.trust import Needs, read_trust
from tests.helpers.batches import START
from tests.helpers.collector import SEED

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def settings(tmp_path: Path, migrated_dsn: str) -> Path:
    """A settings file and a key."""
    (tmp_path / "key").write_text(SEED.hex())
    (tmp_path / "key").chmod(0o600)
    path = tmp_path / "collector.toml"
    witness = f'name = "w.example/1"\nurl = "http://127.0.0.1:9/w"\nkey = "{"ab" * 32}"\n'
    path.write_text(f'database_url = "{migrated_dsn}"\nkey_file = "{tmp_path / "key"}"\n[[witness]]\n{witness}')
    return path


def run(*arguments: object, well: bool = True) -> str:
    """What a command prints."""
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert (result.exit_code == 0) == well, (result.output, result.exception)
    return result.stdout


def test_seal_and_a_new_log_and_the_trust_file(settings: Path) -> None:
    """A seal begins the log; a new one names the old one's last checkpoint and why; both are to be trusted."""
    first = json.loads(run("seal", "--config", settings, "--json"))
    assert first["size"] == 1
    assert first["origin"].endswith("/1")
    assert json.loads(run("seal", "--config", settings, "--json")) == first
    run("seal", "--new-log", "--config", settings, well=False)  # without a reason
    second = json.loads(run("seal", "--new-log", "--reason", "the disk was lost", "--config", settings, "--json"))
    assert second == {"origin": first["origin"][:-1] + "2"}
    assert json.loads(run("seal", "--config", settings, "--json"))["origin"] == second["origin"]
    trust = read_trust(run("trust", "--config", settings).strip().encode())
    assert [one.origin for one in trust.logs] == [first["origin"], second["origin"]]
    assert {one.key for one in trust.logs} == {Signer(SEED).public_key.hex()}
    assert ([one.name for one in trust.witnesses], trust.needs, trust.lab) == (["w.example/1"], Needs(2, 1), False)
    assert len(trust.root_keys) == 2


async def test_what_a_new_log_begins_with(settings: Path, migrated_dsn: str) -> None:
    """The text of the checkpoint it goes on from."""
    first = json.loads(await asyncio.to_thread(run, "seal", "--config", settings, "--json"))
    await asyncio.to_thread(run, "seal", "--new-log", "--reason", "why", "--config", settings)
    store = await Store.connect(migrated_dsn)
    try:
        [line] = await store.log_lines(2, 0, 10)
        entry = read_entry(line)
        assert isinstance(entry, LogBegins)
        assert (entry.after or "").split("\n")[:2] == [first["origin"], "1"]
        assert entry.reason == "why"
        token = (await asyncio.to_thread(run, "invite", "na-01", "--asn", 3269, "--database-url", migrated_dsn)).strip()
        key = Signer(b"k" * 32).public_key
        with pytest.raises(EvidenceError):
            await store.enrol_invited("na-01", b"x" + token.encode(), key, START)
        assert await store.enrol_invited("na-01", token.encode(), key, START)
        assert [one.vantage.asn for one in await store.vantages()] == [3269]
        again = ["invite", "na-01", "--asn", 3269, "--database-url", migrated_dsn]
        await asyncio.to_thread(lambda: run(*again, well=False))
    finally:
        await store.close()
