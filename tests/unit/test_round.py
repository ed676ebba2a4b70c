from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from probe.asking import Dice, Window
from probe.batchfile import read_batch
from probe.plans import HeldPlan
from probe.round import Round
from probe.spool import Spool
from probe.transport import Carriers, Heard
from schema.cells import Asked, Group, QuestionSet, expand
from schema.codec import encode
from schema.pace import LAB_PACE, Pace
from schema.plan import Plan
from schema.record import Answer, BatchHeader, ClockSeen, CloseLine, read_line
from schema.words import Failure, Gap, Profile, Role, Transport
from tests.helpers.standin import NOW, PROBE, VANTAGE

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from probe.transport import Ask, Done
    from schema.cells import Cell
    from schema.record import Close

PLAN_ID = "ab" * 32
DROPPED = tuple(f"dropped-{number}.example." for number in range(40))


def _cells(*groups: Group) -> tuple[Cell, ...]:
    names = tuple(dict.fromkeys(name for group in groups for name in group.names))
    return expand(encode(QuestionSet(1, names, (Asked("one", ("udp:192.0.2.1:53",)),), groups)))


def _group(role: Role, *names: str) -> Group:
    return Group(role, names, ("one",), ("A",), (Profile.STUB,))


class Clock:
    """Stands, unless a test moves it."""

    time = NOW

    def now(self) -> datetime:
        return self.time

    def at(self, wall_ns: int) -> datetime:
        return self.time

    def seen(self) -> ClockSeen:
        return ClockSeen()


class Answers(Carriers):
    """Answers or not, a moment later."""

    def __init__(self, answers: Callable[[Cell], bool]) -> None:
        super().__init__({})
        self._answers = answers
        self.asked: list[Cell] = []

    @property
    def transports(self) -> frozenset[Transport]:
        return frozenset({Transport.UDP})

    def submit(self, ask: Ask, done: Done) -> None:
        cell: Cell = ask.token  # type: ignore[assignment]  # what the asker gave
        self.asked.append(cell)
        heard = (Answer(1, b"x"),) if self._answers(cell) else ()
        failure = None if heard else Failure.TIMEOUT
        asyncio.get_running_loop().call_soon(done, Heard(cell, ask.query, 0, 0, heard, failure, None, None))


class Set:
    """A round that is ready to be asked."""

    def __init__(
        self,
        folder: Path,
        cells: tuple[Cell, ...],
        *,
        never: Callable[[str], bool] = lambda _: False,
        window_s: float = 60.0,
    ) -> None:
        def header(chain: str, number: int, previous: str | None) -> BatchHeader:
            return BatchHeader(VANTAGE.id, chain, number, "boot", "test", NOW, previous)

        self.clock = Clock()
        self.spool = Spool(folder, PROBE, header=header, new_chain=lambda: "ab" * 16, quota_bytes=1 << 20)
        plan = Plan(1, 1, NOW, window_s, "5eed", "0" * 64, "0" * 64, (VANTAGE,))
        self.round = Round(HeldPlan(PLAN_ID, plan), cells, VANTAGE, spool=self.spool, clock=self.clock, never=never)

    async def ask(self, carriers: Carriers, pace: Pace = LAB_PACE, *, window_s: float = 1.0) -> Close:
        """Ask it and close it."""
        dice = Dice(lambda count: b"\x01" * count)
        await self.round.ask(carriers, dice, pace=pace, window=Window(window_s), in_flight=1)
        self.round.close()
        [held] = self.spool.pending()
        *_, last = read_batch(held.path).lines()
        read = read_line(last)
        assert isinstance(read, CloseLine)
        return read.close


async def test_the_breaker_leaves_alone_what_only_fails(tmp_path: Path) -> None:
    cells = _cells(_group(Role.TARGET, *DROPPED))
    carriers = Answers(lambda _: False)
    close = await Set(tmp_path, cells).ask(carriers, Pace(0.0, 0.0, 3))
    assert len(carriers.asked) == close.observed == 3
    assert {gap.reason for gap in close.gaps} == {Gap.BREAKER}


