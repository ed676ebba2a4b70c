"""What runs before each plan and after each round finds its rows by an index, however much was ever measured."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import asyncpg
import pytest

from collector.looks import UNDECIDED_BY
from collector.store.statements import load
from tests.integration.store_examples import publish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collector.store import Store

PLANS: Final = 60
GROUNDS, JUDGEMENTS = load("grounds.sql"), load("judgements.sql")
#: Of each pair many conclusions, as sites and counts vary; of twenty one is of a pool, and of twenty one is undecided.
FILL: Final = (
    """
    INSERT INTO derived.conclusion
    SELECT row_number() OVER (), pair.resolver, pair.name, 'open', NULL, 'resolver', NULL, NULL,
        CASE turn % 20 WHEN 0 THEN 'answers_disagree' WHEN 1 THEN 'address_unknown' ELSE 'address_in_control' END,
        0, turn, 0, '{}', '{}'
    FROM (SELECT DISTINCT resolver, name FROM ledger.cell WHERE role = 'target') AS pair
    CROSS JOIN generate_series(1, 12000) AS turn
    """,
    """
    INSERT INTO derived.verdict (conclusion, plan_number, probe_no, witness, witness_digest)
    SELECT conclusion.conclusion, plan.number, vantage.probe_no, 1, sha256('record')
    FROM ledger.plan
    CROSS JOIN ledger.vantage
    INNER JOIN derived.conclusion ON conclusion.open_n / 20 % 600 = (7 * plan.number + vantage.probe_no) % 600
    """,
    "INSERT INTO derived.judged SELECT plan.number, vantage.probe_no, true FROM ledger.plan CROSS JOIN ledger.vantage",
    "SELECT ledger.make_partition(day) FROM (SELECT DISTINCT plan_day AS day FROM ledger.plan) AS days",
    """
    INSERT INTO ledger.answer
    SELECT turn, 1, 'NOERROR', '{}', ARRAY['198.51.100.' || turn % 200], '{}', '{}' FROM generate_series(1, 5000) AS turn
    """,
    """
    INSERT INTO ledger.observation
    SELECT 1 + (plan.number + turn) % 5000, plan.plan_day, plan.number, turn, 1, 1, 1, vantage.probe_no, 0, 0, 0
    FROM ledger.plan
    CROSS JOIN ledger.vantage
    CROSS JOIN generate_series(0, 400) AS turn
    """,
    """
    INSERT INTO derived.intercepted
    SELECT turn, 'cloudflare', 'udp:192.0.2.' || turn || ':53', '{canary}' FROM generate_series(1, 40) AS turn
    """,
    """
    INSERT INTO derived.interception
    SELECT intercepted.intercepted, plan.number, vantage.probe_no
    FROM derived.intercepted
    CROSS JOIN ledger.plan
    CROSS JOIN ledger.vantage
    """,
    """
    INSERT INTO derived.name_said
    SELECT turn, 'name' || turn || '.to.', 'alive', '{}', '', false FROM generate_series(1, 100) AS turn
    """,
    """
    INSERT INTO derived.name_fact
    SELECT name_said.said, plan.number, vantage.probe_no
    FROM derived.name_said
    CROSS JOIN ledger.plan
    CROSS JOIN ledger.vantage
    """,
    """
    INSERT INTO derived.name_sample
    SELECT name_said.said, plan.number, 1, name_said.name FROM derived.name_said CROSS JOIN ledger.plan
    """,
    "ANALYZE",
)
GROWING: Final = frozenset({"conclusion", "verdict", "interception", "name_fact", "name_sample"})
PROBE: Final = "(SELECT min(probe) FROM ledger.vantage)"
RULES: Final = "'{" + ",".join(sorted(UNDECIDED_BY)) + "}'"


def nodes(plan: object) -> Iterator[dict[str, object]]:
    """Every node of an execution plan in JSON that reads a table."""
    if isinstance(plan, dict):
        if "Relation Name" in plan:
            yield plan
        for part in plan.values():
            yield from nodes(part)
    elif isinstance(plan, list):
        for part in plan:
            yield from nodes(part)


@pytest.fixture
async def filled(store: Store, migrated_dsn: str) -> str:
    """The database of a fleet that has measured for long."""
    for number in range(1, PLANS + 1):
        await publish(store, number)
    connection = await asyncpg.connect(migrated_dsn)
    try:
        for statement in FILL:
            await connection.execute(statement)
    finally:
        await connection.close()
    return migrated_dsn


async def test_nothing_grows_with_the_ledger(store: Store, filled: str) -> None:
    asked = {
        "pooled_pairs": (GROUNDS["pooled_pairs"], "12", "interval '1 hour'"),
        "sights": (GROUNDS["sights"], RULES, "12"),
        "interceptions_of": (GROUNDS["interceptions_of"], "30"),
        "forget_interceptions": (GROUNDS["forget_interceptions"], "30", PROBE),
        "forget_names": (GROUNDS["forget_names"], "30", PROBE),
        "names_of": (GROUNDS["names_of"], "30"),
        "name_samples": (GROUNDS["name_samples"], "ARRAY['name1.to.']"),
        "forget_round": (JUDGEMENTS["forget_round"], "30", PROBE),
        "coverage": ("SELECT * FROM analyst.coverage WHERE plan_number = $1", "30"),
    }
    connection = await asyncpg.connect(filled)
    try:
        for what, (statement, *arguments) in asked.items():
            text = re.sub(r"\$(\d)", lambda found: arguments[int(found[1]) - 1], statement.rstrip().rstrip(";"))  # noqa: B023  used at once
            plan = json.loads(await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {text}"))
            read = list(nodes(plan))
            assert read, what
            for one in read:
                grows = one["Relation Name"] in GROWING or str(one["Relation Name"]).startswith("observation_")
                assert not (grows and one["Node Type"] == "Seq Scan" and one["Actual Rows"]), (
                    what,
                    one["Relation Name"],
                )
    finally:
        await connection.close()
    assert await store.pooled_pairs(12, timedelta(hours=1))
    assert await store.sights(UNDECIDED_BY, 12)
