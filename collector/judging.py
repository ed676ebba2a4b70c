"""Turns closed rounds into verdicts, verdicts into samples and samples into runs; the same way as they come and anew."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from collector.findings import Findings
from collector.judge import Judged, Memory, judge_whole
from collector.library import world_of
from collector.rounds import Round, read_execution
from collector.runs import Histories
from collector.samples import fold_grounds, fold_plan
from collector.shelves import NameShelf, StatusShelf
from collector.store import NameRunsOf, RunsOf
from schema.registry import Vantage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from collector.library import Library
    from collector.metrics import Metrics
    from collector.rounds import Execution, Lines
    from collector.status import Hysteresis, NameRun, NameSample, Run, Sample
    from collector.store import Store
    from schema.plan import Plan
    from schema.policy import Policy


class Judging:
    """What follows from rounds. Everything it writes can be deleted and comes back the same.

    A plan is folded over all its rounds that are judged, the runs of a pair and of a name over their samples in the order
    of plans. That a round is judged is written last: what a crash leaves half done is done again.
    """

    def __init__(self, store: Store, library: Library, metrics: Metrics, *, tells: bool = False) -> None:
        """Work on *store*; where *tells*, a round that is not whole is noted for the log.

        Only where it is judged as it came: later damage to what is kept here is no word of a probe's.
        """
        self._store = store
        self._library = library
        self._metrics = metrics
        self._tells = tells
        self._certificates: set[str] = set()  # that are known to be here
        self._statuses: Histories[tuple[str, str], Sample, Run, Hysteresis] = Histories(
            StatusShelf(store, self._policy_of)
        )
        self._names: Histories[str, NameSample, NameRun, None] = Histories(NameShelf(store))
        self._memory = Memory()

    async def derive(
        self,
        rounds: Iterable[Round],
        lines: Callable[[Round], Lines | None] = lambda _: None,
        progress: Callable[[Round], None] = lambda _: None,
    ) -> None:
        """Judge *rounds* in the order of plans and fold what they change; *lines* gives what is still in memory of one.

        A round that is not closed is passed over.

        Raises:
            EvidenceError: the ledger is damaged. UnavailableError: the database is away.
        """
        for number, group in groupby(sorted(set(rounds)), key=lambda one: one.plan_number):
            judged: dict[str, tuple[bool, Judged]] = {}
            unfulfilled: list[str] = []
            for one in group:
                execution = await read_execution(self._store, self._library, one, partial(lines, one))
                if execution is not None:
                    policy = await self._library.policy(execution.known.plan.policy)
                    judged[one.probe] = execution.sealed, judge(execution, policy, self._memory)
                    if self._tells and not (execution.sealed and await self._has_certificates(execution)):
                        unfulfilled.append(one.probe)
            if not judged:
                continue
            plan = (await self._library.plan(number)).plan
            fresh = {probe: whole for probe, (_, whole) in judged.items()}
            try:
                await self._fold_statuses(plan, fresh)
                await self._fold_names(plan, fresh)
            except BaseException:
                self._statuses.forget()  # what they remember may not have been written
                self._names.forget()
                raise
            for probe, (sealed, whole) in judged.items():
                if probe in unfulfilled:
                    await self._store.tell_unfulfilled(number, probe)
                await self._store.put_judged(number, probe, sealed, *whole)
                self._metrics.judged(whole.verdicts, sealed=sealed)
                progress(Round(number, probe))

    async def _has_certificates(self, execution: Execution) -> bool:
        """Whether every certificate that the records name has come: no bundle could hold the round without."""
        chains = {record.tls.chain for _, record in execution.lines.values() if record.tls is not None}
        named = {digest for chain in chains for digest in chain}
        if unknown := named - self._certificates:
            self._certificates |= await self._store.held_certificates(unknown)
        return named <= self._certificates

    async def _fold_statuses(self, plan: Plan, fresh: Mapping[str, Judged]) -> None:
        kept = [one for one in await self._store.verdicts_of(plan.number) if one.probe not in fresh]
        said = [verdict for whole in fresh.values() for verdict in whole.verdicts]
        samples = fold_plan(plan, [*kept, *said], await self._policy_of(plan.number))
        await self._store.put_samples(plan.number, samples)
        changes = await self._statuses.changes(samples)
        await self._store.replace_runs_of([RunsOf(*one.key, one.since, one.runs) for one in changes])

    async def _fold_names(self, plan: Plan, fresh: Mapping[str, Judged]) -> None:
        kept = [one for one in await self._store.names_of(plan.number) if one.probe not in fresh]
        said = [facts for whole in fresh.values() for facts in whole.names]
        samples = fold_grounds(plan, [*kept, *said])
        await self._store.put_name_samples(plan.number, samples)
        changes = await self._names.changes(samples)
        await self._store.replace_name_runs_of([NameRunsOf(one.key, one.since, one.runs) for one in changes])

    async def _policy_of(self, number: int) -> Policy:
        return await self._library.policy((await self._library.plan(number)).plan.policy)


def judge(execution: Execution, policy: Policy, memory: Memory | None = None) -> Judged:
    """All that follows from a round, by the policy of its plan; *memory* is of other rounds."""
    known, enrolled, lines, _ = execution
    vantage = Vantage(enrolled.id, enrolled.asn, enrolled.operator, enrolled.country)
    records = [lines[cell] for cell in sorted(lines)]
    return judge_whole(records, world_of(known.plan, policy), policy, vantage=vantage, memory=memory)


async def rebuild(
    store: Store,
    library: Library,
    metrics: Metrics,
    progress: Callable[[Round], None] = lambda _: None,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> int:
    """Delete every judgement and derive it again from the ledger; how many rounds there were.

    By the clock *now* the last day ends of which it says what it comes to. Nobody else may be judging on this database
    meanwhile.
    """
    await store.clear_derived()
    rounds = [Round(*row) for row in await store.closed()]
    await Judging(store, library, metrics).derive(rounds, progress=progress)
    await Findings(store, library, now=now).update()
    return len(rounds)
