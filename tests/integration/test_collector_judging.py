"""Judgements: the same whatever the order of arrival, after a restart in the middle, and after a rebuild."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import msgspec
import pytest

from collector.engine import Engine
from collector.fsck import check
from collector.judging import rebuild
from collector.library import Library
from collector.metrics import Metrics
from schema.codec import encode
from schema.plan import plan_id
from schema.words import Gap, Role
from tests.helpers.batches import NAMES, Said, Writer, honest, round_lines
from tests.helpers.collector import CELLS, POLICY, Running, collector, planner, stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collector.store import Store
    from schema.cells import Cell
    from schema.plan import Plan, PlanVantage
    from tests.helpers.batches import Signed

ROUNDS = 7
NXDOMAIN = Said(3)
REFUSED = Said(5)


def script(cell: Cell, vantage: PlanVantage, number: int) -> Said | Gap:
    """Alpha blocks the first name from round 4 on; the line of mi-01 always does; beta is not asked in round 3 by rm-01."""
    if cell.name == NAMES[0] and cell.role is Role.TARGET:
        if cell.resolver == "isp-tim" or (cell.resolver == "alpha" and number >= 4):
            return NXDOMAIN
        if cell.resolver == "beta" and number == 6 and vantage.id == "to-01":
            return REFUSED
    if cell.resolver == "beta" and number == 3 and vantage.id == "rm-01":
        return Gap.BREAKER
    return honest(cell, vantage, number)


async def delivered(running: Running, batches: Sequence[Signed]) -> None:
    """Every batch, in this order, taken."""
    for signed in batches:
        reply = await running.post(signed)
        assert reply.status == 201, reply.body


def streams(plans: list[tuple[str, Plan]]) -> list[list[Signed]]:
    """What the three vantages send, the third one in two chains, because it lost its spool after round 5."""
    first, second, third = plans[0][1].vantages
    return [
        stream(first, plans, script),
        stream(second, plans, script, lines_a_batch=70),
        stream(third, plans[:5], script, chain="0f" * 16),
        stream(third, plans[5:], script, chain="0a" * 16, lines_a_batch=1000),
    ]


def shuffled(chains: list[list[Signed]], dice: random.Random) -> list[Signed]:
    """The batches in some order that keeps each chain's."""
    waiting = [list(chain) for chain in chains]
    order: list[Signed] = []
    while any(waiting):
        order.append(dice.choice([chain for chain in waiting if chain]).pop(0))
    return order


async def once(store: Store, dice: random.Random | None) -> tuple[bytes, bytes]:
    """Everything delivered in some order: what is derived as it comes, and what a rebuild makes of it."""
    async with collector(store) as running:
        chains = streams(await running.published(ROUNDS))
        order = shuffled(chains, dice) if dice else [signed for chain in chains for signed in chain]
        await delivered(running, order)
        await running.services.engine.idle()
        derived = await store.dump_derived()
        rounds = await rebuild(store, Library(store), Metrics())
        assert rounds == 3 * ROUNDS
        return derived, await store.dump_derived()


async def test_the_order_of_arrival_does_not_matter(store: Store) -> None:
    """Ten orders, each over a ledger of its own, and each rebuilt: one result to the byte."""
    results: set[bytes] = set(await once(store, None))
    for seed in range(10):
        await _empty(store)
        results |= set(await once(store, random.Random(seed)))
    (result,) = results
    for word in (b"blocked", b"open", b"mixed"):
        assert word in result


async def _empty(store: Store) -> None:
    """The ledger as on the first day; only a test may do this, and only with the owner's rights."""
    async with store._connection() as connection:
        tables = await connection.fetch(
            "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('ledger', 'derived')"
            " AND tablename NOT IN ('migration', 'view_set', 'failure_word', 'gap_word')"
        )
        names = ", ".join(row["name"] for row in tables)
        async with connection.transaction():
            for row in tables:
                await connection.execute(f"ALTER TABLE {row['name']} DISABLE TRIGGER USER")
            await connection.execute(f"TRUNCATE {names} RESTART IDENTITY")
            for row in tables:
                await connection.execute(f"ALTER TABLE {row['name']} ENABLE TRIGGER USER")
    store._starts.clear()
    store._probes.clear()
    store._answers.clear()


