"""Which values of an order have been compared with the document, by enough people, and what a day still lacks. Pure.

A field is called as `orders show` calls it: `starts`, `grace`, `penalty_per_day`, `scope NAME RULE`,
`terms OPERATOR served`, `stay N`, `notice N`: N counts from 1.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.compliance.people import distinct
from schema.order import Instrument, StartsFrom
from schema.scope import coverings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date

    from schema.order import Check, Order, Terms
    from schema.scope import Covered

_MAX_VALUE_CHARS: Final = 900  # a check holds 1,000


class Field(NamedTuple):
    """A value of an order that somebody can check: `value` is its text, `said` whether the file calls it verified.

    `by` is who entered it where that is not whoever entered the file.
    """

    name: str
    value: str
    said: bool
    by: str | None = None


def fields(order: Order) -> tuple[Field, ...]:
    """Every value of *order* that can be verified, in the order of the file."""
    return tuple(Field(one.name, _bounded(one.value), one.said, one.by) for one in _fields(order))


def field(order: Order, name: str) -> Field | None:
    """The value called *name*; none where the order has none. Names in it may be written with or without final dot."""
    wanted = _plain(name)
    return next((one for one in fields(order) if _plain(one.name) == wanted), None)


def people(order: Order, name: str, vouched_by: str) -> tuple[str, ...]:
    """Who compared the present value of *name* with the document: the file's own word is *vouched_by*'s."""
    found = field(order, name)
    return _people(order, found, vouched_by) if found else ()


def verified(order: Order, name: str, vouched_by: str) -> bool:
    """Whether as many people as the order asks for have compared the present value of *name* with the document.

    *vouched_by* is who entered the file (`Version.vouched_by`): its `verified = true` is one person's word.
    """
    return len(people(order, name, vouched_by)) >= order.persons


def unverified(order: Order, vouched_by: str) -> tuple[str, ...]:
    """Every value of *order* that not enough people have compared with the document."""
    return tuple(one.name for one in fields(order) if len(_people(order, one, vouched_by)) < order.persons)


def missing(
    order: Order, *, operator: str, name: str, on: date, entered_by: str, resolver: str = ""
) -> tuple[str, ...]:
    """What a day of *name* at *operator* still lacks: values nobody verified, and `unknown FIELD` for each open question.

    Empty where everything is verified. *entered_by* is the version's `vouched_by`; *resolver* narrows the entries under
    `service` to those that may mean it. What holds on some days only (stays, ends, notices) is not among them.
    """
    lacking = set(unverified(order, entered_by))
    found = [one for one in needed(order, operator=operator, resolver=resolver) if one in lacking]
    found += _scope_missing(order, coverings(order, name, on), lacking)
    found += [f"unknown {one.field}" for one in order.unknown]
    return tuple(dict.fromkeys(found))


def needed(order: Order, *, operator: str, resolver: str = "") -> tuple[str, ...]:
    """The fields that any counted day of *operator* rests on, beside the rule that covers the name."""
    return tuple(dict.fromkeys(_needed(order, operator, resolver)))


def _people(order: Order, found: Field, vouched_by: str) -> tuple[str, ...]:
    told = [one.by for one in order.check if _fits(order, one, found)]
    if found.said:
        told.append(vouched_by if found.by is None else found.by)
    return distinct(told)


def _fits(order: Order, check: Check, found: Field) -> bool:
    """Whether *check* is of the value as it stands, against the document as it stands (a notice has its receipt)."""
    if (check.field, check.value) != found[:2]:
        return False
    return found.name.startswith("notice ") or order.document is None or check.document == order.document.sha256


def _plain(name: str) -> str:
    return " ".join(word.rstrip(".") for word in name.casefold().split())


def _bounded(value: str) -> str:
    """*value* short enough to stand in a check; what is cut off is told apart by its digest."""
    if len(value) <= _MAX_VALUE_CHARS:
        return value
    return f"{value[:_MAX_VALUE_CHARS]}... (SHA-256 {sha256(value.encode()).hexdigest()})"


def _needed(order: Order, operator: str, resolver: str) -> Iterator[str]:
    terms = next((one for one in order.terms if one.operator == operator), None)
    if order.document:
        yield "document"
    yield from _start(order, operator, terms)
    if terms and terms.grace_days is not None:
        yield f"terms {operator} grace"
    if terms is None or terms.grace_days is None or order.grace_minutes:
        yield "grace"
    if order.penalty_per_day:
        yield "penalty_per_day"
    if order.day_rule:
        yield "day_rule"
    for number, service in enumerate(order.service, 1):
        if service.operator == operator and (not resolver or not service.resolvers or resolver in service.resolvers):
            yield f"service {number}"


def _start(order: Order, operator: str, terms: Terms | None) -> Iterator[str]:
    """What the first day rests on: the addressee's own day, or the event that the order names."""
    if terms and terms.effective_from:
        yield f"terms {operator} effective"
        return
    yield "starts"
    if order.starts_from is StartsFrom.CONFIRMATION:
        yield "confirmed"
    if order.starts_from is StartsFrom.SERVICE and terms and terms.served_on:
        yield f"terms {operator} served"


