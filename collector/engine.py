"""Turns closed rounds into verdicts, verdicts into samples and samples into runs; the same way as they come and anew."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

import structlog

from collector.buffer import Rounds
from collector.judge import judge_round
from collector.library import world_of
from collector.receive.seal import is_sealed, leaf_of
from collector.runs import Histories
from collector.status import fold_sample
from schema.cells import applicable
from schema.errors import OttemperaError
from schema.record import read_record
from schema.registry import Resolver, Vantage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from collector.buffer import Lines
    from collector.library import Library
    from collector.metrics import Metrics
    from collector.receive.match import KnownPlan, Matched
    from collector.receive.admit import Admitted
    from collector.store import Store
    from schema.record import Close

_log = structlog.get_logger("collector")


class Round(NamedTuple):
    """One probe's execution of one plan."""

    plan_number: int
    probe: str


class Engine:
    """One worker that judges what is closed. Everything it writes can be deleted and comes back the same.

    A round is judged when its close is durable, and again if lines of it come later; a plan is folded over the rounds
    that are judged, a pair's runs over its samples in the order of plans. *clock* is in seconds, for the lag only.
    """

    def __init__(
        self, store: Store, library: Library, metrics: Metrics, *, clock: Callable[[], float] = monotonic
    ) -> None:
        self._store = store
        self._library = library
        self._metrics = metrics
        self._clock = clock
        self._rounds = Rounds()
        self._histories = Histories(store)
        self._waiting: dict[Round, float] = {}
        self._wake = asyncio.Event()
        self._at_rest = asyncio.Event()
        self._at_rest.set()
        self._worker: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take up what an earlier process left, then work in the background until stopped."""
        self._ask(Round(*row) for row in await self._store.closed_not_judged())
        self._worker = asyncio.create_task(self._work(), name="engine")

    async def stop(self) -> None:
        """End the worker; what waits is found again at the next start."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)
            self._worker = None

    async def idle(self) -> None:
        """Return when nothing waits.

        Raises:
            Whatever ended the worker, if something did.
        """
        if self._worker is None:
            return
        rest = asyncio.create_task(self._at_rest.wait())
        await asyncio.wait({rest, self._worker}, return_when=asyncio.FIRST_COMPLETED)
        if not rest.done():
            rest.cancel()
            self._worker.result()

    def received(self, probe: str, batch: Admitted, matched: Matched) -> None:
        """Take note of a batch that is durable; what it closes is judged soon."""
        self._ask(Round(number, probe) for number in self._rounds.add(probe, batch.lines, matched))

    def _ask(self, rounds: Iterable[Round]) -> None:
        now = self._clock()
        for one in rounds:
            self._waiting.setdefault(one, now)
        self._metrics.waiting.set(len(self._waiting))
        if self._waiting:
            self._at_rest.clear()
            self._wake.set()

    async def _work(self) -> None:
        delay_s = 1.0
        while True:
            await self._wake.wait()
            self._wake.clear()
            taken, self._waiting = self._waiting, {}
            try:
                await self.derive(taken)
            except OttemperaError as error:
                # The database is away, or the ledger is damaged: nothing is lost, and an operator reads the log.
                _log.warning("judging postponed", rounds=len(taken), detail=str(error), remedy=error.remedy)
                self._waiting = taken | self._waiting
                self._wake.set()
                await asyncio.sleep(delay_s)
                delay_s = min(delay_s * 2, 60.0)
                continue
            delay_s = 1.0
            for asked_at in taken.values():
                self._metrics.lag.observe(self._clock() - asked_at)
            self._metrics.waiting.set(len(self._waiting))
            if not self._waiting:
                self._at_rest.set()

    async def derive(self, rounds: Iterable[Round], progress: Callable[[Round], None] | None = None) -> None:
        """Judge *rounds* in the order of plans, and fold what they change."""
        changed: set[int] = set()
        for one in sorted(rounds):
            if changed and one.plan_number not in changed:
                await self._fold(changed)
                changed = set()
            await self._judge(one)
            changed.add(one.plan_number)
            if progress is not None:
                progress(one)
        await self._fold(changed)

    async def _judge(self, one: Round) -> None:
        known = await self._library.plan(one.plan_number)
        policy = await self._library.policy(known.plan.policy)
        enrolled = known.plan.vantage(one.probe)
        close = self._rounds.close(one.plan_number, one.probe)
        lines = self._rounds.lines(one.plan_number, one.probe)
        sealed = close is not None and self._is_sealed(close, known, one.probe, lines)
        if not sealed:  # begun before this process, or more than it remembers: only the ledger knows
            close = await self._store.round_close(one.plan_number, one.probe)
            lines = {}
            for cell, line in await self._store.round_lines(one.plan_number, one.probe):
                lines.setdefault(cell, (line, read_record(line)))
            sealed = close is not None and self._is_sealed(close, known, one.probe, lines)
        vantage = None
        if enrolled is not None:
            vantage = Vantage(enrolled.id, enrolled.asn, enrolled.operator, enrolled.country)
        records = [lines[cell] for cell in sorted(lines)]
        verdicts = judge_round(records, world_of(known.plan, policy), policy, vantage=vantage)
        await self._store.put_judged(one.plan_number, one.probe, sealed, verdicts)
        self._rounds.forget(one.plan_number, one.probe)
        self._metrics.judged(verdicts, sealed=sealed)

    @staticmethod
    def _is_sealed(close: Close, known: KnownPlan, probe: str, lines: Lines) -> bool:
        enrolled = known.plan.vantage(probe)
        if enrolled is None:
            return False
        leaves = {cell: leaf_of(line, record) for cell, (line, record) in lines.items()}
        observed = sum(record.gap is None for _, record in lines.values())
        return is_sealed(close, probe=probe, cells=applicable(known.cells, enrolled), leaves=leaves, observed=observed)
