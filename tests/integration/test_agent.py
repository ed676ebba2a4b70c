"""The agent against a small resolver and a collector's stand-in: rounds are closed once, whatever happens between."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from probe.agent import Agent
from probe.observe import record_line
from probe.ship import RefusedError
from probe.state import ProgressFile
from probe.transport import Heard
from schema.cells import applicable, expand
from schema.codec import encode
from schema.endpoint import Endpoint
from schema.errors import ConfigError, FormatError, UnavailableError
from schema.neverprobe import NeverProbe, digest
from schema.plan import PlanVantage, plan_id, seal_plan
from schema.record import Close, CloseLine, Record, read_line
from schema.words import Failure, Gap, Transport
from tests.helpers.agents import CELLS, PATIENCE_S, World, delivered, living, playing
from tests.helpers.standin import NOW, PROBE, QUESTIONS, VANTAGE, problem, questions, receipt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from aiohttp import web

    from schema.record import BatchHeader


class Death(BaseException):
    """The process is killed; nothing it does afterwards reaches the disk."""


class Killer:
    """Ends a process at its n-th change of the disk below a folder, and at every later one."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.left = 0
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.folder is None or event not in {"os.rename", "os.remove", "os.mkdir", "os.rmdir"}:
            return
        if not Path(str(arguments[0])).is_relative_to(self.folder):
            return
        self.left -= 1
        if self.left < 0:
            raise Death


@pytest.fixture(scope="module")
def killer() -> Killer:
    """One for all tests: an audit hook cannot be taken away again."""
    return Killer()


