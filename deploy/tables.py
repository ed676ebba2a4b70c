"""Rows of the analyst views as tables that people like to read, and as JSON."""

from __future__ import annotations

import sys
from datetime import date, datetime
from textwrap import fill
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from schema.codec import encode
from schema.names import canonical, slug

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from collector.store import Deployment, Store
    from schema.verdict import Verdict

Row = dict[str, Any]
Filters = dict[str, Any]
ROME = ZoneInfo("Europe/Rome")
_STATE_STYLES = {
    "blocked": "green",
    "open": "bold yellow",
    "mixed": "magenta",
    "dead": "dim",
    "failing": "red",
    "insufficient": "dim italic",
}
_COLUMNS = {
    "status": ("resolver", "operator", "name", "state", "since", "how", "origin", "label", "networks", "absent", "notes"),
    "history": ("resolver", "name", "state", "started_at", "ended_at", "covered_until", "how", "origin", "samples", "networks"),
    "coverage": (
        "plan_number", "at", "probe", "cells", "observed", "gaps", "missing", "closed", "sealed", "intercepted",
    ),
    "speed": (
        "order_id", "operator", "event", "notifications", "already", "later", "not_yet", "not_seen", "half_after", "nine_in_ten_after",
        "within", "beyond", "undecided", "share_in_time",
    ),
    "notifications": (
        "order_id", "operator", "resolver", "name", "event", "notified_at", "limit_at", "standing", "withheld_after", "within_limit", "label",
    ),
    "overblocking": (
        "resolver", "operator", "name", "reason", "label", "how", "since", "covered_until", "ended_at", "order_id", "ordered_until", "applies",
    ),
    "circumvention": (
        "name", "probe", "asn", "own_resolver", "public_resolver", "started_at", "covered_until", "ended_at", "plans", "lasted",
    ),
}  # fmt: skip
_VERDICT = ("resolver", "name", "outcome", "how", "origin", "label", "notes")
_EMPTY = {
    "status": "No resolver has been judged yet: `ottempera up` makes the first round.",
    "history": "There is no history yet: `ottempera up` makes the first round.",
    "coverage": "No plan has been published yet.",
    "speed": "Nobody was notified of a name that is asked: `ottempera orders notice` enters a notice, a list its own day.",
    "notifications": "Nobody was notified of a name that is asked: `ottempera orders notice` enters a notice, a list its own day.",
    "overblocking": "No resolver is shown to withhold a name that no order covers.",
    "circumvention": "On no line was a name withheld by its own resolver and answered by a public one in the same round.",
}
_NO_MATCH = "Nothing was found for that: the same command without options shows all there is."
#: What a reader has to know before he quotes a table.
_BELOW = {
    "overblocking": (
        "Covered by no order that was entered here: what other instruments oblige a resolver to, such as lists of an authority, "
        "is not known."
    ),
}
_AHEAD = 4096  # more plans than are ever published ahead: an hour of one a second
_HEADS = {"plan_number": "round"}
_NUMBERS = frozenset({"networks", "absent", "samples", "plan_number", "cells", "observed", "gaps", "missing"})


def _listed(value: str | None) -> list[str] | None:
    return None if value is None else [value]


def _name(filters: Filters) -> list[str] | None:
    return None if filters["name"] is None else [canonical(filters["name"])]


def _operator(filters: Filters) -> list[str] | None:
    return None if filters["operator"] is None else [slug(filters["operator"])]


async def _coverage(store: Store, filters: Filters) -> list[Row]:
    last: int | None = filters["last"]
    if last is None:
        return await store.coverage(_listed(filters["probe"]))
    newest = await store.newest_plan()
    after = max(newest.number - last - _AHEAD, 0) if newest else 0
    rows = await store.coverage(_listed(filters["probe"]), after=after)
    begun = sorted({row["plan_number"] for row in rows})[-last:]
    return [row for row in rows if row["plan_number"] in begun]


