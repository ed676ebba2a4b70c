"""Orders in a real database by the commands that people type: versions, checks, notices, and refusals that write nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import urlsplit

import asyncpg
import msgspec
import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from collector.compliance.history import Draft
from collector.store import Store, set_reader_password
from deploy.cli import app
from schema.errors import ConfigError, OttemperaError, UnavailableError
from schema.neverprobe import SALT_BYTES, to_list
from schema.order_file import read_order

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
ORDER = """\
id = "milano"
title = "Three labels against a resolver"
authority = "Tribunale di Milano"
issued_on = 2022-07-11
addressees = ["cloudflare"]
persons = 2
starts_on = 2022-07-11
starts_verified = true
grace_days = 30

[[scope]]
name = "KickAssTorrents.to"
rule = "exact"

[[scope]]
name = "kickasstorrents.to"
rule = "adjudicated"
"""
OTHER = ORDER.replace('"milano"', '"torino"')
RUNNER = CliRunner()


class Ran(NamedTuple):
    """What a command printed, and what refused it."""

    out: str
    error: OttemperaError | None

    @property
    def said(self) -> str:
        """What it printed, if it ended well."""
        assert self.error is None, self.error
        return self.out

    @property
    def refused(self) -> OttemperaError:
        """What refused it."""
        assert self.error is not None, self.out
        return self.error


Orders: TypeAlias = Callable[..., Awaitable[Ran]]


@pytest.fixture
def orders(migrated_dsn: str) -> Orders:
    """`ottempera orders ...` on the test's database."""

    async def run(*arguments: str | Path) -> Ran:
        given = ["orders", *map(str, arguments), "--database-url", migrated_dsn]
        result = await asyncio.to_thread(RUNNER.invoke, app, given)
        if result.exception is not None and not isinstance(result.exception, OttemperaError):
            raise AssertionError(result.output) from result.exception
        return Ran(result.stdout, result.exception)

    return run


@pytest.fixture
def enter(orders: Orders, tmp_path: Path) -> Callable[..., Awaitable[Ran]]:
    """`orders import` of a file with this text."""

    async def run(text: str, *options: str | Path, name: str = "order.toml") -> Ran:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return await orders("import", tmp_path / name, "--by", "Anna", "--reason", "received", *options)

    return run


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """The document that counsel holds."""
    path = tmp_path / "ordinanza.pdf"
    path.write_bytes(b"%PDF the order of 11 July 2022")
    return path


