"""Recomputes from the stored bytes what is stored beside them, and names what does not agree."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import zstandard

from collector.checking import check_copies, check_logs
from collector.faults import Fault
from collector.receive.admit import Holder, admit
from collector.receive.limits import Limits
from collector.receive.logs import ChainLog, follow
from collector.receive.match import match, plans_named
from collector.rounds import Round, read_execution
from schema.errors import OttemperaError
from schema.plan import open_plan

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from collector.library import Library
    from collector.receive.admit import Admitted
    from collector.store import Store
    from collector.store.rows import StoredBatch

_AT_A_TIME: Final = 50
_ANY_SIZE: Final = Limits(body_bytes=2**30, plain_bytes=2**30)  # what was admitted once stays admitted
_PLANS_AT_A_TIME: Final = 1000


async def check(store: Store, library: Library, progress: Callable[[int], None]) -> AsyncIterator[Fault]:
    """Every fault of plans, copies, batches, logs and rounds; *progress* is told how many batches were looked at."""
    async for fault in _check_plans(store):
        yield fault
    async for fault in _check_batches(store, library, progress):
        yield fault
    async for fault in check_copies(store):
        yield fault
    async for fault in check_logs(store):
        yield fault
    for number, probe in await store.closed():
        where = f"plan {number} of {probe}"
        try:
            execution = await read_execution(store, library, Round(number, probe))
        except (OttemperaError, zstandard.ZstdError) as error:
            yield Fault(where, str(error))
            continue
        if execution is None or not execution.sealed:
            yield Fault(where, "the root over its records and gaps is not the one in its close")


async def _check_plans(store: Store) -> AsyncIterator[Fault]:
    keys = {sha256(key).hexdigest(): key for key in await store.collector_keys()}
    number = 0
    while envelopes := await store.plans(number, _PLANS_AT_A_TIME):
        for envelope in envelopes:
            number += 1
            try:
                plan = open_plan(envelope, collector_key=keys.get(envelope.key, b""))[1]
            except OttemperaError as error:
                yield Fault(f"plan {number}", str(error))
                continue
            if plan.number != number:
                yield Fault(f"plan {number}", f"its payload says {plan.number}")
                number = max(number, plan.number)


async def _check_batches(store: Store, library: Library, progress: Callable[[int], None]) -> AsyncIterator[Fault]:
    heads: dict[tuple[str, str], tuple[int, str]] = {}
    logs: dict[tuple[str, str], ChainLog] = {}
    after = checked = 0
    while rows := await store.stored_batches(after, _AT_A_TIME):
        for row in rows:
            after, checked = row.batch, checked + 1
            where = f"batch {row.number} of chain {row.chain} of {row.probe}"
            for what in await _faults_of(row, store, library, logs):
                yield Fault(where, what)
            number, digest = heads.get((row.probe, row.chain), (0, None))
            if (row.number, row.previous) != (number + 1, digest):
                yield Fault(where, f"it does not follow batch {number}")
            heads[row.probe, row.chain] = (row.number, row.batch_id)
            progress(checked)


async def _faults_of(
    row: StoredBatch, store: Store, library: Library, logs: dict[tuple[str, str], ChainLog]
) -> list[str]:
    faults: list[str] = []
    if sha256(row.body).hexdigest() != row.batch_id:
        faults.append("its id is not the digest of its body")
    try:
        batch = _admit_again(row)
    except OttemperaError as error:
        return [*faults, str(error)]
    header = batch.header
    if (header.probe, header.chain, header.number, header.previous) != (row.probe, row.chain, row.number, row.previous):
        faults.append("its header says another place")
    if batch.leaves != row.leaves:
        faults.append("its leaf hashes are not those of its lines")
    faults += [what async for what in _faults_of_copies(row, batch, store, logs)]
    try:
        matched = match(batch, await library.plans(plans_named(batch)))
    except OttemperaError as error:
        return [*faults, str(error)]
    counted = await store.count_observations(row.batch)
    if not len(matched.seen) == row.rows == counted:
        faults.append(f"its lines make {len(matched.seen)} observations, {row.rows} are noted and {counted} stored")
    return faults


async def _faults_of_copies(
    row: StoredBatch, batch: Admitted, store: Store, logs: dict[tuple[str, str], ChainLog]
) -> AsyncIterator[str]:
    """What is kept apart from the batch and says otherwise: its header, its closes, the log of its chain."""
    if await store.header_of_batch(row.batch) != batch.header:
        yield "its header is another in its column"
    told = dict(batch.closes)
    for line, close in await store.closes_of_batch(row.batch):
        if told.get(line) != close:
            yield f"the close in line {line + 1} is another in its table"
    followed = follow(batch, logs.get((row.probe, row.chain), ChainLog()))
    if followed.log is not None:
        logs[row.probe, row.chain] = followed.log
    lines, heads = await store.log_of_batch(row.batch)
    wanted = followed.rows
    if lines != list(wanted.lines if wanted else ()):
        yield "what it adds to the probe's log is other in its table"
    fresh = dict.fromkeys(wanted.heads, wanted.key_id) if wanted else {}
    if not all(fresh.get(head) == key for head, key in heads) or (not heads and fresh and not followed.notes):
        yield "the heads of the probe's log that it brings are others in their table"


def _admit_again(row: StoredBatch) -> Admitted:
    """The batch as it would be admitted today; whether its clock was believable is not asked again.

    Raises:
        OttemperaError: it would not be.
    """
    key = sha256(row.public_key).hexdigest()
    return admit(
        row.body,
        key=key,
        signature=b64encode(row.signature).decode(),
        keys={key: Holder(row.probe, row.public_key)},
        lab=None,
        received_at=row.received_at,
        limits=_ANY_SIZE,
    )
