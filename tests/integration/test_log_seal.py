"""The collector's log over real HTTP and a real database: entries, checkpoints, proofs, cosignatures, and who may sign."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING

import pytest

from collector.store import Store
from schema.entry import LogBegins, PlanPublished, ProbeCheckpoint, read_entry
from schema.log import Tree, is_consistent, leaf_hash, root_from_inclusion
from schema.note import Note, NoteSigner, cosigned_at, read_note, verify_own, witness_name
from tests.helpers.batches import START, VANTAGES, honest, round_lines
from tests.helpers.collector import CELLS, COLLECTOR, Running, collector, sealer
from tests.helpers.notes import LogWriter, Watcher

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from schema.entry import Entry
    from schema.plan import Plan

KINDS = [
    "policy",
    "questions",
    "enrolment",
    "key",
    "standing",
    "order",
    "stamp",
    "plan",
    "equivocation",
    "probe_checkpoint",
]


@pytest.fixture
async def running(store: Store, tmp_path: Path) -> AsyncIterator[Running]:
    """A collector whose key lies in a folder of the test's."""
    async with collector(store, folder=tmp_path) as one:
        yield one


async def entries(running: Running) -> list[Entry]:
    """Every entry, read as a stranger would."""
    reply = await running.request("GET", "/v1/log/entries")
    return [read_entry(line) for line in reply.body.splitlines()]


async def deliver(running: Running, probe: int, rounds: int = 1) -> LogWriter:
    """A probe that keeps a log delivers so many rounds."""
    writer = LogWriter(VANTAGES[probe].id)
    for named, plan in await plans(running, rounds):
        batch = writer.round(round_lines(plan, named, CELLS, plan.vantages[probe], honest))
        assert (await running.post(batch)).status == 201
    return writer


async def plans(running: Running, last: int) -> list[tuple[str, Plan]]:
    """Plans 1 to *last* with their ids."""
    await running.published(last)
    return [
        (one.plan_id, one.plan)
        for number in range(1, last + 1)
        for one in [await running.services.library.plan(number)]
    ]


async def test_everything_enters_once_in_order(running: Running) -> None:
    """And a second seal of the same adds nothing, not even a checkpoint."""
    writer = await deliver(running, 0, rounds=2)
    first = await running.services.sealer.seal()
    assert first is not None
    found = await entries(running)
    assert isinstance(found[0], LogBegins)
    assert found[0].key == COLLECTOR.public_key.hex()
    assert found[0].origin == first.checkpoint.origin == f"ottempera/collector/{COLLECTOR.key_id[:16]}/1"
    assert [one.number for one in found if isinstance(one, PlanPublished)] == [1, 2]
    heads = [one for one in found if isinstance(one, ProbeCheckpoint)]
    assert [one.size for one in heads] == [1, 2, 3]
    assert heads[-1].root == writer.tree.root().hex()
    assert await running.services.sealer.seal() == first
    tree = Tree(map(leaf_hash, (await running.request("GET", "/v1/log/entries")).body.splitlines()))
    assert (len(tree), tree.root()) == (first.checkpoint.size, first.checkpoint.root)


async def test_what_becomes_visible_late_enters_all_the_same(running: Running) -> None:
    """A head of an older batch, whose transaction ended after that of a newer one, changes no mark: some later look finds it."""
    await deliver(running, 0, rounds=2)
    sealer = running.services.sealer
    await sealer.seal()
    quiet = await sealer.seal()
    async with running.store._connection() as connection:
        await connection.execute(
            "INSERT INTO ledger.probe_checkpoint (probe_no, chain, size, root, key_id, signature, batch, line)"
            " SELECT probe_no, repeat('d', 32), 1, root, key_id, signature, 1, 1 FROM ledger.probe_checkpoint LIMIT 1"
        )
    found = [await sealer.seal() for _ in range(17)]
    assert quiet is not None
    assert found[0] == quiet
    assert found[-1] is not None
    assert found[-1].checkpoint.size == quiet.checkpoint.size + 1


async def test_a_checkpoint_that_very_many_cosigned_can_still_be_read(running: Running) -> None:
    """A note has a largest size; beyond it every probe would refuse the checkpoint."""
    sealed = await running.services.sealer.seal()
    assert sealed is not None
    for number in range(600):
        name = f"witness-{number}.example"
        line = NoteSigner(b"w" * 32).cosign(sealed.checkpoint, name=name, at=0).line
        await running.store.put_cosignature(sealed.log, sealed.checkpoint.size, name, line, START)
    note = read_note((await running.request("GET", "/v1/log/checkpoint")).body)
    assert 400 < len(note.signatures) < 600


