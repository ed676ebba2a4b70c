"""How soon names were withheld, what was withheld beside every order, and how blocks were walked around: views and helpers agree."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Final

import asyncpg
import pytest
from msgspec.structs import replace

from collector.compliance.speed import Followed, Interval, Within, distribution, interval
from collector.lists.difference import Difference
from collector.lists.entries import Entry, Kind
from collector.status import Run, Sample
from collector.store import ListVersion
from schema.order import Attached, Instrument, Notice, NoticeKind, Order, Scope, ScopeRule, Terms
from schema.words import How, Note, Origin, Outcome, State
from tests.helpers.runs import HEX, run
from tests.integration.store_examples import NAME, START, STEP, publish, verdict

if TYPE_CHECKING:
    from collector.store import Store

FIRST: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
AT: Final = datetime(2026, 4, 1, tzinfo=UTC)


def order(**changes: Any) -> Order:
    """An order on one name, with a day of grace."""
    given: dict[str, Any] = {
        "id": "an-order",
        "title": "An order",
        "authority": "A court",
        "issued_on": date(2026, 3, 1),
        "addressees": ("cloudflare",),
        "starts_on": date(2026, 3, 1),
        "grace_days": 1,
        "scope": (Scope(NAME, ScopeRule.EXACT),),
    }
    return Order(**given | changes)


def notice(at: datetime, *names: str, kind: NoticeKind = NoticeKind.NOTIFICATION) -> Notice:
    """What Cloudflare was told."""
    return Notice(kind, "cloudflare", at, "Anna", names)


async def enter(store: Store, *orders: Order) -> None:
    """The registry and the orders."""
    await publish(store, 1)
    for one in orders:
        await store.append_order(one, by="Anna", reason="test", document=None, file=None, at=AT)


async def keep(store: Store, *runs: Run) -> None:
    """Runs of pairs that were asked."""
    for resolver, name in sorted({(one.resolver, one.name) for one in runs}):
        sample = Sample(
            1, START, resolver, name, State.OPEN, None, Origin.RESOLVER, None, 2, 2, 0, (), "address_in_control", HEX,
            indicative=False, enrolled=2, dissenting=0, supporters=("mi-01", "rm-01"),
        )  # fmt: skip
        await store.put_samples(1, [sample])
        mine = [one for one in runs if (one.resolver, one.name) == (resolver, name)]
        await store.replace_runs(resolver, name, mine)


def history(dice: Random) -> list[Run]:
    """A few runs one after the other, with gaps between what is known of them."""
    at = FIRST + dice.randrange(-30, 30) * HOUR
    runs: list[Run] = []
    for _ in range(dice.randrange(6)):
        state = dice.choice([State.OPEN, State.OPEN, State.BLOCKED, State.MIXED, State.DEAD])
        until = at + dice.randrange(20) * HOUR
        ended = until + dice.randrange(1, 9) * HOUR
        runs.append(run(state, at, until, ended))
        at = ended
    if runs:
        runs[-1] = replace(runs[-1], ended_at=None)
    return runs


async def test_the_view_says_what_the_rule_says(store: Store) -> None:
    """Thirty histories, five notifications each, after every history the view is read once and compared row by row."""
    told = [FIRST + hours * HOUR for hours in (0, 1, 13, 30, 77)]
    await enter(store, order(notice=tuple(map(notice, told))))
    dice, seen = Random(7), set()
    for _ in range(30):
        runs = history(dice)
        await keep(store, *runs) if runs else await store.replace_runs("cloudflare", NAME, [])
        if not await store.pairs():
            continue
        rows = await store.compliance_speed(["an-order"])
        assert [row["notified_at"] for row in rows] == told
        for row in rows:
            wanted = interval(runs, row["notified_at"], row["limit_at"])
            found = (Followed(row["standing"]), row["after_s"], row["by_s"], Within(row["within_limit"]))
            assert Interval(*found) == wanted, (runs, row)
            seen.add((wanted.standing, wanted.within))
        [sums] = await store.compliance_speed_by_operator()
        whole = distribution([interval(runs, row["notified_at"], row["limit_at"]) for row in rows])
        assert (sums["notifications"], sums["median_after_s"], sums["median_by_s"]) == (whole.number, *whole.median)
        assert (sums["p90_after_s"], sums["p90_by_s"]) == whole.p90
        assert (float(sums["share_at_least"]), float(sums["share_at_most"])) == (
            whole.share_at_least,
            whole.share_at_most,
        )
    assert len(seen) == 7  # every way in which it can end


@pytest.mark.parametrize(
    ("changes", "limit"),
    [
        ({"grace_days": 0}, datetime(2026, 3, 29, 22, tzinfo=UTC)),  # the day ends in summer time
        ({"grace_days": 3}, datetime(2026, 4, 1, 22, tzinfo=UTC)),
        ({"grace_days": 0, "grace_minutes": 30}, datetime(2026, 3, 28, 23, 45, tzinfo=UTC)),
        ({"grace_days": 1, "grace_minutes": 30}, datetime(2026, 3, 29, 22, 45, tzinfo=UTC)),  # a day on the calendar, here of 23 hours
        ({"grace_days": 3, "terms": (Terms("cloudflare", grace_days=0),)}, datetime(2026, 3, 29, 22, tzinfo=UTC)),
    ],
)  # fmt: skip
async def test_limits(store: Store, changes: dict[str, Any], limit: datetime) -> None:
    """Days end with their calendar day in Rome, minutes by the clock; the addressee's own grace comes first."""
    at = datetime(2026, 3, 28, 23, 15, tzinfo=UTC)  # 00:15 of the 29th in Rome, the day on which summer time begins
    await enter(store, order(notice=(notice(at),), **changes))
    await keep(store, run(State.OPEN, FIRST, FIRST, None))
    [row] = await store.compliance_speed()
    assert row["limit_at"] == limit
    assert (row["standing"], row["within_limit"], row["after_s"], row["by_s"]) == ("not_seen", "undecided", 0, None)


