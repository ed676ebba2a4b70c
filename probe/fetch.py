"""Fetches plans ahead, and keeps them on disk: whoever holds plans needs no collector to go on measuring."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from probe.ship import REFUSALS, say
from schema.codec import Wire, reader
from schema.dsse import Envelope
from schema.errors import EvidenceError, FormatError, OttemperaError, SignatureError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from probe.plans import HeldPlan, PlanFolder
    from probe.post import CollectorClient
    from probe.ship import Backoff
    from probe.state import Progress
    from probe.telling import Telling

#: A name that was just notified is asked within a minute: who is connected hears of its plan well before that.
EVERY_S = 5.0
_OK = 200
#: Plans that are held at most: a probe that was away for a year does not take that year's plans into memory at once.
MOST_HELD = 1000


class _Plans(Wire, frozen=True):
    plans: tuple[Envelope, ...] = ()


_read_plans = reader(_Plans, "plans")


class Fetcher:
    """Asks for the plans after those that are held or closed, from time to time."""

    def __init__(
        self,
        client: CollectorClient,
        plans: PlanFolder,
        *,
        probe: str,
        progress: Callable[[], Progress],
        backoff: Backoff,
        telling: Telling,
    ) -> None:
        """Nothing is asked before `fetch` or `run`; *progress* says which plans are closed."""
        self._client, self._plans, self._probe, self._progress = client, plans, probe, progress
        self._backoff, self._telling = backoff, telling
        self._hurry = asyncio.Event()
        self._fetched = asyncio.Event()
        self.news = asyncio.Event()  # set after each try

    def hurry(self) -> None:
        """Ask now rather than later."""
        self._hurry.set()

    async def planned(self, number: int) -> None:
        """Return when the plans up to *number* are held or closed."""
        while max(self._plans.newest, self._plans.passed, self._progress().done) < number:
            await self._fetched.wait()

    async def run(self) -> None:
        """Ask for ever."""
        while True:
            self._hurry.clear()
            wait_s = EVERY_S
            try:
                if await self.fetch():
                    wait_s = 0.0
                self._telling.well("plans")
                self._backoff.reset()
            except (OttemperaError, OSError) as error:  # its own disk may be full: then there are no new plans for now
                self._telling.failed("plans", error)
                wait_s = self._backoff.next()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._hurry.wait()

    async def fetch(self) -> bool:
        """Ask once; whether there are more to fetch at once. Raises what `fetch_plans` does."""
        try:
            return await fetch_plans(self._client, self._plans, probe=self._probe, progress=self._progress())
        finally:  # of several, some may be held before one fails
            self.news.set()
            fetched, self._fetched = self._fetched, asyncio.Event()
            fetched.set()


async def fetch_plans(client: CollectorClient, plans: PlanFolder, *, probe: str, progress: Progress) -> bool:
    """Fetch the plans after those that are held or, by *progress*, closed; whether there are more to fetch at once.

    Plans that do not enrol *probe* are passed over, and so are those that were closed ahead of others. One that is not to
    be had whole does not stand in the way of those after it; as long as none of them is held either, it is tried again.

    Raises:
        UnavailableError: the collector is away or refuses. FormatError, SignatureError, EvidenceError: a plan of its is
            none; what could be kept is kept.
    """
    room = MOST_HELD - len(plans)
    if room <= 0:
        return False
    after = max(plans.newest, plans.passed, progress.done)
    reply = await asyncio.to_thread(client.request, "GET", f"/v1/plans?after={after}&limit={room}")
    if reply.status != _OK:
        raise UnavailableError(f"no plans: {say(reply)}")
    envelopes = _read_plans(reply.body).plans
    trouble: OttemperaError | None = None
    for envelope in envelopes:
        try:
            held = plans.check(envelope)
            if held.plan.vantage(probe) is not None and not progress.is_closed(held.plan.number):
                await _keep(client, plans, envelope, held)
            elif trouble is None:
                plans.passed = max(plans.passed, held.plan.number)
        except (FormatError, SignatureError, EvidenceError) as error:
            trouble = trouble or error
    if trouble is not None:
        raise trouble
    return len(envelopes) >= room


async def _keep(client: CollectorClient, plans: PlanFolder, envelope: Envelope, held: HeldPlan) -> None:
    """Keep a plan, its questions first: one without them could not even be closed."""
    digest = held.plan.questions
    if not plans.has_questions(digest):
        reply = await asyncio.to_thread(client.request, "GET", f"/v1/questions/{digest}")
        if reply.status in REFUSALS:
            raise EvidenceError(f"plan {held.plan.number} names questions that are not to be had: {say(reply)}")
        if reply.status != _OK:
            raise UnavailableError(f"no question set: {say(reply)}")
        plans.take_questions(digest, reply.body)
    plans.keep(envelope, held)
