"""What still stands between an order and its first counted day, in plain words, with what would settle it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from collector.compliance.starts import first_due, start_of, terms_of
from collector.compliance.verification import field, fields, never_due, people, scope_field, unverified
from schema.order import NoticeKind, StartsFrom
from schema.scope import Covered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from collector.compliance.history import Version
    from schema.order import Notice, Order

#: Values that an order is counted without, at its lowest reading: each with what is taken as long as nobody has verified it.
_BESIDE: Final = {
    "penalty_per_day.per": "until then the sum is counted once a day for the whole order",
    "penalty_per_day.relapse": "until then no day counts that comes after a name's first day of compliance",
    "confirmed": "until then only what is counted from the confirmation lacks it",
    "measure": "until then a day counts only where no other measure, such as HTTP 451, was seen",
}

_NO_START: Final = "no time runs from it; until then only what is counted from it lacks it"
_ANSWER: Final = (
    "Write the answer in place of the question: ottempera orders export {0} > FILE, then orders import FILE."
)


class Obstacle(NamedTuple):
    """Something that keeps days from being counted: which value, why, and what would settle it."""

    field: str
    words: str
    remedy: str
    blocks: bool = True  # false: days are counted without it, at the lowest reading


class DueFrom(NamedTuple):
    """From when the order's own names are due of an addressee; `due_on` is None where time does not run, and `why` says it."""

    operator: str
    start: date | None
    due_on: date | None
    why: str


def obstacles(version: Version, *, listed: bool = False) -> tuple[Obstacle, ...]:
    """Everything that must be settled before a day under *version* can be counted, then what lowers the count.

    *listed* says that the order has a list of names of its own.
    """
    found = tuple(_obstacles(version, listed))
    return tuple(sorted(found, key=lambda one: not one.blocks))


def due_from(order: Order) -> tuple[DueFrom, ...]:
    """From when each addressee is bound, by what the order says of its own names, verified or not."""
    return tuple(_due_from(order, operator) for operator in order.addressees)


def _obstacles(version: Version, listed: bool) -> Iterator[Obstacle]:  # noqa: FBT001  one caller, above
    order = version.order
    if never_due(order):
        what = {"demand": "a demand obliges nobody", "watch": "nobody has ordered anything yet"}[order.instrument]
        yield Obstacle("instrument", f"{what}: no day of it ever falls due", "Import the order when there is one.")
        return
    if not order.scope and not listed:
        yield Obstacle("scope", "it names nothing", f"ottempera orders import --list FILE {order.id}")
    for one in due_from(order):
        if one.due_on is None:
            yield Obstacle(f"start of {one.operator}", one.why, _event(order, one.operator))
    for name in unverified(order, version.vouched_by):
        if name not in _idle(order):
            yield _unchecked(version, name)
    for question in order.unknown:
        yield Obstacle(f"unknown {question.field}", f"open question: {question.question}", _ANSWER.format(order.id))
    if order.measure is None:
        words = f"it is not said whether only the DNS answer counts; {_BESIDE['measure']}"
        yield Obstacle("measure", words, "Write [measure] with dns_only, if the order says so.", blocks=False)
    if order.penalty_per_day is None:
        yield Obstacle(
            "penalty_per_day",
            "no sum is known: days are counted, no amount",
            "Write it, if there is one.",
            blocks=False,
        )


def _idle(order: Order) -> frozenset[str]:
    """Rules under which nothing stands yet."""
    rules = enumerate(order.scope)
    return frozenset(scope_field(order, i) for i, one in rules if one.rule == "adjudicated" and not one.attached)


def _unchecked(version: Version, name: str) -> Obstacle:
    order = version.order
    found = field(order, name)
    by = people(order, name, version.vouched_by)
    value = f" ({found.value})" if found and not name.startswith(("scope ", "document", "notice ")) else ""
    who = (
        f"compared with the document by {', '.join(one or 'the file' for one in by)} only, and {order.persons} are needed"
        if by
        else "nobody has compared it with the document"
    )
    beside = None if name == "confirmed" and order.starts_from is StartsFrom.CONFIRMATION else _BESIDE.get(name)
    words = f"{name}{value}: {who}" + (f"; {beside}" if beside else "")
    if name.startswith("notice "):
        beside = None if _starts_time(order, order.notice[int(name.split()[1]) - 1]) else _NO_START
        words = f"{name}: {who if by else 'no receipt shows it'}" + (f"; {beside}" if beside else "")
    remedy = f"ottempera orders verify {order.id} {name} --document FILE --page PAGE --by NAME"
    return Obstacle(name, words, remedy, blocks=beside is None)


def _starts_time(order: Order, notice: Notice) -> bool:
    """Whether time may run from *notice*: for an addressee, or for a name that was attached later."""
    if notice.kind not in {NoticeKind.SERVICE, NoticeKind.NOTIFICATION}:
        return False
    attached = {one.name for entry in order.scope for one in entry.attached}
    return order.starts_from in {StartsFrom.SERVICE, StartsFrom.NOTICE} or not attached.isdisjoint(notice.names)


def _event(order: Order, operator: str) -> str:
    if order.starts_from in {StartsFrom.SERVICE, StartsFrom.NOTICE}:
        kind = NoticeKind.SERVICE if order.starts_from is StartsFrom.SERVICE else NoticeKind.NOTIFICATION
        return (
            f"ottempera orders notice {order.id} --kind {kind} --operator {operator} --at TIME --receipt FILE --by NAME"
        )
    return "Write the day into the order file and import it."


def _due_from(order: Order, operator: str) -> DueFrom:
    own = next((i for i, entry in enumerate(order.scope) if entry.rule != "adjudicated"), None)
    if own is None:
        terms = terms_of(order, operator)
        start = terms.effective_from if terms and terms.effective_from else order.starts_on
        return DueFrom(operator, start, None, f"{operator}: each name is due from the notice that names it")
    entry = order.scope[own]
    found = start_of(order, operator, entry.name, Covered(own, entry.rule, None, ""))
    due = first_due(order, operator, found)
    why = "" if due else (found.why.text if found.why else f"nobody says from when time runs for {operator}")
    return DueFrom(operator, found.day, due, why)


def verified_count(version: Version) -> tuple[int, int]:
    """How many of the order's values are verified, and how many there are."""
    every = fields(version.order)
    return len(every) - len(unverified(version.order, version.vouched_by)), len(every)
