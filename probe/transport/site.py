"""Meets a site and no resolver: a connection of its own, a TLS handshake with the name, and what follows from a subclass.

The certificates are kept whether they verify or not; where they do not, nothing more is said.
"""

from __future__ import annotations

import asyncio
import ssl
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

import msgspec

from probe.transport.deliver import deliver
from probe.transport.errnos import failure_of
from probe.transport.handshake import Handshaker, Shown, TooMuchError
from probe.transport.http1 import HeadError
from probe.transport.port import Heard
from schema.record import HttpSeen, TlsSeen
from schema.words import Failure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from probe.transport.handshake import Channel
    from probe.transport.port import Ask, Clock, Done, Route
    from probe.transport.tls import TlsFront
    from schema.endpoint import Endpoint

SITE_S: Final = 5.0
_AT_ONCE: Final = 8
#: The first that fits; all others are the operating system's, by number.
_FAILURES: Final = (
    (TooMuchError, Failure.TOO_LARGE),
    (HeadError, Failure.FRAMING),
    (EOFError, Failure.CLOSED),
    (TimeoutError, Failure.TIMEOUT),
    (ssl.SSLCertVerificationError, Failure.TLS_UNTRUSTED),
    (ssl.SSLError, Failure.TLS_FAILED),
)


class Met(msgspec.Struct):
    """What became of meeting a site."""

    sent_at_ns: int
    sent_mono_ns: int
    failure: Failure | None = Failure.LOCAL_ERROR
    tls: TlsSeen | None = None
    http: HttpSeen | None = None
    verified: bool = False


class SiteCarrier:
    """Meets the endpoints that *may* lets it, a connection each, a few at once. As it stands, it says nothing."""

    #: What is offered in the handshake; empty: nothing.
    ALPN: ClassVar[str] = ""

    def __init__(
        self, route: Route, front: TlsFront, clock: Clock, may: Callable[[Endpoint], bool], limit_s: float = SITE_S
    ) -> None:
        """Reach endpoints by *route*, verify by *front*, each within *limit_s*; to be made inside a running event loop."""
        self.may = may
        self._loop = asyncio.get_running_loop()
        self._route = route
        self._front = front
        self._clock = clock
        self._limit_s = limit_s
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._hands: Handshaker | None = None
        self._making = asyncio.Lock()
        self._tasks: set[asyncio.Task[Met]] = set()

    @property
    def in_flight(self) -> int:
        """Sites submitted whose `done` is still to come."""
        return len(self._tasks)

    def submit(self, ask: Ask, done: Done) -> None:
        """Meet the endpoint of *ask*, within its own limit, whatever the window of *ask*; *done* is called once, later."""
        task = self._loop.create_task(self._meet(ask.endpoint))
        self._tasks.add(task)
        task.add_done_callback(partial(self._over, ask, done))

    async def close(self) -> None:
        """Give up what is in flight (as `local_error`)."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _talk(self, endpoint: Endpoint, met: Met) -> Callable[[Channel], Awaitable[None]] | None:  # noqa: ARG002  a subclass's
        """What follows a handshake that verified; what comes of it goes into *met*."""
        return None

    def _over(self, ask: Ask, done: Done, task: asyncio.Task[Met]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:  # a fault of ours: the round that waits for this site must end all the same
            self._loop.call_exception_handler({"message": "meeting a site failed", "exception": error})
        given_up = error is not None or task.cancelled()
        met = Met(self._clock.wall(), self._clock.mono()) if given_up else task.result()
        sent = met.sent_at_ns, met.sent_mono_ns
        deliver(self._loop, done, Heard(ask.token, ask.query, *sent, (), met.failure, met.tls, met.http))

    async def _meet(self, endpoint: Endpoint) -> Met:
        async with self._room:
            met = Met(self._clock.wall(), self._clock.mono())
            if not self.may(endpoint):
                return met
            shown: list[Shown] = []
            met.failure = None
            try:
                hands = await self._ready()
                met.sent_at_ns, met.sent_mono_ns = self._clock.wall(), self._clock.mono()
                async with asyncio.timeout(self._limit_s):
                    await hands.shake(self._route(endpoint), endpoint.tls_name, shown.append, self._then(endpoint, met))
            except (TooMuchError, HeadError, EOFError, ValueError, OSError) as error:
                if met.http is None:
                    met.failure = _failure(error)
            if shown and shown[0].chain:
                met.tls = self._front.shown(*shown[0], verified=met.verified)
            return met

    def _then(self, endpoint: Endpoint, met: Met) -> Callable[[Channel], Awaitable[None]]:
        talk = self._talk(endpoint, met)

        async def then(channel: Channel) -> None:
            met.verified = True
            if talk is not None:
                await talk(channel)

        return then

    async def _ready(self) -> Handshaker:
        async with self._making:
            if self._hands is None:  # in a thread, as reading authorities takes as long as many answers
                self._hands = await self._loop.run_in_executor(None, self._make)
            return self._hands

    def _make(self) -> Handshaker:
        return Handshaker(lambda: self._front.make(self.ALPN, verifying=True))


def _failure(error: Exception) -> Failure:
    """What *error* came to; a ValueError is a name that cannot be asked for in TLS (RFC 6066 §3)."""
    for kind, failure in _FAILURES:
        if isinstance(error, kind):
            return failure
    return failure_of(error) if isinstance(error, OSError) else Failure.LOCAL_ERROR