class Mortal(Agent):
    """An agent that may be abandoned: what it had in memory is gone, only its sockets are let go."""

    async def _end(self) -> None:
        for client in self._clients:
            client.close()
        with suppress(Death):
            await self.execution.end()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Everything at work but the probe."""
    async with playing(tmp_path) as one:
        yield one


async def test_rounds_are_asked_closed_and_delivered(world: World) -> None:
    """Each plan once, in order, every cell that applies; what is delivered and in the log is freed but for the newest batch."""
    world.standin.publish(3)
    agent = world.agent()
    async with living(agent):
        await world.standin.until(world.standin.closed(3))
        await agent.shipper.empty()
        await agent.witnessed()
    world.standin.check()
    assert world.gated == world.closed == [1, 2, 3]
    assert len(world.standin.records) == 3 * CELLS
    assert not any(close.gaps for close in world.standin.closes)
    assert set(world.questions.values()) == {3}
    assert len(list((world.folder / "spool").glob("*/*.batch"))) == 1
    assert not list((world.folder / "plans").glob("*.plan"))


async def test_a_plan_that_a_power_cut_brings_back_is_not_executed_again(world: World) -> None:
    """What was deleted last may be there again, and its batches gone: progress says that it is closed."""
    world.standin.publish(1)
    agent = world.agent()
    [questions_of] = world.standin.sets.items()
    async with living(agent):
        await world.standin.until(world.standin.closed(1))
        await delivered(agent)
    (world.folder / "plans" / "0000000001.plan").write_bytes(encode(world.standin.envelopes[0]))
    (world.folder / "plans" / "questions" / questions_of[0]).write_bytes(questions_of[1])
    for path in (world.folder / "spool").rglob("*.*"):
        path.unlink()
    put = world.questions.total()
    world.standin.publish(1)
    async with living(world.agent()):
        await world.standin.until(world.standin.closed(2))
    assert world.closed == [1, 2]
    assert world.questions.total() == 2 * put
    assert not list((world.folder / "plans").glob("*.plan"))


async def test_killed_at_every_change_of_its_disk(world: World, killer: Killer) -> None:
    """Wherever it dies, and dies once more while it recovers: one close a plan, no cell twice, no question twice."""
    plans = 2
    deaths = 0
    for second in (1, 2, 4):
        first = 0
        while True:
            world.folder = world.folder.with_name(f"probe-{second}-{first}")
            world.standin.forget()
            world.standin.publish(plans)
            world.questions.clear()
            world.clock.time = NOW
            died = await life(world, killer, first)
            if not died:
                break
            deaths += 1
            await life(world, killer, second)
            assert not await life(world, killer, 1_000_000), "it lives when nobody kills it"
            world.standin.check()
            assert max(world.questions.values()) <= plans
            first += 1
    assert deaths > 3 * 15  # the key's folder, plans, questions, progress, batches, receipts, removals


async def _nothing(_: Agent) -> None:
    """Nothing goes on beside a life."""


async def life(
    world: World,
    killer: Killer,
    changes: int,
    *,
    meanwhile: Callable[[Agent], Coroutine[None, None, None]] = _nothing,
    space_s: float = 0.0,
) -> bool:
    """A process that may change its disk so often; whether it died of that before everything was delivered.

    *meanwhile* goes on beside it; questions to one endpoint or resolver are *space_s* apart.
    """
    killer.left, killer.folder = changes, world.folder
    try:
        agent = world.agent(Mortal, endpoint_interval_s=space_s, resolver_interval_s=space_s)
        task = asyncio.create_task(agent.run())
        beside = asyncio.create_task(meanwhile(agent))
        closed = asyncio.create_task(world.standin.until(world.standin.closed(2)))
        await asyncio.wait({task, closed}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():  # it may still die of what it does with the last receipt
            rest = asyncio.create_task(delivered(agent))
            await asyncio.wait({task, rest}, return_when=asyncio.FIRST_COMPLETED)
            rest.cancel()
        died = task.done()
        closed.cancel()
        beside.cancel()
        task.cancel()
        with suppress(asyncio.CancelledError, BaseExceptionGroup):
            await task
    except Death:
        return True
    finally:
        killer.folder = None
    return died


async def test_what_was_on_disk_before_a_crash_is_sealed_with_the_rest(world: World) -> None:
    """Records that were flushed count; the cells after them are `crashed`, and no question is put again."""
    world.standin.publish(1)

    class Dies(Mortal):
        asked_so_far = 0

        def ask_one(self, endpoint: Endpoint) -> tuple[str, int]:
            self.asked_so_far += 1
            if self.asked_so_far == 4:
                self.spool.flush()
            if self.asked_so_far == 5:  # once for each question over UDP, once for all over TCP
                raise Death
            return world.route(endpoint)

    agent = world.agent(Dies, in_flight=1)
    assert isinstance(agent, Dies)
    agent.execution.route = agent.ask_one
    with pytest.raises(BaseExceptionGroup):
        async with asyncio.timeout(PATIENCE_S):
            await agent.run()
    put = world.questions.copy()
    async with living(world.agent()):
        await world.standin.until(world.standin.closed(1))
    world.standin.check()
    [close] = world.standin.closes
    assert 0 < close.observed < CELLS
    assert {gap.reason for gap in close.gaps} == {Gap.CRASHED}
    assert world.questions == put


async def test_plans_that_are_over_are_closed_and_the_one_in_time_is_asked(world: World) -> None:
    """After an absence: a gap in every cell, nothing asked late; half a window late is still in time."""
    world.standin.publish(5)
    world.clock.time = NOW + timedelta(minutes=3, seconds=29)
    async with living(world.agent()):
        await world.standin.until(world.standin.closed(5))
    world.standin.check()
    assert world.gated == [4, 5]
    assert [[gap.reason for gap in close.gaps] for close in world.standin.closes] == [[Gap.NOT_RUNNING]] * 3 + [[], []]


async def test_a_clock_that_runs_faster_than_a_lab_round_ends_no_lab_round(world: World) -> None:
    """In a lab only the gate says when a plan begins."""
    world.standin.publish(2, starts_at=NOW - timedelta(days=1))
    async with living(world.agent(lab=True)):
        await world.standin.until(world.standin.closed(2))
    assert world.gated == [1, 2]
    assert len(world.standin.records) == 2 * CELLS


async def test_a_clock_set_back_asks_nothing_twice(world: World) -> None:
    """What is closed stays closed."""
    world.standin.publish(2)
    async with living(world.agent()):
        await world.standin.until(world.standin.closed(2))
    world.clock.time = NOW - timedelta(days=1)
    world.standin.publish(1)
    async with living(world.agent()):
        await world.standin.until(world.standin.closed(3))
    world.standin.check()
    assert world.gated == [1, 2, 3]
    assert set(world.questions.values()) == {3}


async def test_plans_of_others_are_passed_over_a_page_at_a_time(world: World) -> None:
    """A probe that was enrolled late leaves the plans before alone, and no trace of them is on its disk."""
    world.standin.publish(2500, vantages=(PlanVantage("elsewhere", 64501, "FR"),))
    world.standin.publish(1)
    agent = world.agent()
    async with living(agent):
        await world.standin.until(world.standin.closed(1))
    assert world.closed == [2501]
    assert world.standin.asked.count("/v1/plans") <= 4
    assert agent.progress.value.done == 2501


async def test_a_plan_whose_questions_come_late_is_executed_when_they_are_there(world: World) -> None:
    """It is not held without them, so it is fetched again; until then the probe says why it waits."""
    late = questions("late.example.")
    world.standin.publish(1, data=late, given=False)
    agent = world.agent()
    async with living(agent):
        await world.standin.until(lambda: any("/v1/questions/" in path for path in world.standin.asked))
        [digest] = {plan.questions for plan in world.standin.plans}
        world.standin.sets[digest] = late
        agent.reconnect()
        await world.standin.until(world.standin.closed(1))
    world.standin.check()
    assert any("questions that are not to be had" in text for text in world.told)


async def test_a_plan_that_is_refused_does_not_stop_the_next(world: World) -> None:
    """Questions nobody has, another's signature, a later version: each is said, and the good plan is executed."""
    world.standin.publish(1, given=False, data=questions("never.example."))
    world.standin.publish(1)
    world.standin.envelopes[1] = seal_plan(world.standin.plans[1], PROBE)
    world.standin.publish(1, v=2)
    world.standin.publish(1)
    async with living(world.agent()):
        await world.standin.until(world.standin.closed(1))
    assert world.closed == [4]
    assert world.told


