"""The way from one vantage to the collector, which the lab can cut."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter

_CHUNK_BYTES = 1 << 16


class Gateway:
    """Forwards TCP on a loopback port of its own; while cut, nothing listens there and open connections are reset."""

    def __init__(self, host: str, port: int) -> None:
        """Forward to *host* and *port*."""
        self._to = host, port
        self._server: asyncio.Server | None = None
        self._writers: set[StreamWriter] = set()
        self.port = 0

    async def start(self) -> None:
        """Listen; the first time on a free port, afterwards on the same."""
        if self._server is None:
            self._server = await asyncio.start_server(self._forward, "127.0.0.1", self.port, reuse_address=True)
            self.port = self._server.sockets[0].getsockname()[1]

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
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._to)
        except OSError:
            writer.transport.abort()
            return
        ends = (writer, far_writer)
        self._writers.update(ends)
        try:
            await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
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
