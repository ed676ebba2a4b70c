"""What may be said against a day is met from the database: with witnesses that are there, and the same after a rebuild."""

from __future__ import annotations

from dataclasses import replace as but
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import asyncpg
import pytest
from msgspec.structs import replace

from collector.findings import Findings
from collector.judging import rebuild
from collector.library import Library
from collector.metrics import Metrics
from schema.entry import OrderEntered, Stamped, read_entry
from schema.order import DayRuleChoice, Measure, Penalty
from schema.words import Challenge, Standing
from tests.evidence.forge.answers import resolves
from tests.evidence.forge.cast import MILAN, NAME, NAPLES, ORDER, ROME, Cast
from tests.evidence.forge.stories import DAY, FIRST, MINUTE, announce, finish, founded, play
from tests.integration.bundle_house import KeptHouse, grow, settle

if TYPE_CHECKING:
    from collector.compliance.challenges import DayChallenge
    from collector.store import Store
    from tests.evidence.forge.house import House

SOURCE: Final = "invented for this test"
DAILY: Final = replace(
    ORDER,
    day_rule=DayRuleChoice("daily_90", verified=True, source=SOURCE),
    measure=Measure(dns_only=True, verified=True, source=SOURCE),
    penalty_per_day=Penalty("100", "EUR", verified=True, source=SOURCE),
)
#: Made by hand of that world: two lines, each with a keeper of its own; nobody asks who answers, or whose servers a name has;
#: the controls have neighbouring addresses; only one of the lines has a resolver of its own network.
BY_HAND: Final = {
    Challenge.PATH: ("excluded", "certificate"),
    Challenge.STALE_CACHE: ("excluded", "older_than_caches"),
    Challenge.OTHER_SITE: ("not_tested", "site_not_told"),
    Challenge.OUTSIDE_TERRITORY: ("not_excluded", "enrolled_only"),
    Challenge.OTHER_MEASURE: ("excluded", "dns_alone_counts"),
    Challenge.NAME_NOT_THE_SITE: ("not_tested", "holder_not_known"),
    Challenge.CLOCK: ("excluded", "stamped"),
    Challenge.LINE_CHANGED: ("not_tested", "line_not_known"),
    Challenge.TREATED_SPECIALLY: ("not_excluded", "few_keepers"),
    Challenge.CONTROLS_NOT_INDEPENDENT: ("not_excluded", "controls_share"),
    Challenge.CUSTODY: ("excluded", "sealed_and_stamped"),
}


@cache
def plain() -> House:
    """The house that most tests here read."""
    return evening(Cast(order=DAILY))


def evening(cast: Cast) -> House:
    """Two plans of one evening in which nobody withholds anything."""
    house = founded(house=KeptHouse(cast))
    announce(house, FIRST, FIRST + 10 * MINUTE, at=FIRST - 90 * MINUTE)
    play(house, 1, resolves)
    play(house, 2, resolves)
    finish(house)
    house.seal()  # the last stamps have their entries
    return house


async def found(store: Store, house: House) -> dict[Challenge, DayChallenge]:
    """What is kept against the day of the house, at Alfa."""
    rows = await store.challenges(house.cast.order.id, [NAME], DAY)
    return {row.challenge: row for row in rows if row.resolver == "alfa"}


async def judged(store: Store, house: House) -> None:
    """Everything anew; the day after is over."""
    await rebuild(store, Library(store), Metrics(), now=lambda: house.tokens[-1].at + 3 * 24 * 60 * MINUTE)


async def test_every_challenge_by_hand(store: Store, migrated_dsn: str) -> None:
    house = plain()
    await settle(store, migrated_dsn, house, lab=False)
    await judged(store, house)
    rows = await found(store, house)
    assert {challenge: (row.standing.value, row.clause) for challenge, row in rows.items()} == BY_HAND
    [day] = [row for row in await _days(migrated_dsn) if row["resolver"] == "alfa" and row["name"] == NAME]
    assert (day["day"], day["finding"], day["counted"]) == (DAY, "not_compliant", True)
    assert {row.plans for row in rows.values()} == {2}


