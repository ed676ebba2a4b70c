"""From what a carrier heard to the line that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schema.codec import encode
from schema.log import leaf_hash, root
from schema.record import VERSION, Close, CloseLine, GapRange, Record, gap_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from probe.transport import Heard
    from schema.cells import Cell
    from schema.words import Gap


def record_line(heard: Heard, cell: Cell, *, plan: str, probe: str, at: datetime) -> bytes:
    """The record of *cell*, as bytes that are never written again."""
    return encode(
        Record(
            v=VERSION,
            plan=plan,
            cell=cell.number,
            probe=probe,
            at=at,
            mono_us=heard.sent_mono_ns // 1000,
            role=cell.role,
            resolver=cell.resolver,
            endpoint=cell.endpoint,
            name=cell.name,
            qclass=cell.qclass,
            qtype=cell.qtype,
            profile=cell.profile,
            repeat=cell.repeat,
            query=heard.query,
            answers=heard.answers,
            failure=heard.failure,
            tls=heard.tls,
            http=heard.http,
        )
    )


def close_line(
    cells: Sequence[Cell], leaves: Mapping[int, bytes], gaps: Mapping[int, Gap], *, plan: str, probe: str
) -> bytes:
    """The close of a round: each of *cells* (those that apply, in order) has a leaf or a gap.

    Raises:
        KeyError: a cell has neither; a round is never closed with a hole.
    """
    ranges: list[GapRange] = []
    hashes: list[bytes] = []
    previous: Gap | None = None
    for cell in cells:
        leaf = leaves.get(cell.number)
        if leaf is not None:
            hashes.append(leaf)
            previous = None
            continue
        reason = gaps[cell.number]
        hashes.append(leaf_hash(gap_line(plan, probe, cell.number, reason)))
        first = ranges.pop().from_cell if previous == reason else cell.number
        ranges.append(GapRange(first, cell.number, reason))
        previous = reason
    close = Close(plan=plan, cells=len(cells), observed=len(leaves), root=root(hashes).hex(), gaps=tuple(ranges))
    return encode(CloseLine(VERSION, close))
