"""What people decide of candidates, and what becomes of it: queued, seconded, accepted, rejected. Pure."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from collector.compliance.people import person
from collector.successors.families import families
from collector.successors.grounds import TYING, Ground, Language, Reason
from schema.errors import ConfigError
from schema.order import Attached, Order

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collector.successors.candidates import Candidate

MOST_CHARS: Final = 1000  # of a text in an order


class Kind(StrEnum):
    """What happened to a candidate."""

    QUEUED = "queued"  # by the program: somebody is asked to look
    SECONDED = "seconded"  # somebody accepts, and others must
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Event(NamedTuple):
    """Something that happened to a candidate; `by` is empty where it is the program."""

    order_id: str
    name: str
    at: datetime
    kind: Kind
    family: str
    by: str
    reason: str
    score: int
    grounds: tuple[Reason, ...]


class Standing(NamedTuple):
    """What the events of one candidate come to: the last decision, who accepts so far, every ground that was ever told."""

    kind: Kind
    seconds: tuple[str, ...]
    told: frozenset[tuple[Ground, str]]
    last: Event


def standing(events: Iterable[Event]) -> Standing:
    """What *events* of one candidate, oldest first and at least one, come to."""
    kind, seconds, told, last = Kind.QUEUED, dict[str, str](), set[tuple[Ground, str]](), None
    for event in events:
        last = event
        told.update(one.key for one in event.grounds)
        if event.kind is Kind.SECONDED:
            seconds[person(event.by)] = event.by
        if event.kind is Kind.REJECTED:
            seconds = {}
        if event.kind is not Kind.QUEUED or kind is not Kind.SECONDED:  # new grounds take no second away
            kind = event.kind
    if last is None:
        raise ValueError("a candidate has at least one event")
    return Standing(kind, tuple(seconds.values()), frozenset(told), last)


def to_queue(candidate: Candidate, before: Standing | None, at: datetime) -> Event | None:
    """That a person is asked to look; None where it is asked already, or nothing new ties a name that was rejected."""
    if not candidate.queued or (before and before.kind is Kind.ACCEPTED):
        return None
    fresh = [one for one in candidate.reasons if one.ground in TYING and (not before or one.key not in before.told)]
    if before and not fresh:
        return None
    again = "new grounds: " + "; ".join(one.said("en") for one in fresh) if before else ""
    return _event(candidate, Kind.QUEUED, by="", reason=again[:MOST_CHARS], at=at)


def rejected(candidate: Candidate, before: Standing | None, *, by: str, reason: str, at: datetime) -> Event:
    """That somebody rejects it.

    Raises:
        ConfigError: it is accepted, or rejected already.
    """
    if before and before.kind is Kind.ACCEPTED:
        raise ConfigError(
            f"{candidate.name} was accepted by {before.last.by}",
            remedy="What is attached is taken out by a version of the order: `ottempera orders import`.",
        )
    if before and before.kind is Kind.REJECTED:
        raise ConfigError(
            f"{candidate.name} was rejected already by {before.last.by}", remedy="It is back once new grounds appear."
        )
    return _event(candidate, Kind.REJECTED, by=by, reason=reason, at=at)


class Accepted(NamedTuple):
    """What an acceptance comes to: the event, and what is attached to the order; None while others must accept too."""

    event: Event
    attached: Attached | None


def accepted(
    order: Order, candidate: Candidate, before: Standing | None, *, by: str, reason: str, at: datetime, on: date
) -> Accepted:
    """That somebody accepts it; attached on the day *on* once as many persons do as *order* asks for.

    Raises:
        ConfigError: it is accepted already, this person has accepted, or the order takes no later names of that site.
    """
    if before and before.kind is Kind.ACCEPTED:
        raise ConfigError(f"{candidate.name} was accepted already by {before.last.by}")
    if _entry(order, candidate.family) is None:
        raise ConfigError(
            f"{order.id} has no adjudicated entry for the family {candidate.family!r}",
            remedy='Add a [[scope]] with rule = "adjudicated" to a new version of the order, if its text allows it.',
        )
    seconds = () if before is None else before.seconds
    if person(by) in {person(one) for one in seconds}:
        raise ConfigError(
            f"{by} has accepted {candidate.name} already", remedy=f"{order.id} wants {order.persons} persons to accept."
        )
    if len(seconds) + 1 < order.persons:
        return Accepted(_event(candidate, Kind.SECONDED, by=by, reason=reason, at=at), None)
    attached = Attached(candidate.name, ", ".join((*seconds, by)), on, reason, evidence(candidate))
    return Accepted(_event(candidate, Kind.ACCEPTED, by=by, reason=reason, at=at), attached)


def attach(order: Order, family: str, attached: Attached) -> Order | None:
    """*order* with a later name of a site; None where it has no adjudicated entry for it, or the name already."""
    place = _entry(order, family)
    if place is None or any(one.name == attached.name for one in order.scope[place].attached):
        return None
    grown = replace(order.scope[place], attached=(*order.scope[place].attached, attached))
    return replace(order, scope=(*order.scope[:place], grown, *order.scope[place + 1 :]))


def _entry(order: Order, family: str) -> int | None:
    return next((one.entry for one in families(order) if one.name == family), None)


def evidence(candidate: Candidate, language: Language = "en") -> str:
    """The grounds in one line, as the order keeps them."""
    said = "; ".join(f"{one.said(language)} ({one.weight:+d})" for one in candidate.reasons)
    text = f"score {candidate.score}: {said}" if language == "en" else f"punteggio {candidate.score}: {said}"
    text = "".join(one if one.isprintable() else "?" for one in text)  # what servers are called is their owners' word
    return text if len(text) <= MOST_CHARS else text[: MOST_CHARS - 1] + "…"


def _event(candidate: Candidate, kind: Kind, *, by: str, reason: str, at: datetime) -> Event:
    return Event(
        candidate.order_id,
        candidate.name,
        at,
        kind,
        candidate.family,
        by,
        reason,
        candidate.score,
        candidate.reasons,
    )
