"""Steps 6.1 to 6.5, for one round: its file, its records against the plan, and the proof that they are the closed round's."""

from __future__ import annotations

from itertools import pairwise
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from schema.bundle.parts import VERSION, read_round_line
from schema.codec import encode
from schema.log import leaf_hash, root_from_subset
from schema.record import VERSION as RECORD_VERSION
from schema.record import Record, gap_line, read_record
from schema.verifier.case import RefusedError
from schema.words import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from schema.bundle.parts import RoundHead
    from schema.cells import Cell
    from schema.plan import PlanVantage
    from schema.record import Close
    from schema.verifier.case import Case, PeriodPlan
    from schema.words import Gap

#: Cells of these roles are about one name; all others bear on every name that is asked about.
ABOUT_A_NAME: Final = frozenset({Role.TARGET, Role.CONTROL, Role.LOOK, Role.MEASURE})
_MAX_ROUND_BYTES: Final = 2**30
_ENCODER: Final = msgspec.json.Encoder()
_RECORDS: Final = msgspec.json.Decoder(Record)
_BEGINS: Final = b'{"v":1,"plan":'  # as our own probes write a record
_asked: Final[Callable[[Cell | Record], tuple[object, ...]]] = attrgetter(
    "role", "resolver", "endpoint", "name", "qclass", "qtype", "profile", "repeat"
)


class Places(NamedTuple):
    """The cells of a question set that apply to a vantage: by number, with their place and with what they ask.

    `wanted` are those that must be chosen.
    """

    of: Mapping[int, int]
    asked: Mapping[int, tuple[object, ...]]
    wanted: frozenset[int]


class Round(NamedTuple):
    """A round's file, read: its first line and its further ones, without newlines."""

    name: str
    head: RoundHead
    lines: Sequence[bytes]


def round_name(number: int, probe: str) -> str:
    """The file of a round."""
    return f"rounds/{number:010d}/{probe}.jsonl"


def places(cells: Iterable[Cell], vantage: PlanVantage, names: frozenset[str]) -> Places:
    """Where the cells that apply to *vantage* stand, and which of them bear on *names*."""
    own = [cell for cell in cells if cell.applies(vantage)]
    wanted = frozenset(cell.number for cell in own if cell.name in names or cell.role not in ABOUT_A_NAME)
    return Places(
        {cell.number: place for place, cell in enumerate(own)}, {cell.number: _asked(cell) for cell in own}, wanted
    )


def open_round(case: Case, one: PeriodPlan, probe: str, place: tuple[str, int]) -> Round:
    """6.1 Each closed round of the period is in the bundle; its first line names the close at *place* (chain, leaf).

    Raises:
        FormatError, EvidenceError: it is not there, or names another.
    """
    name = round_name(one.plan.number, probe)
    first, *lines = case.read(name, _MAX_ROUND_BYTES).split(b"\n")
    if not lines or lines.pop():
        raise RefusedError(f"the last line of {name} has no newline")
    line = read_round_line(first)
    head = line.round
    if line.v != VERSION or encode(line) != first:
        raise RefusedError(f"the first line of {name} is of version {line.v}, or not in its one form")
    if (head.plan, head.number, head.probe, head.chain, head.leaf) != (one.id, one.plan.number, probe, *place):
        raise RefusedError(f"{name} does not name the close at line {place[1]} of the log {place[0]}")
    return Round(name, head, lines)


def read_records(one: PeriodPlan, found: Round, close: Close, own: Places) -> list[tuple[bytes, Record]]:
    """6.2 Each record answers the cell of its plan, applies to the vantage and was chosen; they stand by cell.

    Raises:
        FormatError, EvidenceError: one does not, or stands where the close has a gap.
    """
    head, asked = found.head, own.asked
    if not own.of.keys() >= set(head.chosen):
        raise RefusedError(f"{found.name}: a cell was chosen that does not apply")
    records = _decode(found.lines)
    chosen, before = frozenset(head.chosen), -1
    for record in records:
        number = record.cell
        if record.plan != one.id or record.probe != head.probe or record.v != RECORD_VERSION:
            raise RefusedError(f"{found.name}: a record of another plan, probe or version")
        if number <= before or number not in chosen or asked[number] != _asked(record):
            raise RefusedError(
                f"{found.name}: a record does not answer cell {number} of its plan, or stands out of order"
            )
        if record.gap is not None and (
            record.query or record.answers or record.failure or record.tls or record.http or record.mono_us
        ):
            raise RefusedError(f"{found.name}: the record of cell {number} is a gap and holds more than its reason")
        before = number
    if _ENCODER.encode_lines(records) != b"".join(line + b"\n" for line in found.lines):
        raise RefusedError(f"{found.name}: a record is not in its one form")
    if close.gaps:
        gaps = gaps_of(close, [record.cell for record in records])
        if gaps:
            raise RefusedError(f"{found.name}: cell {min(gaps)} is a record and in a gap of the close")
    return list(zip(found.lines, records, strict=True))


