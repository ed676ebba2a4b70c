"""A probe as a witness: what it confirms it has checked and will remember, and it lets go of nothing it did not find."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from probe.custody import Waits
from probe.post import CollectorClient
from probe.seeing import read_witnessed
from schema.codec import encode
from schema.errors import FormatError
from schema.note import NoteSigner, read_note, with_signatures
from schema.record import BeginLine, read_line
from tests.helpers.agents import PATIENCE_S, World, delivered, living, playing
from tests.helpers.standin import NOW, PROBE, WITHIN_S, problem
from tests.helpers.standlog import StandLog

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from probe.agent import Agent
    from probe.post import Reply
    from schema.note import Checkpoint
    from tests.helpers.standin import StandIn

CONFIRM = "/v1/log/cosignatures"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Everything at work but the probe."""
    async with playing(tmp_path) as one:
        yield one


def log_of(standin: StandIn) -> StandLog:
    """The log that the stand-in keeps at present."""
    assert standin.log is not None
    return standin.log


def confirmed(world: World) -> list[int]:
    """The sizes that were confirmed, each once, in order."""
    return list(dict.fromkeys(checkpoint.size for checkpoint, _ in log_of(world.standin).confirmed))


async def looked(agent: Agent) -> bool:
    """Look once."""
    async with asyncio.timeout(PATIENCE_S):
        return await agent.look_at_log()


async def test_a_checkpoint_is_on_disk_and_in_the_log_before_it_is_confirmed(world: World) -> None:
    """Whatever the moment of a crash, no confirmation is out that the probe would not remember."""
    agent = world.agent()
    seen: list[Checkpoint] = []

    class Watching(CollectorClient):
        """Looks at the disk whenever a confirmation leaves."""

        def request(
            self, method: str, path: str, *, body: bytes | None = None, headers: dict[str, str] | None = None
        ) -> Reply:
            if path == CONFIRM:
                assert body is not None
                posted = read_note(body).checkpoint
                assert read_witnessed((world.folder / "log.json").read_bytes()).checkpoint == posted
                if posted not in seen:
                    assert agent.spool.number == len(set(seen)) + 1, "its line in the probe's own log is on disk"
                seen.append(posted)
            return super().request(method, path, body=body, headers=headers)

    watching = agent.witness._client = Watching(world.standin.url)
    log = log_of(world.standin)
    for number in range(3):
        log.add(b'{"kind":"other","n":%d}' % number)
        assert await looked(agent)
    assert [checkpoint.size for checkpoint in seen] == [2, 2, 3, 3, 4], "the newest it holds comes first"
    assert {at for _, at in log.confirmed} == {int(NOW.timestamp())}
    watching.close()
    await agent._end()


async def test_seen_lines_stand_before_the_closes_they_precede(world: World) -> None:
    """Each checkpoint once in a chain; the stand-in checks every head and signature."""
    world.standin.publish(2)
    agent = world.agent()
    async with living(agent):
        await agent.witnessed()
        await world.standin.until(world.standin.closed(2))
        await delivered(agent)
        await looked(agent)
        await delivered(agent)
    world.standin.check()
    assert world.standin.seen == sorted(set(world.standin.seen))
    assert world.standin.seen[0] == 1
    assert confirmed(world) == world.standin.seen


async def test_the_same_checkpoint_is_a_line_in_each_chain(world: World) -> None:
    """A round of a new process has a time before which it cannot have been, though the log did not grow."""
    log_of(world.standin).entering = False
    for _ in range(2):
        agent = world.agent()
        assert await looked(agent)
        await agent.shipper.drain()
        await agent._end()
    world.standin.check()
    assert world.standin.seen == [1, 1]


def _forged(world: World) -> bytes:
    """The newest checkpoint with another's signature."""
    checkpoint = log_of(world.standin).checkpoint()
    return with_signatures(checkpoint, (NoteSigner(b"x" * 32).sign(checkpoint),))


def _grown(log: StandLog, count: int) -> StandLog:
    for number in range(count):
        log.add(b'{"kind":"other","n":%d}' % number)
    return log


