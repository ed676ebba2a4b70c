"""What a day is judged from and what it comes to: the samples of one resolver and name, and the row that is kept."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from schema.codec import Wire
from schema.words import Finding, State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collector.status.sample import Sample
    from schema.registry import Resolver


class Measured(StrEnum):
    """Whether another measure than withholding the name, such as HTTP 451, was seen on that day."""

    SEEN = "seen"
    NOT_SEEN = "not_seen"  # it was looked for, and something else was there
    NOT_TESTED = "not_tested"


class DaySample(NamedTuple):
    """One published plan of the day that asks the pair as target; `sample` is None while nothing came of it.

    `sweep`: the plan is of a sweep, and counts for no day, whichever way. `endpoints` are those at which every supporter
    that came to a conclusion came to the sample's state, and enough of them did; it is asked for only where an order means some of a resolver's
    addresses or transports, and None where nobody looked. `compared` is false where a cache may still hold what it was told
    before the first due day, and whoever judged the round did not know that day.
    """

    number: int
    at: datetime
    sample: Sample | None
    sweep: bool = False
    endpoints: frozenset[str] | None = None
    compared: bool = True


class DayFacts(NamedTuple):
    """One day of one resolver and name; `custodians` is who keeps each probe, by its id.

    `measured_by` is the hex leaf hash of the record that shows what `measure` says.
    Samples of another day may be among them, in any order: the order's time zone decides which are of this one.
    """

    resolver: Resolver
    name: str
    day: date
    samples: tuple[DaySample, ...]
    measure: Measured
    custodians: Mapping[str, str]
    measured_by: str | None = None


class FindingDay(Wire, frozen=True, omit_defaults=False, kw_only=True):
    """What one day came to: a row of `derived.finding_day`, whose comments say what each column is.

    Witnesses are hex leaf hashes. `reason_values` are `key=value`, for the wording of `reason_id` in another language
    than `reason`, which is English. `seen` is what the samples come to by themselves, as if the day were due and all
    of it verified. Amounts are exact decimals.
    """

    order_id: str
    operator: str
    resolver: str
    name: str
    day: date
    finding: Finding
    reason: str
    state: State
    networks: int
    samples_planned: int
    samples_countable: int
    first_witness: str | None
    last_witness: str | None
    rule: str
    amount: Decimal | None
    currency: str | None
    version: int
    reason_id: str
    would_be: Finding | None
    counted: bool
    vantages: int
    custodians: tuple[str, ...]
    samples_blocked: int
    amount_beside: Decimal | None
    reason_values: tuple[str, ...]
    seen: Finding


class FindingSum(Wire, frozen=True, omit_defaults=False, kw_only=True):
    """What the days of an order, operator and name add up to: a row of `derived.finding`.

    Days are calendar days. Where an operator has several resolvers, a day is what the worst of them makes it.
    """

    order_id: str
    operator: str
    name: str
    due_on: date | None
    days_due: int
    days_compliant: int
    days_not_compliant: int
    days_undetermined: int
    amount_counted: Decimal | None
    currency: str | None
    verified: bool
    days_partly_compliant: int
    days_not_testable: int
    days_would_be: int
    amount_would_be: Decimal | None
    missing: tuple[str, ...]


class FindingReading(Wire, frozen=True, omit_defaults=False, kw_only=True):
    """What the same days come to if time runs from one event or another: a row of `derived.finding_reading`.

    `reading` is a word of `schema.order.StartsFrom`. Nothing here is counted.
    """

    order_id: str
    operator: str
    name: str
    reading: str
    starts_on: date | None
    due_on: date | None
    days_due: int
    days_not_compliant: int
    amount: Decimal | None
    currency: str | None
    chosen: bool
