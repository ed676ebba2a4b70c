"""The way from one vantage to the collector, which the lab can cut."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter

_CHUNK_BYTES = 1 << 16


class Gateway:
    """Forwards TCP on a loopback port of its own; while cut, nothing listens there and open connections are ended."""

    def __init__(self, host: str, port: int) -> None:
        """Forward to *host* and *port*."""
        self._to = host, port
        self._server: asyncio.Server | None = None
        self._writers: set[StreamWriter] = set()
        # Bound and never listening: while cut, nobody else is given the port.
        self._place = socket.socket()
        self._place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._place.bind(("127.0.0.1", 0))
        self.port: int = self._place.getsockname()[1]

    async def start(self) -> None:
        """Listen on `port`."""
        if self._server is None:
            self._server = await asyncio.start_server(self._forward, "127.0.0.1", self.port, reuse_port=True)

    async def close(self) -> None:
        """Be cut for good."""
        await self.cut()
        self._place.close()

    async def cut(self) -> None:
        """Listen no longer and drop what is open."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for writer in tuple(self._writers):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _forward(self, reader: StreamReader, writer: StreamWriter) -> None:
        ends = [writer]
        self._writers.add(writer)
        try:
            if self._server is None:  # accepted, and cut before its turn came
                writer.transport.abort()
                return
            far_reader, far_writer = await asyncio.open_connection(*self._to)
            ends.append(far_writer)
            self._writers.add(far_writer)
            if not writer.is_closing():  # else cut meanwhile
                await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        except OSError:
            writer.transport.abort()
        finally:
            for end in ends:
                self._writers.discard(end)
                end.close()


async def _pump(reader: StreamReader, writer: StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(_CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
