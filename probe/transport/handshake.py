"""One TLS handshake on a connection of its own, and perhaps a word after it, bounded in what it reads; then it is closed.

The bytes go through memory, so that they can be counted; the certificates are taken from the handshake's own message, so
that a chain that does not verify is known from the same connection that showed it.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from probe.transport.certificates import certificates_in

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

MAX_READ_BYTES: Final = 16 * 1024
_CHUNK_BYTES: Final = 4_096
_CERTIFICATE: Final = 11  # RFC 8446 §4


class TooMuchError(Exception):
    """The peer says more than is read."""


class Shown(NamedTuple):
    """What a handshake has shown so far."""

    version: str
    chain: list[bytes]  # in DER, as sent


class Channel:
    """A connection and what TLS makes of it; reads MAX_READ_BYTES for the handshake, and as much afterwards."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext, name: str) -> None:
        """Begin on *sock*, which is not blocking, as a client that wants *name*."""
        self._sock = sock
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)
        self._left = MAX_READ_BYTES

    async def handshake(self) -> None:
        """Return when both sides are sure of each other; what is said last goes out with what follows.

        Raises:
            ssl.SSLError, TooMuchError, EOFError, OSError: as `Handshaker.shake`.
        """
        while True:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._more()
            except ssl.SSLError:
                with suppress(OSError):  # the alert that says why
                    await self._flush()
                raise
            else:
                self._left = MAX_READ_BYTES
                return

    async def send(self, data: bytes) -> None:
        """Say *data*, which is short.

        Raises:
            ssl.SSLError, OSError: the connection is broken.
        """
        self.tls.write(data)
        await self._flush()

    async def read(self) -> bytes:
        """What comes next; never nothing.

        Raises:
            ssl.SSLError, TooMuchError, EOFError, OSError: as `Handshaker.shake`.
        """
        while True:
            try:
                data = self.tls.read(_CHUNK_BYTES)
            except ssl.SSLWantReadError:
                await self._flush()
                await self._more()
                continue
            if not data:
                raise EOFError
            return data

    async def close(self) -> None:
        """Say that nothing more is said, if the peer still hears."""
        with suppress(ssl.SSLError):  # it would wait for the peer to say so, too
            self.tls.unwrap()
        with suppress(OSError):
            await self._flush()

    async def _flush(self) -> None:
        await asyncio.get_running_loop().sock_sendall(self._sock, self._outgoing.read())

    async def _more(self) -> None:
        if not self._left:
            raise TooMuchError
        data = await asyncio.get_running_loop().sock_recv(self._sock, min(self._left, _CHUNK_BYTES))
        if not data:
            raise EOFError
        self._left -= len(data)
        self._incoming.write(data)


class Handshaker:
    """Shakes hands in one context; to be made away from the event loop, as reading authorities takes long."""

    def __init__(self, make: Callable[[], ssl.SSLContext]) -> None:
        """Use a context of its own.

        Raises:
            OSError: the authorities cannot be read.
        """
        self._context = make()
        self._messages: dict[ssl.SSLObject, tuple[str, bytes]] = {}
        self._context._msg_callback = self._message  # type: ignore[attr-defined]  # noqa: SLF001  the ssl module has no public name for it

    def _message(
        self, tls: ssl.SSLObject, direction: str, version: ssl.TLSVersion | int, _content: object, kind: int, data: bytes
    ) -> None:  # fmt: skip
        if direction == "read" and kind == _CERTIFICATE and isinstance(version, ssl.TLSVersion):
            self._messages[tls] = version.name.replace("_", "."), bytes(data)

    async def shake(
        self,
        where: tuple[str, int],
        name: str,
        shown: Callable[[Shown], None],
        then: Callable[[Channel], Awaitable[None]] | None = None,
    ) -> None:
        """Meet numeric *where* as *name*; *shown* is called once a chain was seen, whatever comes of it.

        *then* goes on with the channel, after a handshake that verified; without it nothing is said.

        Raises:
            ssl.SSLCertVerificationError: the chain does not verify. ssl.SSLError: no handshake.
            TooMuchError: MAX_READ_BYTES were not enough. EOFError: the peer hung up. OSError: no connection.
        """
        kind = socket.SOCK_STREAM | socket.SOCK_NONBLOCK
        with socket.socket(socket.AF_INET6 if ":" in where[0] else socket.AF_INET, kind) as sock:
            channel = Channel(sock, self._context, name)
            try:
                await asyncio.get_running_loop().sock_connect(sock, where)
                await channel.handshake()
                if then is not None:
                    await then(channel)
                await channel.close()
            finally:
                version, message = self._messages.pop(channel.tls, ("", b""))
                if message:
                    shown(Shown(version, certificates_in(message, tls_1_3=version == "TLSv1.3")))
