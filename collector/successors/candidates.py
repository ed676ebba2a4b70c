"""Which names may be where an ordered site went, and why: every ground that holds, added up. Pure.

Nothing here adds a name to an order. What nobody has asked yet, what does not exist and what is parked is told and not
queued: a person can only look at a site that is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.successors.families import Family, bare, changes_seen, labels_of
from collector.successors.grounds import FEW, QUEUE_FROM, Ground, Reason, reason
from collector.successors.labels import MIN_STEM, change, learnt
from collector.successors.ties import SERVERS, Index, Known, Shared
from schema.scope import registrable
from schema.words import Ground as Said

if TYPE_CHECKING:
    from collections.abc import Callable

_ALIKE: Final = 2
_NONE: Final = frozenset[str]()
_RESEMBLES: Final = frozenset({Ground.SAME_LABEL, Ground.SEEN_CHANGE, Ground.CHANGE})


class Redirect(NamedTuple):
    """That *source* sent its visitors to *target*, as one designated vantage saw; `witness` is the record's digest."""

    source: str
    target: str
    witness: str


class Pool(NamedTuple):
    """Everything that is looked through: what is known of names, lists that have them, where sites sent visitors.

    `known` is by name; `listed` gives the ids of the orders whose lists have a name.
    """

    known: Mapping[str, Known]
    listed: Mapping[str, tuple[str, ...]]
    redirects: tuple[Redirect, ...] = ()


class Candidate(NamedTuple):
    """A name that may belong to a family, with everything that speaks for and against it, the weightiest first."""

    order_id: str
    family: str
    name: str
    reasons: tuple[Reason, ...]
    state: str  # of the name: alive, dead, nodata, parked, or unasked
    at: datetime | None

    @property
    def score(self) -> int:
        """All weights together."""
        return sum(one.weight for one in self.reasons)

    @property
    def queued(self) -> bool:
        """Whether a person is asked to look at it.

        Where a site itself sends its visitors nobody may have asked yet; what is queued is asked from then on.
        """
        led = self.state == "unasked" and any(one.ground is Ground.REDIRECT for one in self.reasons)
        return (self.state == Said.ALIVE.value or led) and self.score >= QUEUE_FROM


def candidates(
    known_families: Iterable[Family], pool: Pool, shared: Shared, *, covered: Callable[[str, str], bool]
) -> tuple[Candidate, ...]:
    """Every name with a ground that ties it to a family, the highest scores first.

    *covered* tells, of an order's id and a name, whether the order covers the name already.
    """
    every = tuple(known_families)
    registered = {name: registrable(name) for name in {*pool.known, *pool.listed}}
    owners = {name: own or name for name, own in registered.items()}
    index = Index(pool.known, owners.__getitem__, shared)
    seen = changes_seen(every)
    by_label: dict[str, list[str]] = {}
    for name, own in registered.items():
        if own is not None:
            by_label.setdefault(own.split(".", 1)[0], []).append(name)
    found = [
        one
        for family in every
        for one in _Search(family, pool, owners, index, seen).found(by_label)
        if not covered(family.order_id, one.name)
    ]
    return tuple(sorted(found, key=lambda one: (-one.score, one.order_id, one.family, one.name)))