def _fork_that_grew(world: World) -> bytes:
    """A larger log, which answers for itself what ties its heads together."""
    log = _grown(StandLog(NOW, note="another"), 30)
    hashes = log.tree.consistency(len(log_of(world.standin).tree))
    world.standin.log_refusal = _instead("/v1/log/consistency", lambda: web.Response(body=encode({"hashes": hashes})))
    return log.note()


@pytest.mark.parametrize(
    ("change", "kept", "says"),
    [
        (lambda w: log_of(w.standin).note(2), 0, "with 2 lines after"),
        (lambda w: _grown(StandLog(NOW, note="another"), 3).note(), 1, "two logs"),
        (_fork_that_grew, 1, "nothing shows"),
        (
            lambda w: _grown(StandLog(NOW, number=2), 30).note().replace(b"/2\n", b"/3\n", 1),
            0,
            "does not fit|signature",
        ),
        (_forged, 0, "does not carry the log's signature"),
        (lambda _: b"<html>please log in</html>", 0, "checkpoint"),
        (lambda _: b"", 0, "checkpoint"),
    ],
    ids=["older", "fork", "fork that grew", "altered", "another key", "a page", "nothing"],
)
async def test_what_does_not_go_on_is_not_confirmed(
    world: World, change: Callable[[World], bytes], kept: int, says: str
) -> None:
    """It is told, kept if the collector signed it, and measuring goes on; the true log is confirmed afterwards."""
    log = _grown(log_of(world.standin), 3)
    agent = world.agent()
    async with living(agent):
        await agent.witnessed()
        before = confirmed(world)
        log.entering = False
        world.standin.shown = change(world)
        for _ in range(2):
            assert not await looked(agent)
        world.standin.publish(1)
        agent.reconnect()
        await world.standin.until(world.standin.closed(1))
        assert confirmed(world) == before
        files = list(world.folder.glob("equivocation-*.note"))
        assert len(files) == kept
        for file in files:
            assert world.standin.shown in file.read_bytes()
        assert sum(any(word in text for word in says.split("|")) for text in world.told) == 1, world.told
        world.standin.shown, world.standin.log_refusal = None, lambda _: None
        log.enter()
        log.entering = True
        assert await looked(agent)
        await delivered(agent)
    world.standin.check()
    assert confirmed(world)[-1] > before[-1]


async def test_consistency_that_is_none_is_no_consistency(world: World) -> None:
    """Hashes of another tree, of no length, or none."""
    agent = world.agent()
    assert await looked(agent)
    log = _grown(log_of(world.standin), 5)
    for hashes in ([b"x" * 32] * 3, [], [b"x"], [b"x" * 32] * 100, "text"):
        answer = encode({"hashes": hashes})
        world.standin.log_refusal = _instead("/v1/log/consistency", lambda: web.Response(body=answer))  # noqa: B023 - used in this turn
        assert not await looked(agent)
    world.standin.log_refusal = lambda _: None
    assert await looked(agent)
    assert confirmed(world) == [1, len(log.tree)]
    await agent._end()


def _instead(path: str, answer: Callable[[], web.Response]) -> Callable[[web.Request], web.Response | None]:
    return lambda request: answer() if request.path == path else None


async def test_a_log_begun_anew_is_followed_and_told_and_there_is_no_way_back(world: World) -> None:
    """After a restored backup the collector goes on with another log; the one before is never confirmed again."""
    agent = world.agent()
    _grown(log_of(world.standin), 5)
    assert await looked(agent)
    first = log_of(world.standin)
    world.standin.log = StandLog(NOW, number=2)
    assert await looked(agent)
    assert any("began a new log" in text for text in world.told)
    assert confirmed(world) == [6, 1], "the collector is told first what it showed before"
    world.standin.log, count = first, len(first.confirmed)
    _grown(first, 9)
    assert not await looked(agent)
    assert {checkpoint.origin for checkpoint, _ in first.confirmed[count:]} == {f"{first.origin[:-1]}2"}
    await agent._end()


