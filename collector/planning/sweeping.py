"""The question sets of sweeps: one question to each resolver and name, and what is needed to judge its answer. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from collector.questions import infrastructure, verified_ways
from schema.cells import VERSION, Asked, Group, QuestionSet
from schema.codec import encode
from schema.endpoint import parse_endpoint
from schema.errors import ConfigError
from schema.registry import CANARY, CANARY_ENDPOINTS, ID_SERVER, KNOWN_ABSENT, KNOWN_GOOD, WHOAMI
from schema.words import Kind, Profile, Role, Transport

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schema.registry import Resolver, World

_PLAIN: Final = (Transport.UDP, Transport.TCP)
_EDNS: Final = (Profile.EDNS,)


def sweep_questions(world: World, names: Sequence[str]) -> bytes:
    """*names* at one endpoint of each target, for A with EDNS, and at one of each control; each of those for who it is.

    The endpoint is one where a certificate says who answers; an access provider's is its first over UDP. Two names of one
    set are asked the same; the bytes follow from *world* and *names* alone.

    Raises:
        ConfigError: no name, or nobody to ask.
    """
    targets = [_narrowed(one) for one in world.resolvers if one.endpoints and one.kind is not Kind.CONTROL]
    controls = _controls(world)
    groups = [
        Group(Role.TARGET, tuple(names), tuple(one.id for one in targets), ("A",), _EDNS),
        Group(Role.CONTROL, tuple(names), tuple(one.id for one in controls), ("A",), _EDNS),
    ]
    return _encoded((*targets, *controls), names, groups)


def candidate_questions(world: World, names: Sequence[str]) -> bytes:
    """*names* that nobody is bound for, at the controls alone: whether they exist, where they stand, who serves them.

    Raises:
        ConfigError: no name, or no control.
    """
    both = _controls(world, ways=2)
    groups = [
        Group(Role.CONTROL, tuple(names), (one.id,), types, _EDNS, transports=(way,))
        for one in both
        for types, way in _ways(one)
    ]
    return _encoded(both, names, groups)


def _encoded(asked: Sequence[Asked], names: Sequence[str], groups: Sequence[Group]) -> bytes:
    if not names or not asked:
        what = "name to sweep" if not names else "resolver to ask"
        raise ConfigError(f"there is no {what}", remedy="A sweep needs a list and a registry.")
    everyone = tuple(one.id for one in asked)
    taken = frozenset(endpoint for one in asked for endpoint in one.endpoints)
    canaries = tuple(endpoint for endpoint in CANARY_ENDPOINTS if endpoint not in taken)
    plain = any(parse_endpoint(endpoint).transport in _PLAIN for endpoint in taken)
    whole = [group for group in groups if group.resolvers] + list(infrastructure(everyone))
    if canaries and plain:
        asked = (*asked, Asked(CANARY, canaries))
        whole.append(Group(Role.CANARY, (KNOWN_GOOD,), (CANARY,), ("A",), (Profile.STUB,)))
    shared = tuple(name for name in (KNOWN_GOOD, KNOWN_ABSENT, ID_SERVER, WHOAMI) if name not in names)
    return encode(QuestionSet(VERSION, (*names, *shared), tuple(asked), tuple(whole)))


def _narrowed(one: Resolver) -> Asked:
    """*one* as a sweep asks it: at a single endpoint."""
    ways = (*_PLAIN,) if one.kind is Kind.ISP else (*verified_ways(one), *_PLAIN)
    return _at(one, next(end for way in ways for end in one.endpoints if parse_endpoint(end).transport == way))


def _controls(world: World, ways: int = 1) -> tuple[Asked, ...]:
    found = []
    for one in world.resolvers:
        if one.kind is Kind.CONTROL and one.endpoints and (way := verified_ways(one)):
            ends = [next(end for end in one.endpoints if parse_endpoint(end).transport == each) for each in way[:ways]]
            found.append(_at(one, *ends))
    return tuple(found)


def _ways(one: Asked) -> list[tuple[tuple[str, ...], str]]:
    """Which types go which way: over two connections none of a control's is asked more often than the other by much."""
    first, *others = (str(parse_endpoint(end).transport) for end in one.endpoints)
    return [(("A",), first), (("NS", "SOA"), others[0])] if others else [(("A", "NS", "SOA"), first)]


def _at(one: Resolver, *endpoints: str) -> Asked:
    return Asked(one.id, endpoints, one.asns, one.on_net_only, one.mix_case)
