"""Plans looks at the addresses that a name was answered with and that nothing else speaks for. Off unless configured. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from schema.cells import Asked, Group
from schema.looks import look_endpoint, may_look
from schema.words import Profile, Role, Transport

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Rules after which a look can tell more: an address that no control gave, or only its neighbour.
UNDECIDED_BY: Final = frozenset({"address_unknown", "address_near_control"})
#: Addresses that one plan looks at; what is more waits for its turn.
MOST_LOOKS: Final = 64
_SITE: Final = "site:"


class Sight(NamedTuple):
    """What a resolver said where nothing was decided: canonical name, numeric address."""

    resolver: str
    name: str
    address: str


class Looks(NamedTuple):
    """What a question set gains: those who are looked at, a resolver's entry for each name, and the groups that do it."""

    asked: tuple[Asked, ...] = ()
    groups: tuple[Group, ...] = ()


def look_cells(sights: Iterable[Sight], names: Iterable[str], *, turn: int = 0) -> Looks:
    """Looks at the addresses in *sights*, of the *names* that the plan lists anyway; equal sights give equal looks.

    Each address is looked at once: with one of its names, and with the next where *turn* is one higher, as with the
    addresses where there are more than MOST_LOOKS. Whoever said an address is not told apart: it is the address that is
    seen. What is not public is left out, and so is a name that no certificate can be for.
    """
    listed = frozenset(names)
    names_of: dict[str, set[str]] = defaultdict(set)
    for _, name, address in sights:
        if name in listed and name != "." and may_look(look_endpoint(address, name)):
            names_of[address].add(name)
    addresses = sorted(names_of)
    if len(addresses) > MOST_LOOKS:
        at = turn * MOST_LOOKS % len(addresses)
        addresses = sorted((addresses[at:] + addresses[:at])[:MOST_LOOKS])
    ends: dict[str, list[str]] = defaultdict(list)
    for address in addresses:
        candidates = sorted(names_of[address])
        name = candidates[turn % len(candidates)]
        ends[name].append(str(look_endpoint(address, name)))
    return Looks(
        tuple(Asked(site_of(name), tuple(ends[name]), mix_case=False) for name in sorted(ends)),
        tuple(
            Group(Role.LOOK, (name,), (site_of(name),), ("A",), (Profile.STUB,), transports=(Transport.TLS.value,))
            for name in sorted(ends)
        ),
    )


def site_of(name: str) -> str:
    """What stands for *name*'s site where a cell names its resolver; no resolver has such an id."""
    return f"{_SITE}{name.removesuffix('.')}"
