"""A ledger of four rounds a day under an order, and what came of each round, for the tests of what days come to."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from collector.compliance.amounts import key_of
from collector.findings import Findings
from collector.library import Library
from collector.status import Sample
from schema.cells import expand
from schema.order import DayRuleChoice, Measure, Order, Penalty, Scope, ScopeRule
from schema.plan import Plan, PlanVantage, plan_id, seal_plan
from schema.policy import Bound, Policy
from schema.words import How, Origin, State
from tests.integration.store_examples import COLLECTOR, KEYS, NAME, NAMES, POLICY, VANTAGES, Published, questions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collector.compliance.facts import FindingDay
    from collector.store import Store

ROME: Final = ZoneInfo("Europe/Rome")
FIRST: Final = date(2026, 3, 26)  # the clock goes forward on the fourth day
HOURS: Final = (1, 7, 13, 19)
SOURCE: Final = "invented for this test"


def order(**changes: Any) -> Order:
    """An order on one name, issued on the first day, due from the third; everything is verified."""
    given: dict[str, Any] = {
        "id": "an-order",
        "title": "An order",
        "authority": "A court",
        "issued_on": FIRST,
        "addressees": ("cloudflare",),
        "starts_on": FIRST,
        "starts_verified": True,
        "grace_days": 1,
        "grace_verified": True,
        "penalty_per_day": Penalty("10000", "EUR", verified=True, source=SOURCE),
        "measure": Measure(dns_only=True, verified=True, source=SOURCE),
        "scope": (Scope(NAME, ScopeRule.EXACT, verified=True, source=SOURCE),),
    }
    return Order(**given | changes)


def daily() -> DayRuleChoice:
    """One round a day is enough."""
    return DayRuleChoice("daily_90", verified=True, source=SOURCE)


def starts(number: int) -> datetime:
    """When plan *number* starts, in UTC: four a day on the wall."""
    days, turn = divmod(number - 1, len(HOURS))
    return datetime.combine(FIRST + timedelta(days=days), time(HOURS[turn]), ROME).astimezone(UTC)


#: Who judged the rounds knew from when the order's names are due.
KNOWING: Final = replace(
    POLICY, bound=(Bound(NAMES, ("cloudflare",), datetime.combine(FIRST + timedelta(days=2), time(), ROME)),)
)


async def publish(store: Store, numbers: Iterable[int], *, policy: Policy = KNOWING) -> dict[int, Published]:
    """Enrol the fleet and publish plans."""
    for vantage in VANTAGES:
        await store.add_vantage(vantage, KEYS[vantage.id].public_key, starts(1))
    asked, judged = await store.put_questions(questions()), await store.put_policy(policy)
    enrolled = tuple(PlanVantage(one.id, one.asn, one.country, one.operator) for one in VANTAGES)
    published: dict[int, Published] = {}
    for number in numbers:
        plan = Plan(1, number, starts(number), 60.0, "00" * 16, asked, judged, enrolled)
        envelope = seal_plan(plan, COLLECTOR)
        await store.put_plan(envelope, plan)
        published[number] = Published(plan, plan_id(envelope.payload), expand(questions()))
    return published


def sample(number: int, state: State, name: str = NAME, **changes: Any) -> Sample:
    """Both vantages say the same of Cloudflare, by its certificate."""
    decided = state in {State.OPEN, State.BLOCKED}
    given: dict[str, Any] = {
        "plan_number": number,
        "at": starts(number),
        "resolver": "cloudflare",
        "name": name,
        "state": state,
        "how": How.NXDOMAIN if state is State.BLOCKED else None,
        "origin": Origin.RESOLVER if decided else None,
        "label": None,
        "vantages": len(VANTAGES),
        "networks": len(VANTAGES),
        "absent": 0,
        "notes": (),
        "rule": "address_in_control",
        "witness_digest": sha256(f"{number} {name}".encode()).hexdigest(),
        "indicative": False,
        "enrolled": len(VANTAGES),
        "dissenting": 0,
        "supporters": tuple(sorted(one.id for one in VANTAGES)),
    }
    return Sample(**given | changes)


async def fold(store: Store, *samples: Sample) -> None:
    """Keep *samples* as a judge does: samples first, and that the round is judged last."""
    for one in samples:
        await store.put_samples(one.plan_number, [one])
        await store.put_judged(one.plan_number, VANTAGES[0].id, True, [])


def findings(store: Store, *, on: date | None = None) -> Findings:
    """A process that finds days; on the morning of the day *on* by its clock."""
    now = datetime.combine(on or FIRST, time(0, 5), ROME)
    return Findings(store, Library(store), now=lambda: now)


async def found(store: Store) -> dict[date, FindingDay]:
    """The rows of Cloudflare and the name, by day."""
    rows = await store.stored_days("an-order")
    assert len({key_of(row) for row in rows}) == len(rows)
    return {row.day: row for row in rows if (row.resolver, row.name) == ("cloudflare", NAME)}
