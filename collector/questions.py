"""Builds the question set of a docket: which names are asked of whom, how, and with which controls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schema.cells import VERSION, Asked, Group, QuestionSet
from schema.codec import encode
from schema.errors import ConfigError
from schema.names import canonical
from schema.registry import ID_SERVER, INFRASTRUCTURE, KNOWN_ABSENT, KNOWN_GOOD, WHOAMI
from schema.words import VERIFIABLE, Kind, Profile, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from schema.registry import World

_VERIFIED: Final = tuple(sorted(transport.value for transport in VERIFIABLE))
_AS_USERS_ASK: Final = (Profile.STUB, Profile.EDNS, Profile.DNSSEC)


def build_questions(world: World, names: Iterable[str], *, repeats: int = 1) -> bytes:
    """The full cross of *names* over the resolvers of *world* that have endpoints, as the bytes of a question set.

    Targets are asked for A in every profile and for AAAA; controls, and the unfiltered twins of targets, for the same
    types where a certificate says who answers; every endpoint for a name that must answer, for one that must not, and
    for who it is. *repeats* is how often each target question is put, to see a pool.

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
    infrastructure = tuple(name for name in (KNOWN_GOOD, KNOWN_ABSENT, ID_SERVER, WHOAMI) if name not in docket)
    return encode(
        QuestionSet(VERSION, (*docket, *infrastructure), asked, tuple(_groups(world, docket, asked, repeats)))
    )


def _groups(world: World, docket: tuple[str, ...], asked: tuple[Asked, ...], repeats: int) -> Iterator[Group]:
    everyone = tuple(one.id for one in asked)
    listed = [one for one in world.resolvers if one.endpoints]
    targets = tuple(one.id for one in listed if one.kind is not Kind.CONTROL)
    twins = {one.twin for one in listed if one.twin}
    controls = tuple(one.id for one in listed if one.kind is Kind.CONTROL or one.id in twins)
    if targets:
        yield Group(Role.TARGET, docket, targets, ("A",), _AS_USERS_ASK, repeats)
        yield Group(Role.TARGET, docket, targets, ("AAAA",), (Profile.EDNS,), repeats)
    if controls:
        yield Group(Role.CONTROL, docket, controls, ("A", "AAAA"), (Profile.EDNS,), transports=_VERIFIED)
    yield Group(Role.KNOWN_GOOD, (KNOWN_GOOD,), everyone, ("A",), (Profile.EDNS,))
    yield Group(Role.KNOWN_ABSENT, (KNOWN_ABSENT,), everyone, ("A",), (Profile.EDNS,))
    yield Group(Role.IDENTITY, (ID_SERVER,), everyone, ("TXT",), (Profile.STUB,), qclass="CH")
    yield Group(Role.IDENTITY, (WHOAMI,), everyone, ("A",), (Profile.STUB,))


def docket_of(names: Iterable[str]) -> tuple[str, ...]:
    """The names of a question set that are asked because of an order: all but the infrastructure's."""
    return tuple(name for name in names if name not in INFRASTRUCTURE)
