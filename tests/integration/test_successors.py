"""Candidates in a database, and the commands by which people decide of them."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from collector.planning.docket import ordered_names
from collector.status import NameRun
from collector.store import NameRunsOf, Store
from collector.successors.cli import app
from collector.successors.deciding import Kind
from collector.successors.finding import find, look
from collector.successors.grounds import Ground
from collector.successors.keeping import keep_finding
from collector.successors.people import accept, reject
from schema.errors import ConfigError, FormatError, OttemperaError, UnavailableError
from schema.neverprobe import to_list
from schema.order import Order, Scope, ScopeRule
from schema.verdict import MeasureFacts
from schema.words import Ground as Said
from tests.integration.store_examples import publish

if TYPE_CHECKING:
    from typer.testing import Result

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
NOW = datetime(2026, 11, 2, 23, 30, tzinfo=UTC)  # the day after in Rome
ORDER = Order(
    id="milano", title="An order", authority="Tribunale", issued_on=date(2022, 7, 11), addressees=("cloudflare",),
    starts_on=date(2022, 7, 11), grace_days=30,
    scope=(
        Scope("examplesite.to.", ScopeRule.EXACT, "example"),
        Scope("examplesite.to.", ScopeRule.ADJUDICATED, "example"),
        Scope("othersite.to.", ScopeRule.EXACT, "other"),
    ),
)  # fmt: skip
OWN = ("ns1.own.example.", "ns2.own.example.")


def run_of(name: str, servers: tuple[str, ...] = (), ground: Said = Said.ALIVE, at: datetime = AT) -> NameRun:
    return NameRun(name, ground, servers, "", False, at, at, 2, 1, ())


async def prepare(store: Store, *runs: NameRun, persons: int = 1) -> None:
    await store.append_order(replace(ORDER, persons=persons), by="Anna", reason="from the court", at=AT)
    by_name: dict[str, list[NameRun]] = {}
    for one in runs:
        by_name.setdefault(one.name, []).append(one)
    await store.replace_name_runs_of([NameRunsOf(name, some[0].started_at, some) for name, some in by_name.items()])


WORLD = (
    run_of("examplesite.to.", OWN, at=AT - timedelta(days=9)),
    run_of("examplesite.to.", (), Said.DEAD),
    run_of("examplesite.net."),
    run_of("unlike.red.", OWN),
    run_of("unrelated.com.", ("ns1.elsewhere.example.",)),
    run_of("examplesite.org.", (), Said.DEAD),
    run_of("othersite.org."),
)


async def test_found_and_queued_once(store: Store) -> None:
    await prepare(store, *WORLD)
    queued, found = await find(store, NOW)
    assert [(one.name, one.score, one.kind) for one in queued] == [
        ("examplesite.net.", 40, Kind.QUEUED),
        ("unlike.red.", 40, Kind.QUEUED),
        ("othersite.org.", 40, Kind.QUEUED),
    ]
    assert [one.name for one in found.candidates if not one.queued] == ["examplesite.org."]
    assert found.unasked > 2000, "the label under every suffix"
    assert (await find(store, NOW + timedelta(hours=1)))[0] == []
    wanted = await store.candidate_names()
    assert list(wanted) == sorted(wanted)
    assert {"unlike.red.", "examplesite.live."} <= set(wanted)


async def test_accepted_by_one(store: Store) -> None:
    """The order gets a version whose scope says who, when, why and on what evidence; on the day it is in Rome."""
    await prepare(store, *WORLD)
    await find(store, NOW)
    decided = await accept(store, "Unlike.RED", "milano", by="Bruno", reason="same content, capture 4", now=NOW)
    assert (decided.event.kind, decided.version) == (Kind.ACCEPTED, 2)
    history = await store.order_history("milano")
    assert history is not None
    newest = history.newest
    assert (newest.number, newest.entered_by, newest.reason) == (2, "Bruno", "same content, capture 4")
    [attached] = newest.order.scope[1].attached
    assert (attached.name, attached.by, attached.on) == ("unlike.red.", "Bruno", date(2026, 11, 3))
    assert attached.evidence == (
        "score 40: the name server ns1.own.example., as examplesite.to; used by 0 unrelated names that are known here (+40)"
    )
    assert newest.order.scope[0].attached == ()
    assert "unlike.red." not in [one.name for one in (await look(store, NOW)).candidates]
    histories = (await store.histories()).values()
    assert "unlike.red." in ordered_names(histories, date(2026, 11, 3)), "the next plan asks it"
    with pytest.raises(ConfigError, match="was accepted already by Bruno"):
        await accept(store, "unlike.red", "milano", by="Carla", reason="again", now=NOW)


async def test_accepted_by_two(store: Store) -> None:
    await prepare(store, *WORLD, persons=2)
    await find(store, NOW)
    first = await accept(store, "examplesite.net", "milano", by="Anna", reason="same content", now=NOW)
    assert (first.event.kind, first.version, first.persons) == (Kind.SECONDED, None, 2)
    with pytest.raises(ConfigError, match="ANNA has accepted"):
        await accept(store, "examplesite.net", "milano", by="ANNA", reason="me again", now=NOW)
    last = await accept(
        store, "examplesite.net", "milano", by="Bruno", reason="I looked too", now=NOW + timedelta(hours=1)
    )
    assert (last.event.kind, last.version) == (Kind.ACCEPTED, 2)
    history = await store.order_history("milano")
    assert history is not None
    assert history.newest.order.scope[1].attached[0].by == "Anna, Bruno"


async def test_rejected_stays_so_until_something_new_ties_it(store: Store) -> None:
    await prepare(store, *WORLD)
    await find(store, NOW)
    await reject(store, "examplesite.net", "milano", by="Anna", reason="a fan page", now=NOW)
    later = NOW + timedelta(days=1)
    assert (await find(store, later))[0] == []
    await store.replace_name_runs_of([NameRunsOf("examplesite.net.", AT, [run_of("examplesite.net.", OWN)])])
    [again] = (await find(store, later))[0]
    assert again.name == "examplesite.net."
    assert again.reason.startswith("new grounds: the name server ns1.own.example.")


@pytest.mark.parametrize(
    ("name", "order", "by", "says"),
    [
        ("nobody.example", "milano", "Anna", r"nobody.example\. is no candidate under milano"),
        ("examplesite.net", "torino", "Anna", "there is no order 'torino'"),
        ("othersite.org", "milano", "Anna", "no adjudicated entry for the family 'other'"),
        ("examplesite.net", "milano", " ", "needs a person and a reason"),
        ("examplesite.net", "milano", "Anna\n[[scope]]", "one line"),
        ("not a name", "milano", "Anna", "is not a domain name"),
        ("WWW.ExampleSite.Org.", "milano", "Anna", "never-probe list"),
    ],
)
async def test_refusals_write_nothing(store: Store, name: str, order: str, by: str, says: str) -> None:
    await prepare(store, *WORLD)
    await find(store, NOW)
    await store.add_never_probe(to_list("examplesite.org"), salt=bytes(32), by="Anna", reason="told to", at=NOW)
    events, history = await store.successor_history(), await store.order_history("milano")
    with pytest.raises((ConfigError, FormatError), match=says) as refusal:
        await accept(store, name, order, by=by, reason="same content", now=NOW)
    assert refusal.value.remedy or by != "Anna"
    assert await store.successor_history() == events
    assert await store.order_history("milano") is not None
    assert history is not None
    assert (await store.order_history("milano") or history).newest == history.newest


async def test_what_nobody_may_ask_is_no_candidate(store: Store) -> None:
    await prepare(store, *WORLD)
    await store.add_never_probe(to_list("unlike.red"), salt=bytes(32), by="Anna", reason="told to", at=NOW)
    assert "unlike.red." not in [one.name for one in (await find(store, NOW))[1].candidates]
    await store.add_never_probe(to_list("examplesite.live"), salt=bytes(32), by="Anna", reason="told to", at=NOW)
    assert "examplesite.live." not in await store.candidate_names()


async def test_two_people_at_once(store: Store) -> None:
    """One of two decisions that were taken on the same sight is written; the other is told."""
    await prepare(store, *WORLD)
    await find(store, NOW)
    done = await asyncio.gather(
        *(accept(store, "unlike.red", "milano", by=by, reason="same", now=NOW) for by in ("Anna", "Bruno", "Carla")),
        return_exceptions=True,
    )
    assert sum(not isinstance(one, BaseException) for one in done) == 1
    assert all(isinstance(one, UnavailableError | ConfigError) for one in done if isinstance(one, BaseException))
    assert len(await store.successor_history("milano", "unlike.red.")) == 2


async def test_where_a_site_sends_its_visitors(store: Store) -> None:
    """Only what the designated vantage met counts, and only a name of somebody else's; it stays when a person accepts."""
    await prepare(store, *WORLD)
    plan = await publish(store, 1)
    met = [
        ("mi-01", "https://newhome.example/"),
        ("mi-01", "https://www.examplesite.to/login"),
        ("mi-01", "https://192.0.2.1/"),
        ("rm-01", "https://unrelated.com/"),
    ]
    for probe in ("mi-01", "rm-01"):
        facts = [
            MeasureFacts(
                plan.plan_id, probe, cell, "examplesite.to.", "192.0.2.7", 301, None, {"location": to}, f"{cell:064x}"
            )
            for cell, (whose, to) in enumerate(met)
            if whose == probe
        ]
        await store.put_judged(1, probe, True, [], measures=facts)
    assert "newhome.example." not in [one.name for one in (await look(store, NOW)).candidates], "off by default"
    queued, _ = await find(store, NOW, redirects_from="mi-01")
    [one] = [event for event in queued if event.name == "newhome.example."]
    assert [(reason.ground, reason.member, reason.witness) for reason in one.grounds] == [
        (Ground.REDIRECT, "examplesite.to.", f"{0:064x}")
    ]
    assert "unrelated.com." not in [event.name for event in queued]
    assert "newhome.example." in await store.candidate_names(), "who waits for a decision is asked meanwhile"
    decided = await accept(store, "newhome.example", "milano", by="Anna", reason="same content", now=NOW)
    assert [reason.ground for reason in decided.event.grounds] == [Ground.REDIRECT]


