"""A DNS over QUIC server that a test tells what to say on each stream."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Any

from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.asyncio.server import QuicServer
from aioquic.quic.events import (
    ConnectionTerminated,
    HandshakeCompleted,
    ProtocolNegotiated,
    QuicEvent,
    StopSendingReceived,
    StreamDataReceived,
)

from tests.helpers.resolvers import reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aioquic.quic.configuration import QuicConfiguration


class Talk(QuicConnectionProtocol):
    """One connection, as the server has it."""

    resolver: QuicResolver

    def quic_event_received(self, event: QuicEvent) -> None:
        self.resolver.take(self, event)

    def respond(self, stream: int, *wires: bytes, end: bool = True) -> None:
        """Length-prefixed messages on *stream*."""
        self.raw(stream, b"".join(len(wire).to_bytes(2, "big") + wire for wire in wires), end=end)

    def raw(self, stream: int, data: bytes, *, end: bool = True) -> None:
        """Bytes on *stream*."""
        self._quic.send_stream_data(stream, data, end_stream=end)
        self.transmit()

    def reset(self, stream: int) -> None:
        """End *stream* with an error."""
        self._quic.reset_stream(stream, 0x1)
        self.transmit()

    def hang_up(self, code: int = 0) -> None:
        """Close the connection."""
        self.close(error_code=code)


class QuicResolver:
    """Counts what it sees and lets *act* answer each whole question: (connection, stream, message)."""

    def __init__(self, act: Callable[[Talk, int, bytes], None] | None = None) -> None:
        self.act = act or (lambda talk, stream, query: talk.respond(stream, reply(query)))
        self.queries: list[bytes] = []
        self.streams: list[int] = []
        self.talks: list[Talk] = []
        self.stopped: list[tuple[int, int]] = []
        self.closes: list[int] = []
        self.closed = asyncio.Event()
        self.stop_seen = asyncio.Event()
        self.alpn: str | None = None
        self._parts: dict[tuple[Talk, int], bytes] = {}

    def take(self, talk: Talk, event: QuicEvent) -> None:
        if isinstance(event, ProtocolNegotiated | HandshakeCompleted):
            self.alpn = event.alpn_protocol
        elif isinstance(event, StopSendingReceived):
            self.stopped.append((event.stream_id, event.error_code))
            self.stop_seen.set()
        elif isinstance(event, ConnectionTerminated):
            self.closes.append(event.error_code)
            self.closed.set()
        elif isinstance(event, StreamDataReceived):
            data = self._parts.pop((talk, event.stream_id), b"") + event.data
            if not event.end_stream:
                self._parts[talk, event.stream_id] = data
                return
            assert int.from_bytes(data[:2], "big") == len(data) - 2, "one message, and the end of the stream"
            self.queries.append(data[2:])
            self.streams.append(event.stream_id)
            self.act(talk, event.stream_id, data[2:])

    def talk(self, quic: Any, **_: Any) -> Talk:
        talk = Talk(quic)
        talk.resolver = self
        self.talks.append(talk)
        return talk


@contextlib.asynccontextmanager
async def listening(
    resolver: QuicResolver, configuration: QuicConfiguration, where: tuple[str, int] = ("127.0.0.1", 0)
) -> AsyncIterator[tuple[str, int]]:
    """*resolver* on a UDP port, and where that is; at the end it vanishes without a word."""
    sock = socket.socket(socket.AF_INET6 if ":" in where[0] else socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(0)
    sock.bind(where)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: QuicServer(configuration=configuration, create_protocol=resolver.talk), sock=sock
    )
    try:
        yield sock.getsockname()[:2]
    finally:
        transport.close()
        for talk in resolver.talks:
            if talk._timer is not None:
                talk._timer.cancel()
        await asyncio.sleep(0)
