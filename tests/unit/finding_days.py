"""Invented orders, days and samples for tests of what days come to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from collector.compliance.amounts import settle_amounts
from collector.compliance.bounds import bounds
from collector.compliance.dayrules import rule_for
from collector.compliance.days import find_day
from collector.compliance.duty import Duties
from collector.compliance.facts import DayFacts, DaySample, FindingDay, Measured
from collector.compliance.history import History, Version
from collector.status.sample import Sample
from schema.order import DayRuleChoice, Measure, Order, Penalty, Scope, ScopeRule
from schema.registry import Resolver
from schema.words import Origin, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NAME, OTHER = "sito-uno.example.", "sito-due.example."
ALFA, FAMILY = Resolver(id="alfa", operator="Alfa DNS"), Resolver(id="alfa-family", operator="Alfa DNS")
DAY = date(2026, 1, 20)
ORDER = Order(
    id="invented",
    title="An invented order",
    authority="Tribunale inventato",
    issued_on=date(2026, 1, 10),
    addressees=("alfa-dns",),
    starts_on=date(2026, 1, 10),
    starts_verified=True,
    grace_days=3,
    grace_verified=True,
    penalty_per_day=Penalty(amount="10000", currency="EUR", verified=True),
    measure=Measure(dns_only=True, verified=True),
    scope=(
        Scope(name=NAME, rule=ScopeRule.EXACT, verified=True),
        Scope(name=OTHER, rule=ScopeRule.EXACT, verified=True),
    ),
)
DAILY = replace(ORDER, day_rule=DayRuleChoice(id="daily_90", verified=True))


def history(*orders: Order, by: str = "A. Rossi") -> History:
    """One version of each of *orders*."""
    return History(Version(n, one, datetime(2026, 1, 11, tzinfo=UTC), by) for n, one in enumerate(orders, 1))


def sample(**fields: Any) -> Sample:
    """An open sample that counts, but for *fields*."""
    made = Sample(
        plan_number=0,
        at=datetime(2026, 1, 20, tzinfo=UTC),
        resolver="alfa",
        name=NAME,
        state=State.OPEN,
        how=None,
        origin=Origin.RESOLVER,
        label=None,
        vantages=3,
        networks=3,
        absent=0,
        notes=(),
        rule="invented",
        witness_digest="ab" * 32,
        indicative=False,
        enrolled=3,
        dissenting=0,
        supporters=("v1", "v2", "v3"),
    )
    return replace(made, **fields)


def rounds(samples: Sequence[Sample | None], day: date = DAY) -> tuple[DaySample, ...]:
    """*samples* at equal distances over *day*; None is a round of which nothing came."""
    start, end = bounds(day, "Europe/Rome")
    step = (end - start) / max(1, len(samples))
    base = (day - date(2020, 1, 1)) // timedelta(days=1) * 1000
    return tuple(DaySample(base + n, start + step * n, one) for n, one in enumerate(samples))


def facts(
    samples: Iterable[DaySample], *, day: date = DAY, resolver: Resolver = ALFA, name: str = NAME,
    measure: Measured = Measured.NOT_TESTED,
) -> DayFacts:  # fmt: skip
    """A day of which *samples* are known."""
    return DayFacts(resolver, name, day, tuple(samples), measure, {"v1": "Uno", "v2": "Due", "v3": "Uno"})


def find(terms: History, days: Iterable[DayFacts]) -> list[FindingDay]:
    """Rows as they are before their amounts are settled."""
    duties = Duties(terms)
    found = []
    for one in days:
        duty = duties.of(one.resolver, one.name, one.day)
        found.append(find_day(duty, rule_for(duty.version or terms.newest), one, territory="IT"))
    return found


def settled(terms: History, days: Iterable[DayFacts]) -> list[FindingDay]:
    """Rows with their amounts."""
    return settle_amounts(terms, find(terms, days))
