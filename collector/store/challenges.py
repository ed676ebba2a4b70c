"""The part of the store that keeps what may be said against days, and gives what that is met from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from collector.compliance.challenges import DayChallenge
from collector.compliance.dayevidence import Line
from collector.status import NameSample
from collector.store.behaviour import Behaviour
from collector.store.bundles import Bundles
from collector.store.judgements import read_verdict_row
from collector.store.statements import load
from schema.codec import encode
from schema.words import Challenge, Ground, Standing

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date, datetime

    import asyncpg

    from collector.store.database import Connection
    from schema.verdict import Verdict

_SQL: Final = load("challenges.sql")


class ClosePlace(NamedTuple):
    """A close that counts, at one place of one of its probe's logs, as one of the collector's logs covers it.

    `entry` is the first entry of `log` that covers the place; `seen` the batch and line that hold the newest checkpoint
    which the probe had seen before. None where there is no such thing.
    """

    plan_number: int
    probe: str
    sealed: bool
    leaf: str  # hex leaf hash of its line
    disputed: bool
    log: int | None
    entry: int | None
    seen: tuple[int, int] | None


class ReadUpTo(NamedTuple):
    """How far the newest log and the equivocations go, and how far they were read when days were last met."""

    log: int
    size: int
    equivocation: int
    log_read: int
    size_read: int
    equivocation_read: int


class Challenges(Behaviour, Bundles):
    """What may be said against days."""

    async def open_verdicts(
        self, pairs: Collection[tuple[str, str]], plans: Collection[int]
    ) -> dict[tuple[str, str, int], list[Verdict]]:
        """The verdicts open of *pairs* (resolver, name) in *plans*, by pair and plan number, each by probe."""
        asked = sorted(pairs)
        async with self._connection() as connection:
            rows = await connection.fetch(
                _SQL["open_verdicts"], [one[0] for one in asked], [one[1] for one in asked], sorted(plans)
            )
        found: dict[tuple[str, str, int], list[Verdict]] = {}
        for row in rows:
            key = row["resolver"], row["name"], row["plan_number"]
            found.setdefault(key, []).append(read_verdict_row(row))
        return found

    async def own_networks(self, plans: Collection[int]) -> dict[tuple[int, str], str]:
        """Where a resolver of the vantage's own network only answered it: a record (hex) by plan number and probe."""
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["own_networks"], sorted(plans))
        return {(row["plan_number"], row["probe"]): row["witness_digest"] for row in rows}

    async def lines(self, plans: Collection[int]) -> dict[tuple[int, str], Line]:
        """Over which line each round of *plans* was closed, by plan number and probe."""
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["lines"], sorted(plans))
        return {(row["plan_number"], row["probe"]): _line(row) for row in rows}

    async def first_lines(self) -> dict[str, Line]:
        """Over which line each vantage's first batch came."""
        async with self._connection() as connection:
            return {row["probe"]: _line(row) for row in await connection.fetch(_SQL["first_lines"])}

    async def close_places(self, plans: Collection[int]) -> list[ClosePlace]:
        """The closes of *plans*, by plan number, probe, log and entry."""
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["closes"], sorted(plans))
        return [
            ClosePlace(
                row["plan_number"], row["probe"], row["sealed"], row["leaf"], row["disputed"], row["log"], row["entry"],
                (row["seen_batch"], row["seen_line"]) if row["seen_batch"] is not None else None,
            )
            for row in rows
        ]  # fmt: skip

    async def plan_entries(self, plans: Collection[int]) -> dict[tuple[int, int], int]:
        """Which entry publishes a plan, by log and plan number."""
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["plan_entries"], sorted(plans))
        return {(row["log"], row["plan_number"]): row["index"] for row in rows}

    async def stamp_entries(self, log: int, since: int) -> list[tuple[int, bytes]]:
        """Index and line of the time stamps that *log* names from the index *since* on."""
        async with self._connection() as connection:
            return [(row["index"], row["line"]) for row in await connection.fetch(_SQL["stamp_entries"], log, since)]

    async def lines_of_batches(self, places: Collection[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
        """Lines by batch and line number.

        Raises:
            EvidenceError: a batch cannot be read.
        """
        bodies = await self._lines_of({batch for batch, _ in places})
        return {place: bodies[place[0]][place[1]] for place in places}

    async def name_samples_in(
        self, names: Collection[str], plans: Collection[int]
    ) -> dict[tuple[str, int], NameSample]:
        """What was said of *names* in *plans*, by name and plan number."""
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["names_in"], sorted(names), sorted(plans))
        return {
            (row["name"], row["plan_number"]): NameSample(
                row["plan_number"], row["at"], row["name"], Ground(row["ground"]), tuple(row["name_servers"]), row["soa"],
                row["parked"], row["vantages"],
            )
            for row in rows
        }  # fmt: skip

    async def order_digests(self, order_id: str) -> dict[int, str]:
        """The digest of each version of an order (hex), as the log names it."""
        async with self._connection() as connection:
            return {row["version"]: row["digest"] for row in await connection.fetch(_SQL["order_digests"], order_id)}

    async def challenges(
        self, order_id: str, names: Sequence[str] | None = None, day: date | None = None
    ) -> list[DayChallenge]:
        """What may be said against the days of an order, by name, resolver and day."""
        async with self._connection() as connection:
            return [_challenge(row) for row in await connection.fetch(_SQL["challenges"], order_id, names, day)]

    async def _put_challenges(
        self,
        connection: Connection,
        order_id: str,
        met: Sequence[tuple[str, str, date]],
        challenges: Sequence[DayChallenge],
    ) -> None:
        """Keep *challenges* in place of those of *met* (resolver, name, day)."""
        if met:
            columns = [list(column) for column in zip(*met, strict=True)]
            await connection.execute(_SQL["forget_challenges"], order_id, *columns)
        if challenges:
            await connection.execute(_SQL["insert_challenges"], encode(challenges).decode())

    async def read_up_to(self) -> ReadUpTo:
        """How far the log goes, and how far it was read."""
        async with self._connection() as connection:
            row = await connection.fetchrow(_SQL["read_up_to"])
        return ReadUpTo(*row) if row else ReadUpTo(0, 0, 0, 0, 0, 0)

    async def put_read_up_to(self, log: int, size: int, equivocation: int) -> None:
        """Remember how far."""
        async with self._connection() as connection:
            await connection.execute(_SQL["put_read_up_to"], log, size, equivocation)

    async def starts_dated_since(self, read: ReadUpTo) -> list[datetime]:
        """When the plans start of which the log, or an equivocation, says more than when it was last read."""
        starts: set[datetime] = set()
        async with self._connection() as connection:
            for row in await connection.fetch(_SQL["stamps_since"], read.log_read, read.size_read):
                stretch = row["log"], row["since"], row["size"]
                starts.update(one["starts_at"] for one in await connection.fetch(_SQL["covered_by_entries"], *stretch))
            disputed = await connection.fetch(_SQL["disputed_since"], read.equivocation_read)
        return sorted(starts.union(row["starts_at"] for row in disputed))


def _line(row: asyncpg.Record) -> Line:
    return Line(row["batch"], row["source"] or "", row["route"], tuple(row["handed_out"]))


def _challenge(row: asyncpg.Record) -> DayChallenge:
    values: dict[str, Any] = {field: tuple(value) if isinstance(value, list) else value for field, value in row.items()}
    return DayChallenge(
        **values | {"challenge": Challenge(values["challenge"]), "standing": Standing(values["standing"])}
    )
