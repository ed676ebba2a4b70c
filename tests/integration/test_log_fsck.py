"""`collector fsck` names what is wrong: one stored value of each table is changed, as only a superuser without triggers can."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

import asyncpg

from collector.evidence.authorities import Authority
from collector.evidence.stamping import Head, Stamper
from collector.fsck import check
from collector.library import Library
from schema.codec import encode
from schema.dsse import KEY_CHANGE, Signer
from schema.enrol import KeyChange
from schema.record import VERSION, Certificate
from tests.evidence.forge.cast import ORDER
from tests.helpers.batches import START, VANTAGES, round_lines
from tests.helpers.collector import CELLS, COLLECTOR, Running, collector
from tests.helpers.notes import LogWriter, Watcher
from tests.helpers.tsa import NONCE, SHA256, Reply, algorithm, der, octets, pinned

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from collector.faults import Fault
    from collector.store import Store
    from tests.integration.conftest import TestServer

#: Table, column, what tells one row, and a part of what fsck then says.
BYTES = (
    ("log", "public_key", "", "log "),
    ("log_entry", "line", "index = 3", "line 3"),
    ("log_entry", "leaf", "index = 4", "line 4"),
    ("checkpoint", "root", "", "checkpoint of"),
    ("checkpoint", "note", "", "checkpoint of"),
    ("cosignature", "line", "", "checkpoint"),
    ("collector_key", "public_key", "", "collector key"),
    ("policy", "body", "", "policy"),
    ("question_set", "body", "", "question set"),
    ("vantage", "public_key", "probe = 'mi-01'", "vantage mi-01"),
    ("vantage_key", "public_key", "by_key_id IS NOT NULL", "key of a probe"),
    ("vantage_key", "signature", "by_key_id IS NOT NULL", "key mi-01/"),
    ("plan", "payload", "number = 1", "plan 1"),
    ("plan", "signature", "number = 1", "plan 1"),
    ("batch", "body", "number = 1 AND chain = repeat('a', 32)", "batch 1"),
    ("batch", "signature", "number = 1 AND chain = repeat('a', 32)", "batch 1"),
    ("batch", "leaves", "number = 1 AND chain = repeat('a', 32)", "batch 1"),
    ("batch", "batch_id", "number = 1 AND chain = repeat('a', 32)", "batch 1"),
    ("fork", "body", "", "other content"),
    ("certificate", "der", "", "certificate"),
    ("round", "root", "plan_number = 1", "another in its table"),
    ("probe_log", "leaf", "index = 1", "probe's log"),
    ("probe_checkpoint", "root", "size = 1", "probe_checkpoint"),
    ("probe_checkpoint", "signature", "size = 2", "heads of the probe's log"),
    ("stamp", "request", "", "token"),
    ("stamp", "reply", "", "token"),
    ("stamp", "token", "", "token"),
    ("stamp", "certificate", "", "token"),
)
#: The same for values that are no bytes, with what they become.
VALUES = (
    ("log", "origin", "origin || '0'", "", "line 0"),
    ("vantage", "custodian", "custodian || 'x'", "probe = 'mi-01'", "enrolment mi-01"),
    ("vantage", "asn", "asn + 1", "probe = 'rm-01'", "enrolment rm-01"),
    ("vantage_event", "reason", "reason || 'x'", "", "standing mi-01/"),
    ("legal_order", "body", "body || '{\"x\": 1}'", "", "order ordine-di-prova/1"),
    ("equivocation", "digests", "ARRAY[digests[2], digests[1]]", "", "equivocation "),
    ("stamp", "gen_at", "gen_at + interval '1 second'", "", "time is another"),
    ("stamp", "chain", "chain[2:]", "", "token"),
    ("plan", "starts_at", "starts_at + interval '1 second'", "number = 2", "plan 2"),
    ("plan_vantage", "asn", "asn + 1", "plan_number = 2 AND probe = 'to-01'", "plan 2"),
    ("cell", "name", "'x' || name", "cell = 3", "cells"),
    ("resolver", "operator", "operator || 'x'", "resolver = 'beta'", "resolvers"),
    ("batch", "header", 'header || \'{"boot": "other"}\'', "number = 1 AND chain = repeat('a', 32)", "header"),
    ("batch", "previous", "sha256('')", "number = 2 AND chain = repeat('a', 32)", "batch 2"),
    ("round", "observed", "observed - 1", "plan_number = 1", "another in its table"),
    ("probe_log", "index", "index + 7", "index = 2", "probe's log"),
    ("log_entry", "ref", "ref || 'x'", "index = 5", "line 5"),
)


@asynccontextmanager
async def filled(store: Store, folder: Path) -> AsyncIterator[Running]:
    """A collector whose ledger has a row in every table."""
    async with collector(store, folder=folder) as running:
        plans = await running.published(2)
        await store.put_order(ORDER.id, b"file", encode(ORDER), START)
        writer = LogWriter("mi-01", chain="a" * 32)
        der_bytes = b"any certificate"
        certificate = encode(Certificate(VERSION, sha256(der_bytes).hexdigest(), der_bytes))
        for named, plan in plans:
            lines = round_lines(plan, named, CELLS, plan.vantages[0])
            assert (await running.post(writer.round([certificate, *lines]))).status == 201
        await running.services.engine.idle()
        fresh = Signer(b"f" * 32)
        change = encode(KeyChange("mi-01", fresh.public_key.hex()))
        signature = writer.signer.sign(KEY_CHANGE, change)
        assert await store.change_key("mi-01", writer.signer.key_id, fresh.public_key, signature, START)
        sealed = await running.services.sealer.seal()
        assert sealed
        assert await Watcher(VANTAGES[1].id).look(running, COLLECTOR.public_key)

        async def ask(_authority: Authority, _request: bytes) -> bytes:
            imprint = der(0x30, algorithm(SHA256), octets(sha256(sealed.note).digest()))
            return Reply(imprint=imprint).pack()

        then = datetime(2022, 7, 11, 10, tzinfo=UTC)  # what the token says
        stamper = Stamper(store, [Authority("", pinned())], ask=ask, now=lambda: then, dice=lambda _bits: NONCE)
        assert await stamper.stamp(Head(sealed.log, sealed.checkpoint.size, sealed.note)) == 1
        other = LogWriter("mi-01", chain="a" * 32)
        assert (await running.post(other.batch(other.begin()))).status == 409
        assert await running.services.sealer.seal()
        yield running


async def faults(store: Store) -> list[Fault]:
    """What fsck finds."""
    return [fault async for fault in check(store, Library(store), lambda _: None)]


async def test_one_changed_value_is_named(
    store: Store, migrated_dsn: str, postgres_server: TestServer, tmp_path: Path
) -> None:
    """In each table that evidence rests on; and nothing is named when it is put right again."""
    bytes_changed = [
        (
            table,
            column,
            f"set_byte({column}, length({column}) - 1, get_byte({column}, length({column}) - 1) # 1)",
            where,
            told,
        )
        for table, column, where, told in BYTES
    ]
    owner = await asyncpg.connect(postgres_server.dsn("postgres", migrated_dsn.rpartition("/")[2]))
    try:
        async with filled(store, tmp_path):
            assert await faults(store) == []
            await owner.execute("SET session_replication_role = replica")
            for table, rule in await owner.fetch(
                "SELECT conrelid::regclass::text, conname FROM pg_constraint"
                " WHERE contype = 'c' AND connamespace = 'ledger'::regnamespace AND conislocal"
            ):
                await owner.execute(f'ALTER TABLE {table} DROP CONSTRAINT IF EXISTS "{rule}"')
            for table, column, value, where, told in [*bytes_changed, *VALUES]:
                only = f"WHERE {where}" if where else ""
                first = f"SELECT ctid, {column} AS kept FROM ledger.{table} {only} ORDER BY ctid LIMIT 1"  # noqa: S608  names of our own
                change = f"UPDATE ledger.{table} SET {column} = {value} WHERE ctid = $1 RETURNING ctid"  # noqa: S608  names of our own
                mend = f"UPDATE ledger.{table} SET {column} = $2 WHERE ctid = $1"  # noqa: S608  names of our own
                place = await owner.fetchrow(first)
                assert place is not None, (table, where)
                changed = await owner.fetchval(change, place["ctid"])
                found = await faults(store)
                assert any(told in f"{one.where}: {one.what}" for one in found), (table, column, found)
                await owner.execute(mend, changed, place["kept"])
            assert await faults(store) == []
    finally:
        await owner.close()
