"""Whether a checkpoint that a collector shows goes on from the one this probe has seen before; decides, and does nothing."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING

from schema.codec import Digest, Wire, reader
from schema.dsse import key_id
from schema.errors import EvidenceError, FormatError
from schema.log import is_consistent, root_from_inclusion
from schema.note import Checkpoint, Note, NoteSignature, key_hash, verify_own

if TYPE_CHECKING:
    from collections.abc import Sequence

_ORIGIN = "ottempera/collector"
_KEY_CHARS = 16
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_HASH_BYTES = 32
_MOST_HASHES = 64  # a log has less than 2**63 lines


class Witnessed(Wire, frozen=True):
    """The newest checkpoint that this probe has checked, with the log's own signature."""

    origin: str
    size: int
    root: Digest
    signature: bytes

    @property
    def checkpoint(self) -> Checkpoint:
        """What the log signed."""
        return Checkpoint(self.origin, self.size, bytes.fromhex(self.root))

    def own_signature(self, key: bytes) -> NoteSignature:
        """The log's signature as a note has it; *key* is the collector's."""
        return NoteSignature(self.origin, key_hash(self.origin, key), self.signature)


class Path(Wire, frozen=True):
    """The hashes that tie two heads of a log together."""

    hashes: tuple[bytes, ...]


class Place(Wire, frozen=True):
    """Where a line is in a log, and the hashes that tie it to the head."""

    index: int
    hashes: tuple[bytes, ...]


read_witnessed = reader(Witnessed, "log state")
read_path = reader(Path, "consistency of the log")
read_place = reader(Place, "inclusion in the log")


class Step(Enum):
    """How a checkpoint stands to the one before it."""

    FIRST = auto()  # of this log: none was seen before
    SAME = auto()
    LARGER = auto()  # hashes must show that it goes on from the other


class OlderError(EvidenceError):
    """The collector shows less than it has shown before: perhaps its database was restored."""


class ForkError(EvidenceError):
    """The collector has signed two checkpoints, and nothing shows that one goes on from the other."""


def own_note(note: Note, key: bytes) -> Witnessed:
    """What *note* says, if the log itself signed it with *key*.

    Raises:
        SignatureError: it did not. EvidenceError: it is the log of another than this collector.
    """
    verify_own(note, key)
    checkpoint = note.checkpoint
    number_of(checkpoint.origin, key)
    wanted = key_hash(checkpoint.origin, key)
    own = next(one for one in note.signatures if (one.name, one.key_hash) == (checkpoint.origin, wanted))
    return Witnessed(checkpoint.origin, checkpoint.size, checkpoint.root.hex(), own.blob)


def number_of(origin: str, key: bytes) -> int:
    """Which log of the collector with this *key* this is, from 1.

    Raises:
        EvidenceError: it is another's.
    """
    head, _, number = origin.rpartition("/")
    if head != f"{_ORIGIN}/{key_id(key)[:_KEY_CHARS]}" or not _NUMBER.fullmatch(number):
        raise EvidenceError(f"{origin} is no log of this collector")
    return int(number)


def compare(before: Witnessed | None, shown: Witnessed, *, key: bytes) -> Step:
    """How *shown* stands to what was seen *before*; a collector that lost its history says so with a log of a higher number.

    Raises:
        OlderError: it is smaller, or of an earlier log. ForkError: it has the same size and another root.
    """
    if before is None or number_of(shown.origin, key) > number_of(before.origin, key):
        return Step.FIRST
    if shown.origin != before.origin or shown.size < before.size:
        raise OlderError(
            f"the collector shows {shown.origin} with {shown.size} lines after {before.origin} with {before.size}"
        )
    if shown.size > before.size:
        return Step.LARGER
    if shown.root != before.root:
        raise ForkError(f"the collector shows two logs {shown.origin} of {shown.size} lines")
    return Step.SAME


def check_growth(before: Witnessed, shown: Witnessed, hashes: Sequence[bytes]) -> None:
    """Return if *hashes* show that the log of *before* is the beginning of that of *shown*.

    Raises:
        ForkError: they do not.
    """
    sound = len(hashes) <= _MOST_HASHES and all(len(one) == _HASH_BYTES for one in hashes)
    if not sound or not is_consistent(
        before.size, bytes.fromhex(before.root), shown.size, bytes.fromhex(shown.root), hashes
    ):
        raise ForkError(
            f"nothing shows that {shown.origin} of {shown.size} lines goes on from that of {before.size} lines"
        )


def check_place(leaf: bytes, place: Place, seen: Witnessed) -> None:
    """Return if *place* shows that the line with this *leaf* is in the log of *seen*.

    Raises:
        EvidenceError: it does not.
    """
    if len(place.hashes) > _MOST_HASHES or any(len(one) != _HASH_BYTES for one in place.hashes):
        raise EvidenceError("inclusion in the log: hashes have 32 bytes, and there are at most 64 of them")
    try:
        found = root_from_inclusion(leaf, place.index, seen.size, place.hashes)
    except FormatError as error:
        raise EvidenceError(str(error)) from error
    if found != bytes.fromhex(seen.root):
        raise EvidenceError(f"the collector's log of {seen.size} lines does not hold what it says it holds")
