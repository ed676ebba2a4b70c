"""Candidates as people read them: a table, and a page for each with everything for and against it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from collector.successors.deciding import standing
from collector.successors.families import bare
from collector.successors.finding import look
from collector.successors.grounds import QUEUE_FROM, WEIGHTS, Language, Reason
from schema.errors import ConfigError
from schema.names import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from collector.store import Store
    from collector.successors.candidates import Candidate
    from collector.successors.deciding import Event, Standing

Row: TypeAlias = dict[str, Any]

#: Where a candidate stands that nobody was asked to look at, and why.
_APART: Final = {
    "unasked": "not asked yet",
    "dead": "does not exist now",
    "nodata": "has no address now",
    "parked": "parked now",
    "alive": f"score below {QUEUE_FROM}",
}
_WAITS: Final = frozenset({"queued", "seconded"})


async def waiting(store: Store, now: datetime, order_id: str | None, *, everything: bool) -> list[Row]:
    """Candidates that wait for a decision, or all there are; the weightiest first.

    Those that were queued say what was said then; the rest is as it shows now.

    Raises:
        ConfigError: there is no such order.
    """
    known = await store.order_ids()
    if order_id is not None and order_id not in known:
        raise ConfigError(f"there is no order {order_id!r}", remedy=f"There are: {', '.join(known) or 'none'}.")
    standings = await store.successor_standings()
    rows = [
        _standing_row(found)
        for (order, _), found in standings.items()
        if order_id in {None, order} and (everything or found.kind.value in _WAITS)
    ]
    if everything:
        rows += [
            candidate_row(one)
            for one in (await look(store, now)).candidates
            if order_id in {None, one.order_id} and (one.order_id, one.name) not in standings
        ]
    return sorted(rows, key=lambda row: (-row["score"], row["order_id"], row["name"]))


async def story(store: Store, name: str, order_id: str | None, now: datetime) -> list[Row]:
    """What shows now of a candidate, else what was said last, and what happened to it, under each order for which it is one.

    Raises:
        ConfigError: it is none. FormatError: no name.
    """
    wanted = bare(canonical(name))
    shows = {(one.order_id, one.family): one for one in (await look(store, now)).of(wanted, order_id)}
    events = await store.successor_history(order_id, wanted)
    held = {
        key: standing(one for one in events if (one.order_id, one.family) == key)
        for key in {(one.order_id, one.family) for one in events}
    }
    keys = sorted({*shows, *held})
    if not keys:
        raise ConfigError(
            f"{wanted} is no candidate", remedy="`ottempera successors list --all` shows which names are."
        )
    return [
        {
            **(_standing_row(held[key]) if key in held else {}),
            **(candidate_row(shows[key]) if key in shows else {}),
            **({"state": held[key].kind.value} if key in held else {}),
            "events": [event_row(one) for one in events if (one.order_id, one.family) == key],
        }
        for key in keys
    ]


def candidate_row(one: Candidate) -> Row:
    """What shows of a candidate now."""
    return {
        "order_id": one.order_id,
        "family": one.family,
        "name": one.name,
        "state": _APART[one.state] if not one.queued else "to be queued",
        "score": one.score,
        "grounds": [_reason_row(reason) for reason in one.reasons],
        "at": one.at,
    }


def event_row(event: Event) -> Row:
    """An event with its grounds in words."""
    return {
        "order_id": event.order_id,
        "family": event.family,
        "name": event.name,
        "at": event.at,
        "kind": event.kind.value,
        "by": event.by,
        "reason": event.reason,
        "score": event.score,
        "grounds": [_reason_row(reason) for reason in event.grounds],
    }


def _standing_row(found: Standing) -> Row:
    last = found.last
    return {
        "order_id": last.order_id,
        "family": last.family,
        "name": last.name,
        "state": found.kind.value,
        "score": last.score,
        "grounds": [_reason_row(reason) for reason in last.grounds],
        "at": last.at,
        "by": last.by,
        "seconded_by": list(found.seconds),
    }


def _reason_row(reason: Reason) -> Row:
    return {
        "ground": reason.ground.value,
        "value": reason.value,
        "member": reason.member,
        "others": reason.others,
        "weight": reason.weight,
        "witness": reason.witness or None,
        "source": WEIGHTS[reason.ground].source,
        "en": reason.said("en"),
        "it": reason.said("it"),
    }


def table(rows: Sequence[Row]) -> str:
    """One line a candidate: score, name, where it stands, what speaks for it."""
    cells = [
        (str(row["score"]), row["name"], row["family"], row["state"], row["order_id"], _short(row["grounds"]))
        for row in rows
    ]
    head = ("score", "name", "site", "state", "order", "grounds")
    widths = [max(len(line[column]) for line in (head, *cells)) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column == 0 else cell.ljust(width) for column, (cell, width) in _numbered(line, widths)
        ).rstrip()
        for line in (head, *cells)
    )


def _numbered(line: Sequence[str], widths: Sequence[int]) -> Iterable[tuple[int, tuple[str, int]]]:
    return enumerate(zip(line, widths, strict=True))


def _short(grounds: Sequence[Row]) -> str:
    return ", ".join(f"{one['ground']} {one['weight']:+d}" for one in grounds)


_WORDS: Final[dict[Language, dict[str, str]]] = {
    "en": {"head": "{name}: candidate for {family} under {order}", "state": "now: {state}; score {score} (queued from {from_})",
           "event": "{at:%Y-%m-%d %H:%M} UTC  {kind}{by}{reason}", "by": " by {by}", "none": "  nothing"},
    "it": {"head": "{name}: candidato per {family} nell'ordine {order}", "state": "ora: {state}; punteggio {score} (in coda da {from_})",
           "event": "{at:%Y-%m-%d %H:%M} UTC  {kind}{by}{reason}", "by": " da {by}", "none": "  nulla"},
}  # fmt: skip
_STATES_IT: Final = {
    "not asked yet": "non ancora interrogato",
    "does not exist now": "ora non esiste",
    "has no address now": "ora non ha indirizzo",
    "parked now": "ora parcheggiato",
    f"score below {QUEUE_FROM}": f"punteggio sotto {QUEUE_FROM}",
    "to be queued": "da mettere in coda",
    "queued": "in coda",
    "seconded": "accettato in parte",
    "accepted": "accettato",
    "rejected": "respinto",
}


def page(rows: Sequence[Row], language: Language) -> str:
    """Everything about one name, in words."""
    return "\n\n".join("\n".join(_lines(row, language)) for row in rows)


def _lines(row: Row, language: Language) -> Iterable[str]:
    words = _WORDS[language]
    yield words["head"].format(name=row["name"].rstrip("."), family=row["family"], order=row["order_id"])
    yield words["state"].format(state=_state(row["state"], language), score=row["score"], from_=QUEUE_FROM)
    for one in row["grounds"]:
        yield f"  {one['weight']:+4d}  {one[language]}"
        yield f"        [{one['source']}]"
    if not row["grounds"]:
        yield words["none"]
    for event in row["events"]:
        by = words["by"].format(by=event["by"]) if event["by"] else ""
        said = f": {event['reason']}" if event["reason"] else ""
        yield words["event"].format(at=event["at"], kind=_state(event["kind"], language), by=by, reason=said)


def _state(word: str, language: Language) -> str:
    return word if language == "en" else _STATES_IT[word]
