"""What `up` says while it works: steps, turns as they happen, and what came out."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.live import Live
from rich.text import Text

from deploy.findings_text import tables
from deploy.tables import ROME, make_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from collector.compliance.explain import Account

Row = dict[str, Any]
_DECIDED = frozenset({"blocked", "open"})


class Voice:
    """Speaks to a terminal with a table that fills, to a pipe in lines."""

    def __init__(self) -> None:
        """Nothing is said yet."""
        self._console = Console(width=None if Console().is_terminal else 200, highlight=False)
        self._live: Live | None = None
        self._states: dict[tuple[str, str], str] = {}
        self._title = ""

    def step(self, text: str) -> None:
        """One step of the start."""
        self._console.print(Text(text, style="dim"))

    def begin(self, title: str, url: str) -> None:
        """The rounds begin."""
        self._title = title
        if title:
            self._console.print(Text(f"INVENTED DATA, a scripted world: {title}", style="bold reverse"))
        self._console.print(f"collector and pages: {url}")
        if self._console.is_terminal:
            self._live = Live(console=self._console, auto_refresh=False)
            self._live.start()

    def round(self, number: int, at: datetime, rows: Sequence[Row]) -> None:
        """A round has closed and *rows* is the status after it; turns are said, the rest is in the table."""
        day = at.astimezone(ROME).strftime("%Y-%m-%d %H:%M")
        for row in rows:
            pair = (row["resolver"], row["name"])
            before, state = self._states.get(pair), row["state"]
            if before != state:
                self._states[pair] = state
                self._turn(number, day, row, before)
        if self._live is not None and rows:
            self._live.update(make_table("status", rows, title=f"round {number}, {day}"), refresh=True)

    def summary(self, status: Sequence[Row], history: Sequence[Row], circumvention: Sequence[Row]) -> None:
        """What came out: the table, who walked around what, and every turn from open to blocked."""
        self.close()
        if status:
            title = f"Status · INVENTED DATA: {self._title}" if self._title else "Status"
            if any(row.get("indicative") for row in status):
                title += " · indicative: a single vantage is no evidence"
            self._console.print(make_table("status", status, title=title))
        for line in circumvention_lines(circumvention):
            self._console.print(Text(line, style="bold yellow"))
        for line in turn_lines(history):
            self._console.print(Text(line, style="bold green"))

    def findings(self, accounts: Sequence[Account], data: Path) -> None:
        """What the days of each order come to: due, counted, not counted and why."""
        for table in tables(accounts, "en") if accounts else ():
            self._console.print(table)
        if accounts:
            self._line(f"the pages for counsel: ottempera findings --explain --data {data}")

    def evidence(self, orders: Sequence[str], data: Path, trust: Path, days: tuple[datetime, datetime] | None) -> None:
        """How what was measured in *days* becomes a file that a stranger can check."""
        if not trust.exists():
            return
        first, last = (f"{day.astimezone(ROME):%Y-%m-%d}" for day in days) if days else ("DAY", "DAY")
        self._line(f"whom to trust: {trust}")
        for order in orders:
            period = f"--from {first} --to {last} --out evidence.zip"
            self._line(f"evidence: ottempera bundle export --order {order} {period} --data {data}")
        if orders:
            self._line(f"to check it: ottempera bundle verify evidence.zip --trust {trust}")

    def _line(self, text: str) -> None:
        """One line however long it is: a command is to be copied."""
        self._console.print(text, soft_wrap=True, markup=False)

    def serving(self, url: str) -> None:
        """The pages stay up."""
        self._console.print(f"the page: {url}   (Ctrl-C ends it)")

    def _turn(self, number: int, day: str, row: Row, before: str | None) -> None:
        how = f" ({row['how']})" if row["how"] else ""
        turn = f"{before} -> {row['state']}" if before else row["state"]
        text = f"round {number:>4}  {day}  {row['resolver']:<18} {row['name']:<28} {turn}{how}"
        loud = before in _DECIDED and row["state"] in _DECIDED
        self._console.print(Text(text, style="bold" if loud else ""))

    def close(self) -> None:
        """Leave the terminal as it was, with its cursor."""
        if self._live is not None:
            self._live.stop()
            self._live = None


def circumvention_lines(rows: Sequence[Row]) -> list[str]:
    """One sentence for each public resolver: on which lines it answered what the line's own resolver withholds."""
    by_resolver: dict[str, list[Row]] = {}
    for row in rows:
        by_resolver.setdefault(row["public_resolver"], []).append(row)
    lines = []
    for resolver, found in sorted(by_resolver.items()):
        names = ", ".join(sorted({row["name"] for row in found}))
        walls = ", ".join(sorted({f"{row['own_resolver']} on AS{row['asn']} ({row['own_how']})" for row in found}))
        first = min(row["first_at"] for row in found).astimezone(ROME).date().isoformat()
        last = max(row["last_at"] for row in found).astimezone(ROME).date().isoformat()
        lines.append(f"circumvention: {resolver} answered {names} where {walls} withheld it, {first} to {last}")
    return lines


def turn_lines(history: Sequence[Row]) -> list[str]:
    """One sentence for each resolver and name that turned from open to blocked."""
    runs: dict[tuple[str, str], list[Row]] = {}
    for row in history:
        runs.setdefault((row["resolver"], row["name"]), []).append(row)
    lines = []
    for (resolver, name), found in sorted(runs.items()):
        found.sort(key=lambda row: row["started_at"])
        for before, after in pairwise(found):
            if (before["state"], after["state"]) == ("open", "blocked"):
                seen, since = (
                    moment.astimezone(ROME).strftime("%Y-%m-%d %H:%M")
                    for moment in (before["covered_until"], after["started_at"])
                )
                lines.append(f"turn: {resolver} {name} last seen open {seen}, blocked since {since} ({after['how']})")
    return lines