async def test_status_follows_the_rounds(store: Store) -> None:
    """Alpha changes in round 4; the line's own resolver blocked from the start; nothing is missing."""
    async with collector(store) as running:
        plans = await running.published(ROUNDS)
        for chain in streams(plans):
            await delivered(running, chain)
        await running.services.engine.idle()
    history = [
        (row["resolver"], row["state"], row["started_at"]) for row in await store.status_history(names=[NAMES[0]])
    ]
    starts = [plan.starts_at for _, plan in plans]
    assert history == [
        ("alpha", "open", starts[0]),
        ("alpha", "blocked", starts[3]),
        ("beta", "open", starts[0]),
        ("isp-tim", "blocked", starts[0]),
    ]
    assert {row["sealed"] for row in await store.coverage(limit=3 * ROUNDS)} == {True}
    around = await store.circumvention_counts()
    assert {(row["own_resolver"], row["public_resolver"], row["rounds"]) for row in around} == {
        ("isp-tim", "alpha", 3),
        ("isp-tim", "beta", ROUNDS),
    }


async def test_a_restart_takes_up_what_was_left(store: Store) -> None:
    """A collector that stored and never judged; the next one does, and the result is the same."""
    async with collector(store) as running:
        chains = streams(await running.published(ROUNDS))
        await running.services.engine.stop()
        for chain in chains[:2]:
            await delivered(running, chain)
    assert await store.verdicts_of(1) == []
    async with collector(store) as running:
        for chain in chains[2:]:
            await delivered(running, chain)
        await running.services.engine.idle()
        derived = await store.dump_derived()
    await rebuild(store, Library(store), Metrics())
    assert await store.dump_derived() == derived


async def test_a_round_that_leaves_a_record_out_is_not_sealed(store: Store) -> None:
    """It is judged all the same, and coverage says that something is missing."""
    async with collector(store) as running:
        ((named, plan),) = await running.published(1)
        lines = round_lines(plan, named, CELLS, plan.vantages[0])
        await delivered(running, [Writer("mi-01").batch(lines[1:])])
        await running.services.engine.idle()
    (row,) = await store.coverage(["mi-01"])
    assert (row["closed"], row["sealed"], row["missing"]) == (True, False, 1)
    faults = [fault async for fault in check(store, Library(store), lambda _: None)]
    assert [fault.where for fault in faults] == ["plan 1 of mi-01"]


async def test_records_that_come_after_their_close_are_judged_too(store: Store) -> None:
    """A second chain brings what the first left out: the same judgement as if it had come first."""
    async with collector(store) as running:
        ((named, plan),) = await running.published(1)
        lines = round_lines(plan, named, CELLS, plan.vantages[0])
        await delivered(running, [Writer("mi-01", chain="aa" * 16).batch(lines[5:])])
        await running.services.engine.idle()
        unsealed = await store.dump_derived()
        await delivered(running, [Writer("mi-01", chain="bb" * 16).batch(lines[:5])])
        await running.services.engine.idle()
        derived = await store.dump_derived()
    assert derived != unsealed
    await rebuild(store, Library(store), Metrics())
    assert await store.dump_derived() == derived
    (row,) = await store.coverage(["mi-01"])
    assert row["sealed"]


@pytest.mark.parametrize("what", ["another answer", "a record for a gap"])
async def test_nothing_that_comes_after_a_close_undoes_its_round(store: Store, what: str) -> None:
    """A chain whose name sorts first says otherwise of a cell, or has a record for one that the close calls a gap."""
    async with collector(store) as running:
        ((named, plan),) = await running.published(1)

        def gappy(cell: Cell, vantage: PlanVantage, number: int) -> Said | Gap:
            return Gap.QUOTA if cell.number == 0 else honest(cell, vantage, number)

        lines = round_lines(plan, named, CELLS, plan.vantages[0], honest if what == "another answer" else gappy)
        other = round_lines(plan, named, CELLS, plan.vantages[0], lambda *_: NXDOMAIN)[0]
        await delivered(running, [Writer("mi-01", chain="bb" * 16).batch(lines)])
        await running.services.engine.idle()
        derived = await store.dump_derived()
        await delivered(running, [Writer("mi-01", chain="aa" * 16).batch([other])])
        await running.services.engine.idle()
        assert await store.dump_derived() == derived
    (row,) = await store.coverage(["mi-01"])
    assert row["sealed"]
    assert [fault async for fault in check(store, Library(store), lambda _: None)] == []


