"""The device's relay of TCP port 53: it carries what it does not answer itself."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from deploy.lab.real.path.forging import read_question
from deploy.lab.real.path.meddling import Meddling, about, say
from deploy.lab.real.path.rules import MARK

if TYPE_CHECKING:
    from collections.abc import Callable

_SOL_IP, _SO_ORIGINAL_DST = 0, 80  # linux/netfilter_ipv4.h
_SOCKADDR_BYTES: Final = 16
_PREFIX_BYTES: Final = 2


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
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, MARK)
            await asyncio.get_running_loop().sock_connect(sock, (host, port))
            from_resolver, to_resolver = await asyncio.open_connection(sock=sock.dup())
        ways = (
            asyncio.ensure_future(_copy(reader, to_resolver, partial(self._question, host, writer))),
            asyncio.ensure_future(_copy(from_resolver, writer, _unchanged)),
        )
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            to_resolver.close()

    def _question(self, host: str, client: asyncio.StreamWriter, wire: bytes) -> bytes:
        """*wire* where it goes on to the resolver, else nothing: it is answered here."""
        question = read_question(wire)
        if question is None or not about(self._meddling.names, question):
            return wire
        if not client.is_closing():
            self.forged += 1
            client.write(_framed(say(self._meddling, question, self._nsid(host))))
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


def _meant_for(connection: socket.socket) -> tuple[str, int]:
    """Where a translated connection was meant to go (IPv4)."""
    found = connection.getsockopt(_SOL_IP, _SO_ORIGINAL_DST, _SOCKADDR_BYTES)
    port, packed = struct.unpack_from(">2xH4s", found)
    return socket.inet_ntoa(packed), port
