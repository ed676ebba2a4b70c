"""Probes' logs as they come in: heads are recomputed, contradictions are kept and suspend, keys and invitations do once."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from collector.judging import rebuild
from probe.observe import close_line
from schema.cells import applicable
from schema.codec import encode
from schema.dsse import ENROL, KEY_CHANGE, Signer
from schema.enrol import EnrolRequest, KeyChange
from schema.entry import UNFULFILLED, Enrolment, Equivocation, KeyChanged, ProbeCheckpoint, Standing, read_entry
from schema.log import leaf_hash
from schema.note import Note, NoteSigner, read_note
from schema.receipt import open_receipt
from schema.record import VERSION, Certificate, Seen, SeenLine, TlsSeen, read_record
from schema.registry import Vantage
from tests.helpers.batches import START, VANTAGES, Said, honest, round_lines
from tests.helpers.collector import CELLS, COLLECTOR, SEED, Reply, Running, collector
from tests.helpers.notes import LogWriter, Watcher

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from collector.store import Store
    from schema.cells import Cell
    from schema.plan import PlanVantage

PROBE = VANTAGES[0].id


@pytest.fixture
async def running(store: Store) -> AsyncIterator[Running]:
    """A collector with one plan published."""
    async with collector(store) as one:
        await one.published(1)
        yield one


async def lines_of(running: Running, script: object = honest) -> list[bytes]:
    """The first round of the first probe."""
    known = await running.services.library.plan(1)
    return round_lines(known.plan, known.plan_id, CELLS, known.plan.vantages[0], script)  # type: ignore[arg-type]  # scripts are functions


async def logged(running: Running) -> list[object]:
    """The entries after a seal."""
    await running.services.sealer.seal()
    return [read_entry(line) for line in (await running.request("GET", "/v1/log/entries")).body.splitlines()]


async def suspended(running: Running) -> bool:
    """Whether the first probe is."""
    return next(one.suspended for one in await running.store.vantages() if one.vantage.id == PROBE)


async def test_a_log_is_followed_over_batches(running: Running) -> None:
    """Receipts say in which log its heads will be, and when."""
    writer = LogWriter(PROBE)
    lines = await lines_of(running)
    first = writer.batch([*writer.begin(), *lines[:20]])
    second = writer.batch([*lines[20:-1], *writer.logged(lines[-1])])
    for batch in (first, second):
        reply = await running.post(batch)
        assert reply.status == 201
        receipt = open_receipt(reply.body, batch=batch.digest, collector_key=COLLECTOR.public_key)
        assert (receipt.v, receipt.log, receipt.within_s) == (2, running.services.sealer.origin, 3600)
    assert [kind for kind, _ in await running.store.probe_leaves(PROBE, writer.chain, 0)] == ["begin", "close"]
    heads = [one for one in await logged(running) if isinstance(one, ProbeCheckpoint)]
    assert [(one.size, one.key) for one in heads] == [(1, writer.signer.key_id), (2, writer.signer.key_id)]
    assert not await suspended(running)


async def test_a_chain_without_begin_has_no_log(running: Running) -> None:
    """As older probes write it: taken, and nothing of it is logged."""
    writer = LogWriter(PROBE)
    assert (await running.post(writer.batch(await lines_of(running)))).status == 201
    assert await running.store.probe_leaves(PROBE, writer.chain, 0) == []
    assert not await suspended(running)


@pytest.mark.parametrize("wrong", ["root", "key", "size"])
async def test_a_head_that_is_not_over_its_lines(running: Running, wrong: str) -> None:
    """The batch is kept and acknowledged, the contradiction stands in the log, and the probe is suspended."""
    writer = LogWriter(PROBE)
    begin = writer.begin()
    *records, close = await lines_of(running)
    if wrong == "key":
        writer.notes = NoteSigner(b"x" * 32)
    head = writer.logged(close)[1]
    if wrong == "root":
        head = writer.head(b"\x01" * 32)
    if wrong == "size":
        writer.tree.append(b"\x02" * 32)
        head = writer.head()
    assert (await running.post(writer.batch([*begin, *records, close, head]))).status == 201
    assert await suspended(running)
    found = await logged(running)
    told = [one for one in found if isinstance(one, Equivocation)]
    assert [(one.probe, one.what, len(one.digests)) for one in told] == [(PROBE, "head", 2)]
    assert [one.event for one in found if isinstance(one, Standing)] == ["suspended"]
    assert (await running.post(writer.batch(records))).status == 403


async def test_two_closes_of_one_round(running: Running) -> None:
    """In another chain of the same key: the round keeps its first close, and both stand as an equivocation."""

    def blocked(cell: Cell, vantage: PlanVantage, number: int) -> Said:
        return Said(3) if cell.role == "target" else honest(cell, vantage, number)

    one, two = LogWriter(PROBE), LogWriter(PROBE, chain="b" * 32)
    assert (await running.post(one.round(await lines_of(running)))).status == 201
    assert (await running.post(two.round(await lines_of(running, blocked)))).status == 201
    assert await suspended(running)
    told = [entry for entry in await logged(running) if isinstance(entry, Equivocation)]
    assert [entry.what for entry in told] == ["close"]


async def test_the_same_close_again(running: Running) -> None:
    """As a probe repeats it after a restart: nothing is wrong, and it stands in both logs."""
    lines = await lines_of(running)
    one, two = LogWriter(PROBE), LogWriter(PROBE, chain="b" * 32)
    assert (await running.post(one.round(lines))).status == 201
    assert (await running.post(two.batch([*two.begin(), *two.logged(lines[-1])]))).status == 201
    assert not await suspended(running)
    assert len([entry for entry in await logged(running) if isinstance(entry, ProbeCheckpoint)]) == 4


@pytest.mark.parametrize("known", [True, False])
async def test_two_closes_of_a_plan_that_is_unknown_here(running: Running, known: bool) -> None:
    """Or that does not ask this probe: they contradict each other in the probe's own log, whatever the plan."""
    line = (await lines_of(running))[-1]
    if not known:
        line = line.replace((await running.services.library.plan(1)).plan_id.encode(), b"ef" * 32)
    other = line.replace(b'"observed":', b'"observed":1')
    one, two, three = (LogWriter(PROBE, chain=letter * 32) for letter in "abc")
    for writer, close in ((one, line), (two, line), (three, other)):
        assert not await suspended(running)
        assert (await running.post(writer.batch([*writer.begin(), *writer.logged(close)]))).status == 201
    assert await suspended(running)
    await running.services.engine.stop()
    (told,) = [entry for entry in await logged(running) if isinstance(entry, Equivocation) and entry.what == "close"]
    assert told.digests == (leaf_hash(line).hex(), leaf_hash(other).hex())


