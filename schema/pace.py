"""How fast a probe may ask, and when it asks what in one round: probes keep to it, collectors plan by it. Pure."""

from __future__ import annotations

import struct
from hashlib import shake_128
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from schema.cells import Cell

if TYPE_CHECKING:
    from collections.abc import Sequence


class Pace(NamedTuple):
    """Ceilings of one probe, in seconds between questions; 0 means none (a lab).

    `endpoint_s`: to one endpoint. `resolver_s`: to all endpoints of one resolver, the fleet's ceiling divided among its
    vantages. `failures`: so many failures in a row at an endpoint open its breaker for the rest of the round; 0: never.
    """

    endpoint_s: float = 1.0
    resolver_s: float = 0.25
    failures: int = 8


#: A turn may be so late before those that follow are put off; it is added to every spacing, so that ceilings hold then too.
LATE_S: Final = 0.1
_KEY_BYTES: Final = 8
_JITTER_BYTES: Final = 4

LAB_PACE = Pace(endpoint_s=0.0, resolver_s=0.0, failures=0)


class Turn(msgspec.Struct, frozen=True, gc=False):
    """When a cell is asked, in seconds from the start of the round."""

    offset_s: float
    cell: Cell


def schedule(
    cells: Sequence[Cell], *, seed: str, probe: str, pace: Pace, room_s: float
) -> tuple[list[Turn], list[Cell]]:
    """The turns of a round in time order, and the cells that no longer fit into *room_s* under the ceilings.

    The order is shuffled by *seed* and *probe*, so that no resolver can tell a round by its pattern and two probes do
    not knock at once; the jitter of each turn lies within half of the interval that holds it up, the endpoint's or the
    resolver's, and has nothing to do with its place in the order.
    """
    shuffled, jitters = _draw(len(cells), f"{seed}/{probe}")
    longest_s = max(pace.endpoint_s, pace.resolver_s)
    if not longest_s and room_s >= 0:
        return [Turn(0.0, cells[at]) for at in shuffled], []
    endpoint_free: dict[str, float] = {}
    resolver_free: dict[str, float] = {}
    turns: list[Turn] = []
    left: list[Cell] = []
    for at in shuffled:
        cell = cells[at]
        endpoint_s, resolver_s = endpoint_free.get(cell.endpoint, 0.0), resolver_free.get(cell.resolver, 0.0)
        if endpoint_s == resolver_s:  # neither was asked yet
            offset = endpoint_s + jitters[at] * longest_s
        elif endpoint_s > resolver_s:
            offset = endpoint_s + jitters[at] * pace.endpoint_s
        else:
            offset = resolver_s + jitters[at] * pace.resolver_s
        if offset > room_s:
            left.append(cell)
            continue
        endpoint_free[cell.endpoint] = offset + _spaced(pace.endpoint_s)
        resolver_free[cell.resolver] = offset + _spaced(pace.resolver_s)
        turns.append(Turn(offset, cell))
    turns.sort(key=lambda turn: turn.offset_s)
    return turns, left


def _spaced(interval_s: float) -> float:
    """Between two turns, so that the questions are *interval_s* apart although the first may be late."""
    return interval_s + LATE_S if interval_s else 0.0


def _draw(count: int, seed: str) -> tuple[list[int], list[float]]:
    """An order of so many places, and of each place its jitter, from 0 to below a half; independent of each other."""
    drawn = shake_128(seed.encode()).digest(count * (_KEY_BYTES + _JITTER_BYTES))
    keys = struct.unpack_from(f">{count}Q", drawn)
    jitters = struct.unpack_from(f">{count}I", drawn, count * _KEY_BYTES)
    return sorted(range(count), key=keys.__getitem__), [jitter / 2**33 for jitter in jitters]
