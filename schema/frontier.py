"""What of a tree is needed to let it grow and know its root: the roots of its largest complete subtrees."""

from __future__ import annotations

from typing import NamedTuple, Self

from schema.log import EMPTY_ROOT, node_hash


class Frontier(NamedTuple):
    """A tree of `size` leaves (RFC 9162 §2.1); `peaks` are from left to right, one for each bit of `size` that is set."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def grown(self, leaf: bytes) -> Self:
        """With one leaf hash more."""
        peaks, node, size = list(self.peaks), leaf, self.size
        while size & 1:
            node, size = node_hash(peaks.pop(), node), size >> 1
        return self._replace(size=self.size + 1, peaks=(*peaks, node))

    @property
    def root(self) -> bytes:
        """32 bytes."""
        if not self.peaks:
            return EMPTY_ROOT
        *left, found = self.peaks
        for peak in reversed(left):
            found = node_hash(peak, found)
        return found