async def test_a_close_that_its_records_do_not_fulfil(running: Running) -> None:
    """The log says so, once; the probe is not suspended: a backup that was restored may lack what it sent."""
    lines = await lines_of(running)
    writer = LogWriter(PROBE)
    batch = writer.round(lines[1:])
    assert (await running.post(batch)).status == 201
    await running.services.engine.idle()
    late = writer.batch(lines[:1])
    assert (await running.post(late)).status == 201
    await running.services.engine.idle()
    (told,) = [entry for entry in await logged(running) if isinstance(entry, Equivocation)]
    assert (told.probe, told.what, told.digests) == (PROBE, UNFULFILLED, (leaf_hash(lines[-1]).hex(), batch.digest))
    assert not await suspended(running)
    rounds = await rebuild(running.store, running.services.library, running.services.metrics)
    assert rounds == 1
    assert len([entry for entry in await logged(running) if isinstance(entry, Equivocation)]) == 1


@pytest.mark.parametrize("delivered", [True, False])
async def test_a_record_whose_certificate_never_comes(running: Running, delivered: bool) -> None:
    """No bundle could hold the round: the log says so, as of one that is not sealed."""
    known = await running.services.library.plan(1)
    certificate = Certificate(VERSION, sha256(b"der").hexdigest(), b"der")
    line, *rest = (await lines_of(running))[:-1]
    named = encode(replace(read_record(line), tls=TlsSeen("1.3", (certificate.cert,))))
    records = {read_record(one).cell: leaf_hash(one) for one in (named, *rest)}
    cells = applicable(known.cells, known.plan.vantages[0])
    close = close_line(cells, records, {}, plan=known.plan_id, probe=PROBE)
    batch = LogWriter(PROBE).round([*([encode(certificate)] if delivered else []), named, *rest, close])
    assert (await running.post(batch)).status == 201
    await running.services.engine.idle()
    told = [(entry.what, entry.digests[0]) for entry in await logged(running) if isinstance(entry, Equivocation)]
    assert told == ([] if delivered else [(UNFULFILLED, leaf_hash(close).hex())])


