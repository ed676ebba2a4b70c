"""The part of the store that keeps who answered in a resolver's place, and what was said of the names."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from collector.status import NameRun, NameSample
from collector.store.batches import Batches
from collector.store.statements import load
from schema.codec import encode
from schema.verdict import Interception, NameFacts
from schema.words import Ground, Sign

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta

    from collector.store.database import Connection

_SQL: Final = load("grounds.sql")
_RUN: Final = NameRun.__struct_fields__


class NameRunsOf(NamedTuple):
    """The runs of a name from `since` on, in place of those that were there."""

    name: str
    since: datetime
    runs: Sequence[NameRun]


class Grounds(Batches):
    """Interceptions, what rounds say of names, and the names' histories."""

    async def _put_grounds(
        self,
        connection: Connection,
        plan_number: int,
        probe: str,
        interceptions: Iterable[Interception],
        names: Iterable[NameFacts],
    ) -> None:
        """Keep what a round showed beside its verdicts, in place of what it may have shown before."""
        shown = {_number(content): content for content in map(_intercepted, interceptions)}
        said = {_number(content): content for content in map(_said, names)}
        await connection.execute(_SQL["forget_interceptions"], plan_number, probe)
        await connection.execute(_SQL["forget_names"], plan_number, probe)
        if shown:
            listed = [{"intercepted": number, **content} for number, content in shown.items()]
            await connection.execute(_SQL["insert_intercepted"], encode(listed).decode())
            await connection.execute(_SQL["insert_interceptions"], plan_number, probe, list(shown))
        if said:
            await connection.execute(_SQL["insert_said"], _numbered(said))
            await connection.execute(_SQL["insert_names"], plan_number, probe, list(said))

    async def interceptions_of(self, plan_number: int) -> list[Interception]:
        """The interceptions of all probes in one plan, by probe, resolver and endpoint."""
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["interceptions_of"], plan_number)
        return [
            Interception(row["plan"], row["probe"], row["resolver"], row["endpoint"], tuple(map(Sign, row["signs"])))
            for row in rows
        ]

    async def names_of(self, plan_number: int) -> list[NameFacts]:
        """What all probes say of names in one plan, by name and probe."""
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["names_of"], plan_number)
        return [
            NameFacts(
                row["plan"], row["probe"], row["name"], Ground(row["ground"]), tuple(row["name_servers"]), row["soa"],
                row["parked"],
            )
            for row in rows
        ]  # fmt: skip

    async def put_name_samples(self, plan_number: int, samples: Sequence[NameSample]) -> None:
        """Keep the samples of one plan, each in place of the one that may be there for its name."""
        said = [_said(sample) for sample in samples]
        numbers = [_number(content) for content in said]
        names = [sample.name for sample in samples]
        async with self._transaction() as connection:
            await connection.execute(_SQL["forget_name_samples"], plan_number, names)
            await connection.execute(_SQL["insert_said"], _numbered(dict(zip(numbers, said, strict=True))))
            voices = [sample.vantages for sample in samples]
            await connection.execute(_SQL["insert_name_samples"], plan_number, numbers, names, voices)

    async def name_samples_of(self, names: Sequence[str]) -> dict[str, list[NameSample]]:
        """The samples of each of *names* in the order of plans."""
        found: dict[str, list[NameSample]] = {name: [] for name in names}
        if not names:
            return found
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["name_samples"], list(names))
        for row in rows:
            found[row["name"]].append(NameSample(**_worded(dict(row))))
        return found

    async def name_runs_of(self, names: Sequence[str]) -> dict[str, list[NameRun]]:
        """The runs of each of *names*, oldest first."""
        found: dict[str, list[NameRun]] = {name: [] for name in names}
        if not names:
            return found
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["name_runs"], list(names))
        for row in rows:
            values = _worded(dict(row))
            found[row["name"]].append(NameRun(**values | {"changed": tuple(values["changed"])}))
        return found

    async def replace_name_runs_of(self, changes: Sequence[NameRunsOf]) -> None:
        """Put the runs of *changes* in place of those that are there, in one transaction."""
        if not changes:
            return
        fresh = [{field: getattr(run, field) for field in _RUN} for change in changes for run in change.runs]
        async with self._transaction() as connection:
            names, since = [change.name for change in changes], [change.since for change in changes]
            await connection.execute(_SQL["forget_name_runs"], names, since)
            await connection.execute(_SQL["insert_name_runs"], encode(fresh).decode())

    async def pooled_pairs(self, plans: int, time: timedelta) -> list[tuple[str, str]]:
        """Resolvers and names whose answers differed in one of the newest *plans* that were judged, or within *time* of them."""
        async with self._connection() as connection:
            return [(row["resolver"], row["name"]) for row in await connection.fetch(_SQL["pooled_pairs"], plans, time)]

    async def sights(self, rules: Iterable[str], plans: int) -> list[tuple[str, str, str]]:
        """Resolver, name and address where in the newest *plans* that were judged nothing followed, by *rules* (ids)."""
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["sights"], sorted(rules), plans)
        return [(row["resolver"], row["name"], row["address"]) for row in rows]


def _number(content: dict[str, Any]) -> int:
    return int.from_bytes(sha256(encode(content)).digest()[:8], "big", signed=True)


def _numbered(said: dict[int, dict[str, Any]]) -> str:
    return encode([{"said": number, **content} for number, content in said.items()]).decode()


def _intercepted(one: Interception) -> dict[str, Any]:
    return {"resolver": one.resolver, "endpoint": one.endpoint, "signs": one.signs}


def _said(one: NameFacts | NameSample) -> dict[str, Any]:
    return {
        "name": one.name,
        "ground": one.ground,
        "name_servers": one.name_servers,
        "soa": one.soa,
        "parked": one.parked,
    }


def _worded(values: dict[str, Any]) -> dict[str, Any]:
    return values | {"ground": Ground(values["ground"]), "name_servers": tuple(values["name_servers"])}
