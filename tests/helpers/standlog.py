"""The log that a collector's stand-in keeps: real trees and signatures over the entries of what it was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schema.dsse import key_id
from schema.entry import LogBegins, ProbeCheckpoint, entry_line
from schema.log import Tree, leaf_hash
from schema.note import (
    Checkpoint,
    NoteSigner,
    cosigned_at,
    key_hash,
    read_note,
    verify_own,
    with_signatures,
    witness_name,
)
from schema.record import HeadLine, read_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from schema.dsse import Signer
    from schema.record import BatchHeader

SEED = b"c" * 32
COSIGNATURE = b"\x04"  # C2SP signed-note, "Signatures": the kind of a key that cosigns


class StandLog:
    """Entries, and the checkpoints over them; every look sees the newest."""

    def __init__(self, at: datetime, *, number: int = 1, note: str = "") -> None:
        """Begin log *number*; *note* makes it another than the one that would have that number."""
        self.signer = NoteSigner(SEED)
        self.origin = f"ottempera/collector/{key_id(self.signer.public_key)[:16]}/{number}"
        begins = LogBegins(origin=self.origin, key=self.signer.public_key.hex(), at=at, reason=note)
        self.lines = [entry_line(begins)]
        self.tree = Tree(map(leaf_hash, self.lines))
        self.places = {leaf_hash(self.lines[0]): 0}
        self.confirmed: list[tuple[Checkpoint, int]] = []  # as they came, with the witness's time
        self.entering = True  # whether heads get their entries
        self._waiting: list[bytes] = []

    def take(self, header: BatchHeader, key: str, lines: Iterable[bytes]) -> None:
        """The heads in a batch get their entries."""
        for line in lines:
            read = read_line(line)
            if isinstance(read, HeadLine):
                head = read.checkpoint
                self._waiting.append(
                    entry_line(
                        ProbeCheckpoint(
                            probe=header.probe, chain=header.chain, size=head.size, root=head.root, key=key,
                            signature=head.signature,
                        )
                    )
                )  # fmt: skip
        if self.entering:
            self.enter()

    def enter(self) -> None:
        """What waits for its entry gets it."""
        for line in self._waiting:
            self.add(line)
        self._waiting = []

    def add(self, line: bytes) -> None:
        """One more entry, unless it is there."""
        leaf = leaf_hash(line)
        if leaf not in self.places:
            self.places[leaf] = len(self.lines)
            self.lines.append(line)
            self.tree.append(leaf)

    def checkpoint(self, size: int | None = None) -> Checkpoint:
        """The head, or an earlier one."""
        size = len(self.tree) if size is None else size
        return Checkpoint(self.origin, size, self.tree.root(size))

    def note(self, size: int | None = None) -> bytes:
        """A checkpoint with the log's signature."""
        checkpoint = self.checkpoint(size)
        return with_signatures(checkpoint, (self.signer.sign(checkpoint),))

    def confirm(self, data: bytes, keys: Iterable[Signer], name: str) -> None:
        """Take a cosignature of one of *keys*, which must be right in every part."""
        note = read_note(data)
        verify_own(note, self.signer.public_key)
        own, cosignature = note.signatures
        assert own.name == note.checkpoint.origin
        assert cosignature.name == witness_name(name)
        [key] = [
            key.public_key
            for key in keys
            if key_hash(cosignature.name, key.public_key, COSIGNATURE) == cosignature.key_hash
        ]
        self.confirmed.append((note.checkpoint, cosigned_at(note.checkpoint, cosignature, key)))
