"""The part of the store that keeps time stamps over checkpoints, and the tries that failed."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.store.database import Database
from collector.store.statements import load

if TYPE_CHECKING:
    from datetime import datetime

_SQL: Final = load("stamps.sql")


class StampRow(NamedTuple):
    """A token that was checked; `chain` are certificates (DER), the signing one first."""

    log: int
    size: int
    authority: str
    request: bytes
    reply: bytes
    chain: tuple[bytes, ...]
    gen_at: datetime
    accuracy_us: int
    qualified: bool
    received_at: datetime


class StampTrouble(NamedTuple):
    """A try to have a checkpoint stamped that failed, and why."""

    at: datetime
    authority: str
    log: int
    size: int
    detail: str


class StampedHead(NamedTuple):
    """A checkpoint that somebody stamped: its size, its note, and when the first token over it came."""

    size: int
    note: bytes
    since: datetime


class Stamps(Database):
    """Time stamps."""

    async def stamped(self, log: int, size: int) -> frozenset[str]:
        """The authorities that stamped a checkpoint."""
        async with self._connection() as connection:
            return frozenset(row["authority"] for row in await connection.fetch(_SQL["stamped"], log, size))

    async def newest_stamped(self, log: int) -> StampedHead | None:
        """The largest checkpoint of a log that anybody stamped."""
        async with self._connection() as connection:
            row = await connection.fetchrow(_SQL["newest_stamped"], log)
        return StampedHead(*row) if row else None

    async def last_stamps(self) -> dict[str, datetime]:
        """When the newest token of each authority came."""
        async with self._connection() as connection:
            return {row["authority"]: row["at"] for row in await connection.fetch(_SQL["last_stamps"])}

    async def youngest_below(self, log: int, size: int) -> datetime | None:
        """The latest not-before of the tokens over checkpoints of a log that are smaller than *size*."""
        async with self._connection() as connection:
            youngest: datetime | None = await connection.fetchval(_SQL["youngest_below"], log, size)
        return youngest

    async def put_stamp(self, row: StampRow) -> None:
        """Keep a token; a second one of the same authority over the same checkpoint is nothing."""
        async with self._connection() as connection:
            await connection.execute(
                _SQL["insert_stamp"], row.log, row.size, row.authority, sha256(row.chain[0]).digest(), row.request,
                row.reply, list(row.chain), row.gen_at, row.accuracy_us, row.qualified, row.received_at,
            )  # fmt: skip

    async def put_stamp_trouble(self, trouble: StampTrouble) -> None:
        """Keep that a try failed."""
        async with self._connection() as connection:
            await connection.execute(_SQL["insert_stamp_trouble"], *trouble)

    async def newest_token(self) -> str | None:
        """What the next plan carries as its not-before: the hex SHA-256 of the newest token's reply."""
        async with self._connection() as connection:
            token: str | None = await connection.fetchval(_SQL["newest_token"])
        return token
