"""What the `ottempera collector` commands do, apart from reading options and printing."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from collector.fsck import check
from collector.judging import rebuild
from collector.library import Library
from collector.metrics import Metrics
from collector.store import Store
from collector.store.migrate import migrate
from schema.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from collector.fsck import Fault
    from collector.rounds import Round
    from schema.registry import Vantage

__all__ = ["enroll", "fsck", "migrate", "rebuild_all", "resume", "revoke"]


async def enroll(dsn: str, vantage: Vantage, public_key: bytes) -> None:
    """Let the probe of *vantage* deliver; the same again changes nothing.

    Raises:
        ConfigError: the vantage is enrolled with another key.
    """
    async with _opened(dsn) as store:
        await store.add_vantage(vantage, public_key, datetime.now(UTC))


async def revoke(dsn: str, probe: str, reason: str) -> None:
    """Take nothing more from *probe*, for good.

    Raises:
        ConfigError: no such vantage.
    """
    await _note(dsn, probe, "revoked", reason)


async def resume(dsn: str, probe: str, reason: str) -> None:
    """Take batches again from *probe*, which was suspended.

    Raises:
        ConfigError: no such vantage, or it is not suspended.
    """
    await _note(dsn, probe, "resumed", reason)


async def rebuild_all(dsn: str, progress: Callable[[Round], None]) -> int:
    """Delete every judgement and make it again from the ledger; how many rounds there were.

    Raises:
        UnavailableError: another process judges this database.
    """
    async with _opened(dsn) as store:
        await store.claim_judging()
        return await rebuild(store, Library(store), Metrics(), progress)


async def fsck(dsn: str, progress: Callable[[int], None]) -> list[Fault]:
    """Recompute everything that is stored from the bytes that came; what does not agree."""
    async with _opened(dsn) as store:
        return [fault async for fault in check(store, Library(store), progress)]


async def _note(dsn: str, probe: str, kind: Literal["resumed", "revoked"], reason: str) -> None:
    async with _opened(dsn) as store:
        known = {one.vantage.id: one for one in await store.vantages()}
        if probe not in known:
            raise ConfigError(f"no vantage is called {probe}", remedy="`ottempera sql` shows analyst.vantages.")
        if kind == "resumed" and not known[probe].suspended:
            raise ConfigError(f"{probe} is not suspended")
        await store.note_vantage(probe, kind, reason, datetime.now(UTC))


@asynccontextmanager
async def _opened(dsn: str) -> AsyncIterator[Store]:
    store = await Store.connect(dsn)
    try:
        yield store
    finally:
        await store.close()
