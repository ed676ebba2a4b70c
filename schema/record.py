"""The lines of a probe's stream: records, certificates, the close of a round, and the header of a batch."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from schema.codec import Instant, Wire, reader
from schema.errors import FormatError
from schema.words import Failure, Gap, Profile, Role

VERSION = 1


class Answer(Wire, frozen=True):
    """One message received on the question's own socket.

    `us` is microseconds after sending, from the kernel's receive time where it can be had; `ttl` the IP TTL or hop limit.
    """

    us: int
    wire: bytes
    ttl: int | None = None


class TlsSeen(Wire, frozen=True):
    """What the handshake showed; `chain` are hex SHA-256 of the certificates in the order they were sent."""

    version: str = ""
    chain: tuple[str, ...] = ()
    verified: bool = False


class HttpSeen(Wire, frozen=True):
    """Status and the few headers that are kept of a DoH response."""

    status: int
    headers: dict[str, str] = msgspec.field(default_factory=dict)


class Record(Wire, frozen=True, kw_only=True, rename={"qclass": "class", "qtype": "type"}):
    """What one probe sent and received for one cell, byte for byte; `at` is the probe's claim, UTC."""

    v: int
    plan: str
    cell: int
    probe: str
    at: Instant
    mono_us: int = 0
    role: Role
    resolver: str
    endpoint: str
    name: str
    qclass: str = "IN"
    qtype: str
    profile: Profile
    repeat: int = 0
    query: bytes = b""
    answers: tuple[Answer, ...] = ()
    failure: Failure | None = None
    tls: TlsSeen | None = None
    http: HttpSeen | None = None
    gap: Gap | None = None


class Certificate(Wire, frozen=True):
    """A certificate at its first use in a chain of batches: hex SHA-256 and DER."""

    v: int
    cert: str
    der: bytes


class GapRange(Wire, frozen=True, rename={"from_cell": "from", "to_cell": "to"}):
    """Cells that apply to the probe, from `from_cell` to `to_cell` inclusive, none of which was asked."""

    from_cell: int
    to_cell: int
    reason: Gap


class Close(Wire, frozen=True):
    """The end of a round: every cell that applies is a record or a gap; `root` is over all of them in order."""

    plan: str
    cells: int
    observed: int
    root: str
    gaps: tuple[GapRange, ...] = ()


class CloseLine(Wire, frozen=True):
    """A close as a line."""

    v: int
    close: Close


class ClockSeen(Wire, frozen=True):
    """What the probe knows of its clock: source, offset and error in microseconds, age of that knowledge in seconds."""

    source: str = "system"
    offset_us: int | None = None
    error_us: int | None = None
    age_s: int | None = None


class NetSeen(Wire, frozen=True):
    """What the probe knows of its line: its address by a verified whoami, a digest of its route, resolvers handed out."""

    address: str | None = None
    route: str | None = None
    resolvers: tuple[str, ...] = ()


class BatchHeader(Wire, frozen=True):
    """Where a batch stands in its probe's stream."""

    probe: str
    chain: str  # random hex id of the spool
    number: int  # from 1
    boot: str
    build: str
    at: Instant
    previous: str | None = None  # hex id of the batch before; none for the first
    clock: ClockSeen = ClockSeen()
    net: NetSeen = NetSeen()
    lab: bool = False


class BatchLine(Wire, frozen=True):
    """A batch header as the first line of a batch."""

    v: int
    batch: BatchHeader


Line: TypeAlias = Record | Certificate | CloseLine | BatchLine


class _Kind(msgspec.Struct, gc=False):
    """Only enough of a line to know which it is."""

    v: int
    cert: Any = None
    close: Any = None
    batch: Any = None


_read_kind = reader(_Kind, "line")
_read_batch = reader(BatchLine, "batch header")
_read_certificate = reader(Certificate, "certificate line")
_read_close = reader(CloseLine, "close line")
read_record = reader(Record, "record")
_PREFIXES = (
    (b'{"v":1,"plan":', read_record),
    (b'{"v":1,"close":', _read_close),
    (b'{"v":1,"cert":', _read_certificate),
)


def read_line(line: bytes) -> Line:
    """Read any line of a stream.

    Raises:
        FormatError: not a line of a version that is known.
    """
    for prefix, read in _PREFIXES:  # what our own probes write; the rest is classified first
        if line.startswith(prefix):
            return read(line)
    kind = _read_kind(line)
    if kind.v != VERSION:
        raise FormatError(f"line: version {kind.v} is not known here", remedy=f"This program reads version {VERSION}.")
    if kind.batch is not None:
        return _read_batch(line)
    if kind.close is not None:
        return _read_close(line)
    if kind.cert is not None:
        return _read_certificate(line)
    return read_record(line)


def gap_line(plan: str, probe: str, cell: int, reason: Gap) -> bytes:
    """The canonical line of a cell that was not asked; its leaf stands in the round's root."""
    return b'{"v":1,"plan":"%b","cell":%d,"probe":"%b","gap":"%b"}' % (
        plan.encode(),
        cell,
        probe.encode(),
        reason.encode(),
    )
