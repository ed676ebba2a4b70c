"""Reads the lines of a batch and checks what the structs alone do not: ranges, owners, digests."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from schema.codec import encode
from schema.dsse import SIGNATURE_BYTES
from schema.errors import EvidenceError, FormatError
from schema.names import is_canonical
from schema.record import (
    VERSION,
    BatchHeader,
    BatchLine,
    BeginLine,
    Certificate,
    Close,
    CloseLine,
    HeadLine,
    Record,
    RotateLine,
    SeenLine,
    read_line,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collector.receive.limits import Limits

LAST_INT4: Final = 2**31 - 1
_LAST_INT8: Final = 2**63 - 1
_CHAIN: Final = re.compile(r"[0-9a-f]{8,64}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_RECORD_BEGINS: Final = b'{"v":1,"plan":'  # as our own probes write it
_RECORDS: Final = msgspec.json.Decoder(Record)
_ENCODER: Final = msgspec.json.Encoder()
BodyLine: TypeAlias = Record | CloseLine | Certificate | BeginLine | RotateLine | SeenLine | HeadLine


def read_header(line: bytes, limits: Limits) -> BatchHeader:
    """The batch header in the first line of a batch.

    Raises:
        FormatError: another line, or a field outside its range.
    """
    first = read_line(line)
    if not isinstance(first, BatchLine) or first.v != VERSION:
        raise FormatError("a batch begins with its header")
    header = first.batch
    if header.at.tzinfo is None:
        raise FormatError("batch header: 'at' has no time zone")
    if not _CHAIN.fullmatch(header.chain) or not 0 < header.number <= LAST_INT4:
        raise FormatError("batch header: a chain is 8 to 64 hex digits, numbers count from 1")
    if header.previous is not None and not _DIGEST.fullmatch(header.previous):
        raise FormatError("batch header: 'previous' is not a digest")
    if (header.previous is None) != (header.number == 1):
        raise FormatError("batch header: the first batch of a chain has no 'previous', every other has one")
    _check_texts(header, limits)
    return header


def _check_texts(header: BatchHeader, limits: Limits) -> None:
    net, clock = header.net, header.clock
    texts = (header.boot, header.build, clock.source, net.address or "", net.route or "", *net.resolvers)
    printable = all(len(text) <= limits.text_chars and (not text or text.isprintable()) for text in texts)
    if len(texts) > limits.text_chars or not printable:
        raise FormatError(f"batch header: a text is printable and has at most {limits.text_chars} characters")
    numbers = (clock.offset_us, clock.error_us, clock.age_s)
    if any(number is not None and abs(number) > _LAST_INT8 for number in numbers):
        raise FormatError("batch header: a number of 'clock' is beyond 64 bits")


def read_records(lines: Sequence[bytes], probe: str) -> list[Record]:
    """The records of *probe* that *lines* begin with, read at once; none if one breaks a rule: read singly, it is named.

    No record holds another, so a value cannot go on in the next line; two in one line show in the count. That each is in its
    one form shows when all are encoded again, in one call; one line of another form could keep a whole period from being shown.
    """
    count = next((at for at, line in enumerate(lines) if not line.startswith(_RECORD_BEGINS)), len(lines))
    joined = b"\n".join([*lines[:count], b""])
    try:
        records = _RECORDS.decode_lines(joined)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return []
    told = {(one.v, one.probe) for one in records}
    plans, names = {one.plan for one in records}, {one.name for one in records}
    sound = told == {(VERSION, probe)} and all(map(_DIGEST.fullmatch, plans)) and all(map(is_canonical, names))
    if not sound or len(records) != count or _ENCODER.encode_lines(records) != joined:
        return []
    plain = all(one.gap is None or not says_more(one) for one in records)
    shown = {digest for one in records if one.tls is not None for digest in one.tls.chain}
    return records if plain and all(map(_DIGEST.fullmatch, shown)) else []


def read_body_line(line: bytes, probe: str) -> BodyLine:
    """Any further line of a batch of *probe*.

    Raises:
        FormatError: no line of a known version, a field outside its range, or a record that is not in its one form.
        EvidenceError: a record of another probe, a certificate that is not the one it is named as.
    """
    read = read_line(line)
    if isinstance(read, BatchLine):
        raise FormatError("a batch has one header, its first line")
    if read.v != VERSION:
        raise FormatError(f"version {read.v} is not known here", remedy=f"This program reads version {VERSION}.")
    if isinstance(read, Record):
        _check_record(read, probe)
        if encode(read) != line:  # a reader of another make might read it otherwise, and no bundle could hold it
            raise FormatError("record: not in its one form")
    elif isinstance(read, Certificate):
        if sha256(read.der).hexdigest() != read.cert:
            raise EvidenceError("the certificate is not the one it is named as")
    elif isinstance(read, CloseLine):
        _check_close(read.close)
    else:
        _check_log_line(read)
    return read


def _check_log_line(read: BeginLine | RotateLine | SeenLine | HeadLine) -> None:
    if isinstance(read, HeadLine):
        head = read.checkpoint
        if not 0 < head.size <= LAST_INT4 or len(head.signature) != SIGNATURE_BYTES:
            raise FormatError("checkpoint: a size is positive and below 2^31, a signature has 64 bytes")
    elif isinstance(read, SeenLine):
        seen = read.seen
        if not 0 < seen.size <= _LAST_INT8 or len(seen.signature) != SIGNATURE_BYTES:
            raise FormatError("seen: a size is positive and below 2^63, a signature has 64 bytes")
    elif isinstance(read, BeginLine):
        after = read.begin.after
        if not _CHAIN.fullmatch(read.begin.chain) or (after is not None and not _CHAIN.fullmatch(after.chain)):
            raise FormatError("begin: a chain is 8 to 64 hex digits")


def _check_record(record: Record, probe: str) -> None:
    if record.probe != probe:
        raise EvidenceError(f"the record is of {record.probe}, the batch of {probe}")
    if not _DIGEST.fullmatch(record.plan):
        raise FormatError("record: 'plan' is not a digest")
    if record.at.tzinfo is None:
        raise FormatError("record: 'at' has no time zone")
    if not is_canonical(record.name):
        raise FormatError(f"record: {record.name!r} is not a name in lower case with its final dot")
    if record.gap is not None and says_more(record):
        raise FormatError("record: what was not asked has a reason and nothing else")
    if record.tls is not None and not all(map(_DIGEST.fullmatch, record.tls.chain)):
        raise FormatError("record: a certificate is named by its digest")


def says_more(record: Record) -> bool:
    """Whether a record has what only a question that was asked can have; beside a gap no root covers it."""
    return bool(record.query or record.answers or record.failure or record.tls or record.http or record.mono_us)


def _check_close(close: Close) -> None:
    numbers = [close.cells, close.observed]
    numbers += [number for gap in close.gaps for number in (gap.from_cell, gap.to_cell)]
    if not _DIGEST.fullmatch(close.plan) or not _DIGEST.fullmatch(close.root):
        raise FormatError("close: 'plan' and 'root' are digests")
    if not all(0 <= number <= LAST_INT4 for number in numbers):
        raise FormatError("close: counts and cells are not negative and below 2^31")
    if any(gap.from_cell > gap.to_cell for gap in close.gaps):
        raise FormatError("close: a gap ends before it begins")
