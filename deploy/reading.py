"""The reading commands: the analyst views as tables for people and as JSON lines for programs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.findings_cli import findings
from deploy.source import database

Data = Annotated[Path | None, typer.Option("--data", help="Folder of the deployment and its embedded Postgres.")]
Url = Annotated[
    str | None, typer.Option("--database-url", envvar="OTTEMPERA_DATABASE_URL", help="Any Postgres instead.")
]
AsJson = Annotated[bool, typer.Option("--json", help="A JSON array of rows; times are UTC.")]
Name = Annotated[str | None, typer.Option("--name", help="Only this name.")]
ResolverOption = Annotated[str | None, typer.Option("--resolver", help="Only this resolver (id).")]


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    app.command()(status)
    app.command()(history)
    app.command()(coverage)
    app.command()(findings)
    app.command()(sql)


def status(
    *,
    data: Data = None,
    database_url: Url = None,
    name: Name = None,
    resolver: ResolverOption = None,
    as_json: AsJson = False,
) -> None:
    """What every resolver does with every name now, and since when."""
    _show("status", database(data, database_url), as_json=as_json, name=name, resolver=resolver)


def history(
    *,
    data: Data = None,
    database_url: Url = None,
    name: Name = None,
    resolver: ResolverOption = None,
    as_json: AsJson = False,
) -> None:
    """Every run of an unchanged state, per resolver and name."""
    _show("history", database(data, database_url), as_json=as_json, name=name, resolver=resolver)


def coverage(
    *,
    data: Data = None,
    database_url: Url = None,
    probe: Annotated[str | None, typer.Option("--probe", help="Only this probe.")] = None,
    last: Annotated[int | None, typer.Option("--last", min=1, help="Only the newest so many plans.")] = None,
    as_json: AsJson = False,
) -> None:
    """What was planned, asked and not asked, per plan and vantage."""
    _show("coverage", database(data, database_url), as_json=as_json, probe=probe, last=last)


def sql(
    *,
    data: Data = None,
    database_url: Url = None,
    print_dsn: Annotated[bool, typer.Option("--print-dsn", help="Only print where to connect.")] = False,
) -> None:
    """Open psql on the analyst views, as `analyst_reader`."""
    from deploy.psql import open_psql

    dsn = database(data, database_url, role="analyst_reader")
    if print_dsn:
        typer.echo(dsn)
    else:
        open_psql(dsn)


def _show(view: str, dsn: str, *, as_json: bool, **filters: Any) -> None:  # noqa: ANN401 - filters differ by view
    from deploy.tables import fetch, print_json, print_table

    deployment, rows = asyncio.run(fetch(view, dsn, filters))
    if as_json:
        print_json(rows)
    else:
        asked = view != "coverage" and any(value is not None for value in filters.values())
        print_table(view, rows, deployment, asked=asked)
