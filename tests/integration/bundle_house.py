"""Puts a forged house into a database as its probes and authorities would have, for what reads it back."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import asyncpg
from zstandard import ZstdCompressor

from collector.store import BatchRow, Facts, ObservationRow, Store
from schema.codec import encode
from schema.dsse import PLAN, Envelope
from schema.entry import OrderEntered, PlanPublished, ProbeCheckpoint, Stamped, read_entry
from schema.log import leaf_hash
from schema.policy import read_policy
from schema.record import (
    BatchHeader,
    BatchLine,
    BeginLine,
    Certificate,
    CloseLine,
    Record,
    SeenLine,
    read_line,
    read_record,
)
from tests.evidence.forge.answers import certificate
from tests.evidence.forge.cast import Cast
from tests.evidence.forge.house import House

if TYPE_CHECKING:
    from datetime import datetime

    from schema.order import Order
    from tests.evidence.forge.house import Measured
    from tests.evidence.forge.probe import Chain, Probe

KINDS = {BeginLine: "begin", CloseLine: "close", SeenLine: "seen"}


def as_postgres(body: bytes) -> bytes:
    """JSON as Postgres writes a jsonb: keys by length, then by bytes."""

    def ordered(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: ordered(value[key]) for key in sorted(value, key=lambda key: (len(key.encode()), key.encode()))
            }
        return [ordered(one) for one in value] if isinstance(value, list) else value

    return json.dumps(ordered(json.loads(body)), ensure_ascii=False).encode()


class KeptHouse(House):
    """A house whose orders stand in a database."""

    def enter_order(self, order: Order, at: datetime, version: int = 1) -> None:
        body = as_postgres(encode(order))
        self.bodies[f"orders/{order.id}.{version}.json"] = body
        self.enter(OrderEntered(order=order.id, version=version, digest=sha256(body).hexdigest(), at=at))


async def settle(store: Store, dsn: str, house: House, *, lab: bool = True, entries: int | None = None) -> None:
    """Everything of *house*, as it stands, in the database; of its log the first *entries*, all of them by default."""
    cast: Cast = house.cast
    at = house.tokens[0].at
    for probe in house.probes.values():
        await store.add_vantage(probe.vantage, probe.chains[0].keys.public, at)
    await store.ensure_deployment(lab=lab)
    await store.put_collector_key(house.keys.public, at)
    for name, body in house.bodies.items():
        if name.startswith("policies/"):
            await store.put_policy(read_policy(body))
    await store.put_order(cast.order.id, encode(cast.order), encode(cast.order), at)
    for name, body in house.bodies.items():
        if name.startswith("questions/"):
            await store.put_questions(body)
    for published in house.plans.values():
        signature = house.keys.dsse.sign(PLAN, published.payload)
        await store.put_plan(Envelope(published.payload, house.keys.id, signature), published.plan)
    facts = Facts()
    for probe in house.probes.values():
        for chain in probe.chains:
            await _deliver(store, dsn, house, probe, chain, facts)
    connection = await asyncpg.connect(dsn)
    try:
        await _keep_log(connection, house, 0, len(house.entries) if entries is None else entries)
    finally:
        await connection.close()


async def grow(dsn: str, house: House, since: int) -> None:
    """The rest of the log of *house*, of which the first *since* entries are there."""
    connection = await asyncpg.connect(dsn)
    try:
        await _keep_log(connection, house, since, len(house.entries))
    finally:
        await connection.close()


async def _deliver(store: Store, dsn: str, house: House, probe: Probe, chain: Chain, facts: Facts) -> None:
    """One batch of the whole chain."""
    began = house.tokens[0].at
    header = BatchHeader(probe.vantage.id, chain.id, 1, "boot", "0.1.0", began, lab=True)
    lines = [encode(BatchLine(1, header))]
    observations: list[ObservationRow] = []
    closes = []
    certificates: dict[str, Certificate] = {}
    places: list[int] = []
    for index, line in enumerate(chain.lines):
        measured = next((one for one in house.rounds if one.chain is chain and one.leaf == index), None)
        if measured is not None:
            for record_line in measured.lines.values():
                record = read_record(record_line)
                observations.append(_row(record, measured, len(lines), facts))
                certificates.update(_shown(record))
                lines.append(record_line)
            close = read_line(line)
            assert isinstance(close, CloseLine)
            closes.append((len(lines), measured.plan.plan.number, close.close))
        places.append(len(lines))
        lines.append(line)
    body = ZstdCompressor().compress(b"".join(line + b"\n" for line in lines))
    leaves = b"".join(map(leaf_hash, lines))
    batch = sha256(body).hexdigest()
    await store.insert_batch(
        BatchRow(
            header,
            batch,
            bytes(64),
            body,
            leaves,
            began,
            "",
            (),
            observations,
            tuple(closes),
            tuple(certificates.values()),
        )
    )
    connection = await asyncpg.connect(dsn)
    try:
        number = await connection.fetchval("SELECT batch FROM ledger.batch WHERE batch_id = decode($1, 'hex')", batch)
        probe_no = await connection.fetchval("SELECT probe_no FROM ledger.vantage WHERE probe = $1", probe.vantage.id)
        await connection.executemany(
            "INSERT INTO ledger.probe_log (probe_no, chain, index, kind, leaf, batch, line, plan_id)"
            " VALUES ($1,$2,$3,$4,$5,$6,$7,$8)",
            [
                (probe_no, chain.id, index, KINDS[type(read := read_line(line))], leaf_hash(line), number, places[index],
                 bytes.fromhex(read.close.plan) if isinstance(read, CloseLine) else None)
                for index, line in enumerate(chain.lines)
            ],
        )  # fmt: skip
        await connection.executemany(
            "INSERT INTO ledger.probe_checkpoint (probe_no, chain, size, root, key_id, signature, batch, line)"
            " VALUES ($1,$2,$3,$4,$5,$6,$7,$8)",
            [
                (probe_no, chain.id, head.size, bytes.fromhex(head.root), bytes.fromhex(chain.keys.id), head.signature,
                 number, head.size)
                for head in chain.heads
            ],
        )  # fmt: skip
    finally:
        await connection.close()


def _row(record: Record, measured: Measured, line: int, facts: Facts) -> ObservationRow:
    us = record.answers[0].us if record.answers else None
    answer = facts.of(record.answers)
    number = measured.plan.plan.number
    return ObservationRow(number, record.cell, line, answer, us, record.failure, record.gap, record.at)


def _shown(record: Record) -> dict[str, Certificate]:
    shown = (certificate(),) if record.tls is not None else ()
    found = {sha256(der).hexdigest(): Certificate(1, sha256(der).hexdigest(), der) for der in shown}
    assert tuple(found) == (record.tls.chain if record.tls else ())
    return found


def _ref(index: int, line: bytes) -> str:
    """Which row of the ledger an entry is of, where anybody looks for it by that."""
    match read_entry(line):
        case PlanPublished() as entry:
            return str(entry.number)
        case ProbeCheckpoint() as entry:
            return f"{entry.probe}/{entry.chain}/{entry.size}"
        case Stamped() as entry:
            return entry.token
    return str(index)


async def _keep_log(connection: asyncpg.Connection[asyncpg.Record], house: House, first: int, last: int) -> None:
    number = int(house.origin.rsplit("/", 1)[1])
    at = house.tokens[0].at
    await connection.execute(
        "INSERT INTO ledger.log (log, origin, public_key, began_at) VALUES ($1,$2,$3,$4) ON CONFLICT DO NOTHING", number,
        house.origin, house.keys.public, at,
    )  # fmt: skip
    rows = []
    for index, line in list(enumerate(house.entries))[first:last]:
        rows.append((number, index, json.loads(line)["kind"], _ref(index, line), leaf_hash(line), line))
    await connection.executemany(
        "INSERT INTO ledger.log_entry (log, index, kind, ref, leaf, line) VALUES ($1,$2,$3,$4,$5,$6)", rows
    )
    for size, note in sorted((size, note) for size, note in house.notes.items() if first < size <= last):
        await connection.execute(
            "INSERT INTO ledger.checkpoint (log, size, root, note, signed_at) VALUES ($1,$2,$3,$4,$5)", number, size,
            note.checkpoint.root, note.pack(), at,
        )  # fmt: skip
        for one in house.cosignatures.get(size, ()):
            await connection.execute(
                "INSERT INTO ledger.cosignature (log, size, name, line, received_at) VALUES ($1,$2,$3,$4,$5)", number, size,
                one.name, one.line, at,
            )  # fmt: skip
    for token in (one for one in house.tokens if first < one.size <= last):
        authority = next(one for one in house.authorities if one.name == token.authority)
        digest, chain = sha256(token.reply).digest(), [authority.certificate, authority.root]
        await connection.execute(
            "INSERT INTO ledger.stamp (log, size, authority, certificate, request, reply, chain, token, gen_at, accuracy_us,"
            " qualified, received_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$9)",
            number, token.size, token.authority, sha256(authority.certificate).digest(), token.request, token.reply, chain,
            digest, token.at, token.accuracy_us, authority.qualified,
        )  # fmt: skip