async def test_found_again_and_again(store: Store) -> None:
    """What `serve` does each hour, faster."""
    await prepare(store, *WORLD)
    work = asyncio.create_task(keep_finding(store, every_s=0.01, redirects_from="", now=lambda: NOW))
    async with asyncio.timeout(60):
        while len(await store.successor_history()) < 3:
            assert not work.done()
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    assert {one.name for one in await store.successor_history()} == {
        "examplesite.net.",
        "unlike.red.",
        "othersite.org.",
    }


def command(dsn: str, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--database-url", dsn], obj=lambda _data, url: url)


async def typed(dsn: str, *arguments: str) -> str:
    done = await asyncio.to_thread(command, dsn, *arguments)
    assert done.exit_code == 0, done.exception
    return done.stdout


async def as_json(dsn: str, *arguments: str) -> Any:
    return msgspec.json.decode(await typed(dsn, *arguments, "--json"))


async def test_commands(store: Store, migrated_dsn: str) -> None:
    assert "No name waits for a decision" in await typed(migrated_dsn, "list")
    assert await as_json(migrated_dsn, "list") == []
    assert (await typed(migrated_dsn, "find")).startswith("0 names queued")
    await prepare(store, *WORLD)
    assert len((await as_json(migrated_dsn, "find"))["queued"]) == 3
    lines = (await typed(migrated_dsn, "list")).splitlines()
    assert lines[0].split() == ["score", "name", "site", "state", "order", "grounds"]
    assert lines[1].split() == ["40", "examplesite.net.", "example", "queued", "milano", "same_label", "+40"]
    assert len(lines) == 4
    everything = await as_json(migrated_dsn, "list", "--all", "--order", "milano")
    assert {row["name"]: row["state"] for row in everything}["examplesite.org."] == "does not exist now"
    wrong = await asyncio.to_thread(command, migrated_dsn, "list", "--order", "milan")
    assert "there is no order 'milan'" in str(wrong.exception)
    page = await typed(migrated_dsn, "show", "unlike.red", "--lang", "it")
    assert "candidato per example nell'ordine milano" in page
    assert "+40  il name server ns1.own.example., come examplesite.to" in page
    assert "in coda" in page
    [shown] = await as_json(migrated_dsn, "show", "unlike.red")
    assert shown["grounds"][0]["source"]
    said = await typed(
        migrated_dsn, "reject", "examplesite.net", "--order", "milano", "--by", "Anna", "--reason", "a fan page"
    )
    assert said == "examplesite.net. is rejected. It is queued again only if new grounds appear.\n"
    said = await typed(
        migrated_dsn, "accept", "unlike.red", "--order", "milano", "--by", "Anna", "--reason", "same content"
    )
    assert said.startswith("unlike.red. is attached to milano: version 2.\n")
    assert [row["kind"] for row in (await as_json(migrated_dsn, "show", "unlike.red"))[0]["events"]] == [
        "queued",
        "accepted",
    ]
    unknown = await asyncio.to_thread(command, migrated_dsn, "show", "nobody.example")
    assert isinstance(unknown.exception, OttemperaError)


async def test_views(store: Store, migrated_dsn: str) -> None:
    """The view comes to what the program comes to."""
    await prepare(store, *WORLD, persons=2)
    await find(store, NOW)
    await accept(store, "unlike.red", "milano", by="Anna", reason="same", now=NOW + timedelta(hours=1))
    await reject(store, "othersite.org", "milano", by="Anna", reason="no", now=NOW + timedelta(hours=1))
    standings = await store.successor_standings()
    rows = await store.successors()
    assert {(row["order_id"], row["name"]): (row["state"], row["seconded_by"]) for row in rows} == {
        key: (one.kind.value, list(one.seconds)) for key, one in standings.items()
    }
    assert [row["state"] for row in rows] == ["queued", "rejected", "seconded"]
