"""The part of the store that takes batches in, each in one transaction, and gives a round's lines back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import asyncpg
from zstandard import ZstdDecompressor

from collector.store.copying import COLUMNS, copy_stream
from collector.store.facts import answer_number
from collector.store.log import Log
from collector.store.rows import Held, StoredBatch
from collector.store.statements import load
from schema.codec import encode, reader
from schema.errors import ConfigError, EvidenceError
from schema.record import Close, GapRange

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from datetime import datetime

    from collector.store.database import Connection, Pool
    from collector.store.rows import AnswerFacts, BatchRow, LogRows, ObservationRow
    from schema.record import BatchHeader

_SQL: Final = load("batches.sql")
_STARTS: Final = load("plans.sql")["plan_starts"]
_MEMORY: Final = 200_000  # answers whose numbers are remembered
_MAX_LINES_BYTES: Final = 256 << 20
_read_gaps = reader(tuple[GapRange, ...], "gaps")


class Batches(Log):
    """Batches, forks, certificates, closes and observations."""

    def __init__(self, pool: Pool) -> None:
        """Work on *pool*; what never changes once stored is remembered."""
        super().__init__(pool)
        self._answers: dict[AnswerFacts, int] = {}
        self._starts: dict[int, datetime] = {}
        self._probes: dict[str, int] = {}

    async def chain_head(self, probe: str, chain: str) -> tuple[int, str] | None:
        """The number and (hex) id of the newest batch of a chain."""
        async with self._connection() as connection:
            row = await connection.fetchrow(_SQL["chain_head"], probe, chain)
        return (row["number"], row["batch"]) if row else None

    async def held(self, probe: str, chain: str, number: int) -> Held | None:
        """The batch that is kept under a number."""
        async with self._connection() as connection:
            row = await connection.fetchrow(_SQL["held"], probe, chain, number)
        return Held(*row) if row else None

    async def insert_batch(self, row: BatchRow) -> None:
        """Make *row* durable with everything in it, or nothing of it.

        Raises:
            EvidenceError: the batch, or its place in the chain, is held already. UnavailableError: try again later.
        """
        answers = await self._insert(row)
        if len(self._answers) + len(answers) > _MEMORY:
            self._answers.clear()
        self._answers.update(answers)  # only now: a transaction that failed has stored none

    async def _insert(self, row: BatchRow) -> dict[AnswerFacts, int]:
        header = row.header
        async with self._transaction() as connection:
            probe_no = await self._probe_no(connection, header.probe)
            starts = await self._plan_starts(connection, row.observations)
            try:
                batch: int = await connection.fetchval(
                    _SQL["insert_batch"], row.batch_id, probe_no, header.chain, header.number, header.previous,
                    row.received_at, row.source or None, len(row.leaves) // 32, encode(header).decode(), row.notes,
                    row.signature, row.leaves, row.body, row.key_id,
                )  # fmt: skip
            except asyncpg.UniqueViolationError as error:
                raise EvidenceError(f"batch {header.number} of chain {header.chain} is held already") from error
            fresh = await self._insert_answers(connection, row.observations)
            if row.observations:
                answers = {**self._answers, **fresh} if fresh else self._answers
                stream = copy_stream(row.observations, starts, answers, batch=batch, probe_no=probe_no)
                await connection.copy_to_table(
                    "observation", schema_name="ledger", columns=COLUMNS, source=_one(stream), format="binary"
                )
                counts = _count(row.observations)
                await connection.execute(_SQL["insert_batch_rounds"], probe_no, batch, *counts)
            for line, plan_number, close in row.closes:
                gaps = encode(close.gaps).decode()
                told = (plan_number, probe_no, close.cells, close.observed, gaps, close.root, batch, line)
                await connection.execute(_SQL["insert_round"], *told)
            if row.log is not None:
                await _insert_log(connection, row, row.log, probe_no, batch)
            for what, first, second in row.equivocations:
                both = [bytes.fromhex(first), bytes.fromhex(second)]
                await connection.execute(_SQL["insert_equivocation"], probe_no, what, both, row.received_at)
            if row.equivocations:
                reason = (
                    f"batch {header.number} of chain {header.chain}: {', '.join(one.what for one in row.equivocations)}"
                )
                await connection.execute(_SQL["suspend"], probe_no, row.received_at, reason)
            for certificate in sorted(row.certificates, key=lambda one: one.cert):  # one order, or two could deadlock
                await connection.execute(_SQL["insert_certificate"], certificate.der)
        return fresh

    async def _insert_answers(self, connection: Connection, rows: Iterable[ObservationRow]) -> dict[AnswerFacts, int]:
        known = self._answers
        seen = {id(row.answer): row.answer for row in rows}.values()  # by identity first: hashing one costs more
        unknown = {facts for facts in seen if facts is not None and facts not in known}
        fresh = {facts: answer_number(facts) for facts in unknown}
        if fresh:
            listed: list[dict[str, Any]] = [{"answer": number, **facts._asdict()} for facts, number in fresh.items()]
            await connection.execute(_SQL["insert_answers"], encode(listed).decode())
        return fresh

    async def _probe_no(self, connection: Connection, probe: str) -> int:
        number = self._probes.get(probe)
        if number is None:
            found = await connection.fetchval(_SQL["probe_no"], probe)
            if found is None:
                raise ConfigError(f"probe {probe} is not enrolled", remedy="Run `ottempera collector enroll`.")
            number = self._probes[probe] = found
        return number

    async def _plan_starts(self, connection: Connection, rows: Iterable[ObservationRow]) -> dict[int, datetime]:
        named = {row.plan_number for row in rows}
        missing = named - self._starts.keys()
        if missing:
            self._starts.update(await connection.fetch(_STARTS, list(missing)))
        return {number: self._starts[number] for number in named}

    async def keep_fork(
        self, header: BatchHeader, batch_id: str, signature: bytes, body: bytes, received_at: datetime, source: str
    ) -> None:
        """Keep other content that a probe signed under a number that was taken; the same fork again is nothing.

        It is noted as an equivocation and the probe is suspended, in one transaction.
        """
        told = (header.probe, header.chain, header.number, batch_id, received_at, source or None, signature, body)
        async with self._transaction() as connection:
            probe_no = await self._probe_no(connection, header.probe)
            await connection.execute(_SQL["insert_fork"], *told)
            await connection.execute(
                _SQL["insert_fork_equivocation"], probe_no, header.chain, header.number, batch_id, received_at
            )
            reason = f"chain {header.chain} has other content at or before batch {header.number}"
            await connection.execute(_SQL["suspend"], probe_no, received_at, reason)

    async def close_leaves(self, probe: str, plans: Iterable[str]) -> dict[str, str]:
        """The leaf hash (hex) of the first close, of those of *plans* (hex ids, known here or not) that *probe* has closed."""
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["close_leaves"], probe, [bytes.fromhex(one) for one in plans])
        leaves: dict[str, str] = {}
        for row in rows:
            leaves.setdefault(row["plan"], row["leaf"])
        return leaves

    async def tell_unfulfilled(self, plan_number: int, probe: str) -> None:
        """Note for the log that a round's close is not what came before it: then it counts as not closed."""
        async with self._connection() as connection:
            await connection.execute(_SQL["tell_unfulfilled"], plan_number, probe)

    async def last_seen(self, probe: str, chain: str) -> bytes | None:
        """The newest line of a probe's log that says which checkpoint of a collector's log it saw."""
        async with self._connection() as connection:
            row = await connection.fetchrow(_SQL["last_seen"], probe, chain)
        return split(row["body"])[row["line"]] if row else None

    async def chain_key(self, probe: str, chain: str) -> str | None:
        """The id (hex) of the key that signed the first batch of a chain."""
        async with self._connection() as connection:
            key: str | None = await connection.fetchval(_SQL["chain_key"], probe, chain)
        return key

    async def probe_leaves(self, probe: str, chain: str, first: int) -> list[tuple[str, bytes]]:
        """Kind and leaf hash of each line of a probe's log from index *first* on."""
        async with self._connection() as connection:
            return [
                (row["kind"], row["leaf"]) for row in await connection.fetch(_SQL["probe_leaves"], probe, chain, first)
            ]

    async def held_certificates(self, digests: Iterable[str]) -> set[str]:
        """Those of *digests* (hex) whose certificates came."""
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["held_certificates"], [bytes.fromhex(one) for one in digests])
        return {row["digest"] for row in rows}

    async def closed_not_judged(self) -> list[tuple[int, str]]:
        """Plan number and probe of each round that is closed and has no verdicts yet, oldest first."""
        async with self._connection() as connection:
            return [(row["plan_number"], row["probe"]) for row in await connection.fetch(_SQL["closed_not_judged"])]

    async def closed(self) -> list[tuple[int, str]]:
        """Plan number and probe of each round that is closed, oldest first."""
        async with self._connection() as connection:
            return [(row["plan_number"], row["probe"]) for row in await connection.fetch(_SQL["closed"])]

    async def round_close(self, plan_number: int, probe: str) -> Close | None:
        """The close of a round that counts."""
        async with self._connection() as connection:
            row = await connection.fetchrow(_SQL["round_close"], plan_number, probe)
        if row is None:
            return None
        return Close(row["plan"], row["cells"], row["observed"], row["root"], _read_gaps(row["gaps"].encode()))

    async def round_lines(self, plan_number: int, probe: str) -> list[tuple[int, bytes, bool]]:
        """Cell and line (without its newline) of each record of a round, by cell; of a cell twice, by the probe's order.

        The third of each says whether it came after the round's close.

        Raises:
            EvidenceError: a stored batch does not hold the line that its observation points to.
        """
        async with self._connection() as connection:
            places = await connection.fetch(_SQL["round_places"], plan_number, probe)
            bodies = await connection.fetch(_SQL["bodies"], list({place["batch"] for place in places}))
        lines = {row["batch"]: split(row["body"]) for row in bodies}
        try:
            return [(place["cell"], lines[place["batch"]][place["line"]], place["late"]) for place in places]
        except LookupError as error:
            raise EvidenceError(
                f"a record of plan {plan_number} by {probe} is not where it should be",
                remedy="Run `ottempera collector fsck`.",
            ) from error

    async def stored_batches(self, after: int, limit: int) -> list[StoredBatch]:
        """At most *limit* batches with numbers (of this database) above *after*, for checking."""
        async with self._connection() as connection:
            return [StoredBatch(*row) for row in await connection.fetch(_SQL["stored_batches"], after, limit)]

    async def count_observations(self, batch: int) -> int:
        """Rows of one batch, counted."""
        async with self._connection() as connection:
            counted: int = await connection.fetchval(_SQL["count_observations"], batch)
        return counted