async def test_a_seen_checkpoint_is_kept_where_its_row_was_lost(running: Running) -> None:
    """A backup made between an entry and the checkpoint over it: the bundle needs the note that a probe's log names."""
    await running.services.sealer.seal()
    watcher = Watcher(PROBE)
    seen = await watcher.look(running, COLLECTOR.public_key)
    assert seen
    row = running.services.sealer.log.row
    assert row
    async with running.store._connection() as connection:
        for table in ("cosignature", "checkpoint"):
            await connection.execute(f"ALTER TABLE ledger.{table} DISABLE TRIGGER USER")
            await connection.execute(f"DELETE FROM ledger.{table}")  # noqa: S608 - two names from above
    assert await running.store.checkpoint(row.log, seen.checkpoint.size) is None
    writer = LogWriter(PROBE)
    assert (await running.post(writer.batch([*writer.begin(), *writer.seen(seen)]))).status == 201
    kept = await running.store.checkpoint(row.log, seen.checkpoint.size)
    assert kept
    assert kept.note == Note(seen.checkpoint, seen.signatures[:1]).pack()


async def test_a_fork_is_an_equivocation(running: Running) -> None:
    """Other content under a number: refused, kept, told."""
    lines = await lines_of(running)
    one, two = LogWriter(PROBE), LogWriter(PROBE)
    assert (await running.post(one.batch([*one.begin(), *lines[:3]]))).status == 201
    assert (await running.post(two.batch([*two.begin(), *lines[:4]]))).status == 409
    assert await suspended(running)
    told = [entry for entry in await logged(running) if isinstance(entry, Equivocation)]
    assert [entry.what for entry in told] == ["batch"]


async def test_a_begin_where_none_may_be(running: Running) -> None:
    """In the middle, of another chain, with another key."""
    lines = await lines_of(running)
    for changes, before in (({}, lines[:1]), ({"chain": "c" * 32}, []), ({"key": "ab" * 32}, [])):
        writer = LogWriter(PROBE)
        reply = await running.post(writer.batch([*before, *writer.begin(**changes)]))
        assert (reply.status, reply.document["type"]) == (422, "urn:ottempera:problem:evidence")


async def test_what_no_log_may_hold_never_enters_one(running: Running) -> None:
    """A line after rotate, in another form, of a smaller checkpoint than before, or with another key: nothing is kept."""
    lines = await lines_of(running)
    await running.services.sealer.seal()
    watcher = Watcher(PROBE)
    older = await watcher.look(running, COLLECTOR.public_key)
    await running.published(2)
    await running.services.sealer.seal()
    newer = await watcher.look(running, COLLECTOR.public_key)
    assert older
    assert newer
    for wrong in ("after rotate", "other form", "smaller", "smaller, later", "gap"):
        writer = LogWriter(PROBE, chain=sha256(wrong.encode()).hexdigest()[:32])
        more = writer.begin()
        match wrong:
            case "after rotate":
                more += [*writer.rotate(b"\x07" * 32), *writer.logged(lines[-1])]
            case "other form":
                more += writer.logged(lines[-1].replace(b'"v":1', b'"v": 1'))
            case "smaller":
                more += [*writer.seen(newer), *writer.seen(older)]
            case "smaller, later":
                more += writer.seen(newer)
                assert (await running.post(writer.batch(more))).status == 201
                running.services.logs._logs.clear()
                more = writer.seen(older)
            case "gap":
                more += writer.logged(lines[-1].replace(b"}}", b',"gaps":[{"from":3,"to":2,"reason":"breaker"}]}}'))
        reply = await running.post(writer.batch(more))
        assert (reply.status, wrong) == (422, wrong), reply.body
    assert not await suspended(running)


async def test_a_checkpoint_that_was_never_signed_is_not_seen(running: Running) -> None:
    """One of this log with a forged signature is refused; one of a log of somebody else is his business."""
    await running.services.sealer.seal()
    watcher = Watcher(PROBE)
    assert await watcher.look(running, COLLECTOR.public_key)
    assert watcher.held
    writer = LogWriter(PROBE)
    assert (await running.post(writer.batch([*writer.begin(), *writer.seen(watcher.held)]))).status == 201
    false = encode(SeenLine(VERSION, Seen(running.services.sealer.origin, 5, "ab" * 32, bytes(64), START)))
    other = encode(SeenLine(VERSION, Seen("somebody/else", 5, "ab" * 32, bytes(64), START)))
    writer = LogWriter(PROBE, chain="b" * 32)
    assert (await running.post(writer.batch([*writer.begin(), *writer.logged(false)]))).status == 401
    writer = LogWriter(PROBE, chain="c" * 32)
    assert (await running.post(writer.batch([*writer.begin(), *writer.logged(other)]))).status == 201
    assert await running.services.sealer.seal() is not None


