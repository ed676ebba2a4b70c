"""The part of the store that commands and pages read: rows of the analyst views, by column name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from collector.store.judgements import Judgements
from collector.store.statements import load

if TYPE_CHECKING:
    from collections.abc import Sequence

_SQL: Final = load("views.sql")
_ALL: Final = 1_000_000
Row: TypeAlias = dict[str, Any]


class Views(Judgements):
    """Reading, for people. None in place of a list of resolvers, names, probes or orders means all of them."""

    async def _rows(self, statement: str, *arguments: object) -> list[Row]:
        async with self._connection() as connection:
            return [dict(row) for row in await connection.fetch(_SQL[statement], *arguments)]

    async def current_status(
        self, resolvers: Sequence[str] | None = None, names: Sequence[str] | None = None
    ) -> list[Row]:
        """Rows of `analyst.current_status`, by name and resolver."""
        return await self._rows("current_status", resolvers, names)

    async def status_history(
        self, resolvers: Sequence[str] | None = None, names: Sequence[str] | None = None
    ) -> list[Row]:
        """Rows of `analyst.status_history`, by name and resolver, oldest first."""
        if resolvers is not None and names is not None and len(resolvers) == len(names) == 1:
            return await self._rows("history_of_pair", resolvers[0], names[0])
        return await self._rows("status_history", resolvers, names)

    async def endpoint_status(
        self, resolvers: Sequence[str] | None = None, names: Sequence[str] | None = None
    ) -> list[Row]:
        """Rows of `analyst.endpoint_status`, by name, resolver and endpoint."""
        return await self._rows("endpoint_status", resolvers, names)

    async def interceptions(self, probes: Sequence[str] | None = None, *, limit: int = _ALL) -> list[Row]:
        """Rows of `analyst.interceptions`, newest first."""
        return await self._rows("interceptions", probes, limit)

    async def name_history(self, names: Sequence[str] | None = None) -> list[Row]:
        """Rows of `analyst.name_history`, by name, oldest first."""
        return await self._rows("name_history", names)

    async def coverage(self, probes: Sequence[str] | None = None, *, after: int = 0, limit: int = _ALL) -> list[Row]:
        """Rows of `analyst.coverage` of plans numbered above *after*, in their order."""
        return await self._rows("coverage", probes, after, limit)

    async def circumvention(self, names: Sequence[str] | None = None, *, limit: int = _ALL) -> list[Row]:
        """Rows of `analyst.circumvention`, newest first."""
        return await self._rows("circumvention", names, limit)

    async def circumvention_counts(self) -> list[Row]:
        """Rounds in which a block could be walked around, per name, network, resolver and how: `rounds first_at last_at`."""
        return await self._rows("circumvention_counts")

    async def findings(self, orders: Sequence[str] | None = None) -> list[Row]:
        """Rows of `analyst.findings`."""
        return await self._rows("findings", orders)

    async def finding_days(self, order: str) -> list[Row]:
        """Rows of `analyst.finding_days` of one order."""
        return await self._rows("finding_days", order)

    async def orders(self) -> list[Row]:
        """Rows of `analyst.orders`."""
        return await self._rows("orders")

    async def listed_resolvers(self) -> list[Row]:
        """Rows of `analyst.resolvers`."""
        return await self._rows("listed_resolvers")

    async def listed_vantages(self) -> list[Row]:
        """Rows of `analyst.vantages`."""
        return await self._rows("listed_vantages")
