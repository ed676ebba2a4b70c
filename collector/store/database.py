"""The connection pool, and what its failures mean to a person."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, TypeAlias

import asyncpg

from schema.errors import ConfigError, FormatError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from asyncpg.pool import PoolConnectionProxy

# Quoted: the classes are not generic at run time, and a pool hands out proxies.
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"

SETTINGS = {"timezone": "UTC", "application_name": "ottempera"}

_POLL_S = 0.2
_FULL = (asyncpg.DiskFullError, asyncpg.OutOfMemoryError, asyncpg.PostgresIOError)
_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.TransactionRollbackError,
    ConnectionError,
    OSError,
    TimeoutError,
)
#: What a connection says whose server has ended it, whatever it was doing.
_LOST = (asyncpg.InterfaceError, asyncpg.PostgresError, asyncpg.InternalClientError)
_SETTINGS_WRONG = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ClientConfigurationError,
)


@contextmanager
def translated() -> Iterator[None]:
    """Let the driver's errors come out as ours.

    Raises:
        UnavailableError: disk full, server gone, going or overloaded. ConfigError: wrong address, role or password.
        FormatError: a value that Postgres cannot hold, such as a text with a NUL.
    """
    try:
        yield
    except _FULL as error:
        raise UnavailableError(
            f"the database has no room: {error}", remedy="Make room on its disk; nothing was stored."
        ) from error
    except _SETTINGS_WRONG as error:
        raise ConfigError(
            f"the database refuses the connection: {error}", remedy="Check --database-url or --data."
        ) from error
    except asyncpg.InsufficientPrivilegeError as error:
        raise ConfigError(
            f"the role of this connection may not do that: {error}",
            remedy="Use --data, or the collector's own --database-url; an analyst's role reads views: ottempera sql.",
        ) from error
    except _AWAY as error:
        raise UnavailableError(
            f"the database cannot be reached: {error}", remedy="Start it, or try again later."
        ) from error
    except asyncpg.DataError as error:
        raise FormatError(f"the database cannot hold a value: {error}") from error
    except asyncpg.InterfaceError as error:
        if isinstance(error, ValueError):  # asyncpg's word for an argument that does not fit its type
            raise FormatError(f"the database cannot hold a value: {error}") from error
        raise UnavailableError(f"the database connection is closed: {error}", remedy="Try again later.") from error


class Database:
    """Base of the store's parts: a pool, and transactions whose errors are ours."""

    def __init__(self, pool: Pool) -> None:
        """Work on *pool*, which the caller closes by `close`."""
        self._pool = pool
        self._claims: dict[str, PoolConnectionProxy[asyncpg.Record]] = {}

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        with translated():
            async with self._pool.acquire() as connection:
                yield connection

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Connection]:
        async with self._connection() as connection, connection.transaction():
            yield connection

    async def _hold(self, statement: str, patience_s: float) -> bool:
        """Hold the session lock that *statement* tries to take until `close`; False if another session keeps it."""
        held = self._claims.get(statement)
        if held is not None and not _is_lost(held):
            return True
        with translated():
            await self._let_go(statement)
            connection = await self._pool.acquire()
            for left in reversed(range(max(1, int(patience_s / _POLL_S)))):
                if await connection.fetchval(statement):
                    self._claims[statement] = connection
                    return True
                if left:
                    await asyncio.sleep(_POLL_S)
            await self._pool.release(connection)
            return False

    async def _let_go(self, statement: str) -> None:
        """End what `_hold` took with *statement*."""
        claim = self._claims.pop(statement, None)
        if claim is not None:
            try:
                await claim.reset()  # the session's locks are let go
            except (*_LOST, OSError):  # and its locks with it
                with suppress(asyncpg.InterfaceError):
                    claim.terminate()
            await self._pool.release(claim)

    async def close(self) -> None:
        """Give the connections back, and with them what they hold."""
        for statement in tuple(self._claims):
            await self._let_go(statement)
        await self._pool.close()


def _is_lost(connection: PoolConnectionProxy[asyncpg.Record]) -> bool:
    """Whether the server ended it; the pool then takes it back at once, and it answers nothing any more."""
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:
        return True


async def open_pool(dsn: str) -> Pool:
    """A pool on *dsn*.

    Raises:
        UnavailableError: nobody answers. ConfigError: who answers does not know the role, password or database.
    """
    with translated():
        return await asyncpg.create_pool(dsn, min_size=1, max_size=8, server_settings=SETTINGS, reset=_as_it_is)


async def _as_it_is(_connection: Connection) -> None:
    """Leave a session as it is between two uses: nothing here changes one but `_hold`, and undoing costs a round trip."""
