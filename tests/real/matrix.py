"""Judges what was asked of the namespace lab, one transport and one profile at a time, beside what is expected."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from collector.judge import Memory, judge_round
from collector.registry import default_policy
from deploy.lab.real.places import ELSEWHERE, POOLS, TESTED, VANTAGE
from deploy.lab.real.policies import PROVIDER, SIGNED_ZONE, ZONES, Software
from schema.endpoint import parse_endpoint
from schema.registry import World
from schema.words import VERIFIABLE, How, Kind, Note, Origin, Outcome, Profile, Role, Transport
from tests.real.asking import PROFILES
from tests.real.expected import HONEST_AT_DO, HONEST_AT_DO_NAMES, POOL, expected

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schema.record import Record
    from schema.registry import Vantage
    from schema.verdict import Verdict
    from tests.real.expected import Expected

    Lines = Sequence[tuple[bytes, Record]]

_ATTRIBUTED = frozenset({Outcome.BLOCKED, Outcome.OPEN})


class Told(NamedTuple):
    """What is expected or found of one cell of the matrix."""

    outcome: Outcome
    how: How | None
    origin: Origin | None
    notes: tuple[Note, ...] = ()  # of those that a policy can bring about


class Cell(NamedTuple):
    """Who was asked for what, in what way, from where; what it had to come to, why, and what it came to."""

    software: Software
    subject: str
    signed: bool
    own_line: bool
    transport: Transport | None  # None: all together, as a probe's round has them
    profile: Profile
    expected: Told
    reason: str
    found: Told
    rule: str


def matrix(records: Lines, world: World) -> Iterator[Cell]:
    """Every cell: the programs, the pools they are in, and the access provider's program again as if it were public."""
    for software, place in TESTED.items():
        own_line = software is PROVIDER
        yield from _judged(records, world, software, place.id, own_line=own_line, pool=False)
        if own_line:
            yield from _judged(records, as_public(world, place.id), software, place.id, own_line=False, pool=False)
    for software, place in POOLS.items():
        yield from _judged(records, as_public(world, place.id), software, place.id, own_line=False, pool=True)


def as_public(world: World, resolver: str) -> World:
    """*world* in which *resolver* is anybody's to ask."""
    public = (
        replace(one, kind=Kind.PUBLIC, on_net_only=False) if one.id == resolver else one for one in world.resolvers
    )
    return World(tuple(public), world.vantages)


def _judged(
    records: Lines, world: World, software: Software, resolver: str, *, own_line: bool, pool: bool
) -> Iterator[Cell]:
    """The verdicts about *resolver*, by transport and profile.

    The profile `dnssec` alone decides nothing, by design: it explains. In its place stands what all three profiles say
    together, and whether they are noted to differ.
    """
    memory, policy = Memory(), default_policy(world)
    vantage: Vantage = VANTAGE if own_line else ELSEWHERE
    for transport in (*_transports(world, resolver), None):
        around = [one for one in records if _stands_beside(one[1], resolver, transport)]
        about = [one for one in records if _is_about(one[1], resolver, transport)]
        for profile in PROFILES:
            targets = [one for one in about if profile is Profile.DNSSEC or one[1].profile is profile]
            for verdict in judge_round([*around, *targets], world, policy, vantage=vantage, memory=memory):
                if verdict.resolver != resolver:
                    continue
                subject, signed = (POOL, verdict.name.endswith(SIGNED_ZONE)) if pool else _subject(verdict.name)
                row = expected(software, subject, transport)
                notes = list(row.notes)
                if profile is Profile.DNSSEC and _honest_at_do(software, subject, signed=signed) and not pool:
                    notes.append(Note.PROFILES_DIFFER)
                told = Told(
                    row.outcome,
                    row.how,
                    _origin(row, transport, own_line=own_line),
                    tuple(sorted(notes, key=list(Note).index)),
                )
                yield Cell(
                    software, subject, signed, own_line, transport, profile, told, row.reason, _told(verdict), verdict.rule
                )  # fmt: skip


def _subject(name: str) -> tuple[str, bool]:
    """The policy that *name* stands for, or itself; and whether its zone is signed."""
    first, _, zone = name.partition(".")
    return (first, zone == SIGNED_ZONE) if zone in ZONES else (name, name in HONEST_AT_DO_NAMES)


def _honest_at_do(software: Software, subject: str, *, signed: bool) -> bool:
    return software is Software.BIND and signed and subject in HONEST_AT_DO | HONEST_AT_DO_NAMES


def _origin(row: Expected, transport: Transport | None, *, own_line: bool) -> Origin | None:
    """Who is to be named: on its own line what the line does is the operator's doing; elsewhere a certificate names.

    It vouches for bytes, never for their absence: silence names nobody.
    """
    if row.outcome not in _ATTRIBUTED:
        return None
    vouched = (transport is None or transport in VERIFIABLE) and row.how is not How.TIMEOUT
    return Origin.RESOLVER if own_line or vouched else Origin.UNATTRIBUTED


#: Notes that a policy can bring about, or that something is wrong; which list is whose is told by the label.
_TELLING = frozenset(Note) - {Note.OTHER_AUTHORITY}


def _told(verdict: Verdict) -> Told:
    return Told(verdict.outcome, verdict.how, verdict.origin, tuple(note for note in verdict.notes if note in _TELLING))


def _transports(world: World, resolver: str) -> list[Transport]:
    return [parse_endpoint(end).transport for one in world.resolvers if one.id == resolver for end in one.endpoints]


def _is_about(record: Record, resolver: str, transport: Transport | None) -> bool:
    return record.role is Role.TARGET and record.resolver == resolver and _is_over(record, transport)


def _is_over(record: Record, transport: Transport | None) -> bool:
    return transport is None or parse_endpoint(record.endpoint).transport is transport


def _stands_beside(record: Record, resolver: str, transport: Transport | None) -> bool:
    """Whether *record* is a control, or shows how the resolver stands on *transport*.

    How it stands on others is left out: where a verified channel is known and was not asked for a name, port 53 says
    nothing of it.
    """
    if record.role is Role.TARGET:
        return False
    return record.resolver != resolver or _is_over(record, transport)
