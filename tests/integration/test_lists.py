"""Lists in a real database: versions, differences, views, what is refused, and how long a large one takes."""

from __future__ import annotations

import asyncio
import json
import random
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from collector.lists.cli import export_rpz, import_list
from collector.lists.formats import read_list
from collector.store import Store
from schema.errors import ConfigError, FormatError, OttemperaError, UnavailableError
from schema.neverprobe import SALT_BYTES, to_list
from schema.order_file import read_order

if TYPE_CHECKING:
    from pathlib import Path

ORDER = b"""
id = "elenco"
title = "Elenco"
authority = "AGCOM"
instrument = "authority_order"
issued_on = 2025-08-29
addressees = ["cloudflare"]
starts_on = 2025-08-29
grace_days = 3
[[scope]]
name = "ordered.example"
rule = "subtree"
"""
FIRST = "0000350_2025.29.08\r\na.example\r\nb.example\r\nhttp://c.example/x\r\n192.0.2.1\r\n"
SECOND = "0000351_2025.05.09\r\nb.example\r\nd.example\r\n*.d.example\r\n192.0.2.1\r\n"
NOW = datetime(2025, 9, 6, tzinfo=UTC)


@pytest.fixture
async def ordered(store: Store, migrated_dsn: str) -> str:
    """The DSN of a database with one order, `elenco`."""
    order = read_order(ORDER, "elenco.toml")
    await store.append_order(order, by="A. Rossi", reason="received", document=None, file=ORDER, at=NOW)
    return migrated_dsn


def given(folder: Path, text: str | bytes, name: str = "list.txt") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


async def taken(dsn: str, path: Path, **options: Any) -> None:
    """The command, off the loop, as it has one of its own."""
    wanted: dict[str, Any] = {"by": "A. Rossi", "reason": "by certified mail", "yes": True} | options
    await asyncio.to_thread(import_list, dsn, path, "elenco", **wanted)


async def counts(store: Store) -> tuple[int, int]:
    async with store._connection() as connection:
        found = await connection.fetchrow(
            "SELECT (SELECT count(*) FROM ledger.list_version), (SELECT count(*) FROM ledger.list_change)"
        )
        return found[0], found[1]


