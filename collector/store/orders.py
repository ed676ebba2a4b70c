"""The part of the store that keeps orders: versions are appended, and nothing of one is ever changed."""

from __future__ import annotations

from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from collector.compliance.history import Draft, History, Version
from collector.store.database import Database
from collector.store.statements import load
from schema.codec import encode, reader
from schema.errors import UnavailableError
from schema.order import Order

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, datetime

    import asyncpg

    from collector.store.database import Connection

_SQL: Final = load("orders.sql")
read_body: Final = reader(Order, "order")


class Orders(Database):
    """Orders by their versions."""

    async def histories(self) -> dict[str, History]:
        """Every order that was entered, by its id, ascending.

        Raises:
            FormatError: an order is stored that this program cannot read.
        """
        return await self._histories(None)

    async def order_history(self, order_id: str) -> History | None:
        """One order; none that was never entered.

        Raises:
            FormatError: it is stored in a form that this program cannot read.
        """
        return (await self._histories(order_id)).get(order_id)

    async def order_ids(self) -> list[str]:
        """Every order that was entered."""
        async with self._connection() as connection:
            return [row["order_id"] for row in await connection.fetch(_SQL["order_ids"])]

    async def operators(self) -> frozenset[str]:
        """Whose resolvers are measured here, as slugs."""
        async with self._connection() as connection:
            return frozenset(row["operator_slug"] for row in await connection.fetch(_SQL["order_operators"]))

    async def newest_order(self, order_id: str) -> tuple[int, bytes] | None:
        """The newest version of an order: its number, and its body (JSON) as its digest in the log is taken."""
        async with self._connection() as connection:
            row = await connection.fetchrow(_SQL["order_newest"], order_id)
        return (row["version"], row["body"].encode()) if row else None

    async def append_order(
        self,
        order: Order,
        *,
        by: str,
        reason: str,
        document: str | None = None,
        file: bytes | None = None,
        at: datetime,
        after: int | None = None,
    ) -> int:
        """Enter a version of *order* and return its number; one that says what the newest says is not entered again.

        Raises:
            UnavailableError: somebody entered a version since the one that is called *after*.
        """
        return (await self.append_orders([Draft(order, after, document, file)], by=by, reason=reason, at=at))[0]

    async def append_orders(self, drafts: Sequence[Draft], *, by: str, reason: str, at: datetime) -> list[int]:
        """Enter all of *drafts* or none, as `append_order` does each.

        Raises:
            UnavailableError: somebody entered a version of one of them in between.
        """
        async with self._transaction() as connection:
            return [await self._append(connection, draft, by=by, reason=reason, at=at) for draft in drafts]

    async def _append(self, connection: Connection, draft: Draft, *, by: str, reason: str, at: datetime) -> int:
        """Enter a version within the transaction of *connection*, so that what goes with it is entered with it."""
        order = draft.order
        await connection.execute(_SQL["hold_orders"])
        newest = await connection.fetchrow(_SQL["order_newest"], order.id)
        number: int = newest["version"] if newest else 0
        if draft.after is not None and draft.after != number:
            raise UnavailableError(
                f"somebody entered version {number} of {order.id} in the meantime",
                remedy=f"Look at it with `ottempera orders show {order.id}` and run the command again.",
            )
        if newest and read_body(newest["body"].encode()) == order:
            return number
        body = encode(order)
        digest = sha256(body if draft.file is None else draft.file).hexdigest()
        await connection.execute(
            _SQL["insert_order"],
            order.id,
            number + 1,
            digest,
            body.decode(),
            at,
            by,
            reason,
            draft.document,
            draft.file,
        )
        return number + 1

    async def put_order(self, order_id: str, data: bytes, body: bytes, at: datetime) -> int:
        """Keep an order that a scenario brings as *body* (JSON), read from the file *data*; returns its version.

        A file that was kept before is not kept again, whatever people have added since.
        """
        digest = sha256(data).hexdigest()
        async with self._transaction() as connection:
            await connection.execute(_SQL["hold_orders"])
            held: int | None = await connection.fetchval(_SQL["order_of_digest"], order_id, digest)
            if held is not None:
                return held
            newest = await connection.fetchrow(_SQL["order_newest"], order_id)
            version: int = newest["version"] + 1 if newest else 1
            await connection.execute(
                _SQL["insert_order"], order_id, version, digest, body.decode(), at, "", "", None, None
            )
        return version

    async def _histories(self, order_id: str | None) -> dict[str, History]:
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["order_versions"], order_id)
        return {named: History(_versions(own)) for named, own in groupby(rows, itemgetter("order_id"))}


def _versions(rows: Iterable[asyncpg.Record]) -> Iterator[Version]:
    file_by: dict[date, str] = {}
    for row in rows:
        order = read_body(row["body"].encode())
        one = Version(row["version"], order, row["entered_at"], row["entered_by"], row["reason"], row["document"])
        if row["is_whole"]:
            file_by[one.terms_from] = one.entered_by
        yield one._replace(file_by=file_by.get(one.terms_from, one.entered_by))
