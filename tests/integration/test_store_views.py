"""The views say what rounds, plans and runs came to, with the columns that people were promised."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from importlib.resources import files

import asyncpg
import pytest
from msgspec.structs import replace

from collector.status import fold_runs
from collector.store import Store
from collector.store.statements import load
from schema.record import Close, GapRange
from schema.words import Gap, How, Note, Origin, Outcome, State
from tests.integration.store_examples import NAME, POLICY, START, STEP, Fleet, publish, verdict
from tests.integration.test_store_judgements import UDP, sample, shown

HEX = "ab" * 32
PROMISED = {
    "current_status": "resolver operator name state since covered_until how origin label vantages networks absent notes "
    "sampled_at rule witness_digest indicative",
    "status_history": "resolver operator name state started_at ended_at covered_until how origin vantages networks samples "
    "longest_gap_s rule witness_digest",
    "endpoint_status": "resolver endpoint transport family name state since vantages networks",
    "verdicts": "plan at probe asn country resolver name outcome how origin label site blocked_n open_n notes rule witness_digest",
    "observations": "at plan cell probe asn role resolver transport endpoint name type profile rcode addresses ede rtt_us "
    "failure gap record_digest",
    "circumvention": "at plan probe asn name own_resolver own_how public_resolver addresses",
    "finding_days": "order_id operator resolver name day finding reason state networks samples_planned samples_countable "
    "first_witness last_witness rule amount currency",
    "findings": "order_id operator name due_on days_due days_compliant days_not_compliant days_undetermined amount_counted "
    "currency verified",
    "coverage": "plan at probe cells observed gaps missing closed sealed intercepted",
    "alternative_measures": "plan at probe asn country name address status failure withheld server location headers "
    "witness_digest",
    "interceptions": "plan at probe asn country resolver endpoint signs",
    "name_history": "name ground name_servers soa parked started_at covered_until vantages samples changed",
    "day_challenges": "order_id operator resolver name day challenge standing witness detail clause held plans",
    "compliance_speed": "order_id operator resolver name event notified_at limit_at standing after_s by_s within_limit",
    "compliance_speed_by_operator": "order_id operator event notifications already later not_yet not_seen median_after_s median_by_s "
    "p90_after_s p90_by_s within beyond undecided share_at_least share_at_most",
    "over_blocking": "resolver operator name reason label since ordered_until applies blocked_in open_in witness_digest",
    "block_reach": "resolver name at applies blocked_in open_in blocked_sites open_sites",
    "circumvention_spans": "name probe asn own_resolver public_resolver started_at covered_until ended_at plans lasted_s",
    "successors": "order_id family name state score grounds queued_at changed_at by reason seconded_by",
    "successor_events": "order_id family name at kind by reason score grounds",
    "plans": "plan number at window_s kind names vantages published_at",
    "orders": "order_id",
    "order_names": "order_id name",
    "resolvers": "resolver operator",
    "vantages": "probe asn country custodian",
}


@pytest.mark.parametrize("view", PROMISED)
def test_promised_columns(view: str) -> None:
    text = files("schema").joinpath("sql", "catalogue.txt").read_text()
    shown = re.search(rf"^VIEW analyst\.{view} .*\n((?:    .*\n)*)", text, re.MULTILINE)
    assert shown is not None
    columns = {line.split()[0] for line in shown[1].splitlines()}
    assert set(PROMISED[view].split()) <= columns


async def test_coverage_adds_up(store: Store) -> None:
    """A whole round, a round with gaps in lines and in the close, half a round, none, and one nobody began."""
    await store.ensure_deployment(lab=True, scenario=HEX, title="A lab")
    plans = {number: await publish(store, number) for number in (1, 2, 3, 4)}
    assert await store.coverage() == []
    fleet = Fleet()
    await store.insert_batch(fleet.batch(plans[1], "mi-01"))
    await store.put_judged(1, "mi-01", True, [])
    half = fleet.batch(plans[2], "mi-01", close=False)
    held = [
        one._replace(answer=None, rtt_us=None, gap=Gap.QUOTA) if one.line > 14 else one
        for one in half.observations[:16]
    ]
    close = Close(plans[2].plan_id, 20, 14, HEX, (GapRange(16, 19, Gap.BREAKER),))
    await store.insert_batch(half._replace(observations=held, closes=((1, 2, close),)))
    await store.insert_batch(fleet.batch(plans[3], "rm-01", cells=plans[3].of("rm-01")[:5], close=False))
    columns = ("plan", "at", "probe", "cells", "observed", "gaps", "missing", "closed", "sealed")
    assert {tuple(row["intercepted"]) for row in await store.coverage()} == {()}
    assert [tuple(row[column] for column in columns) for row in await store.coverage()] == [
        (plans[1].plan_id, START, "mi-01", 20, 20, 0, 0, True, True),
        (plans[1].plan_id, START, "rm-01", 12, 0, 0, 12, False, False),
        (plans[2].plan_id, START + STEP, "mi-01", 20, 14, 6, 0, True, False),
        (plans[2].plan_id, START + STEP, "rm-01", 12, 0, 0, 12, False, False),
        (plans[3].plan_id, START + 2 * STEP, "mi-01", 20, 0, 0, 20, False, False),
        (plans[3].plan_id, START + 2 * STEP, "rm-01", 12, 5, 0, 7, False, False),
    ]
    assert len(await store.coverage(["rm-01"], after=1, limit=1)) == 1


async def test_coverage_names_what_was_answered_by_another(store: Store) -> None:
    """Each round its own endpoints, sorted; a round in which nothing was shown has an empty list."""
    await store.ensure_deployment(lab=True, scenario=HEX, title="A lab")
    plans = {number: await publish(store, number) for number in (1, 2)}
    fleet = Fleet()
    for number, plan in plans.items():
        for probe in ("mi-01", "rm-01"):
            await store.insert_batch(fleet.batch(plan, probe))
            found = [shown(plan, probe), replace(shown(plan, probe), endpoint="tcp:1.1.1.1:53")]
            await store.put_judged(number, probe, True, [], found[:number] if probe == "mi-01" else [])
    assert [(row["plan_number"], row["probe"], row["intercepted"]) for row in await store.coverage()] == [
        (1, "mi-01", [UDP]),
        (1, "rm-01", []),
        (2, "mi-01", ["tcp:1.1.1.1:53", UDP]),
        (2, "rm-01", []),
    ]
    rows = await store.interceptions(["mi-01"])
    columns = ("plan", "at", "asn", "country", "resolver", "endpoint", "signs")
    assert [tuple(row[column] for column in columns) for row in rows[-1:]] == [
        (plans[1].plan_id, START, 3269, "IT", "cloudflare", UDP, ["canary", "whoami"])
    ]
    assert len(rows) == 3
    assert await store.interceptions(["rm-01"]) == []


async def test_coverage_of_measured_data_follows_the_clock(store: Store) -> None:
    """Outside a lab a plan has begun at its time, whether or not anybody was heard."""
    await store.ensure_deployment(lab=False)
    begun = await now(store) > START
    await publish(store, 1)
    await publish(store, 200_000)  # twenty years on
    assert len(await store.coverage()) == (2 if begun else 0)


async def now(store: Store) -> datetime:
    """The server's time."""
    async with store._connection() as connection:
        said: datetime = await connection.fetchval("SELECT now()")
    return said


