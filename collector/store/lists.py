"""The part of the store that keeps lists of names, by what each version changed, and the names that nobody may ask."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from collector.lists.difference import Difference, gone
from collector.lists.entries import Kind
from collector.store.database import Database
from collector.store.statements import load
from schema.errors import UnavailableError
from schema.neverprobe import NeverProbe, digest

if TYPE_CHECKING:
    from collections.abc import Iterable

_SQL: Final = load("lists.sql")
_CHANGE_COLUMNS: Final = ("order_id", "version", "line", "added", "kind", "entry")


class ListVersion(NamedTuple):
    """A version of a list as it is kept; `digest` is the hex SHA-256 of the file, times are UTC."""

    order_id: str
    version: int
    digest: str
    format: str
    file_name: str
    header: str
    header_number: str | None
    header_day: date | None
    entries: int
    repeated: int
    odd_lines: tuple[int, ...]
    notified_at: datetime | None
    entered_at: datetime
    entered_by: str
    reason: str


class Lists(Database):
    """Lists of names under orders, and the never-probe list."""

    async def lists(self) -> list[ListVersion]:
        """The newest version of every list, by order."""
        return await self._lists(None)

    async def newest_list(self, order_id: str) -> ListVersion | None:
        """The newest version of an order's list; none where it has no list."""
        return next(iter(await self._lists(order_id)), None)

    async def list_names(self, order_id: str) -> list[str]:
        """The names of an order's list that are in force, ascending: what DNS can be asked."""
        return await self._in_force(order_id, Kind.NAME)

    async def list_texts(self, order_id: str, kind: Kind | None = None) -> list[str]:
        """Everything that an order's list holds now, or what is of one kind, ascending."""
        return await self._in_force(order_id, kind)

    async def list_added(self, order_id: str, version: int) -> list[str]:
        """The names that a version of a list added, ascending."""
        async with self._connection() as connection:
            return [row["entry"] for row in await connection.fetch(_SQL["list_added"], order_id, version)]

    async def list_rows(self, order_id: str) -> list[dict[str, Any]]:
        """Rows of `analyst.list_names` of one order, by name."""
        return await self._view("list_rows", order_id)

    async def untestable_rows(self, order_id: str) -> list[dict[str, Any]]:
        """Rows of `analyst.list_untestable` of one order."""
        return await self._view("untestable_rows", order_id)

    async def append_list(self, new: ListVersion, change: Difference) -> None:
        """Enter a version of a list with what it changes from the one before.

        Raises:
            UnavailableError: somebody entered a version since *change* was looked for. FormatError: a text that the database
                cannot hold.
        """
        async with self._transaction() as connection:
            await connection.execute(_SQL["hold_lists"])
            before = next(iter(await connection.fetch(_SQL["newest_lists"], new.order_id)), None)
            number = before["version"] if before else 0
            if new.version != number + 1:
                raise UnavailableError(
                    f"somebody entered version {number} of the list of {new.order_id} in the meantime",
                    remedy="Run the command again: it shows the difference to that one.",
                )
            await connection.execute(_SQL["insert_list_version"], *new)
            records = [(one, True) for one in change.added] + [(gone(text), False) for text in change.removed]
            await connection.copy_records_to_table(
                "list_change",
                schema_name="ledger",
                columns=_CHANGE_COLUMNS,
                records=((new.order_id, new.version, one.line, added, one.kind, one.text) for one, added in records),
            )

    async def never_probe(self) -> NeverProbe:
        """The names that nobody may ask."""
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["never_probe"])
        return NeverProbe(rows[0]["salt"], (row["digest"] for row in rows)) if rows else NeverProbe()

    async def never_probe_hashes(self) -> int:
        """How many hashes the never-probe list has; it only grows, so that another number is another list."""
        async with self._connection() as connection:
            found: int = await connection.fetchval(_SQL["never_probe_hashes"])
        return found

    async def add_never_probe(self, names: Iterable[str], *, salt: bytes, by: str, reason: str, at: datetime) -> int:
        """Put the hashes of *names* (`schema.neverprobe.to_list`) on the list; how many are new.

        *salt* is taken where the list is still empty; else its own is.
        """
        async with self._transaction() as connection:
            await connection.execute(_SQL["hold_never_probe"])
            rows = await connection.fetch(_SQL["never_probe"])
            used: bytes = rows[0]["salt"] if rows else salt
            digests = sorted({digest(used, name) for name in names})
            added: int = await connection.fetchval(_SQL["insert_never_probe"], digests, used, at, by, reason)
        return added

    async def _view(self, statement: Literal["list_rows", "untestable_rows"], order_id: str) -> list[dict[str, Any]]:
        async with self._connection() as connection:
            return [dict(row) for row in await connection.fetch(_SQL[statement], order_id)]

    async def _lists(self, order_id: str | None) -> list[ListVersion]:
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["newest_lists"], order_id)
        return [ListVersion(**{**row, "odd_lines": tuple(row["odd_lines"])}) for row in rows]

    async def _in_force(self, order_id: str, kind: Kind | None) -> list[str]:
        async with self._connection() as connection:
            return [row["entry"] for row in await connection.fetch(_SQL["list_in_force"], order_id, kind)]