async def test_whom_and_what_a_notice_is_about(store: Store) -> None:
    """A reply tells nobody anything; names that a notice does not name were not notified; other operators were not told."""
    told = (
        notice(FIRST, "other.example."),
        notice(FIRST + HOUR, kind=NoticeKind.REPLY),
        notice(FIRST + 2 * HOUR, NAME, kind=NoticeKind.DEMAND),
        notice(FIRST + 3 * HOUR, kind=NoticeKind.SERVICE),
    )
    await enter(store, order(notice=told))
    await keep(
        store,
        run(State.OPEN, FIRST, FIRST + 9 * HOUR, None),
        run(State.OPEN, FIRST, FIRST + 9 * HOUR, None, resolver="isp-tim"),
    )
    rows = await store.compliance_speed()
    assert [(row["resolver"], row["name"], row["event"]) for row in rows] == [
        ("cloudflare", NAME, "demand"),
        ("cloudflare", NAME, "service"),
    ]
    assert await store.compliance_speed(operators=["tim"]) == []


def version(number: int, notified_at: datetime | None) -> ListVersion:
    """A version of a list of one name."""
    return ListVersion(
        "an-order", number, "cd" * 32, "plain", "list.txt", "", None, None, 1, 0, (), notified_at, AT + number * HOUR, "Anna", "test"
    )  # fmt: skip


async def test_names_of_a_list(store: Store) -> None:
    """What a notified list adds is measured from its notification; what it never added is not."""
    name = "listed.example."
    await enter(store, order(scope=(), grace_days=0, grace_minutes=30, instrument=Instrument.AUTHORITY_ORDER))
    await store.append_list(version(1, FIRST), Difference((Entry(Kind.NAME, name, 1),), ()))
    await keep(
        store,
        run(State.OPEN, FIRST - HOUR, FIRST + timedelta(minutes=10), FIRST + timedelta(minutes=20), name=name),
        run(State.BLOCKED, FIRST + timedelta(minutes=20), FIRST + HOUR, None, name=name),
    )
    [row] = await store.compliance_speed()
    assert (row["event"], row["after_s"], row["by_s"], row["within_limit"]) == ("list", 600, 1200, "yes")


