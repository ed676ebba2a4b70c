"""Serves a place of the scripted world as DNS over HTTP/2, by POST and GET (RFC 8484)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, urlsplit

import h2.config
import h2.connection
import h2.events
import h2.exceptions

from deploy.lab.endpoints import DOH_PATH
from deploy.lab.streams import Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from deploy.lab.world import Reply

_MEDIA_TYPE = b"application/dns-message"
_MAX_MESSAGE_BYTES = 65_535
_MAX_GET_CHARS = 4 * _MAX_MESSAGE_BYTES // 3 + 4
_CONFIG = h2.config.H2Configuration(client_side=False, header_encoding=None)


class _Refusal(Exception):  # noqa: N818 - an HTTP status, not a fault of ours
    """A request that is answered with a status and no message."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class _Request(NamedTuple):
    headers: dict[bytes, bytes]
    body: bytearray


class H2Front(Connection):
    """One HTTP/2 connection; streams are answered as their replies are due, a silent one never."""

    def __init__(self, live: set[Connection], replies: Callable[[bytes], Sequence[Reply]]) -> None:
        """Answer with the first of *replies*."""
        super().__init__(live)
        self._replies = replies
        self._h2 = h2.connection.H2Connection(_CONFIG)
        self._requests: dict[int, _Request] = {}
        self._waiting: dict[int, bytes] = {}  # bodies for which the client has opened no window yet

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet a client that speaks HTTP/2 and close to any other."""
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        if tls is None or tls.selected_alpn_protocol() != "h2":
            transport.close()
            return
        self._h2.initiate_connection()
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Take in frames and answer what they complete."""
        try:
            events = self._h2.receive_data(data)
        except h2.exceptions.ProtocolError:
            self._flush()  # the GOAWAY that says why
            if self.transport:
                self.transport.close()
            return
        for event in events:
            with contextlib.suppress(h2.exceptions.ProtocolError):  # a stream that the client has reset meanwhile
                self._take(event)
        self._flush()

    def _take(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.RequestReceived) and event.stream_id and event.headers:
            self._requests[event.stream_id] = _Request(dict(event.headers), bytearray())
        elif isinstance(event, h2.events.DataReceived) and event.stream_id:
            self._h2.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id)
            request = self._requests.get(event.stream_id)
            if request and len(request.body) <= _MAX_MESSAGE_BYTES:
                request.body.extend(event.data or b"")
        elif isinstance(event, h2.events.StreamEnded) and event.stream_id:
            request = self._requests.pop(event.stream_id, None)
            if request:
                self._answer(event.stream_id, request)
        elif isinstance(event, h2.events.StreamReset) and event.stream_id:
            self._requests.pop(event.stream_id, None)
            self._waiting.pop(event.stream_id, None)
        elif isinstance(event, h2.events.WindowUpdated | h2.events.RemoteSettingsChanged):
            for stream_id in list(self._waiting):
                self._send_body(stream_id)
        elif isinstance(event, h2.events.ConnectionTerminated) and self.transport:
            self.transport.close()

    def _answer(self, stream_id: int, request: _Request) -> None:
        try:
            replies = self._replies(_message(request))
        except _Refusal as refusal:
            self._h2.send_headers(stream_id, [(b":status", b"%d" % refusal.status)], end_stream=True)
            return
        for wire, delay_ms in replies[:1]:
            if delay_ms:
                asyncio.get_running_loop().call_later(delay_ms / 1000, self._respond_later, stream_id, wire)
            else:
                self._respond(stream_id, wire)

    def _respond(self, stream_id: int, wire: bytes) -> None:
        headers = [
            (b":status", b"200"),
            (b"content-type", _MEDIA_TYPE),
            (b"content-length", b"%d" % len(wire)),
            (b"server", b"ottempera-lab"),
        ]
        self._h2.send_headers(stream_id, headers)
        self._waiting[stream_id] = wire
        self._send_body(stream_id)

    def _respond_later(self, stream_id: int, wire: bytes) -> None:
        with contextlib.suppress(h2.exceptions.ProtocolError):  # the client has reset the stream or left
            self._respond(stream_id, wire)
        self._flush()

    def _send_body(self, stream_id: int) -> None:
        body = self._waiting.pop(stream_id)
        while body:
            room = min(self._h2.local_flow_control_window(stream_id), self._h2.max_outbound_frame_size)
            if room <= 0:
                self._waiting[stream_id] = body
                return
            self._h2.send_data(stream_id, body[:room], end_stream=len(body) <= room)
            body = body[room:]

    def _flush(self) -> None:
        data = self._h2.data_to_send()
        if data:
            self.write(data)


def _message(request: _Request) -> bytes:
    """The DNS message in *request* (RFC 8484 §4.1)."""
    target = urlsplit(request.headers.get(b":path", b"").decode("ascii", "replace"))
    if target.path != DOH_PATH:
        raise _Refusal(404)
    method = request.headers.get(b":method")
    if method == b"POST":
        if request.headers.get(b"content-type") != _MEDIA_TYPE:
            raise _Refusal(415)
        if len(request.body) > _MAX_MESSAGE_BYTES:
            raise _Refusal(413)
        return bytes(request.body)
    if method != b"GET":
        raise _Refusal(405)
    encoded = parse_qs(target.query).get("dns", [""])[0]
    if not encoded or len(encoded) > _MAX_GET_CHARS:
        raise _Refusal(400)
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _Refusal(400) from error
