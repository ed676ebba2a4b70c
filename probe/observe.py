"""From what a carrier heard to the line that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from schema.codec import encode
from schema.log import leaf_hash, root
from schema.record import VERSION, Close, CloseLine, GapRange, Record, gap_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from probe.transport import Heard
    from schema.cells import Cell
    from schema.words import Gap


def _positional(kind: type[msgspec.Struct]) -> Callable[..., object]:
    """A struct that is written as *kind* is and takes all its fields by position, which costs a third of naming them.

    A field that must be given has a default here that no value equals: fields with one come before it.
    """
    fields = [(field.name, Any, ... if field.required else field.default) for field in msgspec.structs.fields(kind)]
    names = {field.name: field.encode_name for field in msgspec.structs.fields(kind)}
    return msgspec.defstruct(kind.__name__, fields, rename=names, omit_defaults=True, frozen=True, gc=False)


_record: Final = _positional(Record)


def record_line(heard: Heard, cell: Cell, *, plan: str, probe: str, at: datetime) -> bytes:
    """The record of *cell*, as bytes that are never written again."""
    number, role, resolver, endpoint, name, qclass, qtype, profile, repeat, *_ = cell
    return encode(
        _record(
            VERSION, plan, number, probe, at, heard.sent_mono_ns // 1000, role, resolver, endpoint, name, qclass, qtype,
            profile, repeat, heard.query, heard.answers, heard.failure, heard.tls, heard.http,
        )
    )  # fmt: skip


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
