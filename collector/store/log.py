"""The part of the store that holds the collector's log: entries, checkpoints, cosignatures."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

import asyncpg

from collector.store.plans import Plans
from collector.store.statements import load
from collector.store.unlogged import Since, marks, open_rows
from schema.errors import EvidenceError, UnavailableError
from schema.log import leaf_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from collector.store.database import Connection
    from collector.store.unlogged import OpenRows

_SQL: Final = load("log.sql")
_FSCK: Final = "Run `ottempera collector fsck`."
_NO_LOG: Final = 0  # logs are numbered from 1


class LogRow(NamedTuple):
    """A log of this collector: its number, its name in checkpoints, the key that signs it."""

    log: int
    origin: str
    public_key: bytes


class CheckpointRow(NamedTuple):
    """A signed head; `note` has the log's own signature only."""

    size: int
    root: bytes
    note: bytes


class NewEntry(NamedTuple):
    """A line that enters the log, and which row of the ledger it is of."""

    kind: str
    ref: str
    line: bytes


class Entered(NamedTuple):
    """What a pass entered: `leaves` of new lines after `size` lines, the last of which has the leaf `last`; of these `rows`."""

    size: int
    last: bytes | None
    leaves: list[bytes]
    rows: OpenRows


class Log(Plans):
    """The collector's log."""

    async def claim_signing(self, *, patience_s: float = 0.0) -> bool:
        """Be the one process that signs this database, until `close`; False if another is."""
        return await self._hold(_SQL["claim_signing"], patience_s)

    async def release_signing(self) -> None:
        """Let another process sign."""
        await self._let_go(_SQL["claim_signing"])

    async def log(self) -> LogRow | None:
        """The log that is written; None until one has begun."""
        async with self._connection() as connection:
            row = await connection.fetchrow(_SQL["current_log"])
        return LogRow(*row) if row else None

    async def all_logs(self) -> list[LogRow]:
        """Every log, oldest first."""
        async with self._connection() as connection:
            return [LogRow(*row) for row in await connection.fetch(_SQL["logs"])]

    async def log_of(self, origin: str) -> LogRow | None:
        """The log of that name."""
        async with self._connection() as connection:
            row = await connection.fetchrow(_SQL["log_of"], origin)
        return LogRow(*row) if row else None

    async def begin_log(self, row: LogRow, first: NewEntry, at: datetime) -> LogRow:
        """The log that is written now: *row* with its *first* entry, unless one of that number or a later has begun."""
        async with self._transaction() as connection:
            await connection.execute(_SQL["sequencing"])
            kept = await connection.fetchrow(_SQL["current_log"])
            if kept is not None and kept["log"] >= row.log:
                return LogRow(*kept)
            await connection.execute(_SQL["insert_log"], *row, at)
            await _insert(connection, row.log, 0, [first], [leaf_hash(first.line)])
        return row

    async def sequence(self, log: int, since: Since, compose: Callable[[OpenRows], Sequence[NewEntry]]) -> Entered:
        """Enter what *compose* makes of the rows that have no entry in *log*; those below *since* have theirs.

        Raises:
            UnavailableError: nothing was entered.
        """
        async with self._transaction() as connection:
            await connection.execute(_SQL["sequencing"])
            rows = await open_rows(connection, log, since, stamps_of=log)
            fresh = compose(rows)
            newest = await connection.fetchrow(_SQL["newest_entry"], log)
            size, last = (newest["index"] + 1, newest["leaf"]) if newest else (0, None)
            leaves = [leaf_hash(one.line) for one in fresh]
            if fresh:
                try:
                    await _insert(connection, log, size, fresh, leaves)
                except asyncpg.UniqueViolationError as error:
                    raise UnavailableError(f"an entry stands in the log already: {error}", remedy=_FSCK) from error
        return Entered(size, last, leaves, rows)

    async def marks(self, log: int) -> tuple[int | None, ...]:
        """Numbers of which one is another as soon as the ledger has something new that enters *log*, or a checkpoint of it."""
        async with self._connection() as connection:
            return await marks(connection, log)

    async def ledger_rows(self, log: int) -> OpenRows:
        """Every row that has or will have an entry in *log*."""
        async with self._transaction() as connection:
            return await open_rows(connection, _NO_LOG, Since(), stamps_of=log)

    async def log_size(self, log: int) -> int:
        """How many entries a log has."""
        async with self._connection() as connection:
            size: int = await connection.fetchval(_SQL["log_size"], log)
        return size

    async def leaves(self, log: int, first: int) -> list[bytes]:
        """The leaf hashes of a log from index *first* on."""
        async with self._connection() as connection:
            return [row["leaf"] for row in await connection.fetch(_SQL["leaves"], log, first)]

    async def log_lines(self, log: int, first: int, count: int) -> list[bytes]:
        """At most *count* lines of a log from index *first* on."""
        async with self._connection() as connection:
            return [row["line"] for row in await connection.fetch(_SQL["entry_lines"], log, first, count)]

    async def index_of(self, log: int, leaf: bytes) -> int | None:
        """Where a leaf stands in a log."""
        async with self._connection() as connection:
            index: int | None = await connection.fetchval(_SQL["index_of"], log, leaf)
        return index

    async def order_body(self, order_id: str, version: int) -> bytes:
        """The bytes of a version of an order, as the log names them by digest.

        Raises:
            EvidenceError: there is none.
        """
        async with self._connection() as connection:
            body: bytes | None = await connection.fetchval(_SQL["order_body"], order_id, version)
        if body is None:
            raise EvidenceError(f"version {version} of order {order_id} is not kept here")
        return body

    async def newest_checkpoint(self, log: int) -> CheckpointRow | None:
        """The largest head of a log that was signed."""
        async with self._connection() as connection:
            row = await connection.fetchrow(_SQL["newest_checkpoint"], log)
        return CheckpointRow(*row) if row else None

    async def checkpoint(self, log: int, size: int) -> CheckpointRow | None:
        """The head of a log of that size, if it was signed."""
        async with self._connection() as connection:
            row = await connection.fetchrow(_SQL["checkpoint"], log, size)
        return CheckpointRow(*row) if row else None

    async def checkpoints(self, log: int, after: int, limit: int) -> list[CheckpointRow]:
        """At most *limit* signed heads of a log larger than *after*, smallest first."""
        async with self._connection() as connection:
            return [CheckpointRow(*row) for row in await connection.fetch(_SQL["checkpoints"], log, after, limit)]

    async def put_checkpoint(self, log: int, row: CheckpointRow, at: datetime) -> None:
        """Keep a signed head; the same again is nothing.

        Raises:
            UnavailableError: it is not kept; nobody may be shown it.
        """
        async with self._connection() as connection:
            if await connection.fetchval(_SQL["insert_checkpoint"], log, *row, at) is not None:
                return
            kept = await connection.fetchrow(_SQL["checkpoint"], log, row.size)
            if CheckpointRow(*kept) != row:
                raise UnavailableError(
                    f"another checkpoint of {row.size} lines is kept already",
                    remedy="Run `ottempera collector fsck`; begin a new log by `ottempera collector seal --new-log`.",
                )

    async def put_cosignature(self, log: int, size: int, name: str, line: bytes, at: datetime) -> None:
        """Keep a signature line of a witness, which was checked; a second one of the same witness is nothing."""
        async with self._connection() as connection:
            await connection.execute(_SQL["insert_cosignature"], log, size, name, line, at)

    async def cosignature_lines(self, log: int, size: int) -> list[tuple[str, bytes]]:
        """Name and signature line of each witness that cosigned a checkpoint, by name."""
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["cosignatures"], log, size)
        return [(row["name"], row["line"]) for row in rows]

    async def cosigners(self, log: int) -> dict[str, int]:
        """Everybody who ever cosigned a checkpoint of a log, with the largest size each did."""
        async with self._connection() as connection:
            return {row["name"]: row["size"] for row in await connection.fetch(_SQL["cosigners"], log)}


async def _insert(
    connection: Connection, log: int, first: int, entries: Sequence[NewEntry], leaves: Sequence[bytes]
) -> None:
    kinds, refs, lines = zip(*entries, strict=True)
    places = list(range(first, first + len(entries)))
    await connection.execute(_SQL["insert_entries"], log, places, list(kinds), list(refs), list(leaves), list(lines))
