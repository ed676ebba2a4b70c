"""The part of the store that holds the collector's log: entries, checkpoints, cosignatures."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.store.plans import Plans
from collector.store.statements import load
from schema.errors import EvidenceError, UnavailableError
from schema.log import leaf_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from collector.store.database import Connection

_SQL: Final = load("log.sql")
_NO_LOG: Final = 0  # logs are numbered from 1
_COLUMNS: Final = ("log", "index", "kind", "ref", "leaf", "line")


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


class OpenPlan(NamedTuple):
    """A plan without an entry."""

    number: int
    plan: str
    starts_at: datetime
    key: str
    signature: bytes


class OpenHead(NamedTuple):
    """A head of a probe's log without an entry; `batch` is where it came."""

    probe: str
    chain: str
    size: int
    root: str
    key: str
    signature: bytes
    batch: int


class OpenEquivocation(NamedTuple):
    """An equivocation without an entry."""

    equivocation: int
    probe: str
    what: str
    digests: list[str]
    at: datetime


class OpenStanding(NamedTuple):
    """A change of a vantage's standing without an entry."""

    probe: str
    kind: str
    reason: str
    at: datetime


class OpenKey(NamedTuple):
    """A change of key without an entry."""

    probe: str
    key: str
    key_id: str
    by: str
    signature: bytes
    since: datetime


class OpenVantage(NamedTuple):
    """An enrolment without an entry."""

    probe: str
    key: str
    asn: int
    operator: str
    country: str
    custodian: str
    enrolled_at: datetime


class OpenOrder(NamedTuple):
    """A version of an order without an entry."""

    order_id: str
    version: int
    digest: str
    entered_at: datetime


class OpenStamp(NamedTuple):
    """A token without an entry."""

    size: int
    authority: str
    token: str
    certificate: str
    gen_at: datetime
    accuracy_us: int


class OpenRows(NamedTuple):
    """Rows of the ledger that have no entry yet, each kind in its own order."""

    policies: list[str]
    questions: list[str]
    vantages: list[OpenVantage]
    keys: list[OpenKey]
    standings: list[OpenStanding]
    orders: list[OpenOrder]
    stamps: list[OpenStamp]
    plans: list[OpenPlan]
    equivocations: list[OpenEquivocation]
    heads: list[OpenHead]


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
            records = [(row.log, 0, first.kind, first.ref, leaf_hash(first.line), first.line)]
            await connection.copy_records_to_table("log_entry", schema_name="ledger", columns=_COLUMNS, records=records)
        return row

    async def sequence(
        self, log: int, from_batch: int, compose: Callable[[OpenRows], Sequence[NewEntry]]
    ) -> tuple[int, OpenRows]:
        """Enter what *compose* makes of the rows that have no entry in *log*; its size then, and those rows.

        Heads of probes' logs are looked for in batches from number *from_batch* on.

        Raises:
            EvidenceError: two processes entered the same, or rows that cannot be. UnavailableError: nothing was entered.
        """
        async with self._transaction() as connection:
            await connection.execute(_SQL["sequencing"])
            rows = await _open_rows(connection, log, from_batch, stamps_of=log)
            fresh = compose(rows)
            size: int = await connection.fetchval(_SQL["log_size"], log)
            if fresh:
                records = [
                    (log, size + place, one.kind, one.ref, leaf_hash(one.line), one.line)
                    for place, one in enumerate(fresh)
                ]
                await connection.copy_records_to_table(
                    "log_entry", schema_name="ledger", columns=_COLUMNS, records=records
                )
        return size + len(fresh), rows

    async def ledger_rows(self, log: int) -> OpenRows:
        """Every row that has or will have an entry in *log*."""
        async with self._transaction() as connection:
            return await _open_rows(connection, _NO_LOG, 0, stamps_of=log)

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
        async with self._transaction() as connection:
            await connection.execute(_SQL["insert_checkpoint"], log, *row, at)
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


async def _open_rows(connection: Connection, log: int, from_batch: int, *, stamps_of: int) -> OpenRows:
    """What depends on others is read before them: whatever is seen, what it depends on is seen too."""
    plans = [OpenPlan(*row) for row in await connection.fetch(_SQL["open_plans"], log)]
    heads = [OpenHead(*row) for row in await connection.fetch(_SQL["open_heads"], log, from_batch)]
    told = [OpenEquivocation(*row) for row in await connection.fetch(_SQL["open_equivocations"], log)]
    standings = [OpenStanding(*row) for row in await connection.fetch(_SQL["open_standings"], log)]
    keys = [OpenKey(*row) for row in await connection.fetch(_SQL["open_keys"], log)]
    return OpenRows(
        vantages=[OpenVantage(*row) for row in await connection.fetch(_SQL["open_vantages"], log)],
        keys=keys,
        standings=standings,
        orders=[OpenOrder(*row) for row in await connection.fetch(_SQL["open_orders"], log)],
        stamps=[OpenStamp(*row) for row in await connection.fetch(_SQL["open_stamps"], log, stamps_of)],
        plans=plans,
        equivocations=told,
        heads=heads,
        policies=[row["digest"] for row in await connection.fetch(_SQL["open_policies"], log)],
        questions=[row["digest"] for row in await connection.fetch(_SQL["open_questions"], log)],
    )
