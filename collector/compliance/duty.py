"""Whether a name was due at a resolver on a day: by which version, since when, and what nobody has verified of it. Pure."""

from __future__ import annotations

from datetime import date
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.compliance.bounds import later
from collector.compliance.reasons import Reason, because
from collector.compliance.starts import Start, first_due, start_of, terms_of
from collector.compliance.verification import missing, verified
from schema.endpoint import parse_endpoint
from schema.order import Instrument
from schema.scope import Covered, coverings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from collector.compliance.history import History, Version
    from schema.order import Service, StartsFrom, Stay
    from schema.registry import Resolver


class Due(Enum):
    """Whether a day was due."""

    YES = "yes"
    NO = "no"
    OPEN = "open"  # a stay or an end is recorded that nobody has verified


class Duty(NamedTuple):
    """What was due of a resolver and name on a day.

    `version` is None before the first terms. `reason` says why it is not due, or open. `missing` are the values that a
    day needs to be counted and nobody has verified, and the questions that are open. `start` is the day from which time
    ran, `due_on` the first due day by it. `meant` are the endpoints that the order means, None where it means all.
    """

    order_id: str
    operator: str
    resolver: str
    name: str
    day: date
    version: Version | None
    due: Due
    reason: Reason | None = None
    missing: tuple[str, ...] = ()
    start: date | None = None
    due_on: date | None = None
    covered: Covered | None = None
    meant: frozenset[str] | None = None


class Duties:
    """What was due under one order; remembers what does not change from day to day."""

    def __init__(self, history: History, twins: Collection[str] = ()) -> None:
        """Take all versions of one order; *twins* are the ids of resolvers that are another one's unfiltered twin."""
        self.history = history
        self._twins = frozenset(twins)
        self._footings: dict[tuple[int, str, str], _Footing] = {}

    def of(self, resolver: Resolver, name: str, day: date, event: StartsFrom | None = None) -> Duty:
        """What was due of *resolver*, whose operator may be an addressee, for *name* on *day*.

        *event* is what time is taken to run from; without it, what the order says.
        """
        version = self.history.in_force(day)
        order_id = self.history.newest.order.id
        duty = Duty(order_id, resolver.operator_slug, resolver.id, name, day, version, Due.NO)
        if version is None:
            return duty._replace(reason=because("before_terms"))
        return self._footing(version, resolver, name).duty(duty, event)

    def first_due(self, resolver: Resolver, name: str) -> date | None:
        """The first day on which *name* is due at *resolver*, past or to come; None where none is known."""
        terms = self.history.terms
        for version, following in zip(terms, (*terms[1:], None), strict=True):
            day: date | None = version.terms_from
            while day and (following is None or day < following.terms_from):
                duty = self.of(resolver, name, day)
                if duty.due is not Due.NO:
                    return day
                day = self._footing(version, resolver, name).after(duty)
        return None

    def _footing(self, version: Version, resolver: Resolver, name: str) -> _Footing:
        key = (version.number, resolver.id, name)
        if key not in self._footings:
            later = tuple(one for one in self.history.terms if one.terms_from > version.terms_from)
            since = self._brought(version, resolver.operator_slug, name)
            self._footings[key] = _Footing(version, resolver, name, later, since, is_twin=resolver.id in self._twins)
        return self._footings[key]

    def _brought(self, version: Version, operator: str, name: str) -> date:
        """The first day of the terms that brought the addressee or the name, and all that followed kept; the first bring all."""
        since = date.min
        for one in self.history.terms:
            if one.terms_from > version.terms_from:
                break
            if operator not in one.order.addressees or not coverings(one.order, name, date.max):
                since = date.max
            elif since == date.max:
                since = one.terms_from
        return since


def duty_of(history: History, resolver: Resolver, name: str, day: date) -> Duty:
    """What was due of *resolver* for *name* on *day*."""
    return Duties(history).of(resolver, name, day)