async def rows(dsn: str, statement: str) -> list[Any]:
    connection = await asyncpg.connect(dsn)
    try:
        return [dict(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


async def test_a_version_for_each_change(
    orders: Orders, enter: Callable[..., Awaitable[Ran]], paper: Path, store: Store, migrated_dsn: str
) -> None:
    """From a file to a verified value, each step a version with who, when, why and the document's digest."""
    digest = sha256(paper.read_bytes()).hexdigest()
    assert (await enter(ORDER)).said.startswith("milano: version 1 entered")
    assert "nothing changed, version 1 says the same" in (await enter(ORDER + "# a comment\n")).said
    first = await orders("verify", "milano", "starts", "--document", paper, "--page", "p. 3", "--by", "Bruno")
    assert "starts: compared by Bruno, Anna (2 of 2): verified" in first.said
    half = await orders(
        "verify",
        "milano",
        "scope",
        "kickasstorrents.to",
        "exact",
        "--document",
        paper,
        "--page",
        "p. 4",
        "--by",
        "Bruno",
    )
    assert "(1 of 2): not verified yet" in half.said
    again = await orders("verify", "milano", "starts", "--document", paper, "--page", "p. 3", "--by", "Bruno")
    assert "nothing changed, version 3 says the same" in again.said
    noticed = await orders(
        "notice", "milano", "--kind", "service", "--operator", "Cloudflare", "--at", "2022-07-20T10:30", "--by", "Carla",
        "--receipt", paper, "--name", "KICKASSTORRENTS.to", "--note", "certified mail",
    )  # fmt: skip
    assert "notice 1: (nothing) -> kind service; operator cloudflare; at 2022-07-20T10:30:00+02:00" in noticed.said
    assert await rows(migrated_dsn, "SELECT version, entered_by, reason, document, from_file, holds FROM analyst.order_versions ORDER BY version") == [
        {"version": 1, "entered_by": "Anna", "reason": "received", "document": None, "from_file": True, "holds": False},
        {"version": 2, "entered_by": "Bruno", "reason": "starts compared with the document, p. 3", "document": digest, "from_file": False, "holds": False},
        {"version": 3, "entered_by": "Bruno", "reason": "scope kickasstorrents.to exact compared with the document, p. 4", "document": digest, "from_file": False, "holds": False},
        {"version": 4, "entered_by": "Carla", "reason": "certified mail", "document": digest, "from_file": False, "holds": True},
    ]  # fmt: skip
    history = (await store.histories())["milano"]
    assert {version.vouched_by for version in history.versions} == {"Anna"}
    assert history.newest.order.document is not None
    assert history.newest.order.document.sha256 == digest
    await views(migrated_dsn, digest)


async def views(dsn: str, digest: str) -> None:
    """What `test_a_version_for_each_change` came to, as analysts see it."""
    (order,) = await rows(
        dsn, "SELECT version, document, persons, instrument, starts_from, entered_by FROM analyst.orders"
    )
    assert order == {
        "version": 4, "document": digest, "persons": 2, "instrument": "injunction", "starts_from": "order", "entered_by": "Carla",
    }  # fmt: skip
    (notice,) = await rows(dsn, "SELECT number, kind, operator, at, names, receipt, note FROM analyst.order_notices")
    assert notice == {
        "number": 1, "kind": "service", "operator": "cloudflare", "at": datetime(2022, 7, 20, 8, 30, tzinfo=UTC),
        "names": ["kickasstorrents.to."], "receipt": digest, "note": "certified mail",
    }  # fmt: skip
    checks = await rows(dsn, "SELECT field, value, page, checked_by FROM analyst.order_checks ORDER BY field")
    assert [(one["field"], one["checked_by"]) for one in checks] == [
        ("document", "Bruno"), ("scope kickasstorrents.to exact", "Bruno"), ("starts", "Bruno"),
    ]  # fmt: skip
    names = await rows(dsn, "SELECT name, rule, number, verified FROM analyst.order_names ORDER BY number")
    assert [(one["rule"], one["verified"]) for one in names] == [("exact", False), ("adjudicated", False)]


@pytest.mark.parametrize("by", ["Anna", "Carla", "\u00c1NNA,"])
async def test_two_people_of_which_one_entered_the_file(
    by: str, orders: Orders, enter: Callable[..., Awaitable[Ran]], paper: Path, migrated_dsn: str
) -> None:
    """A rule is verified in the view when it is in the commands: by two people, never twice by one."""
    text = ORDER.replace('rule = "exact"', 'rule = "exact"\nverified = true')
    (await enter(text)).said  # noqa: B018  it must end well
    done = await orders(
        "verify", "milano", "scope", "kickasstorrents.to", "exact", "--document", paper, "--page", "p. 4", "--by", by
    )
    assert ("(2 of 2): verified" in done.said) == (by == "Carla")
    (row,) = await rows(migrated_dsn, "SELECT verified FROM analyst.order_names WHERE rule = 'exact'")
    assert row["verified"] == (by == "Carla")


async def test_the_log_holds_each_version(
    enter: Callable[..., Awaitable[Ran]], store: Store, migrated_dsn: str
) -> None:
    """What waits for the log is the digest of the body as it is exported."""
    (await enter(ORDER)).said  # noqa: B018  it must end well
    (await enter(ORDER.replace("grace_days = 30", "grace_days = 31"))).said  # noqa: B018  it must end well
    stored = await rows(
        migrated_dsn,
        "SELECT encode(sha256(convert_to(body::text, 'UTF8')), 'hex') AS digest FROM ledger.legal_order ORDER BY version",
    )
    newest = await store.newest_order("milano")
    assert newest is not None
    assert sha256(newest[1]).hexdigest() == stored[1]["digest"]
    assert msgspec.json.decode(newest[1])["grace_days"] == 31


async def test_shown(orders: Orders, enter: Callable[..., Awaitable[Ran]], paper: Path) -> None:
    (await enter(ORDER, "--document", paper)).said  # noqa: B018  it must end well
    shown = (await orders("show", "milano")).said
    assert "cloudflare: time runs from 2022-07-11 (order); the first day that is due is 2022-08-11" in shown
    assert "What still stands between this order and its first counted day:" in shown
    assert "starts (2022-07-11 order): compared with the document by Anna only, and 2 are needed" in shown
    assert "-> ottempera orders verify milano grace --document FILE --page PAGE --by NAME" in shown
    row = msgspec.json.decode((await orders("show", "milano", "--json")).said)
    assert [one["field"] for one in row["standing"] if one["blocks"]] == [
        "document", "starts", "grace", "scope kickasstorrents.to exact",
    ]  # fmt: skip
    assert row["versions"][0]["document"] == sha256(paper.read_bytes()).hexdigest()
    listed = (await orders("list")).said
    assert (
        "milano  version 1  2022-07-11  injunction  cloudflare  1 name  0 of 5 values verified  not countable" in listed
    )
    assert "milano-2022-cloudflare  not entered" in listed


async def test_differences(orders: Orders, enter: Callable[..., Awaitable[Ran]]) -> None:
    (await enter(ORDER)).said  # noqa: B018  it must end well
    assert "grace_days: 30 -> 20" in (await enter(ORDER.replace("grace_days = 30", "grace_days = 20"))).said
    (await enter(ORDER.replace("grace_days = 30", "grace_days = 10"))).said  # noqa: B018  it must end well
    assert (await orders("diff", "milano")).said == "milano, version 2 to 3\n  ~ grace_days: 20 -> 10\n"
    assert "  ~ grace_days: 10 -> 30\n" in (await orders("diff", "milano", "3", "1")).said
    assert msgspec.json.decode((await orders("diff", "milano", "1", "1", "--json")).said)["changes"] == []
    assert "has no version 9" in str((await orders("diff", "milano", "1", "9")).refused)


async def test_exported_and_imported_again(
    orders: Orders, enter: Callable[..., Awaitable[Ran]], paper: Path, store: Store
) -> None:
    """What is exported is a file that `check` finds sound and `import` finds nothing new in."""
    (await enter(ORDER, "--document", paper)).said  # noqa: B018  it must end well
    made = await orders(
        "notice", "milano", "--kind", "demand", "--operator", "cloudflare", "--at", "2022-06-01T10:00Z", "--by", "C"
    )
    made.said  # noqa: B018  it must end well
    text = (await orders("export", "milano")).said
    history = await store.order_history("milano")
    assert history is not None
    assert read_order(text.encode(), "again.toml") == history.newest.order
    assert "nothing changed, version 2 says the same" in (await enter(text)).said


async def test_covered_and_why(orders: Orders, enter: Callable[..., Awaitable[Ran]]) -> None:
    (await enter(ORDER)).said  # noqa: B018  it must end well
    assert (await orders("covers", "milano", "KickAssTorrents.TO")).said == (
        "kickasstorrents.to. is covered by rule 1 of version 1, because the order names kickasstorrents.to.\n"
    )
    said = (await orders("covers", "milano", "www.kickasstorrents.to")).said
    assert "none of the 2 rules of version 1 names it" in said
    assert "www. is a name of its own" in said
    assert "no terms of milano were in force on 2022-07-10" in (
        await orders("covers", "milano", "kickasstorrents.to", "--on", "2022-07-10")
    ).said  # fmt: skip
    row = msgspec.json.decode((await orders("covers", "milano", "kickasstorrents.to", "--json")).said)
    assert (row["covered"], row["by"][0]["rule"], row["version"]) == (True, 1, 1)


REFUSALS = [
    # what is changed in the file, into what, what the message says
    (
        "milano",
        "authority",
        ORDER.replace("Tribunale di Milano", "Tribunale di Roma"),
        "authority: 'milano' is held as",
    ),
    ("milano", "issued_on", ORDER.replace("issued_on = 2022-07-11", "issued_on = 2022-07-10"), "issued_on: 'milano'"),
    ("milano", "float", ORDER + "[penalty_per_day]\namount = 10000.5\ncurrency = 'EUR'\n", "10000.5 is a number"),
    (
        "milano",
        "date",
        ORDER.replace("starts_on = 2022-07-11", "starts_on = 2022-02-30"),
        "starts_on: 2022-02-30 is no",
    ),
    ("torino", "operator", OTHER.replace("cloudflare", "cloudflair"), "no resolver of the registry is of an operator"),
    (
        "milano",
        "fewer-people",
        ORDER.replace("persons = 2\n", ""),
        "persons: milano asks for 2 people, and this says 1",
    ),
    (
        "torino",
        "the-word-of-another",
        OTHER
        + '[[check]]\nfield = "starts"\nvalue = "2022-07-11 order"\npage = "p. 3"\nby = "Bruno"\non = 2026-11-22\n'
        f'document = "{"a" * 64}"\n',
        "check 1: it is the word of Bruno, and Anna enters this file",
    ),
    ("torino", "stays", OTHER + "[[stay]]\nstarts_on = 2023-01-01\n" * 2, "overlaps the one that begins on 2023-01-01"),
]


@pytest.mark.parametrize(("_order", "_name", "text", "said"), REFUSALS, ids=[row[1] for row in REFUSALS])
async def test_refused_and_nothing_written(
    _order: str, _name: str, text: str, said: str, enter: Callable[..., Awaitable[Ran]], orders: Orders,
    tmp_path: Path, migrated_dsn: str,
) -> None:  # fmt: skip
    """One clear message, and of the sound file that stands beside it nothing is written either."""
    (await enter(ORDER)).said  # noqa: B018  it must end well
    (tmp_path / "sound.toml").write_text(ORDER.replace('"milano"', '"aosta"'))
    refused = (await enter(text, tmp_path / "sound.toml")).refused
    assert said in str(refused)
    assert refused.remedy
    assert len(await rows(migrated_dsn, "SELECT FROM ledger.legal_order")) == 1


async def test_overlapping_versions(enter: Callable[..., Awaitable[Ran]], store: Store) -> None:
    (await enter(ORDER)).said  # noqa: B018  it must end well
    (await enter("terms_from = 2023-01-01\n" + ORDER)).said  # noqa: B018  it must end well
    refused = (await enter("terms_from = 2022-10-01\n" + ORDER)).refused
    assert "terms from 2022-10-01 overlap with those of version 2, from 2023-01-01" in str(refused)
    assert "(2022-07-11, 2023-01-01)" in refused.remedy
    (await enter(ORDER.replace("grace_days = 30", "grace_days = 29"))).said  # noqa: B018  a correction of the first
    history = await store.order_history("milano")
    assert history is not None
    assert [version.number for version in history.terms] == [3, 2]


async def test_a_notice_is_entered_under_all_terms(
    orders: Orders, enter: Callable[..., Awaitable[Ran]], store: Store
) -> None:
    (await enter(ORDER)).said  # noqa: B018  it must end well
    (await enter("terms_from = 2023-01-01\n" + ORDER)).said  # noqa: B018  it must end well
    made = await orders(
        "notice", "milano", "--kind", "service", "--operator", "cloudflare", "--at", "2022-07-20T10:30Z", "--by", "C"
    )
    assert "version 3 entered" in made.said
    assert "version 4 entered" in made.said
    history = await store.order_history("milano")
    assert history is not None
    assert [len(version.order.notice) for version in history.terms] == [1, 1]
    assert {version.vouched_by for version in history.versions} == {"Anna"}


async def test_a_notice_to_an_addressee_of_later_terms(
    orders: Orders, enter: Callable[..., Awaitable[Ran]], store: Store
) -> None:
    """Terms that do not bind its addressee stay as they are; what is entered a second time is told so."""
    (await enter(ORDER)).said  # noqa: B018  it must end well
    later = ORDER.replace('addressees = ["cloudflare"]', 'addressees = ["cloudflare", "quad9"]')
    (await enter("terms_from = 2023-01-01\n" + later)).said  # noqa: B018  it must end well
    notice = ("notice", "milano", "--kind", "service", "--operator", "quad9", "--at", "2023-02-01T10:30", "--by", "C")
    assert "version 3 entered" in (await orders(*notice)).said
    history = await store.order_history("milano")
    assert history is not None
    assert [len(version.order.notice) for version in history.terms] == [0, 1]
    assert (await orders(*notice)).said == "milano: nothing changed, version 3 says the same\n"
    shown = (await orders("show", "milano")).said
    assert "Notice 1: service, quad9, 2023-02-01T10:30+01:00, all names; no receipt; by C" in shown
    assert "Counted the lowest way: notice 1: no receipt shows it; no time runs from it" in shown


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--list", "l.txt", "milano", "--document", "d.pdf"), "--document says nothing with --list"),
        (("order.toml", "--dry-run"), "--dry-run says nothing without --list"),
    ],
)
async def test_no_option_is_passed_over(
    given: tuple[str, ...], said: str, enter: Callable[..., Awaitable[Ran]], orders: Orders, migrated_dsn: str
) -> None:
    """Who says --dry-run must not find a version entered."""
    (await enter(ORDER)).said  # noqa: B018  it must end well
    assert said in str((await orders("import", *given, "--by", "A", "--reason", "r")).refused)
    assert "says nothing with --rpz" in str((await orders("export", "milano", "--rpz", "--version", "1")).refused)
    assert len(await rows(migrated_dsn, "SELECT FROM ledger.legal_order")) == 1


