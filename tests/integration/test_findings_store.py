"""Days are found as plans are folded, orders change and days end; whatever the order of arrival, a rebuild finds the same."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfoNotFoundError

import pytest
from msgspec.structs import replace

from collector.engine import Engine
from collector.findings import find_now
from collector.library import Library
from collector.metrics import Metrics
from collector.status import NameRun, NameSample
from collector.store import Store
from collector.store.grounds import NameRunsOf
from schema.dsse import Signer
from schema.errors import FormatError
from schema.order import Scope, ScopeRule, Service
from schema.registry import Resolver, Vantage
from schema.words import Challenge, Finding, Ground, Outcome, State, Transport
from tests.integration.findings_house import (
    FIRST,
    KNOWING,
    SOURCE,
    daily,
    findings,
    fold,
    found,
    order,
    publish,
    sample,
    starts,
)
from tests.integration.store_examples import NAME, NAMES, POLICY, VANTAGES, Fleet, verdict

if TYPE_CHECKING:
    from tests.integration.conftest import Databases

DAY = timedelta(days=1)
ENTERED = datetime(2026, 3, 25, 12, 0, tzinfo=UTC)
DAYS = 6
PLANS = 4 * DAYS
BLOCKED_FROM = 4 * 4 + 1  # the fifth day


def script(number: int) -> State:
    return State.OPEN if number < BLOCKED_FROM else State.BLOCKED


async def enter(store: Store, **changes: object) -> int:
    return await store.append_order(order(**changes), by="Anna", reason="the first", at=ENTERED)


async def played(store: Store, *, lab: bool = False) -> None:
    """Six days of four rounds, of which nothing is found yet."""
    await store.ensure_deployment(lab=lab, scenario="ab" * 32 if lab else None, title="A lab" if lab else None)
    await publish(store, range(1, PLANS + 1))
    await enter(store)
    await fold(store, *(sample(number, script(number)) for number in range(1, PLANS + 1)))


async def test_days_that_are_over_are_found(store: Store) -> None:
    """By the clock: on the morning of the seventh day six are over. Each row is as it was found, to the last column."""
    await played(store)
    assert await findings(store, on=FIRST + DAYS * DAY).update() > 0
    rows = await found(store)
    assert [(day, row.finding, row.amount) for day, row in sorted(rows.items())] == [
        (FIRST, Finding.NOT_DUE, None),
        (FIRST + DAY, Finding.NOT_DUE, None),
        (FIRST + 2 * DAY, Finding.NOT_COMPLIANT, Decimal(10000)),
        (FIRST + 3 * DAY, Finding.NOT_COMPLIANT, Decimal(10000)),
        (FIRST + 4 * DAY, Finding.COMPLIANT, None),
        (FIRST + 5 * DAY, Finding.COMPLIANT, None),
    ]
    spring = rows[FIRST + 3 * DAY]
    assert (spring.day, spring.samples_planned, spring.samples_countable) == (date(2026, 3, 29), 4, 4)
    assert (spring.custodians, spring.networks, spring.vantages) == (("Anna", "Bruno"), 2, 2)
    assert (spring.first_witness, spring.last_witness) == tuple(sample(n, State.OPEN).witness_digest for n in (13, 16))
    (total,) = await store.stored_sums()
    assert (total.due_on, total.days_due, total.days_not_compliant, total.days_compliant) == (FIRST + 2 * DAY, 4, 2, 2)
    assert (total.amount_counted, total.currency, total.verified) == (Decimal(20000), "EUR", True)
    assert {one.reading for one in await store.stored_readings() if one.chosen} == {"order"}


async def test_a_day_that_goes_on_is_not_found(store: Store) -> None:
    await played(store)
    await findings(store, on=FIRST + 3 * DAY).update()
    assert max(await found(store)) == FIRST + 2 * DAY
    assert await findings(store, on=FIRST + 3 * DAY).update() == 0
    await findings(store, on=FIRST + 4 * DAY).update()
    assert max(await found(store)) == FIRST + 3 * DAY


async def test_a_lab_has_its_own_time(store: Store) -> None:
    """A day is over when a plan was judged on it and the next one starts on a later day; the clock on the wall says nothing."""
    await store.ensure_deployment(lab=True, scenario="ab" * 32, title="A lab")
    await publish(store, range(1, PLANS + 1))
    await enter(store)
    job = findings(store, on=date(1990, 1, 1))
    over = []
    for number in range(1, 10):
        await fold(store, sample(number, State.OPEN))
        await job.update()
        rows = await found(store)
        over.append(len(rows))
    assert over == [0, 0, 0, 1, 1, 1, 1, 2, 2]


async def test_the_order_of_arrival_changes_nothing(databases: Databases) -> None:
    """Plans folded in any order, some twice and differently first, with the days found in between at any time."""
    async with databases() as whole:
        await played(whole)
        await findings(whole, on=FIRST + DAYS * DAY).update()
        expected = await whole.dump_derived()
    for seed in range(4):
        dice = random.Random(seed)
        async with databases() as store:
            await store.ensure_deployment(lab=False)
            await publish(store, range(1, PLANS + 1))
            numbers = list(range(1, PLANS + 1))
            dice.shuffle(numbers)
            entered = dice.randrange(PLANS)
            for turn, number in enumerate(numbers):
                if turn == entered:
                    await enter(store)
                if dice.random() < 1 / 3:
                    await fold(store, sample(number, State.INSUFFICIENT, vantages=1))
                    await findings(store, on=FIRST + dice.randrange(DAYS + 1) * DAY).update()
                await fold(store, sample(number, script(number)))
                if dice.random() < 1 / 2:
                    await findings(store, on=FIRST + DAYS * DAY).update()
            await findings(store, on=FIRST + DAYS * DAY).update()
            assert await store.dump_derived() == expected, seed


async def test_what_was_folded_before_a_crash_is_found_after_it(store: Store) -> None:
    """Between a fold and its day there is room for a crash: the next process knows."""
    await played(store)
    job = findings(store, on=FIRST + DAYS * DAY)
    await job.update()
    await fold(store, sample(9, State.MIXED))
    await findings(store, on=FIRST + DAYS * DAY).update()
    row = (await found(store))[FIRST + 2 * DAY]
    assert (row.finding, row.counted, row.amount) == (Finding.UNDETERMINED, False, None)
    assert await store.unfound_plans() == []


async def test_a_version_finds_the_days_anew(store: Store) -> None:
    """Unverified: nothing is counted, the rows say what would be; a name less, and its rows are gone."""
    await played(store)
    job = findings(store, on=FIRST + DAYS * DAY)
    await enter(store, scope=tuple(Scope(name, ScopeRule.EXACT, verified=True, source=SOURCE) for name in NAMES))
    await job.update()
    assert {one.name for one in await store.stored_sums()} == set(NAMES)
    await enter(store, grace_verified=False)
    await job.update()
    (total,) = await store.stored_sums()
    assert (total.amount_counted, total.amount_would_be, total.missing) == (Decimal(0), Decimal(20000), ("grace",))
    rows = await found(store)
    assert {row.version for row in rows.values()} == {3}
    would = [row for row in rows.values() if row.would_be is Finding.NOT_COMPLIANT]
    assert {(row.finding, row.reason_id, row.counted) for row in would} == {
        (Finding.UNDETERMINED, "not_verified", False)
    }


async def test_a_day_rule_of_the_orders_own(store: Store) -> None:
    """Of four rounds one is missing: the usual rule counts nothing, nor does one that asks for nine in ten."""
    await played(store)
    await fold(store, sample(9, State.INSUFFICIENT))
    await enter(store, day_rule=daily())
    await findings(store, on=FIRST + DAYS * DAY).update()
    rows = await found(store)
    assert rows[FIRST + 2 * DAY].finding is Finding.UNDETERMINED
    assert {row.rule for row in rows.values()} == {"daily_90"}


async def test_sweeps_are_not_planned_for_a_day(store: Store) -> None:
    """A plan whose policy is a sweep's is neither a sample that is missing nor one that counts."""
    await store.ensure_deployment(lab=False)
    await publish(store, range(1, 13))
    await publish(store, [13], policy=replace(KNOWING, sweep=True))
    await enter(store)
    await fold(store, *(sample(number, State.OPEN) for number in range(1, 13)))
    await findings(store, on=FIRST + 5 * DAY).update()
    rows = await found(store)
    assert rows[FIRST + 2 * DAY].finding is Finding.NOT_COMPLIANT
    assert (rows[FIRST + 3 * DAY].samples_planned, rows[FIRST + 3 * DAY].reason_id) == (0, "not_measured")


