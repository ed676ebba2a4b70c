"""The part of the store that an exporter reads: logs, checkpoints, time stamps, and what the rounds of a period stand on."""

from __future__ import annotations

import re
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from zstandard import ZstdError

from collector.store.batches import split
from collector.store.statements import load
from collector.store.views import Views
from schema.errors import EvidenceError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterable
    from datetime import datetime

_SQL: Final = load("bundles.sql")
_DIGEST: Final = re.compile("[0-9a-f]{64}")
_AT_ONCE: Final = 5_000  # entries of a log that are read together
_BODIES: Final = 64  # batches that are held together


class LogOf(NamedTuple):
    """A log of this collector and the key that signs its checkpoints."""

    log: int
    origin: str
    public_key: bytes


class StampOf(NamedTuple):
    """A time stamp over a checkpoint; `token` is the hex SHA-256 of the reply."""

    size: int
    authority: str
    request: bytes
    reply: bytes
    chain: tuple[bytes, ...]
    token: str
    at: datetime
    accuracy_us: int
    qualified: bool  # in the words of the settings


class PlanOf(NamedTuple):
    """A plan as it was signed; `plan_id` is hex."""

    number: int
    plan_id: str
    payload: bytes


class PlaceOf(NamedTuple):
    """A line of a probe's log, by chain and place (from 0), none where the chain keeps no log; `headed`: a head covers it."""

    plan_number: int
    probe: str
    chain: str | None
    leaf: int | None
    headed: bool


class Bundles(Views):
    """Reading, for those who carry evidence away."""

    async def logs(self) -> list[LogOf]:
        """Every log of this collector, oldest first."""
        async with self._connection() as connection:
            return [LogOf(*row) for row in await connection.fetch(_SQL["logs"])]

    async def stamping(self, log: int) -> list[str]:
        """The authorities that ever stamped a checkpoint of *log*."""
        async with self._connection() as connection:
            return [row["authority"] for row in await connection.fetch(_SQL["authorities"], log)]

    async def stamped_head(self, log: int, *, authorities: int, cosignatures: int) -> int | None:
        """The size of the newest checkpoint that so many authorities stamped and so many witnesses cosigned."""
        async with self._connection() as connection:
            size: int | None = await connection.fetchval(_SQL["stamped_heads"], log, authorities, cosignatures)
        return size

    async def entries(self, log: int, size: int) -> AsyncIterator[bytes]:
        """The first *size* lines of *log*.

        Raises:
            EvidenceError: one is missing.
        """
        for first in range(0, size, _AT_ONCE):
            until = min(size, first + _AT_ONCE)
            async with self._connection() as connection:
                rows = await connection.fetch(_SQL["entries"], log, first, until)
            if [row["index"] for row in rows] != list(range(first, until)):
                raise EvidenceError(f"log {log}: a line between {first} and {until} is missing", remedy=_FSCK)
            for row in rows:
                yield row["line"]

    async def notes(self, log: int, sizes: Collection[int]) -> dict[int, bytes]:
        """The checkpoints of *sizes* as they were signed.

        Raises:
            EvidenceError: one was never signed here.
        """
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["notes"], log, sorted(sizes))
        found = {row["size"]: row["note"] for row in rows}
        if missing := sorted(set(sizes) - found.keys()):
            raise EvidenceError(f"log {log}: the checkpoint of {missing[0]} lines is missing", remedy=_FSCK)
        return found

    async def cosignatures(self, log: int, size: int) -> list[bytes]:
        """The signature lines of those who cosigned a checkpoint, each with its newline, by name."""
        async with self._connection() as connection:
            return [row["line"] for row in await connection.fetch(_SQL["cosignatures"], log, size)]

    async def stamps_up_to(self, log: int, size: int) -> list[StampOf]:
        """The time stamps over checkpoints of at most *size* lines, by size and authority."""
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["stamps"], log, size)
        return [
            StampOf(
                row["size"], row["authority"], row["request"], row["reply"], tuple(row["chain"]), row["token"],
                row["gen_at"], row["accuracy_us"], row["qualified"],
            )
            for row in rows
        ]  # fmt: skip

    async def plans_between(self, since: datetime, until: datetime) -> list[PlanOf]:
        """The plans that start from *since* on and before *until*, in order."""
        async with self._connection() as connection:
            return [PlanOf(*row) for row in await connection.fetch(_SQL["period_plans"], since, until)]

    async def closed_between(self, since: datetime, until: datetime) -> dict[tuple[int, str], list[PlaceOf]]:
        """The closed rounds of those plans by number and probe, with every place where the same close line stands."""
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["closed_in"], since, until)
        places = [PlaceOf(*row) for row in rows]
        return {key: list(group) for key, group in groupby(places, key=itemgetter(0, 1))}

    async def probe_log_lines(self, probe: str, chain: str, size: int) -> AsyncIterator[bytes]:
        """The first *size* lines of a probe's log, read back from its batches.

        Raises:
            EvidenceError: one is missing, or its batch does not hold it.
        """
        what = f"the log of {probe}, chain {chain}"
        async with self._connection() as connection:
            places = await connection.fetch(_SQL["probe_log"], probe, chain, size)
        if [place["index"] for place in places] != list(range(size)):
            raise EvidenceError(f"{what}: a line is missing", remedy=_FSCK)
        for start in range(0, len(places), _BODIES):
            some = places[start : start + _BODIES]
            bodies = await self._lines_of({place["batch"] for place in some})
            for place in some:
                try:
                    yield bodies[place["batch"]][place["line"]]
                except LookupError as error:
                    raise EvidenceError(f"{what}: line {place['index']} is not in its batch", remedy=_FSCK) from error

    async def _lines_of(self, batches: Collection[int]) -> dict[int, list[bytes]]:
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["bundled_bodies"], list(batches))
        try:
            return {row["batch"]: split(row["body"]) for row in rows}
        except ZstdError as error:
            raise EvidenceError(f"a stored batch cannot be read: {error}", remedy=_FSCK) from error

    async def certificates(self, digests: Iterable[str]) -> dict[str, bytes]:
        """Certificates (DER) by hex SHA-256.

        Raises:
            EvidenceError: one was never delivered.
        """
        wanted = sorted(digests)
        named = [bytes.fromhex(one) for one in wanted if _DIGEST.fullmatch(one)]  # a record may say anything
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["certificates"], named)
        found = {row["digest"]: row["der"] for row in rows}
        if missing := [one for one in wanted if one not in found]:
            raise EvidenceError(f"the certificate {missing[0]}, which a record names, is missing", remedy=_FSCK)
        return found

    async def policy_body(self, digest: str) -> bytes | None:
        """A policy as its digest is taken."""
        async with self._connection() as connection:
            body: bytes | None = await connection.fetchval(_SQL["policy_body"], digest)
        return body


_FSCK: Final = "Run `ottempera collector fsck`."
