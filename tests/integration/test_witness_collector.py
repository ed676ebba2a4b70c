"""A probe and the real collector: enrolled by a token, its log in the collector's, its key changed, nothing lost on the way."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from probe.clock import SystemClock
from probe.config import load_config
from probe.enrol import enroll, rotate
from probe.live import agent
from probe.spooled import spooled
from schema.entry import Enrolment, KeyChanged, ProbeCheckpoint, read_entry
from schema.registry import Vantage
from tests.helpers.collector import COLLECTOR, Running, collector

if TYPE_CHECKING:
    from pathlib import Path

    from collector.store import Store
    from schema.entry import Entry

NEW = Vantage("bo-01", 64500, "Net", "IT", "Dario")


async def entries(running: Running) -> list[Entry]:
    """The log as a stranger reads it."""
    reply = await running.request("GET", "/v1/log/entries")
    return [read_entry(line) for line in reply.body.splitlines() if line]


async def looks(path: Path, running: Running, count: int) -> str:
    """A process of the probe that looks *count* times, each time after a seal; its chain."""
    with agent(path) as one:
        for _ in range(count):
            assert await running.services.sealer.seal() is not None
            assert await one.look_at_log()
            await one.shipper.drain()
        await one._end()
        return one.spool.chain


async def test_from_a_token_to_a_changed_key(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "probe.toml"
    async with collector(store, folder=tmp_path) as running:
        now = running.clock[0]
        await store.invite(NEW, b"a token", now, now + timedelta(days=1))
        lines = {
            "probe": NEW.id, "collector": running.url, "collector_key": COLLECTOR.public_key.hex(),
            "state": str(tmp_path / "state"),
        }  # fmt: skip
        path.write_text("".join(f'{key} = "{value}"\n' for key, value in lines.items()))
        config = load_config(path)
        old = await asyncio.to_thread(enroll, config, "a token")
        again = await asyncio.to_thread(enroll, config, "a token")  # as after a crash before it was noted
        assert again.key_id == old.key_id
        first = await looks(path, running, 3)
        before, new = await asyncio.to_thread(rotate, config, SystemClock())
        assert before.key_id == old.key_id
        second = await looks(path, running, 2)
        await running.services.sealer.seal()
        found = await entries(running)
        assert [one.key for one in found if isinstance(one, Enrolment) and one.probe == NEW.id] == [
            old.public_key.hex()
        ]
        changes = [(one.by, one.key) for one in found if isinstance(one, KeyChanged)]
        assert changes == [(old.public_key.hex(), new.public_key.hex())]
        heads = [(one.chain, one.key) for one in found if isinstance(one, ProbeCheckpoint)]
        assert {key for chain, key in heads if chain == first} == {old.key_id}
        assert {key for chain, key in heads if chain == second} == {new.key_id}
        assert len({chain for chain, _ in heads}) == 3
        rows = spooled(tmp_path / "state")
        assert {row.chain for row in rows} == {second}, "what the old key signed is in the log, and freed"
        assert all(row.receipted for row in rows)
