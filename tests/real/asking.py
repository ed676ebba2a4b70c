"""Asks everything of the namespace lab once, as a probe does: its own carriers, at the addresses themselves."""

from __future__ import annotations

import secrets
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from deploy.lab.real.places import HONEST, POOLS, TESTED
from deploy.lab.real.policies import DEAD_NAME, DOCKET, Policy, names_of
from probe.asking import Asker, Dice, Window
from probe.clock import SystemClock
from probe.observe import record_line
from probe.transport import direct, make_carriers
from schema.cells import VERSION, Asked, Group, QuestionSet, applicable, expand
from schema.codec import encode
from schema.endpoint import parse_endpoint
from schema.pace import LAB_PACE, schedule
from schema.plan import PlanVantage
from schema.record import read_record
from schema.registry import ID_SERVER, KNOWN_ABSENT, KNOWN_GOOD, WHOAMI
from schema.words import VERIFIABLE, Profile, Role

if TYPE_CHECKING:
    from pathlib import Path

    from probe.transport import Carriers
    from probe.transport import Heard as Answered
    from schema.cells import Cell
    from schema.record import Record
    from schema.registry import Vantage, World

PROFILES: Final = (Profile.STUB, Profile.EDNS, Profile.DNSSEC)
TYPES: Final = ("A", "AAAA")
POOL_POLICY: Final = Policy.NXDOMAIN  # what one server of a pool does
_REPEATS: Final = 2  # silence counts when it is met more than once
_POOL_REPEATS: Final = 4
_PLAN: Final = "0" * 64
_SETTLE_S: Final = 0.5
#: To whoever answers in the end there is time, however busy the machine is; silence costs the whole window.
_PATIENT, _BRIEF = Window(60.0, _SETTLE_S), Window(6.0, _SETTLE_S)
_IN_FLIGHT: Final = 200
_DROPPED: Final = frozenset(names_of(Policy.DROP))

POLICY_NAMES: Final = tuple(name for policy in Policy for name in names_of(policy))


def questions(world: World) -> bytes:
    """The full cross: what is asked of whom, with controls and identities, as a question set."""
    names = (*POLICY_NAMES, *DOCKET, DEAD_NAME)
    asked = tuple(Asked(one.id, one.endpoints, mix_case=one.mix_case) for one in world.resolvers)
    everyone = tuple(one.id for one in asked)
    tested, pools = tuple(one.id for one in TESTED.values()), tuple(one.id for one in POOLS.values())
    witnesses = tuple(one.id for one in HONEST)
    verified = tuple(sorted(transport.value for transport in VERIFIABLE))
    groups = (
        Group(Role.TARGET, names, tested, TYPES, PROFILES, _REPEATS),
        Group(Role.TARGET, names_of(POOL_POLICY), pools, ("A",), PROFILES, _POOL_REPEATS),
        Group(Role.CONTROL, names, witnesses, TYPES, (Profile.EDNS,), transports=verified),
        Group(Role.KNOWN_GOOD, (KNOWN_GOOD,), everyone, ("A",), (Profile.EDNS,)),
        Group(Role.KNOWN_ABSENT, (KNOWN_ABSENT,), everyone, ("A",), (Profile.EDNS,)),
        Group(Role.IDENTITY, (ID_SERVER,), everyone, ("TXT",), (Profile.STUB,), qclass="CH"),
        Group(Role.IDENTITY, (WHOAMI,), everyone, ("A",), (Profile.STUB,)),
    )
    infrastructure = (KNOWN_GOOD, KNOWN_ABSENT, ID_SERVER, WHOAMI)
    return encode(QuestionSet(VERSION, (*names, *infrastructure), asked, groups))


class Heard(NamedTuple):
    """The lines that a probe would spool, with what they hold, by cell; and what had to be asked twice, in words."""

    lines: list[tuple[bytes, Record]]
    again: Counter[str]


async def ask(world: World, vantage: Vantage, trust: Path) -> Heard:
    """Put every question of *world*.

    What came to no answer although an answer was due is asked once more, and said: a connection that is ended as a
    question is written to it loses that question, and what is looked at here is judging, not loss.
    """
    here = PlanVantage(vantage.id, vantage.asn, vantage.country, vantage.operator)
    cells = applicable(expand(questions(world)), here)
    # A program that drops a question which came over a stream ends the whole connection (Unbound, dnsdist), with
    # whatever else is under way on it. At a second between questions nothing is; asked all at once, drops come last.
    rest = [cell for cell in cells if cell.name not in _DROPPED]
    dropped = [cell for cell in cells if cell.name in _DROPPED]
    carriers = make_carriers(direct, str(trust))
    asking = _Asking(carriers, vantage.id)
    try:
        await asking.put(rest, _PATIENT, _IN_FLIGHT)
        lost = [cell for cell in rest if asking.lines[cell.number][1].failure is not None]
        again = Counter(
            f"{asking.lines[cell.number][1].failure} over {parse_endpoint(cell.endpoint).transport} from {cell.resolver}"
            for cell in lost
        )
        await asking.put(lost, _PATIENT, _IN_FLIGHT)
        await asking.put(dropped, _BRIEF, len(dropped))
    finally:
        await carriers.close()
    return Heard([asking.lines[number] for number in sorted(asking.lines)], again)


class _Asking:
    """What has been heard so far; the last answer to a cell counts."""

    def __init__(self, carriers: Carriers, probe: str) -> None:
        self._carriers = carriers
        self._probe = probe
        self._clock = SystemClock()
        self._dice = Dice(secrets.token_bytes)
        self.lines: dict[int, tuple[bytes, Record]] = {}

    async def put(self, cells: list[Cell], window: Window, in_flight: int) -> None:
        """Ask *cells*, in no order."""
        seed = secrets.token_hex(8)
        turns, _ = schedule(cells, seed=seed, probe=self._probe, pace=LAB_PACE, room_s=float("inf"))
        asker = Asker(self._carriers, self._dice, window=window, in_flight=in_flight)
        await asker.ask(turns, wanted=lambda _cell: True, heard=self._heard)

    def _heard(self, cell: Cell, what: Answered) -> None:
        at = self._clock.at(what.sent_at_ns)
        line = record_line(what, cell, plan=_PLAN, probe=self._probe, at=at)
        self.lines[cell.number] = line, read_record(line)