_UNKNOWN: Final = "unknown "  # how `missing` calls a question
_INSTRUMENTS: Final = {Instrument.DEMAND: because("demand"), Instrument.WATCH: because("watch")}


class _Stayed(NamedTuple):
    """A stay, and the version that records it; `number` is how `orders show` calls it there, from 1."""

    version: Version
    number: int
    stay: Stay


class _Footing:
    """What a version says of a resolver and name, whatever the day."""

    def __init__(
        self, version: Version, resolver: Resolver, name: str, later: tuple[Version, ...], since: date, *, is_twin: bool
    ) -> None:
        """*later* are the versions whose terms came after: what they record of days before them holds there too.

        Time does not run before *since*: whom or what later terms bring is not late by terms that did not know it.
        """
        self._version = version
        self._later = later
        self._since = since
        self._is_twin = is_twin
        self._order = version.order
        self._resolver = resolver
        self._operator = resolver.operator_slug
        self._name = name
        self._coverings = coverings(self._order, name, date.max)
        self._missing: dict[tuple[Covered, ...], tuple[str, ...]] = {}
        self._starts: dict[tuple[Covered, StartsFrom | None], tuple[Start, date | None]] = {}

    @cached_property
    def _services(self) -> tuple[Service, ...]:
        """The entries that mean the resolver; one that gives its users the names unfiltered has to be said."""
        return tuple(
            one
            for one in self._order.service
            if one.operator == self._operator
            and (not one.resolvers or self._resolver.id in one.resolvers)
            and (one.resolvers or one.addresses or not self._is_twin)
        )

    @cached_property
    def _meant(self) -> frozenset[str] | None:
        """The endpoints that are meant; None for all of them."""
        if not any(one.operator == self._operator for one in self._order.service):
            return frozenset() if self._is_twin else None
        if any(not one.addresses and not one.transports for one in self._services):
            return None
        if not self._resolver.endpoints:
            return None if self._services else frozenset()
        found = frozenset(text for text in self._resolver.endpoints if any(_means(one, text) for one in self._services))
        return None if found and found == frozenset(self._resolver.endpoints) else found

    def duty(self, duty: Duty, event: StartsFrom | None) -> Duty:
        """*duty* with what is due on its day."""
        if reason := self._never():
            return duty._replace(reason=reason)
        covered = self._covered(duty.day)
        if not covered:
            return duty._replace(reason=because("name_not_covered"))
        start, due_on = self._start(covered[0], event)
        lacking = self._lacking(covered, start)
        duty = duty._replace(start=start.day, due_on=due_on, covered=covered[0], meant=self._meant, missing=lacking)
        if start.day is None or due_on is None:
            return duty._replace(reason=start.why)
        if duty.day < due_on:
            reason_id = "not_started" if duty.day < start.day else "time_to_comply"
            return duty._replace(reason=because(reason_id, start=start.day, due=due_on))
        due, reason = self._stopped(duty.day)
        return duty._replace(due=due, reason=reason)

    def after(self, duty: Duty) -> date | None:
        """The next day on which *duty*, which is not due, may be; None where that is never under this version."""
        if self._never():
            return None
        if duty.due_on and duty.day < duty.due_on:
            return duty.due_on
        days = [self._attached_on(one) for one in self._coverings]
        if duty.covered:
            days += [later(one.stay.ends_on, 1) for one in self._stays() if one.stay.ends_on]
        return min((day for day in days if day > duty.day), default=None)

    def _never(self) -> Reason | None:
        """Why no day at all falls due."""
        if self._order.instrument in _INSTRUMENTS:
            return _INSTRUMENTS[self._order.instrument]
        if self._operator not in self._order.addressees:
            return because("not_addressee", operator=self._operator)
        if self._meant is not None and not self._meant:
            return because("resolver_not_meant", resolver=self._resolver.id)
        return None

    def _covered(self, day: date) -> tuple[Covered, ...]:
        """The rules that cover the name on *day*, the order's own first."""
        return tuple(one for one in self._coverings if self._attached_on(one) <= day)

    def _attached_on(self, covered: Covered) -> date:
        if covered.attached is None:
            return date.min
        return self._order.scope[covered.scope].attached[covered.attached].on

    def _start(self, covered: Covered, event: StartsFrom | None) -> tuple[Start, date | None]:
        key = (covered, event)
        if key not in self._starts:
            start = start_of(self._order, self._operator, self._name, covered, event)
            if start.day and start.day < self._since:
                start = start._replace(day=self._since, at=None)
            self._starts[key] = (start, first_due(self._order, self._operator, start))
        return self._starts[key]

    def _stopped(self, day: date) -> tuple[Due, Reason | None]:
        """Whether the order had ended or was stayed on *day*: what is verified first, then what is not."""
        found = list(self._stops(day))
        for sure, reason, _ in found:
            if sure:
                return Due.NO, reason
        return (Due.OPEN, found[0][2]) if found else (Due.YES, None)

    def _stops(self, day: date) -> Iterator[tuple[bool, Reason, Reason]]:
        """What stops the order on *day*: whether it is verified, the reason where it is, and where it is not."""
        for version, field, end in self._ends():
            if day > end:
                sure = self._verified(field, version)
                yield sure, because("ended", end=end), because("end_not_verified", end=end, field=field)
        for version, number, stay in self._stays():
            if not stay.starts_on <= day <= (stay.ends_on or date.max):
                continue
            since, field = stay.starts_on, f"stay {number}"
            reason = (
                because("stayed", since=since, until=stay.ends_on)
                if stay.ends_on
                else because("stayed_without_end", since=since)
            )
            yield self._verified(field, version), reason, because("stay_not_verified", since=since, field=field)

    def _ends(self) -> Iterator[tuple[Version, str, date]]:
        """The ends that hold, of later terms those that lie before them."""
        for version in (self._version, *self._later):
            terms = terms_of(version.order, self._operator)
            told = [(f"terms {self._operator} ends", terms.ends_on if terms else None)]
            for field, end in (*told, ("valid_to", version.order.valid_to)):
                if end and (version is self._version or end < version.terms_from):
                    yield version, field, end

    def _stays(self) -> Iterator[_Stayed]:
        """The stays that hold, of later terms those that begin before them."""
        for version in (self._version, *self._later):
            for number, stay in enumerate(version.order.stay, 1):
                mine = stay.operator in {"", self._operator}
                if mine and (version is self._version or stay.starts_on < version.terms_from):
                    yield _Stayed(version, number, stay)

    def _lacking(self, covered: tuple[Covered, ...], start: Start) -> tuple[str, ...]:
        """What a counted day lacks, by the rules that cover it.

        Stays and ends are among it on every day: while their dates are open, so is which days they leave. Of notices it
        is the one from which time runs.
        """
        if covered not in self._missing:
            found = missing(
                self._order,
                operator=self._operator,
                name=self._name,
                on=max(self._attached_on(one) for one in covered),
                entered_by=self._version.vouched_by,
                resolver=self._resolver.id,
            )
            stays = ((f"stay {number}", version) for version, number, _ in self._stays())
            values = [one for one in found if not one.startswith(_UNKNOWN)]
            needs = ((one, self._version) for one in start.needs)
            further = (*needs, *((field, version) for version, field, _ in self._ends()), *stays)
            values += [one for one, version in further if not self._verified(one, version)]
            questions = [one for one in found if one.startswith(_UNKNOWN)]
            self._missing[covered] = tuple(dict.fromkeys(values + questions))
        return self._missing[covered]

    def _verified(self, field: str, version: Version) -> bool:
        return verified(version.order, field, version.vouched_by)


def _means(service: Service, endpoint: str) -> bool:
    parsed = parse_endpoint(endpoint)
    return (not service.addresses or parsed.address in service.addresses) and (
        not service.transports or parsed.transport in service.transports
    )
