"""Holds the lines of a batch against the plans they name: which become observations, which are kept as bytes only."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from schema.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from collector.receive.admit import Admitted
    from schema.cells import Cell
    from schema.plan import PlanVantage
    from schema.record import Close, Record

UNKNOWN_PLAN: Final = "unknown_plan"
NOT_ENROLLED: Final = "not_enrolled"
CELL_MISMATCH: Final = "cell_mismatch"
DUPLICATE_CELL: Final = "duplicate_cell"

_asked: Final[Callable[[Cell | Record], tuple[object, ...]]] = attrgetter(
    "role", "resolver", "endpoint", "name", "qclass", "qtype", "profile", "repeat"
)


class KnownPlan(NamedTuple):
    """A plan that was published here, with its cells by number."""

    plan_id: str
    plan: Plan
    cells: tuple[Cell, ...]


class Seen(NamedTuple):
    """A record that answers a cell of a plan; `line` is its place in the batch, from 0."""

    plan_number: int
    cell: int
    line: int
    record: Record


class Closed(NamedTuple):
    """The close of a plan that is known; `line` is its place in the batch, from 0."""

    plan_number: int
    line: int
    close: Close


class Matched(NamedTuple):
    """What of a batch can be judged, and why the rest cannot."""

    seen: tuple[Seen, ...]
    closed: tuple[Closed, ...]
    notes: tuple[str, ...]


def plans_named(batch: Admitted) -> Iterable[str]:
    """The ids of the plans that the lines of *batch* name, each once, in order."""
    named = dict.fromkeys(record.plan for _, record in batch.records)
    return named | dict.fromkeys(close.plan for _, close in batch.closes)


def match(batch: Admitted, plans: Mapping[str, KnownPlan]) -> Matched:
    """The records of *batch* that are what their plan asks of this probe; *plans* are those known, by id.

    A plan nobody published here, a probe that is not enrolled for it, a cell that says otherwise than the plan, and a
    cell twice in one batch: the bytes are kept, a note says so, and nothing is made of the line.
    """
    probe = batch.header.probe
    notes: dict[str, None] = {}
    seen: dict[tuple[int, int], Seen] = {}
    vantages = {plan_id: known.plan.vantage(probe) for plan_id, known in plans.items()}
    for line, record in batch.records:
        known = plans.get(record.plan)
        note = _objection(record, known, vantages.get(record.plan))
        if known is None or note:
            notes[note or UNKNOWN_PLAN] = None
            continue
        key = (known.plan.number, record.cell)
        if key in seen:
            notes[DUPLICATE_CELL] = None
            continue
        seen[key] = Seen(known.plan.number, record.cell, line, record)
    closed: list[Closed] = []
    for line, close in batch.closes:
        known = plans.get(close.plan)
        if known is None or vantages.get(close.plan) is None:
            notes[UNKNOWN_PLAN if known is None else NOT_ENROLLED] = None
            continue
        closed.append(Closed(known.plan.number, line, close))
    return Matched(tuple(seen.values()), tuple(closed), tuple(notes))


def _objection(record: Record, known: KnownPlan | None, vantage: PlanVantage | None) -> str | None:
    if known is None:
        return UNKNOWN_PLAN
    if vantage is None:
        return NOT_ENROLLED
    if not 0 <= record.cell < len(known.cells):
        return CELL_MISMATCH
    cell = known.cells[record.cell]
    if _asked(cell) != _asked(record):
        return CELL_MISMATCH
    everywhere = not cell.asns and not cell.countries and not cell.vantages
    return None if everywhere or cell.applies(vantage) else CELL_MISMATCH
