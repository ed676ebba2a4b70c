"""The part of the store that keeps plans, and makes room for what they will bring."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from collector.store.enrolment import Enrolment
from collector.store.statements import load
from schema.cells import designated, expand
from schema.dsse import Envelope
from schema.errors import ConfigError
from schema.plan import Plan, PlanVantage, read_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collector.store.database import Connection

_SQL: Final = load("plans.sql")


class Plans(Enrolment):
    """Signed plans, oldest to newest."""

    async def put_plan(self, envelope: Envelope, plan: Plan, *, docket: bool = True) -> None:
        """Publish *plan*, which is what *envelope* holds. Raises what `put_plans` does."""
        await self.put_plans([(envelope, plan)], docket=docket)

    async def put_plans(self, plans: Sequence[tuple[Envelope, Plan]], *, docket: bool = True) -> None:
        """Publish all of *plans*, or none, and make the partitions of their days; the same again is nothing.

        *docket*: they ask the whole docket.

        Raises:
            ConfigError: a number is another plan's, or the questions or policy a plan names are not kept here.
        """
        questions = {digest: await self.questions(digest) for digest in {plan.questions for _, plan in plans}}
        async with self._transaction() as connection:
            for envelope, plan in plans:
                await _put(connection, envelope, plan, questions[plan.questions], docket=docket)

    async def newest_plan(self) -> Plan | None:
        """The plan with the highest number."""
        async with self._connection() as connection:
            payload = await connection.fetchval(_SQL["newest_plan"])
        return read_plan(payload) if payload is not None else None

    async def plans(self, after: int, limit: int) -> list[Envelope]:
        """At most *limit* plans with numbers above *after*, as they are published, oldest first."""
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["plans"], after, limit)
        return [Envelope(row["payload"], row["key"], row["signature"]) for row in rows]

    async def plan_by_id(self, plan_id: str) -> tuple[int, Plan] | None:
        """The number and the plan of that (hex) id."""
        async with self._connection() as connection:
            row = await connection.fetchrow(_SQL["plan_by_id"], plan_id)
        return (row["number"], read_plan(row["payload"])) if row else None


async def _put(
    connection: Connection, envelope: Envelope, plan: Plan, questions: bytes | None, *, docket: bool
) -> None:
    named = await connection.fetchrow(_SQL["references"], plan.questions, plan.policy)
    if questions is None or named["policy"] is None:
        what = "questions" if questions is None else "policy"
        raise ConfigError(f"plan {plan.number}: its {what} are not kept here", remedy="Put them first.")
    number = await connection.fetchval(
        _SQL["insert_plan"], plan.number, plan.starts_at, plan.window_s, *named, envelope.payload,
        envelope.key, envelope.signature, docket,
    )  # fmt: skip
    if number is None:
        if await connection.fetchval(_SQL["plan_by_number"], plan.number) == envelope.payload:
            return
        raise ConfigError(f"plan number {plan.number} is taken", remedy="Number a plan after the newest one.")
    alone = designated(expand(questions))  # all others of one network and country are asked the same
    cells = [
        count_cells(questions, PlanVantage(one.id if one.id in alone else "", one.asn, one.country))
        for one in plan.vantages
    ]
    columns = zip(*((one.id, one.asn, one.country) for one in plan.vantages), strict=True)
    if plan.vantages:
        await connection.execute(_SQL["insert_plan_vantages"], plan.number, *map(list, columns), cells)
    await connection.execute(_SQL["make_partition"], plan.starts_at)


@lru_cache(maxsize=1024)
def count_cells(questions: bytes, vantage: PlanVantage) -> int:
    """How many cells of *questions* apply to *vantage*."""
    return sum(cell.applies(vantage) for cell in expand(questions))