async def _insert_log(connection: Connection, row: BatchRow, log: LogRows, probe_no: int, batch: int) -> None:
    chain = row.header.chain
    if log.lines:
        columns = [list(column) for column in zip(*log.lines, strict=True)]
        await connection.execute(_SQL["insert_probe_log"], probe_no, chain, batch, *columns)
    if log.heads:
        columns = [list(column) for column in zip(*log.heads, strict=True)]
        await connection.execute(_SQL["insert_probe_checkpoints"], probe_no, chain, batch, log.key_id, *columns)


def split(body: bytes) -> list[bytes]:
    """The lines of a stored batch without their newlines, the header first.

    Raises:
        zstandard.ZstdError: the body is not what was admitted.
    """
    with ZstdDecompressor().stream_reader(body) as stream:
        return stream.read(_MAX_LINES_BYTES).removesuffix(b"\n").split(b"\n")


def _count(rows: Iterable[ObservationRow]) -> tuple[list[int], list[int], list[int]]:
    """Plan numbers, and how many of their cells were asked and not."""
    observed: dict[int, int] = {}
    gaps: dict[int, int] = {}
    for row in rows:
        counted = observed if row.gap is None else gaps
        counted[row.plan_number] = counted.get(row.plan_number, 0) + 1
    numbers = sorted(observed.keys() | gaps.keys())
    return numbers, [observed.get(number, 0) for number in numbers], [gaps.get(number, 0) for number in numbers]


async def _one(stream: bytes) -> AsyncIterator[bytes]:
    """A stream in one piece; from a file object the driver would read in a thread."""
    yield stream