async def test_a_new_policy_is_named_by_the_plans_that_use_it(store: Store) -> None:
    """And however late a round of an old plan comes, the runs are the same."""
    stricter = msgspec.structs.replace(POLICY, confirm=3)
    async with collector(store) as running:
        plans = await running.published(3)
        newer = await planner(store, stricter).publish_through(5)
        plans += [(plan_id(encode(plan)), plan) for plan in newer]
        assert len({plan.policy for _, plan in plans}) == 2
        first, second, _ = plans[0][1].vantages
        await delivered(running, stream(first, plans, script))
        await running.services.engine.idle()
        await delivered(running, stream(second, plans, script))
        await running.services.engine.idle()
        derived = await store.dump_derived()
    await rebuild(store, Library(store), Metrics())
    assert await store.dump_derived() == derived


HANDS = {"a": "ns1.a.test.", "b": "ns1.b.test."}


def other_hands(cell: Cell, vantage: PlanVantage, number: int) -> Said | Gap:
    """From round 4 on the first name is in other hands; the line of mi-01 takes whatever is asked over UDP."""
    if cell.role is Role.CANARY and vantage.id == "mi-01" and cell.endpoint.startswith("udp:"):
        return Said(0, ("192.0.2.80",))
    if cell.role is Role.CONTROL and cell.name == NAMES[0]:
        server = HANDS["b" if number >= 4 else "a"]
        if cell.qtype == "NS":
            return Said(0, (server,))
        if cell.qtype == "SOA":
            return Said(0, (f"{server} hostmaster.test. {number} 7200 900 1209600 300",))
    return script(cell, vantage, number)


async def with_other_hands(store: Store, dice: random.Random | None) -> bytes:
    """The same delivered in some order, and rebuilt."""
    async with collector(store) as running:
        plans = await running.published(ROUNDS)
        chains = [stream(vantage, plans, other_hands) for vantage in plans[0][1].vantages]
        await delivered(running, shuffled(chains, dice) if dice else [signed for chain in chains for signed in chain])
        await running.services.engine.idle()
        derived = await store.dump_derived()
    await rebuild(store, Library(store), Metrics())
    assert await store.dump_derived() == derived
    return derived


async def test_what_a_line_answers_for_everybody_is_shown(store: Store) -> None:
    """In coverage, and by its sign; the other lines show nothing."""
    await with_other_hands(store, None)
    caught = {endpoint for row in await store.coverage(["mi-01"], limit=ROUNDS) for endpoint in row["intercepted"]}
    assert {"udp:192.0.2.1:53", "udp:192.0.2.2:53"} <= caught
    assert not {endpoint for endpoint in caught if not endpoint.startswith("udp:")}
    others = [row for row in await store.coverage(["rm-01", "to-01"]) if row["intercepted"]]
    assert others == []
    rows = await store.interceptions()
    assert {row["probe"] for row in rows} == {"mi-01"}
    assert all("canary" in row["signs"] for row in rows)


async def test_a_name_that_changes_hands_shows_it(store: Store) -> None:
    """Name servers and SOA from the controls' own answers; a serial number is no change."""
    await with_other_hands(store, None)
    rows = await store.name_history([NAMES[0]])
    starts = {row["plan_number"]: row["at"] for row in await store.coverage(["rm-01"])}
    assert [(row["ground"], row["name_servers"], row["soa"], row["samples"], row["changed"]) for row in rows] == [
        ("alive", [HANDS["a"]], "ns1.a.test. hostmaster.test.", 3, []),
        ("alive", [HANDS["b"]], "ns1.b.test. hostmaster.test.", 4, ["name_servers", "soa"]),
    ]
    assert [(row["started_at"], row["covered_until"], row["vantages"]) for row in rows] == [
        (starts[1], starts[3], 3),
        (starts[4], starts[ROUNDS], 3),
    ]


