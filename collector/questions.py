"""Builds the question set of a docket: which names are asked of whom, how, and with which controls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from collector.looks import Sight, look_cells
from collector.measures import NOBODY_MEASURES, Measuring, SiteAddress, measure_cells
from schema.cells import VERSION, Asked, Group, QuestionSet
from schema.codec import encode
from schema.endpoint import parse_endpoint
from schema.errors import ConfigError
from schema.names import ROOT, canonical
from schema.registry import (
    CANARY,
    CANARY_ENDPOINTS,
    ID_SERVER,
    INFRASTRUCTURE,
    KNOWN_ABSENT,
    KNOWN_GOOD,
    WHOAMI,
)
from schema.words import VERIFIABLE, Kind, Profile, Role, Transport

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from schema.registry import Resolver, World

#: Over which controls are asked, best first; the rest only where there is neither, as not every probe carries QUIC.
_OF_CONTROLS: Final = (Transport.HTTPS, Transport.TLS)
_AS_USERS_ASK: Final = (Profile.STUB, Profile.EDNS, Profile.DNSSEC)
#: How often A is asked for with EDNS where answers were seen to differ. With the one without EDNS that makes five as users
#: ask: in a pool of two halves five alike come once in sixteen rounds.
POOL_REPEATS: Final = 4
#: Operators who are asked for what the root zone signed last.
_CLOCKS: Final = 2


class LatelySeen(NamedTuple):
    """What of the newest judged plans bears on what is asked next."""

    pooled: frozenset[tuple[str, str]] = frozenset()  # resolvers and names whose answers differed
    sights: tuple[Sight, ...] = ()  # addresses of which nothing else is known
    sites: tuple[SiteAddress, ...] = ()  # where controls find the names
    turn: int = 0  # goes up from plan to plan: what is too much for one has its turn in the next


NOTHING_SEEN: Final = LatelySeen()


def build_questions(
    world: World,
    names: Iterable[str],
    seen: LatelySeen = NOTHING_SEEN,
    *,
    repeats: int = 1,
    look: bool = False,
    measuring: Measuring = NOBODY_MEASURES,
) -> bytes:
    """The full cross of *names* over the resolvers of *world* that have endpoints, as the bytes of a question set.

    Targets are asked for A in every profile and for AAAA; controls, and the unfiltered twins of targets, for the same
    types where a certificate says who answers, and over one transport for the name's servers and SOA, which tell one
    registration from the next; every endpoint for a name that must answer, for one that must not, and for who it is. An
    address that runs no DNS is asked too, unless *world* has a resolver there; and two controls for the root zone's signed
    SOA and keys, which date the round (sp-007). *repeats* is how often each target
    question is put; where a resolver's answers for a name were *seen* to differ, its A is asked for POOL_REPEATS times
    or more, in one profile, as resolvers have ceilings and a round has an end. Where *look* says so, addresses that were
    seen are looked at. Whom *measuring* names asks the sites of the names over HTTPS.

    Raises:
        ConfigError: no name, or no resolver to ask. FormatError: a name that is none.
    """
    docket = tuple(dict.fromkeys(canonical(name) for name in names))
    if not docket:
        raise ConfigError("there is no name to ask for", remedy="Give names, or an order that names them.")
    asked = tuple(
        Asked(one.id, one.endpoints, one.asns, one.on_net_only, one.mix_case)
        for one in world.resolvers
        if one.endpoints
    )
    if not asked:
        raise ConfigError("there is no resolver to ask", remedy="A registry needs a [[resolver]] with an address.")
    groups = [
        *_targets(world, docket, seen.pooled, repeats),
        *_controls(world, docket),
        *infrastructure(tuple(one.id for one in asked)),
        *_clocks(world),
    ]
    looks = look_cells(seen.sights if look else (), docket, turn=seen.turn)
    measures = measure_cells(seen.sites, docket, measuring, turn=seen.turn)
    groups += (*looks.groups, *measures.groups)
    taken = frozenset(endpoint for one in asked for endpoint in one.endpoints)
    if canaries := tuple(endpoint for endpoint in CANARY_ENDPOINTS if endpoint not in taken):
        asked = (*asked, Asked(CANARY, canaries))
        groups.append(Group(Role.CANARY, (KNOWN_GOOD,), (CANARY,), ("A",), (Profile.STUB,)))
    asked = (*asked, *looks.asked, *measures.asked)
    shared = tuple(name for name in (KNOWN_GOOD, KNOWN_ABSENT, ID_SERVER, WHOAMI, ROOT) if name not in docket)
    return encode(QuestionSet(VERSION, (*docket, *shared), asked, tuple(groups)))


def _targets(
    world: World, docket: tuple[str, ...], pooled: frozenset[tuple[str, str]], repeats: int
) -> Iterator[Group]:
    """The same groups for all resolvers without a pool, and for each other one those of its pooled names and of the rest."""
    targets = [one.id for one in world.resolvers if one.endpoints and one.kind is not Kind.CONTROL]
    crosses: dict[tuple[tuple[str, ...], int], list[str]] = {}
    for resolver in targets:
        often = tuple(name for name in docket if (resolver, name) in pooled)
        rest = tuple(name for name in docket if (resolver, name) not in pooled)
        for names, times in ((rest, repeats), (often, max(repeats, POOL_REPEATS))):
            if names:
                crosses.setdefault((names, times), []).append(resolver)
    for (names, times), resolvers in crosses.items():
        if times == repeats:
            yield Group(Role.TARGET, names, tuple(resolvers), ("A",), _AS_USERS_ASK, repeats)
        else:
            yield Group(Role.TARGET, names, tuple(resolvers), ("A",), (Profile.STUB, Profile.DNSSEC), repeats)
            yield Group(Role.TARGET, names, tuple(resolvers), ("A",), (Profile.EDNS,), times)
        yield Group(Role.TARGET, names, tuple(resolvers), ("AAAA",), (Profile.EDNS,), repeats)


def _controls(world: World, docket: tuple[str, ...]) -> Iterator[Group]:
    listed = [one for one in world.resolvers if one.endpoints]
    twins = {one.twin for one in listed if one.twin}
    ways: dict[tuple[str, ...], list[str]] = {}
    for one in listed:
        if (one.kind is Kind.CONTROL or one.id in twins) and (way := verified_ways(one)):
            ways.setdefault(way, []).append(one.id)
    for way, controls in ways.items():
        yield Group(Role.CONTROL, docket, tuple(controls), ("A", "AAAA"), (Profile.EDNS,), transports=way)
        yield Group(Role.CONTROL, docket, tuple(controls), ("NS", "SOA"), (Profile.EDNS,), transports=way[:1])


def verified_ways(resolver: Resolver) -> tuple[str, ...]:
    """Over which transports *resolver* is asked as a control: certificates say there who answers; best first."""
    has = {parse_endpoint(endpoint).transport for endpoint in resolver.endpoints}
    return tuple(one.value for one in _OF_CONTROLS if one in has) or tuple(sorted(has & VERIFIABLE))


def infrastructure(everyone: tuple[str, ...]) -> Iterator[Group]:
    """What every endpoint of *everyone* (ids) is asked: a name that must answer, one that must not, and who it is."""
    yield Group(Role.KNOWN_GOOD, (KNOWN_GOOD,), everyone, ("A",), (Profile.EDNS,))
    yield Group(Role.KNOWN_ABSENT, (KNOWN_ABSENT,), everyone, ("A",), (Profile.EDNS,))
    yield Group(Role.IDENTITY, (ID_SERVER,), everyone, ("TXT",), (Profile.STUB,), qclass="CH")
    yield Group(Role.IDENTITY, (WHOAMI,), everyone, ("A",), (Profile.STUB,))


def _clocks(world: World) -> Iterator[Group]:
    """The first controls of two operators, each over the channel on which a certificate says best who answers."""
    operators: set[str] = set()
    for one in world.resolvers:
        fresh = one.kind is Kind.CONTROL and one.endpoints and one.operator_slug not in operators
        if fresh and len(operators) < _CLOCKS and (way := verified_ways(one)):
            operators.add(one.operator_slug)
            yield Group(Role.TIME, (ROOT,), (one.id,), ("SOA", "DNSKEY"), (Profile.DNSSEC,), transports=way[:1])


def docket_of(names: Iterable[str]) -> tuple[str, ...]:
    """The names of a question set that are asked because of an order: all but the infrastructure's."""
    return tuple(name for name in names if name not in INFRASTRUCTURE)
