"""What a measurement comes to: a figure beside its budget, or the reason why there is none."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class SkippedError(Exception):
    """Something that a measurement needs is not here; says what."""


class Figure(NamedTuple):
    """One row of the table.

    `measured` is in `unit`; `first` and `then` are the budgets of DESIGN section 10 in the same unit, None where there is
    none; `most` says that the budget is a ceiling. `note` says under which conditions, or why nothing was measured.
    """

    what: str
    measured: float | None
    unit: str
    first: float | None = None
    then: float | None = None
    most: bool = False
    note: str = ""
    section: str = ""

    def meets(self, budget: float | None) -> bool | None:
        """Whether *budget* is kept; None if there is none, or no figure."""
        if budget is None or self.measured is None:
            return None
        return self.measured <= budget if self.most else self.measured >= budget

    @property
    def met(self) -> str:
        """`then`, `first` or `no`; `-` where there is nothing to meet."""
        if self.meets(self.then):
            return "then"
        kept = self.meets(self.first)
        return "-" if kept is None else "first" if kept else "no"

    @property
    def command(self) -> str:
        """What prints this figure alone."""
        return f"tests/bench/run --only {self.section}"


class Section(NamedTuple):
    """A measurement that also runs alone; `rows` are the figures it owes, for the table of a run that had to skip it.

    `named`: only where it is asked for by name, as it takes longer than all others together.
    """

    name: str
    measure: Callable[[Callable[[str], None]], Iterable[Figure]]
    rows: tuple[str, ...]
    named: bool = False


def interleaved(
    contenders: dict[str, Callable[[], float]], *, times: int, say: Callable[[str], None]
) -> dict[str, list[float]]:
    """Run all *contenders* in turn, *times* times over, so that a noisy minute hits each alike."""
    results: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(times):
        for name, run in contenders.items():
            value = run()
            results[name].append(value)
            say(f"  {name:<32} {value:>12,.0f}")
    return results


def ratio(ours: list[float], theirs: list[float]) -> float:
    """The median of ratios taken side by side."""
    return median(one / other for one, other in zip(ours, theirs, strict=True))


def as_json(figures: Iterable[Figure]) -> list[dict[str, Any]]:
    """Rows for a file."""
    return [figure._asdict() | {"met": figure.met, "command": figure.command} for figure in figures]


def table(figures: Iterable[Figure]) -> str:
    """All *figures*, aligned; what was not measured says why."""
    head = ("what", "measured", "first reach", "then", "met", "command")
    rows = [
        (
            figure.what,
            "not measured" if figure.measured is None else _number(figure.measured, figure.unit),
            _budget(figure, figure.first),
            _budget(figure, figure.then),
            figure.met,
            figure.command,
        )
        for figure in figures
    ]
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)
    ]
    lines.insert(1, "-" * max(map(len, lines)))
    notes = [f"  {figure.what}: {' '.join(figure.note.split())}" for figure in figures if figure.note]
    return "\n".join([*lines, "", *notes])


def _number(value: float, unit: str) -> str:
    digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}"


def _budget(figure: Figure, budget: float | None) -> str:
    return "" if budget is None else f"{'<=' if figure.most else '>='} {budget:g} {figure.unit}"
