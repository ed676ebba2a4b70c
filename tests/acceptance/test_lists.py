"""Lists and the never-probe list as people use them: commands, what they write, and what is asked afterwards."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from schema.neverprobe import read_never_probe
from tests.acceptance.command import PATIENCE_S, PROGRAM, Ended, clean_environment, ottempera, play
from tests.acceptance.conftest import SCENARIOS
from tests.acceptance.ledger import GAPS, ask

if TYPE_CHECKING:
    from pathlib import Path

WHO = ("--by", "A. Rossi", "--reason", "by certified mail")
ORDER = """
id = "elenco"
title = "Elenco inventato"
authority = "Nobody"
instrument = "authority_order"
issued_on = 2025-08-29
addressees = ["honest"]
starts_on = 2025-08-29
grace_days = 3
"""
LIST = b"\xef\xbb\xbf0000350_2025.29.08\r\na.example \r\nA.EXAMPLE\r\nb.example\r\nhttp://c.example/x\r\n192.0.2.1"
LATER = b"0000351_2025.05.09\r\nb.example\r\nd.example"
BARRED = ("second.example", "never-this.example")
DISGUISES = (
    "Never-This.Example.",
    "www.never-this.example",
    "never-this。example",
    "n%65ver-this.example",
    "http://never-this.example/x",
)
KEPT = "SELECT (SELECT count(*) FROM ledger.list_version) AS versions, (SELECT count(*) FROM ledger.list_change) AS changes"
ASKED = """
SELECT plan_number, name, count(*) FILTER (WHERE gap IS NULL) AS asked FROM analyst.observations
WHERE name IN ('first.example.', 'second.example.') GROUP BY plan_number, name ORDER BY plan_number, name
"""
PLANNED = """
SELECT DISTINCT cell.name FROM ledger.cell JOIN ledger.plan USING (question_set)
WHERE number = (SELECT max(number) FROM ledger.plan) AND cell.name IN ('first.example.', 'second.example.')
"""


def take(data: Path, folder: Path, body: bytes, *more: str, name: str = "list.txt") -> Ended:
    """`orders import --list` of a file of that content."""
    file = folder / name
    file.write_bytes(body)
    return ottempera("orders", "import", "--list", file, "elenco", *WHO, *more, "--data", data)


def answered(answer: str, data: Path, folder: Path, body: bytes, *more: str) -> str:
    """What the same says on a terminal where somebody answers."""
    file = folder / "list.txt"
    file.write_bytes(body)
    command: list[str | Path] = [PROGRAM, "orders", "import", "--list", file, "elenco", *WHO, *more, "--data", data]
    here, there = os.openpty()
    try:
        os.write(here, f"{answer}\n".encode())
        done = subprocess.run(
            command, stdin=there, capture_output=True, timeout=PATIENCE_S, check=True, env=clean_environment()
        )
    finally:
        os.close(here)
        os.close(there)
    return done.stdout.decode()


@pytest.mark.slow
def test_a_list_and_a_name_that_is_never_asked(data: Path, tmp_path: Path) -> None:
    """From an order without names to its list's versions; then a name of the docket is barred while plans ask it."""
    play(SCENARIOS / "dead-name.toml", data, 1).well()
    order = tmp_path / "elenco.toml"
    order.write_text(ORDER)
    ottempera("orders", "import", order, *WHO, "--unknown-operator", "--data", data).well()

    shown = take(data, tmp_path, LIST, "--dry-run").well().out.decode()
    assert "agcom, 4 entries, 2 not testable by DNS" in shown
    refused = take(data, tmp_path, LIST)
    assert refused.code == 5
    assert "nobody is there to be asked" in refused.err
    assert "Take it? [y/N]: nothing was written" in answered("n", data, tmp_path, LIST)
    for body, name, code, says in (
        (LIST, "Allegato B Elenco URL 349_2025_29_08.txt", 3, "contradict each other"),
        (LIST, "elenco CNCPO.txt", 3, "CNCPO"),
        (b"a.example\nfoo bar\n", "list.txt", 3, "line 2"),
    ):
        refused = take(data, tmp_path, body, "--yes", name=name)
        assert (refused.code, refused.out, says in refused.err) == (code, b"", True), refused.err
    assert ask(data, KEPT) == [{"versions": 0, "changes": 0}]

    taken = take(data, tmp_path, LIST, "--yes", "--json", name="Allegato B Elenco URL 350_2025_29_08.txt").well()
    assert (taken.document["version"], taken.document["added"], taken.document["repeated"]) == (1, 4, 1)
    second = answered("y", data, tmp_path, LATER, "--notified-at", "2025-09-05T10:00:00+02:00")
    assert "1 added\n  + d.example.\n3 removed\n" in second
    named = ottempera("orders", "names", "elenco", "--json", "--data", data).well().document
    assert [(row["name"], row["since_version"]) for row in named] == [("b.example.", 1), ("d.example.", 2)]
    zone = ottempera("orders", "export", "elenco", "--rpz", "--data", data).well().out.decode()
    assert zone.splitlines()[-2:] == ["b.example CNAME .", "d.example CNAME ."]

    barring = ("orders", "never-probe", "add", "--file", "-", *WHO, "--data", data)
    said = ottempera(*barring, stdin=f"HTTP://WWW.{BARRED[0].title()}/\n{BARRED[1]}\n".encode()).well()
    assert not [name for name in BARRED if name in (said.out.decode() + said.err).lower()]
    assert ottempera("orders", "never-probe", "count", "--json", "--data", data).well().document == {"hashes": 2}
    for disguise in DISGUISES:
        refused = take(data, tmp_path, f"a.example\n{disguise}\n".encode(), "--yes")
        assert (refused.code, refused.out) == (5, b"")
        assert "line 2 holds a name that is never probed; nothing was taken" in refused.err
        assert "never-this" not in refused.err.lower()
    assert ask(data, KEPT) == [{"versions": 2, "changes": 8}]

    file = tmp_path / "never"
    ottempera("orders", "never-probe", "export", file, "--data", data).well()
    assert all(read_never_probe(file.read_bytes()).refuses(name) for name in BARRED)

    play(SCENARIOS / "dead-name.toml", data, 4).well()
    rows = {(row["plan_number"], row["name"]): row for row in ask(data, ASKED)}
    assert rows[1, "second.example."]["asked"] > 0
    assert all(rows[plan, "first.example."]["asked"] > 0 for plan in range(1, 6))
    assert [plan for plan, name in rows if name == "second.example."] == [1]
    assert {row["reason"] for row in ask(data, GAPS)} == {"never_probe"}, "of plans that were published before"
    assert ask(data, PLANNED) == [{"name": "first.example."}], "and the newest leaves it out"


def test_without_a_list(empty: Path) -> None:
    """Every command has its word for an empty database."""
    assert ottempera("orders", "never-probe", "count", "--data", empty).well().out == b"the list is empty\n"
    for arguments, says in (
        (("orders", "never-probe", "export", "never"), "the list is empty"),
        (("orders", "never-probe", "add", "org", *WHO), "whole top level domain"),
        (("orders", "never-probe", "add", *WHO), "either a name or --file"),
        (("orders", "export", "elenco", "--rpz"), "there is no order 'elenco'"),
        (("orders", "names", "elenco"), "there is no order 'elenco'"),
        (("orders", "names", "elenco", "--untestable", "--json"), "there is no order 'elenco'"),
    ):
        refused = ottempera(*arguments, "--data", empty)
        assert refused.code in (3, 5)
        assert says in refused.err
