"""From when time runs: the event that an order names, for one addressee and one name, and the first day that is due."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.compliance.bounds import deadline_day, later, local_day
from collector.compliance.reasons import Reason, because
from schema.order import NoticeKind, StartsFrom

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schema.order import Attached, Notice, Order, Terms
    from schema.scope import Covered

_SERVED: Final = frozenset({NoticeKind.SERVICE})
_NOTIFIED: Final = frozenset({NoticeKind.SERVICE, NoticeKind.NOTIFICATION})


class Start(NamedTuple):
    """When time began to run; `day` is None where it never did, and `why` says so.

    `at` is the instant, where more than the day is known. `needs` are the notices it rests on, called as `orders show`
    calls them.
    """

    day: date | None
    at: datetime | None = None
    why: Reason | None = None
    needs: tuple[str, ...] = ()


def terms_of(order: Order, operator: str) -> Terms | None:
    """What holds for *operator* in place of the order's own terms."""
    return next((one for one in order.terms if one.operator == operator), None)


def start_of(order: Order, operator: str, name: str, covered: Covered, event: StartsFrom | None = None) -> Start:
    """When time began to run for *operator* and *name*, which is *covered*.

    *event* is what it is to run from; without it, what the order says. A name attached later begins on the last of three:
    the order's own start, its attachment, and the first notice to the operator that names it. It never begins backwards.
    """
    start = _of_order(order, operator, (name, order.scope[covered.scope].name), event)
    if covered.attached is None or start.day is None:
        return start
    return _of_attached(order, operator, start, order.scope[covered.scope].attached[covered.attached])


def first_due(order: Order, operator: str, start: Start) -> date | None:
    """The first day that is due: the start's own day is not counted, and the time to comply has run out the day before.

    Where that time has minutes, it is the day after the one in which the deadline lies; of an event of which the day alone
    is known, the last moment of that day is taken.
    """
    if start.day is None:
        return None
    terms = terms_of(order, operator)
    days = terms.grace_days if terms and terms.grace_days is not None else order.grace_days
    if not order.grace_minutes:
        return later(start.day, days + 1)
    if start.at is None:
        return later(start.day, days + 2)
    return later(deadline_day(start.at, order.timezone, days=days, minutes=order.grace_minutes), 1)


def _of_order(order: Order, operator: str, names: tuple[str, str], event: StartsFrom | None) -> Start:
    chosen = event is None or event is order.starts_from
    terms = terms_of(order, operator)
    if chosen and terms and terms.effective_from:
        return Start(terms.effective_from)
    runs_from = event or order.starts_from
    if runs_from is StartsFrom.ORDER:
        return Start(order.starts_on if chosen else order.issued_on)
    if runs_from is StartsFrom.PUBLICATION:
        return Start(order.starts_on if chosen else None)
    if runs_from is StartsFrom.CONFIRMATION:
        return Start(order.confirmed_on, why=None if order.confirmed_on else because("not_confirmed"))
    kinds, why = (_SERVED, "not_served") if runs_from is StartsFrom.SERVICE else (_NOTIFIED, "not_notified")
    if runs_from is StartsFrom.SERVICE and terms and terms.served_on:
        return Start(terms.served_on)
    return _first_notice(order, operator, kinds, names) or Start(None, why=because(why, operator=operator))


def _of_attached(order: Order, operator: str, start: Start, attached: Attached) -> Start:
    notice = _first_notice(order, operator, _NOTIFIED, (attached.name, attached.name), named=True)
    if notice is None:
        return Start(None, why=because("attached_not_notified", attached=attached.on, operator=operator))
    needs = tuple(dict.fromkeys((*start.needs, *notice.needs)))
    days = [day for day in (start.day, attached.on, notice.day) if day]
    last = max(days)
    # Its hour is that of the start only where nothing else begins on the same day.
    at = notice.at if notice.day == last and days.count(last) == 1 else None
    return Start(last, at, needs=needs)


def _first_notice(
    order: Order, operator: str, kinds: frozenset[NoticeKind], names: tuple[str, str], *, named: bool = False
) -> Start | None:
    """The earliest notice of these kinds to *operator* that bears on one of *names*; with *named*, that says the name."""
    found = [
        (notice.at, number)
        for number, notice in enumerate(order.notice, 1)
        if notice.operator == operator and notice.kind in kinds and _bears(notice, names, named=named)
    ]
    if not found:
        return None
    at, number = min(found)
    return Start(local_day(at, order.timezone), at, needs=(f"notice {number}",))


def _bears(notice: Notice, names: tuple[str, str], *, named: bool) -> bool:
    if not notice.names:
        return not named
    return not _folded(notice.names).isdisjoint(names)


def _folded(names: tuple[str, ...]) -> frozenset[str]:
    def each() -> Iterator[str]:
        for name in names:
            yield f"{name.rstrip('.').lower()}."

    return frozenset(each())
