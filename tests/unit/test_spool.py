"""The spool: what it writes can be read again, whatever moment the process died at."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from random import Random
from typing import TYPE_CHECKING

import pytest

from collector.receive.limits import Limits
from probe.batchfile import list_batches, read_batch
from probe.custody import Waits
from probe.identity import ProbeKey
from probe.log import ProbeLog
from probe.recovery import Found, list_chains, read_chain
from probe.spool import Spool, SpoolFullError
from probe.waiting import MAX_BYTES, MAX_LINES
from schema.codec import encode
from schema.dsse import BATCH, RECEIPT, Signer, seal, verify
from schema.errors import EvidenceError, OttemperaError, SignatureError
from schema.log import leaf_hash
from schema.receipt import Receipt
from schema.record import (
    BatchHeader,
    BatchLine,
    Begin,
    BeginLine,
    ChainHead,
    Close,
    CloseLine,
    Record,
    Seen,
    SeenLine,
    read_line,
)
from schema.words import Profile, Role

if TYPE_CHECKING:
    from pathlib import Path

    from probe.recovery import Batch

NOW = datetime(2026, 1, 2, tzinfo=UTC)
PROBE = ProbeKey(b"p" * 32)
COLLECTOR = Signer(b"c" * 32)
CHAINS = (f"{number:032x}" for number in count(1))


def _spool(folder: Path, *, quota: int = 1 << 20, kept: bool = True) -> Spool:
    """A process opens its spool; *kept*: with a log."""

    def header(chain: str, number: int, previous: str | None) -> BatchHeader:
        return BatchHeader("p", chain, number, "boot", "test", NOW, previous)

    def log(chain: str, after: ChainHead | None) -> ProbeLog | None:
        begin = Begin(chain, PROBE.public_key.hex(), "boot", "test", NOW, after)
        return ProbeLog(PROBE.notes, probe="p", begin=begin) if kept else None

    return Spool(folder, PROBE, header=header, new_chain=lambda: next(CHAINS), quota_bytes=quota, new_log=log)


def _batches(spool: Spool) -> list[Path]:
    """The batches of the chain that *spool* began."""
    return list_batches(spool._path)


def _took(spool: Spool, held: Batch) -> None:
    """The collector has *held*."""
    spool.acknowledge(held, _receipt(held), collector_key=COLLECTOR.public_key)


def _lines(held: Batch) -> list[bytes]:
    return list(read_batch(held.path).lines())


def _record(cell: int, plan: str = "plan") -> bytes:
    return encode(
        Record(
            v=1,
            plan=plan,
            cell=cell,
            probe="p",
            at=NOW,
            role=Role.TARGET,
            resolver="r",
            endpoint="udp:192.0.2.1:53",
            name="a.example.",
            qtype="A",
            profile=Profile.STUB,
        )
    )


def _close(plan: str = "plan") -> bytes:
    return encode(CloseLine(1, Close(plan, 1, 1, "00")))


def _receipt(held: Batch, *, signer: Signer = COLLECTOR, digest: str = "") -> bytes:
    receipt = Receipt(2, digest or held.digest, "p", held.chain, held.number, 1, NOW)
    return encode(seal(signer, RECEIPT, encode(receipt)))


def test_batches_are_signed_numbered_and_linked(tmp_path: Path) -> None:
    """Each batch verifies, carries its number and names the one before."""
    spool = _spool(tmp_path)
    for cell in range(3):
        spool.append(_record(cell), plan="plan")
        spool.flush()
    previous = None
    for number, path in enumerate(_batches(spool), start=1):
        batch = read_batch(path)
        verify(PROBE.public_key, BATCH, batch.body, batch.signature)
        first = read_line(next(iter(batch.lines())))
        assert isinstance(first, BatchLine)
        assert (first.batch.number, first.batch.previous) == (number, previous)
        previous = sha256(batch.body).hexdigest()
    assert spool.number == 3


def test_the_thousandth_line_is_written_through(tmp_path: Path) -> None:
    """Memory never holds more than MAX_LINES."""
    spool = _spool(tmp_path)
    for cell in range(MAX_LINES):
        spool.append(_record(cell), plan="plan")
    assert [held.number for held in spool.pending()] == [1]
    assert spool.flush() is None


def test_restart_finds_open_and_closed_rounds(tmp_path: Path) -> None:
    """Leaves of an open round come back from disk; a round whose close is on disk is closed."""
    spool = _spool(tmp_path)
    lines = [_record(cell) for cell in range(4)]
    for line in lines[:2]:
        spool.append(line, plan="plan")
    spool.append(_record(9, "other"), plan="other")
    spool.append_to_log(_close("other"), plan="other")
    spool.flush()
    spool.append(lines[2], plan="plan")
    spool.flush()
    spool.append(lines[3], plan="plan")  # in memory when the process dies
    again = _spool(tmp_path)
    assert again.open_rounds == {"plan": {cell: leaf_hash(lines[cell]) for cell in range(3)}}
    assert again.closed_rounds == {"other"}


def test_of_a_closed_round_a_restart_keeps_its_close_and_no_leaves(tmp_path: Path) -> None:
    """A spool that waited for months is read within the memory of a small machine."""
    spool = _spool(tmp_path)
    for plan in ("one", "two", "three"):
        for cell in range(5):
            spool.append(_record(cell, plan), plan=plan)
        if plan != "three":
            spool.append_to_log(_close(plan), plan=plan)
        spool.flush()
    found = Found()
    for chain in list_chains(tmp_path):
        read_chain(chain, {PROBE.key_id: PROBE.public_key}, found)
    assert (set(found.closes), {plan: len(cells) for plan, cells in found.leaves.items()}) == (
        {"one", "two"},
        {"three": 5},
    )


def test_a_process_begins_a_chain_that_names_the_end_of_the_one_before(tmp_path: Path) -> None:
    """In its first batch, and only there; a process that writes nothing leaves nothing behind."""
    first = _spool(tmp_path)
    first.append(_record(1), plan="plan")
    held = first.flush()
    assert held is not None
    _spool(tmp_path)  # says nothing
    again = _spool(tmp_path)
    for cell in (2, 3):
        again.append(_record(cell), plan="plan")
        again.flush()
    second, third = (_lines(one) for one in again.pending() if one.chain == again.chain)
    begin, before = read_line(second[1]), read_line(_lines(held)[1])
    assert isinstance(begin, BeginLine)
    assert isinstance(before, BeginLine)
    assert before.begin.after is None
    assert begin.begin.after == ChainHead(first.chain, 1, held.digest)
    assert (begin.begin.chain, begin.begin.key) == (again.chain, PROBE.public_key.hex())
    assert third[1:] == [_record(3)]
    assert [one.chain for one in again.pending()] == [first.chain, again.chain, again.chain]
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("leftover", [b"", b"abc 1", b"\x00" * 100], ids=["nothing", "some", "zeros"])
def test_a_half_written_file_is_no_batch(tmp_path: Path, leftover: bytes) -> None:
    """What a crash left before the rename is removed."""
    spool = _spool(tmp_path)
    spool.append(_record(1), plan="plan")
    held = spool.flush()
    assert held is not None
    part = held.path.with_name("0000000002.batch.part")
    part.write_bytes(leftover)
    assert list(_spool(tmp_path).pending()) == [held]
    assert not part.exists()


def _waits(spool: Spool) -> list[tuple[int, str]]:
    return [(batch.number, what) for batch, what in spool.held.waits()]


def test_freed_only_with_receipt_close_and_inclusion(tmp_path: Path) -> None:
    """Wrong signer or wrong batch are no receipt; one thing missing, and it stays; the newest batch stays anyway."""
    spool = _spool(tmp_path)
    spool.round_open("plan")
    spool.append(_record(1), plan="plan")
    first = spool.flush()
    assert first is not None
    with pytest.raises(SignatureError):
        spool.acknowledge(first, _receipt(first, signer=PROBE), collector_key=COLLECTOR.public_key)
    with pytest.raises(EvidenceError):
        spool.acknowledge(first, _receipt(first, digest="00" * 32), collector_key=COLLECTOR.public_key)
    assert list(spool.pending()) == [first]
    _took(spool, first)
    assert not list(spool.pending())
    spool.append_to_log(_close(), plan="plan")
    second = spool.flush()
    assert second is not None
    assert second.head is not None
    assert _waits(spool) == [(1, Waits.ROUND), (2, Waits.RECEIPT)]
    spool.round_closed("plan")
    assert _waits(spool) == [(1, Waits.INCLUSION), (2, Waits.RECEIPT)]
    assert first.path.exists(), "its head is in no checkpoint"
    assert list(spool.held.heads()) == [], "what has no receipt is not looked for"
    _took(spool, second)
    assert list(spool.held.heads()) == [[second]]
    spool.included(spool.chain, second.head.size - 1)
    spool.free()
    assert first.path.exists(), "a smaller head covers nothing of it"
    spool.included(spool.chain, second.head.size)
    spool.free()
    assert not first.path.exists()
    assert second.path.exists(), "the newest batch says where the next chain goes on"
    assert _waits(spool) == [(2, Waits.NEXT)]
    again = _spool(tmp_path)
    assert list(again.pending()) == []
    assert again.held.newest == second


def test_what_a_dead_chain_ends_with_is_freed_by_the_next_ones_head(tmp_path: Path) -> None:
    """No head of its own will ever cover it; the begin of the next chain does, by the links between batches."""
    spool = _spool(tmp_path)
    spool.round_open("plan")
    spool.append(_record(1), plan="plan")
    first = spool.flush()
    assert first is not None
    _took(spool, first)
    again = _spool(tmp_path)
    assert again.open_rounds == {"plan": {1: leaf_hash(_record(1))}}
    again.round_open("plan")
    again.append_to_log(_close(), plan="plan")
    second = again.flush(closing=True)
    assert second is not None
    assert second.head is not None
    assert list(again.pending()) == [first, second], "the end of the last chain is sent again before a new one"
    again.round_closed("plan")
    for held in (first, second):
        _took(again, held)
    again.free()
    assert first.path.exists()
    again.included(again.chain, second.head.size)
    again.free()
    assert not first.path.parent.exists()
    assert second.path.exists()


def test_a_close_without_a_head_is_said_again(tmp_path: Path) -> None:
    """Byte for byte, in the next chain's log, once."""
    old = _spool(tmp_path, kept=False)
    for line in (_record(1), _close()):
        old.append(line, plan="plan")
    held = old.flush()
    assert held is not None
    assert held.head is None
    again = _spool(tmp_path)
    said = again.flush()
    assert said is not None
    assert _lines(said)[2] == _close()
    assert said.head is not None
    assert said.head.size == 2
    assert _spool(tmp_path).flush() is None


