"""What goes into the ledger comes out of it to the byte, lands once, and cannot be changed."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import asyncpg
import pytest

from collector.store import BatchRow, Deployment, ObservationRow, Store
from collector.store.batches import split
from schema.errors import ConfigError, EvidenceError, FormatError, UnavailableError
from schema.plan import seal_plan
from schema.record import Certificate, Close, GapRange
from schema.registry import Vantage
from schema.words import Failure, Gap
from tests.integration.store_examples import COLLECTOR, KEYS, POLICY, START, STEP, VANTAGES, Fleet, publish, questions

HEX = "ab" * 32


async def rows(dsn: str, statement: str, *arguments: object) -> list[asyncpg.Record]:
    """Rows of *statement* over a connection of its own."""
    connection = await asyncpg.connect(dsn, server_settings={"timezone": "UTC"})
    try:
        found: list[asyncpg.Record] = await connection.fetch(statement, *arguments)
    finally:
        await connection.close()
    return found


async def count(dsn: str, table: str) -> int:
    """Rows of *table*."""
    counted: int = (await rows(dsn, f"SELECT count(*) FROM {table}"))[0][0]  # noqa: S608  names of our own
    return counted


async def test_a_database_has_one_purpose(store: Store) -> None:
    assert await store.deployment() is None
    await store.ensure_deployment(lab=True, scenario=HEX, title="A lab")
    await store.ensure_deployment(lab=True, scenario=HEX, title="A lab")
    assert await store.deployment() == Deployment(lab=True, scenario=HEX, title="A lab")
    for lab, scenario in ((True, "cd" * 32), (False, None)):
        with pytest.raises(ConfigError, match="'A lab'"):
            await store.ensure_deployment(lab=lab, scenario=scenario, title=None)


async def test_policies_and_questions_are_kept_once(store: Store, migrated_dsn: str) -> None:
    digest = await store.put_policy(POLICY)
    assert digest == await store.put_policy(POLICY)
    assert await store.policy(digest) == POLICY
    with pytest.raises(ConfigError):
        await store.policy(HEX)
    assert await store.questions(HEX) is None
    named = await store.put_questions(questions())
    assert named == await store.put_questions(questions())
    assert await store.questions(named) == questions()
    counted = await rows(migrated_dsn, "SELECT count(*) FROM ledger.cell")
    assert counted[0][0] == 2 * 5 * 2  # names, endpoints, profiles
    listed = {row["resolver"]: row for row in await store.listed_resolvers()}
    assert listed["isp-tim"]["asns"] == [3269]
    assert listed["cloudflare"]["twin"] is None
    with pytest.raises(FormatError):
        await store.put_questions(b"{}")


async def test_a_probe_keeps_its_key_and_line(store: Store) -> None:
    first, second = VANTAGES
    key = KEYS[first.id].public_key
    await store.add_vantage(first, key, START)
    await store.add_vantage(first, key, START + STEP)
    refused = (
        (first, KEYS[second.id].public_key, "another key"),
        (Vantage(first.id, 1, "Other", "IT"), key, "another line"),
        (second, key, "belongs to another probe"),
    )
    for vantage, public_key, said in refused:
        with pytest.raises(ConfigError, match=said):
            await store.add_vantage(vantage, public_key, START)
    enrolled = await store.vantages()
    assert [(one.vantage, one.key_id, one.revoked, one.suspended) for one in enrolled] == [
        (first, KEYS[first.id].key_id, False, False)
    ]


async def test_standing_is_the_newest_event(store: Store) -> None:
    vantage = VANTAGES[0]
    await store.add_vantage(vantage, KEYS[vantage.id].public_key, START)
    seen = []
    for hours, kind in ((1, "suspended"), (2, "resumed"), (3, "suspended"), (4, "revoked"), (5, "resumed")):
        await store.note_vantage(vantage.id, kind, "why", START + timedelta(hours=hours))  # type: ignore[arg-type]  # a word of the table above
        one = (await store.vantages())[0]
        seen.append((one.suspended, one.revoked))
    assert seen == [(True, False), (False, False), (True, False), (True, True), (False, True)]
    listed = (await store.listed_vantages())[0]
    assert (listed["suspended"], listed["revoked_at"]) == (False, START + timedelta(hours=4))


async def test_plans_come_back_as_they_were_signed(store: Store) -> None:
    assert await store.newest_plan() is None
    published = [await publish(store, number) for number in (1, 2, 3)]
    again = await publish(store, 2)
    assert again.plan == published[1].plan
    assert await store.newest_plan() == published[2].plan
    assert await store.plans(1, 1) == [seal_plan(published[1].plan, COLLECTOR)]
    assert len(await store.plans(0, 10)) == 3
    assert await store.plan_by_id(published[0].plan_id) == (1, published[0].plan)
    assert await store.plan_by_id(HEX) is None


async def test_a_plan_number_is_used_once(store: Store) -> None:
    plan = (await publish(store, 1)).plan
    other = type(plan)(
        plan.v, 1, plan.starts_at + STEP, plan.window_s, plan.seed, plan.questions, plan.policy, plan.vantages
    )
    with pytest.raises(ConfigError, match="number 1 is taken"):
        await store.put_plan(seal_plan(other, COLLECTOR), other)
    unknown = type(plan)(plan.v, 2, plan.starts_at, plan.window_s, plan.seed, plan.questions, HEX, plan.vantages)
    with pytest.raises(ConfigError, match="policy"):
        await store.put_plan(seal_plan(unknown, COLLECTOR), unknown)


async def test_a_batch_comes_back_to_the_byte(store: Store, migrated_dsn: str) -> None:
    published = await publish(store, 1)
    row = Fleet().batch(published, "mi-01")
    header = row.header
    assert await store.chain_head("mi-01", header.chain) is None
    assert await store.held("mi-01", header.chain, 1) is None
    await store.insert_batch(row)
    assert await store.chain_head("mi-01", header.chain) == (1, row.batch_id)
    assert await store.held("mi-01", header.chain, 1) == (row.batch_id, row.received_at)
    lines = split(row.body)
    assert await store.round_lines(1, "mi-01") == [(one.cell, lines[one.line], False) for one in row.observations]
    assert await store.round_close(1, "mi-01") == row.closes[0][2]
    assert await store.closed_not_judged() == await store.closed() == [(1, "mi-01")]
    (kept,) = await store.stored_batches(0, 10)
    assert (kept.body, kept.leaves, kept.batch_id, kept.signature) == (
        row.body,
        row.leaves,
        row.batch_id,
        row.signature,
    )
    assert kept.rows == await store.count_observations(kept.batch) == len(row.observations)
    seen = await rows(migrated_dsn, "SELECT * FROM analyst.observations ORDER BY line")
    for one, told in zip(row.observations, seen, strict=True):
        assert told["record_digest"] == sha256(b"\0" + lines[one.line]).hexdigest()
        assert abs(told["at"] - one.at) < timedelta(milliseconds=1)
        assert (told["cell"], told["rtt_us"], told["batch"]) == (one.cell, one.rtt_us, row.batch_id)
        assert (told["rcode"], told["addresses"], told["flags"]) == ("NOERROR", ["198.51.100.7"], ["ra"])
        assert (told["plan"], told["probe"], told["asn"], told["type"]) == (published.plan_id, "mi-01", 3269, "A")
        assert (told["failure"], told["gap"], told["messages"]) == (None, None, 1)
    assert {told["family"] for told in seen} == {4, 6}


async def test_what_is_odd_in_a_row_is_kept(store: Store, migrated_dsn: str) -> None:
    """Each failure and gap, nothing answered, a clock ten years off, a time no number can hold."""
    published = await publish(store, 1)
    row = Fleet().batch(published, "mi-01", close=False)
    facts = row.observations[0].answer
    at = published.plan.starts_at
    odd = [ObservationRow(1, cell, 1, None, None, failure, None, at) for cell, failure in enumerate(Failure)]
    odd += [ObservationRow(1, 100 + cell, 1, None, None, None, gap, at) for cell, gap in enumerate(Gap)]
    odd.append(ObservationRow(1, 200, 1, facts, 5, None, None, at - timedelta(days=3650)))
    odd.append(ObservationRow(1, 201, 1, facts, 2**40, None, None, at))
    odd.append(ObservationRow(1, 202, 1, facts, None, Failure.TOO_LARGE, None, at))
    await store.insert_batch(row._replace(observations=odd))
    statement = """
        SELECT cell, answer, rtt_us, failure_word.word AS failure, gap_word.word AS gap, at_ms
        FROM ledger.observation
        INNER JOIN ledger.failure_word ON failure_word.code = failure
        INNER JOIN ledger.gap_word ON gap_word.code = gap"""
    seen = {told["cell"]: told for told in await rows(migrated_dsn, statement)}
    assert [seen[cell]["failure"] for cell, _ in enumerate(Failure)] == list(Failure)
    assert [seen[100 + cell]["gap"] for cell, _ in enumerate(Gap)] == list(Gap)
    assert (seen[200]["at_ms"], seen[200]["rtt_us"], seen[201]["rtt_us"], seen[201]["at_ms"]) == (None, 5, None, 0)
    assert (seen[202]["failure"], seen[202]["rtt_us"]) == ("too_large", None)
    assert seen[200]["answer"] == seen[202]["answer"] is not None
    assert len(seen) == len(odd)


async def test_a_place_is_taken_once(store: Store) -> None:
    published = await publish(store, 1)
    fleet = Fleet()
    row = fleet.batch(published, "mi-01")
    await store.insert_batch(row)
    with pytest.raises(EvidenceError, match="held already"):
        await store.insert_batch(row)
    other = fleet.batch(published, "mi-01")
    await store.keep_fork(row.header, other.batch_id, other.signature, other.body, row.received_at, "127.0.0.1")
    await store.keep_fork(row.header, other.batch_id, other.signature, other.body, row.received_at, "")
    assert await store.chain_head("mi-01", row.header.chain) == (1, row.batch_id)


async def test_a_batch_that_fails_leaves_nothing(store: Store, migrated_dsn: str) -> None:
    """Answers it brought first are not taken for stored when the next batch brings them again."""
    published = await publish(store, 1)
    row = Fleet().batch(published, "mi-01")
    broken = row._replace(closes=((1, 999, row.closes[0][2]),))
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await store.insert_batch(broken)
    for table in ("batch", "observation", "answer", "batch_round", "round"):
        assert await count(migrated_dsn, f"ledger.{table}") == 0
    await store.insert_batch(row)
    assert (await rows(migrated_dsn, "SELECT count(*) FROM analyst.observations WHERE rcode = 'NOERROR'"))[0][0] == len(
        row.observations
    )


async def test_texts_that_postgres_cannot_hold_are_the_peers_fault(store: Store) -> None:
    published = await publish(store, 1)
    row = Fleet().batch(published, "mi-01")
    header = type(row.header)("mi-01", row.header.chain, 1, "b", "nul \0 nul", row.header.at)
    with pytest.raises(FormatError):
        await store.insert_batch(row._replace(header=header))
    huge = Close(published.plan_id, 2**40, 1, HEX)
    with pytest.raises(FormatError):
        await store.insert_batch(row._replace(closes=((1, 1, huge),)))


async def test_the_first_close_counts(store: Store) -> None:
    published = await publish(store, 1)
    fleet = Fleet()
    first = fleet.batch(published, "mi-01", cells=published.of("mi-01")[:3], close=False)
    gaps = (GapRange(3, 9, Gap.BREAKER), GapRange(12, 12, Gap.QUOTA))
    close = Close(published.plan_id, 20, 12, HEX, gaps)
    await store.insert_batch(first._replace(closes=((1, 1, close),)))
    await store.insert_batch(fleet.batch(published, "mi-01"))
    assert await store.round_close(1, "mi-01") == close
    assert await store.round_close(2, "mi-01") is None


async def test_certificates_are_kept_once(store: Store, migrated_dsn: str) -> None:
    published = await publish(store, 1)
    fleet = Fleet()
    der = b"not parsed here"
    certificate = Certificate(1, sha256(der).hexdigest(), der)
    for number in (1, 2):
        row = fleet.batch(published, "mi-01", close=number == 1)
        await store.insert_batch(row._replace(certificates=(certificate,)))
    assert [told["der"] for told in await rows(migrated_dsn, "SELECT der FROM ledger.certificate")] == [der]


async def test_a_batch_may_span_days(store: Store, migrated_dsn: str) -> None:
    """Plans 1 and 2 are on two days: each row lies in its plan's partition."""
    first, second = await publish(store, 1), await publish(store, 2)
    fleet = Fleet()
    one, two = fleet.batch(first, "mi-01"), fleet.batch(second, "mi-01")
    joined: BatchRow = one._replace(observations=[*one.observations, *two.observations])
    await store.insert_batch(joined)
    statement = "SELECT tableoid::regclass::text AS lies, count(*) FROM ledger.observation GROUP BY 1 ORDER BY 1"
    assert [tuple(told) for told in await rows(migrated_dsn, statement)] == [
        ("ledger.observation_20260302", 20),
        ("ledger.observation_20260303", 20),
    ]


