"""Receipts: what the collector signs when it has made a batch durable."""

from __future__ import annotations

from schema.codec import Instant, Whole, Wire, reader
from schema.dsse import RECEIPT, Envelope, verify
from schema.errors import EvidenceError, FormatError

VERSION = 2
_KNOWN = frozenset({1, VERSION})


class Receipt(Wire, frozen=True):
    """Custody of one batch; `batch` is the hex SHA-256 of its body.

    From version 2 on it promises more: that the heads of the probe's log which the batch holds will be in the collector's
    log of that origin, under a checkpoint, within so many seconds of its receipt.
    """

    v: Whole
    batch: str
    probe: str
    chain: str
    number: Whole
    lines: Whole
    received_at: Instant
    log: str = ""
    within_s: Whole = 0


read_receipt = reader(Receipt, "receipt")
read_envelope = reader(Envelope, "envelope")


def open_receipt(body: bytes, *, batch: str, collector_key: bytes) -> Receipt:
    """The receipt in *body*, checked to be the collector's and for this *batch*.

    Raises:
        FormatError: other bytes, or of a version that is not known. SignatureError: not the collector's. EvidenceError: for another batch.
    """
    envelope = read_envelope(body)
    verify(collector_key, RECEIPT, envelope.payload, envelope.signature)
    receipt = read_receipt(envelope.payload)
    if receipt.v not in _KNOWN:
        raise FormatError(f"receipt: version {receipt.v} is not known here")
    if receipt.batch != batch:
        raise EvidenceError(f"the receipt is for batch {receipt.batch}, not {batch}")
    return receipt