@pytest.mark.parametrize("damage", [b"", b"\0" * 64, b'{"payload":'])
@pytest.mark.parametrize("what", ["*.plan", "questions/*"])
async def test_a_damaged_plan_is_fetched_again(world: World, what: str, damage: bytes) -> None:
    """With all that follow it; nothing is executed from it, and nothing is left out."""
    world.standin.publish(3)
    agent = world.agent()
    await agent.fetcher.fetch()
    await agent._end()
    path = sorted((world.folder / "plans").glob(what))[len(agent.plans) // 2 if what == "*.plan" else 0]
    path.write_bytes(damage)
    async with living(world.agent()):
        await world.standin.until(world.standin.closed(3))
    world.standin.check()
    assert world.gated == [1, 2, 3]


async def test_damaged_progress_stops_the_probe_and_says_which_file(world: World) -> None:
    """To go on would be to ask a round twice."""
    world.folder.mkdir(parents=True)
    (world.folder / "progress.json").write_bytes(b"")
    with pytest.raises(FormatError, match=r"progress\.json is damaged"):
        world.agent()


async def test_a_question_that_cannot_be_put_is_a_record_of_that(world: World) -> None:
    """A type that this program does not know costs its own cells and no others."""
    data = questions("a.example.", types=("A", "NEWTYPE"))
    world.standin.publish(1, data=data)
    async with living(world.agent()):
        await world.standin.until(world.standin.closed(1))
    world.standin.check()
    came_to = {(record.qtype, record.failure) for record in world.standin.records}
    assert came_to == {("A", None), ("NEWTYPE", Failure.LOCAL_ERROR)}


async def test_no_way_to_an_endpoint_is_a_record_of_that(world: World) -> None:
    """What a route raises ends neither the round nor the agent."""
    world.standin.publish(1)
    del world._where[Transport.TCP]
    async with living(world.agent()):
        await world.standin.until(world.standin.closed(1))
    world.standin.check()
    failures = {(record.endpoint[:3], record.failure) for record in world.standin.records}
    assert failures == {("udp", None), ("tcp", Failure.LOCAL_ERROR)}


async def test_a_round_larger_than_the_quota_is_closed_and_let_go_of(world: World) -> None:
    """Only its close frees what fills the quota, so it is written beyond it; then measuring goes on."""
    world.standin.publish(3)
    agent = world.agent(spool_quota_bytes=1, in_flight=1)
    async with living(agent):
        await world.standin.until(world.standin.closed(3))
    world.standin.check()
    assert {gap.reason for close in world.standin.closes[1:] for gap in close.gaps} <= {Gap.QUOTA}


async def test_a_certificate_for_which_there_is_no_room_stays_in_memory(world: World) -> None:
    """The handshake it came with goes on."""
    agent = world.agent(spool_quota_bytes=1)
    agent.spool.append(b"a line")
    agent.spool.flush()
    for number in range(1100):
        agent._disk.certificate(f"{number:064x}", b"der")
    assert agent.spool.full
    await agent._end()
    assert len(list((world.folder / "spool").glob("*/*.batch"))) > 1, "what is in memory reaches the disk at the end"


@pytest.mark.parametrize("status", [400, 403, 409, 413, 422])
async def test_a_batch_that_is_refused_for_good_is_kept_and_told(world: World, status: int) -> None:
    """Whoever waits for it to arrive hears of it; measuring goes on; when it is taken after all, so are the rest."""
    world.standin.publish(2)
    world.standin.refusal = lambda _: problem(status, "no", detail="for a reason")
    agent = world.agent()
    async with living(agent):
        await world.standin.until(lambda: bool(world.standin.tries))
        with pytest.raises(RefusedError, match="no: for a reason"):
            async with asyncio.timeout(PATIENCE_S):
                await agent.shipper.empty()
        assert not world.standin.batches
        world.standin.refusal = lambda _: None
        agent.reconnect()
        await world.standin.until(world.standin.closed(2))
    world.standin.check()


@pytest.mark.parametrize("wrong", ["another batch", "another key", "no receipt"])
async def test_a_wrong_receipt_frees_nothing(world: World, wrong: str) -> None:
    """The batch is sent again until its own receipt comes."""
    world.standin.publish(1)
    bodies: dict[str, Callable[[BatchHeader], bytes]] = {
        "another batch": lambda header: receipt(header, b"", digest="0" * 64),
        "another key": lambda header: receipt(header, b"", signer=PROBE),
        "no receipt": lambda _: b"<html>please log in</html>",
    }

    def refuse(header: BatchHeader) -> web.Response | None:
        answer = problem(200, "")
        answer.body = bodies[wrong](header)
        return answer

    world.standin.refusal = refuse
    agent = world.agent()
    async with living(agent):
        await world.standin.until(lambda: bool(world.standin.tries))
        world.standin.refusal = lambda _: None
        agent.reconnect()
        await world.standin.until(world.standin.closed(1))
        await agent.shipper.empty()
    world.standin.check()
    assert world.told


async def test_a_collector_that_lost_batches_gets_them_again(world: World) -> None:
    """As far as they are still here: what it acknowledged and the probe has freed, it must find in its own backup."""
    world.standin.publish(1)
    async with living(world.agent()):
        await world.standin.until(world.standin.closed(1))
    lost = world.standin.batches.copy()
    world.standin.batches.popitem()
    world.standin.publish(1)
    async with living(world.agent()):
        await world.standin.until(world.standin.closed(2))
    world.standin.check()
    assert lost.items() <= world.standin.batches.items()


async def test_a_collector_that_lost_what_was_freed_is_told(world: World) -> None:
    """For that chain there is no way on but somebody's hand; the next one does not wait for it."""
    world.standin.publish(2)
    agent = world.agent()
    async with living(agent):
        await world.standin.until(world.standin.closed(2))
        await delivered(agent)
    last = world.standin.expected(agent.spool.chain) - 1
    world.standin.batches.clear()
    world.standin.publish(1)
    agent = world.agent()
    async with living(agent):
        await world.standin.until(lambda: last in world.standin.tries and len(world.standin.closes) == 1)
        with pytest.raises(RefusedError):
            async with asyncio.timeout(PATIENCE_S):
                await agent.shipper.empty()
    assert {chain for chain, _ in world.standin.batches} == {agent.spool.chain}


async def test_measuring_goes_on_in_a_new_chain_where_the_collector_lost_the_old_one(world: World) -> None:
    """While the probe runs: what was freed cannot come again, and what comes now is not to wait for it."""
    world.standin.publish(2)
    agent = world.agent()
    async with living(agent):
        await world.standin.until(world.standin.closed(2))
        await delivered(agent)
        lost = agent.spool.chain
        world.standin.batches.clear()
        assert world.standin.log is not None
        world.standin.log.add(b"something new to see")
        assert await agent.look_at_log()
        with pytest.raises(RefusedError, match="out of order"):
            async with asyncio.timeout(PATIENCE_S):
                await agent.shipper.empty()
        assert agent.spool.chain != lost
        world.standin.publish(2)
        agent.reconnect()
        await world.standin.until(world.standin.closed(2))
        assert {chain for chain, _ in world.standin.batches} == {agent.spool.chain}
        numbers = sorted(number for _, number in world.standin.batches)
        world.standin._check_log(agent.spool.chain, numbers)
        assert {batch.chain for batch, _ in agent.spool.held.waits()} == {lost, agent.spool.chain}, (
            "what it has is kept"
        )


def _of_round(world: World, plan: str, count: int) -> list[bytes]:
    """Records of the first *count* cells that apply, as a probe would write them."""
    cells = applicable(expand(QUESTIONS), VANTAGE)[:count]
    heard = Heard(None, b"query", 0, 0, (), Failure.TIMEOUT, None, None)
    return [record_line(heard, cell, plan=plan, probe=VANTAGE.id, at=world.clock.time) for cell in cells]


@pytest.mark.parametrize("crashed", [False, True], ids=["running", "crashed"])
async def test_a_round_in_progress_outlives_a_restored_collector(world: World, *, crashed: bool) -> None:
    """What it lost of the round is said again in the chain that closes it, once: the round is whole there."""
    assert world.standin.log is not None
    agent = world.agent()
    for number in range(2):
        world.standin.log.add(b"something to see, %d" % number)
        assert await agent.look_at_log()
        await agent.shipper.drain()
    first, second, third, fourth = _of_round(world, "ab" * 32, 4)
    whole, *_ = _of_round(world, "cd" * 32, 1)
    agent.spool.round_open("ab" * 32)
    for line, plan in ((first, "ab"), (whole, "cd"), (second, "ab")):
        agent.spool.append(line, plan=plan * 32)
        agent.spool.flush()
    agent.spool.append_to_log(encode(CloseLine(1, Close("cd" * 32, 8, 1, "00" * 32))), plan="cd" * 32)
    agent.spool.flush()
    await agent.shipper.drain()
    lost = agent.spool.chain
    world.standin.forget()
    agent.spool.append(third, plan="ab" * 32)
    agent.spool.flush()
    for _ in range(2):
        if crashed:
            await agent._end()
            agent = world.agent()
            assert len(agent.spool.round_open("ab" * 32)) == 3
        with pytest.raises(RefusedError, match=f"lost batch 1 of chain {lost}"):
            await agent.shipper.drain()
    if not crashed:
        agent.spool.append(fourth, plan="ab" * 32)
    agent.spool.append_to_log(encode(CloseLine(1, Close("ab" * 32, 8, 4 - crashed, "00" * 32))), plan="ab" * 32)
    agent.spool.flush()
    with pytest.raises(RefusedError):
        await agent.shipper.drain()
    said = [line for line in world.standin.lines if isinstance(read_line(line), Record)]
    assert Counter(said) == Counter([first, second, third, whole] + [fourth] * (not crashed))
    assert {close.plan for close in world.standin.closes} == {"ab" * 32, "cd" * 32}
    assert lost not in world.standin.chains
    for chain in world.standin.chains:
        world.standin._check_log(chain, sorted(number for held, number in world.standin.batches if held == chain))
    await agent._end()


async def test_a_close_that_cannot_be_noted_yet_stays(world: World) -> None:
    """Whatever was receipted and found in the log meanwhile: if the process dies, its batch is all that says so."""
    world.standin.publish(1)
    world.clock.time = NOW + timedelta(hours=1)  # over: nothing of it was begun
    agent = world.agent(Mortal)

    class Full(ProgressFile):
        def close(self, number: int, plan: str = "", *, first_open: int | None = None) -> None:
            raise OSError(28, "No space left on device")

    agent.progress = agent.execution.progress = Full(world.folder / "progress.json")
    async with living(agent):
        await world.standin.until(world.standin.closed(1))
        assert world.standin.log is not None
        for number in range(2):
            world.standin.log.add(b"something new to see, %d" % number)
            await delivered(agent)
    assert world.closed == []
    [close] = world.standin.closes
    again = world.agent()
    assert again.spool.closed_rounds == {close.plan}
    async with living(again):
        await world.until(lambda: world.closed == [1])
        await delivered(again)
    world.standin.check()


async def test_an_error_of_the_disk_ends_the_agent_with_one_message(world: World) -> None:
    """Not with a group of them, and not in silence."""
    world.standin.publish(1)
    agent = world.agent()

    class Broken:
        def begin(self, plan: str) -> None:
            raise OSError(5, "Input/output error")

        value = agent.progress.value

    agent.execution.progress = Broken()  # type: ignore[assignment]  # a disk that fails
    with pytest.raises(OSError, match="Input/output error"):
        async with asyncio.timeout(PATIENCE_S):
            await agent.run()


async def test_once_closes_what_is_over_and_executes_one_plan(world: World) -> None:
    """The one it names is the one it asked."""
    world.standin.publish(4)
    world.clock.time = NOW + timedelta(minutes=2)
    held = await world.agent().once()
    assert held is not None
    assert (held.plan.number, world.gated, world.closed) == (3, [3], [1, 2, 3])
    assert len(world.standin.records) == CELLS


async def test_once_without_a_plan_or_a_collector(world: World) -> None:
    """No plan is no error; nobody to fetch one from is."""
    assert await world.agent().once() is None
    away = world.agent(collector="http://127.0.0.1:9")
    with pytest.raises(UnavailableError):
        await away.once()


async def test_cut_off_it_measures_what_it_holds(world: World) -> None:
    """And delivers when the collector is back."""
    world.standin.publish(2)
    agent = world.agent()
    await agent.fetcher.fetch()
    await agent._end()
    away = world.agent(collector="http://127.0.0.1:9")
    async with living(away):
        await world.until(lambda: world.closed == [1, 2])
    async with living(world.agent()):
        await world.standin.until(world.standin.closed(2))
    world.standin.check()


async def test_an_end_in_good_order_keeps_what_was_heard(world: World) -> None:
    """What was in flight is `local_error`, what was not asked yet `crashed`: the round is closed by the next process."""
    world.standin.publish(1)
    agent = world.agent(answer_window_s=30.0)
    async with living(agent):
        await world.until(lambda: sum(world.questions.values()) == CELLS)
    async with living(world.agent()):
        await world.standin.until(world.standin.closed(1))
    world.standin.check()
    assert world.standin.closes[0].observed == CELLS


async def test_a_name_on_the_never_probe_list_is_not_asked_whatever_the_plan_says(world: World, tmp_path: Path) -> None:
    """Its cells are gaps; a list that grows while the probe runs holds from the next question on."""
    salt = b"\x05" * 32
    listed, later = "a.example.", "b.example."
    path = tmp_path / "never"
    path.write_bytes(NeverProbe(salt, [digest(salt, listed)]).pack())
    world.standin.publish(1)
    agent = world.agent(never_probe=path)
    async with living(agent):
        await world.standin.until(world.standin.closed(1))
        path.write_bytes(NeverProbe(salt, [digest(salt, listed), digest(salt, later)]).pack())
        world.standin.publish(1)
        agent.reconnect()
        await world.standin.until(world.standin.closed(2))
    asked = [
        {record.name for record in world.standin.records if record.plan == plan_id(encode(plan))}
        for plan in world.standin.plans
    ]
    assert asked == [{later}, set()]
    assert {gap.reason for close in world.standin.closes for gap in close.gaps} == {Gap.NEVER_PROBE}
    assert sum(world.questions.values()) == CELLS // 2, "nothing else left the probe"


async def test_a_probe_whose_never_probe_list_is_gone_does_not_start(world: World) -> None:
    with pytest.raises(ConfigError, match="never"):
        world.agent(never_probe=world.folder / "never")
