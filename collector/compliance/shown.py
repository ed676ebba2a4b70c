"""An order in words: its terms, its names, what passed, and what still stands before its first counted day. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from collector.compliance.standing import due_from, obstacles, verified_count
from collector.compliance.verification import people, scope_field, verified

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collector.compliance.history import Version
    from collector.compliance.standing import DueFrom
    from schema.order import Order, Scope


def summary(version: Version, *, entered: bool, listed: int = 0) -> dict[str, Any]:
    """An order as a row for programs; *entered*: it is in the ledger; *listed* is how many entries its list has."""
    order = version.order
    standing = obstacles(version, listed=bool(listed))
    done, values = verified_count(version)
    return {
        "order_id": order.id,
        "version": version.number if entered else None,
        "title": order.title,
        "authority": order.authority,
        "instrument": order.instrument,
        "issued_on": order.issued_on,
        "terms_from": version.terms_from,
        "addressees": order.addressees,
        "due_from": [one._asdict() for one in due_from(order)],
        "names": order.names,
        "list_entries": listed,
        "verified": done,
        "values": values,
        "countable": not any(one.blocks for one in standing),
        "standing": [one._asdict() for one in standing],
    }


def line_of(row: dict[str, Any]) -> str:
    """A `summary` on one line."""
    version = f"version {row['version']}" if row["version"] else "not entered"
    parts = (
        row["order_id"],
        version,
        str(row["issued_on"]),
        row["instrument"],
        ",".join(row["addressees"]),
        f"{len(row['names'])} name{'s' if len(row['names']) != 1 else ''}"
        + (f" and a list of {row['list_entries']}" if row["list_entries"] else ""),
        f"{row['verified']} of {row['values']} values verified",
        "countable" if row["countable"] else "not countable",
    )
    return "  ".join(parts)


def describe(version: Version, *, entered: bool, listed: int = 0) -> Iterator[str]:
    """The lines that `orders show` and `orders check` print."""
    order = version.order
    yield f"{order.id}: {order.title}"
    number = f"; version {version.number}, terms from {version.terms_from}" if entered else ""
    yield f"{order.authority}, {order.issued_on}; {order.instrument}{number}"
    yield from _document(order)
    yield "Binds:"
    for one in due_from(order):
        yield f"  {one.operator}: {_due(one, order)}"
    if order.penalty_per_day:
        penalty = order.penalty_per_day
        yield f"A day costs {penalty.amount} {penalty.currency}" + (f" per {penalty.per}" if penalty.per else "")
    yield from _names(version, listed)
    yield from _stays(order)
    yield from _notices(order)
    yield from _standing(version, listed)


def _document(order: Order) -> Iterator[str]:
    if order.document:
        title = f" ({order.document.title})" if order.document.title else ""
        yield f"Document: SHA-256 {order.document.sha256}{title}"


def _due(one: DueFrom, order: Order) -> str:
    ends = next((terms.ends_on for terms in order.terms if terms.operator == one.operator), None) or order.valid_to
    until = f", to {ends}" if ends else ""
    if one.due_on is None:
        return f"never due yet: {one.why}"
    return f"time runs from {one.start} ({order.starts_from}); the first day that is due is {one.due_on}{until}"


def _names(version: Version, listed: int) -> Iterator[str]:
    order = version.order
    yield f"Names: {len(order.scope)} rules" + (f", and a list of {listed} entries" if listed else "")
    for position, entry in enumerate(order.scope):
        field = scope_field(order, position)
        done = "verified" if verified(order, field, version.vouched_by) else "unverified"
        by = ", ".join(one for one in people(order, field, version.vouched_by) if one)
        yield f"  {position + 1}  {entry.name}  {entry.rule}  {done}{f' by {by}' if by else ''}"
        yield from _attached(entry)


def _attached(entry: Scope) -> Iterator[str]:
    for one in entry.attached:
        yield f"      + {one.name} since {one.on}, attached by {one.by}: {one.reason} (evidence: {one.evidence})"


def _stays(order: Order) -> Iterator[str]:
    for number, stay in enumerate(order.stay, 1):
        until = f"to {stay.ends_on}" if stay.ends_on else "without an end"
        yield f"Stay {number}: {stay.starts_on} {until}, {stay.operator or 'for everybody'}; {stay.reason or 'no reason given'}"


def _notices(order: Order) -> Iterator[str]:
    zone = ZoneInfo(order.timezone)
    for number, notice in enumerate(order.notice, 1):
        at = notice.at.astimezone(zone).isoformat(timespec="minutes")
        names = ", ".join(notice.names) or "all names"
        receipt = f"receipt {notice.receipt[:16]}..." if notice.receipt else "no receipt"
        yield f"Notice {number}: {notice.kind}, {notice.operator}, {at}, {names}; {receipt}; by {notice.by}"


def _standing(version: Version, listed: int) -> Iterator[str]:
    standing = obstacles(version, listed=bool(listed))
    blocking = [one for one in standing if one.blocks]
    if blocking:
        yield "What still stands between this order and its first counted day:"
    else:
        yield "Nothing stands between this order and its counted days."
    for number, one in enumerate(blocking, 1):
        yield f"  {number}. {one.words}"
        yield f"     -> {one.remedy}"
    for one in standing:
        if not one.blocks:
            yield f"  Counted the lowest way: {one.words}"
            yield f"     -> {one.remedy}"