async def test_withheld_beside_every_order(store: Store) -> None:
    """Never ordered, under another's label, by letter only, of an order that ended, covered by each rule."""
    blocked = [State.BLOCKED, FIRST, FIRST + 30 * 24 * HOUR, None]
    names = (
        NAME, "below.kickasstorrents.to.", "kickasstorrents.example.", "attached.example.", "alias.example.", "ended.example.",
        "asked.example.", "never.example.", "adm.example.",
    )  # fmt: skip
    attached = (Attached("attached.example.", "Anna", date(2026, 3, 1), "same site", "page 3"),)
    await enter(
        store,
        order(
            scope=(
                Scope(NAME, ScopeRule.SUBTREE),
                Scope(NAME, ScopeRule.SAME_LABEL_ANY_TLD),
                Scope("family.example.", ScopeRule.ADJUDICATED, attached=attached),
                Scope("alias.example.", ScopeRule.LISTED_ALIAS),
            )
        ),
        order(id="ended", scope=(Scope("ended.example.", ScopeRule.EXACT),), valid_to=date(2026, 3, 5)),
        order(id="letter", scope=(Scope("asked.example.", ScopeRule.EXACT),), instrument=Instrument.DEMAND),
        order(id="baseline", scope=(Scope("never.example.", ScopeRule.EXACT),), instrument=Instrument.WATCH),
        order(id="of-tim", addressees=("tim",), scope=(Scope("never.example.", ScopeRule.EXACT),)),
    )
    runs = [run(*blocked, name=name) for name in names]  # type: ignore[arg-type]  # the four in their order
    runs[-1] = replace(runs[-1], label="adm_gambling", notes=(Note.OTHER_AUTHORITY,))
    await keep(store, *runs)
    rows = {row["name"]: row for row in await store.over_blocking()}
    assert {name: row["reason"] for name, row in rows.items()} == {
        "ended.example.": "no_longer_ordered",
        "asked.example.": "demand_only",
        "never.example.": "never_ordered",
        "adm.example.": "never_ordered",
    }
    assert (rows["adm.example."]["label"], rows["adm.example."]["other_authority"]) == ("adm_gambling", True)
    ended = rows["ended.example."]
    assert (ended["order_id"], ended["ordered_until"]) == ("ended", date(2026, 3, 5))
    assert ended["since"] == datetime(2026, 3, 5, 23, tzinfo=UTC)  # midnight in Rome
    assert rows["never.example."]["since"] == FIRST
    assert await store.over_blocking(names=["adm.example."], resolvers=["isp-tim"]) == []


async def test_what_is_not_the_resolvers_own_doing_is_no_over_blocking(store: Store) -> None:
    """Blamed on nobody: what the path withheld, what is not attributed, what is open."""
    await enter(store)
    await keep(
        store,
        run(State.BLOCKED, FIRST, FIRST, None, name="one.example.", origin=Origin.UNATTRIBUTED),
        run(State.OPEN, FIRST, FIRST, None, name="two.example."),
    )
    assert await store.over_blocking() == []


async def test_a_name_taken_off_its_list(store: Store) -> None:
    """It was covered while it stood there; what is still withheld after that is told, with the last day."""
    name = "listed.example."
    await enter(store, order(scope=(), instrument=Instrument.AUTHORITY_ORDER))
    await store.append_list(version(1, FIRST), Difference((Entry(Kind.NAME, name, 1),), ()))
    await keep(store, run(State.BLOCKED, FIRST, AT + 9 * 24 * HOUR, None, name=name))
    assert await store.over_blocking() == []
    await store.append_list(version(2, AT), Difference((), (name,)))
    [row] = await store.over_blocking()
    assert (row["reason"], row["ordered_until"]) == ("no_longer_ordered", date(2026, 4, 1))


async def test_a_list_covers_what_is_below_its_entries(store: Store) -> None:
    """An entry for all that is below a name covers that, however deep, and neither the name nor its neighbours."""
    await enter(store, order(scope=(), instrument=Instrument.AUTHORITY_ORDER))
    await store.append_list(version(1, FIRST), Difference((Entry(Kind.BELOW, "*.listed.example.", 1),), ()))
    names = ("a.listed.example.", "b.a.listed.example.", "listed.example.", "unlisted.example.", "example.")
    await keep(store, *(run(State.BLOCKED, FIRST, AT, None, name=name) for name in names))
    assert [row["name"] for row in await store.over_blocking()] == ["example.", "listed.example.", "unlisted.example."]


