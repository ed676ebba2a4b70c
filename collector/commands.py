"""What the `ottempera collector` commands do, apart from reading options and printing."""

from __future__ import annotations

import secrets
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import aiohttp

from collector.evidence.anew import begin_anew
from collector.evidence.authorities import load_authorities
from collector.evidence.seal import Sealer
from collector.evidence.signed import SignedFile
from collector.evidence.trusting import trust_of
from collector.evidence.witnesses import HttpWitness
from collector.fsck import check
from collector.judging import rebuild
from collector.key import load_or_create_seed
from collector.library import Library
from collector.metrics import Metrics
from collector.planner import Press
from collector.serving import publisher_of
from collector.store import Store
from collector.store.migrate import migrate
from schema.codec import encode
from schema.dsse import Signer
from schema.errors import ConfigError, UnavailableError
from schema.note import NoteSigner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from collector.config import Config
    from collector.evidence.signed import Sealed
    from collector.faults import Fault
    from collector.planning.telling import Forecast
    from collector.rounds import Round
    from schema.registry import Vantage

__all__ = [
    "begin_log",
    "enroll",
    "fsck",
    "invite",
    "migrate",
    "plan",
    "rebuild_all",
    "resume",
    "revoke",
    "seal",
    "trust",
]

_TOKEN_BYTES: Final = 24
_SEED_BYTES: Final = 32
_INVITED_FOR: Final = timedelta(days=7)


async def enroll(dsn: str, vantage: Vantage, public_key: bytes) -> None:
    """Let the probe of *vantage* deliver; the same again changes nothing.

    Raises:
        ConfigError: the vantage is enrolled with another key.
    """
    async with _opened(dsn) as store:
        await store.add_vantage(vantage, public_key, datetime.now(UTC))


async def invite(dsn: str, vantage: Vantage) -> str:
    """A token by which the probe of *vantage* may enrol itself, once and within a week; it is told nobody else.

    Raises:
        ConfigError: the vantage is enrolled.
    """
    token, now = secrets.token_urlsafe(_TOKEN_BYTES), datetime.now(UTC)
    async with _opened(dsn) as store:
        await store.invite(vantage, token.encode(), now, now + _INVITED_FOR)
    return token


async def plan(config: Config) -> Forecast:
    """What the next plans ask by the settings and the ledger, and how long it takes; nothing is published.

    Raises:
        FormatError: an order is stored that this program cannot read.
    """

    async def published() -> None:
        """Nothing is."""

    async with _opened(config.database_url) as store:
        press = Press(store, Signer(secrets.token_bytes(_SEED_BYTES)), dice=secrets.token_bytes)  # it signs nothing
        return await publisher_of(config, store, press, now=lambda: datetime.now(UTC), published=published).forecast()


async def seal(config: Config) -> Sealed:
    """Enter what has no entry in the log, and sign it.

    Raises:
        UnavailableError: nothing may be signed, and why.
    """
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(_opened(config.database_url))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        key = NoteSigner(load_or_create_seed(Path(config.key_file)))
        witnesses = [HttpWitness(one, session) for one in config.witness]
        file = SignedFile(Path(config.key_file))
        sealer = Sealer(store, key, file, now=lambda: datetime.now(UTC), metrics=Metrics(), witnesses=witnesses)
        sealed = await sealer.seal()
        if sealed is None:
            raise UnavailableError(
                f"nothing may be signed: {sealer.barred}",
                remedy="Let `serve` run until the probes have come, or begin a new log by --new-log --reason.",
            )
        return sealed


async def begin_log(config: Config, reason: str) -> str:
    """Begin a new log; its origin.

    Raises:
        UnavailableError: a process signs this database. ConfigError: no log yet, or no reason.
    """
    key = NoteSigner(load_or_create_seed(Path(config.key_file)))
    async with _opened(config.database_url) as store:
        file = SignedFile(Path(config.key_file))
        return (await begin_anew(store, key.public_key, file, reason=reason, at=datetime.now(UTC))).origin


async def trust(config: Config) -> bytes:
    """The trust file of this collector: one object of JSON.

    Raises:
        ConfigError: a mistake in the settings.
    """
    async with _opened(config.database_url) as store:
        deployment = await store.deployment()
        logs, authorities = await store.all_logs(), load_authorities(config.authority)
        lab = deployment is not None and deployment.lab
        return encode(trust_of(logs, authorities, config.witness, lab=lab))


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
