"""Ceilings hold between questions as they are put, not only as they are planned."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise

from probe.asking import Asker, Dice, Window
from probe.transport import Ask, Carriers, Done, Heard
from schema.cells import Cell
from schema.pace import Pace, schedule
from schema.words import Profile, Role, Transport

INTERVAL_S = 0.05


class Slow:
    """A carrier that keeps every question for a while, so that no other may be put meanwhile."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.put: list[float] = []

    def submit(self, ask: Ask, done: Done) -> None:
        """Note the time, and answer later."""
        self.put.append(time.monotonic())
        heard = Heard(ask.token, ask.query, 0, 0, (), None, None, None)
        asyncio.get_running_loop().call_later(0.2 if len(self.put) == 2 else 0.0, done, heard)

    async def close(self) -> None:
        """Nothing is held."""


async def test_a_wait_for_room_is_not_caught_up() -> None:
    """One question at a time, one of them slow: those that follow it at the endpoint keep their distance."""
    cells = [
        Cell(number, Role.TARGET, "r", "udp:192.0.2.1:53", "a.example.", "IN", "A", Profile.STUB, 0, (), (), True)
        for number in range(6)
    ]
    turns, left = schedule(cells, seed="s", probe="p", pace=Pace(INTERVAL_S, 0.0, 0), room_s=60)
    assert not left
    slow = Slow()
    asker = Asker(Carriers({Transport.UDP: slow}), Dice(bytes), window=Window(1.0), in_flight=1)
    await asker.ask(turns, wanted=lambda _cell: True, heard=lambda _cell, _what: None)
    assert len(slow.put) == len(cells)
    assert min(later - earlier for earlier, later in pairwise(slow.put)) >= INTERVAL_S