async def test_circumvention_is_one_line_one_name_one_round(store: Store) -> None:
    plans = {number: await publish(store, number) for number in (1, 2)}
    fleet = Fleet()
    for number, plan in plans.items():
        for probe in ("mi-01", "rm-01"):
            await store.insert_batch(fleet.batch(plan, probe))
        own = verdict(plan, "mi-01", "isp-tim", outcome=Outcome.BLOCKED, how=How.LOOPBACK)
        outcome = Outcome.OPEN if number == 1 else Outcome.BLOCKED
        await store.put_judged(number, "mi-01", True, [own, verdict(plan, "mi-01", "cloudflare", outcome=outcome)])
        await store.put_judged(number, "rm-01", True, [verdict(plan, "rm-01", "cloudflare")])
    (row,) = await store.circumvention()
    assert (row["at"], row["plan"], row["probe"], row["asn"], row["name"]) == (
        START,
        plans[1].plan_id,
        "mi-01",
        3269,
        NAME,
    )
    assert (row["own_resolver"], row["own_how"], row["public_resolver"]) == ("isp-tim", "loopback", "cloudflare")
    assert row["addresses"] == ["198.51.100.7"]
    (counted,) = await store.circumvention_counts()
    assert (counted["rounds"], counted["first_at"], counted["last_at"]) == (1, START, START)


