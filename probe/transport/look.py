"""Looks at who answers at an address: one TLS handshake with a name, and nothing is said afterwards (ADR 0016).

No HTTP, no DNS, no ALPN: the certificate is all there is to see. It is kept whether it verifies or not.
"""

from __future__ import annotations

import asyncio
import ssl
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from probe.transport.deliver import deliver
from probe.transport.errnos import failure_of
from probe.transport.handshake import Handshaker, Shown, TooMuchError
from probe.transport.port import Heard
from schema.record import TlsSeen
from schema.words import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from probe.transport.port import Ask, Clock, Done, Route
    from probe.transport.tls import TlsFront
    from schema.endpoint import Endpoint

LOOK_S: Final = 5.0
_AT_ONCE: Final = 8
#: The first that fits; all others are the operating system's, by number.
_FAILURES: Final = (
    (TooMuchError, Failure.TOO_LARGE),
    (EOFError, Failure.CLOSED),
    (TimeoutError, Failure.TIMEOUT),
    (ssl.SSLCertVerificationError, Failure.TLS_UNTRUSTED),
    (ssl.SSLError, Failure.TLS_FAILED),
)


class _Looked(NamedTuple):
    """What became of a look."""

    sent_at_ns: int
    sent_mono_ns: int
    failure: Failure | None = Failure.LOCAL_ERROR
    tls: TlsSeen | None = None


class LookCarrier:
    """Looks at the endpoints that *may* lets it, a connection each, a few at once."""

    def __init__(
        self, route: Route, front: TlsFront, clock: Clock, may: Callable[[Endpoint], bool], limit_s: float = LOOK_S
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
        self._tasks: set[asyncio.Task[_Looked]] = set()

    @property
    def in_flight(self) -> int:
        """Looks submitted whose `done` is still to come."""
        return len(self._tasks)

    def submit(self, ask: Ask, done: Done) -> None:
        """Look at the endpoint of *ask*, within its own limit, whatever the window of *ask*; *done* is called once, later."""
        task = self._loop.create_task(self._look(ask.endpoint))
        self._tasks.add(task)
        task.add_done_callback(partial(self._over, ask, done))

    async def close(self) -> None:
        """Give up what is in flight (as `local_error`)."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _over(self, ask: Ask, done: Done, task: asyncio.Task[_Looked]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:  # a fault of ours: the round that waits for this look must end all the same
            self._loop.call_exception_handler({"message": "a look failed", "exception": error})
        given_up = error is not None or task.cancelled()
        looked = _Looked(self._clock.wall(), self._clock.mono()) if given_up else task.result()
        at, mono, failure, tls = looked
        deliver(self._loop, done, Heard(ask.token, ask.query, at, mono, (), failure, tls, None))

    async def _look(self, endpoint: Endpoint) -> _Looked:
        async with self._room:
            at, mono = self._clock.wall(), self._clock.mono()
            if not self.may(endpoint):
                return _Looked(at, mono)
            shown: list[Shown] = []
            failure: Failure | None = None
            try:
                hands = await self._ready()
                at, mono = self._clock.wall(), self._clock.mono()
                async with asyncio.timeout(self._limit_s):
                    await hands.shake(self._route(endpoint), endpoint.tls_name, shown.append)
            except (TooMuchError, EOFError, ValueError, OSError) as error:
                failure = _failure(error)
            tls = None
            if shown and shown[0].chain:
                tls = self._front.shown(*shown[0], verified=failure is None)
            return _Looked(at, mono, failure, tls)

    async def _ready(self) -> Handshaker:
        async with self._making:
            if self._hands is None:  # in a thread, as reading authorities takes as long as many answers
                self._hands = await self._loop.run_in_executor(None, self._make)
            return self._hands

    def _make(self) -> Handshaker:
        return Handshaker(lambda: self._front.make("", verifying=True))


def _failure(error: Exception) -> Failure:
    """What *error* came to; a ValueError is a name that cannot be asked for in TLS (RFC 6066 §3)."""
    for kind, failure in _FAILURES:
        if isinstance(error, kind):
            return failure
    return failure_of(error) if isinstance(error, OSError) else Failure.LOCAL_ERROR
