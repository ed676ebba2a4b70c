"""The commands themselves: help, start-up, JSON, colours, empty states, and who may read what."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
import typer.main

from deploy.cli import app
from deploy.postgres import binaries
from tests.acceptance.command import clean_environment, ottempera, rows
from tests.acceptance.conftest import Finished

HEAVY = (
    "aiohttp",
    "asyncpg",
    "dns",
    "jinja2",
    "zstandard",
    "prometheus_client",
    "structlog",
    "rich.table",
    "cryptography",
)
VIEWS = ("status", "history", "coverage", "findings")
ESCAPE = b"\x1b"


@cache
def _commands() -> list[tuple[str, ...]]:
    """Every command, and every group of them."""

    def below(command: object, path: tuple[str, ...]) -> list[tuple[str, ...]]:
        found = [path]
        for name, child in getattr(command, "commands", {}).items():
            found += below(child, (*path, name))
        return found

    return below(typer.main.get_command(app), ())


@pytest.mark.parametrize("command", _commands(), ids=lambda command: " ".join(command) or "ottempera")
def test_help(command: tuple[str, ...]) -> None:
    """Every command and every option of it says what it is for."""
    ended = ottempera(*command, "--help", environment=clean_environment(COLUMNS="200")).well()
    text = ended.out.decode()
    assert "Usage:" in text
    assert ESCAPE not in ended.out
    assert not ended.err
    options = [line for line in text.splitlines() if line.lstrip("│ *").startswith("--")]
    for option in options:
        assert len(option.strip("│ ").split("  ")) > 1, f"{option} has no help"


def test_help_lists_the_contract() -> None:
    named = {" ".join(command) for command in _commands()}
    wanted = {
        "up", "check", "judge", "status", "history", "findings", "coverage", "orders check", "orders list", "sql",
        "probe keygen", "probe run", "probe once", "probe doctor", "probe spool", "collector migrate",
        "collector serve", "collector enroll", "collector rebuild", "collector fsck",
    }  # fmt: skip
    assert wanted <= named


def test_starts_light() -> None:
    """`ottempera --help` loads no web server, driver, DNS library or table printer."""
    code = "import sys, deploy.cli; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    loaded = set(done.stdout.split())
    assert not {name for name in loaded for heavy in HEAVY if name == heavy or name.startswith(heavy + ".")}


def test_probe_loads_no_collector(tmp_path: Path) -> None:
    """What a probe on a small server runs imports nothing that only a collector needs."""
    code = "import sys, probe.live, probe.doctor; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    loaded = set(done.stdout.split())
    unwanted = ("collector", "aiohttp", "asyncpg", "dns", "jinja2", "deploy")
    assert not {name for name in loaded for heavy in unwanted if name == heavy or name.startswith(heavy + ".")}


@pytest.mark.parametrize("view", VIEWS)
def test_json_is_one_array_in_utc(view: str, finished: Finished) -> None:
    ended = ottempera(view, "--json", "--data", finished.data).well()
    assert ended.out.count(b"\n") == 1
    assert not ended.err
    found = ended.document
    assert isinstance(found, list)
    assert found or view == "findings"  # the world has no orders
    for row in found:
        for column in ("since", "covered_until", "sampled_at", "started_at", "ended_at", "at"):
            if row.get(column):
                assert row[column].endswith("Z"), (column, row)
                assert datetime.fromisoformat(row[column]).tzinfo == UTC


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("more", [{}, {"NO_COLOR": "1"}, {"NO_COLOR": "1", "TERM": "xterm-256color"}], ids=str)
def test_tables_in_a_pipe_have_no_colour(view: str, more: dict[str, str], finished: Finished) -> None:
    ended = ottempera(view, "--data", finished.data, environment=clean_environment(**more)).well()
    assert ESCAPE not in ended.out
    assert ended.out.strip()
    if view != "findings":
        assert b"INVENTED DATA" in ended.out


def test_filters(finished: Finished) -> None:
    every = rows("status", finished.data)
    assert len(every) == len({(row["resolver"], row["name"]) for row in every})
    resolver, name = every[0]["resolver"], every[0]["name"]
    assert {row["resolver"] for row in rows("status", finished.data, "--resolver", resolver)} == {resolver}
    for spelling in (name, name.rstrip("."), name.upper()):
        assert {row["name"] for row in rows("history", finished.data, "--name", spelling)} == {name}
    assert rows("status", finished.data, "--resolver", "nobody") == []
    ended = ottempera("status", "--name", "not a name", "--data", finished.data)
    assert (ended.code, "is not a domain name" in ended.err) == (3, True)
    coverage = rows("coverage", finished.data)
    probe = coverage[0]["probe"]
    assert {row["probe"] for row in rows("coverage", finished.data, "--probe", probe)} == {probe}
    newest = max(row["plan_number"] for row in coverage)
    last = rows("coverage", finished.data, "--last", "2")
    assert {row["plan_number"] for row in last} == {newest - 1, newest}


@pytest.mark.parametrize("view", VIEWS)
def test_empty_states(view: str, empty: Path) -> None:
    """A database without a round: a sentence for people, an empty array for programs."""
    assert rows(view, empty) == []
    said = ottempera(view, "--data", empty).well().out.decode()
    assert said.strip()
    assert "Traceback" not in said


def test_sql_reads_the_views_and_nothing_else(finished: Finished) -> None:
    dsn = ottempera("sql", "--print-dsn", "--data", finished.data).well().out.decode().strip()
    assert "analyst_reader" in dsn
    counted = _psql(dsn, "SELECT count(*) FROM analyst.current_status")
    assert (counted.returncode, counted.stdout.strip()) == (0, str(len(rows("status", finished.data))))
    for statement in (
        "SELECT 1 FROM ledger.batch",
        "SELECT 1 FROM derived.run",
        "DELETE FROM analyst.current_status",
        "CREATE TABLE mine (a int)",
        "CREATE TABLE analyst.mine (a int)",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('PG_VERSION')",
        "SET ROLE ottempera",
    ):
        refused = _psql(dsn, statement)
        assert refused.returncode != 0, statement
        assert any(word in refused.stderr for word in ("denied", "cannot", "must be")), (statement, refused.stderr)


@pytest.mark.parametrize(
    "view",
    sorted(
        {
            "current_status",
            "status_history",
            "endpoint_status",
            "verdicts",
            "observations",
            "circumvention",
            "finding_days",
            "findings",
            "coverage",
            "orders",
            "order_names",
            "order_checks",
            "order_notices",
            "order_versions",
            "resolvers",
            "vantages",
        }
    ),
)
def test_every_view_answers(view: str, finished: Finished) -> None:
    dsn = ottempera("sql", "--print-dsn", "--data", finished.data).well().out.decode().strip()
    counted = _psql(dsn, f"SELECT count(*) FROM analyst.{view}")  # noqa: S608 - our own word
    assert counted.returncode == 0, counted.stderr
    if not view.startswith(("finding", "order")):
        assert int(counted.stdout) > 0


def test_sql_becomes_psql(finished: Finished) -> None:
    ended = ottempera(
        "sql", "--data", finished.data, stdin=b"SELECT count(*) > 0 AS any FROM analyst.verdicts;\n"
    ).well()
    assert b"any" in ended.out


def test_check_judges_by_one_look(finished: Finished) -> None:
    """One vantage, no database: JSON in the shape of `judge`, and a table that says that it is indicative."""
    look = ("check", "first.example", "--lab", "--scenario", finished.scenario)
    verdicts = ottempera(*look, "--json").well().documents
    assert {verdict["name"] for verdict in verdicts} == {"first.example."}
    assert {verdict["outcome"] for verdict in verdicts} <= {"blocked", "open", "dead", "failing", "insufficient"}
    table = ottempera(*look).well().out.decode()
    assert "indicative" in table
    assert "INVENTED DATA" in table


def test_fsck_and_orders_in_json(finished: Finished) -> None:
    checked = ottempera("collector", "fsck", "--json", "--data", finished.data).well().document
    assert checked["faults"] == []
    assert checked["batches"] > 0
    for order in ottempera("orders", "list", "--json").well().document:
        assert order["names"]


def test_pipe_that_closes(finished: Finished) -> None:
    """`ottempera history | head -1` ends quietly."""
    command = f'"{shutil.which("ottempera", path=str(Path(sys.executable).parent))}" history --data "$DATA" | head -1'
    done = subprocess.run(
        ["sh", "-c", command],
        capture_output=True,
        check=False,
        env=clean_environment(DATA=str(finished.data)),
        text=True,
    )
    assert "Traceback" not in done.stderr


def _psql(dsn: str, statement: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("psql") or str(binaries() / "psql")
    return subprocess.run(
        [program, "-X", "-A", "-t", "-c", statement, dsn],
        capture_output=True,
        check=False,
        text=True,
        env=clean_environment(PATH=os.environ["PATH"]),
    )
