"""What is remembered of rounds and held of requests is bounded, and forgetting is safe."""

from __future__ import annotations

import pytest

from collector.buffer import Buffer
from collector.receive.match import Closed, Matched, Seen
from collector.receive.room import Room
from collector.rounds import Round
from schema.errors import UnavailableError
from schema.record import Close, Record, read_line
from tests.unit.test_admit import LINE, PLAN

RECORD = read_line(LINE)
assert isinstance(RECORD, Record)
ONE, OTHER = Round(1, "mi-01"), Round(2, "mi-01")


def seen(plan_number: int, *cells: int) -> Matched:
    """Records of a plan, each in line 1."""
    assert isinstance(RECORD, Record)
    return Matched(tuple(Seen(plan_number, cell, 1, RECORD) for cell in cells), (), ())


CLOSES = Matched((), (Closed(1, 0, Close(PLAN, 0, 0, PLAN)),), ())
LINES = [b"", LINE]


def test_a_round_is_ready_at_first_sight_and_at_its_close() -> None:
    """At first sight, because an earlier process may have seen its close."""
    buffer = Buffer()
    assert buffer.add("mi-01", LINES, seen(1, 1, 2)) == {ONE}
    assert buffer.add("mi-01", LINES, seen(1, 3)) == set()
    assert buffer.add("mi-01", LINES, CLOSES) == {ONE}
    assert set(buffer.lend(ONE)) == {1, 2, 3}
    assert buffer.settle(ONE)
    assert buffer.lend(ONE) == {}


def test_what_comes_while_a_round_is_judged_is_noticed() -> None:
    """It is judged again."""
    buffer = Buffer()
    buffer.add("mi-01", LINES, seen(1, 1))
    lent = buffer.lend(ONE)
    buffer.add("mi-01", LINES, seen(1, 2))
    assert set(lent) == {1}
    assert not buffer.settle(ONE)


def test_a_cell_twice_is_left_to_the_ledger() -> None:
    """Its order decides which of the two counts."""
    buffer = Buffer()
    buffer.add("mi-01", LINES, seen(1, 1, 2))
    buffer.add("mi-01", LINES, seen(1, 1))
    assert set(buffer.lend(ONE)) == {1}


def test_the_oldest_round_is_forgotten_first() -> None:
    """By bytes, since a hostile probe's lines are long."""
    buffer = Buffer(most_bytes=3 * len(LINE))
    buffer.add("mi-01", LINES, seen(1, 1, 2))
    buffer.add("mi-01", LINES, seen(2, 1, 2))
    assert buffer.lend(ONE) == {}
    assert set(buffer.lend(OTHER)) == {1, 2}


def test_requests_share_a_room_and_leave_it_as_it_was() -> None:
    """Also those that fail."""
    room = Room(10)
    with room.place() as first:
        first.grow(6)
        with room.place() as second:
            second.grow(4)
            with pytest.raises(UnavailableError):
                second.grow(1)
        with room.place() as third:
            third.grow(4)
    with room.place() as whole:
        whole.grow(10)