_READERS: dict[str, Callable[[Store, Filters], Awaitable[list[Row]]]] = {
    "status": lambda store, filters: store.current_status(_listed(filters["resolver"]), _name(filters)),
    "history": lambda store, filters: store.status_history(_listed(filters["resolver"]), _name(filters)),
    "coverage": _coverage,
    "speed": lambda store, filters: store.compliance_speed_by_operator(_listed(filters["order"]), _operator(filters)),
    "notifications": lambda store, filters: store.compliance_speed(
        _listed(filters["order"]), _operator(filters), _name(filters)
    ),
    "overblocking": lambda store, filters: store.over_blocking(_listed(filters["resolver"]), _name(filters)),
    "circumvention": lambda store, filters: store.circumvention_spans(_name(filters), _listed(filters["resolver"])),
}


async def fetch(view: str, dsn: str, filters: Filters) -> tuple[Deployment | None, list[Row]]:
    """The deployment and the rows of *view* that match *filters* (none means all)."""
    from collector.store import Store

    store = await Store.connect(dsn)
    try:
        return await store.deployment(), await _READERS[view](store, filters)
    finally:
        await store.close()


def print_json(rows: Sequence[Row]) -> None:
    """One JSON array, UTC, on standard output."""
    sys.stdout.buffer.write(encode(list(rows)) + b"\n")


def print_table(view: str, rows: Sequence[Row], deployment: Deployment | None, *, asked: bool = False) -> None:
    """The table on standard output; colour only where the terminal has it and NO_COLOR is not set.

    *asked*: only for some rows, so that none of them does not mean that there are none.
    """
    console = Console(width=None if sys.stdout.isatty() else 200)
    if not rows:
        console.print(_NO_MATCH if asked else _EMPTY[view])
        return
    console.print(make_table(view, rows, title=_title(view, rows, deployment)))
    if view in _BELOW:
        console.print(_BELOW[view])


def make_table(view: str, rows: Sequence[Row], *, title: str = "") -> Table:
    """*rows* of *view* as a table; times in Europe/Rome."""
    columns = [column for column in _COLUMNS[view] if column in rows[0]]
    table = Table(title=title or None, box=SIMPLE_HEAD, title_justify="left", pad_edge=False, title_style="bold")
    for column in columns:
        table.add_column(
            _HEADS.get(column, column.replace("_", " ")),
            justify="right" if column in _NUMBERS else "left",
            no_wrap=(whole := column in {"name", "resolver", "since", "started_at", "state"}),
            overflow="ellipsis" if whole else "fold",  # an id that is cut off cannot be quoted
        )
    for row in rows:
        table.add_row(*(_cell(column, row[column]) for column in columns))
    return table


def _title(view: str, rows: Sequence[Row], deployment: Deployment | None) -> str:
    parts = [view.capitalize()]
    if deployment is not None and deployment.lab:
        parts.append(f"INVENTED DATA: {deployment.title}")
    if any(row.get("indicative") for row in rows):
        parts.append("indicative: a single vantage is no evidence")
    return " · ".join(parts)


def _cell(column: str, value: object) -> Text:
    style = _STATE_STYLES.get(str(value), "") if column == "state" else ""
    return Text(_words(value), style=style)


def _words(value: object) -> str:
    if value is None or value in ([], ()):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(ROME).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return str(value)


def print_verdicts(verdicts: Sequence[Verdict], reasons: Sequence[str], *, invented: bool) -> None:
    """Verdicts of one look, under each its reason; a single look is indicative."""
    console = Console(width=None if sys.stdout.isatty() else 200)
    title = "One look from here · indicative: a single vantage is no evidence"
    console.print(Text(title + (" · INVENTED DATA" if invented else ""), style="bold"))
    rows = [[_words(getattr(verdict, column)) for column in _VERDICT] for verdict in verdicts]
    widths = [max(map(len, column)) for column in zip(_VERDICT, *rows, strict=True)]
    console.print(Text(_line(_VERDICT, widths), style="bold"), no_wrap=True)
    for row, verdict, reason in zip(rows, verdicts, reasons, strict=True):
        console.print(Text(_line(row, widths), style=_STATE_STYLES.get(verdict.outcome, "")), no_wrap=True)
        indent = " " * 4
        said = fill(reason, console.width, initial_indent=indent, subsequent_indent=indent, break_long_words=False)
        console.print(Text(f"{said}\n"), soft_wrap=True)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
