"""A round as it is judged: its lines by cell, its close, and whether the one seals the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from collector.receive.seal import is_sealed, leaf_of
from schema.cells import applicable
from schema.errors import EvidenceError
from schema.record import Record, read_record

if TYPE_CHECKING:
    from collections.abc import Callable

    from collector.library import Library
    from collector.receive.match import KnownPlan
    from collector.store import Store
    from schema.plan import PlanVantage
    from schema.record import Close

Lines: TypeAlias = dict[int, tuple[bytes, Record]]
"""The line and the record of each cell; of a cell that came twice, the first."""


class Round(NamedTuple):
    """One probe's execution of one plan."""

    plan_number: int
    probe: str


class Execution(NamedTuple):
    """A closed round with what it is judged by; `sealed` if nothing was left out and nothing added."""

    known: KnownPlan
    vantage: PlanVantage
    lines: Lines
    sealed: bool


async def read_execution(
    store: Store, library: Library, one: Round, lend: Callable[[], Lines | None] = lambda: None
) -> Execution | None:
    """The round, from the lines lent if they are what its close seals, else as the ledger has it; None if it is not closed.

    *lend* is asked once it is closed: until then lines come in.

    Raises:
        EvidenceError: the ledger is damaged.
    """
    close = await store.round_close(*one)
    if close is None:
        return None
    known = await library.plan(one.plan_number)
    vantage = known.plan.vantage(one.probe)
    if vantage is None:
        raise EvidenceError(f"plan {one.plan_number} does not enrol {one.probe}, which closed it")
    lines = lend()
    if lines and _seals(close, known, vantage, lines):
        return Execution(known, vantage, lines, sealed=True)
    stored, sealed = await read_lines(store, known, vantage, close)
    return Execution(known, vantage, stored, sealed)


async def read_lines(store: Store, known: KnownPlan, vantage: PlanVantage, close: Close) -> tuple[Lines, bool]:
    """The lines of a closed round as the ledger has them, and whether they are what *close* seals.

    What came before the close counts alone where it fulfils it: whatever a probe sends later cannot undo a round.
    """
    whole: Lines = {}
    in_time: Lines = {}
    for cell, line, late in await store.round_lines(known.plan.number, vantage.id):
        told = whole.setdefault(cell, (line, read_record(line)))
        if not late:
            in_time.setdefault(cell, told if told[0] == line else (line, read_record(line)))
    if _seals(close, known, vantage, in_time):
        return in_time, True
    return whole, whole != in_time and _seals(close, known, vantage, whole)


def _seals(close: Close, known: KnownPlan, vantage: PlanVantage, lines: Lines) -> bool:
    leaves = {cell: leaf_of(line, record) for cell, (line, record) in lines.items()}
    observed = sum(record.gap is None for _, record in lines.values())
    return is_sealed(close, probe=vantage.id, cells=applicable(known.cells, vantage), leaves=leaves, observed=observed)