async def test_names_and_interceptions_do_not_depend_on_the_order_of_arrival(store: Store) -> None:
    results = {await with_other_hands(store, None)}
    for seed in range(3):
        await _empty(store)
        results.add(await with_other_hands(store, random.Random(seed)))
    (result,) = results
    for heading in (b"interception", b"name_fact", b"name_sample", b"name_run"):
        assert result.split(b"-- " + heading + b"\n")[1].split(b"\n-- ")[0].strip(), heading


async def test_fsck_finds_nothing_where_nothing_is_wrong(store: Store) -> None:
    """Every digest, signature, leaf, root and count."""
    async with collector(store) as running:
        plans = await running.published(3)
        for chain in streams(plans)[:2]:
            await delivered(running, chain)
        await running.services.engine.idle()
    seen: list[int] = []
    assert [fault async for fault in check(store, Library(store), seen.append)] == []
    assert seen == list(range(1, len(seen) + 1))
    assert seen


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ("body", "digest of its body"),
        ("signature", "signature"),
        ("leaves", "leaf hashes"),
        ("number", "another place"),
    ],
)
async def test_fsck_names_what_is_wrong(store: Store, column: str, says: str) -> None:
    """One flipped bit, in what only an owner who goes round the triggers can change."""
    async with collector(store) as running:
        plans = await running.published(1)
        await delivered(running, stream(plans[0][1].vantages[0], plans, lines_a_batch=1000))
        await running.services.engine.idle()
    change = "number + 1" if column == "number" else f"set_byte({column}, 40, get_byte({column}, 40) # 1)"
    async with store._connection() as connection:
        await connection.execute("ALTER TABLE ledger.batch DISABLE TRIGGER USER")
        await connection.execute(f"UPDATE ledger.batch SET {column} = {change}")  # noqa: S608 - a test's own words
    faults = [fault async for fault in check(store, Library(store), lambda _: None)]
    assert any(says in fault.what for fault in faults), faults


async def test_fsck_counts_observations(store: Store) -> None:
    """A row too few."""
    async with collector(store) as running:
        plans = await running.published(1)
        await delivered(running, stream(plans[0][1].vantages[0], plans))
        await running.services.engine.idle()
    async with store._connection() as connection:
        partition = await connection.fetchval(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'ledger.observation'::regclass LIMIT 1"
        )
        await connection.execute(f"ALTER TABLE {partition} DISABLE TRIGGER USER")
        await connection.execute("DELETE FROM ledger.observation WHERE cell = 0")
    faults = [fault async for fault in check(store, Library(store), lambda _: None)]
    assert any("observations" in fault.what for fault in faults)


async def test_a_round_that_cannot_be_judged_does_not_stand_in_the_way(store: Store) -> None:
    """The others are judged; whoever waits is told."""
    async with collector(store) as running:
        plans = await running.published(2)
        first, second, _ = plans[0][1].vantages
        await running.services.engine.stop()
        for vantage in (first, second):
            await delivered(running, stream(vantage, plans))
    async with store._connection() as connection:
        await connection.execute("ALTER TABLE ledger.batch DISABLE TRIGGER USER")
        await connection.execute("UPDATE ledger.batch SET body = $1 WHERE probe_no = 1", b"damaged")
    engine = Engine(store, Library(store), Metrics())
    await engine.start()
    with pytest.raises(Exception, match=r"plan 1|zstd|where it should be"):
        await engine.idle()
    await engine.stop()
    assert {verdict.probe for verdict in await store.verdicts_of(1)} == {"rm-01"}
    assert sorted(await store.closed_not_judged()) == [(1, "mi-01"), (2, "mi-01")]
