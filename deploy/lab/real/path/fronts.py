"""The device's own servers: DNS over TLS and HTTPS with a certificate that does not verify, and a relay of TCP port 53."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from deploy.lab.h2front import H2Front
from deploy.lab.real.path.forging import Question, forge, read_question
from deploy.lab.real.path.meddling import Meddling, about, style_of
from deploy.lab.real.path.rules import MARK
from deploy.lab.streams import Connection, Framed
from deploy.lab.world import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from deploy.lab.ca import Authority

_SOL_IP, _SO_ORIGINAL_DST = 0, 80  # linux/netfilter_ipv4.h
_SOCKADDR_BYTES: Final = 16
_PORTS: Final = {853: "dot", 443: "h2"}
_PREFIX_BYTES: Final = 2


class TlsFront:
    """Answers DNS over TLS and HTTPS at *address* for every resolver, as whoever the client asks for.

    *name* is the certificate's where the device shows its own; empty: it shows the name that the client wants. Whether a
    client can trust it is up to *authority*.
    """

    def __init__(self, meddling: Meddling, address: str, authority: Authority, *, name: str = "") -> None:
        self.asked = 0  # questions that somebody put although the certificate does not verify
        self.greeted = 0  # connections
        self._meddling = meddling
        self._address = address
        self._authority = authority
        self._name = name
        self._live: set[Connection] = set()
        self._servers: list[asyncio.Server] = []

    async def start(self) -> None:
        """Serve.

        Raises:
            OSError: the ports are taken.
        """
        for port, protocol in _PORTS.items():
            kind = H2Front if protocol == "h2" else Framed
            server = await asyncio.get_running_loop().create_server(
                partial(kind, self._live, self._replies), self._address, port, ssl=self._context(protocol)
            )
            self._servers.append(server)

    async def close(self) -> None:
        """End every connection."""
        for server in self._servers:
            server.close()
        live = list(self._live)
        for connection in live:
            if connection.transport:
                connection.transport.abort()
        await asyncio.gather(*(connection.gone for connection in live))

    def _context(self, protocol: str) -> ssl.SSLContext:
        first = self._authority.server_context(self._name or "device.invalid", self._address, (protocol,))
        shown: dict[str, ssl.SSLContext] = {}

        def choose(connection: ssl.SSLObject | ssl.SSLSocket, wanted: str | None, _: ssl.SSLContext) -> None:
            self.greeted += 1
            if wanted and not self._name:
                if wanted not in shown:
                    shown[wanted] = self._authority.server_context(wanted, self._address, (protocol,))
                connection.context = shown[wanted]

        first.sni_callback = choose
        return first

    def _replies(self, query: bytes) -> list[Reply]:
        self.asked += 1
        question = read_question(query)
        return [] if question is None else [Reply(_forged(self._meddling, question, None), 0)]


class TcpRelay:
    """Carries TCP port 53 between probers and resolvers, and answers questions about the device's names itself."""

    def __init__(
        self, meddling: Meddling, address: str, port: int, nsid: Callable[[str], bytes | None] = lambda _: None
    ) -> None:
        """Listen at *address* and *port*, where the path sends connections that were meant for resolvers.

        *nsid* tells the NSID of the resolver at an address.
        """
        self.forged = 0
        self._meddling = meddling
        self._where = address, port
        self._nsid = nsid
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Serve.

        Raises:
            OSError: the port is taken.
        """
        self._server = await asyncio.start_server(self._carry, *self._where)

    async def close(self) -> None:
        """End every connection."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine that runs has one
        self._tasks.add(task)
        try:
            with suppress(OSError, EOFError):
                await self._between(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _between(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = _meant_for(writer.get_extra_info("socket"))
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, MARK)
        await asyncio.get_running_loop().sock_connect(sock, (host, port))
        from_resolver, to_resolver = await asyncio.open_connection(sock=sock)

        back = asyncio.ensure_future(_copy(from_resolver, writer, _unchanged))
        try:
            await _copy(reader, to_resolver, partial(self._question, host, writer))
        finally:
            to_resolver.close()
            back.cancel()

    def _question(self, host: str, client: asyncio.StreamWriter, wire: bytes) -> bytes:
        """*wire* where it goes on to the resolver, else nothing: it is answered here."""
        question = read_question(wire)
        if question is None or not about(self._meddling.names, question):
            return wire
        if not client.is_closing():
            self.forged += 1
            client.write(_framed(_forged(self._meddling, question, self._nsid(host))))
        return b""


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, each: Callable[[bytes], bytes]) -> None:
    while True:
        wire = await reader.readexactly(int.from_bytes(await reader.readexactly(_PREFIX_BYTES), "big"))
        passed = each(wire)
        if writer.is_closing():
            return
        if passed:
            writer.write(_framed(passed))
            await writer.drain()


def _unchanged(wire: bytes) -> bytes:
    return wire


def _framed(wire: bytes) -> bytes:
    return len(wire).to_bytes(_PREFIX_BYTES, "big") + wire


def _forged(meddling: Meddling, question: Question, nsid: bytes | None) -> bytes:
    return forge(question, style_of(meddling, question.name), nsid=nsid if meddling.imitate else None)


def _meant_for(connection: socket.socket) -> tuple[str, int]:
    """Where a translated connection was meant to go (IPv4)."""
    found = connection.getsockopt(_SOL_IP, _SO_ORIGINAL_DST, _SOCKADDR_BYTES)
    port, packed = struct.unpack_from(">2xH4s", found)
    return socket.inet_ntoa(packed), port
