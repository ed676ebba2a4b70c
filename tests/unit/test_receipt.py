"""Receipts: only the collector's own, for the very batch that was sent, lets a probe forget it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from schema.codec import encode
from schema.dsse import PLAN, RECEIPT, Envelope, Signer, seal
from schema.errors import EvidenceError, FormatError, OttemperaError, SignatureError
from schema.receipt import Receipt, open_receipt, read_receipt

COLLECTOR = Signer(b"c" * 32)
BATCH = "ab" * 32
GIVEN = Receipt(1, BATCH, "mi-01", "c0ffee", 7, 1000, datetime(2026, 11, 21, 20, 0, tzinfo=UTC))


def body(receipt: Receipt = GIVEN, signer: Signer = COLLECTOR, kind: str = RECEIPT) -> bytes:
    return encode(seal(signer, kind, encode(receipt)))


def test_opened() -> None:
    assert open_receipt(body(), batch=BATCH, collector_key=COLLECTOR.public_key) == GIVEN


@pytest.mark.parametrize("version", [0, 1, 2, 3])
def test_what_a_version_promises_is_known(version: int) -> None:
    """A probe frees nothing for a promise that it does not understand."""
    receipt = replace(GIVEN, v=version)
    if version in {1, 2}:
        assert open_receipt(body(receipt), batch=BATCH, collector_key=COLLECTOR.public_key) == receipt
    else:
        with pytest.raises(FormatError, match="not known here"):
            open_receipt(body(receipt), batch=BATCH, collector_key=COLLECTOR.public_key)


def test_anothers_signature() -> None:
    with pytest.raises(SignatureError):
        open_receipt(body(signer=Signer(b"x" * 32)), batch=BATCH, collector_key=COLLECTOR.public_key)


def test_a_plans_signature_is_none() -> None:
    with pytest.raises(SignatureError):
        open_receipt(body(kind=PLAN), batch=BATCH, collector_key=COLLECTOR.public_key)


def test_another_batch() -> None:
    with pytest.raises(EvidenceError, match="not cdcd"):
        open_receipt(body(), batch="cd" * 32, collector_key=COLLECTOR.public_key)


def test_signed_nonsense() -> None:
    envelope = seal(COLLECTOR, RECEIPT, b"[]")
    with pytest.raises(FormatError):
        open_receipt(encode(envelope), batch=BATCH, collector_key=COLLECTOR.public_key)


@given(st.binary(max_size=200))
def test_only_our_errors_come_out(data: bytes) -> None:
    with pytest.raises(OttemperaError):
        open_receipt(data, batch=BATCH, collector_key=COLLECTOR.public_key)
    with pytest.raises(FormatError):
        read_receipt(data)
    with pytest.raises(OttemperaError):
        open_receipt(encode(Envelope(data, "", b"")), batch=BATCH, collector_key=COLLECTOR.public_key)
