"""What a person decides of a candidate, carried out: looked up, decided, written with the version of the order that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from collector.compliance.entering import everywhere
from collector.successors.candidates import Candidate
from collector.successors.deciding import MOST_CHARS, Event, accepted, attach, rejected, standing
from collector.successors.families import bare
from collector.successors.finding import current, look, measured_time, today
from collector.successors.grounds import Ground, Reason
from schema.errors import ConfigError
from schema.names import canonical

if TYPE_CHECKING:
    from datetime import datetime

    from collector.compliance.history import History
    from collector.store import Store


class Decided(NamedTuple):
    """What came of a decision: the event, and the version of the order it became, if it did."""

    event: Event
    version: int | None
    persons: int


async def accept(store: Store, name: str, order_id: str, *, by: str, reason: str, now: datetime) -> Decided:
    """Accept *name* as a later name of the site it is a candidate for.

    Raises:
        ConfigError: no such order or candidate, a name that nobody may ask, a person who has accepted already, or an order that
            takes no later names. FormatError: no name. UnavailableError: somebody else decided in the meantime.
    """
    _said(by, reason)
    history = await _history(store, order_id)
    candidate, events = await _candidate(store, name, order_id, now)
    here = await measured_time(store, now)
    order, day = current(history, here), today(history, here)
    before = standing(events) if events else None
    event, attached = accepted(order, candidate, before, by=by, reason=reason, at=now, on=day)
    drafts = everywhere(history, lambda one: attach(one, candidate.family, attached)) if attached else ()
    version = await store.put_successor_events([event], drafts, seen=len(events))
    return Decided(event, version, order.persons)


async def reject(store: Store, name: str, order_id: str, *, by: str, reason: str, now: datetime) -> Decided:
    """Reject *name*: it is queued again only if something new ties it to the site.

    Raises:
        ConfigError: no such order or candidate, or it was decided already. FormatError, UnavailableError: as `accept`.
    """
    _said(by, reason)
    history = await _history(store, order_id)
    candidate, events = await _candidate(store, name, order_id, now)
    event = rejected(candidate, standing(events) if events else None, by=by, reason=reason, at=now)
    await store.put_successor_events([event], seen=len(events))
    return Decided(event, None, current(history, await measured_time(store, now)).persons)


async def _history(store: Store, order_id: str) -> History:
    history = await store.order_history(order_id)
    if history is None:
        known = ", ".join(await store.order_ids()) or "none yet"
        raise ConfigError(f"there is no order {order_id!r}", remedy=f"Orders that were imported: {known}.")
    return history


async def _candidate(store: Store, name: str, order_id: str, now: datetime) -> tuple[Candidate, list[Event]]:
    """The candidate as it shows today, else as it was queued; and what happened to it so far."""
    if (await store.never_probe()).refuses(name):
        raise ConfigError(
            "that name stands on the never-probe list", remedy="Nobody may ask for it; leave it where it is."
        )
    wanted = bare(canonical(name))
    events = await store.successor_history(order_id, wanted)
    found = (await look(store, now)).of(wanted, order_id)
    if found:
        shows = max(found, key=lambda one: (one.score, one.family))
        return shows._replace(reasons=(*_led(events), *shows.reasons)), events
    if events:
        last = events[-1]
        return Candidate(order_id, last.family, wanted, last.grounds, "queued before", last.at), events
    raise ConfigError(
        f"{wanted} is no candidate under {order_id}",
        remedy=f"`ottempera successors list --order {order_id} --all` shows which names are.",
    )


def _led(events: list[Event]) -> tuple[Reason, ...]:
    """Redirects that were seen when it was queued: whoever decides looks at no site."""
    told = {one.key: one for event in events for one in event.grounds if one.ground is Ground.REDIRECT}
    return tuple(told.values())


def _said(by: str, reason: str) -> None:
    for text in (by, reason):
        if not text.strip():
            raise ConfigError("a decision needs a person and a reason", remedy="Give --by and --reason.")
        if len(text) > MOST_CHARS or not text.isprintable():
            raise ConfigError(f"--by and --reason are one line of at most {MOST_CHARS} characters")