async def test_witnesses_can_be_opened(store: Store, migrated_dsn: str) -> None:
    """Each is a record's leaf, a close's, a stamp's token or a version of the order, as the ledger has it."""
    house = plain()
    await settle(store, migrated_dsn, house, lab=False)
    await judged(store, house)
    rows = await found(store, house)
    entries = [read_entry(line) for line in house.entries]
    records = {verdict.witness_digest for number in (1, 2) for verdict in await store.verdicts_of(number)}
    closes = {leaf.hex() for leaf in await _closes(migrated_dsn)}
    wanted: dict[Challenge, set[str] | set[str | None]] = {
        Challenge.PATH: records,
        Challenge.STALE_CACHE: records,
        Challenge.OTHER_MEASURE: {one.digest for one in entries if isinstance(one, OrderEntered)},
        Challenge.CLOCK: {one.token for one in entries if isinstance(one, Stamped)},
        Challenge.CUSTODY: closes,
    }
    for challenge, row in rows.items():
        assert (row.witness is not None) == (row.standing is Standing.EXCLUDED)
        if row.witness is not None:
            assert row.witness in wanted[challenge], challenge


async def test_what_the_log_says_later_is_met_later(store: Store, migrated_dsn: str) -> None:
    """Before the closes are stamped neither clock nor custody is excluded; then they are, and a rebuild says the same."""
    house = plain()
    announced = next(index for index, line in enumerate(house.entries) if b'"kind":"probe_checkpoint"' in line)
    await settle(store, migrated_dsn, house, lab=False, entries=announced)
    await judged(store, house)
    rows = await found(store, house)
    assert rows[Challenge.CLOCK].clause == "not_stamped"
    assert rows[Challenge.CUSTODY].clause == "close_not_stamped"
    now = house.tokens[-1].at + 3 * 24 * 60 * MINUTE
    findings = Findings(store, Library(store), now=lambda: now)
    assert await findings.update() == 0
    await grow(migrated_dsn, house, announced)
    await findings.update()
    assert {challenge: row.clause for challenge, row in (await found(store, house)).items()} == {
        challenge: clause for challenge, (_, clause) in BY_HAND.items()
    }
    before = await store.dump_derived()
    assert b"sealed_and_stamped" in before
    await judged(store, house)
    assert await store.dump_derived() == before


@pytest.mark.parametrize(
    ("required", "finding"),
    [
        (("path", "custody"), "not_compliant"),
        (("path", "treated_specially"), "undetermined"),
        (("other_site",), "undetermined"),
    ],
)
async def test_an_order_may_require_that_some_are_excluded(
    store: Store, migrated_dsn: str, required: tuple[str, ...], finding: str
) -> None:
    """What it requires and is not excluded, or was never looked at, keeps the day from being counted, and is still shown."""
    house = evening(Cast(order=replace(DAILY, require_excluded=required)))
    await settle(store, migrated_dsn, house, lab=False)
    await judged(store, house)
    [day] = [row for row in await _days(migrated_dsn) if row["resolver"] == "alfa" and row["name"] == NAME]
    assert (day["finding"], day["counted"]) == (finding, finding == "not_compliant")
    assert {challenge: row.clause for challenge, row in (await found(store, house)).items()} == {
        challenge: clause for challenge, (_, clause) in BY_HAND.items()
    }


async def test_three_keepers_and_no_measure(store: Store, migrated_dsn: str) -> None:
    """A third line kept by a third person; the order does not say that only DNS counts, and nobody asked the site."""
    cast = but(Cast(order=replace(DAILY, measure=None)), vantages=(MILAN, ROME, NAPLES))
    house = evening(cast)
    await settle(store, migrated_dsn, house, lab=False)
    await judged(store, house)
    rows = await found(store, house)
    assert rows[Challenge.TREATED_SPECIALLY].clause == "several_keepers"
    assert rows[Challenge.OTHER_MEASURE].clause == "measure_not_tested"
    [day] = [row for row in await _days(migrated_dsn) if row["resolver"] == "alfa" and row["name"] == NAME]
    assert day["finding"] == "undetermined"
    assert day["day"] == date(2026, 11, 21)


async def _days(dsn: str) -> list[dict[str, Any]]:
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("SELECT * FROM derived.finding_day WHERE day = $1", DAY)
    finally:
        await connection.close()
    return [dict(row) for row in rows]


async def _closes(dsn: str) -> list[bytes]:
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("SELECT leaf FROM ledger.probe_log WHERE kind = 'close'")
    finally:
        await connection.close()
    return [row["leaf"] for row in rows]
