"""What an order file may not say: words that are none, days that cannot be, people who are not addressed."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from ipaddress import ip_address
from itertools import pairwise
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schema.names import slug
from schema.order import MAX_GRACE_DAYS, NoticeKind, StartsFrom
from schema.toml import did_you_mean

if TYPE_CHECKING:
    from schema.order import Order, Service, Terms
    from schema.toml import Document, Path

_ID: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MAX_ID_CHARS: Final = 100  # it becomes the name of a file
_AMOUNT: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_ZONE: Final = re.compile(r"UTC|[A-Z][A-Za-z]+(/[A-Z][A-Za-z_-]+)+")
_MISTAKEN: Final = "One of the two dates is mistaken."


def check_order(document: Document, at: Path, order: Order) -> None:
    """Refuse *order*, which stands at *at* of *document*, if a value of it cannot be; names are not looked at.

    Raises:
        OrderError: it says where and what to do.
    """
    _check_words(document, at, order)
    _check_penalty(document, at, order)
    _check_dates(document, at, order)
    _check_terms(document, at, order)
    _check_services(document, at, order)
    _check_stays(document, at, order)
    _check_notices(document, at, order)


def _check_words(document: Document, at: Path, order: Order) -> None:
    if not _ID.fullmatch(order.id) or len(order.id) > _MAX_ID_CHARS:
        raise document.error((*at, "id"), f"{order.id!r} is no id", "Write lower case letters, digits and hyphens.")
    for addressee in order.addressees:
        if not addressee or addressee != slug(addressee):
            remedy = (
                f"Write {slug(addressee)!r}." if slug(addressee) else "Write the operator in lower case with hyphens."
            )
            raise document.error((*at, "addressees"), f"{addressee!r} is no operator", remedy)
    for field, words in (("addressees", order.addressees), ("require_excluded", order.require_excluded)):
        for word, times in Counter(words).items():
            if times > 1:
                raise document.error((*at, field), f"{str(word)!r} stands twice", "Remove one of the two.")
    if not _ZONE.fullmatch(order.timezone):
        raise document.error((*at, "timezone"), f"{order.timezone!r} is no time zone", "Write it as Europe/Rome.")


def _check_penalty(document: Document, at: Path, order: Order) -> None:
    penalty = order.penalty_per_day
    if penalty and not _AMOUNT.fullmatch(penalty.amount):
        remedy = 'Write digits, with a point before cents, in quotes: "10000" or "10000.50".'
        raise document.error((*at, "penalty_per_day", "amount"), f"{penalty.amount!r} is no amount", remedy)
    if penalty and not _CURRENCY.fullmatch(penalty.currency):
        remedy = "Write the three letters of ISO 4217: EUR."
        raise document.error((*at, "penalty_per_day", "currency"), f"{penalty.currency!r} is no currency", remedy)


def _check_dates(document: Document, at: Path, order: Order) -> None:
    for field in ("terms_from", "confirmed_on", "starts_on"):
        _not_before_issue(document, (*at, field), getattr(order, field), order)
    if order.valid_to and order.valid_to < order.starts_on:
        remedy = "Leave valid_to out where no end is known."
        raise document.error(
            (*at, "valid_to"), f"{order.valid_to} is before the order starts, {order.starts_on}", remedy
        )
    if order.starts_on > date.max - timedelta(days=MAX_GRACE_DAYS + 2):
        raise document.error((*at, "starts_on"), f"{order.starts_on} lies too far ahead", "Check the year.")
    if order.starts_from is StartsFrom.CONFIRMATION and order.confirmed_on is None:
        remedy = "Write confirmed_on, or starts_from as long as nothing is confirmed."
        raise document.error((*at, "starts_from"), "time runs from a confirmation of which no day is said", remedy)
    for position, entry in enumerate(order.scope):
        for number, one in enumerate(entry.attached):
            _not_before_issue(document, (*at, "scope", position, "attached", number, "on"), one.on, order)


def _check_terms(document: Document, at: Path, order: Order) -> None:
    for position, terms in enumerate(order.terms):
        here = (*at, "terms", position)
        _addressed(document, (*here, "operator"), terms.operator, order)
        if any(other.operator == terms.operator for other in order.terms[:position]):
            raise document.error((*here, "operator"), f"{terms.operator!r} stands twice", "Write one table for each.")
        for field in ("served_on", "effective_from"):
            _not_before_issue(document, (*here, field), getattr(terms, field), order)
        if terms.ends_on and terms.ends_on < (start := _start(order, terms)):
            what = f"{terms.ends_on} is before these terms start, {start}"
            raise document.error((*here, "ends_on"), what, "Leave ends_on out where no end is known.")


def _start(order: Order, terms: Terms) -> date:
    return terms.effective_from or terms.served_on or order.starts_on


def _check_services(document: Document, at: Path, order: Order) -> None:
    for position, service in enumerate(order.service):
        here = (*at, "service", position)
        _addressed(document, (*here, "operator"), service.operator, order)
        for resolver in service.resolvers:
            if not resolver or resolver != slug(resolver):
                remedy = f"Write {slug(resolver)!r}." if slug(resolver) else "Write the id of a resolver."
                raise document.error((*here, "resolvers"), f"{resolver!r} is no id of a resolver", remedy)
        _check_addresses(document, here, service)


def _check_addresses(document: Document, here: Path, service: Service) -> None:
    for address in service.addresses:
        try:
            written = str(ip_address(address))
        except ValueError as error:
            remedy = "Write the number: 1.1.1.1 or 2606:4700:4700::1111. Nothing is looked up."
            raise document.error((*here, "addresses"), f"{address!r} is no address", remedy) from error
        if written != address:
            raise document.error((*here, "addresses"), f"{address!r} is not in its short form", f"Write {written!r}.")


def _check_stays(document: Document, at: Path, order: Order) -> None:
    for position, stay in enumerate(order.stay):
        here = (*at, "stay", position)
        if stay.operator:
            _addressed(document, (*here, "operator"), stay.operator, order)
        _not_before_issue(document, (*here, "starts_on"), stay.starts_on, order)
        if stay.ends_on and stay.ends_on < stay.starts_on:
            what = f"{stay.ends_on} is before the stay begins, {stay.starts_on}"
            raise document.error((*here, "ends_on"), what, _MISTAKEN)
    for operator in {stay.operator for stay in order.stay}:
        own = sorted((stay.starts_on, number) for number, stay in enumerate(order.stay) if stay.operator == operator)
        for (_, first), (begins, second) in pairwise(own):
            if (order.stay[first].ends_on or date.max) >= begins:
                what = f"the stay that begins on {begins} overlaps the one that begins on {order.stay[first].starts_on}"
                raise document.error((*at, "stay", second, "starts_on"), what, "Make one of the two, or mend a date.")


def _check_notices(document: Document, at: Path, order: Order) -> None:
    try:
        zone = ZoneInfo(order.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        what = f"the time zone {order.timezone!r} is not known"
        raise document.error((*at, "timezone"), what, "Write it as Europe/Rome.") from error
    for position, notice in enumerate(order.notice):
        here = (*at, "notice", position)
        _addressed(document, (*here, "operator"), notice.operator, order)
        try:
            day = notice.at.astimezone(zone).date()
        except OverflowError as error:
            raise document.error((*here, "at"), f"{notice.at} is on no calendar", "Check the year.") from error
        if notice.kind in {NoticeKind.SERVICE, NoticeKind.NOTIFICATION}:
            _not_before_issue(document, (*here, "at"), day, order)
        if notice in order.notice[:position]:
            raise document.error(here, "the same notice stands twice", "Remove one of the two.")


def _addressed(document: Document, at: Path, operator: str, order: Order) -> None:
    if operator not in order.addressees:
        raise document.error(at, f"{operator!r} is no addressee", did_you_mean(operator, order.addressees))


def _not_before_issue(document: Document, at: Path, day: date | None, order: Order) -> None:
    if day and day < order.issued_on:
        raise document.error(at, f"{day} is before the order was issued, {order.issued_on}", _MISTAKEN)
