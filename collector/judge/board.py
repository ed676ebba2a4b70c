"""The records of one round laid out by what they bear on: targets, controls, endpoints, identities."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.judge.controls import Controls, confer
from collector.judge.fingerprints import Match, match, not_a_block
from collector.judge.path import Who, on_line, who
from collector.judge.seen import Form, Seen, see
from collector.judge.standing import Standing, standing
from schema.names import slug
from schema.registry import Resolver
from schema.words import Kind, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schema.policy import Policy
    from schema.record import Record
    from schema.registry import World

_FULL_DOTS: Final = 2  # `example.org.`: a registered name, the top of its zone


class Ask(NamedTuple):
    """One resolver asked for one name and type."""

    resolver: str
    name: str
    qtype: str


class Board:
    """A round, read once. Of two records of one cell the first counts."""

    def __init__(self, records: Sequence[tuple[bytes, Record]], world: World, policy: Policy, line_asn: int) -> None:
        self.policy = policy
        self.line_asn = line_asn
        self._known = {resolver.id: resolver for resolver in world.resolvers}
        self._fingerprints = policy.fingerprints
        self.targets: dict[tuple[str, str], list[Seen]] = defaultdict(list)
        self._asked: dict[Ask, list[Seen]] = defaultdict(list)
        self._at: dict[tuple[str, str], list[Seen]] = defaultdict(list)
        self._controls: dict[tuple[str, str], list[Seen]] = defaultdict(list)
        self._apexes: set[str] = set()
        self._conferred: dict[tuple[str, str, str], Controls] = {}
        self._standings: dict[tuple[str, str], Standing] = {}
        self._same: Counter[tuple[str, str, str, str, Form]] = Counter()
        self.canary: set[str] = set()  # transports on which an address that runs no DNS answered
        cells: set[int] = set()
        for line, record in records:
            if record.cell not in cells:
                cells.add(record.cell)
                self._lay(see(line, record))

    def _lay(self, seen: Seen) -> None:
        record = seen.record
        if record.role is Role.CANARY:
            if seen.reading is not None and not seen.endpoint.verifiable:
                self.canary.add(seen.endpoint.transport)
            return
        self._at[record.resolver, record.endpoint].append(seen)
        if record.qclass != "IN" or record.role not in {Role.TARGET, Role.CONTROL}:
            return
        self._asked[Ask(record.resolver, record.name, record.qtype)].append(seen)
        if seen.verified and seen.form is Form.NODATA and seen.reading and seen.reading.soa_zone == record.name:
            self._apexes.add(record.name)
        if record.role is Role.CONTROL:
            self._controls[record.name, record.qtype].append(seen)
            return
        self.targets[record.resolver, record.name].append(seen)
        if seen.plain:
            self._same[record.resolver, record.endpoint, record.name, record.qtype, seen.form] += 1

    def resolver(self, identifier: str) -> Resolver:
        """The registry's entry; an id that is not listed is a public resolver of its own operator."""
        return self._known.get(identifier) or Resolver(identifier, identifier)

    def standing(self, seen: Seen) -> Standing:
        """How the endpoint of *seen* treats names that no order is about."""
        key = (seen.record.resolver, seen.record.endpoint)
        if key not in self._standings:
            cells = self._at[key]
            self._standings[key] = standing(
                (one for one in cells if one.record.role is Role.KNOWN_GOOD),
                (one for one in cells if one.record.role is Role.KNOWN_ABSENT),
            )
        return self._standings[key]

    def controls(self, name: str, qtype: str, own: str) -> Controls:
        """What operators other than *own* (a slug) say, as far as they are fit to say it of *name*."""
        key = (name, qtype, own)
        if key not in self._conferred:
            bound = {
                operator
                for entry in self.policy.bound
                if name in entry.names or name.removesuffix(".") in entry.names
                for operator in entry.operators
            }
            answers: dict[str, list[Seen]] = defaultdict(list)
            for seen in self._controls[name, qtype]:
                resolver = self.resolver(seen.record.resolver)
                operator = resolver.operator_slug
                fit = seen.verified and operator not in bound and resolver.kind is not Kind.ISP
                if fit and not self.standing(seen).ails:
                    answers[operator].append(seen)
            self._conferred[key] = confer(
                answers,
                under_test=self._under_test.get(name, frozenset()),
                own=own,
                apex=name in self._apexes or name.count(".") == _FULL_DOTS,
                is_page=self._is_page,
            )
        return self._conferred[key]

    @cached_property
    def _under_test(self) -> dict[str, frozenset[str]]:
        """The operators (slugs) that are targets for a name."""
        found: dict[str, set[str]] = defaultdict(set)
        for resolver, name in self.targets:
            found[name].add(slug(self.resolver(resolver).operator))
        return {name: frozenset(operators) for name, operators in found.items()}

    def _is_page(self, seen: Seen) -> bool:
        return any(one.page or one.fingerprint.kind == "cname" for one in self.matches(seen))

    def matches(self, seen: Seen) -> tuple[Match, ...]:
        """The fingerprints that fit *seen*."""
        return match(seen, self._fingerprints, self.resolver(seen.record.resolver), self.line_asn)

    def same(self, seen: Seen) -> int:
        """How many plain questions at the endpoint, for this name and type, came out in the form of *seen*."""
        record = seen.record
        return self._same[record.resolver, record.endpoint, record.name, record.qtype, seen.form]

    def twin(self, resolver: Resolver, name: str, qtype: str) -> tuple[Seen, ...]:
        """The same question at the unfiltered twin of *resolver*."""
        return tuple(self._asked.get(Ask(resolver.twin, name, qtype), ())) if resolver.twin else ()

    def shared(self, resolver: Resolver, *, verified: bool) -> frozenset[str]:
        """Addresses that *resolver* gives for at least two names which have nothing to do with each other.

        Unrelated are names under different registered names for which independent operators give quite different
        addresses. An address that every name gets, or that is known to be no stop page, is no sign.
        """
        return self._shared.get((resolver.id, verified), frozenset())

    @cached_property
    def _shared(self) -> dict[tuple[str, bool], frozenset[str]]:
        names: dict[tuple[str, bool], dict[str, dict[str, frozenset[str]]]] = defaultdict(lambda: defaultdict(dict))
        for (identifier, name), cells in self.targets.items():
            own = slug(self.resolver(identifier).operator)
            for seen in cells:
                if seen.form is not Form.ADDRESS or seen.reading is None or not seen.plain:
                    continue
                controls = self.controls(name, seen.record.qtype, own)
                place = self.standing(seen)
                if controls.alive:
                    for address in set(seen.reading.addresses) - controls.given - place.good - place.invented:
                        if not not_a_block(address, self._fingerprints):
                            names[identifier, seen.verified][address][name] = controls.given
        return {
            key: frozenset(address for address, given in by_address.items() if _unrelated(given))
            for key, by_address in names.items()
        }

    def identity(self, identifier: str, endpoint: str) -> Who:
        """What one endpoint says of itself."""
        return who(self._at[identifier, endpoint])

    def cells_of(self, identifier: str) -> list[Seen]:
        """All cells put to a resolver, whatever for, in order."""
        return sorted(
            (seen for (asked, _), cells in self._at.items() if asked == identifier for seen in cells),
            key=lambda seen: seen.record.cell,
        )

    @cached_property
    def _verified_identities(self) -> dict[str, Who]:
        cells: dict[str, list[Seen]] = defaultdict(list)
        for (identifier, _), at in self._at.items():
            cells[identifier] += [seen for seen in at if seen.verified]
        return {identifier: who(found) for identifier, found in cells.items()}

    def verified_identity(self, identifier: str) -> Who:
        """What a resolver says of itself where a certificate vouches for it."""
        return self._verified_identities.get(identifier, Who())

    def other_identities(self, resolver: Resolver) -> dict[str, Who]:
        """What can be trusted of others: the line's own resolvers, and, to compare with it, whoever is verified."""
        others = {
            f"{identifier} {endpoint}": self.identity(identifier, endpoint)
            for identifier, endpoint in self._at
            if on_line(other := self.resolver(identifier), self.line_asn)
            and other.operator_slug != resolver.operator_slug
        }
        if self.verified_identity(resolver.id).text:
            others |= {
                identifier: found
                for identifier, found in self._verified_identities.items()
                if self.resolver(identifier).operator_slug != resolver.operator_slug
            }
        return others


def _unrelated(given: dict[str, frozenset[str]]) -> bool:
    """Whether two of the names are registered apart and hosted apart; *given* is what the controls give for each."""
    names = sorted(given)
    return any(
        one.split(".")[-3:] != other.split(".")[-3:] and not given[one] & given[other]
        for index, one in enumerate(names)
        for other in names[index + 1 :]
    )