class _Search:
    """One family's."""

    def __init__(
        self, family: Family, pool: Pool, owners: Mapping[str, str], index: Index, seen: frozenset[str]
    ) -> None:
        self._family = family
        self._pool = pool
        self._owners = owners
        self._index = index
        self._labels = labels_of(family)
        self._alike: dict[str, set[str]] = {}  # by either end: no change touches both
        for own in self._labels:
            for end in (own[:_ALIKE], own[-_ALIKE:]):
                self._alike.setdefault(end, set()).add(own)
        self._seen = seen
        self._members = [pool.known[one] for one in family.members if one in pool.known]
        self._own = {one.name: index.own(one) for one in self._members if one.lived_until is not None}

    def found(self, by_label: Mapping[str, list[str]]) -> Iterator[Candidate]:
        resembling = {
            name: likeness for text, names in by_label.items() if (likeness := self._likeness(text)) for name in names
        }
        related = {self._owners.get(name, name) for name in {*resembling, *self._family.members}}
        tied = self._tied(related)
        led = {bare(one.target): one for one in self._pool.redirects if one.source in self._family.members}
        members = {bare(one) for one in self._family.members}
        names = {bare(name) for name in (*resembling, *tied, *led)} - members
        for name in sorted(names):
            spoken = [name, f"www.{name}"]  # a list may print the www form only
            reasons = [
                *(self._led(led[name]) if name in led else ()),
                *next((resembling[one] for one in spoken if one in resembling), ()),
                *next((tied[one] for one in spoken if one in tied), ()),
            ]
            reasons += self._beside(spoken)
            yield self._candidate(name, spoken, reasons)

    def _candidate(self, name: str, spoken: list[str], reasons: list[Reason]) -> Candidate:
        known = next((self._pool.known[one] for one in spoken if one in self._pool.known), Known(name))
        if against := self._elsewhere(known, reasons):
            reasons.append(against)
        state = "parked" if known.parked else known.ground.value if known.ground else "unasked"
        ordered = tuple(sorted(reasons, key=lambda one: (-one.weight, one.ground, one.value)))
        return Candidate(self._family.order_id, self._family.name, name, ordered, state, known.at)

    def _likeness(self, text: str) -> tuple[Reason, ...]:
        """The label itself, or one change from one of the family's; a change seen before weighs more."""
        if text in self._labels:
            return _some(reason(Ground.SAME_LABEL, text, self._labels[text], less=len(text) < MIN_STEM))
        seen: list[Reason] = []
        small: list[Reason] = []
        for own in sorted(self._alike.get(text[:_ALIKE], _NONE) | self._alike.get(text[-_ALIKE:], _NONE)):
            if (found := learnt(own, text)) in self._seen and found is not None:
                seen += _some(reason(Ground.SEEN_CHANGE, found, self._labels[own]))
            elif found := change(own, text):
                small += _some(reason(Ground.CHANGE, found, self._labels[own]))
        return tuple((seen or small)[:1])

    def _tied(self, related: AbstractSet[str]) -> dict[str, list[Reason]]:
        """Names that share servers with members; of each kind the value that the fewest others share."""
        best: dict[str, dict[Ground, Reason]] = {}
        for member in self._members:
            for ground, values in self._own.get(member.name, {}).items():
                for value in values:
                    for name, given in self._sharing(ground, value, member.name, related):
                        kept = best.setdefault(name, {})
                        kept[ground] = min(
                            (given, kept.get(ground, given)), key=lambda one: (one.others, one.member, one.value)
                        )
        return {name: _told([kept[ground] for ground in SERVERS if ground in kept]) for name, kept in best.items()}

    def _sharing(
        self, ground: Ground, value: str, member: str, related: AbstractSet[str]
    ) -> Iterator[tuple[str, Reason]]:
        strangers = self._index.strangers(ground, value, related)
        if len(strangers) > FEW + 1:  # a candidate is no stranger to itself
            return
        for name in self._index.having(ground, value):
            others = len(strangers - {self._owners[name]})
            if name not in self._family.members and (given := reason(ground, value, member, others=others)):
                yield name, given

    @staticmethod
    def _led(redirect: Redirect) -> tuple[Reason, ...]:
        return _some(reason(Ground.REDIRECT, redirect.target, redirect.source, witness=redirect.witness))

    def _beside(self, spoken: list[str]) -> list[Reason]:
        lists = sorted({one for name in spoken for one in self._pool.listed.get(name, ())})
        return list(_some(reason(Ground.LISTED, ", ".join(lists), ""))) if lists else []

    def _elsewhere(self, known: Known, reasons: list[Reason]) -> Reason | None:
        """Against a name that only resembles: it stands on servers of its own, and a living member on others."""
        if not known.living or not {one.ground for one in reasons} <= _RESEMBLES | {Ground.LISTED}:
            return None
        own = self._index.own(known)
        if not own[Ground.NAME_SERVERS] or not own[Ground.ADDRESS]:
            return None
        for member in self._members:
            theirs = self._own.get(member.name, {})
            if member.living and theirs.get(Ground.NAME_SERVERS) and theirs.get(Ground.ADDRESS):
                return reason(Ground.ELSEWHERE, own[Ground.NAME_SERVERS][0], member.name)
        return None


def _told(ties: list[Reason]) -> list[Reason]:
    """Every tie that no stranger shares; where strangers share all, the weightiest alone.

    Whoever rents room on one shared host has its name servers, its contact and its address: that is one resemblance.
    """
    return [one for one in ties if not one.others] or sorted(ties, key=lambda one: (-one.weight, one.others))[:1]


def _some(found: Reason | None) -> tuple[Reason, ...]:
    return () if found is None else (found,)
