"""Serves DNS over QUIC (RFC 9250), where no resolver program at hand does: each message goes to whoever answers it.

The namespace lab sends messages on to a resolver on this machine (`real.quicforward`); the scripted lab answers them itself.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.asyncio.server import QuicServer
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ConnectionTerminated, QuicEvent, StopSendingReceived, StreamDataReceived
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

if TYPE_CHECKING:
    from aioquic.quic.connection import QuicConnection

#: Gives the answer to a message, its id included; nothing: there is none, and whoever asked waits in vain.
Answering: TypeAlias = Callable[[bytes], Awaitable[bytes]]

_LENGTH_BYTES: Final = 2
_HEADER_BYTES: Final = 12
_MAX_CONVERSATIONS: Final = 256
_BUFFER_BYTES: Final = 4 << 20
_IDLE_S: Final = 60.0
# RFC 9250 §4.3
_INTERNAL_ERROR: Final = 0x1
_PROTOCOL_ERROR: Final = 0x2
_EXCESSIVE_LOAD: Final = 0x4


def quic_configuration(pem: bytes) -> QuicConfiguration:
    """A server's side of QUIC with the key, the certificate and the chain in *pem*, certificates in the order to be sent.

    Raises:
        ValueError: no key or no certificate in it.
    """
    own, *others = x509.load_pem_x509_certificates(pem)
    key = pem[pem.index(b"-----BEGIN PRIVATE KEY-----") :]
    return QuicConfiguration(
        is_client=False,
        alpn_protocols=["doq"],
        certificate=own,
        certificate_chain=others,
        private_key=load_pem_private_key(key, password=None),
        idle_timeout=_IDLE_S,
    )


class QuicFront:
    """A UDP port on which DNS over QUIC is answered, from `start` to `close`."""

    def __init__(self, answer: Answering, configuration: QuicConfiguration) -> None:
        """Answer with *answer*, which raises OSError where it cannot."""
        self._answer = answer
        self._configuration = configuration
        self._live: set[Conversation] = set()
        self._server: QuicServer | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> tuple[str, int]:
        """Listen at numeric *host*; where that is.

        Raises:
            OSError: the port is not to be had.
        """
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sock.settimeout(0)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
            sock.bind((host, port))
            _, self._server = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: QuicServer(configuration=self._configuration, create_protocol=self._conversation), sock=sock
            )
        except BaseException:
            sock.close()
            raise
        name = sock.getsockname()
        return name[0], name[1]

    def _conversation(self, quic: QuicConnection, **_: Any) -> Conversation:  # noqa: ANN401  what aioquic hands over
        return Conversation(quic, self._answer, self._live)

    async def close(self) -> None:
        """Tell every client that this is the end, and free the port."""
        tasks = [task for conversation in self._live for task in conversation.end()]
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._server is not None:
            self._server.close()
            self._server = None
        self._live.clear()
        await asyncio.sleep(0)  # transports close in a turn of their own


class Conversation(QuicConnectionProtocol):
    """A client's connection; each of its streams is a question."""

    def __init__(self, quic: QuicConnection, answer: Answering, live: set[Conversation]) -> None:
        """Join *live* while connected; one too many is sent away."""
        super().__init__(quic)
        self._answering = answer
        self._live = live
        self._questions: dict[int, bytes] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}  # by stream
        if len(live) >= _MAX_CONVERSATIONS:
            quic.close(error_code=_EXCESSIVE_LOAD)
        else:
            live.add(self)

    def end(self) -> list[asyncio.Task[None]]:
        """Answer nothing more; what was being answered, so that its end can be waited for."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        return tasks

    def quic_event_received(self, event: QuicEvent) -> None:
        """Take a piece of a question, or the end."""
        if isinstance(event, ConnectionTerminated):
            self._live.discard(self)
            self.end()
        elif isinstance(event, StopSendingReceived):  # nobody waits any more, and nothing can be sent
            if event.stream_id in self._tasks:
                self._tasks[event.stream_id].cancel()
        elif isinstance(event, StreamDataReceived):
            question = self._questions.pop(event.stream_id, b"") + event.data
            whole = _LENGTH_BYTES + int.from_bytes(question[:_LENGTH_BYTES], "big")
            if event.end_stream and len(question) == whole and whole >= _LENGTH_BYTES + _HEADER_BYTES:
                self._ask(event.stream_id, question[_LENGTH_BYTES:])
            elif event.end_stream or (len(question) >= _LENGTH_BYTES and len(question) > whole):
                self.close(error_code=_PROTOCOL_ERROR)
            else:
                self._questions[event.stream_id] = question

    def _ask(self, stream: int, message: bytes) -> None:
        if message[:2] != b"\0\0":  # RFC 9250 §4.2.1
            self.close(error_code=_PROTOCOL_ERROR)
            return
        task = asyncio.get_running_loop().create_task(self._answer(stream, message))
        self._tasks[stream] = task
        task.add_done_callback(lambda _: self._tasks.pop(stream, None))

    async def _answer(self, stream: int, message: bytes) -> None:
        try:
            wire = await self._answering(message)
        except OSError:
            self._quic.reset_stream(stream, _INTERNAL_ERROR)
        else:
            if not wire:
                return
            self._quic.send_stream_data(stream, len(wire).to_bytes(_LENGTH_BYTES, "big") + wire, end_stream=True)
        self.transmit()
