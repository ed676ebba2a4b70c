"""One connection to an endpoint, whatever is spoken on it."""

from __future__ import annotations

import asyncio
import ssl
from abc import abstractmethod
from typing import TYPE_CHECKING, Final, Protocol, cast

from probe.transport.errnos import failure_of
from schema.words import Failure

if TYPE_CHECKING:
    from probe.transport.pending import Pending
    from probe.transport.port import Clock
    from schema.record import TlsSeen

#: A peer that does not read what we send it is cut off before it fills our memory.
_MAX_UNSENT_BYTES: Final = 1 << 20


class Owner(Protocol):
    """What a connection reports to."""

    @property
    def clock(self) -> Clock:
        """Times of sending and receiving."""

    @property
    def buffer(self) -> memoryview:
        """Where what is received may stand until `buffer_updated` returns."""

    def sent(self, pendings: list[Pending]) -> None:
        """These were written to the connection just now: their windows begin."""

    def finish(self, pending: Pending, failure: Failure | None) -> None:
        """*pending* is no longer the connection's; its result stands."""

    def again(self, pending: Pending) -> None:
        """The peer has not looked at *pending*: it may be sent once more, elsewhere."""

    def room(self) -> None:
        """The connection may take another question now."""

    def draining(self, link: Link) -> None:
        """*link* answers what it has and takes no more."""

    def lost(self, link: Link) -> None:
        """*link* is gone, and everything that was in flight on it is finished or handed back."""


class Link(asyncio.BufferedProtocol):
    """A connection that carries several questions at once; writes of one turn of the event loop leave together."""

    def __init__(self, owner: Owner) -> None:
        """Report to *owner*."""
        self.owner = owner
        self.tls: TlsSeen | None = None
        self.in_flight: dict[int, Pending] = {}
        self.answered = 0
        self.used_mono_ns = 0
        self.open = False
        self.transport: asyncio.Transport = cast("asyncio.Transport", None)  # set by connection_made
        self._fault: Failure | None = None
        self._outgoing: list[Pending] = []
        self._loop = asyncio.get_running_loop()

    @abstractmethod
    def data_received(self, data: bytes) -> None:
        """Take what the peer has sent."""

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  a hint
        """Room for many TLS records: taking each by itself costs as much as the answer in it."""
        return self.owner.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """So much has come."""
        self.data_received(bytes(self.owner.buffer[:nbytes]))

    @abstractmethod
    def takes(self, pending: Pending) -> bool:
        """Whether *pending* can be sent here now."""

    @abstractmethod
    def encode(self, pendings: list[Pending]) -> bytes:
        """The bytes that put *pendings* on the wire."""

    @abstractmethod
    def reserve(self, pending: Pending) -> int:
        """The key under which *pending* is in flight here."""

    @property
    def broken_inside(self) -> bool:
        """Whether the stream ended where it must not."""
        return False

    def send(self, pending: Pending) -> None:
        """Put *pending* in flight; `takes` said yes."""
        pending.link = self
        pending.tls = self.tls
        pending.key = self.reserve(pending)
        self.in_flight[pending.key] = pending
        if not self._outgoing:
            self._loop.call_soon(self._flush)
        self._outgoing.append(pending)

    def _flush(self) -> None:
        outgoing, self._outgoing = self._outgoing, []
        if not self.open:
            return
        wall, mono = self.owner.clock
        at, now = wall(), mono()
        for pending in outgoing:
            pending.sent_at_ns = at
            pending.sent_mono_ns = now
        self.used_mono_ns = now
        self.owner.sent(outgoing)
        self.put(outgoing)

    def put(self, pendings: list[Pending]) -> None:
        """Let *pendings* leave."""
        self.write(self.encode(pendings))

    def write(self, data: bytes) -> None:
        """Write unless the peer has stopped reading."""
        if self.transport.get_write_buffer_size() > _MAX_UNSENT_BYTES:
            self.fail(Failure.CLOSED)
        else:
            self.transport.write(data)

    def settle(self, pending: Pending, failure: Failure | None) -> None:
        """*pending* is answered or has failed; the connection goes on."""
        del self.in_flight[pending.key]
        self.answered += 1
        self.owner.finish(pending, failure)

    def forget(self, pending: Pending) -> None:
        """The window of *pending* is over."""
        self.in_flight.pop(pending.key, None)

    def fail(self, failure: Failure) -> None:
        """The peer broke the protocol: end the connection, and *failure* is what its questions came to."""
        self._fault = self._fault or failure
        self.open = False
        self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Open for questions."""
        self.transport = cast("asyncio.Transport", transport)
        self.open = True

    def connection_lost(self, exc: Exception | None) -> None:
        """Questions without an answer: sent again after a clean end (RFC 7766 §6.2.4), failed otherwise."""
        self.open = False
        failure = self._fault
        if failure is None and exc is not None:
            if isinstance(exc, ssl.SSLError):
                failure = Failure.TLS_FAILED
            else:
                failure = failure_of(exc) if isinstance(exc, OSError) and exc.errno else Failure.RESET
        if failure is None and self.broken_inside:
            failure = Failure.FRAMING
        unanswered, self.in_flight = list(self.in_flight.values()), {}
        for pending in unanswered:
            if failure is None:
                self.owner.again(pending)
            else:
                self.owner.finish(pending, failure)
        self.owner.lost(self)
