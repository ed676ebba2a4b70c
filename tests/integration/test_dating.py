"""When rounds were closed, as the database shows it, is what the formats alone show of the same log."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

import asyncpg

from collector.challenging import Challenging
from collector.dating import Dating
from collector.judging import rebuild
from collector.library import Library
from collector.metrics import Metrics
from schema.entry import read_entry
from schema.log import leaf_hash
from schema.record import CloseLine, read_line
from schema.timing import Times, chain, rome_day
from tests.evidence.forge.cast import Cast
from tests.evidence.forge.stories import FIRST, MINUTE, announce, finish, founded, play
from tests.integration.bundle_house import KeptHouse, settle

if TYPE_CHECKING:
    from collector.store import Store
    from schema.plan import Plan
    from tests.evidence.forge.house import House

_HOUR = timedelta(hours=1)


@cache
def evening() -> House:
    """Three plans of one evening, the last of them after midnight in Rome, and one that was published too late."""
    house = founded(house=KeptHouse(Cast()))
    announce(house, FIRST, FIRST + 10 * MINUTE, FIRST + 4 * _HOUR, at=FIRST - 90 * MINUTE)
    for number in (1, 2, 3):
        play(house, number)
    house.publish(FIRST + 5 * _HOUR)
    play(house, 4)
    finish(house)
    return house


def plans(house: House) -> list[Plan]:
    return [published.plan for published in house.plans.values()]


async def test_it_is_what_the_formats_show(store: Store, migrated_dsn: str) -> None:
    """Close by close: not before, not after, late or not."""
    house = evening()
    await settle(store, migrated_dsn, house)
    await rebuild(store, Library(store), Metrics())
    entries = [read_entry(line) for line in house.entries]
    needed = min(2, len({token.authority for token in house.tokens}))
    times = Times(entries, needed=needed)
    dated = await Dating(store).of(plans(house))
    compared = 0
    for probe in house.probes.values():
        for kept in probe.chains:
            lines = [read_line(line) for line in kept.lines]
            whole = chain(lines, house.origin)  # type: ignore[arg-type]  # every line of a probe's log is one of these
            assert whole.places
            for leaf, line in enumerate(lines):
                if not isinstance(line, CloseLine):
                    continue
                plan = next(one.plan for one in house.plans.values() if one.id == line.close.plan)
                wanted = times.round_times(plan, probe.vantage.id, (kept.id, leaf), whole)
                found = dated.closes[plan.number, probe.vantage.id]
                assert (found.not_before, found.not_after) == (wanted.not_before, wanted.not_after)
                assert found.leaf == leaf_hash(kept.lines[leaf]).hex()
                assert (found.sealed, found.disputed) == (True, False)
                assert (found.token is None) == (found.not_after is None)
                compared += 1
    assert compared == 4 * len(house.probes)
    assert dated.late == {number for number, one in house.plans.items() if times.is_late(one.id, one.plan)} == {4}


async def test_a_token_is_one_that_shows_it(store: Store, migrated_dsn: str) -> None:
    """The stamp that is named is in the log and over an entry that covers the close."""
    house = evening()
    await settle(store, migrated_dsn, house)
    dated = await Dating(store).of(plans(house))
    named = {one.token for one in dated.closes.values()} - {None}
    assert named
    assert named <= {sha256(token.reply).hexdigest() for token in house.tokens}


async def test_what_is_read_later_is_read_once(store: Store, migrated_dsn: str) -> None:
    """Asked again, and asked of some plans only, the answer is the same."""
    house = evening()
    await settle(store, migrated_dsn, house)
    dating = Dating(store)
    whole = await dating.of(plans(house))
    assert await dating.of(plans(house)) == whole
    for plan in plans(house):
        alone = await dating.of([plan])
        assert alone.closes == {key: one for key, one in whole.closes.items() if key[0] == plan.number}
    assert await dating.of([]) == ({}, frozenset())


async def test_a_round_told_to_be_another_is_disputed(store: Store, migrated_dsn: str) -> None:
    """An equivocation that names the close, and one that names its batch, both dispute the round; the day is met anew."""
    house = evening()
    await settle(store, migrated_dsn, house)
    challenging = Challenging(store, Library(store))
    days = {rome_day(plan.starts_at) for plan in plans(house)}
    assert await challenging.days_touched() == days
    await challenging.settled()
    assert await challenging.days_touched() == set()
    closes = (await Dating(store).of(plans(house))).closes
    connection = await asyncpg.connect(migrated_dsn)
    try:
        for what, digest in (("round", closes[1, "mi-01"].leaf), ("batch", await _batch_of(connection, "rm-01"))):
            await connection.execute(
                "INSERT INTO ledger.equivocation (probe_no, what, digests, at)"
                " SELECT probe_no, $1, ARRAY[decode($2, 'hex'), sha256('other')], now() FROM ledger.vantage WHERE probe = $3",
                what, digest, "mi-01" if what == "round" else "rm-01",
            )  # fmt: skip
    finally:
        await connection.close()
    disputed = {key for key, one in (await Dating(store).of(plans(house))).closes.items() if one.disputed}
    assert disputed == {(1, "mi-01"), *((number, "rm-01") for number in (1, 2, 3, 4))}
    assert await challenging.days_touched() == days


async def _batch_of(connection: asyncpg.Connection[asyncpg.Record], probe: str) -> str:
    found: str = await connection.fetchval(
        "SELECT encode(batch_id, 'hex') FROM ledger.batch INNER JOIN ledger.vantage USING (probe_no) WHERE probe = $1",
        probe,
    )
    return found
