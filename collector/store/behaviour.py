"""The part of the store that reads how resolvers follow what they are told, and what they withhold beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from collector.store.database import Database
from collector.store.statements import load

if TYPE_CHECKING:
    from collections.abc import Sequence

_SQL: Final = load("behaviour.sql")
Row: TypeAlias = dict[str, Any]


class Behaviour(Database):
    """Reading, for people. None in place of a list means all."""

    async def compliance_speed(
        self,
        orders: Sequence[str] | None = None,
        operators: Sequence[str] | None = None,
        names: Sequence[str] | None = None,
    ) -> list[Row]:
        """Rows of `analyst.compliance_speed`, by order, operator, name, resolver and time."""
        return await self._behaviour("compliance_speed", orders, operators, names)

    async def compliance_speed_by_operator(
        self, orders: Sequence[str] | None = None, operators: Sequence[str] | None = None
    ) -> list[Row]:
        """Rows of `analyst.compliance_speed_by_operator`, by order, operator and event."""
        return await self._behaviour("compliance_speed_by_operator", orders, operators)

    async def over_blocking(
        self, resolvers: Sequence[str] | None = None, names: Sequence[str] | None = None
    ) -> list[Row]:
        """Rows of `analyst.over_blocking`, those that last first."""
        return await self._behaviour("over_blocking", resolvers, names)

    async def circumvention_spans(
        self, names: Sequence[str] | None = None, resolvers: Sequence[str] | None = None
    ) -> list[Row]:
        """Rows of `analyst.circumvention_spans`, by name and line, oldest first; *resolvers* are the public ones."""
        return await self._behaviour("circumvention_spans", names, resolvers)

    async def block_reach(
        self, resolvers: Sequence[str] | None = None, names: Sequence[str] | None = None
    ) -> list[Row]:
        """Rows of `analyst.block_reach`, by name and resolver."""
        return await self._behaviour("block_reach", resolvers, names)

    async def _behaviour(self, statement: str, *arguments: object) -> list[Row]:
        async with self._connection() as connection:
            return [dict(row) for row in await connection.fetch(_SQL[statement], *arguments)]
