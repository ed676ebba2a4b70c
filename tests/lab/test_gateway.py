"""The way to the collector: while it is cut nothing gets through, and nobody else is given its port."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from deploy.lab.gateway import Gateway
from tests.helpers.resolvers import Peer, streams


async def _echo(peer: Peer) -> None:
    while data := await peer.reader.read(100):
        peer.writer.write(data)


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with streams(_echo) as (host, port):
        one = Gateway(host, port)
        await one.start()
        yield one
        await one.close()
        await asyncio.sleep(0)


async def _says(gateway: Gateway, text: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    try:
        writer.write(text)
        return await reader.read(100)
    finally:
        writer.close()
        await writer.wait_closed()


async def test_it_carries_until_it_is_cut_and_again_after(gateway: Gateway) -> None:
    port = gateway.port
    for _ in range(3):
        await gateway.start()
        assert await _says(gateway, b"hello") == b"hello"
        await gateway.cut()
        with pytest.raises(ConnectionRefusedError):
            await _says(gateway, b"hello")
    assert gateway.port == port


async def test_a_cut_ends_what_is_open(gateway: Gateway) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(b"hello")
    assert await reader.read(100) == b"hello"
    await gateway.cut()
    async with asyncio.timeout(60):
        assert await reader.read(100) == b""
    writer.close()
    await writer.wait_closed()


async def test_who_was_accepted_a_moment_before_the_cut_gets_nowhere(gateway: Gateway) -> None:
    """A connection that the cut overtook would carry on for as long as it is kept."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    await gateway.cut()
    writer.write(b"hello")
    async with asyncio.timeout(60):
        with suppress(ConnectionResetError):
            assert await reader.read(100) == b""
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def test_the_port_stays_its_own_while_it_is_cut(gateway: Gateway) -> None:
    await gateway.cut()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", gateway.port))
