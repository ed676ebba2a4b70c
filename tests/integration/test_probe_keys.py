"""A probe's key: enrolled with a token, changed for another, and in use by one process at a time."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from probe.cli import app
from probe.clock import SystemClock
from probe.config import load_config
from probe.doctor import examine
from probe.enrol import rotate
from probe.identity import load_key, next_key
from probe.live import agent, run_once
from probe.lock import locked
from probe.ship import RefusedError
from probe.spooled import Spooled, spooled, waiting
from schema.errors import ConfigError, UnavailableError
from schema.record import RotateLine, read_line
from tests.helpers.standin import COLLECTOR, VANTAGE, StandIn, problem, standing_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from probe.identity import ProbeKey


@pytest.fixture
async def standin() -> AsyncIterator[StandIn]:
    """A collector that keeps a log."""
    async with standing_in() as one:
        one.keys = {}
        yield one


def settings(folder: Path, url: str) -> Path:
    """A probe's settings; its state folder is beside them."""
    path = folder / "probe.toml"
    lines = {
        "probe": VANTAGE.id, "collector": url, "collector_key": COLLECTOR.public_key.hex(), "state": str(folder / "state"),
    }  # fmt: skip
    path.write_text("".join(f'{key} = "{value}"\n' for key, value in lines.items()))
    return path


def enrolled(standin: StandIn, folder: Path) -> tuple[Path, ProbeKey]:
    """Settings with a key that the collector knows."""
    path = settings(folder, standin.url)
    CliRunner().invoke(app, ["keygen", "--state", str(folder / "state")], catch_exceptions=False)
    key = load_key(folder / "state" / "key")
    standin.keys[key.key_id] = key
    return path, key


async def test_a_token_enrols_a_key_once(standin: StandIn, tmp_path: Path) -> None:
    """The key is made at the first try and stays; the token is good for nothing afterwards."""
    standin.tokens = {"a token"}
    path = settings(tmp_path, "http://127.0.0.1:9")

    def run() -> str:
        arguments = ["enroll", "--collector", standin.url, "--token", "a token", "--config", str(path)]
        return CliRunner().invoke(app, arguments, catch_exceptions=False).output

    said = await asyncio.to_thread(run)
    key = load_key(tmp_path / "state" / "key")
    assert standin.enrolled == [(VANTAGE.id, key.public_key.hex())]
    assert key.key_id in said
    with pytest.raises(RefusedError, match="no such token"):
        await asyncio.to_thread(run)
    assert load_key(tmp_path / "state" / "key").key_id == key.key_id


async def test_a_change_of_key_is_announced_shipped_and_made(standin: StandIn, tmp_path: Path) -> None:
    """The last line of the old key's log names the new one; the old key's batches are held until they are in the log."""
    path, old = enrolled(standin, tmp_path)
    state = tmp_path / "state"
    said = await asyncio.to_thread(
        lambda: CliRunner().invoke(app, ["rotate", "--config", str(path)], catch_exceptions=False).output
    )
    new = load_key(state / "key")
    assert old.key_id in said
    assert new.key_id in said
    assert standin.changes == [(old.key_id, new.public_key.hex())]
    [chain] = standin.chains
    lines = [read_line(line) for line in standin.lines]
    assert [one.rotate.key for one in lines if isinstance(one, RotateLine)] == [new.public_key.hex()]
    assert isinstance(lines[-2], RotateLine), "nothing but its head comes after it"
    kept = state / f"key.{old.key_id[:16]}.old"
    assert load_key(kept).key_id == old.key_id
    standin.keys[new.key_id] = new
    assert await run_once(path) is None
    assert standin.chains[0] == chain
    for one in standin.chains:
        standin._check_log(one, sorted(number for held, number in standin.batches if held == one))
    assert {row.chain for row in spooled(state)} == {standin.chains[-1]}, "the old key's batch was found in the log"


@pytest.mark.parametrize("path", ["/v1/batches", "/v1/keys"])
async def test_a_change_that_was_not_taken_is_finished_later(standin: StandIn, tmp_path: Path, path: str) -> None:
    """One key is announced, however often it is tried; until it is finished nothing else runs here."""
    file, old = enrolled(standin, tmp_path)
    config, state = load_config(file), tmp_path / "state"
    refuse = problem(403, "not now")
    standin.refusal = lambda _: refuse if path == "/v1/batches" else None
    standin.log_refusal = lambda request: refuse if request.path == path else None
    for _ in range(2):
        with pytest.raises(RefusedError, match="not now"):
            await asyncio.to_thread(rotate, config, SystemClock())
        refuse = problem(403, "not now")
    assert load_key(state / "key").key_id == old.key_id
    with pytest.raises(ConfigError, match="change of key was begun"), agent(file):
        pass
    [check] = [check for check in await asyncio.to_thread(examine, file) if check.what == "key"]
    assert not check.ok
    assert "probe rotate" in check.remedy
    standin.refusal, standin.log_refusal = lambda _: None, lambda _: None
    before, after = await asyncio.to_thread(rotate, config, SystemClock())
    assert before.key_id == old.key_id
    assert standin.changes == [(old.key_id, after.public_key.hex())]
    said = [line.rotate.key for line in map(read_line, standin.lines) if isinstance(line, RotateLine)]
    assert said == [after.public_key.hex()]
    assert not next_key(state).exists()


async def test_one_process_at_a_time(standin: StandIn, tmp_path: Path) -> None:
    """The second one says why it ends, and has touched nothing."""
    path, _ = enrolled(standin, tmp_path)
    with locked(tmp_path / "state"):
        with pytest.raises(UnavailableError, match="another probe uses"), agent(path):
            pass
        with pytest.raises(UnavailableError, match="another probe uses"):
            rotate(load_config(path), SystemClock())
        (tmp_path / "state" / "key").rename(tmp_path / "key")
        with pytest.raises(UnavailableError, match="another probe uses"), agent(path):
            pass  # what the other does to the key meanwhile is not looked at: it might be read before a change ends
    assert standin.asked == []
    (tmp_path / "key").rename(tmp_path / "state" / "key")
    with agent(path) as one:
        await one._end()


def test_what_waits_for_what_in_words() -> None:
    rows = [
        Spooled("ab", number, "", 1, number > 1, waits) for number, waits in enumerate(["receipt", "round", "round"])
    ]
    assert waiting(rows) == "1 wait for receipt, 2 wait for round"
    assert waiting([]) == ""


async def test_the_spool_says_what_each_batch_waits_for(standin: StandIn, tmp_path: Path) -> None:
    """As the process that works there would: with no receipt, with one, and in the log."""
    path, _ = enrolled(standin, tmp_path)
    state = tmp_path / "state"
    with agent(path) as one:
        assert await one.look_at_log()
        assert [row.waits for row in spooled(state)] == ["receipt"]
        await one.shipper.drain()
        assert [row.waits for row in spooled(state)] == ["next batch"]
        assert standin.log is not None
        standin.log.entering = False
        for number in range(2):
            standin.log.add(b'{"kind":"other","n":%d}' % number)
            assert await one.look_at_log()
            await one.shipper.drain()
        assert [row.waits for row in spooled(state)] == ["inclusion", "next batch"]
        assert [(row.number, row.waits) for row in spooled(state)] == [
            (batch.number, waits) for batch, waits in one.spool.held.waits()
        ]
        await one._end()
    said = CliRunner().invoke(app, ["spool", "--config", str(path)], catch_exceptions=False).output
    assert said.splitlines()[-1] == "2 batches: 1 wait for inclusion, 1 wait for next batch"
