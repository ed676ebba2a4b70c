"""What rounds are judged by, and what is remembered between them: most of a round says what the one before said.

Nothing that is remembered can change a verdict: each memory is of a function whose whole argument is its key.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from collector.judge.evidence import Conclusion, Evidence, Scene, Scenery
from collector.judge.fingerprints import Fingerprints, Match
from collector.judge.layout import Layout
from collector.judge.networks import Networks
from collector.judge.place import Place, told_apart_by
from collector.judge.registered import Registered
from collector.judge.rules import rules_of
from collector.judge.seen import Form, Seen, Shown, gist, is_verified, show, told
from collector.judge.shared import NOTHING, Shared, Suspect, suspects
from collector.judge.testimony import Heard, Testimony
from collector.judge.verdict import Matter, Scales

if TYPE_CHECKING:
    from datetime import datetime

    from schema.policy import Bound, Policy
    from schema.record import Record
    from schema.registry import Resolver, World

_MOST_GLANCES: Final = 50_000  # of one setting; about 600 bytes each
_MOST_MATTERS: Final = 20_000  # of one setting; about 2,000 bytes each
_MOST_LAYOUTS: Final = 8
_MOST_SETTINGS: Final = 64
_MOST_BYTES: Final = 128 << 20  # of all settings, about


class Known:
    """What follows from one piece of evidence; *conclusions* by what the resolver's other names share with it."""

    def __init__(self, evidence: Evidence, setting: Setting) -> None:
        self.evidence = evidence
        self._setting = setting
        self.suspects: tuple[Suspect, ...] = suspects(evidence, setting.fingerprints.spared)
        self._conclusions: dict[Shared, Conclusion] = {}

    @cached_property
    def _addresses(self) -> frozenset[str]:
        readings = [seen.reading for seen in self.evidence.cells]
        return frozenset().union(*(reading.addresses for reading in readings if reading is not None))

    def conclusion(self, shared: Shared) -> Conclusion:
        """What is concluded where the resolver gives the *shared* addresses for unrelated names."""
        if shared is not NOTHING:  # of those addresses only the ones that were answered here matter
            shared = shared.among(self._addresses)
        found = self._conclusions.get(shared)
        if found is None:
            found = self._conclusions[shared] = self.matter(shared).conclusion()
        return found

    def matter(self, shared: Shared) -> Matter:
        """The evidence on the scales, where the resolver gives the *shared* addresses for unrelated names."""
        return Matter(self.evidence, shared, self._setting.scales)