async def test_facts_cannot_be_changed(store: Store, migrated_dsn: str) -> None:
    published = await publish(store, 1)
    await store.insert_batch(Fleet().batch(published, "mi-01"))
    await store.ensure_deployment(lab=False)
    statement = """
        SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
        WHERE schemaname = 'ledger'"""
    tables = [told[0] for told in await rows(migrated_dsn, statement)]
    assert "ledger.observation_20260302" in tables
    assert len(tables) >= 20
    for table in tables:
        attempts = [f"TRUNCATE {table} CASCADE"]
        counted = await count(migrated_dsn, table)
        columns = await rows(
            migrated_dsn,
            "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 "
            "AND attgenerated = '' AND attidentity = ''",
            table,
        )
        if counted or "observation" not in table:
            column = columns[0][0]
            attempts += [f"DELETE FROM {table}", f"UPDATE {table} SET {column} = {column}"]  # noqa: S608  names of our own
        for attempt in attempts:
            with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
                await rows(migrated_dsn, attempt)


async def test_an_order_has_versions(store: Store) -> None:
    body = b'{"title":"T","authority":"A","issued_on":"2022-07-11","addressees":["cloudflare"],"scope":[{"name":"Example.org","rule":"exact"}]}'
    assert await store.put_order("o", b"file 1", body, START) == 1
    assert await store.put_order("o", b"file 1", body, START) == 1
    assert await store.put_order("o", b"file 2", body, START) == 2
    (order,) = await store.orders()
    assert (order["version"], order["title"], str(order["issued_on"])) == (2, "T", "2022-07-11")


async def test_a_closed_store_is_unavailable(store: Store, migrated_dsn: str) -> None:
    other = await Store.connect(migrated_dsn)
    await other.close()
    with pytest.raises(UnavailableError):
        await other.newest_plan()
