"""An order: who is bound by which instrument, for which names, from when; each fact with its source and its doubts.

It is written in TOML (`schema.order_file`) by a person with the document at hand. `verified = true` says that this person
compared the value with the document; no day may be counted while a value it needs is unverified or stands under
`[[unknown]]`.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta

from schema.codec import Digest, Instant, Wire
from schema.errors import ConfigError
from schema.words import Challenge, Transport

# No control characters: what stands in an order is shown on terminals and in reports.
Text = Annotated[str, Meta(min_length=1, max_length=1000, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
Source = Annotated[str, Meta(max_length=1000, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
Territory = Annotated[str, Meta(pattern="^([A-Z]{2})?$", max_length=2)]
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
    3166-1) or empty. `grace_minutes` come on top of the days where a regime counts in minutes. `persons` is how many must
    have checked a value, and accept a successor. `valid_to` is the last day.
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
    require_excluded: tuple[Challenge, ...] = ()
    scope: tuple[Scope, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    notice: tuple[Notice, ...] = ()
    check: tuple[Check, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that stands in it, sorted: those of its rules and those attached to them, with the final dot."""
        named = {entry.name for entry in self.scope}
        return tuple(sorted(named.union(one.name for entry in self.scope for one in entry.attached)))
