"""Asks everything of the namespace lab once, as a probe does: its own carriers, at the addresses themselves."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from deploy.lab.real.places import HONEST, POOLS, TESTED
from deploy.lab.real.policies import DEAD_NAME, DOCKET, Policy, names_of
from probe.asking import Asker, Dice, Window
from probe.clock import SystemClock
from probe.observe import record_line
from probe.schedule import LAB_PACE, schedule
from probe.transport import direct, make_carriers
from schema.cells import VERSION, Asked, Group, QuestionSet, applicable, expand
from schema.codec import encode
from schema.plan import PlanVantage
from schema.record import read_record
from schema.registry import ID_SERVER, KNOWN_ABSENT, KNOWN_GOOD, WHOAMI
from schema.words import VERIFIABLE, Profile, Role

if TYPE_CHECKING:
    from pathlib import Path

    from probe.transport import Heard
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
DROPPED: Final = frozenset(names_of(Policy.DROP))

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


async def ask(world: World, vantage: Vantage, trust: Path) -> list[tuple[bytes, Record]]:
    """Put every question of *world*; return the lines that the probe would spool, with what they hold, by cell."""
    here = PlanVantage(vantage.id, vantage.asn, vantage.country, vantage.operator)
    cells = applicable(expand(questions(world)), here)
    carriers = make_carriers(direct, str(trust))
    clock = SystemClock()
    records: list[tuple[bytes, Record]] = []
    # A program that drops a question which came over a stream ends the whole connection (Unbound, dnsdist), with
    # whatever else is under way on it. At a second between questions nothing is; asked all at once, drops come last.
    rest = [cell for cell in cells if cell.name not in DROPPED]
    dropped = [cell for cell in cells if cell.name in DROPPED]

    def heard(cell: Cell, what: Heard) -> None:
        line = record_line(what, cell, plan=_PLAN, probe=vantage.id, at=clock.at(what.sent_at_ns))
        records.append((line, read_record(line)))

    dice = Dice(secrets.token_bytes)
    try:
        for wave, window, in_flight in ((rest, _PATIENT, _IN_FLIGHT), (dropped, _BRIEF, len(dropped))):
            seed = secrets.token_hex(8)
            turns, _ = schedule(wave, seed=seed, probe=vantage.id, pace=LAB_PACE, room_s=float("inf"))
            asker = Asker(carriers, dice, window=window, in_flight=in_flight)
            await asker.ask(turns, wanted=lambda _cell: True, heard=heard)
    finally:
        await carriers.close()
    return sorted(records, key=lambda one: one[1].cell)
