"""The cells of a round that bear on a question, and what shows that they are of the round that was closed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from collector.receive.lines import says_more
from collector.receive.seal import leaf_of, with_gaps
from schema.bundle.parts import VERSION, RoundHead, RoundLine
from schema.codec import encode
from schema.errors import EvidenceError
from schema.log import Tree, leaf_hash
from schema.record import gap_line
from schema.words import Role

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from schema.cells import Cell
    from schema.record import Close, Record

#: Cells of these roles are about one name; all others bear on every name that the round asks.
ABOUT_A_NAME: Final = frozenset({Role.TARGET, Role.CONTROL, Role.LOOK, Role.MEASURE})


class Closed(NamedTuple):
    """A close that counts, and where it stands: `leaf` of the probe's log `chain`."""

    number: int
    probe: str
    close: Close
    chain: str
    leaf: int


class Sealed(NamedTuple):
    """A round whose lines are what its close seals: its cells in order, the line of each that has one, and the tree."""

    closed: Closed
    cells: Sequence[Cell]
    lines: Mapping[int, tuple[bytes, Record]]
    tree: Tree

    def chosen(self, places: Collection[int] | None) -> list[tuple[bytes, Record]]:
        """The lines of the cells at *places* (all by default), by cell; a cell in a gap of the close has none."""
        numbers = (cell.number for place, cell in enumerate(self.cells) if places is None or place in places)
        return [self.lines[number] for number in numbers if number in self.lines]

    def written(self, places: Collection[int] | None) -> Iterator[bytes]:
        """The round as a bundle has it: the line that says how it hangs together, then the chosen records; no newlines."""
        wanted = range(len(self.cells)) if places is None else sorted(places)
        number, probe, close, chain, leaf = self.closed
        chosen = tuple(self.cells[place].number for place in wanted)
        rest = tuple(one.hex() for one in self.tree.subset(wanted))
        head = RoundHead(close.plan, number, probe, chain, leaf, chosen, rest)
        yield encode(RoundLine(VERSION, head))
        for line, _ in self.chosen(places):
            yield line


def places_of(cells: Sequence[Cell], names: Collection[str]) -> frozenset[int]:
    """Places among *cells* (those that apply) of what bears on *names*."""
    return frozenset(place for place, cell in enumerate(cells) if cell.name in names or cell.role not in ABOUT_A_NAME)


def sealed(closed: Closed, cells: Sequence[Cell], lines: Mapping[int, tuple[bytes, Record]]) -> Sealed:
    """The round with its tree; *cells* are those that apply to the probe, *lines* by cell.

    Raises:
        EvidenceError: a cell is neither a record nor a gap, or both, or the root is another than the close says.
    """
    number, probe, close, _, _ = closed
    what = f"round {number} of {probe}"
    tree, observed = Tree(), 0
    for cell, reason in with_gaps(cells, close):
        found = lines.get(cell.number)
        if (found is None) == (reason is None):
            fault = "is neither a record nor a gap" if found is None else "is both a record and a gap"
            raise EvidenceError(f"{what} is not sealed: cell {cell.number} {fault}", remedy=_REMEDY)
        if reason is not None:
            tree.append(leaf_hash(gap_line(close.plan, probe, cell.number, reason)))
        elif found is not None:
            tree.append(leaf_of(*found))
            observed += found[1].gap is None
    if len(tree) != close.cells or tree.root().hex() != close.root:
        raise EvidenceError(f"{what} is not sealed: its records do not give the root of its close", remedy=_REMEDY)
    if observed != close.observed:
        fault = f"its close counts {close.observed} records, {observed} came"
        raise EvidenceError(f"{what} is not sealed: {fault}", remedy=_REMEDY)
    return Sealed(closed, cells, lines, tree)


def require_plain(what: str, records: Iterable[tuple[bytes, Record]]) -> None:
    """Return if every record is in its one form, and says no more than its reason where nothing was asked.

    A verifier takes nothing else: what other readers would read otherwise, or what no root covers, is no evidence.

    Raises:
        EvidenceError: one is not; *what* says of which round.
    """
    for line, record in records:
        if encode(record) != line:
            raise EvidenceError(f"{what}: the record of cell {record.cell} is not in its one form", remedy=_OTHER_DAYS)
        if record.gap is not None and says_more(record):
            raise EvidenceError(f"{what}: the gap of cell {record.cell} holds more than its reason", remedy=_OTHER_DAYS)


_OTHER_DAYS: Final = "No bundle can hold this round: ask for days without it, and revoke the probe."
_REMEDY: Final = (
    "If the probe sent it so, the log will say it: wait for the next time stamp. Else run `ottempera collector fsck`."
)
