"""Recomputes the root of a round: whether a close says no more and no less than the records that arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schema.log import leaf_hash, root
from schema.record import gap_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from schema.cells import Cell
    from schema.record import Close, Record
    from schema.words import Gap


def leaf_of(line: bytes, record: Record) -> bytes:
    """The leaf of a cell's line in its round: of the line itself, or of the canonical gap line where nothing was asked."""
    if record.gap is None:
        return leaf_hash(line)
    return leaf_hash(gap_line(record.plan, record.probe, record.cell, record.gap))


def is_sealed(close: Close, *, probe: str, cells: Iterable[Cell], leaves: Mapping[int, bytes], observed: int) -> bool:
    """Whether each of *cells* (those that apply, in order) is a line or in a gap, and the root over them is the close's.

    *leaves* are by cell; *observed* is how many of them were asked. A cell with a line and in a gap breaks the seal.
    """
    leaf_line: list[bytes] = []
    if not close.gaps:
        found = [leaves.get(cell.number) for cell in cells]
        leaf_line = [leaf for leaf in found if leaf is not None]
        if len(leaf_line) != len(found):
            return False
    for cell, reason in with_gaps(cells, close) if close.gaps else ():
        leaf = leaves.get(cell.number)
        if (leaf is None) == (reason is None):
            return False
        if reason is not None:
            leaf = leaf_hash(gap_line(close.plan, probe, cell.number, reason))
        if leaf is not None:
            leaf_line.append(leaf)
    return len(leaf_line) == close.cells and observed == close.observed and root(leaf_line).hex() == close.root


def with_gaps(cells: Iterable[Cell], close: Close) -> Iterator[tuple[Cell, Gap | None]]:
    """Each of *cells* with the reason of the gap it lies in; ranges are never expanded, a hostile one may be long."""
    ranges = sorted(close.gaps, key=lambda gap: (gap.from_cell, gap.to_cell))
    place = 0
    for cell in cells:
        while place < len(ranges) and ranges[place].to_cell < cell.number:
            place += 1
        inside = place < len(ranges) and ranges[place].from_cell <= cell.number
        yield cell, ranges[place].reason if inside else None
