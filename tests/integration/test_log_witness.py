"""Witnesses that are no probes, over real HTTP (C2SP tlog-witness): shown each checkpoint, waited for, believed when ahead."""

from __future__ import annotations

from base64 import b64decode
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web

from collector.evidence.witnesses import HttpWitness, WitnessSettings
from collector.receive.problems import PROBLEM_JSON
from schema.log import is_consistent
from schema.note import NoteSigner, cosigned_at, read_note, read_signatures, verify_own
from tests.helpers.batches import START
from tests.helpers.collector import COLLECTOR, Running, collector, sealer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from collector.evidence.seal import Sealer
    from collector.store import Store
    from schema.note import Checkpoint

NAME = "witness.example/one"


class Outside:
    """A witness as the protocol has it: one newest checkpoint an origin, moved on by a consistency proof only."""

    def __init__(self) -> None:
        self.key = NoteSigner(b"w" * 32)
        self.seen: dict[str, Checkpoint] = {}
        self.asked: list[int] = []
        self.answer: web.Response | None = None

    async def add_checkpoint(self, request: web.Request) -> web.Response:
        """The one endpoint."""
        if self.answer is not None:
            return self.answer
        head, _, note_bytes = (await request.read()).partition(b"\n\n")
        first, *hashes = head.split(b"\n")
        old, note = int(first.removeprefix(b"old ")), read_note(note_bytes)
        self.asked.append(old)
        verify_own(note, COLLECTOR.public_key)
        new, known = note.checkpoint, self.seen.get(note.checkpoint.origin)
        size = known.size if known else 0
        if old != size:
            return web.Response(status=409, body=b"%d\n" % size, headers={"Content-Type": "text/x.tlog.size"})
        if known and not is_consistent(size, known.root, new.size, new.root, [b64decode(one) for one in hashes]):
            return web.Response(status=422)
        self.seen[new.origin] = new
        cosigned = self.key.cosign(new, name=NAME, at=int(START.timestamp()))
        return web.Response(body=cosigned.line, content_type="text/plain")


class World:
    """A collector, a witness outside, and processes that sign."""

    def __init__(self, running: Running, outside: Outside, witness: HttpWitness, folder: Path) -> None:
        self.running, self.outside, self.witness, self.folder = running, outside, witness, folder

    def process(self) -> Sealer:
        """One that shows its checkpoints to the witness."""
        return sealer(self.running.store, self.folder, lambda: START, [self.witness])

    async def grow(self) -> None:
        """Something that enters the log."""
        newest = await self.running.store.newest_plan()
        await self.running.published((newest.number if newest else 0) + 1)


@pytest.fixture
async def world(store: Store, tmp_path: Path) -> AsyncIterator[World]:
    """All of it on loopback."""
    outside = Outside()
    async with (
        collector(store, folder=tmp_path) as running,
        _answering(outside) as url,
        aiohttp.ClientSession() as session,
    ):
        settings = WitnessSettings(NAME, url, outside.key.public_key.hex())
        yield World(running, outside, HttpWitness(settings, session), tmp_path)


@asynccontextmanager
async def _answering(outside: Outside) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/prefix/add-checkpoint", outside.add_checkpoint)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/prefix/"
    finally:
        await runner.cleanup()


async def test_each_checkpoint_is_cosigned(world: World) -> None:
    """From the size that it saw last, by a proof that it checks itself."""
    process = world.process()
    for _ in range(3):
        await world.grow()
        sealed = await process.seal()
        assert sealed
        [(name, line)] = await world.running.store.cosignature_lines(sealed.log, sealed.checkpoint.size)
        assert (name, cosigned_at(sealed.checkpoint, read_signatures(line)[0], world.outside.key.public_key)) == (
            NAME, int(START.timestamp()),
        )  # fmt: skip
    assert world.outside.asked == sorted(world.outside.asked)
    assert world.outside.asked[0] == 0


async def test_a_process_that_starts_asks_it_first(world: World) -> None:
    """It may sign when the witness holds nothing newer, and not while the witness is away."""
    await world.grow()
    assert await world.process().seal()
    world.outside.answer = web.Response(status=500)
    process = world.process()
    assert await process.seal() is None
    assert "0 of 1 witnesses" in (process.barred or "")
    world.outside.answer = None
    assert await process.seal()


async def test_one_that_knows_more_ends_signing(world: World) -> None:
    """A database of an older day, whose file is lost: the witness says the size that it saw."""
    await world.grow()
    sealed = await world.process().seal()
    assert sealed
    (world.folder / "collector.key.signed").unlink()
    later = sealed.checkpoint._replace(size=sealed.checkpoint.size + 9)
    world.outside.seen[later.origin] = later
    await world.grow()
    process = world.process()
    assert await process.seal() is None
    assert "does not" in (process.barred or "")
    assert world.outside.seen[later.origin] == later


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 200, "body": b"no signature\n"},
        {"status": 200, "body": b"x" * 100_000},
        {"status": 409, "body": b"-1\n", "headers": {"Content-Type": "text/x.tlog.size"}},
        {"status": 302, "headers": {"Location": "/elsewhere"}},
        {"status": 403, "content_type": PROBLEM_JSON},
    ],
    ids=["no note", "endless", "no size", "elsewhere", "refused"],
)
async def test_what_it_says_wrongly_stops_nobody(world: World, answer: dict[str, object]) -> None:
    """The checkpoint is signed, the trouble is counted, and the next try goes well."""
    process = world.process()
    await world.grow()
    world.outside.answer = web.Response(**answer)  # type: ignore[arg-type]  # as the protocol does not have it
    sealed = await process.seal()
    assert sealed
    assert await world.running.store.cosignature_lines(sealed.log, sealed.checkpoint.size) == []
    world.outside.answer = None
    assert await process.seal() == sealed
    assert len(await world.running.store.cosignature_lines(sealed.log, sealed.checkpoint.size)) == 1
