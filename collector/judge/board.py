"""The records of one round laid out by what they bear on: targets, controls, endpoints, identities."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.judge.controls import Controls, confer
from collector.judge.fingerprints import Match, match, not_a_block
from collector.judge.identities import Identities
from collector.judge.registered import Registered
from collector.judge.seen import Form, Seen, see
from collector.judge.standing import Standing, standing
from schema.words import Kind, Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from schema.policy import Policy
    from schema.record import Record
    from schema.registry import Resolver, World

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
        self.registered = Registered(world)
        self._fingerprints = policy.fingerprints
        self.targets: dict[tuple[str, str], list[Seen]] = defaultdict(list)
        self._asked: dict[Ask, list[Seen]] = defaultdict(list)
        self._at: dict[tuple[str, str], list[Seen]] = defaultdict(list)
        self._controls: dict[tuple[str, str], list[Seen]] = defaultdict(list)
        self._apexes: set[str] = set()
        self._conferred: dict[tuple[str, str, str], Controls] = {}
        self._standings: dict[tuple[str, str], Standing] = {}
        self._matched: dict[tuple[int, str, date], tuple[Match, ...]] = {}
        self.identities = Identities(self._at, self.registered, line_asn)
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
                operator = self.registered.operator(seen.record.resolver)
                provider = self.registered.resolver(seen.record.resolver).kind is Kind.ISP
                fit = seen.verified and operator not in bound and not provider
                if fit:
                    answers[operator].append(seen)
            self._conferred[key] = confer(
                answers,
                under_test=self._under_test.get(name, frozenset()),
                own=own,
                apex=name in self._apexes or name.count(".") == _FULL_DOTS,
                is_unfit=self._is_unfit,
            )
        return self._conferred[key]

    @cached_property
    def _under_test(self) -> dict[str, frozenset[str]]:
        """The operators (slugs) that are targets for a name."""
        found: dict[str, set[str]] = defaultdict(set)
        for resolver, name in self.targets:
            found[name].add(self.registered.operator(resolver))
        return {name: frozenset(operators) for name, operators in found.items()}

    def _is_unfit(self, seen: Seen) -> bool:
        """Whether a control's endpoint does not work, or answers a stop page."""
        return self.standing(seen).ails or any(
            one.page or one.fingerprint.kind == "cname" for one in self.matches(seen)
        )

    def matches(self, seen: Seen) -> tuple[Match, ...]:
        """The fingerprints that fit *seen*."""
        if seen.reading is None or seen.form is Form.SEVERAL:
            return ()
        record = seen.record
        day = record.at.date()
        key = (id(seen.reading), record.resolver, day)  # the reading lives as long as the board
        found = self._matched.get(key)
        if found is None:
            resolver = self.registered.resolver(record.resolver)
            found = self._matched[key] = match(seen.reading, day, self._fingerprints, resolver, self.line_asn)
        return found

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
            own = self.registered.operator(identifier)
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


def _unrelated(given: dict[str, frozenset[str]]) -> bool:
    """Whether two of the names are registered apart and hosted apart; *given* is what the controls give for each."""
    names = sorted(given)
    return any(
        one.split(".")[-3:] != other.split(".")[-3:] and not given[one] & given[other]
        for index, one in enumerate(names)
        for other in names[index + 1 :]
    )
