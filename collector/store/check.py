"""The part of the store that gives fsck what was copied out of bytes, to be compared with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from collector.store.bundles import Bundles
from collector.store.rows import HeadRow, LogLineRow
from collector.store.statements import load
from schema.codec import reader
from schema.record import BatchHeader, Close, GapRange

if TYPE_CHECKING:
    from datetime import datetime

_SQL: Final = load("check.sql")
_read_gaps = reader(tuple[GapRange, ...], "gaps")
_read_header = reader(BatchHeader, "batch header")


class EntryRow(NamedTuple):
    """A line of a log with what names its row."""

    place: int
    kind: str
    ref: str
    leaf: bytes
    line: bytes


class CheckedStamp(NamedTuple):
    """A token with what it is over."""

    size: int
    authority: str
    certificate: bytes
    request: bytes
    reply: bytes
    chain: list[bytes]
    gen_at: datetime
    accuracy_us: int
    note: bytes


class Check(Bundles):
    """Reading, for those who compare."""

    async def wrong_digests(self) -> list[tuple[str, str]]:
        """Kind and name of each content that is not what its digest says."""
        async with self._connection() as connection:
            return [(row["kind"], row["name"]) for row in await connection.fetch(_SQL["digests"])]

    async def log_of_batch(self, batch: int) -> tuple[list[LogLineRow], list[tuple[HeadRow, str]]]:
        """The lines that a batch added to its chain's log, and the heads that came in it with their keys (hex)."""
        async with self._connection() as connection:
            lines = [LogLineRow(*row) for row in await connection.fetch(_SQL["log_rows"], batch)]
            heads = [
                (HeadRow(*row[:4]), row[4]) for row in map(tuple, await connection.fetch(_SQL["head_rows"], batch))
            ]
        return lines, heads

    async def closes_of_batch(self, batch: int) -> list[tuple[int, Close]]:
        """Line and close of each round that a batch closes, as they are kept apart from it."""
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["closes_of_batch"], batch)
        return [
            (
                row["line"],
                Close(row["plan"], row["cells"], row["observed"], row["root"], _read_gaps(row["gaps"].encode())),
            )
            for row in rows
        ]

    async def header_of_batch(self, batch: int) -> BatchHeader:
        """The header of a batch as it is kept apart from it.

        Raises:
            FormatError: it is none.
        """
        async with self._connection() as connection:
            return _read_header((await connection.fetchval(_SQL["headers"], batch)).encode())

    async def entry_rows(self, log: int, first: int, count: int) -> list[EntryRow]:
        """At most *count* entries of a log from index *first* on."""
        async with self._connection() as connection:
            return [EntryRow(*row) for row in await connection.fetch(_SQL["entries"], log, first, count)]

    async def stamps_of(self, log: int) -> list[CheckedStamp]:
        """Every token over a checkpoint of a log."""
        async with self._connection() as connection:
            return [CheckedStamp(*row) for row in await connection.fetch(_SQL["stamps"], log)]

    async def plan_copies(self, number: int) -> tuple[tuple[object, ...], dict[str, tuple[object, ...]]]:
        """Start, window, questions and policy of a plan, and its vantages, as they are kept apart from its payload."""
        async with self._connection() as connection:
            facts = await connection.fetchrow(_SQL["plan_facts"], number)
            rows = await connection.fetch(_SQL["plan_vantages"], number)
        return tuple(facts or ()), {row["probe"]: tuple(row)[1:] for row in rows}

    async def question_sets(self) -> list[tuple[int, bytes]]:
        """Number and body of every question set."""
        async with self._connection() as connection:
            return [tuple(row) for row in await connection.fetch(_SQL["question_sets"])]

    async def cell_copies(self, question_set: int) -> list[tuple[object, ...]]:
        """The cells of a question set as they are kept apart from it."""
        async with self._connection() as connection:
            return [tuple(row) for row in await connection.fetch(_SQL["cells"], question_set)]

    async def policies(self) -> list[tuple[int, bytes, int]]:
        """Number, body and `fresh_s` of every policy."""
        async with self._connection() as connection:
            return [tuple(row) for row in await connection.fetch(_SQL["policies"])]

    async def resolver_copies(self, policy: int) -> list[tuple[object, ...]]:
        """The registry of a policy as it is kept apart from it, by id."""
        async with self._connection() as connection:
            return [tuple(row) for row in await connection.fetch(_SQL["resolvers"], policy)]
