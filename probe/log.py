"""The probe's own log of one chain: its beginning, the closes, the checkpoints it has seen, a change of key (sp-005)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schema.codec import encode
from schema.frontier import Frontier
from schema.log import leaf_hash
from schema.note import Checkpoint, probe_origin
from schema.record import VERSION, BeginLine, Head, HeadLine

if TYPE_CHECKING:
    from schema.note import NoteSigner
    from schema.record import Begin


class ProbeLog:
    """Grows by a line at a time, and signs a head over each.

    A process begins a chain of its own and a log with it, and never goes on with one that it found: so a copy of the
    probe and the original never sign two contents under one number, whatever either remembers. Of its lines it keeps what the
    next head needs and no more: a process may run for years.
    """

    def __init__(self, notes: NoteSigner, *, probe: str, begin: Begin) -> None:
        """Begin with *begin*, which has no head of its own: the next line's covers it."""
        self._notes = notes
        self._origin = probe_origin(probe, begin.chain)
        self.begin_line = encode(BeginLine(VERSION, begin))
        self._tree = Frontier().grown(leaf_hash(self.begin_line))

    def __len__(self) -> int:
        """How many lines there are."""
        return self._tree.size

    def add(self, line: bytes) -> Head:
        """The signed head after *line*, which is the next of the log."""
        self._tree = self._tree.grown(leaf_hash(line))
        checkpoint = Checkpoint(self._origin, self._tree.size, self._tree.root)
        return Head(checkpoint.size, checkpoint.root.hex(), self._notes.sign(checkpoint).blob)


def with_head(line: bytes, head: Head) -> bytes:
    """*line* and its head as they stand in a batch, which are never parted; without the last newline."""
    return line + b"\n" + encode(HeadLine(VERSION, head))
