"""Order files: who is bound by which instrument, for which names, from when; each fact with its source and its doubts.

An order is written in TOML by a person with the document at hand. `verified = true` says that a named person compared the
value with the document; no day may be counted while a value it needs is unverified or stands under `[[unknown]]`.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

from msgspec import Meta
from msgspec.structs import replace

from schema.codec import Digest, Instant, Wire
from schema.errors import ConfigError, FormatError
from schema.names import canonical, slug
from schema.toml import Document as TomlDocument
from schema.toml import Path, convert, load
from schema.words import Transport

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")

_ID: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_AMOUNT: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_ZONE: Final = re.compile(r"UTC|[A-Z][A-Za-z]+(/[A-Z][A-Za-z_-]+)+")

# No control characters: what stands in an order is shown on terminals and in reports.
Text = Annotated[str, Meta(min_length=1, max_length=1000, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
Source = Annotated[str, Meta(max_length=1000, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
Territory = Annotated[str, Meta(pattern="^([A-Z]{2})?$")]
MAX_GRACE_DAYS: Final = 3650


class OrderError(ConfigError):
    """An order file that cannot be followed; the message names line and field."""


class ScopeRule(StrEnum):
    """Which names an entry of the scope covers."""

    EXACT = "exact"  # the name as written
    SUBTREE = "subtree"  # the name and everything below it
    SAME_LABEL_ANY_TLD = "same_label_any_tld"  # the same label directly left of any public suffix
    LISTED_ALIAS = "listed_alias"  # a name of the order's annex or of a later notice
    ADJUDICATED = "adjudicated"  # names that a named person attached, one by one


class StartsFrom(StrEnum):
    """The event from which the time to comply runs."""

    ORDER = "order"
    SERVICE = "service"
    PUBLICATION = "publication"
    NOTICE = "notice"
    CONFIRMATION = "confirmation"


class Instrument(StrEnum):
    """What kind of instrument it is; only the first two ever fall due."""

    INJUNCTION = "injunction"  # of a court
    AUTHORITY_ORDER = "authority_order"  # of an authority: a list with the time to follow it
    DEMAND = "demand"  # a letter: followed or not, nobody is bound by it
    WATCH = "watch"  # nobody has ordered anything yet: what was there before an order


class Per(StrEnum):
    """What a day's sum is for."""

    ORDER = "order"  # once a day, however many names and services
    NAME = "name"  # for each name
    SERVICE = "service"  # for each name and each service


class NoticeKind(StrEnum):
    """What passed between the parties."""

    SERVICE = "service"  # the order reached the addressee
    NOTIFICATION = "notification"  # names were notified to it
    DEMAND = "demand"
    REPLY = "reply"


class Confidence(StrEnum):
    """How well the sources carry a value that nobody has verified."""

    HIGH = "high"  # a primary source, or two independent ones
    MEDIUM = "medium"  # one decent source
    LOW = "low"  # old, weak, or one account only


class Attached(Wire, frozen=True):
    """A later name of the same site: which, by whom, since when, why and on what evidence."""

    name: Text
    by: Text
    on: date
    reason: Text
    evidence: Text


class Scope(Wire, frozen=True):
    """One entry of what is to be withheld; `family` groups the names of one site."""

    name: Text
    rule: ScopeRule
    family: Source = ""
    verified: bool = False
    confidence: Confidence | None = None
    source: Source = ""
    attached: tuple[Attached, ...] = ()


class Penalty(Wire, frozen=True):
    """What a day costs; the amount is a decimal number as text, never a binary fraction.

    `per` and `relapse` (whether a day counts that comes after one of compliance) are read the lowest way until
    `per_verified` and `relapse_verified`: once for the order, and up to the first compliance only.
    """

    amount: str
    currency: str
    verified: bool = False
    source: Source = ""
    per: Per | None = None
    per_verified: bool = False
    per_source: Source = ""
    relapse: bool | None = None
    relapse_verified: bool = False
    relapse_source: Source = ""


class Document(Wire, frozen=True):
    """The document that the values are compared with; `sha256` is of the file that counsel holds."""

    sha256: Digest
    title: Source = ""
    on: date | None = None
    verified: bool = False
    source: Source = ""


class Service(Wire, frozen=True):
    """Which of an addressee's resolvers are meant; what is left empty means all. No entry at all: every resolver it has."""

    operator: str
    resolvers: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    transports: tuple[Transport, ...] = ()
    verified: bool = False
    source: Source = ""


class Stay(Wire, frozen=True):
    """Days, both included, on which nobody was bound; without an end it goes on. `operator` empty: everybody's."""

    starts_on: date
    ends_on: date | None = None
    operator: str = ""
    reason: Source = ""
    verified: bool = False
    source: Source = ""