async def test_what_is_folded_meanwhile_is_not_forgotten(store: Store) -> None:
    """A plan that is judged again while its day is being found is found again after it."""
    await played(store)
    before = await store.unfound_plans()
    await fold(store, sample(9, State.MIXED))
    await store.forget_unfound(before)
    assert [one.number for one in await store.unfound_plans()] == [9]


async def test_the_engine_finds_days_beside_judging(store: Store) -> None:
    """At its start, and when it looks; what it cannot read it says, and goes on with what it can once that is mended."""
    await played(store, lab=True)
    engine = Engine(store, Library(store), Metrics())
    await engine.start()
    try:
        await engine.idle()
        assert len(await found(store)) == DAYS - 1  # after the last round nothing says that its day is over
        await enter(store, grace_verified=False)
        engine.look()
        await engine.idle()
        assert {row.version for row in (await found(store)).values()} == {2}
        async with store._transaction() as connection:
            await connection.execute(
                "INSERT INTO ledger.legal_order (order_id, version, digest, body, entered_at) VALUES ('x', 1, $1, '{}', now())",
                bytes(32),
            )
        engine.look()
        with pytest.raises(FormatError):
            await engine.idle()
    finally:
        await engine.stop()


@pytest.mark.parametrize(
    ("over_tls", "expected"),
    [
        (("open", "open"), "not_compliant"),
        (("blocked", "blocked"), "undetermined"),
        (("open", "insufficient"), "undetermined"),
        (("failing", "open"), "undetermined"),
    ],
)
async def test_an_order_may_mean_some_endpoints_only(store: Store, over_tls: tuple[str, str], expected: str) -> None:
    """What each round says of the endpoints is asked then: the day counts by those that are meant, where enough say it."""
    await store.ensure_deployment(lab=False)
    published = await publish(store, range(1, PLANS + 1))
    meant = Service("cloudflare", transports=(Transport.TLS,), verified=True, source=SOURCE)
    await enter(store, service=(meant,))
    fleet = Fleet()
    for number, plan in published.items():
        await store.put_samples(number, [sample(number, State.OPEN)])
        for vantage, told in zip(VANTAGES, over_tls, strict=True):
            await store.insert_batch(fleet.batch(plan, vantage.id))
            said = verdict(plan, vantage.id, "cloudflare")
            by_way = {way: Outcome(told) if way.startswith("tls") else Outcome.OPEN for way in said.endpoints}
            await store.put_judged(number, vantage.id, True, [replace(said, endpoints=by_way)])
    await findings(store, on=FIRST + DAYS * DAY).update()
    assert (await found(store))[FIRST + 2 * DAY].finding == expected