async def test_an_endpoint_that_drops_the_names_of_an_order_is_not_dead(tmp_path: Path) -> None:
    """A name that is known to be answered is always asked, and its answer lets the others be asked again."""
    cells = _cells(_group(Role.TARGET, *DROPPED), _group(Role.KNOWN_GOOD, *(f"good-{n}.example." for n in range(10))))
    carriers = Answers(lambda cell: cell.role is Role.KNOWN_GOOD)
    await Set(tmp_path, cells).ask(carriers, Pace(0.0, 0.0, 2))
    roles = [cell.role for cell in carriers.asked]
    assert roles.count(Role.KNOWN_GOOD) == 10
    assert roles.count(Role.TARGET) > 2


async def test_names_that_are_never_asked(tmp_path: Path) -> None:
    cells = _cells(_group(Role.TARGET, "a.example.", "never.example."))
    carriers = Answers(lambda _: True)
    close = await Set(tmp_path, cells, never=lambda name: name == "never.example.").ask(carriers)
    assert [cell.name for cell in carriers.asked] == ["a.example."]
    assert [gap.reason for gap in close.gaps] == [Gap.NEVER_PROBE]


async def test_what_cannot_be_carried_takes_no_turn_from_the_rest(tmp_path: Path) -> None:
    """A probe without QUIC says so of each of those cells, and asks all others in a window that has room for these alone."""
    one = Asked("one", ("udp:192.0.2.1:53", *(f"quic:192.0.2.{at}:853#dns.example" for at in range(1, 61))))
    group = _group(Role.TARGET, "a.example.", "b.example.", "c.example.")
    cells = expand(encode(QuestionSet(1, group.names, (one,), (group,))))
    carriers = Answers(lambda _: True)
    close = await Set(tmp_path, cells, window_s=1.0).ask(carriers, Pace(0.0, 0.05, 0), window_s=0.0)
    assert {cell.name for cell in carriers.asked} == set(group.names)
    assert {gap.reason for gap in close.gaps} == {Gap.TRANSPORT_UNAVAILABLE}
    assert (close.cells, close.observed) == (183, 3)


@pytest.mark.parametrize("late_s", [0.0, 0.1, 0.19])
async def test_a_round_that_begins_late_still_ends_in_time(tmp_path: Path, late_s: float) -> None:
    """What does not fit before the end of the window is a gap from the beginning."""
    cells = _cells(_group(Role.TARGET, *DROPPED))
    one = Set(tmp_path, cells, window_s=0.2)
    one.clock.time = NOW + timedelta(seconds=late_s)
    carriers = Answers(lambda _: True)
    close = await one.ask(carriers, Pace(0.0, 0.02, 0), window_s=0.0)
    assert {gap.reason for gap in close.gaps} == {Gap.CEILING}
    assert len(carriers.asked) <= 1 + (0.2 - late_s) / 0.02


async def test_a_machine_that_slept_asks_no_more_when_its_round_is_over(tmp_path: Path) -> None:
    """The questions of yesterday's plan would be read as yesterday's."""
    cells = _cells(_group(Role.TARGET, *DROPPED))
    one = Set(tmp_path, cells)

    def sleeps(cell: Cell) -> bool:
        one.clock.time = NOW + timedelta(hours=8)
        return True

    carriers = Answers(sleeps)
    close = await one.ask(carriers, Pace(0.001, 0.001, 0))
    assert len(carriers.asked) == close.observed == 1
    assert {gap.reason for gap in close.gaps} == {Gap.CEILING}


async def test_what_a_crash_left_is_taken_over(tmp_path: Path) -> None:
    cells = _cells(_group(Role.TARGET, *DROPPED))
    one = Set(tmp_path, cells)
    one.round.abandon(Gap.CRASHED, {3: b"\0" * 32})
    assert one.round.gaps == {cell.number: Gap.CRASHED for cell in cells if cell.number != 3}
    assert one.round.leaves == {3: b"\0" * 32}
