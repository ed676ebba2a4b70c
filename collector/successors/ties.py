"""What names have in common that others have not: name servers, SOA contacts, addresses, and how many share each. Pure.

What a provider gives to all its customers ties nobody to anybody: the table says so for some, and what more than a few
unrelated names share counts as such whoever gives it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Final, NamedTuple

from collector.successors.grounds import Ground
from schema.words import Ground as Said

#: The grounds by which servers tie names, in the order in which they are told.
SERVERS: Final = (Ground.NAME_SERVERS, Ground.CONTACT, Ground.ADDRESS)


class Known(NamedTuple):
    """What independent operators said of a name: what it is now, and where it stood when it last lived.

    `ground` is None where nobody asked yet. Times are starts of plans.
    """

    name: str
    ground: Said | None = None
    parked: bool = False
    at: datetime | None = None
    name_servers: tuple[str, ...] = ()
    soa: str = ""
    addresses: tuple[str, ...] = ()
    lived_until: datetime | None = None

    @property
    def living(self) -> bool:
        """Whether there is a site: the name exists, and no parking service answers."""
        return self.ground is Said.ALIVE and not self.parked

    def shares(self, ground: Ground) -> tuple[str, ...]:
        """What it might have in common with another, by this ground."""
        if ground is Ground.NAME_SERVERS:
            return self.name_servers
        if ground is Ground.CONTACT:
            return (self.soa.split(" ")[1],) if " " in self.soa else ()
        return self.addresses


class Provider(NamedTuple):
    """What a provider gives to all its customers: `kind` is ns_below, ns_label or contact_below."""

    kind: str
    value: str
    source: str


class Shared:
    """Tells what ties nobody: what providers give to all, and addresses at which *proxied* says many sites stand."""

    def __init__(self, providers: Iterable[Provider], proxied: Callable[[str], bool]) -> None:
        """Take the table."""
        self._table: dict[str, list[str]] = defaultdict(list)
        for one in providers:
            self._table[one.kind].append(one.value)
        self._proxied = proxied

    def common(self, ground: Ground, value: str) -> bool:
        """Whether *value* is a provider's."""
        if ground is Ground.ADDRESS:
            return self._proxied(value)
        bare = value.rstrip(".").lower()
        if ground is Ground.CONTACT:
            return _below(bare, self._table["contact_below"])
        begins = tuple(self._table["ns_label"])
        return _below(bare, self._table["ns_below"]) or any(label.startswith(begins) for label in bare.split("."))


def _below(name: str, parents: Iterable[str]) -> bool:
    return any(name == one or name.endswith(f".{one}") for one in parents)


class Index:
    """Who has what, over everything that is known: by registered name, as a site with ten names below it is one."""

    def __init__(self, known: Mapping[str, Known], owner: Callable[[str], str], shared: Shared) -> None:
        """Index *known*; *owner* gives what of a name somebody registered."""
        self._shared = shared
        self._owners: dict[tuple[Ground, str], set[str]] = defaultdict(set)
        self._names: dict[tuple[Ground, str], set[str]] = defaultdict(set)
        for one in known.values():
            if one.lived_until is not None:
                for ground in SERVERS:
                    for value in one.shares(ground):
                        self._owners[ground, value].add(owner(one.name))
                        self._names[ground, value].add(one.name)

    def having(self, ground: Ground, value: str) -> tuple[str, ...]:
        """The names that have it, sorted."""
        return tuple(sorted(self._names[ground, value])) if (ground, value) in self._names else ()

    def strangers(self, ground: Ground, value: str, related: AbstractSet[str]) -> frozenset[str]:
        """The registered names beside the *related* ones that have it."""
        return frozenset(self._owners[ground, value] - related) if (ground, value) in self._owners else frozenset()

    def own(self, known: Known) -> dict[Ground, tuple[str, ...]]:
        """What of *known*'s servers is no provider's."""
        return {
            ground: tuple(value for value in known.shares(ground) if not self._shared.common(ground, value))
            for ground in SERVERS
        }