def test_a_log_line_and_its_head_are_never_parted(tmp_path: Path) -> None:
    """Wherever the end of a batch falls."""
    for before in (MAX_LINES - 2, MAX_LINES - 1, MAX_LINES):
        spool = _spool(tmp_path / str(before), quota=1)
        for cell in range(before):
            with suppress(SpoolFullError):
                spool.append(_record(cell), plan="plan")
        for number in range(3):
            with suppress(SpoolFullError):
                spool.append_to_log(_close(f"{number:064x}"), plan="plan")
        spool.flush(closing=True)
        heads = 0
        for held in spool.pending():
            lines = _lines(held)[1:]
            for place, line in enumerate(lines):
                if b'"close"' in line:
                    assert lines[place + 1].startswith(b'{"v":1,"checkpoint":')
                    heads += 1
        assert heads == 3


def test_quota_refuses_and_keeps_the_lines(tmp_path: Path) -> None:
    """Above the quota nothing is written and nothing is lost."""
    spool = _spool(tmp_path, quota=1)
    spool.append(_record(1), plan="plan")
    spool.flush()
    assert spool.full
    spool.append(_record(2), plan="plan")
    with pytest.raises(SpoolFullError, match="quota"):
        spool.flush()
    [held] = list(spool.pending())
    spool.append(_record(3), plan="plan")
    assert held.number == 1