async def test_what_was_found_in_a_log_that_is_over_is_looked_for_in_the_next(world: World) -> None:
    """A collector that was restored begins another: what it lost of the first is let go of when it stands in the second."""
    agent = world.agent()
    log = log_of(world.standin)
    for number in range(3):
        log.add(b'{"kind":"other","n":%d}' % number)
        if number == 2:
            agent.spool.round_open("ab" * 32)  # of which the third batch holds a line
            agent.spool.append(b'{"v":1,"cert":"","der":""}', plan="ab" * 32)
        assert await looked(agent)
        await agent.shipper.drain()
    assert await looked(agent)
    batch, what = next(agent.spool.held.waits())
    assert what == Waits.ROUND
    world.standin.log = again = StandLog(NOW, number=2)
    assert await looked(agent)
    agent.spool.round_closed("ab" * 32)
    assert next(agent.spool.held.waits()) == (batch, Waits.INCLUSION)
    for line in log.lines[1:]:
        again.add(line)
    assert await looked(agent)
    assert not batch.path.exists()
    await agent._end()


async def test_a_fork_is_told_though_the_disk_takes_nothing(world: World) -> None:
    """It is kept as soon as it can be."""
    agent = world.agent()
    log = log_of(world.standin)
    log.entering = False
    _grown(log, 2)
    assert await looked(agent)
    world.standin.shown = _grown(StandLog(NOW, note="another"), 2).note()
    pair = log.note() + b"\n" + world.standin.shown
    in_the_way = world.folder / f"equivocation-{sha256(pair).hexdigest()[:16]}.note.part"
    in_the_way.mkdir()
    for kept in (False, True):
        assert not await looked(agent)
        assert [file.read_bytes() for file in world.folder.glob("equivocation-*.note")] == [pair] * kept
        if not kept:
            in_the_way.rmdir()
    [text] = world.told
    assert "two logs" in text
    assert "equivocation-*.note" in text
    await agent._end()


async def test_a_memory_of_another_collector_is_told_and_nothing_is_confirmed(world: World) -> None:
    """Whoever changed the setting reads which file is in the way, and why."""
    agent = world.agent()
    assert await looked(agent)
    await agent._end()
    asked = len(world.standin.asked)
    other = world.agent(collector_key=PROBE.public_key.hex())
    assert not await looked(other)
    assert len(world.standin.asked) == asked
    [text] = world.told
    assert "log.json" in text
    assert "`collector_key`" in text
    await other._end()
    (world.folder / "log.json").unlink()


async def test_nothing_is_freed_before_it_is_found_in_a_confirmed_checkpoint(world: World) -> None:
    """Receipts alone free nothing; neither does a place that is none."""
    log = log_of(world.standin)
    log.entering = False
    world.standin.publish(2)
    agent = world.agent()
    async with living(agent):
        await world.standin.until(world.standin.closed(2))
        await delivered(agent)
        held = list(agent.spool.held.waits())
        assert len(held) == len(world.standin.batches) > 1
        assert {what for _, what in held} == {Waits.INCLUSION, Waits.NEXT}
        log.enter()
        lie = encode({"index": 1, "hashes": []})
        world.standin.log_refusal = _instead("/v1/log/inclusion", lambda: web.Response(body=lie))
        assert not await looked(agent)
        assert len(list(world.folder.glob("spool/*/*.batch"))) >= len(held)
        world.standin.log_refusal = _instead(CONFIRM, lambda: problem(403, "no"))
        assert not await looked(agent)
        assert len(list(world.folder.glob("spool/*/*.batch"))) >= len(held), "what nobody has from us is not confirmed"
        world.standin.log_refusal = lambda _: None
        assert await looked(agent)
        await delivered(agent)
        assert len(list(world.folder.glob("spool/*/*.batch"))) == 1
    world.standin.check()


