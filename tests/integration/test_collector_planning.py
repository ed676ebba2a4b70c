"""Plans ask more often where answers were seen to differ, and once again when that has passed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from collector.looks import UNDECIDED_BY
from collector.planner import LOOK_PLANS, POOL_PLANS
from collector.questions import POOL_REPEATS, build_questions
from schema.cells import expand
from schema.codec import encode
from schema.plan import plan_id
from schema.verdict import Counts, Verdict
from schema.words import Note, Origin, Outcome, Role
from tests.helpers.batches import NAMES, WORLD, Said, honest
from tests.helpers.collector import collector, enrol, stream
from tests.helpers.collector import planning as steady

if TYPE_CHECKING:
    from collector.planner import Planner
    from collector.store import Store
    from schema.cells import Cell
    from schema.plan import Plan, PlanVantage

ELSEWHERE = "93.184.215.99"


async def most_asked(store: Store, plan: Plan) -> dict[str, int]:
    """By name, how often *plan* puts a question to alpha."""
    body = await store.questions(plan.questions)
    assert body is not None
    often: dict[str, int] = {}
    for cell in expand(body):
        if cell.role is Role.TARGET and cell.resolver == "alpha":
            often[cell.name] = max(often.get(cell.name, 0), cell.repeat + 1)
    return often


def judged(plan: Plan, *notes: Note) -> Verdict:
    """What a round says of alpha and the first name."""
    named = plan_id(encode(plan))
    return Verdict(
        named, "mi-01", "alpha", NAMES[0], Outcome.OPEN, None, Origin.RESOLVER, None, None, "address_in_control", 0,
        "ab" * 32, Counts(0, 1, 0), {}, notes,
    )  # fmt: skip


@pytest.fixture
async def planning(store: Store) -> Planner:
    """A planner of steps of six hours."""
    await enrol(store)
    return _planner(store)


def _planner(store: Store, *, look: bool = False) -> Planner:
    return steady(store, partial(build_questions, WORLD, NAMES, look=look))


async def test_later_plans_repeat_what_showed_a_pool(store: Store, planning: Planner) -> None:
    """What is published stands; the plans after it repeat as long as the pool was seen among the newest."""
    first = await planning.publish_through(2)
    await store.put_judged(1, "mi-01", True, [judged(first[0], Note.POOL)])
    (third,) = await planning.publish_through(3)
    once, often = dict.fromkeys(NAMES, 1), {NAMES[0]: POOL_REPEATS, NAMES[1]: 1}
    assert [await most_asked(store, plan) for plan in (*first, third)] == [once, once, often]
    plans = [*first, third, *await planning.publish_through(POOL_PLANS + 1)]
    for plan in plans[1:POOL_PLANS]:
        await store.put_judged(plan.number, "mi-01", True, [judged(plan)])
    (still,) = await planning.publish_through(POOL_PLANS + 2)
    await store.put_judged(POOL_PLANS + 1, "mi-01", True, [judged(plans[POOL_PLANS])])
    (over,) = await planning.publish_through(POOL_PLANS + 3)
    assert (await most_asked(store, still), await most_asked(store, over)) == (often, once)
    assert over.questions == first[0].questions, "and the question set is the old one"


async def test_the_canary_is_nobodys_resolver(store: Store, planning: Planner) -> None:
    """It is in the plan's cells and in no list of resolvers."""
    await planning.publish_through(1)
    async with store._connection() as connection:
        asked = await connection.fetch(
            "SELECT role, resolver, transport FROM ledger.cell WHERE role = 'canary' ORDER BY cell"
        )
    assert [tuple(row) for row in asked] == [("canary", "no-dns", "udp"), ("canary", "no-dns", "tcp")]
    assert {row["resolver"] for row in await store.listed_resolvers()} == {one.id for one in WORLD.resolvers}


def somewhere_else(cell: Cell, vantage: PlanVantage, number: int) -> Said:
    """Alpha sends the first name where nobody else does."""
    if cell.role is Role.TARGET and cell.resolver == "alpha" and cell.name == NAMES[0] and cell.qtype == "A":
        return Said(0, (ELSEWHERE,))
    return honest(cell, vantage, number)


async def test_an_address_nobody_knows_is_looked_at_if_the_operator_wants_it(store: Store) -> None:
    """What a round showed goes into the next plan, once, with its name; without the wish nothing does."""
    async with collector(store) as running:
        plans = await running.published(1)
        for signed in stream(plans[0][1].vantages[0], plans, somewhere_else):
            assert (await running.post(signed)).status == 201
        await running.services.engine.idle()
    assert await store.sights(UNDECIDED_BY, LOOK_PLANS) == [("alpha", NAMES[0], ELSEWHERE)]
    looks: list[list[tuple[str, str]]] = []
    for number, look in ((2, False), (3, True)):
        (plan,) = await _planner(store, look=look).publish_through(number)
        body = await store.questions(plan.questions)
        assert body is not None
        looks.append([(one.name, one.endpoint) for one in expand(body) if one.role is Role.LOOK])
    assert looks == [[], [(NAMES[0], f"tls:{ELSEWHERE}:443#{NAMES[0].removesuffix('.')}")]]