def test_a_batch_never_holds_more_than_a_collector_takes(tmp_path: Path) -> None:
    """Neither while lines come, nor after a time without room: a refused batch would end the chain for good."""
    dice = Random(7)
    lines = [dice.randbytes(96 * 1024).hex().encode() for _ in range(100)]  # as much as hostile resolvers can say
    spool = _spool(tmp_path, quota=1)
    spool.append(_record(1), plan="plan")
    spool.flush()
    for line in lines:
        with suppress(SpoolFullError):
            spool.append(line, plan="plan")
    spool.flush(closing=True)
    bodies = [read_batch(held.path) for held in spool.pending()]
    assert [line for body in bodies for line in list(body.lines())[1:]][1:] == [_record(1), *lines]
    assert len(bodies) > 3
    for body in bodies:
        assert len(body.body) <= MAX_BYTES + 1024 < Limits().body_bytes
        assert sum(len(line) for line in body.lines()) <= MAX_BYTES + 1024


def test_the_close_is_written_beyond_the_quota(tmp_path: Path) -> None:
    """Only when it is on disk is what fills the quota let go of."""
    spool = _spool(tmp_path, quota=1)
    spool.round_open("plan")
    spool.append(_record(1), plan="plan")
    first = spool.flush()
    assert first is not None
    _took(spool, first)
    with suppress(SpoolFullError):
        spool.append_to_log(_close(), plan="plan")
    second = spool.flush(closing=True)
    assert second is not None
    assert second.head is not None
    _took(spool, second)
    spool.included(spool.chain, second.head.size)
    spool.free()
    assert first.path.exists()
    spool.round_closed("plan")
    assert not first.path.exists()