async def test_a_broken_promise_is_told_with_where_it_can_be_shown(world: World) -> None:
    """Once, when its time is over, and not before; another one afterwards is told again."""
    log = log_of(world.standin)
    log.entering = False
    agent = world.agent()
    assert await looked(agent)
    await agent.shipper.drain()
    for seconds, count in ((WITHIN_S, 0), (WITHIN_S + 1, 1), (2 * WITHIN_S, 1)):
        world.clock.time = NOW + timedelta(seconds=seconds)
        assert await looked(agent)
        assert len(world.told) == count
    receipt = next(world.folder.glob("spool/*/0000000001.receipt"))
    assert str(receipt) in world.told[0]
    log.enter()
    for count in (1, 2):
        assert await looked(agent)
        await agent.shipper.drain()
        assert len(world.told) == count
    await agent._end()


async def test_the_newest_head_in_the_log_is_found_among_many(world: World) -> None:
    """With few questions, wherever the log ends."""
    log = log_of(world.standin)
    log.entering = False
    agent = world.agent()
    for _ in range(40):  # each look of a grown log is a line, a head and a batch
        log.add(b'{"kind":"other","n":%d}' % len(log.lines))
        assert await looked(agent)
        await agent.shipper.drain()
    for some in (1, 12, 26):
        waiting, log._waiting = log._waiting[some:], log._waiting[:some]
        log.enter()
        log._waiting = waiting
        world.standin.asked.clear()
        assert await looked(agent)
        await agent.shipper.drain()
        assert world.standin.asked.count("/v1/log/inclusion") <= 7
    left = len(list(agent.spool.held.waits()))
    assert left == 43 - 39
    await agent._end()


@pytest.mark.parametrize("status", [404, 503])
async def test_without_a_log_measuring_goes_on_and_batches_stay(world: World, status: int) -> None:
    """An older collector, or one that may not sign now: said once."""
    world.standin.log_refusal = lambda _: problem(status, "no log", detail="for a reason")
    world.standin.publish(2)
    agent = world.agent()
    async with living(agent):
        await world.standin.until(world.standin.closed(2))
        await agent.shipper.empty()
        for _ in range(3):
            assert await looked(agent) == (status == 404)
        assert len(list(agent.spool.held.waits())) == len(world.standin.batches)
    world.standin.check()
    assert len([text for text in world.told if "log" in text]) == 1
    assert not (world.folder / "log.json").exists()


async def test_a_damaged_memory_stops_the_probe_and_says_which_file(world: World) -> None:
    """To go on would be to confirm whatever is shown."""
    world.folder.mkdir(parents=True)
    (world.folder / "log.json").write_bytes(b"{}")
    with pytest.raises(FormatError, match=r"log\.json is damaged"):
        world.agent()


async def test_a_copied_probe_never_signs_two_contents_under_one_number(world: World) -> None:
    """The folder is copied, and both go on: each in a chain of its own, and both name the batch after which they began."""
    world.standin.publish(1)
    agent = world.agent()
    async with living(agent):
        await world.standin.until(world.standin.closed(1))
        await delivered(agent)
    ends = agent.spool.held.newest
    assert ends is not None
    copy = world.folder.with_name("copy")
    shutil.copytree(world.folder, copy)
    world.standin.publish(3)
    one = world.agent()
    world.folder = copy
    other = world.agent()
    async with living(one), living(other):
        await world.standin.until(lambda: Counter(close.plan for close in world.standin.closes).total() == 1 + 2 * 3)
        for both in (one, other):
            await delivered(both)
    assert not any("fork" in text for text in world.told)
    assert len(world.standin.chains) == 3
    begins = [line.begin for line in map(read_line, world.standin.lines) if isinstance(line, BeginLine)]
    assert begins[1].after == begins[2].after
    assert begins[1].after is not None
    assert (begins[1].after.chain, begins[1].after.batch) == (ends.chain, ends.digest)
    numbers = {
        chain: sorted(number for held, number in world.standin.batches if held == chain)
        for chain in world.standin.chains
    }
    for chain, found in numbers.items():
        assert found == list(range(1, len(found) + 1))
        world.standin._check_log(chain, found)