async def test_two_versions(ordered: str, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await taken(ordered, given(tmp_path, FIRST, "Allegato B Elenco URL 350_2025_29_08.txt"))
    out = capsys.readouterr().out
    assert "agcom, 4 entries, 2 not testable by DNS" in out
    assert "number 0000350 of 2025-08-29" in out
    assert "4 added" in out
    assert "  + a.example." in out
    assert "version 1 of the list of elenco is in force" in out

    await taken(ordered, given(tmp_path, SECOND), notified_at="2025-09-05T10:00:00+02:00")
    out = capsys.readouterr().out
    assert "after version 1" in out
    assert "2 added\n  + d.example.\n  + *.d.example.\n2 removed\n  - a.example.\n  - http://c.example/x\n" in out

    assert await store.list_names("elenco") == ["b.example.", "d.example."]
    assert await store.list_added("elenco", 2) == ["d.example."]
    newest = await store.newest_list("elenco")
    assert newest is not None
    assert (newest.version, newest.format, newest.header_number, str(newest.header_day)) == (
        2,
        "agcom",
        "0000351",
        "2025-09-05",
    )
    assert newest.notified_at == datetime(2025, 9, 5, 8, tzinfo=UTC)
    assert [one.version for one in await store.lists()] == [2]

    rows = await store.list_rows("elenco")
    assert [(row["name"], row["kind"], row["since_version"]) for row in rows] == [
        ("*.d.example.", "below", 2), ("b.example.", "name", 1), ("d.example.", "name", 2),
    ]  # fmt: skip
    assert [(row["entry"], row["why"]) for row in await store.untestable_rows("elenco")] == [
        ("192.0.2.1", "an address: resolvers are asked for names only")
    ]
    async with store._connection() as connection:
        shown = await connection.fetch(
            "SELECT version, newest, added, removed, entered_by FROM analyst.lists ORDER BY version"
        )
    assert [tuple(row) for row in shown] == [(1, False, 4, 0, "A. Rossi"), (2, True, 2, 2, "A. Rossi")]


async def test_every_version_holds_what_its_file_says(ordered: str, store: Store, tmp_path: Path) -> None:
    """Whatever comes, goes and comes back: the sum of the differences is the last file."""
    dice = random.Random(7)
    pool = [f"n{number}.example." for number in range(12)] + ["*.n1.example.", "192.0.2.1", "http://n2.example/x"]
    for number in range(12):
        listed = dice.sample(pool, dice.randrange(1, len(pool)))
        await taken(ordered, given(tmp_path, f"# {number}\n" + "\n".join(listed)))
        assert await store.list_texts("elenco") == sorted(listed)
        assert await store.list_names("elenco") == sorted(one for one in listed if one[0] == "n")


async def test_a_name_that_comes_back(ordered: str, store: Store, tmp_path: Path) -> None:
    """What was taken away and is listed anew is in force from then on; nothing of its first time is gone."""
    for text in ("a.example\nb.example\n", "b.example\n", "b.example\na.example\n"):
        await taken(ordered, given(tmp_path, text))
    rows = {row["name"]: row["since_version"] for row in await store.list_rows("elenco")}
    assert rows == {"a.example.": 3, "b.example.": 1}
    assert await counts(store) == (3, 4)


async def test_the_same_file_changes_nothing(
    ordered: str, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        await taken(ordered, given(tmp_path, FIRST))
    assert "is version 1 of the list of elenco already\nnothing was written" in capsys.readouterr().out
    assert await counts(store) == (1, 4)


async def test_nobody_is_asked_and_nothing_taken(
    ordered: str, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a terminal and without --yes the difference is shown and refused; --dry-run only shows it."""
    path = given(tmp_path, FIRST)
    with pytest.raises(ConfigError, match="nobody is there to be asked"):
        await taken(ordered, path, yes=False)
    assert "4 added" in capsys.readouterr().out
    await taken(ordered, path, dry_run=True)
    assert "nothing was written" in capsys.readouterr().out
    assert await counts(store) == (0, 0)


async def test_json(ordered: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await taken(ordered, given(tmp_path, FIRST + "foo bar\r\n"), as_json=True, tolerate=30)
    said = json.loads(capsys.readouterr().out)
    assert said["taken"] is True
    assert said["not_understood"] == [{"line": 6, "why": "not one word of letters that show"}]
    assert (said["entries"], said["untestable"], said["added"], said["first_added"][0]) == (4, 2, 4, "a.example.")
    assert said["header"] == {"raw": "0000350_2025.29.08", "number": "0000350", "day": "2025-08-29"}


@pytest.mark.parametrize(
    ("text", "name", "options", "kind", "says"),
    [
        (FIRST, "Allegato B Elenco URL 349_2025_29_08.txt", {}, FormatError, "contradict"),
        (FIRST, "cncpo.txt", {}, FormatError, "CNCPO"),
        ("# CNCPO\na.example\n", "list.txt", {}, FormatError, "CNCPO"),
        ("a.example\nfoo bar\n", "list.txt", {}, FormatError, "1 of 2 lines were not understood as plain: line 2"),
        ("", "list.txt", {}, FormatError, "no entry"),
        (FIRST, "list.txt", {"form": "xml"}, ConfigError, "no format"),
        (FIRST, "list.txt", {"by": " "}, ConfigError, "--by"),
        (FIRST, "list.txt", {"reason": "a\nb"}, ConfigError, "--reason"),
        (FIRST, "list.txt", {"notified_at": "yesterday"}, ConfigError, "no time"),
        (FIRST, "list.txt", {"notified_at": "2025-09-05T10:00:00"}, ConfigError, "offset"),
        (FIRST, "list.txt", {"notified_at": "2999-09-05T10:00:00Z"}, ConfigError, "ahead"),
    ],
)
async def test_refused_and_nothing_written(
    ordered: str,
    store: Store,
    tmp_path: Path,
    text: str,
    name: str,
    options: dict[str, Any],
    kind: type[OttemperaError],
    says: str,
) -> None:
    with pytest.raises(kind, match=says) as refused:
        await taken(ordered, given(tmp_path, text, name), **options)
    assert refused.value.remedy
    assert await counts(store) == (0, 0)


async def test_a_list_needs_its_order(ordered: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no order 'other'") as refused:
        await asyncio.to_thread(
            import_list, ordered, given(tmp_path, FIRST), "other", by="A. Rossi", reason="by mail", yes=True
        )
    assert "elenco" in refused.value.remedy
    with pytest.raises(UnavailableError, match=r"missing\.txt"):
        await taken(ordered, tmp_path / "missing.txt")


DISGUISES = [
    "Never-This.Example.",
    "www.never-this.example",
    "ｎｅｖｅｒ-ｔｈｉｓ。example",  # noqa: RUF001 - full-width is the point
    "n%65ver-this.example",
    "https://never-this.example/path",
    "deep.below.never-this.example",
]


@pytest.mark.parametrize("text", DISGUISES, ids=ascii)
async def test_never_probed(
    ordered: str, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    """A name that nobody may ask, in disguise: its line is told, the name never, and nothing is written."""
    salt = b"\x05" * SALT_BYTES
    await store.add_never_probe(to_list("never-this.example"), salt=salt, by="A. Rossi", reason="a reason", at=NOW)
    path = given(tmp_path, f"a.example\n{text}\nb.example\n")
    with pytest.raises(ConfigError, match="line 2 holds a name that is never probed; nothing was taken") as refused:
        await taken(ordered, path)
    assert await counts(store) == (0, 0)
    await taken(ordered, path, leave_out=True)
    assert await store.list_texts("elenco") == ["a.example.", "b.example."]
    out = capsys.readouterr()
    assert "never-this" not in out.out.lower() + out.err.lower() + refused.value.in_full.lower()


async def test_the_never_probe_list_grows_under_one_salt(store: Store) -> None:
    """What is kept tells nobody a name; who adds it again changes nothing."""
    for number, added in ((1, 1), (2, 0)):
        names = to_list("Never-This.example")
        assert (
            await store.add_never_probe(names, salt=bytes([number]) * 32, by="A. Rossi", reason="why", at=NOW) == added
        )
    both = await asyncio.gather(
        *(
            store.add_never_probe([f"n{n}.example."], salt=bytes([n]) * 32, by="B", reason="why", at=NOW)
            for n in range(8)
        )
    )
    never = await store.never_probe()
    assert (sum(both), len(never), never.salt) == (8, 9, b"\x01" * 32)
    assert all(never.refuses(f"n{n}.example") for n in range(8))
    async with store._connection() as connection:
        kept = await connection.fetchval("SELECT string_agg(never_probe::text, ' ') FROM ledger.never_probe")
    assert "example" not in kept


async def test_what_was_listed_before_it_was_barred(
    ordered: str, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The ledger keeps what it has; a difference that takes the name away does not print it."""
    await taken(ordered, given(tmp_path, "a.example\nnever-this.example\n"))
    assert "never-this" in await asyncio.to_thread(export_rpz, ordered, "elenco")
    await store.add_never_probe(to_list("never-this.example"), salt=b"\x05" * 32, by="A", reason="why", at=NOW)
    capsys.readouterr()
    await taken(ordered, given(tmp_path, "a.example\nb.example\n"))
    assert "  - (a name that is never probed)\n" in capsys.readouterr().out
    assert "never-this" not in await asyncio.to_thread(export_rpz, ordered, "elenco")


async def test_two_at_once(ordered: str, store: Store, tmp_path: Path) -> None:
    """Of two who looked at the same version one is refused: neither's difference is to another list than shown."""
    paths = [given(tmp_path, f"a{n}.example\n", f"{n}.txt") for n in range(4)]
    outcomes = await asyncio.gather(*(taken(ordered, path) for path in paths), return_exceptions=True)
    assert all(one is None or isinstance(one, UnavailableError) for one in outcomes)
    versions, changes = await counts(store)
    assert versions == sum(one is None for one in outcomes) >= 1
    assert changes == 2 * versions - 1
    assert len(await store.list_names("elenco")) == 1


async def test_older_lists_are_told(ordered: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await taken(ordered, given(tmp_path, SECOND))
    capsys.readouterr()
    await taken(ordered, given(tmp_path, FIRST), dry_run=True)
    out = capsys.readouterr().out
    assert "note: the list is of 2025-08-29, older than version 1, which is of 2025-09-05" in out
    assert "note: its number 0000350 comes before that of version 1, 0000351" in out


async def test_the_policy_zone_reads_back(ordered: str, store: Store, tmp_path: Path) -> None:
    """What is exported lists what was ordered and listed, and nothing else."""
    await taken(ordered, given(tmp_path, SECOND))
    zone = await asyncio.to_thread(export_rpz, ordered, "elenco")
    found = read_list(zone.encode(), "elenco.rpz")
    assert [entry.text for entry in found.entries] == [
        "b.example.", "*.d.example.", "d.example.", "*.ordered.example.", "ordered.example.",
    ]  # fmt: skip
    assert found.odd == ()
    with pytest.raises(ConfigError, match="there is no order"):
        await asyncio.to_thread(export_rpz, ordered, "other")


async def test_large(ordered: str, store: Store, tmp_path: Path) -> None:
    """100,000 names, and a second version that costs its difference; seconds on the wall are for `make bench` to measure."""
    names = [f"torrent-{n:06d}.mirror-{n % 977}.example" for n in range(100_000)]
    began = time.process_time()
    await taken(ordered, given(tmp_path, "\n".join(names)))
    spent_s = time.process_time() - began
    await taken(ordered, given(tmp_path, "\n".join([*names[1000:], "new.example"])))
    assert spent_s < 5
    assert len(await store.list_names("elenco")) == 99_001
    assert await counts(store) == (2, 101_001)
