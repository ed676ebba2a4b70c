"""Carries batches to the collector, with backoff, while measuring goes on."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from probe.batchfile import read_batch
from schema.codec import reader
from schema.errors import EvidenceError, FormatError, SignatureError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from probe.post import CollectorClient, Reply
    from probe.recovery import Batch
    from probe.spool import Spool

_TAKEN = frozenset({200, 201})
_OUT_OF_ORDER = 409
#: Answers that do not change by waiting; 408, 425 and 429 ask for another try.
REFUSALS = frozenset(range(400, 500)) - {408, 425, 429}


class _Problem(msgspec.Struct):
    """What is read of a problem (RFC 9457)."""

    title: str = ""
    detail: str = ""
    expected: int | None = None


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


class RefusedError(UnavailableError):
    """The collector will not take a batch, however often it is sent: somebody has to look."""


class Shipper:
    """Sends what the spool holds, in order, and frees it against receipts."""

    def __init__(
        self,
        client: CollectorClient,
        spool: Spool,
        *,
        collector_key: bytes,
        backoff: Backoff,
        told: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Nothing is sent before `run` or `drain`; *told* hears why a batch did not go, and "" when one did again."""
        self._client = client
        self._spool = spool
        self._collector_key = collector_key
        self._backoff = backoff
        self._told = told
        self._wake = asyncio.Event()
        self._hurry = asyncio.Event()
        self._rest = asyncio.Event()  # nothing is left to send, or it is of no use
        self._refusal: RefusedError | None = None

    def nudge(self) -> None:
        """There is something new to send; a collector that failed is given its time all the same."""
        if self._refusal is None:
            self._rest.clear()
        self._wake.set()

    def hurry(self) -> None:
        """The collector may be back: try now."""
        self._refusal = None
        self._hurry.set()
        self.nudge()

    async def empty(self) -> None:
        """Return when every batch has its receipt.

        Raises:
            RefusedError: the collector refuses one for good.
        """
        await self._rest.wait()
        if self._refusal is not None:
            raise self._refusal

    async def run(self) -> None:
        """Send for ever."""
        while True:
            self._wake.clear()
            self._hurry.clear()
            try:
                await self.drain()
            except (UnavailableError, FormatError, SignatureError, EvidenceError) as error:
                self._told(error.in_full)
                if isinstance(error, RefusedError):
                    self._refusal = error
                    self._rest.set()
                await self._pause(self._backoff.next())
                continue
            self._told("")
            self._refusal = None
            self._backoff.reset()
            if not self._wake.is_set():
                self._rest.set()
            await self._wake.wait()

    async def drain(self) -> None:
        """Send everything that is pending, one batch after the other, earlier chains first.

        Raises:
            UnavailableError: the collector is away or refuses; where it misses what an earlier chain has no more, the rest
                was sent. FormatError, SignatureError, EvidenceError: its receipt is not one; the batch stays.
        """
        ended: dict[str, UnavailableError] = {}  # chains that go on no further, with why
        back: set[tuple[str, int]] = set()  # where was gone back to, which helps once
        while (held := self._next(ended)) is not None:
            reply = await asyncio.to_thread(self._send, held)
            missed = _misses(held, reply)
            if reply.status in _TAKEN:
                self._spool.acknowledge(held, reply.body, collector_key=self._collector_key)
                self._backoff.reset()
            elif missed is not None and (held.chain, missed) not in back and self._spool.send_again(held.chain, missed):
                back.add((held.chain, missed))
            elif missed is None or (held.chain, missed) in back:
                kind = RefusedError if reply.status in REFUSALS and missed is None else UnavailableError
                raise kind(f"batch {held.number} was refused: {say(reply)}")
            else:  # what comes after is not to wait for somebody's hand
                ended[held.chain] = RefusedError(
                    f"batch {held.number} was refused: {say(reply)}: the collector lost batch {missed} of chain {held.chain}",
                    remedy=f"Keep {held.path.parent} and move it away: what of it could be said again was.",
                )
                self._spool.begin_again(held.chain, missed)
        if ended:
            raise next(iter(ended.values()))

    def _next(self, ended: Container[str]) -> Batch | None:
        return next((held for held in self._spool.pending() if held.chain not in ended), None)

    def _send(self, held: Batch) -> Reply:
        batch = read_batch(held.path)
        headers = {
            "Content-Type": "application/zstd",
            "Ottempera-Key": batch.key,
            "Ottempera-Signature": b64encode(batch.signature).decode(),
        }
        return self._client.request("POST", "/v1/batches", body=batch.body, headers=headers)

    async def _pause(self, wait_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._hurry.wait()


def _misses(held: Batch, reply: Reply) -> int | None:
    """The number of the batch before *held* that the collector expects first; none if it says no such thing."""
    expected = _read(reply).expected if reply.status == _OUT_OF_ORDER else None
    return expected if expected is not None and 0 < expected < held.number else None


def _read(reply: Reply) -> _Problem:
    try:
        return _read_problem(reply.body)
    except FormatError:
        return _Problem()


def say(reply: Reply) -> str:
    """What the collector says in *reply*, or its status."""
    problem = _read(reply)
    return ": ".join(text for text in (problem.title or f"HTTP {reply.status}", problem.detail) if text)