class Terms(Wire, frozen=True):
    """What holds for one addressee in place of the order's own terms; null means the order's."""

    operator: str
    legal_name: Source = ""
    served_on: date | None = None
    served_verified: bool = False
    served_source: Source = ""
    effective_from: date | None = None
    effective_verified: bool = False
    effective_source: Source = ""
    grace_days: Annotated[int, Meta(ge=0, le=MAX_GRACE_DAYS)] | None = None
    grace_verified: bool = False
    grace_source: Source = ""
    ends_on: date | None = None
    ends_verified: bool = False
    ends_source: Source = ""


class DayRuleChoice(Wire, frozen=True):
    """By which day rule (`collector.compliance.dayrules`) the order's days are counted, where it is not the usual one."""

    id: Text
    verified: bool = False
    source: Source = ""


class Measure(Wire, frozen=True):
    """Whether only the DNS answer counts (true), or another measure such as HTTP 451 complies too."""

    dns_only: bool
    verified: bool = False
    source: Source = ""


class Check(Wire, frozen=True):
    """That somebody compared a value with the document: `field` as `orders show` names it, `value` its text then."""

    field: Text
    value: Text
    document: Digest
    page: Text
    by: Text
    on: date


class Notice(Wire, frozen=True):
    """What passed between the parties and when; `names` empty means all; `receipt` is the hex SHA-256 of what shows it."""

    kind: NoticeKind
    operator: str
    at: Instant
    by: Text
    names: tuple[str, ...] = ()
    receipt: Digest | None = None
    receipt_name: Source = ""
    note: Source = ""


class Unknown(Wire, frozen=True):
    """A question that must be answered from the document before a day is counted."""

    field: Text
    question: Text