async def test_a_role_that_may_not(migrated_dsn: str) -> None:
    """An analyst's connection is told whose to use, not shown a fault of ours."""
    await set_reader_password(migrated_dsn, "reader")
    parts = urlsplit(migrated_dsn)
    place = parts.netloc.rpartition("@")[2]
    dsn = parts._replace(netloc=f"analyst_reader:reader@{place}").geturl()
    result = await asyncio.to_thread(RUNNER.invoke, app, ["orders", "list", "--database-url", dsn])
    refused = result.exception
    assert isinstance(refused, ConfigError)
    assert "the role of this connection may not do that" in str(refused)
    assert "ottempera sql" in refused.remedy


async def test_an_operator_that_nobody_knows(enter: Callable[..., Awaitable[Ran]]) -> None:
    text = ORDER.replace('"cloudflare"', '"cloudflair"')
    assert "Did you mean 'cloudflare'?" in (await enter(text)).refused.remedy
    assert "version 1 entered" in (await enter(text, "--unknown-operator")).said


async def test_another_document(
    orders: Orders, enter: Callable[..., Awaitable[Ran]], paper: Path, tmp_path: Path
) -> None:
    (await enter(ORDER, "--document", paper)).said  # noqa: B018  it must end well
    (tmp_path / "other.pdf").write_bytes(b"another")
    refused = await orders(
        "verify", "milano", "starts", "--document", tmp_path / "other.pdf", "--page", "p. 1", "--by", "Bruno"
    )
    assert sha256(b"another").hexdigest() in str(refused.refused)
    unknown = await orders("verify", "milano", "start", "--document", paper, "--page", "p. 1", "--by", "Bruno")
    assert "Did you mean 'starts'?" in unknown.refused.remedy