async def test_a_twin_that_filters_nothing_is_not_meant(store: Store) -> None:
    """Unless the order says so: its users chose it against all filters."""
    await store.ensure_deployment(lab=False)
    filtering = replace(POLICY.resolvers[0], twin="cloudflare-unfiltered")
    twin = Resolver("cloudflare-unfiltered", "Cloudflare", endpoints=("udp:1.1.1.9:53",))
    await publish(store, range(1, PLANS + 1), policy=replace(KNOWING, resolvers=(filtering, twin)))
    await enter(store)
    await fold(store, *(sample(number, State.OPEN) for number in range(1, PLANS + 1)))
    await findings(store, on=FIRST + DAYS * DAY).update()
    rows = [row for row in await store.stored_days("an-order") if row.resolver == twin.id]
    assert {(row.finding, row.reason_id) for row in rows} == {(Finding.NOT_DUE, "resolver_not_meant")}
    (total,) = await store.stored_sums()
    assert (total.days_not_compliant, total.amount_counted) == (4, Decimal(40000))
    meant = Service("cloudflare", resolvers=("cloudflare", twin.id), verified=True, source=SOURCE)
    await enter(store, service=(meant,))
    await findings(store, on=FIRST + DAYS * DAY).update()
    rows = [row for row in await store.stored_days("an-order") if row.resolver == twin.id]
    assert {row.finding for row in rows if row.day >= FIRST + 2 * DAY} == {Finding.UNDETERMINED}


async def test_who_stands_abroad_supports_nothing(store: Store) -> None:
    """On a network that reaches over the border a vantage is heard of its resolver; the order does not reach there."""
    await store.ensure_deployment(lab=False)
    abroad = Vantage("ch-01", 3269, "TIM", "CH", "Clara")
    await store.add_vantage(abroad, Signer(b"s" * 32).public_key, starts(1))
    await publish(store, range(1, PLANS + 1))
    await enter(store)
    among = tuple(sorted([abroad.id, *(one.id for one in VANTAGES)]))
    alone: dict[str, Any] = {"supporters": (abroad.id, VANTAGES[0].id), "enrolled": 2}
    three: dict[str, Any] = {"supporters": among, "enrolled": 3, "vantages": 3}
    await fold(
        store,
        *(
            sample(number, State.OPEN, **(alone if number < BLOCKED_FROM - 4 else three))
            for number in range(1, PLANS + 1)
        ),
    )
    await findings(store, on=FIRST + DAYS * DAY).update()
    rows = await found(store)
    assert (rows[FIRST + 2 * DAY].counted, rows[FIRST + 2 * DAY].reason_id) == (False, "vantages_missing")
    assert (rows[FIRST + 3 * DAY].counted, rows[FIRST + 3 * DAY].vantages) == (True, 2)
    assert rows[FIRST + 3 * DAY].custodians == ("Anna", "Bruno")


