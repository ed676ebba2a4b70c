"""The matrix as people read it: cells that came out alike share a line; what a program cannot do is a line with its reason."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from deploy.lab.real.policies import CANNOT, DEAD_NAME, DOCKET, Policy, Software
from schema.words import Profile, Transport
from tests.real.expected import POOL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tests.real.matrix import Cell, Told

_TOGETHER = "together"
_SUBJECTS = (*Policy, POOL, *DOCKET, DEAD_NAME)
_HEAD = ("program", "from", "policy", "zone", "transport", "profile", "cells", "expected", "found", "", "reason")


def lines(cells: Sequence[Cell]) -> Iterator[str]:
    """The table, what cannot be done, and the sum."""
    rows = [_HEAD, *_rows(cells)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD) - 1)]
    for row in rows:
        yield "  ".join([*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[-1]]).rstrip()
    yield ""
    for (software, policy), reason in sorted(CANNOT.items()):
        yield f"{software} does not carry out {policy}: {reason}. It is asked all the same, and has to be open."
    wrong = sum(cell.expected != cell.found for cell in cells)
    yield f"{len(cells)} cells, {len(cells) - wrong} as expected, {wrong} not; none left out"


def _rows(cells: Iterable[Cell]) -> Iterator[tuple[str, ...]]:
    groups: dict[tuple[object, ...], list[Cell]] = {}
    for cell in cells:
        key = cell.software, cell.own_line, cell.subject, cell.expected, cell.found, cell.reason
        groups.setdefault(key, []).append(cell)
    for group in sorted(groups.values(), key=_place):
        for part in _crosses(group):
            first = part[0]
            yield (
                first.software,
                "its own line" if first.own_line else "elsewhere",
                first.subject,
                "/".join(sorted({"signed" if cell.signed else "unsigned" for cell in part})),
                _listed((cell.transport or _TOGETHER for cell in part), (*Transport, _TOGETHER)),
                _listed((cell.profile for cell in part), Profile),
                str(len(part)),
                _said(first.expected),
                _said(first.found),
                "ok" if first.expected == first.found else "WRONG",
                first.reason,
            )


def _place(group: Sequence[Cell]) -> tuple[object, ...]:
    """Where a group stands in the table: by program, by where it is asked from, by subject."""
    first = group[0]
    return list(Software).index(first.software), not first.own_line, _SUBJECTS.index(first.subject), first.signed


def _crosses(group: Sequence[Cell]) -> list[list[Cell]]:
    """*group* whole if it is a full cross of zones, transports and profiles; else by zone, then by transport."""
    for parted in (lambda _: 0, lambda cell: cell.signed, lambda cell: (cell.signed, cell.transport)):
        parts: dict[object, list[Cell]] = {}
        for cell in group:
            parts.setdefault(parted(cell), []).append(cell)
        if all(_is_cross(part) for part in parts.values()):
            return list(parts.values())
    return [[cell] for cell in group]


def _is_cross(part: Sequence[Cell]) -> bool:
    there = {(cell.signed, cell.transport, cell.profile) for cell in part}
    return len(there) == len(list(product(*({one[place] for one in there} for place in range(3)))))


def _listed(found: Iterable[str], every: Iterable[str]) -> str:
    there = set(found)
    return " ".join(str(one) for one in every if one in there)


def _said(told: Told) -> str:
    return " ".join(
        [told.outcome, *(one for one in (told.how, told.origin) if one), *(f"+{note}" for note in told.notes)]
    )