class Setting:
    """A registry, a policy and the network of a vantage, with memories that belong to the three."""

    def __init__(self, resolvers: tuple[Resolver, ...], policy: Policy, line_asn: int) -> None:
        self.resolvers = resolvers
        self.policy = policy
        self.line_asn = line_asn
        self.registered = Registered(resolvers)
        self.fingerprints = Fingerprints(policy.fingerprints)
        self.scales = Scales(rules_of(policy.rules), Networks(policy.networks), policy.network_decides)
        self._due_at: dict[tuple[str, str], datetime | None] = {}
        self._forget()

    def _forget(self) -> None:
        self._places: dict[object, Place] = {}
        self._glances: dict[object, tuple[Seen, bytes | None]] = {}
        self._seen: dict[object, Seen] = {}
        self._layouts: dict[tuple[Place, ...], Layout] = {}
        self._scenes: dict[Scenery, Scene] = {}
        self._testimonies: dict[Heard, Testimony] = {}
        self._matters: dict[Evidence, Known] = {}

    @property
    def size(self) -> int:
        """Bytes remembered, about."""
        return 600 * (len(self._glances) + len(self._seen)) + 2_000 * len(self._matters)

    def look(self, record: Record) -> tuple[Seen, bytes | None, int | None]:
        """What *record* shows, with what is compared over a whole endpoint: NSID and IP TTL of the answer.

        Raises:
            FormatError: the record's endpoint is none.
        """
        fields = told_apart_by(record)
        place = self._places.get(fields)
        if place is None:
            place = self._places[fields] = Place.of(record)
        what = told(record, place)
        if what is None:
            shown = show(record, place)
            return *self._glance(record, place, shown), shown.ttl
        tls = record.tls
        key = (place, tls is not None and tls.verified, record.at.toordinal(), what)
        found = self._glances.get(key)
        if found is None:
            found = self._glance(record, place, show(record, place))
            self._glances[key] = found  # which `_glance` may have emptied
        seen, nsid = found
        return seen, nsid, record.answers[0].ttl if seen.reading is not None else None

    def _glance(self, record: Record, place: Place, shown: Shown) -> tuple[Seen, bytes | None]:
        if max(len(self._glances), len(self._seen), len(self._places)) > _MOST_GLANCES:
            self._forget()
        form, reading, several, _ = shown
        verified = is_verified(record, place)
        readable = reading is not None and form is not Form.SEVERAL
        matches: tuple[Match, ...] = ()
        if reading is not None and readable:
            resolver = self.registered.resolver(place.resolver)
            matches = self.fingerprints.match(reading, record.at, resolver, self.line_asn)
        apex = verified and form is Form.NODATA and reading is not None and reading.soa_zone == place.name
        content = (place, verified, form, gist(reading, place) if reading is not None else None, several, matches, apex)
        seen = self._seen.get(content)
        if seen is None:
            seen = self._seen[content] = Seen(*content)
        return seen, reading.nsid if reading is not None and readable else None

    def layout(self, places: tuple[Place, ...]) -> Layout:
        """How the *places* of a round bear on each other."""
        found = self._layouts.get(places)
        if found is None:
            if len(self._layouts) >= _MOST_LAYOUTS:
                self._layouts.clear()
            found = self._layouts[places] = Layout(places, self.registered)
        return found

    def scene(self, scenery: Scenery) -> Scene:
        """The one scene of that *scenery*."""
        found = self._scenes.get(scenery)
        if found is None:
            found = self._scenes[scenery] = Scene(scenery)
        return found

    def testimony(self, heard: Heard) -> Testimony:
        """The one testimony of those who were *heard*."""
        found = self._testimonies.get(heard)
        if found is None:
            found = self._testimonies[heard] = Testimony(heard, self.registered, self._bound(heard.name))
        return found

    def _bound(self, name: str) -> frozenset[str]:
        """Operators (slugs) that an order obliges for *name*."""
        return frozenset(operator for entry in self._bounds(name) for operator in entry.operators)

    def _bounds(self, name: str) -> list[Bound]:
        """The orders' entries for *name*."""
        return [one for one in self.policy.bound if name in one.names or name.removesuffix(".") in one.names]

    def due_at(self, identifier: str, name: str) -> datetime | None:
        """Since when an order obliges the operator of a resolver for *name*, the earliest that is known; None if none is."""
        key = (self.registered.operator(identifier), name)
        if key not in self._due_at:
            due = [one.due_at for one in self._bounds(name) if one.due_at is not None and key[0] in one.operators]
            self._due_at[key] = min(due, default=None)
        return self._due_at[key]

    def remaining_s(self, record: Record) -> int:
        """For how many seconds more the answer of *record* may be kept; 0 where it has none."""
        reading = show(record, self._places[told_apart_by(record)]).reading
        return (reading.min_ttl or 0) if reading is not None else 0

    def known(self, evidence: Evidence) -> Known:
        """What follows from *evidence*."""
        found = self._matters.get(evidence)
        if found is None:
            if len(self._matters) >= _MOST_MATTERS:
                self._scenes, self._testimonies, self._matters = {}, {}, {}
            found = self._matters[evidence] = Known(evidence, self)
        return found


class Memory:
    """The settings that rounds were judged in, so far as they are remembered."""

    def __init__(self) -> None:
        self._settings: dict[tuple[int, int, int], Setting] = {}

    def setting(self, world: World, policy: Policy, line_asn: int) -> Setting:
        """The setting of a round. Networks that neither registry nor fingerprints name are one to the judge."""
        named = line_asn in _networks(world.resolvers, policy)
        line = line_asn if named else -1 if line_asn else 0
        key = (id(world.resolvers), id(policy), line)  # a setting keeps both alive
        found = self._settings.pop(key, None) or Setting(world.resolvers, policy, line)
        self._settings[key] = found
        while len(self._settings) > 1 and (
            len(self._settings) > _MOST_SETTINGS or sum(one.size for one in self._settings.values()) > _MOST_BYTES
        ):
            del self._settings[next(iter(self._settings))]  # the one that was not asked for longest
        return found


def _networks(resolvers: tuple[Resolver, ...], policy: Policy) -> frozenset[int]:
    named = [one.asns for one in resolvers] + [one.asns for one in policy.fingerprints]
    return frozenset().union(*named)
