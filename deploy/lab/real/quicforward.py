"""Puts a message to a resolver on this machine, over UDP and, where the answer says so, over TCP."""

from __future__ import annotations

import asyncio
import secrets
import socket
from functools import partial
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from deploy.lab.quicfront import Answering

_WAIT_S: Final = 10.0
_MAX_DATAGRAM_BYTES: Final = 65_535
_TRUNCATED: Final = 0x02
_HEADER_BYTES: Final = 12


def forwarding(host: str, port: int = 53) -> Answering:
    """Answers with what the resolver at numeric *host* says, with the id that was asked; with nothing if it is silent."""
    return partial(_forward, (host, port))


async def _forward(where: tuple[str, int], message: bytes) -> bytes:
    query = secrets.token_bytes(2) + message[2:]
    try:
        async with asyncio.timeout(_WAIT_S):
            wire = await _over_udp(where, query)
            if wire[2] & _TRUNCATED:
                wire = await _over_tcp(where, query)
    except TimeoutError:
        return b""
    return message[:2] + wire[2:]


async def _over_udp(where: tuple[str, int], query: bytes) -> bytes:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET6 if ":" in where[0] else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0)
        sock.connect(where)
        await loop.sock_sendall(sock, query)
        while True:
            wire = await loop.sock_recv(sock, _MAX_DATAGRAM_BYTES)
            if wire[:2] == query[:2] and len(wire) >= _HEADER_BYTES:
                return wire


async def _over_tcp(where: tuple[str, int], query: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(*where)
    try:
        writer.write(len(query).to_bytes(2, "big") + query)
        wire = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
    except asyncio.IncompleteReadError as error:
        raise ConnectionResetError("the resolver hung up") from error
    finally:
        writer.close()
    if len(wire) < _HEADER_BYTES:
        raise ConnectionResetError("the resolver sent no message")
    return wire
