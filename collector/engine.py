"""Judges in the background what is closed, and takes up after a restart what an earlier process left."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Final

import structlog

from collector.buffer import Buffer
from collector.findings import Findings
from collector.judging import Judging
from collector.rounds import Round
from schema.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from collector.library import Library
    from collector.metrics import Metrics
    from collector.receive.admit import Admitted
    from collector.receive.match import Matched
    from collector.store import Store

_FIRST_WAIT_S: Final = 1.0
_LONGEST_WAIT_S: Final = 60.0
_LOOK_EVERY_S: Final = 5.0  # whether an order changed or a day ended
_log = structlog.get_logger("collector")


class Engine:
    """A worker over `Judging`, and one over `Findings` beside it.

    A round is judged when its close is durable, and again if lines of it come later. The days follow when what waits is
    judged, when an order changes, and when a day ends by the clock *now*; *clock* is in seconds, for the lag only.
    """

    def __init__(
        self,
        store: Store,
        library: Library,
        metrics: Metrics,
        *,
        clock: Callable[[], float] = monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._findings = Findings(store, library, now=now)
        self._unfound: Exception | None = None  # tried again when something changes
        self._judging = Judging(store, library, metrics, tells=True)
        self._metrics = metrics
        self._clock = clock
        self._buffer = Buffer()
        self._waiting: dict[Round, float] = {}
        self._failed: dict[Round, Exception] = {}  # tried again at the next start
        self._judging_now = self._finding_now = False
        self._wake = asyncio.Event()
        self._due = asyncio.Event()  # days are to be looked at
        self._at_rest = asyncio.Event()
        self._at_rest.set()
        self._workers: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Take up what is closed and not judged, then work in the background until stopped.

        Raises:
            UnavailableError: another process judges this database; two would leave each other's samples stale.
        """
        await self._store.claim_judging()
        self._ask(Round(*row) for row in await self._store.closed_not_judged())
        self.look()
        works = {"judge": self._work(), "findings": self._find_days()}
        self._workers = [asyncio.create_task(work, name=name) for name, work in works.items()]

    async def stop(self) -> None:
        """End the workers; what waits is found again at the next start."""
        if self._workers:
            for worker in self._workers:
                worker.cancel()
            await asyncio.gather(*self._workers, return_exceptions=True)
            self._workers = []
            await self._store.release_judging()

    async def idle(self) -> None:
        """Return when everything that was received is judged and its days are found; if something could not be, raise why."""
        if not self._workers:
            return
        rest = asyncio.create_task(self._at_rest.wait())
        await asyncio.wait({rest, *self._workers}, return_when=asyncio.FIRST_COMPLETED)
        if not rest.done():
            rest.cancel()
            for worker in self._workers:
                if worker.done():
                    worker.result()
        for error in self._failed.values():
            raise error
        if self._unfound is not None:
            raise self._unfound

    def look(self) -> None:
        """See soon whether days are to be found; `idle` waits for it."""
        self._at_rest.clear()
        self._due.set()

    def received(self, probe: str, batch: Admitted, matched: Matched) -> None:
        """Take note of a batch that is durable; what it closes is judged soon."""
        self._ask(self._buffer.add(probe, batch.lines, matched))

    def _ask(self, rounds: Iterable[Round]) -> None:
        now = self._clock()
        for one in rounds:
            self._waiting.setdefault(one, now)
        self._metrics.waiting.set(len(self._waiting))
        if self._waiting:
            self._at_rest.clear()
            self._wake.set()

    async def _work(self) -> None:
        wait_s = _FIRST_WAIT_S
        while True:
            await self._wake.wait()
            self._wake.clear()
            taken, self._waiting = self._waiting, {}
            self._judging_now = True
            try:
                await self._derive(taken)
            except UnavailableError as error:  # nothing is lost: what was received is in the ledger
                _log.warning("judging postponed", rounds=len(taken), detail=str(error), remedy=error.remedy)
                self._ask(taken)
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
                continue
            wait_s = _FIRST_WAIT_S
            self._judging_now = False
            self._metrics.waiting.set(len(self._waiting))
            self.look()

    async def _find_days(self) -> None:
        """Bring the days in step with what was judged, with the orders and with the clock.

        Beside the judging: an order that ran for years takes its time, and rounds go on.
        """
        wait_s = _FIRST_WAIT_S
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._due.wait(), _LOOK_EVERY_S)
            self._due.clear()
            self._finding_now = True
            try:
                await self._store.claim_judging()  # again, if the connection that held it was lost
                await self._findings.update()
            except UnavailableError as error:
                _log.warning("days not found yet", detail=str(error), remedy=error.remedy)
                self._due.set()
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
                continue
            except Exception as error:  # noqa: BLE001 - it is logged, and raised by `idle`
                if repr(error) != repr(self._unfound):
                    _log.exception("days not found")
                self._unfound = error
            else:
                self._unfound = None
            wait_s = _FIRST_WAIT_S
            self._finding_now = False
            if not (self._waiting or self._judging_now or self._due.is_set()):
                self._at_rest.set()

    async def _derive(self, taken: dict[Round, float]) -> None:
        """Judge *taken* together; if that fails, one by one, so that a bad round does not stand in the way of others."""
        await self._store.claim_judging()  # again, if the connection that held it was lost
        try:
            await self._judging.derive(taken, self._buffer.lend, lambda one: self._done(one, taken))
        except UnavailableError:
            raise
        except Exception:  # noqa: BLE001 - whose fault it is shows below
            for one in sorted(taken):
                await self._derive_alone(one, taken)

    async def _derive_alone(self, one: Round, taken: dict[Round, float]) -> None:
        try:
            await self._judging.derive([one], self._buffer.lend, lambda one: self._done(one, taken))
        except UnavailableError:
            raise
        except Exception as error:  # noqa: BLE001 - it is logged, counted, and raised by `idle`
            self._failed[one] = error
            self._metrics.failed.set(len(self._failed))
            _log.exception("round not judged", plan=one.plan_number, probe=one.probe)

    def _done(self, one: Round, taken: dict[Round, float]) -> None:
        self._failed.pop(one, None)
        self._metrics.lag.observe(self._clock() - taken[one])
        if self._buffer.settle(one):
            self._waiting.pop(one, None)  # asked for again before its lines were lent
        else:
            self._ask([one])
