"""The part of the store that keeps what the sites of names answered over HTTPS, and knows where sites are to be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from collector.compliance.measures import SiteSaid
from collector.store.database import Database
from collector.store.statements import load
from schema.codec import encode
from schema.plan import PlanVantage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from collector.store.database import Connection
    from schema.verdict import MeasureFacts

_SQL: Final = load("measures.sql")


class Measures(Database):
    """Facts of the alternative measure: beside verdicts, never under them."""

    async def _put_measures(
        self, connection: Connection, plan_number: int, probe: str, measures: Iterable[MeasureFacts]
    ) -> None:
        """Keep what a round's sites answered, in place of what they may have answered before."""
        await connection.execute(_SQL["forget_measures"], plan_number, probe)
        if fresh := list(measures):
            await connection.execute(_SQL["insert_measures"], plan_number, probe, encode(fresh).decode())

    async def measures(self, names: Collection[str], since: datetime, until: datetime) -> dict[str, list[SiteSaid]]:
        """What the sites of *names* answered in plans that start at *since* or later and before *until*, by name, in order.

        A name without an answer has an empty list.
        """
        found: dict[str, list[SiteSaid]] = {name: [] for name in names}
        if not names:
            return found
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["measures"], sorted(names), since, until)
        for row in rows:
            found[row["name"]].append(SiteSaid(*(row[field] for field in SiteSaid._fields)))
        return found

    async def sets_that_measure(self, question_sets: Sequence[int], names: Sequence[str]) -> frozenset[int]:
        """Those of *question_sets* that have the site of one of *names* asked."""
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["sets_that_measure"], question_sets, names)
        return frozenset(row["question_set"] for row in rows)

    async def enrolled_in(self, numbers: Sequence[int]) -> dict[int, list[PlanVantage]]:
        """Whom the signed plans *numbers* enrol, by number."""
        found: dict[int, list[PlanVantage]] = {}
        async with self._connection() as connection:
            for row in await connection.fetch(_SQL["enrolled_in"], numbers):
                found.setdefault(row["plan_number"], []).append(PlanVantage(row["probe"], row["asn"], row["country"]))
        return found

    async def site_addresses(self, names: Collection[str], plans: int) -> list[tuple[str, str]]:
        """Addresses that controls gave for *names* in the newest *plans* that were judged: name and address, sorted."""
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["site_addresses"], sorted(names), plans)
        return [(row["name"], row["address"]) for row in rows]
