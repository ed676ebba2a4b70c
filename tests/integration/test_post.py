"""A probe's client of its collector: what is cut short at the end of a process is not begun again."""

from __future__ import annotations

import asyncio

import pytest

from probe.post import CollectorClient
from schema.errors import UnavailableError

PATIENCE_S = 20.0  # less than the client's own


async def test_an_end_does_not_wait_for_a_collector_that_says_nothing() -> None:
    """The connection was kept from a request before; one that is broken off by the end is not tried on another."""
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with_answer = heard.empty()
        while head := await reader.readuntil(b"\r\n\r\n"):
            heard.put_nowait(head)
            if with_answer:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                with_answer = False

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = CollectorClient(f"http://127.0.0.1:{port}")
    async with asyncio.timeout(PATIENCE_S):
        assert (await asyncio.to_thread(client.request, "GET", "/one")).body == b"ok"
        await heard.get()
        waiting = asyncio.create_task(asyncio.to_thread(client.request, "GET", "/two"))
        assert (await heard.get()).startswith(b"GET /two")
        client.close()
        with pytest.raises(UnavailableError, match="let go of"):
            await waiting
    assert heard.empty()
    server.close()
