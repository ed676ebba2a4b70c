"""The connections to one endpoint: opened when there is something to ask, kept, and opened again when lost."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from probe.transport.deliver import deliver
from probe.transport.dial import DialError
from probe.transport.port import Clock, Heard
from probe.transport.window import NS, Windows
from schema.words import Failure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from probe.transport.link import Link, Owner
    from probe.transport.pending import Pending

_FIRST_BACKOFF_S: Final = 0.05
_LONGEST_BACKOFF_S: Final = 1.0


class Limits(NamedTuple):
    """How connections are used."""

    connections: int = 2  # to one endpoint
    depth: int = 128  # questions at once on one connection
    idle_s: float = 30.0  # a connection nobody uses is closed after this time
    connect_s: float = 5.0  # for TCP and TLS handshakes together


DEFAULT_LIMITS: Final = Limits()


class Shared(NamedTuple):
    """What all pools of a carrier have in common."""

    loop: asyncio.AbstractEventLoop
    clock: Clock
    windows: Windows[list[Pending]]  # those whose windows began together
    limits: Limits
    buffer: memoryview  # for what is being received, by one connection at a time


class Pool:
    """Up to `connections` links to one endpoint and the questions that wait for room on them."""

    def __init__(self, shared: Shared, open_link: Callable[[Owner], Awaitable[Link]]) -> None:
        """Open connections by *open_link*."""
        self._loop, self.clock, self._windows, self._limits, self.buffer = shared
        self._open_link = open_link
        self._links: list[Link] = []
        self._draining: set[Link] = set()
        self._waiting: deque[Pending] = deque()
        self._dialing: asyncio.Task[None] | None = None
        self._backoff_s = 0.0
        self._last: DialError | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._gone: asyncio.Future[None] | None = None
        self.in_flight = 0

    def submit(self, pending: Pending) -> None:
        """Send *pending* on a connection with room, or let it wait for one."""
        self.in_flight += 1
        if not (not self._waiting and self._place(pending)):
            self._wait(pending)

    def _place(self, pending: Pending) -> bool:
        for link in self._links:
            if link.takes(pending):
                link.send(pending)
                return True
        return False

    def _wait(self, pending: Pending) -> None:
        pending.link = None
        pending.deadline_ns = self._windows.open([pending], self.clock.mono(), pending.ask.window_s)
        self._waiting.append(pending)
        self._grow()

    def _grow(self) -> None:
        if self._dialing is None and self._waiting and len(self._links) < self._limits.connections:
            self._dialing = self._loop.create_task(self._dial())

    async def _dial(self) -> None:
        try:
            in_lab = bool(self._waiting) and self._waiting[0].ask.settle_s > 0  # whose servers need not be spared
            if self._backoff_s and not in_lab:
                await asyncio.sleep(self._backoff_s)
            self._last = None
            link = await self._open_link(self)
        except DialError as error:
            self._last = error
            self._back_off()
            waiting, self._waiting = self._waiting, deque()
            for pending in waiting:
                pending.tls = error.tls
                self.finish(pending, error.failure)
        else:
            self._opened(link)
        finally:
            self._dialing = None
        self._grow()

    def _opened(self, link: Link) -> None:
        if not link.open:  # lost again before anything was asked
            self._back_off()
            return
        link.used_mono_ns = self.clock.mono()
        self._links.append(link)
        if self._idle is None:
            self._idle = self._loop.call_later(self._limits.idle_s, self._close_idle)
        self.room()

    def _back_off(self) -> None:
        self._backoff_s = min(_LONGEST_BACKOFF_S, self._backoff_s * 2 or _FIRST_BACKOFF_S)

    def sent(self, pendings: list[Pending]) -> None:
        """Begin the windows of *pendings*."""
        began_ns, window_s = pendings[0].sent_mono_ns, pendings[0].ask.window_s
        together = [pending for pending in pendings if pending.ask.window_s == window_s]
        deadline_ns = self._windows.open(together, began_ns, window_s)
        for pending in together:
            pending.deadline_ns = deadline_ns
        if len(together) < len(pendings):
            self.sent([pending for pending in pendings if pending.ask.window_s != window_s])

    def expired(self, pending: Pending) -> None:
        """The window of *pending* is over."""
        if pending.link is not None:
            pending.link.forget(pending)
            self.finish(pending, Failure.TIMEOUT)
        elif self._last is not None:  # it waited for a connection that was not to be had a moment ago
            pending.tls = self._last.tls
            self.finish(pending, self._last.failure)
        else:
            self.finish(pending, Failure.TIMEOUT)
        self.room()

    def finish(self, pending: Pending, failure: Failure | None) -> None:
        """Deliver the result of *pending*."""
        if pending.finished:
            return
        pending.finished = True
        pending.link = None
        self.in_flight -= 1
        if not pending.sent_at_ns:
            pending.sent_at_ns, pending.sent_mono_ns = self.clock.wall(), self.clock.mono()
        ask, answers = pending.ask, pending.answers
        pending.answers = ()  # its window stands in a queue for as long as it was to be
        heard = Heard(
            ask.token, ask.query, pending.sent_at_ns, pending.sent_mono_ns, answers, failure, pending.tls, pending.http
        )
        deliver(self._loop, pending.done, heard)

    def again(self, pending: Pending) -> None:
        """Send *pending* once more; the second time its connection ended too, and that is the result."""
        if pending.finished:
            return
        if pending.resent:
            self.finish(pending, Failure.CLOSED)
        else:
            pending.resent = True
            self._wait(pending)

    def room(self) -> None:
        """Send what waits, in order, as far as there is room."""
        while self._waiting:
            if self._waiting[0].finished or self._place(self._waiting[0]):
                self._waiting.popleft()
            else:
                self._grow()
                return

    def draining(self, link: Link) -> None:
        """Take *link* out of use; it stays until its answers are in."""
        if link in self._links:
            self._links.remove(link)
            self._draining.add(link)

    def lost(self, link: Link) -> None:
        """Forget *link*; one that never gave an answer is not replaced at once."""
        self._draining.discard(link)
        if link in self._links:
            self._links.remove(link)
        if link.answered:
            self._backoff_s = 0.0
        else:
            self._back_off()
        if self._gone is None:
            self._grow()
        elif not (self._links or self._draining or self._gone.done()):
            self._gone.set_result(None)

    def _close_idle(self) -> None:
        self._idle = None
        before = self.clock.mono() - int(self._limits.idle_s * NS)
        for link in [link for link in self._links if not link.in_flight and link.used_mono_ns <= before]:
            self.draining(link)
            link.open = False
            link.transport.close()
        if self._links:
            self._idle = self._loop.call_later(self._limits.idle_s, self._close_idle)

    async def close(self) -> None:
        """End every connection; questions still in flight come to `local_error`."""
        if self._idle is not None:
            self._idle.cancel()
        if self._dialing is not None:
            self._dialing.cancel()
            await asyncio.wait([self._dialing])
            self._dialing = None
        for link in [*self._links, *self._draining]:
            link.fail(Failure.LOCAL_ERROR)
        while self._waiting:
            self.finish(self._waiting.popleft(), Failure.LOCAL_ERROR)
        if self._links or self._draining:  # connection_lost comes in a later turn
            self._gone = self._loop.create_future()
            await self._gone
