"""Serves a place of the scripted world over UDP: every datagram is a question of its own (RFC 1035 §4.2.1)."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from deploy.lab.world import Reply

_MAX_DATAGRAM = 65_535
_AT_ONCE = 64  # then other sockets have their turn
_BUFFER_BYTES = 4 << 20


class Datagrams:
    """A socket that answers until it is closed; the loop is told of it directly, without a transport between."""

    def __init__(self, replies: Callable[[bytes], Sequence[Reply]]) -> None:
        """Listen on a free port of the loopback and answer with *replies*."""
        self._replies = replies
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(0)
        # A round comes in a burst; a question lost here would look like a resolver that does not answer.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        self._socket.bind(("127.0.0.1", 0))
        self._loop.add_reader(self._socket, self._read)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        host, port = self._socket.getsockname()
        return host, port

    def close(self) -> None:
        """Stop answering; replies still to come are not sent."""
        self._loop.remove_reader(self._socket)
        self._socket.close()

    def _read(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                query, peer = self._socket.recvfrom(_MAX_DATAGRAM)
            except OSError:
                return
            for wire, delay_ms in self._replies(query):
                if delay_ms:
                    self._loop.call_later(delay_ms / 1000, self._send, wire, peer)
                else:
                    self._send(wire, peer)

    def _send(self, wire: bytes, peer: tuple[str, int]) -> None:
        with contextlib.suppress(OSError):  # whoever asked may be gone, and so may we
            self._socket.sendto(wire, peer)
