"""The alternative measure over a real collector: who is asked, what is kept of it, and that no verdict ever rests on it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from collector.compliance.bounds import Bounds
from collector.compliance.dayrules import DAILY_90
from collector.compliance.facts import Measured
from collector.compliance.measures import UNTESTED, measured
from collector.engine import Engine
from collector.findings.sites import rounds_that_ask
from collector.judging import rebuild
from collector.library import Library
from collector.measures import Measuring
from collector.metrics import Metrics
from collector.planner import SITE_PLANS, Planner
from collector.planning.asking import Asking
from collector.questions import build_questions
from schema.cells import expand
from schema.codec import encode
from schema.plan import plan_id
from schema.words import Gap, Role
from tests.helpers.batches import NAMES, START, STEP, TRUE_ADDRESS, WORLD, Said, honest
from tests.helpers.collector import POLICY, collector, press, starts_at, stream

if TYPE_CHECKING:
    from collector.store import Store
    from schema.cells import Cell
    from schema.plan import Plan, PlanVantage

MEASURING = Measuring(("mi-01", "to-01"), "IT", any_address=True)


def planner(store: Store, measuring: Measuring = MEASURING) -> Planner:
    """A planner that lets sites be asked."""

    async def asked() -> Asking:
        questions = partial(build_questions, WORLD, NAMES, measuring=measuring)
        return Asking(questions, POLICY, NAMES if measuring.vantages else ())

    return Planner(press(store), asking=asked, starts_at=starts_at, window_s=60.0)


def script(cell: Cell, vantage: PlanVantage, number: int) -> Said | Gap:
    """The first site withholds itself from plan 3 on, and from mi-01 only; to-01 may not ask."""
    if cell.role is Role.MEASURE:
        if vantage.id == "to-01":
            return Gap.NEVER_PROBE
        return Said(status=451 if cell.name == NAMES[0] and number >= 3 else 200)
    return honest(cell, vantage, number)


async def cells_of(store: Store, plan: Plan) -> tuple[Cell, ...]:
    body = await store.questions(plan.questions)
    assert body is not None
    return expand(body)


async def played(store: Store, last: int) -> list[Plan]:
    """Plans up to *last*, each asked and judged before the next is published."""
    plans = []
    async with collector(store) as running:
        for number in range(1, last + 1):
            (plan,) = await planner(store).publish_through(number)
            identified = (plan_id(encode(plan)), plan)
            cells = await cells_of(store, plan)
            for vantage in plan.vantages:
                chain = f"{number:02x}" * 16
                for signed in stream(vantage, [identified], script, chain=chain, cells=cells):
                    reply = await running.post(signed)
                    assert reply.status == 201, reply.body
            await running.services.engine.idle()
            plans.append(plan)
    return plans


async def test_addresses_of_the_controls_are_asked_by_who_was_named(store: Store) -> None:
    first, second = await played(store, 2)
    assert not [cell for cell in await cells_of(store, first) if cell.role is Role.MEASURE], "nothing is known yet"
    assert await store.site_addresses(NAMES, SITE_PLANS) == [(name, TRUE_ADDRESS) for name in sorted(NAMES)]
    assert await store.site_addresses(["elsewhere.example."], SITE_PLANS) == []
    asked = [cell for cell in await cells_of(store, second) if cell.role is Role.MEASURE]
    assert [(cell.name, cell.endpoint, cell.countries, cell.vantages) for cell in asked] == [
        (name, f"https:{TRUE_ADDRESS}:443#{name[:-1]}/", ("IT",), ("mi-01", "to-01")) for name in NAMES
    ]
    (third,) = await planner(store, Measuring()).publish_through(3)
    assert not [cell for cell in await cells_of(store, third) if cell.role is Role.MEASURE]
    rows = {row["probe"]: row for row in await store.coverage() if row["plan_number"] == second.number}
    assert rows["to-01"]["cells"] == rows["rm-01"]["cells"] + len(asked), "on networks of which no resolver is"
    assert {probe: row["gaps"] for probe, row in rows.items()} == {"mi-01": 0, "rm-01": 0, "to-01": len(asked)}
    assert all(row["sealed"] and not row["missing"] for row in rows.values())


async def test_what_sites_answer_is_a_fact_of_its_own(store: Store) -> None:
    plans = await played(store, 3)
    found = await store.measures([*NAMES, "elsewhere.example."], START, START + 3 * STEP)
    assert found["elsewhere.example."] == []
    assert [(one.plan_number, one.at, one.probe, one.country, one.status) for one in found[NAMES[0]]] == [
        (2, plans[1].starts_at, "mi-01", "IT", 200),
        (3, plans[2].starts_at, "mi-01", "IT", 451),
    ]
    plans_of = await store.plans_of_days(START, START + 3 * STEP)
    asked = await rounds_that_ask(store, Library(store), plans_of, [*NAMES, "elsewhere.example."])
    day = Bounds(START, START + 3 * STEP)
    both = [(number, probe, "IT") for number in (2, 3) for probe in ("mi-01", "to-01")]
    assert {
        name: [(one.plan_number, one.probe, one.country) for one in own] for name, own in asked.items()
    } == dict.fromkeys(NAMES, both), (
        "nothing was known of sites before the second plan; what to-01 does not allow was asked for"
    )
    alone = [one for one in asked[NAMES[1]] if one.probe == "mi-01"]
    seen, other = found[NAMES[0]], found[NAMES[1]]
    assert measured(seen, asked[NAMES[0]], DAILY_90, day, "IT") == (Measured.SEEN, seen[1].witness_digest)
    assert measured(other, asked[NAMES[1]], DAILY_90, day, "IT") == UNTESTED
    assert measured(other, alone, DAILY_90, day, "IT") == (Measured.NOT_SEEN, other[0].witness_digest)
    earlier = await store.measures(NAMES, START, plans[2].starts_at)
    assert [one.plan_number for one in earlier[NAMES[0]]] == [2], "the end of a span is not in it"
    async with store._connection() as connection:
        rows = await connection.fetch(
            "SELECT plan_number, probe, country, address, status, failure, withheld, server, location, witness_digest, "
            "headers FROM analyst.alternative_measures WHERE name = $1 ORDER BY plan_number",
            NAMES[0],
        )
        witnessed = await connection.fetchval(
            "SELECT count(*) FROM analyst.observations WHERE role = 'measure' AND record_digest = ANY ($1)",
            [row["witness_digest"] for row in rows],
        )
    assert [tuple(row)[:9] for row in rows] == [
        (2, "mi-01", "IT", TRUE_ADDRESS, 200, None, False, "lab", None),
        (3, "mi-01", "IT", TRUE_ADDRESS, 451, None, True, "lab", None),
    ]
    assert witnessed == len(rows)


async def test_no_verdict_rests_on_it(store: Store) -> None:
    """What was concluded of the plan without measures is concluded of the one with them."""
    first, _, third = await played(store, 3)
    said = [[replaced(verdict) for verdict in await store.verdicts_of(plan.number)] for plan in (first, third)]
    assert said[0] == said[1]
    assert {resolver for resolver, *_ in said[0]} == {"alpha", "beta", "isp-tim"}


def replaced(verdict: object) -> tuple[object, ...]:
    """What a verdict says, without where."""
    return tuple(
        getattr(verdict, field)
        for field in ("resolver", "name", "probe", "outcome", "rule", "counts", "endpoints", "notes")
    )


async def test_made_anew_it_is_the_same(store: Store) -> None:
    await played(store, 3)
    derived = await store.dump_derived()
    assert derived.count(b"\t451\t") == 1
    await store.clear_derived()
    assert b"\t451\t" not in await store.dump_derived()
    library, metrics = Library(store), Metrics()
    await rebuild(store, library, metrics)
    assert await store.dump_derived() == derived
    async with store._connection() as connection:
        await connection.execute("DELETE FROM derived.judged WHERE plan_number = 3")
    engine = Engine(store, library, metrics)
    await engine.start()
    await engine.idle()
    await engine.stop()
    assert await store.dump_derived() == derived, "and so it is after a crash that left a round half done"


@pytest.mark.parametrize("names", [(), NAMES])
async def test_an_empty_world(store: Store, names: tuple[str, ...]) -> None:
    assert await store.site_addresses(names, SITE_PLANS) == []
    assert await store.measures(names, START, START + STEP) == {name: [] for name in names}