def check_chosen(found: Round, close: Close, own: Places, records: Sequence[tuple[bytes, Record]]) -> dict[int, Gap]:
    """6.3 Each cell that bears on the question is there, a record or a gap with its reason; the gaps, by cell.

    Raises:
        EvidenceError: one is not.
    """
    chosen = found.head.chosen
    if any(later <= earlier for earlier, later in pairwise(chosen)):
        raise RefusedError(f"{found.name}: the chosen cells do not ascend")
    if missing := own.wanted - set(chosen):
        raise RefusedError(f"{found.name}: cell {min(missing)} bears on the question and is not there")
    recorded = {record.cell for _, record in records}
    bare = [number for number in chosen if number not in recorded]
    gaps = gaps_of(close, bare)
    if len(gaps) < len(bare):
        raise RefusedError(f"{found.name}: cell {min(set(bare) - gaps.keys())} is neither a record nor a gap")
    return gaps


def check_root(
    found: Round, close: Close, own: Places, records: Sequence[tuple[bytes, Record]], gaps: Mapping[int, Gap]
) -> None:
    """6.4 The cells and the range proof give the root of the round's close.

    Raises:
        FormatError, EvidenceError: they do not.
    """
    head = found.head
    if close.cells != len(own.of):
        raise RefusedError(f"{found.name}: the close counts {close.cells} cells, {len(own.of)} apply")
    least = sum(record.gap is None for _, record in records)
    if not least <= close.observed <= close.cells - (len(gaps_of(close, own.of)) if close.gaps else 0):
        raise RefusedError(f"{found.name}: the close counts {close.observed} records, which cannot be")
    leaves = {
        own.of[record.cell]: leaf_hash(
            line if record.gap is None else gap_line(head.plan, head.probe, record.cell, record.gap)
        )
        for line, record in records
    }
    for number, reason in gaps.items():
        leaves[own.of[number]] = leaf_hash(gap_line(head.plan, head.probe, number, reason))
    if root_from_subset(close.cells, leaves, [bytes.fromhex(one) for one in head.proof]).hex() != close.root:
        raise RefusedError(f"{found.name}: the cells and the proof do not give the root of the close")


def certificates_of(records: Iterable[tuple[bytes, Record]]) -> set[str]:
    """6.5 The certificates that *records* name (hex SHA-256), each of which must be in the bundle."""
    return {digest for chain in {record.tls.chain for _, record in records if record.tls} for digest in chain}


def gaps_of(close: Close, cells: Iterable[int]) -> dict[int, Gap]:
    """Those of *cells* (ascending) that lie in a gap of *close*; ranges are never expanded, a hostile one may be long."""
    ranges = sorted(close.gaps, key=lambda gap: (gap.from_cell, gap.to_cell))
    found, place = {}, 0
    for number in cells:
        while place < len(ranges) and ranges[place].to_cell < number:
            place += 1
        if place < len(ranges) and ranges[place].from_cell <= number:
            found[number] = ranges[place].reason
    return found


def _decode(lines: Sequence[bytes]) -> list[Record]:
    """The records in *lines*: at once where they look as our own probes write them, else one by one.

    No record holds another, so a value cannot go on in the next line; two in one line show in the count.

    Raises:
        FormatError: a line is no record.
    """
    if all(line.startswith(_BEGINS) for line in lines):
        try:
            records = _RECORDS.decode_lines(b"\n".join(lines))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            records = []
        if len(records) == len(lines):
            return records
    return [read_record(line) for line in lines]
