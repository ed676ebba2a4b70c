"""Carries batches to the collector and plans back, with backoff, while measuring goes on."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from typing import TYPE_CHECKING

import msgspec

from probe.batchfile import read_batch
from schema.codec import Wire, reader
from schema.dsse import Envelope
from schema.errors import EvidenceError, FormatError, SignatureError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from probe.plans import PlanFolder
    from probe.post import CollectorClient, Reply
    from probe.spool import Held, Spool

_TAKEN = frozenset({200, 201})
_OK = 200


class _Plans(Wire, frozen=True):
    plans: tuple[Envelope, ...] = ()


class _Problem(msgspec.Struct):
    """What is read of a problem (RFC 9457)."""

    title: str = ""
    detail: str = ""
    expected: int | None = None


_read_plans = reader(_Plans, "plans")
_read_problem = reader(_Problem, "problem")


class Backoff:
    """Waits that double up to a ceiling and start again after a success."""

    def __init__(self, *, first_s: float, most_s: float, dice: Callable[[], float]) -> None:
        """*dice* gives [0, 1): every wait is between half and the whole of its nominal length."""
        self._first_s, self._most_s, self._dice = first_s, most_s, dice
        self._next_s = first_s

    def next(self) -> float:
        """Seconds to wait now."""
        nominal, self._next_s = self._next_s, min(self._next_s * 2, self._most_s)
        return nominal * (0.5 + self._dice() / 2)

    def reset(self) -> None:
        """The last try went well."""
        self._next_s = self._first_s


class Shipper:
    """Sends what the spool holds, in order, and frees it against receipts."""

    def __init__(self, client: CollectorClient, spool: Spool, *, collector_key: bytes, backoff: Backoff) -> None:
        """Nothing is sent before `run` or `drain`."""
        self._client = client
        self._spool = spool
        self._collector_key = collector_key
        self._backoff = backoff
        self._wake = asyncio.Event()
        self._empty = asyncio.Event()
        self.trouble = ""  # the last refusal, for `doctor` and the log

    def nudge(self) -> None:
        """There is something new to send, or the collector may be back."""
        self._empty.clear()
        self._wake.set()

    async def empty(self) -> None:
        """Return when every batch has its receipt."""
        await self._empty.wait()

    async def run(self) -> None:
        """Send for ever."""
        while True:
            self._wake.clear()
            try:
                await self.drain()
            except (UnavailableError, FormatError, SignatureError, EvidenceError, OSError) as error:
                self.trouble = str(error)
                await self._pause(self._backoff.next())
                continue
            self.trouble = ""
            self._backoff.reset()
            if not self._wake.is_set():
                self._empty.set()
            await self._wake.wait()

    async def drain(self) -> None:
        """Send everything that is pending, one batch after the other.

        Raises:
            UnavailableError: the collector is away or refuses. FormatError, SignatureError, EvidenceError: its receipt
                is not one; the batch stays.
        """
        for held in list(self._spool.pending()):
            reply = await asyncio.to_thread(self._send, held)
            if reply.status not in _TAKEN:
                raise UnavailableError(f"batch {held.number} was refused: {_say(reply)}")
            self._spool.acknowledge(held, reply.body, collector_key=self._collector_key)

    def _send(self, held: Held) -> Reply:
        batch = read_batch(held.path)
        headers = {
            "Content-Type": "application/zstd",
            "Ottempera-Key": batch.key,
            "Ottempera-Signature": b64encode(batch.signature).decode(),
        }
        return self._client.request("POST", "/v1/batches", body=batch.body, headers=headers)

    async def _pause(self, wait_s: float) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), wait_s)
        except TimeoutError:
            return


async def fetch_plans(client: CollectorClient, plans: PlanFolder, *, after: int) -> int:
    """Fetch and keep the plans after *after*, and the question sets they name; how many were new.

    Raises:
        UnavailableError: the collector is away or refuses. FormatError, SignatureError, EvidenceError: not its plans.
    """
    reply = await asyncio.to_thread(client.request, "GET", f"/v1/plans?after={after}&limit=1000")
    if reply.status != _OK:
        raise UnavailableError(f"no plans: {_say(reply)}")
    envelopes = _read_plans(reply.body).plans
    for envelope in envelopes:
        plan = plans.take(envelope)
        if not plans.has_questions(plan.questions):
            questions = await asyncio.to_thread(client.request, "GET", f"/v1/questions/{plan.questions}")
            if questions.status != _OK:
                raise UnavailableError(f"no question set: {_say(questions)}")
            plans.take_questions(plan.questions, questions.body)
    return len(envelopes)


def _say(reply: Reply) -> str:
    try:
        problem = _read_problem(reply.body)
    except FormatError:
        return f"HTTP {reply.status}"
    return f"{problem.title}: {problem.detail}" if problem.detail else problem.title or f"HTTP {reply.status}"