DISGUISES = [
    "never.example",
    "WWW.Never.Example.",
    "http://never.example/path",
    "ne\u00adver.example",
    "\\uff4eever\\u3002example",
    "a.b.never.example",
    "never[.]example",
]


@pytest.mark.parametrize("spelt", DISGUISES)
async def test_a_name_that_nobody_may_ask(
    spelt: str, enter: Callable[..., Awaitable[Ran]], orders: Orders, store: Store, migrated_dsn: str
) -> None:
    """In whatever disguise: the line is said and the name is not, and nothing is written."""
    await store.add_never_probe(to_list("never.example"), salt=bytes(SALT_BYTES), by="A", reason="r", at=AT)
    refused = (await enter(ORDER.replace("KickAssTorrents.to", spelt))).refused
    assert str(refused).endswith("line 12, scope.name: a name that is never probed")
    assert "never.example" not in refused.in_full.lower()
    assert await rows(migrated_dsn, "SELECT FROM ledger.legal_order") == []
    (await enter(ORDER)).said  # noqa: B018  it must end well
    plain = spelt.encode().decode("unicode_escape") if "\\u" in spelt else spelt
    notice = ("notice", "milano", "--kind", "service", "--operator", "cloudflare", "--at", "2022-07-20T10:30Z")
    told = await orders(*notice, "--by", "C", "--name", plain)
    assert "a name that is never probed" in str(told.refused)
    assert len(await rows(migrated_dsn, "SELECT FROM ledger.legal_order")) == 1


