"""What days cost: a look when nothing happened, a round of a day that goes on, a day's end, an order found anew."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from collector.findings import Findings
from collector.library import Library
from collector.status import Sample
from collector.store import Store
from schema.order import Order, Scope, ScopeRule
from schema.plan import Plan, PlanVantage, seal_plan
from schema.words import Origin, State
from tests.bench.figures import Figure
from tests.bench.serving import database, postgres
from tests.integration.store_examples import COLLECTOR, KEYS, POLICY, VANTAGES, questions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DAYS: Final = 28
A_DAY: Final = 144  # a round every ten minutes
NAMES: Final = ("kickasstorrents.to.", "limetorrents.pro.", "ilcorsaronero.pro.")
YEARS: Final = 4  # for which the order runs before anybody measures
_FIRST: Final = datetime(2026, 2, 1, 0, 5, tzinfo=UTC)
ROWS: Final = (
    "findings: a look when nothing happened",
    "findings: a round of a day that goes on",
    "findings: a day's end",
    "findings: an order found anew",
)


def findings(say: Callable[[str], None]) -> Iterator[Figure]:
    """Days of three names under one order, open all the time, a round every ten minutes."""
    with postgres() as server:
        told = asyncio.run(_measure(server, say))
    rows = f"{told['rows']:.0f} rows of {len(NAMES)} names and {YEARS} years before them stored"
    yield Figure(ROWS[0], told["look_ms"], "ms", note=f"every five seconds; {rows}")
    yield Figure(ROWS[1], told["round_ms"], "ms", note="each plan, after it was folded")
    yield Figure(ROWS[2], told["end_ms"], "ms", note=f"once a day; {A_DAY} rounds, sums of {rows}, challenges left out")
    yield Figure(
        ROWS[3], told["whole_s"], "s",
        note=f"once a new version; {DAYS} days of {A_DAY} rounds, {told['per_day_ms']:.0f} ms each, and {YEARS} years of no rounds",
    )  # fmt: skip


async def _measure(server: object, say: Callable[[str], None]) -> dict[str, float]:
    async with database(server) as name:  # type: ignore[arg-type]  # a server
        store = await Store.connect(server.dsn("ottempera", name))  # type: ignore[attr-defined]  # a server
        try:
            return await _times(store, say)
        finally:
            await store.close()


async def _times(store: Store, say: Callable[[str], None]) -> dict[str, float]:
    await store.ensure_deployment(lab=False)
    for vantage in VANTAGES:
        await store.add_vantage(vantage, KEYS[vantage.id].public_key, _FIRST)
    asked, policy = await store.put_questions(questions(NAMES)), await store.put_policy(POLICY)
    enrolled = tuple(PlanVantage(one.id, one.asn, one.country, one.operator) for one in VANTAGES)
    for number in range(1, DAYS * A_DAY + 1):
        plan = Plan(1, number, _starts(number), 60.0, "00" * 16, asked, policy, enrolled)
        await store.put_plan(seal_plan(plan, COLLECTOR), plan)
        await store.put_samples(number, [_sample(number, one) for one in NAMES])
    say(f"  {DAYS * A_DAY:,} plans and {DAYS * A_DAY * len(NAMES):,} samples stored")
    issued = (_FIRST - timedelta(days=365 * YEARS)).date()
    scope = tuple(Scope(one, ScopeRule.EXACT) for one in NAMES)
    order = Order(
        id="an-order", title="An order", authority="Nobody", issued_on=issued, addressees=("cloudflare",),
        starts_on=issued, grace_days=30, scope=scope,
    )  # fmt: skip
    await store.append_order(order, by="Bench", reason="bench", at=_FIRST)
    clock = [_FIRST + timedelta(days=DAYS)]
    job = Findings(store, Library(store), now=lambda: clock[0])
    told = {"whole_s": await _timed(job)}
    told["rows"] = len(await store.stored_days("an-order"))
    told["look_ms"] = 1000 * min([await _timed(job) for _ in range(5)])
    newest = DAYS * A_DAY
    clock[0] -= timedelta(days=1)
    await job.update()  # the last day goes on again
    await store.put_samples(newest, [_sample(newest, one) for one in NAMES])
    told["round_ms"] = 1000 * await _timed(job)
    clock[0] += timedelta(days=1)
    told["end_ms"] = 1000 * await _timed(job)
    measured = told["whole_s"] - told["end_ms"] / 1000
    return told | {"per_day_ms": 1000 * measured / DAYS}


async def _timed(job: Findings) -> float:
    began = time.perf_counter()
    await job.update()
    return time.perf_counter() - began


def _starts(number: int) -> datetime:
    return _FIRST + timedelta(minutes=10) * (number - 1)


def _sample(number: int, name: str) -> Sample:
    return Sample(
        plan_number=number, at=_starts(number), resolver="cloudflare", name=name, state=State.OPEN, how=None,
        origin=Origin.RESOLVER, label=None, vantages=2, networks=2, absent=0, notes=(), rule="address_in_control",
        witness_digest=sha256(f"{number} {name}".encode()).hexdigest(), indicative=False, enrolled=2, dissenting=0,
        supporters=("mi-01", "rm-01"),
    )  # fmt: skip
