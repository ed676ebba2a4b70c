"""Turns closed rounds into verdicts, verdicts into samples and samples into runs; the same way as they come and anew."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from collector.judge import Memory, judge_round
from collector.library import world_of
from collector.rounds import Round, read_execution
from collector.runs import Histories
from collector.samples import fold_plan
from schema.registry import Vantage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from collector.library import Library
    from collector.metrics import Metrics
    from collector.rounds import Execution, Lines
    from collector.store import Store
    from schema.policy import Policy
    from schema.verdict import Verdict


class Judging:
    """What follows from rounds. Everything it writes can be deleted and comes back the same.

    A plan is folded over all its rounds that are judged, a pair's runs over its samples in the order of plans. That a
    round is judged is written last: what a crash leaves half done is done again.
    """

    def __init__(self, store: Store, library: Library, metrics: Metrics) -> None:
        self._store = store
        self._library = library
        self._metrics = metrics
        self._histories = Histories(store, self._policy_of)
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
            judged: dict[str, tuple[bool, list[Verdict]]] = {}
            for one in group:
                execution = await read_execution(self._store, self._library, one, partial(lines, one))
                if execution is not None:
                    policy = await self._library.policy(execution.known.plan.policy)
                    judged[one.probe] = execution.sealed, judge(execution, policy, self._memory)
            if not judged:
                continue
            await self._fold(number, [verdict for _, verdicts in judged.values() for verdict in verdicts], set(judged))
            for probe, (sealed, verdicts) in judged.items():
                await self._store.put_judged(number, probe, sealed, verdicts)
                self._metrics.judged(verdicts, sealed=sealed)
                progress(Round(number, probe))

    async def _fold(self, number: int, fresh: list[Verdict], judged: set[str]) -> None:
        known = await self._library.plan(number)
        policy = await self._policy_of(number)
        kept = [verdict for verdict in await self._store.verdicts_of(number) if verdict.probe not in judged]
        samples = fold_plan(known.plan, [*kept, *fresh], policy)
        try:
            await self._store.put_samples(number, samples)
            await self._store.replace_runs_of(await self._histories.changes(samples))
        except BaseException:
            self._histories.forget()  # what it remembers may not have been written
            raise

    async def _policy_of(self, number: int) -> Policy:
        return await self._library.policy((await self._library.plan(number)).plan.policy)


def judge(execution: Execution, policy: Policy, memory: Memory | None = None) -> list[Verdict]:
    """The verdicts of a round, by the policy of its plan; *memory* is of other rounds."""
    known, enrolled, lines, _ = execution
    vantage = Vantage(enrolled.id, enrolled.asn, enrolled.operator, enrolled.country)
    records = [lines[cell] for cell in sorted(lines)]
    return judge_round(records, world_of(known.plan, policy), policy, vantage=vantage, memory=memory)


async def rebuild(
    store: Store, library: Library, metrics: Metrics, progress: Callable[[Round], None] = lambda _: None
) -> int:
    """Delete every judgement and derive it again from the ledger; how many rounds there were.

    Nobody else may be judging on this database meanwhile.
    """
    await store.clear_derived()
    rounds = [Round(*row) for row in await store.closed()]
    await Judging(store, library, metrics).derive(rounds, progress=progress)
    return len(rounds)
