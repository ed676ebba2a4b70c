"""The part of the store that tells the planner what is published, what was entered, and what sweeps have shown."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.store.database import Database
from collector.store.statements import load
from schema.plan import Plan, read_plan

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_SQL: Final = load("planning.sql")


class Mark(NamedTuple):
    """How much was entered of what changes the plans; two that are equal mean that nothing was."""

    orders: int
    lists: int
    never: int
    successors: int


class Slot(NamedTuple):
    """When a published plan is executed; `window_s` is how long it may take, `docket` whether it asks the whole docket."""

    number: int
    starts_at: datetime
    window_s: float
    docket: bool


class Ahead(NamedTuple):
    """That published plans ask a name still: `last` is the latest start, `swept_only` if they are all sweeps."""

    swept_only: bool
    last: datetime


class Planning(Database):
    """What plans are made of."""

    async def docket_mark(self) -> Mark:
        """How much was entered so far."""
        async with self._connection() as connection:
            return Mark(*await connection.fetchrow(_SQL["docket_mark"]))

    async def newest_docket_plan(self) -> Plan | None:
        """The plan of a whole docket that starts last; none before the first."""
        async with self._connection() as connection:
            payload = await connection.fetchval(_SQL["newest_docket_plan"])
        return read_plan(payload) if payload is not None else None

    async def plans_since(self, at: datetime) -> list[Slot]:
        """The published plans that start after *at*, by their start."""
        async with self._connection() as connection:
            return [Slot(*row) for row in await connection.fetch(_SQL["plans_since"], at)]

    async def names_ahead(self, at: datetime) -> dict[str, Ahead]:
        """The names that published plans still ask after *at*."""
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["names_ahead"], at)
        return {row["name"]: Ahead(row["swept_only"], row["last"]) for row in rows}

    async def asked_since(self, names: Collection[str], at: datetime) -> dict[str, datetime]:
        """Those of *names* that a plan which starts after *at* asks of somebody it judges, and its start; of several the last."""
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["asked_since"], list(names), at)
        return {row["name"]: row["last"] for row in rows}

    async def last_planned(self, digests: Iterable[str]) -> dict[str, int]:
        """The number of the newest plan of each of the question sets *digests* (hex) that was ever published."""
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["last_planned"], [bytes.fromhex(one) for one in digests])
        return {row["digest"]: row["number"] for row in rows}

    async def lists_notified(self, since: datetime, limit: int) -> list[tuple[str, datetime]]:
        """Names that a notified list gained since then, and when it was entered; the newest first, *limit* at most."""
        async with self._connection() as connection:
            return [
                (row["name"], row["entered_at"]) for row in await connection.fetch(_SQL["lists_notified"], since, limit)
            ]

    async def changed_in_sweeps(self, since: datetime) -> list[tuple[str, datetime]]:
        """Names of which a sweep that started since then said something new, and when; the newest first."""
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["changed_in_sweeps"], since)
        return [(row["name"], row["changed_at"]) for row in rows]
