"""The part of the store that keeps what days come to, and gives what they are found from."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from collector.compliance.facts import FindingDay, FindingReading, FindingSum
from collector.status import Sample
from collector.store.challenges import Challenges
from collector.store.judgements import read_endpoints, worded
from collector.store.statements import load
from schema.codec import encode
from schema.words import Finding, Outcome, State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    import asyncpg

    from collector.compliance.challenges import DayChallenge
    from collector.store.database import Connection

_SQL: Final = load("findings.sql")


class PlanRow(NamedTuple):
    """A published plan: `question_set` is a number of this database's, `policy` a hex digest."""

    number: int
    at: datetime
    question_set: int
    policy: str


class Target(NamedTuple):
    """That a question set asks a resolver for a name, not as a control."""

    question_set: int
    resolver: str
    name: str


class Unfound(NamedTuple):
    """A plan that was folded, for the `turn`th time, since its day was found."""

    number: int
    turn: int
    at: datetime


class Basis(NamedTuple):
    """What the stored days of an order were found from; `registry` is a hex digest, `through` the last day that was over."""

    order_id: str
    version: int
    registry: str
    through: date | None


class Found(NamedTuple):
    """What changes of an order: rows to forget by resolver, name and day, the rows in place of them, and all its sums.

    `met` are the rows whose challenges are looked at anew, `challenges` what came of it.
    """

    basis: Basis
    forgotten: Sequence[tuple[str, str, date]]
    days: Sequence[FindingDay]
    sums: Sequence[FindingSum]
    readings: Sequence[FindingReading]
    met: Sequence[tuple[str, str, date]]
    challenges: Sequence[DayChallenge]


