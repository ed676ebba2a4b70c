"""The spool: what it writes can be read again, whatever moment the process died at."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from random import Random
from typing import TYPE_CHECKING

import pytest

from collector.receive.limits import Limits
from probe.batchfile import list_batches, read_batch
from probe.spool import MAX_BYTES, MAX_LINES, Spool, SpoolFullError
from schema.codec import encode
from schema.dsse import BATCH, RECEIPT, Signer, seal, verify
from schema.errors import EvidenceError, OttemperaError, SignatureError
from schema.log import leaf_hash
from schema.receipt import Receipt
from schema.record import BatchHeader, BatchLine, Close, CloseLine, Record, read_line
from schema.words import Profile, Role

if TYPE_CHECKING:
    from pathlib import Path

    from probe.spool import Held

NOW = datetime(2026, 1, 2, tzinfo=UTC)
PROBE = Signer(b"p" * 32)
COLLECTOR = Signer(b"c" * 32)


def _spool(folder: Path, *, quota: int = 1 << 20) -> Spool:
    def header(chain: str, number: int, previous: str | None) -> BatchHeader:
        return BatchHeader("p", chain, number, "boot", "test", NOW, previous)

    return Spool(folder, PROBE, header=header, new_chain=lambda: "ab" * 16, quota_bytes=quota)


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


def _receipt(held: Held, *, signer: Signer = COLLECTOR, digest: str = "") -> bytes:
    receipt = Receipt(1, digest or held.digest, "p", "ab" * 16, held.number, 1, NOW)
    return encode(seal(signer, RECEIPT, encode(receipt)))


def test_batches_are_signed_numbered_and_linked(tmp_path: Path) -> None:
    """Each batch verifies, carries its number and names the one before."""
    spool = _spool(tmp_path)
    for cell in range(3):
        spool.append(_record(cell), plan="plan")
        spool.flush()
    previous = None
    for number, path in enumerate(list_batches(tmp_path / spool.chain), start=1):
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
    spool.append(_close("other"))
    spool.flush()
    spool.append(lines[2], plan="plan")
    spool.flush()
    spool.append(lines[3], plan="plan")  # in memory when the process dies
    again = _spool(tmp_path)
    assert again.open_rounds == {"plan": {cell: leaf_hash(lines[cell]) for cell in range(3)}}
    assert again.closed_rounds == {"other"}
    assert (again.chain, again.number, again.previous) == (spool.chain, spool.number, spool.previous)


@pytest.mark.parametrize("leftover", [b"", b"abc 1", b"\x00" * 100])
def test_a_half_written_file_is_no_batch(tmp_path: Path, leftover: bytes) -> None:
    """What a crash left before the rename is removed."""
    spool = _spool(tmp_path)
    spool.append(_record(1), plan="plan")
    spool.flush()
    part = tmp_path / spool.chain / "0000000002.batch.part"
    part.write_bytes(leftover)
    assert _spool(tmp_path).number == 1
    assert not part.exists()


def test_freed_only_against_a_checked_receipt_and_a_closed_round(tmp_path: Path) -> None:
    """Wrong signer or wrong batch free nothing; the newest batch stays."""
    spool = _spool(tmp_path)
    spool.open_rounds["plan"] = {}
    spool.append(_record(1), plan="plan")
    first = spool.flush()
    assert first is not None
    with pytest.raises(SignatureError):
        spool.acknowledge(first, _receipt(first, signer=PROBE), collector_key=COLLECTOR.public_key)
    with pytest.raises(EvidenceError):
        spool.acknowledge(first, _receipt(first, digest="00" * 32), collector_key=COLLECTOR.public_key)
    assert list(spool.pending()) == [first]
    spool.acknowledge(first, _receipt(first), collector_key=COLLECTOR.public_key)
    assert not list(spool.pending())
    spool.append(_close())
    second = spool.flush()
    assert second is not None
    assert first.path.exists(), "its round is still open"
    spool.round_closed("plan")
    assert not first.path.exists()
    spool.acknowledge(second, _receipt(second), collector_key=COLLECTOR.public_key)
    assert second.path.exists(), "the newest batch carries the chain"
    again = _spool(tmp_path)
    assert (again.number, list(again.pending())) == (2, [])


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
    assert [line for body in bodies for line in list(body.lines())[1:]] == [_record(1), *lines]
    assert len(bodies) > 3
    for body in bodies:
        assert len(body.body) <= MAX_BYTES + 1024 < Limits().body_bytes
        assert sum(len(line) for line in body.lines()) <= MAX_BYTES + 1024


def test_the_close_is_written_beyond_the_quota(tmp_path: Path) -> None:
    """Only when it is on disk is what fills the quota let go of."""
    spool = _spool(tmp_path, quota=1)
    spool.open_rounds["plan"] = {}
    spool.append(_record(1), plan="plan")
    first = spool.flush()
    assert first is not None
    spool.acknowledge(first, _receipt(first), collector_key=COLLECTOR.public_key)
    with suppress(SpoolFullError):
        spool.append(_close(), plan="plan")
    assert spool.flush(closing=True) is not None
    assert first.path.exists()
    spool.round_closed("plan")
    assert not first.path.exists()


def test_a_close_is_kept_until_its_reader_has_noted_it(tmp_path: Path) -> None:
    """Through any number of restarts: without it the round would be closed a second time."""
    spool = _spool(tmp_path)
    spool.open_rounds["plan"] = {}
    for line in (_record(1), _close(), _record(2, "next")):
        spool.append(line, plan="next" if line == _record(2, "next") else "plan")
        held = spool.flush()
        assert held is not None
        spool.acknowledge(held, _receipt(held), collector_key=COLLECTOR.public_key)
    for _ in range(3):
        assert _spool(tmp_path).closed_rounds == {"plan"}
    _spool(tmp_path).round_closed("plan")
    assert len(list_batches(tmp_path / spool.chain)) == 1


def test_a_receipt_without_its_batch_is_removed(tmp_path: Path) -> None:
    """It died between the two removals."""
    spool = _spool(tmp_path)
    left = tmp_path / spool.chain / "0000000001.receipt"
    left.write_bytes(b"{}")
    assert _spool(tmp_path).number == 0
    assert not left.exists()


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
