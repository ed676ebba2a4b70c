"""The lines of a collector's log: everything it decided or received that evidence rests on, each once, in order.

One line of JSON an entry; `kind` stands first and says which. What an entry names by digest is kept beside the log and
travels in a bundle. The leaf of an entry is `schema.log.leaf_hash` of its line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from schema.codec import Digest, Instant, Whole, Wire, encode, reader
from schema.dsse import SIGNATURE_BYTES
from schema.errors import FormatError
from schema.note import Checkpoint, NoteSignature, key_hash, probe_origin

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = 1
#: `what` of an equivocation: a close that is not what came before it. Then the first digest is of the close's line.
UNFULFILLED = "round"


class _Entry(Wire, frozen=True, kw_only=True, tag_field="kind"):
    v: Whole = VERSION


class LogBegins(_Entry, frozen=True, kw_only=True, tag="log", omit_defaults=False):
    """The first entry. `after` is the last checkpoint known of the log that this one continues (`reason` says why)."""

    origin: str
    key: Digest  # hex of the 32 byte public key that signs the checkpoints
    at: Instant
    after: str | None = None  # text of the checkpoint
    reason: str = ""


class PlanPublished(_Entry, frozen=True, kw_only=True, tag="plan", omit_defaults=False):
    """A plan as it was published; `plan` is the hex SHA-256 of its payload, signed as DSSE PLAN by `key` (hex key id)."""

    number: Whole
    plan: Digest
    starts_at: Instant
    key: Digest
    signature: bytes


class QuestionsKept(_Entry, frozen=True, kw_only=True, tag="questions", omit_defaults=False):
    """A question set, by the hex SHA-256 of its bytes."""

    digest: Digest


class PolicyKept(_Entry, frozen=True, kw_only=True, tag="policy", omit_defaults=False):
    """A policy (floor, rules, fingerprints, registry), by the hex SHA-256 of its bytes."""

    digest: Digest


class OrderEntered(_Entry, frozen=True, kw_only=True, tag="order", omit_defaults=False):
    """A version of an order; `digest` is the hex SHA-256 of its body as it is kept (JSON)."""

    order: str
    version: Whole
    digest: Digest
    at: Instant


class Enrolment(_Entry, frozen=True, kw_only=True, tag="enrolment", omit_defaults=False):
    """A probe may deliver: its key (hex, 32 bytes), where it stands and who keeps it."""

    probe: str
    key: Digest
    asn: Whole
    operator: str
    country: str
    custodian: str
    at: Instant


class KeyChanged(_Entry, frozen=True, kw_only=True, tag="key", omit_defaults=False):
    """A probe signs with `key` (hex) from here on; `by` is the key (hex) it used, whose `signature` is over the change."""

    probe: str
    key: Digest
    by: Digest
    signature: bytes
    at: Instant


class Standing(_Entry, frozen=True, kw_only=True, tag="standing", omit_defaults=False):
    """A probe was suspended, resumed or revoked; what it delivered before stays valid."""

    probe: str
    event: str
    reason: str
    at: Instant


class Equivocation(_Entry, frozen=True, kw_only=True, tag="equivocation", omit_defaults=False):
    """A probe's key signed two things of which only one can be so; both are kept, by these digests (hex).

    `what` is batch, close, head, or `UNFULFILLED`.
    """

    probe: str
    what: str
    digests: tuple[Digest, ...]
    at: Instant


class ProbeCheckpoint(_Entry, frozen=True, kw_only=True, tag="probe_checkpoint", omit_defaults=False):
    """The head of a probe's log as the probe signed it; nothing of it is the collector's, so the probe can look for it."""

    probe: str
    chain: str
    size: Whole
    root: Digest
    key: Digest  # hex id of the key
    signature: bytes  # 64 bytes over the checkpoint's text

    @property
    def checkpoint(self) -> Checkpoint:
        """What is signed."""
        return Checkpoint(probe_origin(self.probe, self.chain), self.size, bytes.fromhex(self.root))

    def note_signature(self, public_key: bytes) -> NoteSignature:
        """The signature as a note has it."""
        name = self.checkpoint.origin
        return NoteSignature(name, key_hash(name, public_key), self.signature)


class Stamped(_Entry, frozen=True, kw_only=True, tag="stamp", omit_defaults=False):
    """A time-stamp token over this log's checkpoint of `size` lines; `token` is the hex SHA-256 of the reply's bytes."""

    size: Whole
    authority: str
    token: Digest
    certificate: Digest  # hex SHA-256 of the signing certificate
    at: Instant  # the token's own time
    accuracy_us: Whole = 0


Entry: TypeAlias = (
    LogBegins
    | PlanPublished
    | QuestionsKept
    | PolicyKept
    | OrderEntered
    | Enrolment
    | KeyChanged
    | Standing
    | Equivocation
    | ProbeCheckpoint
    | Stamped
)

_read: Callable[[bytes], Entry] = reader(Entry, "log entry")  # type: ignore[arg-type]  # a union is no class; msgspec takes it


def entry_line(entry: Entry) -> bytes:
    """The one form of *entry*."""
    return encode(entry)


def read_entry(line: bytes) -> Entry:
    """The entry in *line*, which is in its one form.

    Raises:
        FormatError: it is none of a version that is known.
    """
    entry = _read(line)
    if entry.v != VERSION:
        raise FormatError(f"log entry: version {entry.v} is not known here")
    if encode(entry) != line:
        raise FormatError("log entry: not in its one form")
    if isinstance(entry, PlanPublished | KeyChanged | ProbeCheckpoint) and len(entry.signature) != SIGNATURE_BYTES:
        raise FormatError("log entry: a signature has 64 bytes")
    return entry
