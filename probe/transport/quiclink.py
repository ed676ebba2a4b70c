"""DNS over QUIC (RFC 9250): a stream for each question, two octets of length before each message, no ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from aioquic.quic.events import StopSendingReceived, StreamDataReceived, StreamReset

from probe.transport.link import Link
from probe.transport.window import NS
from schema.words import Failure

if TYPE_CHECKING:
    import asyncio

    from aioquic.quic.events import QuicEvent

    from probe.transport.link import Owner
    from probe.transport.pending import Pending
    from probe.transport.quicsocket import QuicSocket

_HEADER_BYTES: Final = 12
_LENGTH_BYTES: Final = 2
_STEP: Final = 4  # between the numbers of streams that a client opens in both directions (RFC 9000 §2.1)
_SHORTEST_IDLE_S: Final = 0.1  # who promises less is taken to mean this
# RFC 9250 §4.3
_PROTOCOL_ERROR: Final = 0x2
_REQUEST_CANCELLED: Final = 0x3


class QuicLink(Link):
    """A connection of streams. They are the keys of what is in flight; a question is done when its stream has ended."""

    def __init__(self, owner: Owner, sock: QuicSocket, depth: int) -> None:
        """Carry at most *depth* questions at once over *sock*, whose peer is verified."""
        super().__init__(owner)
        self._socket = sock
        self._quic = sock.quic
        self._depth = depth
        self._next = 0
        self._parts: dict[int, bytes] = {}
        self._going = False
        self.transport = cast("asyncio.Transport", sock)
        self.open = not sock.is_closing()
        sock.taker = self

    def takes(self, pending: Pending) -> bool:  # noqa: ARG002  any question is as good
        """Whether there is room, and the peer allows another stream; who may have forgotten us is not asked again."""
        if self.open and not self.in_flight and self._stale():
            self._retire()
        allowed = self._quic._remote_max_streams_bidi  # noqa: SLF001  aioquic has no public name for it
        return self.open and len(self.in_flight) < self._depth and self._next < allowed * _STEP

    def _stale(self) -> bool:
        # Close to the peer's own limit of silence a question may be thrown away (RFC 9000 §10.1), and would be taken for
        # one that was not answered.
        limit_s = self._quic._remote_max_idle_timeout  # noqa: SLF001  same; seconds, none for no limit
        quiet_ns = self.owner.clock.mono() - self._socket.heard_mono_ns
        return bool(limit_s) and quiet_ns > max(limit_s or 0.0, _SHORTEST_IDLE_S) * NS // 2

    def reserve(self, pending: Pending) -> int:  # noqa: ARG002  same
        """The next stream."""
        stream, self._next = self._next, self._next + _STEP
        return stream

    def encode(self, pendings: list[Pending]) -> bytes:
        """Each message behind its length."""
        return b"".join([len(p.ask.query).to_bytes(_LENGTH_BYTES, "big") + p.ask.query for p in pendings])

    def put(self, pendings: list[Pending]) -> None:
        """Each on its stream, which says that nothing follows."""
        for pending in pendings:
            self._quic.send_stream_data(pending.key, self.encode([pending]), end_stream=True)
        self._socket.transmit()

    def data_received(self, data: bytes) -> None:
        """Nothing comes this way."""

    def forget(self, pending: Pending) -> None:
        """Cancel the stream; from a peer that has been silent since the question, nothing more is expected."""
        super().forget(pending)
        if pending.answers:  # only the end of the stream has not come
            self.answered += 1
            self.owner.finish(pending, Failure.FRAMING if pending.key in self._parts else None)
        self._drop(pending)
        if self._socket.heard_mono_ns < pending.sent_mono_ns:
            self._retire()

    def settle(self, pending: Pending, failure: Failure | None) -> None:
        """*pending* is answered or has failed; its stream is not read on."""
        super().settle(pending, failure)
        if failure is not None:
            self._drop(pending)
        self._parts.pop(pending.key, None)

    def _drop(self, pending: Pending) -> None:
        self._parts.pop(pending.key, None)
        if self.open:
            try:
                self._quic.stop_stream(pending.key, _REQUEST_CANCELLED)
            except ValueError:  # it never left, or has ended
                return
            self._socket.transmit()

    def _retire(self) -> None:
        if not self._going:
            self._going = True
            self.owner.draining(self)
        self._end_if_done()

    def _end_if_done(self) -> None:
        if self._going and self.open and not self.in_flight:
            self.open = False
            self._socket.close()

    def fail(self, failure: Failure) -> None:
        """The peer broke the protocol: end the connection, and *failure* is what its questions came to."""
        self._fault = self._fault or failure
        self.open = False
        self._socket.end(failure, 0 if failure is Failure.LOCAL_ERROR else _PROTOCOL_ERROR)

    def happened(self, event: QuicEvent, now_ns: int) -> None:
        """Take what came on a stream."""
        if isinstance(event, StreamDataReceived):
            if event.stream_id % _STEP:
                self.fail(Failure.FRAMING)  # RFC 9250 §4.2: streams are the client's
            elif (pending := self.in_flight.get(event.stream_id)) is not None:
                self._data(pending, event, now_ns)
        elif isinstance(event, StreamReset | StopSendingReceived):
            pending = self.in_flight.get(event.stream_id)
            if pending is not None:
                self.settle(pending, Failure.RESET)

    def settled(self) -> None:
        """There may be room."""
        self._end_if_done()
        self.owner.room()

    def over(self, failure: Failure | None) -> None:
        """Questions that had begun to be answered are broken off; others may be asked again after a clean end."""
        self._fault = self._fault or failure
        if self._fault is None:
            for stream in [stream for stream in self._parts if stream in self.in_flight]:
                self.settle(self.in_flight[stream], Failure.FRAMING)
        self.connection_lost(None)

    def _data(self, pending: Pending, event: StreamDataReceived, now_ns: int) -> None:
        rest = self._parts.pop(pending.key, b"") + event.data
        while len(rest) >= _LENGTH_BYTES:
            end = _LENGTH_BYTES + int.from_bytes(rest[:_LENGTH_BYTES], "big")
            if end < _LENGTH_BYTES + _HEADER_BYTES:
                self.settle(pending, Failure.FRAMING)
                return
            if len(rest) < end:
                break
            if not pending.heard(rest[_LENGTH_BYTES:end], now_ns):
                self.settle(pending, Failure.TOO_LARGE)
                return
            rest = rest[end:]
        if event.end_stream:
            self.settle(pending, Failure.FRAMING if rest or not pending.answers else None)
        elif rest:
            self._parts[pending.key] = rest
