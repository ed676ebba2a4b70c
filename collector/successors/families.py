"""The sites that orders are about, as their orders name them: which names each has, and how those differ. Pure."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from collector.successors.labels import learnt
from schema.order import ScopeRule
from schema.scope import label, registrable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schema.order import Order, Scope


class Family(NamedTuple):
    """A site under one order: its names, sorted, and the place of the entry that later names are attached to, if any."""

    order_id: str
    name: str
    members: tuple[str, ...]
    entry: int | None


def family_of(entry: Scope) -> str:
    """What the site of an entry is called: as the order says, else by the label of its name."""
    return entry.family or label(entry.name) or entry.name.rstrip(".")


def families(order: Order) -> tuple[Family, ...]:
    """The sites of *order*, in its own order."""
    members: dict[str, set[str]] = {}
    entries: dict[str, int] = {}
    for position, entry in enumerate(order.scope):
        family = family_of(entry)
        members.setdefault(family, set()).update([entry.name, *(one.name for one in entry.attached)])
        if entry.rule is ScopeRule.ADJUDICATED:
            entries.setdefault(family, position)
    return tuple(Family(order.id, one, tuple(sorted(names)), entries.get(one)) for one, names in members.items())


def labels_of(family: Family) -> dict[str, str]:
    """The labels that its names have directly left of a public suffix, each with the first name that has it."""
    found: dict[str, str] = {}
    for member in family.members:
        if own := label(member):
            found.setdefault(own, member)
    return found


def changes_seen(known: Iterable[Family]) -> frozenset[str]:
    """The changes between two names of one site, over all the sites there are."""
    pairs = (pair for family in known for pair in combinations(sorted(labels_of(family)), 2))
    return frozenset(found for one, other in pairs if (found := learnt(one, other)))


def bare(name: str) -> str:
    """*name* without a leading `www.` where that stands before what somebody registered."""
    rest = name.removeprefix("www.")
    return rest if rest != name and registrable(rest) == rest else name