def test_a_close_is_kept_until_its_reader_has_noted_it(tmp_path: Path) -> None:
    """Through any number of restarts: without it the round would be closed a second time."""
    spool = _spool(tmp_path)
    spool.round_open("plan")
    spool.append(_record(1), plan="plan")
    spool.append_to_log(_close(), plan="plan")
    chain = spool.chain
    for number in range(3):
        spool.flush()
        seen = Seen("origin", number, "00" * 32, b"", NOW)
        spool.append_to_log(encode(SeenLine(1, seen)))  # after it, so that it is not the newest
        held = spool.flush()
        assert held is not None
        for batch in list(spool.pending()):
            _took(spool, batch)
        spool.included(spool.chain, len(spool.log or b""))
        spool.included(chain, 1 << 20)
        spool.free()
        spool = _spool(tmp_path)
        assert "plan" in spool.closed_rounds
    spool.included(chain, 1 << 20)
    spool.round_closed("plan")
    assert "plan" not in _spool(tmp_path).closed_rounds


def test_a_round_that_is_closed_afresh_settles_those_before(tmp_path: Path) -> None:
    """What a restart found is of rounds that came earlier: the probe asks in order."""
    spool = _spool(tmp_path)
    spool.append_to_log(_close("old"), plan="old")
    old = spool.flush()
    assert old is not None
    _took(spool, old)
    again = _spool(tmp_path)
    again.round_open("new")
    again.append_to_log(_close("new"), plan="new")
    new = again.flush()
    assert new is not None
    for held in (old, new):
        _took(again, held)
    again.included(old.chain, 2)
    again.free()
    assert old.path.exists()
    again.round_closed("new")
    assert not old.path.exists()


def test_a_receipt_without_its_batch_is_removed(tmp_path: Path) -> None:
    """It died between the two removals."""
    left = tmp_path / ("ab" * 16) / "0000000001.receipt"
    left.parent.mkdir()
    left.write_bytes(b"{}")
    assert _spool(tmp_path).number == 0
    assert not left.parent.exists()


def test_a_damaged_batch_stops_the_probe(tmp_path: Path) -> None:
    """A changed byte is evidence of something: it is kept and named, not skipped."""
    spool = _spool(tmp_path)
    spool.append(_record(1), plan="plan")
    held = spool.flush()
    assert held is not None
    data = bytearray(held.path.read_bytes())
    data[-1] ^= 1
    held.path.write_bytes(bytes(data))
    with pytest.raises(OttemperaError, match="damaged"):
        _spool(tmp_path)
