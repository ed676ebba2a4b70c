"""The part of the store that keeps judgements: everything here can be cleared and made again, to the byte."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from collector.status import Run, Sample
from collector.store.grounds import Grounds
from collector.store.measures import Measures
from collector.store.statements import load
from schema.codec import encode, reader
from schema.errors import UnavailableError
from schema.verdict import Counts, Verdict
from schema.words import How, Note, Origin, Outcome, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    import asyncpg

    from schema.verdict import Interception, MeasureFacts, NameFacts

_SQL: Final = load("judgements.sql")
_FOUND: Final = load("findings.sql")
_DUMPS: Final = {
    name: text
    for file in ("judgements.sql", "grounds.sql", "measures.sql", "findings.sql", "challenges.sql")
    for name, text in load(file).items()
    if name[:5] == "dump_"
}
_SAID: Final = (
    "resolver",
    "name",
    "state",
    "how",
    "origin",
    "label",
    "vantages",
    "networks",
    "notes",
    "rule",
    "witness_digest",
)
_SAMPLE: Final = (*_SAID, "absent", "indicative", "enrolled", "dissenting", "supporters")
_RUN: Final = (*_SAID, "started_at", "ended_at", "covered_until", "samples", "longest_gap_s")
read_endpoints: Final = reader(dict[str, Outcome], "endpoints")


class RunsOf(NamedTuple):
    """The runs of a pair from `since` on, in place of those that were there; all of them if `since` is None."""

    resolver: str
    name: str
    since: datetime | None
    runs: Sequence[Run]


class Judgements(Grounds, Measures):
    """Verdicts, samples and runs."""

    async def claim_judging(self, *, patience_s: float = 10.0) -> None:
        """Be the one process that judges this database, until `close`; nothing if that is so already.

        Raises:
            UnavailableError: another process does, and did not end within *patience_s* (one that was killed ends soon).
        """
        if not await self._hold(_SQL["claim"], patience_s):
            raise UnavailableError(
                "another process judges this database", remedy="End the other `up`, `serve` or `rebuild` first."
            )

    async def release_judging(self) -> None:
        """Let another process judge this database."""
        await self._let_go(_SQL["claim"])

    async def put_judged(  # noqa: PLR0917 - what a round came to, part by part
        self,
        plan_number: int,
        probe: str,
        root_matches: bool,  # noqa: FBT001  a column, not a switch
        verdicts: Iterable[Verdict],
        interceptions: Iterable[Interception] = (),
        names: Iterable[NameFacts] = (),
        measures: Iterable[MeasureFacts] = (),
    ) -> None:
        """Keep what a round came to, in place of what it may have come to before."""
        conclusions: list[dict[str, Any]] = []
        said: list[dict[str, Any]] = []
        for verdict in verdicts:
            content = _content(verdict)
            number = int.from_bytes(sha256(encode(content)).digest()[:8], "big", signed=True)
            conclusions.append({"conclusion": number, **content})
            said.append({"conclusion": number, "witness": verdict.witness, "witness_digest": verdict.witness_digest})
        async with self._transaction() as connection:
            await connection.execute(_SQL["forget_round"], plan_number, probe)
            if said:
                await connection.execute(_SQL["insert_conclusions"], encode(conclusions).decode())
                await connection.execute(_SQL["insert_verdicts"], plan_number, probe, encode(said).decode())
            await self._put_grounds(connection, plan_number, probe, interceptions, names)
            await self._put_measures(connection, plan_number, probe, measures)
            await connection.execute(_SQL["note_judged"], plan_number, probe, root_matches)
            await connection.execute(_FOUND["note_unfound"], plan_number)

    async def verdicts_of(self, plan_number: int) -> list[Verdict]:
        """The verdicts of all probes in one plan, by name, resolver and probe."""
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["verdicts_of"], plan_number)
        return [read_verdict_row(row) for row in rows]

    async def put_samples(self, plan_number: int, samples: Sequence[Sample]) -> None:
        """Keep the samples of one plan, each in place of the one that may be there for its resolver and name."""
        resolvers, names = [one.resolver for one in samples], [one.name for one in samples]
        async with self._transaction() as connection:
            await connection.execute(_SQL["forget_samples"], plan_number, resolvers, names)
            await connection.execute(_SQL["insert_samples"], plan_number, _listed(samples, _SAMPLE))
            await connection.execute(_SQL["note_pairs"], plan_number, resolvers, names)

    async def samples(self, resolver: str, name: str) -> list[Sample]:
        """The samples of a resolver and name in the order of plans."""
        pair = (resolver, name)
        return (await self.samples_of([pair]))[pair]

    async def samples_of(self, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], list[Sample]]:
        """The same of each of *pairs*, at once."""
        found: dict[tuple[str, str], list[Sample]] = {pair: [] for pair in pairs}
        if not pairs:
            return found
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["samples"], [pair[0] for pair in pairs], [pair[1] for pair in pairs])
        for row in rows:
            found[row["resolver"], row["name"]].append(Sample(**worded(row, State)))
        return found

    async def pairs(self) -> list[tuple[str, str]]:
        """Every resolver and name that has samples."""
        async with self._connection() as connection:
            return [(row["resolver"], row["name"]) for row in await connection.fetch(_SQL["pairs"])]

    async def replace_runs(
        self, resolver: str, name: str, runs: Sequence[Run], *, since: datetime | None = None
    ) -> None:
        """Put *runs* in place of the runs of a pair that start at *since* or later; of all of them by default."""
        await self.replace_runs_of([RunsOf(resolver, name, since, runs)])

    async def replace_runs_of(self, changes: Sequence[RunsOf]) -> None:
        """The same for many pairs, in one transaction."""
        columns = [list(column) for column in zip(*(change[:3] for change in changes), strict=True)]
        if not columns:
            return
        async with self._transaction() as connection:
            await connection.execute(_SQL["forget_runs"], *columns)
            fresh = [run for change in changes for run in change.runs]
            await connection.execute(_SQL["insert_runs"], _listed(fresh, _RUN))

    async def runs(self, resolver: str, name: str) -> list[Run]:
        """The runs of a resolver and name, oldest first."""
        pair = (resolver, name)
        return (await self.runs_of([pair]))[pair]

    async def runs_of(self, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], list[Run]]:
        """The same of each of *pairs*, at once."""
        found: dict[tuple[str, str], list[Run]] = {pair: [] for pair in pairs}
        if not pairs:
            return found
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["runs"], [pair[0] for pair in pairs], [pair[1] for pair in pairs])
        for row in rows:
            found[row["resolver"], row["name"]].append(Run(**worded(row, State)))
        return found

    async def clear_derived(self) -> None:
        """Forget every judgement; the ledger is not touched."""
        async with self._connection() as connection:
            await connection.execute(_SQL["clear"])

    async def dump_derived(self) -> bytes:
        """Every judgement as text, in one order: equal for equal judgements, whatever the order of arrival was."""
        out = BytesIO()
        async with self._transaction() as connection:
            for name, statement in _DUMPS.items():
                out.write(f"-- {name.removeprefix('dump_')}\n".encode())
                await connection.copy_from_query(statement.rstrip(";"), output=out, format="text")
        return out.getvalue()


def _content(verdict: Verdict) -> dict[str, Any]:
    """What a verdict says, without where and on what evidence."""
    return {
        "resolver": verdict.resolver,
        "name": verdict.name,
        "outcome": verdict.outcome,
        "how": verdict.how,
        "origin": verdict.origin,
        "label": verdict.label,
        "site": verdict.site,
        "rule": verdict.rule,
        "blocked_n": verdict.counts.blocked,
        "open_n": verdict.counts.open,
        "other_n": verdict.counts.other,
        "endpoints": dict(sorted(verdict.endpoints.items())),
        "notes": verdict.notes,
    }


def read_verdict_row(row: asyncpg.Record) -> Verdict:
    """A verdict with its conclusion's columns."""
    return Verdict(
        row["plan"],
        row["probe"],
        row["resolver"],
        row["name"],
        Outcome(row["outcome"]),
        How(row["how"]) if row["how"] else None,
        Origin(row["origin"]) if row["origin"] else None,
        row["label"],
        row["site"],
        row["rule"],
        row["witness"],
        row["witness_digest"],
        Counts(row["blocked_n"], row["open_n"], row["other_n"]),
        read_endpoints(row["endpoints"].encode()),
        tuple(Note(note) for note in row["notes"]),
    )


def _listed(values: Iterable[Sample | Run], fields: tuple[str, ...]) -> str:
    """Rows as JSON for `jsonb_to_recordset`, by column."""
    return encode([{field: getattr(value, field) for field in fields} for value in values]).decode()


def worded(row: asyncpg.Record, state: type[State]) -> dict[str, Any]:
    """A stored sample or run with its words as words."""
    values = dict(row)
    values["state"] = state(values["state"])
    values["how"] = How(values["how"]) if values["how"] else None
    values["origin"] = Origin(values["origin"]) if values["origin"] else None
    values["notes"] = tuple(Note(note) for note in values["notes"])
    if "supporters" in values:  # runs have none
        values["supporters"] = tuple(values["supporters"])
    return values