async def test_a_public_resolver_is_not_named_for_what_the_path_answers(store: Store) -> None:
    plan = await publish(store, 1)
    own = verdict(plan, "mi-01", "isp-tim", outcome=Outcome.BLOCKED, how=How.LOOPBACK)
    other = replace(verdict(plan, "mi-01", "cloudflare"), origin=Origin.UNATTRIBUTED)
    await store.put_judged(1, "mi-01", True, [own, other])
    assert await store.circumvention() == []


@pytest.mark.parametrize("origin", [Origin.UNATTRIBUTED, Origin.PATH])
async def test_a_block_is_walked_around_only_where_it_is_the_lines_own(store: Store, origin: Origin) -> None:
    """The resolver of the line's operator, not what somebody else may have said in its name."""
    plan = await publish(store, 1)
    own = verdict(plan, "mi-01", "isp-tim", outcome=Outcome.BLOCKED, how=How.LOOPBACK)
    for said, rows in ((replace(own, origin=origin), 0), (own, 1)):
        await store.put_judged(1, "mi-01", True, [said, verdict(plan, "mi-01", "cloudflare")])
        assert len(await store.circumvention()) == rows


async def test_a_public_resolver_that_answers_beside_a_device_is_a_way_around(store: Store) -> None:
    """Over its verified channel, whatever is answered on port 53 in its place."""
    plan = await publish(store, 1)
    own = verdict(plan, "mi-01", "isp-tim", outcome=Outcome.BLOCKED, how=How.LOOPBACK)
    beside = replace(verdict(plan, "mi-01", "cloudflare"), notes=(Note.PATH_INTERFERES,))
    await store.put_judged(1, "mi-01", True, [own, beside], [shown(plan, "mi-01")])
    (row,) = await store.circumvention()
    assert (row["own_resolver"], row["public_resolver"]) == ("isp-tim", "cloudflare")
    blocked = replace(
        verdict(plan, "mi-01", "cloudflare", outcome=Outcome.BLOCKED, how=How.NXDOMAIN), origin=Origin.PATH
    )
    await store.put_judged(1, "mi-01", True, [own, blocked], [shown(plan, "mi-01")])
    assert await store.circumvention() == []


async def test_an_endpoint_is_not_told_by_who_answers_in_its_place(store: Store) -> None:
    """One line forges blocks over UDP: the other line's word counts; where every line does, nothing is known."""
    tls = "tls:1.1.1.1:853#one.one.one.one"
    for number, forged in ((1, ["mi-01"]), (2, ["mi-01", "rm-01"])):
        plan = await publish(store, number)
        for probe in ("mi-01", "rm-01"):
            said = {UDP: Outcome.BLOCKED if probe in forged else Outcome.OPEN, tls: Outcome.OPEN}
            device = [shown(plan, probe)] if probe in forged else []
            await store.put_judged(number, probe, True, [verdict(plan, probe, "cloudflare", endpoints=said)], device)
    found = {row["endpoint"]: (row["state"], row["since"], row["networks"]) for row in await store.endpoint_status()}
    assert found == {UDP: ("open", START, 1), tls: ("open", START, 2)}