class Findings(Challenges):
    """Days, sums and readings."""

    async def newest_versions(self) -> dict[str, int]:
        """The newest version of every order."""
        async with self._connection() as connection:
            return {row["order_id"]: row["version"] for row in await connection.fetch(_SQL["newest_versions"])}

    async def newest_judged_start(self) -> tuple[datetime, datetime | None] | None:
        """When the newest plan starts of which anything was judged, and the plan after it; None where nothing was."""
        async with self._connection() as connection:
            row = await connection.fetchrow(_SQL["newest_judged_start"])
        return (row["judged"], row["following"]) if row else None

    async def policies_after(self, number: int) -> list[tuple[str, int]]:
        """The digests of the policies of plans numbered above *number*, each with its newest plan, in the order of those."""
        async with self._connection() as connection:
            return [(row["policy"], row["newest"]) for row in await connection.fetch(_SQL["policies_after"], number)]

    async def plans_of_days(self, since: datetime, until: datetime) -> list[PlanRow]:
        """The plans that start at *since* or later, and before *until*, by number."""
        async with self._connection() as connection:
            return [PlanRow(*row) for row in await connection.fetch(_SQL["plans_of_days"], since, until)]

    async def targets(self, question_sets: Sequence[int], names: Sequence[str]) -> list[Target]:
        """Whom *question_sets* ask for *names*, not as a control."""
        async with self._connection() as connection:
            return [Target(*row) for row in await connection.fetch(_SQL["targets"], question_sets, names)]

    async def samples_between(
        self, pairs: Sequence[tuple[str, str]], first: int, last: int
    ) -> dict[tuple[str, str], list[Sample]]:
        """The samples of *pairs* (resolver, name) in the plans *first* to *last*, both included, in the order of plans."""
        found: dict[tuple[str, str], list[Sample]] = {pair: [] for pair in pairs}
        columns = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        async with self._connection() as connection:
            for row in await connection.fetch(_SQL["samples_between"], *columns, first, last):
                found[row["resolver"], row["name"]].append(Sample(**worded(row, State)))
        return found

    async def endpoints_between(
        self, pairs: Sequence[tuple[str, str]], first: int, last: int
    ) -> dict[tuple[str, str, int], dict[str, dict[str, Outcome]]]:
        """What each probe's round says of each endpoint, by resolver, name and plan, and by probe."""
        found: dict[tuple[str, str, int], dict[str, dict[str, Outcome]]] = {}
        columns = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        async with self._connection() as connection:
            for row in await connection.fetch(_SQL["endpoints_between"], *columns, first, last):
                said = found.setdefault((row["resolver"], row["name"], row["plan_number"]), {})
                said[row["probe"]] = read_endpoints(row["endpoints"].encode())
        return found

    async def unfound_plans(self) -> list[Unfound]:
        """Plans that were folded since their day was found."""
        async with self._connection() as connection:
            return [Unfound(*row) for row in await connection.fetch(_SQL["unfound_plans"])]

    async def forget_unfound(self, plans: Sequence[Unfound]) -> None:
        """The days of these plans are found, as they were folded then."""
        async with self._connection() as connection:
            await connection.execute(_SQL["forget_unfound"], [one.number for one in plans], [one.turn for one in plans])

    async def finding_bases(self) -> dict[str, Basis]:
        """What the stored days of each order were found from."""
        async with self._connection() as connection:
            return {row["order_id"]: Basis(*row) for row in await connection.fetch(_SQL["finding_bases"])}

    async def stored_days(self, order_id: str) -> list[FindingDay]:
        """The days of an order, by resolver, name and day."""
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["stored_days"], order_id)
        return [_day(row) for row in rows]

    async def stored_sums(self) -> list[FindingSum]:
        """What the days of every order, operator and name add up to."""
        async with self._connection() as connection:
            return [FindingSum(**_tupled(row)) for row in await connection.fetch(_SQL["stored_sums"])]

    async def stored_readings(self) -> list[FindingReading]:
        """The readings of every order, operator and name; what the order names first."""
        async with self._connection() as connection:
            return [FindingReading(**_tupled(row)) for row in await connection.fetch(_SQL["stored_readings"])]

    async def put_found(self, found: Found) -> None:
        """Keep what changed of an order, all or nothing."""
        async with self._transaction() as connection:
            await self._put_days(connection, found)
            order_id = found.basis.order_id
            await self._put_challenges(connection, order_id, found.met, found.challenges)
            await connection.execute(_SQL["forget_sums"], order_id)
            await connection.execute(_SQL["insert_sums"], encode(_columns(found.sums)).decode())
            await connection.execute(_SQL["forget_readings"], order_id)
            await connection.execute(_SQL["insert_readings"], encode(_columns(found.readings)).decode())
            await connection.execute(_SQL["put_basis"], *found.basis)

    async def _put_days(self, connection: Connection, found: Found) -> None:
        if found.forgotten:
            columns = [list(column) for column in zip(*found.forgotten, strict=True)]
            await connection.execute(_SQL["forget_days"], found.basis.order_id, *columns)
        if found.days:
            await connection.execute(_SQL["insert_days"], encode(_columns(found.days)).decode())


def _columns(rows: Sequence[FindingDay | FindingSum | FindingReading]) -> list[dict[str, Any]]:
    """Rows by column, defaults included."""
    return [{field: getattr(row, field) for field in row.__struct_fields__} for row in rows]


def _day(row: asyncpg.Record) -> FindingDay:
    values = _tupled(row)
    values["would_be"] = Finding(values["would_be"]) if values["would_be"] else None
    for field, word in (("finding", Finding), ("seen", Finding), ("state", State)):
        values[field] = word(values[field])
    return FindingDay(**values)


def _tupled(row: asyncpg.Record) -> dict[str, Any]:
    return {field: _plain(value) for field, value in row.items()}


def _plain(value: object) -> object:
    """Lists as tuples, and amounts without the exponent that the driver gives them."""
    if isinstance(value, Decimal):
        return Decimal(f"{value:f}")
    return tuple(value) if isinstance(value, list) else value