class Order(Wire, frozen=True, kw_only=True):
    """An instrument that obliges; days are calendar days in `timezone`, addressees are slugs, names have the final dot.

    `terms_from` is the first day on which these terms were in force, the day of issue where it is not said: what changed
    the terms later is a version with a later day, what corrects them one with the same. `territory` is a country (ISO
    3166-1) or empty. `grace_minutes` come on top of the days where a regime counts in minutes. `persons` is how many must have checked a value, and accept a successor. `valid_to` is the last day.
    """

    id: Text
    title: Text
    authority: Text
    instrument: Instrument = Instrument.INJUNCTION
    issued_on: date
    terms_from: date | None = None
    confirmed_on: date | None = None
    confirmed_verified: bool = False
    confirmed_source: Source = ""
    valid_to: date | None = None
    valid_to_verified: bool = False
    valid_to_source: Source = ""
    territory: Territory = "IT"
    document: Document | None = None
    persons: Annotated[int, Meta(ge=1, le=9)] = 1
    addressees: Annotated[tuple[str, ...], Meta(min_length=1)]
    timezone: str = "Europe/Rome"
    starts_on: date
    starts_from: StartsFrom = StartsFrom.ORDER
    starts_verified: bool = False
    starts_source: Source = ""
    grace_days: Annotated[int, Meta(ge=0, le=MAX_GRACE_DAYS)]
    grace_minutes: Annotated[int, Meta(ge=0, le=1439)] = 0
    grace_verified: bool = False
    grace_source: Source = ""
    penalty_per_day: Penalty | None = None
    service: tuple[Service, ...] = ()
    terms: tuple[Terms, ...] = ()
    stay: tuple[Stay, ...] = ()
    day_rule: DayRuleChoice | None = None
    measure: Measure | None = None
    require_excluded: tuple[Text, ...] = ()
    scope: tuple[Scope, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    notice: tuple[Notice, ...] = ()
    check: tuple[Check, ...] = ()

    @property
    def grace_ends_on(self) -> date:
        """`grace_days` after `starts_on`, whose own day is not counted."""
        return self.starts_on + timedelta(days=self.grace_days)

    @property
    def unverified(self) -> tuple[str, ...]:
        """The values that nobody has compared with the document."""
        found = [name for name in ("starts", "grace") if not getattr(self, f"{name}_verified")]
        if self.penalty_per_day and not self.penalty_per_day.verified:
            found.append("penalty_per_day")
        return (*found, *(f"scope {entry.name} ({entry.rule})" for entry in self.scope if not entry.verified))


def read_order(data: bytes, name: str) -> Order:
    """The order in *data*; *name* is what messages call the file.

    Raises:
        OrderError: not TOML, an unknown key or word, a value that cannot be; it says where and what to do.
    """
    return _checked(load(data, name, OrderError), ())


def inline_orders(data: bytes, name: str) -> tuple[Order, ...]:
    """The orders that a scenario carries as `[[order]]` tables.

    Raises:
        OrderError: as `read_order`; also an id that stands twice.
    """
    document = load(data, name, OrderError)
    tables = document.tables.get("order", [])
    if not isinstance(tables, list):
        raise document.error(("order",), "one table in place of a list", "Write [[order]] with two brackets.")
    orders = tuple(_checked(document, ("order", position)) for position in range(len(tables)))
    for identifier in _twice(order.id for order in orders):
        position = max(number for number, order in enumerate(orders) if order.id == identifier)
        raise document.error(
            ("order", position, "id"), f"{identifier!r} stands twice", "Give each order an id of its own."
        )
    return orders


def _checked(document: TomlDocument, at: Path) -> Order:
    order = convert(document, Order, at)
    _check_words(document, at, order)
    _check_dates(document, at, order)
    scope = tuple(_checked_scope(document, (*at, "scope", i), entry) for i, entry in enumerate(order.scope))
    for key in _twice((entry.name, entry.rule) for entry in scope):
        position = max(number for number, entry in enumerate(scope) if (entry.name, entry.rule) == key)
        raise document.error((*at, "scope", position), f"{key[0]} stands twice as {key[1]}", "Remove one of the two.")
    return replace(order, scope=scope)


def _check_words(document: TomlDocument, at: Path, order: Order) -> None:
    if not _ID.fullmatch(order.id):
        raise document.error((*at, "id"), f"{order.id!r} is no id", "Write lower case letters, digits and hyphens.")
    for addressee in order.addressees:
        if not addressee or addressee != slug(addressee):
            remedy = (
                f"Write {slug(addressee)!r}." if slug(addressee) else "Write the operator in lower case with hyphens."
            )
            raise document.error((*at, "addressees"), f"{addressee!r} is no operator", remedy)
    for addressee in _twice(order.addressees):
        raise document.error((*at, "addressees"), f"{addressee!r} stands twice", "Remove one of the two.")
    if not _ZONE.fullmatch(order.timezone):
        raise document.error((*at, "timezone"), f"{order.timezone!r} is no time zone", "Write it as Europe/Rome.")
    penalty = order.penalty_per_day
    if penalty and not _AMOUNT.fullmatch(penalty.amount):
        remedy = 'Write digits, with a point before cents, in quotes: "10000" or "10000.50".'
        raise document.error((*at, "penalty_per_day", "amount"), f"{penalty.amount!r} is no amount", remedy)
    if penalty and not _CURRENCY.fullmatch(penalty.currency):
        remedy = "Write the three letters of ISO 4217: EUR."
        raise document.error((*at, "penalty_per_day", "currency"), f"{penalty.currency!r} is no currency", remedy)


def _check_dates(document: TomlDocument, at: Path, order: Order) -> None:
    for field, day in (("confirmed_on", order.confirmed_on), ("starts_on", order.starts_on)):
        if day and day < order.issued_on:
            remedy = "One of the two dates is mistaken."
            raise document.error((*at, field), f"{day} is before the order was issued, {order.issued_on}", remedy)
    if order.valid_to and order.valid_to < order.starts_on:
        remedy = "Leave valid_to out where no end is known."
        raise document.error(
            (*at, "valid_to"), f"{order.valid_to} is before the order starts, {order.starts_on}", remedy
        )
    if order.starts_on > date.max - timedelta(days=MAX_GRACE_DAYS):
        raise document.error((*at, "starts_on"), f"{order.starts_on} lies too far ahead", "Check the year.")


def _checked_scope(document: TomlDocument, at: Path, entry: Scope) -> Scope:
    if entry.attached and entry.rule is not ScopeRule.ADJUDICATED:
        remedy = f"Give the attached names an entry with rule = {ScopeRule.ADJUDICATED.value!r}."
        raise document.error((*at, "attached"), f"an entry with the rule {entry.rule} takes no attached names", remedy)
    attached = tuple(
        replace(name, name=_name(document, (*at, "attached", i), name.name)) for i, name in enumerate(entry.attached)
    )
    for name in _twice(name.name for name in attached):
        raise document.error((*at, "attached"), f"{name} is attached twice", "Remove one of the two.")
    return replace(entry, name=_name(document, at, entry.name), attached=attached)


def _name(document: TomlDocument, at: Path, text: str) -> str:
    try:
        name = canonical(text)
    except FormatError as error:
        raise document.error((*at, "name"), str(error), error.remedy or "Write a domain name: example.org") from error
    if name.count(".") == 1:
        raise document.error((*at, "name"), f"{text!r} is a whole top level domain", "Write the name of one site.")
    return name


def _twice(things: Iterable[T]) -> list[T]:
    return [thing for thing, times in Counter(things).items() if times > 1]
