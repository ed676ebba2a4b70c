"""Serves a place of the scripted world over TCP or TLS: framed, pipelined, answers as they are due (RFC 7766, 7858)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from deploy.lab.world import Reply

_LENGTH_BYTES = 2


class Connection(asyncio.Protocol):
    """A client's connection; *live* holds all that are open, so that whoever serves can end them."""

    def __init__(self, live: set[Connection]) -> None:
        """Join *live* while connected."""
        self._live = live
        self.gone = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what create_server promises
        self.transport = transport
        self._live.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Forget the way back."""
        self.transport = None
        self._live.discard(self)
        if not self.gone.done():
            self.gone.set_result(None)

    def write(self, data: bytes) -> None:
        """Send *data*, unless the client has gone."""
        if self.transport and not self.transport.is_closing():
            self.transport.write(data)


class Silent(Connection):
    """A connection on a path that drops: what comes is taken, nothing is said."""


class Framed(Connection):
    """A connection that carries messages with their length before them."""

    def __init__(self, live: set[Connection], replies: Callable[[bytes], Sequence[Reply]]) -> None:
        """Answer with *replies*."""
        super().__init__(live)
        self._replies = replies
        self._unread = b""

    def data_received(self, data: bytes) -> None:
        """Answer every whole message."""
        unread = self._unread + data
        at = 0
        due = []
        while len(unread) - at >= _LENGTH_BYTES:
            end = at + _LENGTH_BYTES + int.from_bytes(unread[at : at + _LENGTH_BYTES], "big")
            if len(unread) < end:
                break
            for wire, delay_ms in self._replies(unread[at + _LENGTH_BYTES : end]):
                framed = len(wire).to_bytes(_LENGTH_BYTES, "big") + wire
                if delay_ms:
                    asyncio.get_running_loop().call_later(delay_ms / 1000, self.write, framed)
                else:
                    due.append(framed)
            at = end
        self._unread = unread[at:]
        if due:
            self.write(b"".join(due))