def _scope_missing(order: Order, by: tuple[Covered, ...], lacking: Collection[str]) -> list[str]:
    """Nothing where one of the rules that come first is verified; else the first one's name."""
    first = [one for one in by if (one.attached is None) == (by[0].attached is None)]
    named = [scope_field(order, one.scope) for one in first]
    return named[:1] if all(one in lacking for one in named) else []


def scope_field(order: Order, position: int) -> str:
    """What the entry of the scope at *position* (from 0) is called."""
    return f"scope {order.scope[position].name.rstrip('.')} {order.scope[position].rule}"


def _fields(order: Order) -> Iterator[Field]:
    if order.document:
        yield Field("document", order.document.sha256, order.document.verified)
    yield Field("starts", f"{order.starts_on} {order.starts_from}", order.starts_verified)
    if order.confirmed_on:
        yield Field("confirmed", str(order.confirmed_on), order.confirmed_verified)
    yield Field("grace", f"{order.grace_days} days {order.grace_minutes} minutes", order.grace_verified)
    if order.valid_to:
        yield Field("valid_to", str(order.valid_to), order.valid_to_verified)
    yield from _penalty(order)
    for terms in order.terms:
        yield from _terms(terms)
    if order.day_rule:
        yield Field("day_rule", order.day_rule.id, order.day_rule.verified)
    if order.measure:
        yield Field("measure", "dns_only" if order.measure.dns_only else "other measures too", order.measure.verified)
    yield from _numbered(order)
    for position, entry in enumerate(order.scope):
        yield Field(scope_field(order, position), f"{entry.name} {entry.rule}", entry.verified)


def _numbered(order: Order) -> Iterator[Field]:
    for number, service in enumerate(order.service, 1):
        parts = (service.operator, *service.resolvers, *service.addresses, *service.transports)
        yield Field(f"service {number}", " ".join(parts), service.verified)
    for number, stay in enumerate(order.stay, 1):
        whom = stay.operator or "everybody"
        yield Field(f"stay {number}", f"{stay.starts_on} to {stay.ends_on or 'no end'} {whom}", stay.verified)
    for number, notice in enumerate(order.notice, 1):
        # Who enters a notice with its receipt has compared the two.
        parts = (notice.kind, notice.operator, notice.at.isoformat(), notice.receipt or "no receipt", *notice.names)
        yield Field(f"notice {number}", " ".join(parts), notice.receipt is not None, notice.by)


def _penalty(order: Order) -> Iterator[Field]:
    penalty = order.penalty_per_day
    if penalty is None:
        return
    yield Field("penalty_per_day", f"{penalty.amount} {penalty.currency}", penalty.verified)
    if penalty.per:
        yield Field("penalty_per_day.per", str(penalty.per), penalty.per_verified)
    if penalty.relapse is not None:
        yield Field("penalty_per_day.relapse", "yes" if penalty.relapse else "no", penalty.relapse_verified)


def _terms(terms: Terms) -> Iterator[Field]:
    whose = f"terms {terms.operator}"
    if terms.served_on:
        yield Field(f"{whose} served", str(terms.served_on), terms.served_verified)
    if terms.effective_from:
        yield Field(f"{whose} effective", str(terms.effective_from), terms.effective_verified)
    if terms.grace_days is not None:
        yield Field(f"{whose} grace", f"{terms.grace_days} days", terms.grace_verified)
    if terms.ends_on:
        yield Field(f"{whose} ends", str(terms.ends_on), terms.ends_verified)


def never_due(order: Order) -> bool:
    """Whether the instrument binds nobody: a letter, or a watch before any order."""
    return order.instrument in {Instrument.DEMAND, Instrument.WATCH}