async def test_who_takes_a_resolver_over_does_not_answer_for_before(store: Store) -> None:
    """By the plans of the first four days it was somebody else's."""
    await store.ensure_deployment(lab=False)
    before = replace(POLICY.resolvers[0], operator="Somebody else")
    await publish(store, range(1, 4 * 4 + 1), policy=replace(KNOWING, resolvers=(before,)))
    await publish(store, range(4 * 4 + 1, PLANS + 1))
    await enter(store)
    await fold(store, *(sample(number, State.OPEN) for number in range(1, PLANS + 1)))
    await findings(store, on=FIRST + DAYS * DAY).update()
    assert sorted(await found(store)) == [FIRST + 4 * DAY, FIRST + 5 * DAY]


async def test_a_due_day_that_no_judge_knew_does_not_count_while_caches_may_hold(store: Store) -> None:
    """The order was entered when all rounds were judged: on its first due day nobody asked how old the answers were."""
    await store.ensure_deployment(lab=False)
    await publish(store, range(1, PLANS + 1), policy=POLICY)
    await enter(store)
    await fold(store, *(sample(number, State.OPEN) for number in range(1, PLANS + 1)))
    await findings(store, on=FIRST + DAYS * DAY).update()
    rows = await found(store)
    first, second = rows[FIRST + 2 * DAY], rows[FIRST + 3 * DAY]
    assert (first.finding, first.reason_id, first.counted) == (Finding.UNDETERMINED, "may_be_cached", False)
    assert (second.finding, second.counted) == (Finding.NOT_COMPLIANT, True), "a day later no cache holds it"


async def test_what_comes_late_is_held_against_the_days_after_it(store: Store) -> None:
    """That a name died is told by a round of the first day which comes when all days are found: it may be somebody else's."""
    await played(store)
    alive = NameRun(NAME, Ground.ALIVE, ("ns.example.",), "", False, starts(1), starts(PLANS), 2, PLANS, ())
    for number in range(1, PLANS + 1):
        said = NameSample(number, starts(number), NAME, Ground.ALIVE, ("ns.example.",), "", parked=False, vantages=2)
        await store.put_name_samples(number, [said])
    await store.replace_name_runs_of([NameRunsOf(NAME, starts(1), [alive])])
    job = findings(store, on=FIRST + DAYS * DAY)
    await job.update()
    assert await _clauses(store) == {FIRST + 2 * DAY: "same_since", FIRST + 3 * DAY: "same_since"}
    dead = replace(alive, ground=Ground.DEAD, name_servers=(), started_at=starts(2), covered_until=starts(2), samples=1)
    again = replace(alive, started_at=starts(3))
    before = replace(alive, covered_until=starts(1), samples=1)
    await store.replace_name_runs_of([NameRunsOf(NAME, starts(1), [before, dead, again])])
    await fold(store, sample(2, State.DEAD))
    await job.update()
    found_late = await _clauses(store)
    assert found_late == {FIRST + 2 * DAY: "holder_may_differ", FIRST + 3 * DAY: "holder_may_differ"}


async def _clauses(store: Store) -> dict[date, str]:
    """How it stands, by day, that the name was no longer the site's."""
    rows = await store.challenges("an-order", [NAME])
    return {row.day: row.clause for row in rows if row.challenge is Challenge.NAME_NOT_THE_SITE}


async def test_one_order_does_not_stand_in_the_way_of_others(store: Store) -> None:
    """What is wrong with one is said; the days of the others are found."""
    await played(store)
    await store.append_order(order(id="a-wrong-one", timezone="Nowhere/Town"), by="Anna", reason="", at=ENTERED)
    job = findings(store, on=FIRST + DAYS * DAY)
    with pytest.raises(ZoneInfoNotFoundError):
        await job.update()
    assert len(await found(store)) == DAYS


async def test_a_command_finds_at_once_unless_somebody_judges(databases: Databases) -> None:
    async with databases() as store:
        await store.ensure_deployment(lab=True, scenario="ab" * 32, title="A lab")
        await publish(store, range(1, PLANS + 1))
        await enter(store)
        await fold(store, *(sample(number, script(number)) for number in range(1, 13)))
        assert await find_now(store)
        assert len(await found(store)) == 3
        await store.claim_judging()


@pytest.mark.parametrize("judging", [True, False])
async def test_nobody_judges_twice(migrated_dsn: str, *, judging: bool) -> None:
    first, second = await Store.connect(migrated_dsn), await Store.connect(migrated_dsn)
    try:
        if judging:
            await first.claim_judging()
        assert await find_now(second) is not judging
    finally:
        await first.close()
        await second.close()
