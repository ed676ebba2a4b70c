"""What goes into the store and what comes out, where `schema` has no word for it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from schema.record import BatchHeader, Certificate, Close
from schema.registry import Vantage
from schema.words import Failure, Gap


class Deployment(NamedTuple):
    """What the database is for; `scenario` is the hex SHA-256 of a lab's scenario file, `title` its title."""

    lab: bool
    scenario: str | None
    title: str | None


class Enrolled(NamedTuple):
    """A vantage as it was enrolled, and its standing now; `key_id` is hex."""

    vantage: Vantage
    probe_no: int
    public_key: bytes
    key_id: str
    revoked: bool
    suspended: bool


class Held(NamedTuple):
    """A batch that is kept already: its hex id, and since when."""

    batch: str
    received_at: datetime


class AnswerFacts(NamedTuple):
    """What SQL is told of an answer: `rcode` by its IANA name, null when no message could be read."""

    rcode: str | None
    flags: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    cnames: tuple[str, ...] = ()
    ede: tuple[int, ...] = ()
    messages: int = 1


class ObservationRow(NamedTuple):
    """A record as a row; `line` is its place in the batch, the header being 0; `at` is the probe's claim."""

    plan_number: int
    cell: int
    line: int
    answer: AnswerFacts | None
    rtt_us: int | None
    failure: Failure | None
    gap: Gap | None
    at: datetime


class LogLineRow(NamedTuple):
    """A line of a probe's log: its place there, from 0, its place in the batch, and the plan that a close names."""

    place: int
    kind: str
    leaf: bytes
    line: int
    plan_id: bytes | None = None


class HeadRow(NamedTuple):
    """A head of a probe's log, and its place in the batch."""

    size: int
    root: bytes
    signature: bytes
    line: int


class LogRows(NamedTuple):
    """What a batch adds to the log of its chain; `key_id` (hex) is the key that signed the heads."""

    key_id: str
    lines: tuple[LogLineRow, ...]
    heads: tuple[HeadRow, ...]


class EquivocationRow(NamedTuple):
    """Two things of which only one can be so, by their digests (hex); `what` is close or head."""

    what: str
    first: str
    second: str


class BatchRow(NamedTuple):
    """An admitted batch with all that is written in its transaction.

    `batch_id` is hex; `signature` the probe's 64 bytes over `body`; `leaves` the 32 byte leaf hash of each line, header
    included; a close comes with its line and the number of its plan.
    """

    header: BatchHeader
    batch_id: str
    signature: bytes
    body: bytes
    leaves: bytes
    received_at: datetime
    source: str
    notes: tuple[str, ...] = ()
    observations: tuple[ObservationRow, ...] | list[ObservationRow] = ()
    closes: tuple[tuple[int, int, Close], ...] = ()
    certificates: tuple[Certificate, ...] = ()
    key_id: str | None = None  # hex, of the key that signed it
    log: LogRows | None = None
    equivocations: tuple[EquivocationRow, ...] = ()


class Holding(NamedTuple):
    """A key of a probe, present or past, and the probe's standing; `key_id` is hex."""

    key_id: str
    public_key: bytes
    probe: str
    revoked: bool
    suspended: bool
    newest: bool


class StoredBatch(NamedTuple):
    """A batch as it is kept, for whoever checks it again; `rows` is how many observations were made of it."""

    batch: int
    batch_id: str
    probe: str
    public_key: bytes
    chain: str
    number: int
    previous: str | None
    received_at: datetime
    signature: bytes
    leaves: bytes
    body: bytes
    rows: int