NOTICES = [
    (("--kind", "letter"), "'letter' is no kind of notice"),
    (("--operator", "google"), "--operator: 'google' is no addressee of milano"),
    (("--at", "yesterday"), "'yesterday' is no time"),
    (("--at", "2022-07-20"), "'2022-07-20' names no time of the day"),
    (("--at", "2022-10-30T02:30"), "is twice, or never, on a clock of Europe/Rome"),
    (("--at", "2122-07-20T10:30Z"), "lies ahead"),
    (("--at", "2022-07-01T00:00Z"), "2022-07-01 is before the order was issued"),
    (("--name", "a b"), "is not a domain name"),
    (("--by", "  "), "--by is empty"),
]


@pytest.mark.parametrize(("wrong", "said"), NOTICES, ids=[row[1] for row in NOTICES])
async def test_a_notice_with_a_mistake(
    wrong: tuple[str, str], said: str, enter: Callable[..., Awaitable[Ran]], orders: Orders, migrated_dsn: str
) -> None:
    (await enter(ORDER)).said  # noqa: B018  it must end well
    given = {
        "--kind": "service",
        "--operator": "cloudflare",
        "--at": "2022-07-20T10:30Z",
        "--by": "C",
        wrong[0]: wrong[1],
    }
    refused = await orders("notice", "milano", *(word for pair in given.items() for word in pair))
    assert said in str(refused.refused)
    assert len(await rows(migrated_dsn, "SELECT FROM ledger.legal_order")) == 1


