"""The commands that say how soon resolvers follow, what they withhold beside every order, and how blocks are walked around."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.source import database

Data = Annotated[Path | None, typer.Option("--data", help="Folder of the deployment and its embedded Postgres.")]
Url = Annotated[
    str | None, typer.Option("--database-url", envvar="OTTEMPERA_DATABASE_URL", help="Any Postgres instead.")
]
AsJson = Annotated[bool, typer.Option("--json", help="A JSON array of rows; times are UTC.")]
Name = Annotated[str | None, typer.Option("--name", help="Only this name.")]
Resolver = Annotated[str | None, typer.Option("--resolver", help="Only this resolver (id).")]
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_FEW_DAYS = 3  # from here on hours are left out


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    app.command()(speed)
    app.command()(overblocking)
    app.command()(circumvention)


def speed(
    *,
    data: Data = None,
    database_url: Url = None,
    order: Annotated[str | None, typer.Option("--order", help="Only this order.")] = None,
    operator: Annotated[str | None, typer.Option("--operator", help="Only this addressee.")] = None,
    name: Name = None,
    each: Annotated[bool, typer.Option("--each", help="A row a notification, resolver and name.")] = False,
    as_json: AsJson = False,
) -> None:
    """How soon names were withheld after each notification: intervals, since nobody looks all the time."""
    view = "notifications" if each or name else "speed"
    _show(view, database(data, database_url), as_json=as_json, order=order, operator=operator, name=name)


def overblocking(
    *,
    data: Data = None,
    database_url: Url = None,
    name: Name = None,
    resolver: Resolver = None,
    as_json: AsJson = False,
) -> None:
    """Names that a resolver withholds and no order to its operator covers, or none does any more."""
    _show("overblocking", database(data, database_url), as_json=as_json, name=name, resolver=resolver)


def circumvention(
    *,
    data: Data = None,
    database_url: Url = None,
    name: Name = None,
    resolver: Resolver = None,
    as_json: AsJson = False,
) -> None:
    """How long, on one line, a public resolver answered a name that the line's own resolver withheld."""
    _show("circumvention", database(data, database_url), as_json=as_json, name=name, resolver=resolver)


def _show(view: str, dsn: str, *, as_json: bool, **filters: Any) -> None:  # noqa: ANN401 - filters differ by view
    from deploy.tables import fetch, print_json, print_table

    deployment, rows = asyncio.run(fetch(view, dsn, filters))
    if as_json:
        print_json(rows)
    else:
        asked = any(value is not None for value in filters.values())
        print_table(view, [row | _said(row) for row in rows], deployment, asked=asked)


def _said(row: dict[str, Any]) -> dict[str, str]:
    """The intervals and shares of *row* as people read them."""
    said: dict[str, str] = {}
    for ends, column in (("median", "half_after"), ("p90", "nine_in_ten_after")):
        if f"{ends}_after_s" in row:
            said[column] = between(row[f"{ends}_after_s"], row[f"{ends}_by_s"])
    if "after_s" in row:
        seen = row["standing"] != "not_seen"
        said["withheld_after"] = between(row["after_s"] if seen else None, row["by_s"])
    if "share_at_least" in row:
        least, most = (f"{100 * row[column]:.1f} %" for column in ("share_at_least", "share_at_most"))
        said["share_in_time"] = least if least == most else f"{least} to {most}"
    if "lasted_s" in row:
        said["lasted"] = length(row["lasted_s"])
    return said


def between(after_s: int | None, by_s: int | None) -> str:
    """Two ends of a time in seconds, in words; the second None: it goes on. The first None: there is nothing to say."""
    if after_s is None:
        return "-"
    if by_s is None:
        return f"more than {length(after_s)}, not yet"
    return f"{length(after_s)} to {length(by_s, up=True)}"


def length(seconds: int, *, up: bool = False) -> str:
    """So many seconds in the units that tell most, what is left over cut off; with *up*, for a later end, rounded up."""
    if up:
        unit = _DAY if seconds >= _FEW_DAYS * _DAY else _HOUR if seconds >= _DAY else _MINUTE if seconds >= _HOUR else 1
        seconds = -(-seconds // unit) * unit
    days, rest = divmod(seconds, _DAY)
    hours, rest = divmod(rest, _HOUR)
    minutes, rest = divmod(rest, _MINUTE)
    if days >= _FEW_DAYS or (days and not hours):
        return f"{days} d"
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes and not rest else f"{minutes} min {rest} s" if minutes else f"{rest} s"
