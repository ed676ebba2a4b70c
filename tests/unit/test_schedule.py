"""The order and pace of a round."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from probe.breaker import Breaker
from schema.cells import Cell
from schema.pace import LAB_PACE, LATE_S, Pace, schedule
from schema.words import Profile, Role


def _cells(count: int, *, endpoints: int = 3) -> tuple[Cell, ...]:
    return tuple(
        Cell(
            number,
            Role.TARGET,
            f"r{number % endpoints // 2}",
            f"udp:192.0.2.{number % endpoints}:53",
            "a.example.",
            "IN",
            "A",
            Profile.STUB,
            0,
            (),
            (),
            True,
        )
        for number in range(count)
    )


@given(count=st.integers(0, 60), seed=st.text(max_size=8), room=st.floats(0, 100))
def test_every_cell_has_a_turn_or_is_left(count: int, seed: str, room: float) -> None:
    """No cell is lost or asked twice, whatever the room."""
    cells = _cells(count)
    turns, left = schedule(cells, seed=seed, probe="p", pace=Pace(), room_s=room)
    assert sorted([turn.cell.number for turn in turns] + [cell.number for cell in left]) == list(range(count))
    assert all(turn.offset_s <= room for turn in turns)


@given(seed=st.text(max_size=8))
def test_ceilings_hold(seed: str) -> None:
    """Two turns at one endpoint are never closer than its interval, though the first be late, nor at one resolver."""
    pace = Pace(endpoint_s=1.0, resolver_s=0.25)
    turns, _ = schedule(_cells(40), seed=seed, probe="p", pace=pace, room_s=1000)
    for key, least in (("endpoint", 1.0), ("resolver", 0.25)):
        last: dict[str, float] = {}
        for turn in turns:
            place = getattr(turn.cell, key)
            assert turn.offset_s - last.get(place, -1e9) >= least + LATE_S - 1e-9
            last[place] = turn.offset_s


def test_the_seed_and_the_probe_decide_the_order() -> None:
    """The same round again is the same; another seed or probe is another order."""
    orders = [
        [turn.cell.number for turn in schedule(_cells(50), seed=seed, probe=probe, pace=LAB_PACE, room_s=0)[0]]
        for seed, probe in (("s", "p"), ("s", "p"), ("t", "p"), ("s", "q"))
    ]
    assert orders[0] == orders[1]
    assert orders[0] != orders[2]
    assert orders[0] != orders[3]


def test_the_jitter_does_not_tell_the_place() -> None:
    """Early and late turns are jittered alike, between nothing and half of the spacing."""
    cells = _cells(8000, endpoints=8000)[::2]  # each the only one at its endpoint and its resolver
    turns, _ = schedule(cells, seed="s", probe="p", pace=Pace(endpoint_s=1.0, resolver_s=0.0), room_s=1000)
    order = [turn.cell.number for turn in schedule(cells, seed="s", probe="p", pace=LAB_PACE, room_s=0)[0]]
    offsets = {turn.cell.number: turn.offset_s for turn in turns}
    jitters = [offsets[number] for number in order]
    assert 0 <= min(jitters) < 0.01
    assert 0.49 < max(jitters) < 0.5
    for part in (jitters[:2000], jitters[2000:]):
        assert 0.24 < sum(part) / len(part) < 0.26


def test_the_jitter_is_of_the_interval_that_holds_a_turn_up() -> None:
    """A resolver of many endpoints is asked at its own ceiling, and not at that of an endpoint."""
    cells = tuple(one._replace(resolver="r") for one in _cells(400, endpoints=100))
    turns, _ = schedule(cells, seed="s", probe="p", pace=Pace(endpoint_s=1.0, resolver_s=0.25), room_s=1000)
    gaps = sorted(later.offset_s - turn.offset_s for turn, later in pairwise(turns))
    assert gaps[0] >= 0.25 + LATE_S - 1e-9
    assert gaps[380] < 0.25 * 1.5 + LATE_S, "nearly all wait for the resolver alone"
    assert 0.40 < turns[-1].offset_s / 400 < 0.45


def test_breaker_opens_after_failures_in_a_row() -> None:
    """An answer in between starts the count anew; zero never opens."""
    breaker = Breaker(2)
    for answered, allowed in ((False, True), (True, True), (False, True), (False, False)):
        breaker.note("e", answered=answered)
        assert breaker.allows("e") is allowed
    never = Breaker(0)
    never.note("e", answered=False)
    assert never.allows("e")
