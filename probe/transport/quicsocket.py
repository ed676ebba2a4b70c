"""A QUIC connection on a socket of its own: datagrams and timers in, datagrams and events out.

The socket is connected: what comes from elsewhere does not reach it, and nothing is sent elsewhere, whatever address a
server prefers (RFC 9000 §9.6).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, Protocol

from aioquic.quic.packet import QuicFrameType

from probe.transport.ancillary import ANCILLARY_BYTES, fresh, received, take_error
from probe.transport.errnos import EXHAUSTED, failure_of, icmp_failure
from probe.transport.quicend import TLS_ALERTS, ended_by, how_it_ended
from schema.words import Failure

if TYPE_CHECKING:
    from aioquic.quic.connection import QuicConnection
    from aioquic.quic.events import QuicEvent

    from probe.transport.port import Clock

_MAX_DATAGRAM_BYTES: Final = 65_535
_AT_ONCE: Final = 64  # datagrams, then others have their turn
_NS: Final = 1_000_000_000

logging.getLogger("quic").addHandler(logging.NullHandler())  # peers have no say on our standard error


class Taker(Protocol):
    """Whoever a connection belongs to."""

    def happened(self, event: QuicEvent, now_ns: int) -> None:
        """*event* came with a datagram received at *now_ns* of the monotonic clock."""

    def settled(self) -> None:
        """All events of a turn have happened."""

    def over(self, failure: Failure | None) -> None:
        """The connection has ended; None: as it should. Nothing follows."""


class QuicSocket(asyncio.Transport):
    """Carries one connection to numeric *where*; a transport only in that it can be closed."""

    def __init__(self, quic: QuicConnection, where: tuple[str, int], clock: Clock) -> None:
        """Take a socket and start nothing.

        Raises:
            OSError: no socket, no way to *where*.
        """
        super().__init__()
        self.quic = quic
        self.taker: Taker
        self.heard_mono_ns = 0  # when a datagram came last
        self._loop = asyncio.get_running_loop()
        self._clock = clock
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at: float | None = None
        self._closing = False
        self._sock = fresh(where[0])
        try:
            self._sock.connect(where)
        except OSError:
            self._sock.close()
            raise
        self._peer = self._sock.getpeername()

    def start(self, taker: Taker) -> None:
        """Begin the handshake; everything goes to *taker*."""
        self.taker = taker
        self._loop.add_reader(self._sock.fileno(), self._read)
        self.quic.connect(self._peer, now=self._loop.time())
        self.transmit()

    def is_closing(self) -> bool:
        """Whether it has ended."""
        return self._closing

    def close(self) -> None:
        """End the connection, telling the peer that nothing is wrong (RFC 9250 §4.3, DOQ_NO_ERROR)."""
        self.end(None)

    def abort(self) -> None:
        """The same: a QUIC peer that is not told would go on sending."""
        self.end(None)

    def end(self, failure: Failure | None, code: int = 0) -> None:
        """Send what is left and a close with *code*, free everything, and report *failure* in a turn of its own."""
        if self._closing:
            return
        self._closing = True  # before anything is sent: that may fail, and the end is one all the same
        if ended_by(self.quic) is None:
            self.quic.close(error_code=code, frame_type=QuicFrameType.CRYPTO if code in TLS_ALERTS else None)
            self._send_all()
        if self._timer is not None:
            self._timer.cancel()
        self._loop.remove_reader(self._sock.fileno())
        self._sock.close()
        self._loop.call_soon(self.taker.over, failure)

    def transmit(self) -> None:
        """Send what is due and wake when the connection next wants to."""
        if self._closing or not self._send_all():
            return
        at = self.quic.get_timer()
        if at == self._timer_at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = at
        self._timer = None if at is None else self._loop.call_at(at, self._due)

    def _send_all(self) -> bool:
        for data, address in self.quic.datagrams_to_send(now=self._loop.time()):
            if address[:2] != self._peer[:2]:
                continue
            try:
                self._sock.send(data)
            except OSError as error:
                if error.errno in EXHAUSTED:
                    continue  # lost, as on any network
                self._broken(failure_of(error))
                return False
        return True

    def _broken(self, failure: Failure) -> None:
        self.quic.close()  # for nobody to hear
        self.quic.datagrams_to_send(now=self._loop.time())
        self.end(failure)

    def _due(self) -> None:
        at, self._timer, self._timer_at = self._timer_at or 0.0, None, None
        self.quic.handle_timer(now=max(at, self._loop.time()))
        self._tell(self._clock.mono())

    def _read(self) -> None:
        for number in range(_AT_ONCE):
            try:
                data, ancillary, _flags, _address = self._sock.recvmsg(_MAX_DATAGRAM_BYTES, ANCILLARY_BYTES)
            except BlockingIOError:
                if not number and (code := take_error(self._sock)):  # awake, and nothing to read
                    self._broken(icmp_failure(code))
                return
            except OSError as error:
                self._broken(icmp_failure(error.errno or 0))
                return
            now = self.heard_mono_ns = self._when(ancillary)
            try:
                self.quic.receive_datagram(data, self._peer, now=self._loop.time())
            except Exception:  # noqa: BLE001  whatever a peer's bytes make of the library ends this connection only
                self._broken(Failure.FRAMING)
                return
            self._tell(now)
            if self._closing:
                return

    def _when(self, ancillary: list[tuple[int, int, bytes]]) -> int:
        """The kernel's time of receipt on the monotonic clock, or now where it says none that can be."""
        now = self._clock.mono()
        at_ns, _ = received(ancillary)
        ago = self._clock.wall() - at_ns
        return now - ago if at_ns and 0 <= ago < _NS else now

    def _tell(self, now_ns: int) -> None:
        while not self._closing and (event := self.quic.next_event()) is not None:
            self.taker.happened(event, now_ns)
        if self._closing:
            return
        ended = ended_by(self.quic)
        if ended is not None:
            failure = how_it_ended(self.quic, ended)
            self.transmit()
            self.end(failure)
        else:
            self.taker.settled()
            self.transmit()