async def test_endpoints_are_told_apart(store: Store) -> None:
    """UDP begins to block in plan 3 after a silent plan 2; TLS never; IPv6 never decides; vantages differ over TCP."""
    udp, tls, v6, tcp = (
        "udp:1.1.1.1:53",
        "tls:1.1.1.1:853#one.one.one.one",
        "udp:[2606:4700:4700::1111]:53",
        "tcp:1.1.1.1:53",
    )
    says = {1: Outcome.OPEN, 2: Outcome.INSUFFICIENT, 3: Outcome.BLOCKED, 4: Outcome.BLOCKED, 5: Outcome.INSUFFICIENT}
    for number, outcome in says.items():
        plan = await publish(store, number)
        for probe in ("mi-01", "rm-01"):
            endpoints = {udp: outcome, tls: Outcome.OPEN, v6: Outcome.INSUFFICIENT}
            endpoints[tcp] = Outcome.FAILING if number == 4 and probe == "rm-01" else outcome
            endpoints[tcp] = Outcome.OPEN if number == 3 and probe == "rm-01" else endpoints[tcp]
            await store.put_judged(number, probe, True, [verdict(plan, probe, "cloudflare", endpoints=endpoints)])
    shown = {row["endpoint"]: row for row in await store.endpoint_status(["cloudflare"], [NAME])}
    columns = ("transport", "family", "state", "since", "vantages", "networks")
    assert {endpoint: tuple(row[column] for column in columns) for endpoint, row in shown.items()} == {
        udp: ("udp", 4, "blocked", START + 2 * STEP, 2, 2),
        tls: ("tls", 4, "open", START, 2, 2),
        v6: ("udp", 6, "insufficient", None, 0, 0),
        tcp: ("tcp", 4, "blocked", START + 3 * STEP, 1, 1),
    }


async def test_every_view_has_its_statement(store: Store, migrated_dsn: str) -> None:
    plan = await publish(store, 1)
    await store.insert_batch(Fleet().batch(plan, "mi-01"))
    await store.put_judged(1, "mi-01", True, [verdict(plan, "mi-01", "cloudflare")])
    one = sample(1, State.OPEN)
    await store.put_samples(1, [one])
    await store.replace_runs("cloudflare", NAME, fold_runs([one], POLICY))
    for read in (store.current_status, store.status_history, store.endpoint_status):
        assert len(await read()) == len(await read(["cloudflare"], [NAME])) == len(await read(["cloudflare"])) > 0
        assert await read(["nobody"], [NAME]) == []
    assert await store.findings() == await store.finding_days("o") == await store.orders() == []
    connection = await asyncpg.connect(migrated_dsn)
    (row,) = await connection.fetch("SELECT * FROM analyst.verdicts")
    assert (row["at"], row["plan"], row["outcome"], row["open_n"], row["country"]) == (
        START,
        plan.plan_id,
        "open",
        6,
        "IT",
    )
    await connection.close()


def test_statements_read_views_alone() -> None:
    for name, statement in load("views.sql").items():
        read = set(re.findall(r"\b(?:FROM|JOIN)\s+([\w.]+)", statement))
        assert {source.split(".")[0] for source in read} == {"analyst"}, name


async def test_history_reads_runs_alone(store: Store, migrated_dsn: str) -> None:
    """Whatever lies behind it: no verdict, sample or observation is read, and runs are found by their key."""
    await publish(store, 1)
    await store.replace_runs("cloudflare", NAME, fold_runs([sample(1, State.OPEN)], POLICY))
    connection = await asyncpg.connect(migrated_dsn)
    try:
        await connection.execute(
            "INSERT INTO derived.run SELECT 'x' || n, 'y.', now(), NULL, now(), 1, 1, 1, 0, 'open', NULL, NULL, NULL, 'r', NULL, '{}' "
            "FROM generate_series(1, 5000) AS n"
        )
        await connection.execute("ANALYZE derived.run")
        statement = (
            load("views.sql")["history_of_pair"].rstrip(";").replace("$1", "'cloudflare'").replace("$2", f"'{NAME}'")
        )
        (plan,) = json.loads(await connection.fetchval("EXPLAIN (FORMAT JSON) " + statement))
    finally:
        await connection.close()
    text = json.dumps(plan)
    assert set(re.findall(r'"Relation Name": "(\w+)"', text)) == {"run", "resolver"}
    assert '"Index Name": "a_run_of_a_pair_starts_once"' in text
    assert not re.search(r'"Node Type": "Seq Scan"[^{}]*"Relation Name": "run"', text)


async def test_times_are_utc(store: Store) -> None:
    await publish(store, 1)
    one = sample(1, State.OPEN)
    await store.put_samples(1, [one])
    (row,) = await store.current_status()
    assert row["sampled_at"] == START
    assert row["sampled_at"].utcoffset() == timedelta(0)
