"""DNS over HTTPS (RFC 8484): POST over one HTTP/2 connection, a stream for each question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from probe.transport import h2frames as h2
from probe.transport.h2headers import HeaderReader
from probe.transport.link import Link
from probe.transport.port import MAX_MESSAGE_BYTES
from schema.words import Failure

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from probe.transport.link import Owner
    from probe.transport.pending import Pending
    from schema.endpoint import Endpoint

_STREAM_WINDOW: Final = 2 * (MAX_MESSAGE_BYTES + 1)  # a body that is too long is seen to be, within one window
_CONNECTION_WINDOW: Final = 1 << 24
_MAX_BLOCK_BYTES: Final = 65_536
_LAST_STREAM: Final = 1 << 30
_BEFORE_SETTINGS: Final = 100  # streams, until the peer says how many it takes
_OK: Final = 200
_OPENING: Final = (
    h2.PREFACE
    + h2.frame(
        h2.SETTINGS, 0, 0, h2.settings({h2.ENABLE_PUSH: 0, h2.INITIAL_WINDOW_SIZE: _STREAM_WINDOW, h2.MAX_HEADER_LIST_SIZE: _MAX_BLOCK_BYTES})
    )
    + h2.frame(h2.WINDOW_UPDATE, 0, 0, h2.number(_CONNECTION_WINDOW - h2.DEFAULT_WINDOW_BYTES))
)  # fmt: skip


class HttpsLink(Link):
    """An HTTP/2 connection. Streams are the keys of what is in flight; the DNS ids do not matter here."""

    def __init__(self, owner: Owner, endpoint: Endpoint, depth: int) -> None:
        """Ask at the authority and path of *endpoint*, at most *depth* questions at once."""
        super().__init__(owner)
        port = "" if endpoint.port == 443 else f":{endpoint.port}"  # noqa: PLR2004  the scheme's default
        self._head = h2.request_head(endpoint.tls_name + port, endpoint.path)
        self._forms: dict[int, h2.RequestForm] = {}  # by the query's size
        self._depth = depth
        self._most = min(depth, _BEFORE_SETTINGS)
        self._next = 1
        self._frames = h2.FrameReader()
        self._headers = HeaderReader()
        self._bodies: dict[int, bytes] = {}
        self._block: tuple[h2.Frame, bytes] | None = None  # a header block that CONTINUATION goes on with
        self._greeted = False
        self._going = False
        self._window = h2.DEFAULT_WINDOW_BYTES  # what we may send
        self._stream_window = h2.DEFAULT_WINDOW_BYTES
        self._consumed = 0  # what we have taken of our own window
        self._on: Final[dict[int, Callable[[h2.Frame], None]]] = {
            h2.DATA: self._data, h2.HEADERS: self._header_block, h2.CONTINUATION: self._header_block,
            h2.SETTINGS: self._settings, h2.PING: self._ping, h2.RST_STREAM: self._reset,
            h2.GOAWAY: self._go_away, h2.WINDOW_UPDATE: self._window_update, h2.PUSH_PROMISE: self._pushed,
        }  # fmt: skip

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet the peer, who has agreed to HTTP/2."""
        super().connection_made(transport)
        self.write(_OPENING)

    def takes(self, pending: Pending) -> bool:
        """Whether a stream and the peer's window have room."""
        size = len(pending.ask.query)
        return (
            self.open
            and len(self.in_flight) < self._most
            and self._next < _LAST_STREAM
            and not self._going
            and size <= self._window
            and size <= self._stream_window
        )

    def reserve(self, pending: Pending) -> int:
        """The next stream."""
        stream, self._next = self._next, self._next + 2
        self._window -= len(pending.ask.query)
        return stream

    def encode(self, pendings: list[Pending]) -> bytes:
        """HEADERS and DATA of each."""
        parts = []
        for pending in pendings:
            query = pending.ask.query
            form = self._forms.get(len(query))
            if form is None:
                form = self._forms[len(query)] = h2.RequestForm(self._head, len(query))
            parts.append(form.request(pending.key, query))
        return b"".join(parts)

    def forget(self, pending: Pending) -> None:
        """Cancel the stream."""
        super().forget(pending)
        self._drop(pending.key, h2.CANCEL)
        self._end_if_done()

    def _end_if_done(self) -> None:
        if self._going and self.open and not self.in_flight:
            self.open = False
            self.transport.close()

    def _drop(self, stream: int, code: int) -> None:
        self._bodies.pop(stream, None)
        if self.open:
            self.write(h2.frame(h2.RST_STREAM, 0, stream, h2.number(code)))

    @property
    def broken_inside(self) -> bool:
        """Whether the stream ended within a frame."""
        return bool(self._frames.rest) or self._block is not None

    def data_received(self, data: bytes) -> None:
        """Take the frames in order; a peer that breaks HTTP/2 is cut off."""
        try:
            for item in self._frames.feed(data):
                self._take(item)
                if not self.open:
                    return
        except h2.FrameError:
            self.fail(Failure.FRAMING)
            return
        self._end_if_done()
        self.owner.room()

    def _take(self, item: h2.Frame) -> None:
        kind = item.kind
        if not self._greeted and kind != h2.SETTINGS:
            raise h2.FrameError("no SETTINGS first")
        if (self._block is not None) != (kind == h2.CONTINUATION):
            raise h2.FrameError("CONTINUATION out of place")
        handler = self._on.get(kind)
        if handler is not None:
            handler(item)

    def _header_block(self, item: h2.Frame) -> None:
        first, block = item, b""
        if self._block is not None:
            first, block = self._block
            if first.stream != item.stream:
                raise h2.FrameError("CONTINUATION of another stream")
            block += item.payload
        else:
            block = h2.content(item)
        if len(block) > _MAX_BLOCK_BYTES:
            raise h2.FrameError("a header block without end")
        if not item.flags & h2.END_HEADERS:
            self._block = (first, block)
            return
        self._block = None
        seen = self._headers.read(block)  # also of streams given up: the table goes on
        pending = self.in_flight.get(first.stream)
        if pending is None:
            return
        if pending.http is None and seen.status >= _OK:  # 1xx is not the response, trailers are none of ours
            pending.http = seen
        if first.flags & h2.END_STREAM:
            self._complete(pending, self._bodies.pop(pending.key, b""))

    def _data(self, item: h2.Frame) -> None:
        self._consumed += len(item.payload)
        if self._consumed > _CONNECTION_WINDOW // 2:
            self.write(h2.frame(h2.WINDOW_UPDATE, 0, 0, h2.number(self._consumed)))
            self._consumed = 0
        pending = self.in_flight.get(item.stream)
        if pending is None:
            return
        body = h2.content(item)
        if item.stream in self._bodies:
            body = self._bodies.pop(item.stream) + body
        if len(body) > MAX_MESSAGE_BYTES:
            self._drop(item.stream, h2.CANCEL)
            self.settle(pending, Failure.TOO_LARGE)
        elif item.flags & h2.END_STREAM:
            self._complete(pending, body)
        else:
            self._bodies[item.stream] = body

    def _complete(self, pending: Pending, body: bytes) -> None:
        if pending.http is None:
            self.settle(pending, Failure.FRAMING)
        elif pending.http.status != _OK:
            self.settle(pending, Failure.HTTP_STATUS)
        else:
            pending.heard(body, self.owner.clock.mono())
            self.settle(pending, None)

    def _settings(self, item: h2.Frame) -> None:
        if item.flags & h2.ACK:
            return
        self._greeted = True
        values = h2.read_settings(item.payload)
        if h2.MAX_CONCURRENT_STREAMS in values:
            self._most = min(self._depth, values[h2.MAX_CONCURRENT_STREAMS])
        self._stream_window = values.get(h2.INITIAL_WINDOW_SIZE, self._stream_window)
        self.write(h2.frame(h2.SETTINGS, h2.ACK, 0))

    def _ping(self, item: h2.Frame) -> None:
        if not item.flags & h2.ACK:
            self.write(h2.frame(h2.PING, h2.ACK, 0, item.payload))

    def _window_update(self, item: h2.Frame) -> None:
        if item.stream == 0:
            self._window += h2.read_number(item.payload) & h2.MAX_WINDOW_BYTES
            if self._window > h2.MAX_WINDOW_BYTES:
                raise h2.FrameError("a window without end")

    def _reset(self, item: h2.Frame) -> None:
        code = h2.read_number(item.payload)
        pending = self.in_flight.get(item.stream)
        if pending is None:
            return
        self._bodies.pop(item.stream, None)
        if code == h2.REFUSED_STREAM:  # RFC 9113 §8.7: it was not processed
            self._hand_back(pending)
        else:
            self.settle(pending, Failure.RESET)

    def _go_away(self, item: h2.Frame) -> None:
        last = h2.read_number(item.payload) & h2.MAX_WINDOW_BYTES
        if not self._going:
            self._going = True
            self.owner.draining(self)
        for stream in [stream for stream in self.in_flight if stream > last]:
            self._hand_back(self.in_flight[stream])

    def _hand_back(self, pending: Pending) -> None:
        del self.in_flight[pending.key]
        pending.http = None
        self.owner.again(pending)

    def _pushed(self, item: h2.Frame) -> None:
        raise h2.FrameError(f"a push on stream {item.stream} after we refused pushes")