async def test_proofs_hold(running: Running) -> None:
    """Each line is shown to be in the newest checkpoint, and each earlier size to be its beginning."""
    await deliver(running, 0)
    sealed = await running.services.sealer.seal()
    assert sealed is not None
    head = sealed.checkpoint
    lines = (await running.request("GET", "/v1/log/entries")).body.splitlines()
    tree = Tree(map(leaf_hash, lines))
    for index, line in enumerate(lines):
        path = f"/v1/log/inclusion?leaf={leaf_hash(line).hex()}&size={head.size}"
        found = (await running.request("GET", path)).document
        proof = [b64decode(one) for one in found["hashes"]]
        assert found["index"] == index
        assert root_from_inclusion(leaf_hash(line), index, head.size, proof) == head.root
        found = (await running.request("GET", f"/v1/log/consistency?from={index}&to={head.size}")).document
        proof = [b64decode(one) for one in found["hashes"]]
        assert is_consistent(index, tree.root(index), head.size, head.root, proof)
    absent = await running.request("GET", f"/v1/log/inclusion?leaf={'00' * 32}&size={head.size}")
    late = await running.request("GET", f"/v1/log/inclusion?leaf={leaf_hash(lines[3]).hex()}&size=3")
    beyond = await running.request("GET", f"/v1/log/consistency?from=1&to={head.size + 1}")
    assert [absent.status, late.status, beyond.status] == [404, 404, 404]
    assert (await running.request("GET", "/v1/log/consistency?from=-1&to=2")).status == 422


async def test_cosignatures_are_kept_and_given_out(running: Running) -> None:
    """Those of enrolled probes; one that does not fit is refused, a stranger's is passed over."""
    await running.published(1)
    await running.services.sealer.seal()
    one, two = Watcher("mi-01"), Watcher("rm-01")
    assert await one.look(running, COLLECTOR.public_key)
    assert await two.look(running, COLLECTOR.public_key)
    note = read_note((await running.request("GET", "/v1/log/checkpoint")).body)
    assert [signature.name for signature in note.signatures[1:]] == [witness_name("mi-01"), witness_name("rm-01")]
    assert cosigned_at(note.checkpoint, note.signatures[1], one.key.public_key)
    verify_own(note, COLLECTOR.public_key)
    assert one.held is not None
    stranger = Watcher("nobody")
    own, cosigned = one.held.signatures
    odd = stranger.key.cosign(note.checkpoint, name=stranger.name, at=1)
    false = stranger.key.cosign(note.checkpoint, name=one.name, at=1)
    for signatures, status in (((own, odd), 204), ((own, false), 401), ((cosigned,), 401)):
        body = Note(note.checkpoint, signatures).pack()
        assert (await running.request("POST", "/v1/log/cosignatures", data=body)).status == status
    assert (await running.request("POST", "/v1/log/cosignatures", data=b"no note")).status == 422


async def test_a_checkpoint_that_the_database_does_not_hold_ends_signing(running: Running, tmp_path: Path) -> None:
    """Larger, or different: both are signed by this key, so they are true. A process that starts knows it from the file."""
    await running.published(1)
    sealed = await running.services.sealer.seal()
    assert sealed is not None
    signer = running.services.sealer._key
    head = sealed.checkpoint._replace(root=b"\x01" * 32)
    body = Note(head, (signer.sign(head),)).pack()
    assert (await running.request("POST", "/v1/log/cosignatures", data=body)).status == 204
    assert await running.services.sealer.seal() is None
    reply = await running.request("GET", "/v1/log/checkpoint")
    assert reply.status == 503
    assert "this database does not" in reply.document["detail"]
    again = sealer(running.store, tmp_path, lambda: running.clock[0])
    assert await again.seal() is None
    assert again.barred is not None
    assert "that this database does not hold" in again.barred


async def test_a_start_waits_for_most_of_those_who_cosigned(running: Running, tmp_path: Path) -> None:
    """And for all of them where the file beside the key is missing."""
    await running.published(1)
    await running.services.sealer.seal()
    watchers = [Watcher(one.id) for one in VANTAGES]
    for one in watchers:
        assert await one.look(running, COLLECTOR.public_key)
    for needed, missing in ((2, False), (3, True)):
        if missing:
            (tmp_path / "collector.key.signed").unlink()
        again = sealer(running.store, tmp_path, lambda: running.clock[0])
        for heard, one in enumerate(watchers):
            sealed = await again.seal()
            assert (sealed is not None) == (heard >= needed), again.barred
            assert one.held
            await again.received(one.held)
        assert await again.seal() is not None


async def test_two_processes_on_one_database(running: Running, migrated_dsn: str, tmp_path: Path) -> None:
    """One signs; the other shows nothing, and takes over when the first is gone."""
    await running.published(1)
    first = await running.services.sealer.seal()
    other = await Store.connect(migrated_dsn)
    try:
        second = sealer(other, tmp_path, lambda: running.clock[0])
        assert await second.seal() is None
        assert second.barred == "another process signs this database"
        await running.store.release_signing()
        assert await second.seal() == first
        assert await running.services.sealer.seal() is None
    finally:
        await other.close()