async def test_nothing_entered_yet(orders: Orders) -> None:
    assert "milano-2022-cloudflare  not entered" in (await orders("list")).said
    refused = (await orders("show", "milano")).refused
    assert "there is no order 'milano'" in str(refused)
    assert "orders import" in refused.remedy


async def test_somebody_was_faster(store: Store) -> None:
    """Of two people who change the same version one is told so; of several orders none is written then."""
    one = read_order(ORDER.encode(), "o")
    assert await store.append_order(one, by="A", reason="r", at=AT, after=0) == 1
    late = Draft(replace(one, grace_days=31), 0)
    other = Draft(read_order(OTHER.encode(), "o"), 0)
    with pytest.raises(UnavailableError, match="somebody entered version 1 of milano in the meantime"):
        await store.append_orders([other, late], by="B", reason="r", at=AT)
    assert list(await store.histories()) == ["milano"]


async def test_two_writers_at_once(store: Store, migrated_dsn: str) -> None:
    """No number is given twice, and nobody fails."""
    one = read_order(ORDER.encode(), "o")
    numbers = await asyncio.gather(
        *(store.append_order(replace(one, grace_days=days), by="A", reason="r", at=AT) for days in range(8))
    )
    assert sorted(numbers) == list(range(1, 9))


async def test_a_scenario_brings_its_order_back_without_undoing(store: Store) -> None:
    """`up` on the same scenario again leaves what people have added since."""
    one = read_order(ORDER.encode(), "o")
    body = msgspec.json.encode(one)
    assert await store.put_order("milano", body, body, AT) == 1
    assert await store.append_order(replace(one, grace_verified=True), by="A", reason="r", at=AT) == 2
    assert await store.put_order("milano", body, body, AT) == 1
    history = await store.order_history("milano")
    assert history is not None
    assert history.newest.number == 2
    assert history.newest.vouched_by == ""
