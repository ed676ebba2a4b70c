"""Gives an admitted batch its place in its probe's chain, and makes it durable before anyone is told so."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from collector.errors import ForkError, OutOfOrderError
from collector.receive.logs import follow, second_closes
from collector.receive.match import match, plans_named
from collector.receive.rows import batch_row
from schema.codec import encode
from schema.dsse import RECEIPT, key_id, seal
from schema.errors import EvidenceError
from schema.note import Checkpoint, NoteSignature, key_hash
from schema.receipt import VERSION, Receipt
from schema.record import SeenLine

if TYPE_CHECKING:
    from datetime import datetime

    from collector.receive.admit import Admitted
    from collector.services import Services
    from collector.store.rows import Held


class Custody(NamedTuple):
    """The receipt of a batch as it travels; `fresh` if the batch was not held before."""

    body: bytes
    fresh: bool


async def keep(batch: Admitted, services: Services, *, received_at: datetime, source: str) -> Custody:
    """Store *batch* if it is the next of its chain; *source* is the address it came from.

    The caller lets one batch of a probe in at a time.

    Raises:
        EvidenceError, SignatureError: a line of the probe's log that may not stand there; nothing was kept.
        OutOfOrderError: a number was left out. ForkError: the place holds other content; both are now kept and the probe
            is suspended. UnavailableError: nothing was written.
    """
    header, store = batch.header, services.store
    head = await store.chain_head(header.probe, header.chain)
    expected = head[0] + 1 if head else 1
    held = await store.held(header.probe, header.chain, header.number) if header.number < expected else None
    if held is not None:
        return await _again(batch, held, services, received_at, source)
    if header.number != expected:
        raise OutOfOrderError(f"the next batch of this chain is {expected}, not {header.number}", expected=expected)
    if head is not None and header.previous != head[1]:
        raise await _fork(batch, services, received_at, source)
    matched = match(batch, await services.library.plans(plans_named(batch)))
    await _hear(batch, services)
    closed = await store.close_leaves(header.probe, {one.plan for _, one in batch.closes}) if batch.closes else {}
    twice = second_closes(batch, closed)
    log = await services.logs.of(header.probe, header.chain, store) if batch.log else None
    if (
        log is not None
        and log.tree.size
        and await store.chain_key(header.probe, header.chain) != key_id(batch.public_key)
    ):
        raise EvidenceError("the log of a chain is signed with another key than it began with")
    followed = follow(batch, log)
    row = batch_row(batch, matched, followed, twice, services.facts, received_at=received_at, source=source)
    try:
        await store.insert_batch(row)
    except EvidenceError:  # another collector on this database took the place meanwhile
        held = await store.held(header.probe, header.chain, header.number)
        if held is None:
            raise
        return await _again(batch, held, services, received_at, source)
    services.logs.keep(header.probe, header.chain, followed.log)
    services.metrics.kept(batch, matched)
    services.metrics.equivocations.inc(len(row.equivocations))
    services.engine.received(header.probe, batch, matched)
    return Custody(_receipt(batch, services, received_at), fresh=True)


async def _again(batch: Admitted, held: Held, services: Services, received_at: datetime, source: str) -> Custody:
    """The place is taken: by the same content, which gets the same receipt, or by another."""
    if held.batch != batch.batch:
        raise await _fork(batch, services, received_at, source)
    return Custody(_receipt(batch, services, held.received_at), fresh=False)


async def _fork(batch: Admitted, services: Services, received_at: datetime, source: str) -> ForkError:
    header = batch.header
    reason = f"chain {header.chain} has other content at or before batch {header.number}"
    await services.store.keep_fork(header, batch.batch, batch.signature, batch.body, received_at, source)
    services.metrics.forks.inc()
    return ForkError(
        reason, remedy="Both are kept. Compare the probe's spool with them, then resume or revoke the probe."
    )


def _receipt(batch: Admitted, services: Services, received_at: datetime) -> bytes:
    header = batch.header
    receipt = Receipt(
        VERSION, batch.batch, header.probe, header.chain, header.number, len(batch.lines), received_at,
        services.sealer.origin, services.within_s,
    )  # fmt: skip
    return encode(seal(services.signer, RECEIPT, encode(receipt)))


async def _hear(batch: Admitted, services: Services) -> None:
    """Check what the probe says to have seen of this collector's log, and learn of what the database does not hold.

    Raises:
        SignatureError: this log did not sign it.
    """
    for _, line in batch.log:
        if isinstance(line, SeenLine):
            seen = line.seen
            checkpoint = Checkpoint(seen.origin, seen.size, bytes.fromhex(seen.root))
            name = key_hash(seen.origin, services.sealer.public_key)
            await services.sealer.saw(checkpoint, NoteSignature(seen.origin, name, seen.signature))
