"""Rounds as a probe makes them, with its own carriers at the real addresses, while the path is tapped."""

from __future__ import annotations

import asyncio
import time
from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from collector.questions import build_questions
from deploy.lab.real.path.rules import MARK
from deploy.lab.real.path.tap import Tap
from deploy.lab.real.policies import DOCKET
from probe.asking import Asker, Dice, Window
from probe.clock import SystemClock
from probe.observe import record_line
from probe.transport import direct, make_carriers
from schema.cells import applicable, expand
from schema.endpoint import parse_endpoint
from schema.pace import LAB_PACE, schedule
from schema.plan import PlanVantage
from schema.record import Record, read_record
from schema.registry import World
from schema.words import Kind, Transport
from tests.real.path_kinds import PROVIDER, PUBLIC

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.lab.real.path.tap import Noted
    from probe.transport import Heard
    from schema.cells import Cell
    from schema.registry import Vantage

#: Every question over UDP listens for so long, whatever has come: nothing is said of what may follow.
WINDOW: Final = Window(1.5)
_IN_FLIGHT: Final = 2000

Round = list[tuple[bytes, Record]]


class Heeded(NamedTuple):
    """What came of some rounds: their records, and the datagrams that the kernel saw on their way."""

    rounds: list[Round]
    noted: list[Noted]
    lost: int  # packets that the tap had no room for
    until_ns: int  # when it was taken off, wall clock


def questions(world: World) -> bytes:
    """The questions of a round: the public resolvers on the path, the provider's and the controls."""
    wanted = {place.id for place in (*PUBLIC, PROVIDER)}
    asked = [one for one in world.resolvers if one.id in wanted or one.kind is Kind.CONTROL]
    narrowed = World(tuple(replace(one, endpoints=tuple(filter(_apart, one.endpoints))) for one in asked))
    return build_questions(narrowed, DOCKET)


def _apart(endpoint: str) -> bool:
    """Whether the path to *endpoint* is the prober's alone; the lab's QUIC fronts ask on at port 53, through the device."""
    return parse_endpoint(endpoint).transport is not Transport.QUIC


async def heed(data: bytes, vantage: Vantage, trust: Path, seeds: list[str], *, marked: bool) -> Heeded:
    """Make a round for each of *seeds*, all at once; *marked*: a device sends on what it holds back.

    Raises:
        OSError: no right to packet sockets here.
    """
    cells = applicable(expand(data), PlanVantage(vantage.id, vantage.asn, vantage.country, vantage.operator))
    tap = Tap(MARK if marked else None)
    noted: list[Noted] = []
    loop = asyncio.get_running_loop()
    loop.add_reader(tap.socket, lambda: noted.extend(tap.read()))
    try:
        rounds = await asyncio.gather(*(_round(cells, vantage.id, str(trust), seed) for seed in seeds))
        until_ns = time.time_ns()
        noted.extend(tap.read())
        return Heeded(list(rounds), noted, tap.lost, until_ns)
    finally:
        loop.remove_reader(tap.socket)
        tap.close()


async def _round(cells: tuple[Cell, ...], probe: str, trust: str, seed: str) -> Round:
    """A round with message ids, letter case and order by *seed*."""
    dice = Random(seed)
    carriers = make_carriers(direct, trust)
    clock = SystemClock()
    plan, records = f"{dice.getrandbits(256):064x}", []
    turns, _ = schedule(cells, seed=seed, probe=probe, pace=LAB_PACE, room_s=float("inf"))

    def heard(cell: Cell, what: Heard) -> None:
        line = record_line(what, cell, plan=plan, probe=probe, at=clock.at(what.sent_at_ns))
        records.append((line, read_record(line)))

    asker = Asker(carriers, Dice(dice.randbytes), window=WINDOW, in_flight=_IN_FLIGHT)
    try:
        await asker.ask(turns, wanted=lambda _cell: True, heard=heard)
    finally:
        await carriers.close()
    return records
