"""The lines of a probe's stream: records, certificates, the close of a round, and the header of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from schema.codec import Digest, Instant, Whole, Wire, reader
from schema.errors import FormatError
from schema.words import Failure, Gap, Profile, Role

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = 1


class Answer(Wire, frozen=True):
    """One message received on the question's own socket.

    `us` is microseconds after sending, from the kernel's receive time where it can be had; `ttl` the IP TTL or hop limit.
    """

    us: Whole
    wire: bytes
    ttl: Whole | None = None


class TlsSeen(Wire, frozen=True):
    """What the handshake showed; `chain` are hex SHA-256 of the certificates in the order they were sent."""

    version: str = ""
    chain: tuple[str, ...] = ()
    verified: bool = False


class HttpSeen(Wire, frozen=True):
    """Status and the few headers that are kept of a response: of DoH, or of a site that was asked for its measure."""

    status: Whole
    headers: dict[str, str] = msgspec.field(default_factory=dict)


class Record(Wire, frozen=True, kw_only=True, rename={"qclass": "class", "qtype": "type"}):
    """What one probe sent and received for one cell, byte for byte; `at` is the probe's claim, UTC."""

    v: Whole
    plan: str
    cell: Whole
    probe: str
    at: Instant
    mono_us: Whole = 0
    role: Role
    resolver: str
    endpoint: str
    name: str
    qclass: str = "IN"
    qtype: str
    profile: Profile
    repeat: Whole = 0
    query: bytes = b""
    answers: tuple[Answer, ...] = ()
    failure: Failure | None = None
    tls: TlsSeen | None = None
    http: HttpSeen | None = None
    gap: Gap | None = None


class Certificate(Wire, frozen=True):
    """A certificate at its first use in a chain of batches: hex SHA-256 and DER."""

    v: Whole
    cert: str
    der: bytes


class GapRange(Wire, frozen=True, rename={"from_cell": "from", "to_cell": "to"}):
    """Cells that apply to the probe, from `from_cell` to `to_cell` inclusive, none of which was asked."""

    from_cell: Whole
    to_cell: Whole
    reason: Gap


class Close(Wire, frozen=True):
    """The end of a round: every cell that applies is a record or a gap; `root` is over all of them in order."""

    plan: str
    cells: Whole
    observed: Whole
    root: str
    gaps: tuple[GapRange, ...] = ()


class CloseLine(Wire, frozen=True):
    """A close as a line."""

    v: Whole
    close: Close


class ClockSeen(Wire, frozen=True):
    """What the probe knows of its clock: source, offset and error in microseconds, age of that knowledge in seconds."""

    source: str = "system"
    offset_us: Whole | None = None
    error_us: Whole | None = None
    age_s: Whole | None = None


class NetSeen(Wire, frozen=True):
    """What the probe knows of its line: its address by a verified whoami, a digest of its route, resolvers handed out."""

    address: str | None = None
    route: str | None = None
    resolvers: tuple[str, ...] = ()


class BatchHeader(Wire, frozen=True):
    """Where a batch stands in its probe's stream."""

    probe: str
    chain: str  # random hex id of the spool
    number: Whole  # from 1
    boot: str
    build: str
    at: Instant
    previous: str | None = None  # hex id of the batch before; none for the first
    clock: ClockSeen = ClockSeen()
    net: NetSeen = NetSeen()
    lab: bool = False


class BatchLine(Wire, frozen=True):
    """A batch header as the first line of a batch."""

    v: Whole
    batch: BatchHeader


class ChainHead(Wire, frozen=True):
    """The newest batch of a chain: where another one goes on."""

    chain: str
    number: Whole
    batch: Digest  # hex id


class Begin(Wire, frozen=True):
    """The first line of a chain, and of the probe's log of it: a process began to sign with this key (hex).

    `after` is the newest batch that it found on its disk; two chains that go on from one batch are a probe that was copied.
    """

    chain: str
    key: Digest
    boot: str
    build: str
    at: Instant
    after: ChainHead | None = None


class BeginLine(Wire, frozen=True):
    """A begin as a line."""

    v: Whole
    begin: Begin


class Rotate(Wire, frozen=True):
    """The last line of a log: from the next chain on the probe signs with another key (hex)."""

    key: Digest
    at: Instant


class RotateLine(Wire, frozen=True):
    """A rotate as a line."""

    v: Whole
    rotate: Rotate


class Seen(Wire, frozen=True):
    """A checkpoint of the collector's log that this probe has checked against the one before and cosigned."""

    origin: str
    size: Whole
    root: Digest
    signature: bytes  # 64 bytes, the log's own
    at: Instant


class SeenLine(Wire, frozen=True):
    """A seen checkpoint as a line."""

    v: Whole
    seen: Seen


class Head(Wire, frozen=True):
    """The head of the probe's log so far: `signature` (64 bytes) is over the checkpoint's text (`schema.note`)."""

    size: Whole
    root: Digest
    signature: bytes


class HeadLine(Wire, frozen=True):
    """A head as a line; it is no line of the log itself."""

    v: Whole
    checkpoint: Head


Line: TypeAlias = Record | Certificate | CloseLine | BatchLine | BeginLine | RotateLine | SeenLine | HeadLine
#: Lines of a stream that are the probe's log, in the order in which they stand (sp-005).
LogLine: TypeAlias = CloseLine | BeginLine | RotateLine | SeenLine


class _Kind(msgspec.Struct, gc=False):
    """Only enough of a line to know which it is."""

    v: int
    cert: Any = None
    close: Any = None
    batch: Any = None
    begin: Any = None
    rotate: Any = None
    seen: Any = None
    checkpoint: Any = None


_read_kind = reader(_Kind, "line")
_read_batch = reader(BatchLine, "batch header")
_read_certificate = reader(Certificate, "certificate line")
_read_close = reader(CloseLine, "close line")
_read_begin = reader(BeginLine, "begin line")
_read_rotate = reader(RotateLine, "rotate line")
_read_seen = reader(SeenLine, "seen line")
_read_head = reader(HeadLine, "checkpoint line")
read_record = reader(Record, "record")
_PREFIXES = (
    (b'{"v":1,"plan":', read_record),
    (b'{"v":1,"close":', _read_close),
    (b'{"v":1,"cert":', _read_certificate),
    (b'{"v":1,"checkpoint":', _read_head),
    (b'{"v":1,"seen":', _read_seen),
    (b'{"v":1,"begin":', _read_begin),
    (b'{"v":1,"rotate":', _read_rotate),
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
    named: tuple[tuple[Any, Callable[[bytes], Line]], ...] = (
        (kind.batch, _read_batch),
        (kind.close, _read_close),
        (kind.cert, _read_certificate),
        (kind.checkpoint, _read_head),
        (kind.seen, _read_seen),
        (kind.begin, _read_begin),
        (kind.rotate, _read_rotate),
    )
    return next((reads for found, reads in named if found is not None), read_record)(line)


def gap_line(plan: str, probe: str, cell: int, reason: Gap) -> bytes:
    """The canonical line of a cell that was not asked; its leaf stands in the round's root."""
    return b'{"v":1,"plan":"%b","cell":%d,"probe":"%b","gap":"%b"}' % (
        plan.encode(),
        cell,
        probe.encode(),
        reason.encode(),
    )