async def test_a_seen_checkpoint_that_the_database_does_not_hold(running: Running) -> None:
    """It was signed by this key: nothing is signed any more."""
    sealed = await running.services.sealer.seal()
    assert sealed
    head = sealed.checkpoint._replace(size=sealed.checkpoint.size + 7, root=b"\x05" * 32)
    signed = NoteSigner(SEED).sign(head)
    line = encode(SeenLine(VERSION, Seen(head.origin, head.size, head.root.hex(), signed.blob, START)))
    writer = LogWriter(PROBE)
    assert (await running.post(writer.batch([*writer.begin(), *writer.logged(line)]))).status == 201
    assert await running.services.sealer.seal() is None


def signed(signer: Signer, kind: str, body: bytes) -> dict[str, object]:
    """What a request with *body* is sent with."""
    signature = b64encode(signer.sign(kind, body)).decode()
    return {"data": body, "headers": {"Ottempera-Key": signer.key_id, "Ottempera-Signature": signature}}


async def test_a_key_changes(running: Running) -> None:
    """The newest changes it, once; what the old one signed still comes in."""
    old, new = LogWriter(PROBE), Signer(b"n" * 32)
    lines = await lines_of(running)
    assert (await running.post(old.batch([*old.begin(), *old.rotate(new.public_key)]))).status == 201
    body = encode(KeyChange(PROBE, new.public_key.hex()))
    later = encode(KeyChange(PROBE, Signer(b"o" * 32).public_key.hex()))

    async def ask(signer: Signer, body: bytes) -> int:
        return (await running.request("POST", "/v1/keys", **signed(signer, KEY_CHANGE, body))).status

    assert await ask(new, body) == 403  # nobody's key yet
    assert [await ask(old.signer, body) for _ in range(2)] == [201, 200]
    assert await ask(old.signer, later) == 422  # no longer the newest
    assert await ask(new, encode(KeyChange(PROBE, old.signer.public_key.hex()))) == 422  # was used
    assert (await running.post(old.batch(lines[:2]))).status == 201
    writer = LogWriter(PROBE, chain="d" * 32)
    writer.signer, writer.notes = new, NoteSigner(b"n" * 32)
    assert (await running.post(writer.round(lines))).status == 201
    assert not await suspended(running)
    found = await logged(running)
    changed = [one for one in found if isinstance(one, KeyChanged)]
    assert [(one.key, one.by) for one in changed] == [(new.public_key.hex(), old.signer.public_key.hex())]
    keys = [one.key for one in found if isinstance(one, ProbeCheckpoint)]
    assert keys == [old.signer.key_id, old.signer.key_id, new.key_id, new.key_id]
    rows = await running.store.stored_batches(0, 10)
    assert [row.public_key == new.public_key for row in rows] == [False, False, True]


async def test_an_invitation_is_good_once(running: Running) -> None:
    """For its probe, in its time; the same request again is answered as done."""
    vantage = Vantage("na-01", 3269, "TIM", "IT", "Dora")
    now = running.clock[0]
    await running.store.invite(vantage, b"token", now, now + timedelta(days=7))
    await running.store.invite(Vantage("pa-01", 1, "", "IT", ""), b"late", now, now)
    key, other = Signer(b"k" * 32), Signer(b"l" * 32)

    async def ask(signer: Signer, probe: str, token: str, named: Signer | None = None) -> Reply:
        body = encode(EnrolRequest(1, probe, (named or signer).public_key.hex(), token))
        return await running.request("POST", "/v1/enrol", **signed(signer, ENROL, body))

    assert (await ask(key, "na-01", "wrong")).status == 403
    assert (await ask(key, "xx-01", "token")).status == 403
    assert (await ask(key, "pa-01", "late")).status == 403
    assert (await ask(key, "na-01", "token", named=other)).status == 401
    assert [(await ask(key, "na-01", "token")).status for _ in range(2)] == [201, 200]
    assert (await ask(other, "na-01", "token")).status == 403
    entry = next(one for one in await logged(running) if isinstance(one, Enrolment) and one.probe == "na-01")
    assert (entry.asn, entry.custodian, entry.key) == (3269, "Dora", key.public_key.hex())


async def test_the_newest_checkpoint_can_be_read_by_anyone(running: Running) -> None:
    """503 until there is one."""
    assert (await running.request("GET", "/v1/log/checkpoint")).status == 503
    sealed = await running.services.sealer.seal()
    assert sealed
    reply = await running.request("GET", "/v1/log/checkpoint")
    assert reply.headers["Content-Type"].startswith("text/plain")
    assert read_note(reply.body).checkpoint == sealed.checkpoint
