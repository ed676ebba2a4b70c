"""The records of one round, with real wires, and beside them what is true of every resolver and name in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple

from schema.codec import encode
from schema.record import Answer, HttpSeen, Record, TlsSeen
from schema.registry import Vantage
from schema.words import Gap, Kind, Role
from tests.simulator.casts import slots, stage
from tests.simulator.telling import Doing, Telling, Told
from tests.simulator.truth import Moment
from tests.simulator.wires import NXDOMAIN, Says, Soa, wire
from tests.simulator.world import Lie

if TYPE_CHECKING:
    from tests.simulator.casts import Slot
    from tests.simulator.world import World

STARTS_AT: Final = datetime(2026, 11, 21, tzinfo=UTC)
INTERVAL_S: Final = 600
_TRUSTED, _UNTRUSTED = TlsSeen("TLSv1.3", (), True), TlsSeen("TLSv1.3", (), False)
_HTTP: Final = HttpSeen(200)
_GAPS: Final = 0.002  # cells that are not asked
_RTT_US: Final = 20_000
_TURNS: Final = 1_000_003


class Round(NamedTuple):
    """One vantage's execution of one plan."""

    vantage: Vantage
    records: list[tuple[bytes, Record]]
    moment: Moment


@lru_cache(maxsize=4096)
def plan_id(seed: int, plan: int) -> str:
    """A plan's id."""
    return sha256(b"%d %d" % (seed, plan)).hexdigest()


def starts_at(plan: int) -> datetime:
    """When a plan starts."""
    return STARTS_AT + timedelta(seconds=INTERVAL_S * plan)


def play(world: World, line_number: int, plan: int) -> Round | None:
    """What the vantage records in *plan*; None where it is offline. A lying vantage's records are forged."""
    line = world.lines[line_number]
    if line.offline[0] <= plan < line.offline[1]:
        return None
    dice = Random((world.seed * _TURNS + plan) * 8 + line_number)
    vantage = line.vantage
    played = stage(world.cast, world.names)
    home = {one.id for one in played.cast.resolvers if one.kind is Kind.ISP and vantage.asn in one.asns}
    telling = Telling(world, line, plan, dice)
    moment = Moment(world, line, plan, home)
    lying = world.liar == line_number
    at, identifier = starts_at(plan) + timedelta(seconds=1), plan_id(world.seed, plan)
    records: list[tuple[bytes, Record]] = []
    for slot in slots(world.cast, world.names, vantage.asn):
        query = slot.queries[int(dice.random() * len(slot.queries))]
        at_home = slot.cell.resolver in home
        gap = dice.random() < _GAPS
        told = Told(None, Doing.NOTHING) if gap else telling.told(slot, at_home=at_home)
        if not lying:
            moment.note(slot, told)
        elif not gap:
            told = _forged(world, slot, told, plan)
        record = _record(slot, told, query, plan=identifier, probe=vantage.id, at=at, gap=gap)
        records.append((encode(record), record))
    return Round(Vantage(vantage.id, vantage.asn, vantage.operator, vantage.country), records, moment)


def _record(slot: Slot, told: Told, query: bytes, *, plan: str, probe: str, at: datetime, gap: bool) -> Record:
    cell = slot.cell
    answers: tuple[Answer, ...] = ()
    if told.says is not None:
        answers = (Answer(_RTT_US, wire(told.says, told.by, query, slot.question), told.hops),)
    if told.raced is not None:
        answers = (Answer(_RTT_US // 4, wire(told.raced, "", query, slot.question), told.hops), *answers)
    failed = told.failure if not gap and (not answers or told.untrusted) else None
    seen = slot.verifiable and told.connected and not gap
    tls = None if not seen else _UNTRUSTED if told.untrusted else _TRUSTED
    return Record(
        v=1, plan=plan, cell=cell.number, probe=probe, at=at, role=cell.role, resolver=cell.resolver,
        endpoint=cell.endpoint, name=cell.name, qclass=cell.qclass, qtype=cell.qtype, profile=cell.profile,
        repeat=cell.repeat, query=b"" if gap else query, answers=answers, failure=failed, tls=tls,
        http=_HTTP if answers and slot.transport == "https" else None, gap=Gap.CEILING if gap else None,
    )  # fmt: skip


def _forged(world: World, slot: Slot, told: Told, plan: int) -> Told:
    """What a liar writes down: names that resolve as withheld, and those that are withheld, or dead, as resolving."""
    cell = slot.cell
    if cell.role not in {Role.TARGET, Role.CONTROL} or cell.qtype != "A":
        return told
    life = world.lives[cell.name]
    stretch = life.at(plan)
    address = stretch.addresses[:1] or ("198.18.99.1",)
    resolves = Told(Says(addresses=address), Doing.GENUINE, told.by)
    denied = Told(Says(NXDOMAIN, soa=Soa(life.parent)), Doing.WITHHELD, told.by)
    if cell.role is Role.CONTROL:
        return resolves
    if world.lie is not Lie.OPPOSITE:
        return denied if world.lie is Lie.BLOCKED else resolves
    policy = world.services[cell.resolver].policy
    opens = not stretch.lives or (policy is not None and policy.holds(cell.name, "IT", plan))
    return resolves if opens else denied