async def test_a_list_of_many_names(store: Store, migrated_dsn: str) -> None:
    """Of twenty thousand, each withheld and all but one listed: what covers a name is looked up, not sought among all."""
    await enter(store, order(scope=(), instrument=Instrument.AUTHORITY_ORDER))
    many = [f"listed-{number}.example." for number in range(20_000)]
    listed = tuple(Entry(Kind.NAME, name, number) for number, name in enumerate(many[1:]))
    await store.append_list(version(1, FIRST), Difference(listed, ()))
    await keep(store, run(State.BLOCKED, FIRST, AT, None, name="first.example."))
    connection = await asyncpg.connect(migrated_dsn)
    try:
        columns = ", ".join(
            row[0]
            for row in await connection.fetch(
                "SELECT attname FROM pg_attribute WHERE attrelid = 'derived.run'::regclass AND attnum > 0 AND attname <> 'name'"
            )
        )
        await connection.execute(
            f"INSERT INTO derived.run (name, {columns}) SELECT many, {columns} FROM derived.run, unnest($1::text[]) AS many",  # noqa: S608 - of the catalogue
            many,
        )
        await connection.execute("SET statement_timeout = '30s'")  # each with each would take minutes
        found = await connection.fetch("SELECT name FROM analyst.over_blocking")
    finally:
        await connection.close()
    assert {row["name"] for row in found} == {"first.example.", many[0]}


async def test_where_a_block_applies(store: Store) -> None:
    """By the newest plan: the countries and sites of the vantages, only by what the resolver is shown to have said."""
    published = await publish(store, 1)
    for probe, outcome, site in (("mi-01", Outcome.BLOCKED, "mxp01"), ("rm-01", Outcome.OPEN, "fco01")):
        said = replace(verdict(published, probe, "cloudflare", outcome=outcome), site=site)
        await store.put_judged(1, probe, True, [said])
    await keep(store, run(State.MIXED, START, START, None))
    [row] = await store.block_reach()
    assert (row["applies"], row["blocked_in"], row["open_in"]) == ("some_sites", ["IT"], ["IT"])
    assert (row["blocked_sites"], row["open_sites"]) == (["mxp01"], ["fco01"])
    await store.put_judged(1, "rm-01", True, [])
    [row] = await store.block_reach()
    assert (row["applies"], row["open_in"]) == ("not_known", [])


async def test_spans_of_circumvention(store: Store, migrated_dsn: str) -> None:
    """Plan after plan; what was not decided ends no span, what was decided otherwise does; the line's own resolver must block."""
    told = ["BO", "BO", "--", "BO", "OO", "BO", "BB", "BO", "BO"]
    for number, each in enumerate(told, 1):
        own, public = each[0], each[1]
        published = await publish(store, number)
        outcomes = {"B": Outcome.BLOCKED, "O": Outcome.OPEN, "-": Outcome.INSUFFICIENT}
        said = [
            verdict(published, "mi-01", "isp-tim", outcome=outcomes[own], how=How.NXDOMAIN if own == "B" else None),
            verdict(published, "mi-01", "cloudflare", outcome=outcomes[public]),
        ]
        await store.put_judged(number, "mi-01", True, said)
    rows = await store.circumvention_spans([NAME])
    columns = ("started_at", "covered_until", "ended_at", "plans", "lasted_s", "longest_gap_s")
    times = [START + number * STEP for number in range(9)]
    assert [tuple(row[column] for column in columns) for row in rows] == [
        (times[0], times[3], times[4], 3, 3 * 3600, 2 * 3600),
        (times[5], times[5], times[6], 1, 0, 0),
        (times[7], times[8], None, 2, 3600, 3600),
    ]
    assert {(row["probe"], row["asn"], row["own_resolver"], row["public_resolver"]) for row in rows} == {
        ("mi-01", 3269, "isp-tim", "cloudflare")
    }
    connection = await asyncpg.connect(migrated_dsn)
    try:
        counted = await connection.fetchval("SELECT count(*) FROM analyst.circumvention")
    finally:
        await connection.close()
    assert counted == sum(row["plans"] for row in rows) == 6
