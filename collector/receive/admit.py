"""Decides whether the bytes of a request are a batch that may be kept; nothing unsigned is decompressed or parsed."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

import zstandard

from collector.errors import NotAdmittedError, TooLargeError
from collector.receive.limits import Limits
from collector.receive.lines import read_body_line, read_header, read_records
from schema.dsse import BATCH, verify
from schema.errors import EvidenceError, FormatError, OttemperaError, SignatureError
from schema.log import leaf_hash
from schema.record import BatchHeader, BeginLine, Certificate, Close, CloseLine, Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from schema.record import HeadLine, RotateLine, SeenLine

CLOCK_UNBELIEVABLE: Final = "clock_unbelievable"


class Holder(NamedTuple):
    """Who a key belongs to, and whether it may deliver."""

    probe: str
    public_key: bytes
    revoked: bool = False
    suspended: bool = False


class Admitted(NamedTuple):
    """A batch that may be kept. A line's place counts from 0, the batch header's own place."""

    header: BatchHeader
    batch: str  # hex SHA-256 of the body
    body: bytes
    signature: bytes  # the probe's, over the body
    lines: tuple[bytes, ...]
    leaves: bytes  # 32 bytes for each line, in order
    records: tuple[tuple[int, Record], ...]
    closes: tuple[tuple[int, Close], ...]
    certificates: tuple[Certificate, ...]
    notes: tuple[str, ...]
    public_key: bytes  # that signed it
    log: tuple[
        tuple[int, CloseLine | BeginLine | RotateLine | SeenLine | HeadLine], ...
    ]  # of the probe's log, and heads


def admit(
    body: bytes,
    *,
    key: str,
    signature: str,
    keys: Mapping[str, Holder],
    lab: bool | None,
    received_at: datetime,
    limits: Limits = Limits(),  # noqa: B008 - immutable
) -> Admitted:
    """The batch in *body*, signed by *signature* (base64) of the key named *key* (hex).

    *lab* says whether this collector is a lab's; None takes either.

    Raises:
        TooLargeError: more bytes, lines or bytes in a line than *limits* allow.
        NotAdmittedError: an unknown, revoked or suspended key, another probe's key, a lab's probe at a real collector.
        SignatureError: the signature does not fit the bytes.
        FormatError: not zstd, or a line breaks its format; the line is named, counting from 1.
        EvidenceError: a line belongs to another probe, a certificate is not the one it is named as, or a chain begins
            in its middle or with another key.
    """
    if len(body) > limits.body_bytes:
        raise TooLargeError(f"a batch has at most {limits.body_bytes} bytes", remedy="Close batches earlier.")
    raw = _decode(signature)
    holder = _check_signature(body, key, raw, keys)
    lines = _split(_decompress(body, limits), limits)
    try:
        header = read_header(lines[0], limits)
    except OttemperaError as error:
        raise _at_line(1, error) from error
    if header.probe != holder.probe:
        raise NotAdmittedError(f"the key is of {holder.probe}, the batch says {header.probe}")
    _check_world(header, lab=lab)
    records: list[tuple[int, Record]] = list(enumerate(read_records(lines[1:], header.probe), 1))
    closes: list[tuple[int, Close]] = []
    certificates: list[Certificate] = []
    log: list[tuple[int, CloseLine | BeginLine | RotateLine | SeenLine | HeadLine]] = []
    for place, line in enumerate(lines[1 + len(records) :], 1 + len(records)):
        try:
            read = read_body_line(line, header.probe)
            if isinstance(read, BeginLine):
                _check_begin(read, place, header, holder)
        except OttemperaError as error:
            raise _at_line(place + 1, error) from error
        if isinstance(read, Record):
            records.append((place, read))
        elif isinstance(read, Certificate):
            certificates.append(read)
        else:
            log.append((place, read))
            if isinstance(read, CloseLine):
                closes.append((place, read.close))
    notes = () if _believable(header.at, received_at, limits) else (CLOCK_UNBELIEVABLE,)
    return Admitted(
        header,
        sha256(body).hexdigest(),
        body,
        raw,
        tuple(lines),
        b"".join(map(leaf_hash, lines)),
        tuple(records),
        tuple(closes),
        tuple(certificates),
        notes,
        holder.public_key,
        tuple(log),
    )


def _check_world(header: BatchHeader, *, lab: bool | None) -> None:
    if lab is not None and header.lab != lab:
        here, there = ("a lab", "the real network") if lab else ("the real network", "a lab")
        raise NotAdmittedError(f"this collector is for {here}, the batch is from {there}", remedy="Send it to its own.")


def _check_begin(read: BeginLine, place: int, header: BatchHeader, holder: Holder) -> None:
    if (place, header.number) != (1, 1):
        raise EvidenceError("a chain begins in the second line of its first batch, and once")
    if (read.begin.chain, read.begin.key) != (header.chain, holder.public_key.hex()):
        raise EvidenceError("the chain begins with another name or key than its batch has")


def _at_line(number: int, error: OttemperaError) -> OttemperaError:
    return type(error)(f"line {number}: {error}", remedy=error.remedy)


def _decode(signature: str) -> bytes:
    try:
        return b64decode(signature, validate=True)
    except (Base64Error, ValueError) as error:
        raise SignatureError("Ottempera-Signature is not base64") from error


def holder_of(key: str, keys: Mapping[str, Holder]) -> Holder:
    """Who *key* belongs to; a body of nobody's is not worth reading.

    Raises:
        SignatureError: no key is named. NotAdmittedError: nobody is enrolled with it.
    """
    if not key:
        raise SignatureError("the header Ottempera-Key is needed")
    holder = keys.get(key)
    if holder is None:
        raise NotAdmittedError("no probe is enrolled with this key", remedy="Enrol the probe's public key.")
    return holder


def _check_signature(body: bytes, key: str, signature: bytes, keys: Mapping[str, Holder]) -> Holder:
    holder = holder_of(key, keys)
    if not signature:
        raise SignatureError("the header Ottempera-Signature is needed")
    verify(holder.public_key, BATCH, body, signature)
    if holder.revoked:
        raise NotAdmittedError(f"the key of {holder.probe} was revoked")
    if holder.suspended:
        raise NotAdmittedError(
            f"{holder.probe} is suspended",
            remedy="Compare its spool with what is kept here, then resume or revoke it.",
        )
    return holder


def _decompress(body: bytes, limits: Limits) -> bytes:
    try:
        declared = zstandard.get_frame_parameters(body).content_size
        if declared != zstandard.CONTENTSIZE_UNKNOWN and declared > limits.plain_bytes:
            raise TooLargeError(f"a batch has at most {limits.plain_bytes} bytes when it is decompressed")
        return zstandard.ZstdDecompressor(max_window_size=limits.window_bytes).decompress(
            body, max_output_size=limits.plain_bytes, allow_extra_data=False
        )
    except (zstandard.ZstdError, MemoryError) as error:
        raise FormatError(
            f"the body is not one whole zstd frame of at most {limits.plain_bytes} bytes: {error}"
        ) from error


def _split(plain: bytes, limits: Limits) -> Sequence[bytes]:
    count = plain.count(b"\n") + (not plain.endswith(b"\n"))
    if count > limits.lines:
        raise TooLargeError(f"a batch has at most {limits.lines} lines", remedy="Close batches earlier.")
    lines = plain.removesuffix(b"\n").split(b"\n")
    for place, line in enumerate(lines):
        if len(line) > limits.line_bytes:
            raise TooLargeError(f"line {place + 1}: a line has at most {limits.line_bytes} bytes")
    return lines


def _believable(at: datetime, received_at: datetime, limits: Limits) -> bool:
    ahead_s = (at - received_at).total_seconds()
    return -limits.clock_behind_s <= ahead_s <= limits.clock_ahead_s
