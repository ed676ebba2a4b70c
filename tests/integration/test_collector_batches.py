"""Batches over real HTTP into a real database: receipts, repeats, skips, forks, refusals."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from collector.receive.limits import Limits
from schema.receipt import open_receipt
from schema.registry import Vantage
from tests.helpers.batches import START, VANTAGES, Signed, Writer, sign_body
from tests.helpers.collector import CELLS, COLLECTOR, QUESTIONS, Reply, Running, collector, planner, stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from collector.store import Store


@pytest.fixture
async def running(store: Store) -> AsyncIterator[Running]:
    """A collector."""
    async with collector(store) as one:
        yield one


async def batches_of(running: Running, probe: int = 0, rounds: int = 1) -> list[Signed]:
    """What a probe sends of the first rounds."""
    plans = await running.published(rounds)
    return stream(plans[0][1].vantages[probe], plans)


async def kept(store: Store) -> list[str]:
    """Ids of the batches that are kept, in order of arrival."""
    return [row.batch_id for row in await store.stored_batches(0, 1000)]


def problem(reply: Reply, status: int, slug: str) -> dict[str, Any]:
    """The problem document of a refusal."""
    assert reply.headers["Content-Type"] == "application/problem+json"
    document = reply.document
    assert (reply.status, document["status"], document["type"]) == (status, status, f"urn:ottempera:problem:{slug}")
    assert document["title"]
    return document


async def test_a_batch_gets_a_signed_receipt(running: Running) -> None:
    """And what it holds is visible in SQL."""
    batches = await batches_of(running)
    for signed in batches:
        reply = await running.post(signed)
        assert reply.status == 201
        receipt = open_receipt(reply.body, batch=signed.digest, collector_key=COLLECTOR.public_key)
        assert (receipt.probe, receipt.number) == ("mi-01", signed.header.number)
        assert receipt.received_at == running.clock[0]
    await running.services.engine.idle()
    assert await kept(running.store) == [signed.digest for signed in batches]
    (row, *_) = await running.store.coverage(["mi-01"])
    assert row["closed"]
    assert row["sealed"]
    assert row["missing"] == 0


async def test_the_same_again_gets_the_same_receipt(running: Running) -> None:
    """To the byte, whenever it comes again; nothing lands twice."""
    batches = await batches_of(running)
    first = [await running.post(signed) for signed in batches]
    running.clock[0] += timedelta(hours=1)
    again = [await running.post(signed) for signed in reversed(batches)]
    assert {reply.status for reply in again} == {200}
    assert [reply.body for reply in reversed(again)] == [reply.body for reply in first]
    assert len(await kept(running.store)) == len(batches)


async def test_the_same_at_once_is_kept_once(running: Running) -> None:
    """A probe that loses its connection may send again before the first is through."""
    first, *_ = await batches_of(running)
    replies = await asyncio.gather(*(running.post(first) for _ in range(8)))
    assert sorted(reply.status for reply in replies) == [200] * 7 + [201]
    assert len({reply.body for reply in replies}) == 1
    assert await kept(running.store) == [first.digest]


async def test_two_collectors_keep_a_batch_once(running: Running) -> None:
    """They share a database, not a lock."""
    first, *_ = await batches_of(running)
    async with collector(running.store) as other:
        replies = await asyncio.gather(*(one.post(first) for one in (running, other) * 4))
    assert sorted(reply.status for reply in replies) == [200] * 7 + [201]
    assert len({reply.body for reply in replies}) == 1


async def test_a_skip_names_the_number_expected(running: Running) -> None:
    """And writes nothing."""
    first, second, third, *_ = await batches_of(running, rounds=2)
    assert problem(await running.post(second), 409, "out-of-order")["expected"] == 1
    assert (await running.post(first)).status == 201
    assert problem(await running.post(third), 409, "out-of-order")["expected"] == 2
    assert (await running.post(second)).status == 201
    assert await kept(running.store) == [first.digest, second.digest]


async def test_other_content_under_a_number_is_kept_and_suspends_the_probe(running: Running) -> None:
    """A probe that signs two things for one place is not believed until somebody looked."""
    first, second, *_ = await batches_of(running)
    assert (await running.post(first)).status == 201
    forked = Writer("mi-01").batch([], at=START)
    assert "expected" not in problem(await running.post(forked), 409, "fork")
    assert await kept(running.store) == [first.digest]
    problem(await running.post(second), 403, "not-admitted")
    problem(await running.post(forked), 403, "not-admitted")
    assert [one.suspended for one in await running.store.vantages()] == [True, False, False]
    await running.store.note_vantage(
        "mi-01", "resumed", "its disk was restored from a copy", START + timedelta(hours=1)
    )
    assert (await running.post(second)).status == 201


async def test_a_batch_on_another_history_is_a_fork(running: Running) -> None:
    """It has the next number, but follows a batch that nobody here has seen."""
    first, second, *_ = await batches_of(running)
    assert (await running.post(first)).status == 201
    other = Writer("mi-01")
    other.batch([b"{}"])
    problem(await running.post(other.batch([])), 409, "fork")
    assert await kept(running.store) == [first.digest]
    assert second.header.number == 2


async def test_chains_of_a_probe_come_in_any_order(running: Running) -> None:
    """A new spool begins at 1 again."""
    plans = await running.published(2)
    tim = plans[0][1].vantages[0]
    old, new = stream(tim, plans[:1], chain="0a" * 16), stream(tim, plans[1:], chain="0b" * 16)
    for signed in [*new, *old]:
        assert (await running.post(signed)).status == 201


async def test_a_stranger_is_refused(running: Running) -> None:
    """Nobody enrolled it."""
    problem(await running.post(Writer("na-01").batch([])), 403, "not-admitted")


async def test_a_revoked_probe_is_refused_from_the_next_batch_on(running: Running) -> None:
    """What it delivered stays."""
    first, second, *_ = await batches_of(running)
    assert (await running.post(first)).status == 201
    await running.store.note_vantage("mi-01", "revoked", "sold", START + timedelta(hours=1))
    problem(await running.post(second), 403, "not-admitted")
    assert await kept(running.store) == [first.digest]


async def test_an_unsigned_batch_is_refused(running: Running) -> None:
    """One bit of the body, and a signature that is none."""
    first, *_ = await batches_of(running)
    body = bytearray(first.body)
    body[-1] ^= 1
    reply = await running.post(first._replace(body=bytes(body)))
    problem(reply, 401, "signature")
    assert reply.headers["WWW-Authenticate"]
    problem(await running.post(first, **{"Ottempera-Signature": "no base64"}), 401, "signature")
    problem(await running.request("POST", "/v1/batches", data=first.body), 401, "signature")
    assert await kept(running.store) == []


async def test_a_labs_probe_is_refused_by_a_real_collector(running: Running) -> None:
    """Invented data does not stand beside measured data."""
    problem(await running.post(Writer("mi-01", lab=True).batch([])), 403, "not-admitted")


async def test_a_real_probe_is_refused_by_a_lab(store: Store) -> None:
    """Nor the other way round."""
    async with collector(store, lab=True) as lab:
        problem(await lab.post(Writer("mi-01").batch([])), 403, "not-admitted")
        assert (await lab.post(Writer("mi-01", lab=True).batch([]))).status == 201


@pytest.mark.parametrize("body", [b"", b"junk", b"\x28\xb5\x2f\xfd" + bytes(20)], ids=["empty", "junk", "broken frame"])
async def test_signed_junk_is_refused(running: Running, body: bytes) -> None:
    """The signature does not make it a batch."""
    first, *_ = await batches_of(running)
    problem(await running.post(sign_body(Writer("mi-01").signer, body, first.header)), 422, "format")
    assert await kept(running.store) == []


async def test_a_line_out_of_form_is_named(running: Running) -> None:
    """By its number in the batch."""
    first, *_ = await batches_of(running)
    signed = Writer("mi-01").batch([b'{"v":1,"plan":"nothing else"}'])
    assert "line 2" in problem(await running.post(signed), 422, "format")["detail"]
    assert first.header.number == 1


@asynccontextmanager
async def small(store: Store) -> AsyncIterator[Running]:
    """A collector with no patience."""
    async with collector(store, limits=Limits(body_bytes=2000, read_s=0.05)) as running:
        yield running


async def test_a_large_body_is_refused_before_it_is_read(store: Store) -> None:
    """Whether it says its size or not."""
    big = sign_body(Writer("mi-01").signer, bytes(1_000_000), Writer("mi-01").batch([]).header)

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(1000):
            yield bytes(1000)

    async with small(store) as running:
        problem(await running.post(big), 413, "too-large")
        problem(await running.request("POST", "/v1/batches", data=pieces(), headers=big.headers), 413, "too-large")
        assert (await running.post(Writer("mi-01").batch([]))).status == 201


async def test_a_slow_body_is_refused(store: Store) -> None:
    """A connection is not held for ever."""
    late = asyncio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        yield b"one"
        await late.wait()

    async with small(store) as running:
        headers = Writer("mi-01").batch([]).headers
        problem(await running.request("POST", "/v1/batches", data=pieces(), headers=headers), 408, "too-slow")
        late.set()


async def test_a_content_encoding_inflates_nothing(running: Running) -> None:
    """A body is taken as it came: the signature is over those bytes."""
    first, *_ = await batches_of(running)
    for encoding in ("gzip", "deflate", "zstd"):
        assert (await running.post(first, **{"Content-Encoding": encoding})).status in {200, 201}


async def test_lines_of_no_plan_are_kept_but_not_counted(running: Running) -> None:
    """The bytes are evidence of something; the notes say why nothing was made of them."""
    plans = await running.published(1)
    batches = stream(plans[0][1].vantages[0], [("00" * 32, plans[0][1])])
    for signed in batches:
        assert (await running.post(signed)).status == 201
    rows = await running.store.stored_batches(0, 100)
    assert [row.rows for row in rows] == [0] * len(batches)
    assert b"unknown_plan" in (await running.request("GET", "/metrics")).body


async def test_without_a_database_nothing_is_acknowledged(running: Running) -> None:
    """503 with a time to come back; the process itself goes on answering."""
    first, *_ = await batches_of(running)
    await running.store.close()
    reply = await running.post(first)
    problem(reply, 503, "unavailable")
    assert int(reply.headers["Retry-After"]) > 0
    assert (await running.request("GET", "/healthz")).status == 200
    assert (await running.request("GET", "/readyz")).status == 503


FULL_DISK = """
CREATE FUNCTION public.full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON ledger.{table} FOR EACH ROW EXECUTE FUNCTION public.full_disk();
"""


@pytest.mark.parametrize("table", ["batch", "observation", "round"])
async def test_a_full_disk_leaves_nothing_behind(running: Running, table: str) -> None:
    """Wherever in the transaction it fills up: 503, nothing written, and the same batch is taken afterwards."""
    plans = await running.published(1)
    (signed,) = stream(plans[0][1].vantages[0], plans, lines_a_batch=1000)
    async with running.store._connection() as connection:
        await connection.execute(FULL_DISK.format(table=table))
    problem(await running.post(signed), 503, "unavailable")
    assert await kept(running.store) == []
    assert await running.store.closed() == []
    async with running.store._connection() as connection:
        await connection.execute(f"DROP TRIGGER full_disk ON ledger.{table}")
    assert (await running.post(signed)).status == 201
    (row,) = await running.store.stored_batches(0, 10)
    assert row.rows == await running.store.count_observations(row.batch) > 0


async def test_lost_connections_lose_nothing(running: Running) -> None:
    """The server ends every connection between two batches; what was acknowledged is there, once."""
    batches = await batches_of(running)
    for signed in batches:
        async with running.store._connection() as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        statuses = [(await running.post(signed)).status for _ in range(10)]
        assert set(statuses) <= {200, 201, 503}
        assert statuses[-1] == 200
        assert statuses.count(201) == 1
    assert await kept(running.store) == [signed.digest for signed in batches]


async def test_plans_are_given_out_in_order(running: Running) -> None:
    """Signed, from a number on, so many at a time."""
    ids = [named for named, _ in await running.published(5)]
    first = (await running.request("GET", "/v1/plans?after=0&limit=3")).document["plans"]
    rest = (await running.request("GET", "/v1/plans?after=3")).document["plans"]
    assert (len(first), len(rest)) == (3, 2)
    assert {one["key"] for one in first} == {COLLECTOR.key_id}
    assert len(ids) == 5
    digest = (await running.published(6))[0][1].questions
    reply = await running.request("GET", f"/v1/questions/{digest}")
    assert (reply.status, reply.body) == (200, QUESTIONS)


@pytest.mark.parametrize(
    ("path", "status", "slug"),
    [
        ("/v1/plans?after=-1", 422, "format"),
        ("/v1/plans?limit=many", 422, "format"),
        ("/v1/plans?after=99999999999999999999", 422, "format"),
        ("/v1/questions/" + "0" * 64, 404, "not-found"),
        ("/v1/questions/..%2f..%2fetc%2fpasswd", 404, "not-found"),
        ("/nothing", 404, "http"),
    ],
)
async def test_odd_requests_are_refused(running: Running, path: str, status: int, slug: str) -> None:
    """With a problem document, whatever they are."""
    problem(await running.request("GET", path), status, slug)


async def test_plans_name_whoever_is_enrolled_then(running: Running) -> None:
    """A vantage that comes later is in later plans, a revoked one in none."""
    await running.published(2)
    await running.store.add_vantage(Vantage("na-01", 3269, "TIM", "IT"), Writer("na-01").signer.public_key, START)
    await running.store.note_vantage("to-01", "revoked", "", START)
    (plan,) = await planner(running.store).publish_through(3)
    assert [one.id for one in plan.vantages] == ["mi-01", "rm-01", "na-01"]


async def test_watchmen_are_answered(running: Running) -> None:
    """Ready once there is a plan."""
    assert (await running.request("GET", "/healthz")).status == 200
    assert (await running.request("GET", "/readyz")).document == {"ready": False, "database": "ok", "newest_plan": None}
    await running.published(2)
    assert (await running.request("GET", "/readyz")).document == {"ready": True, "database": "ok", "newest_plan": 2}
    assert b"ottempera_rounds_waiting 0.0" in (await running.request("GET", "/metrics")).body
    assert len(CELLS) > len(VANTAGES)
