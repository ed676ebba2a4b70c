"""What a played world shows of its times: plans stamped before they start, rounds closed between two stamps, who was late."""

from __future__ import annotations

import asyncio
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest

from collector.store import Store
from deploy.lab.tsa import PROFILES, Tools
from deploy.postgres import start, stop
from schema.entry import read_entry
from schema.plan import plan_id, read_plan
from schema.record import read_line
from schema.timing import Times, chain
from schema.trust import read_trust
from schema.verifier.token import check_token
from tests.acceptance.command import clean_environment, ottempera, play
from tests.acceptance.conftest import SCENARIOS, Finished

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from collector.store.bundles import StampOf
    from schema.bundle.parts import RoundTimes
    from schema.plan import Plan
    from schema.trust import Trust

LATE = "b-01"  # cannot deliver in rounds 3 to 5
AWAY = (3, 4, 5)
STEP = timedelta(minutes=10)


class Seen(NamedTuple):
    """What a finished world holds; `notes` are the checkpoints that were stamped, by size."""

    trust: Trust
    plans: dict[int, Plan]
    late: frozenset[int]
    times: dict[tuple[int, str], RoundTimes]
    stamps: list[StampOf]
    notes: dict[int, bytes]


@pytest.fixture(scope="module")
def seen(finished: Finished) -> Iterator[Seen]:
    if Tools.find() is None:
        pytest.skip("openssl and libfaketime are needed: apt-get install openssl libfaketime")
    server = start(finished.data)
    try:
        yield asyncio.run(_look(server.dsn(), read_trust((finished.data / "trust.json").read_bytes()), finished.rounds))
    finally:
        stop(finished.data)


async def _look(dsn: str, trust: Trust, rounds: int) -> Seen:
    store = await Store.connect(dsn)
    try:
        [log] = await store.logs()
        times = Times(
            [read_entry(line) for line in await store.log_lines(log.log, 0, 1_000_000)], needed=trust.needs.authorities
        )
        plans = {plan_id(one.payload): read_plan(one.payload) for one in await store.plans(0, rounds)}
        by_number = {plan.number: plan for plan in plans.values()}
        found = {}
        closed = await store.closed_between(by_number[1].starts_at, by_number[rounds].starts_at + STEP)
        for (number, probe), places in closed.items():
            place = times.first(probe, [(one.chain, one.leaf) for one in places if one.chain and one.leaf is not None])
            if place is not None:
                lines = [read_line(line) async for line in store.probe_log_lines(probe, place[0], place[1])]
                found[number, probe] = times.round_times(by_number[number], probe, place, chain(lines, log.origin))  # type: ignore[arg-type]  # the lines of a log are log lines
        stamps = await store.stamps_up_to(log.log, 1_000_000)
        notes = await store.notes(log.log, {one.size for one in stamps})
    finally:
        await store.close()
    late = frozenset(plan.number for name, plan in plans.items() if times.is_late(name, plan))
    return Seen(trust, by_number, late, found, stamps, notes)


def test_no_plan_is_late(seen: Seen) -> None:
    """The first one no more than the others: it stands in a stamped log before it starts."""
    assert seen.plans
    assert not seen.late


def test_every_token_holds(seen: Seen) -> None:
    """By the trust file that stands in the folder; both authorities stamped, the one called qualified and the other."""
    pinned = {one.name: one for one in seen.trust.authorities}
    assert {name: one.qualified for name, one in pinned.items()} == {one.name: one.qualified for one in PROFILES}
    assert seen.trust.lab
    assert {one.authority for one in seen.stamps} == pinned.keys()
    for one in seen.stamps:
        check_token(one.reply, request=one.request, message=seen.notes[one.size], pinned=pinned[one.authority])


def test_rounds_lie_between_two_stamps(seen: Seen, finished: Finished) -> None:
    """Of a vantage that delivers at once: after the round began, before the next one did."""
    for number in range(1, finished.rounds + 1):
        times, starts_at = seen.times[number, "a-01"], seen.plans[number].starts_at
        assert times.not_before is not None
        assert times.not_after is not None
        assert starts_at <= times.not_before < times.not_after < starts_at + STEP


def test_who_delivers_late_is_timed_late(seen: Seen) -> None:
    """What was recorded while the collector could not be reached was there, at the latest, when it could be again."""
    back = seen.plans[max(AWAY) + 1].starts_at
    last_look = seen.plans[min(AWAY) - 1].starts_at
    for number in AWAY:
        times = seen.times[number, LATE]
        assert times.not_before is not None
        assert times.not_after is not None
        assert last_look <= times.not_before < last_look + STEP
        assert back <= times.not_after < back + STEP


def test_goes_on_without_a_clock_to_set(data: Path, tmp_path: Path) -> None:
    """Where openssl is missing the world is played all the same, and one sentence says that nothing is stamped."""
    environment = clean_environment(PATH=str(tmp_path))
    assert shutil.which("openssl", path=environment["PATH"]) is None
    world = ("--scenario", SCENARIOS / "late-vantage.toml", "--rounds", "2", "--interval", "0", "--no-serve")
    said = ottempera("up", "--lab", *world, "--data", data, "--listen", "127.0.0.1:0", environment=environment).well()
    assert said.out.count(b"nothing is time-stamped") == 1
    trust = read_trust((data / "trust.json").read_bytes())
    assert not trust.authorities
    assert trust.needs.authorities == 2  # so that nothing is decided, rather than decided without a time


def test_goes_on_after_a_restart(data: Path) -> None:
    """The same log and the same authorities; nothing is barred, for the witnesses are heard first."""
    scenario = SCENARIOS / "late-vantage.toml"
    play(scenario, data, 1).well()
    before = (data / "trust.json").read_bytes()
    assert b"nothing is signed" not in play(scenario, data, 1).well().out
    assert (data / "trust.json").read_bytes() == before
