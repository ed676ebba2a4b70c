"""One TLS handshake on a connection of its own, bounded in what it reads; then the connection is closed.

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
    from collections.abc import Callable

MAX_READ_BYTES: Final = 16 * 1024
_CHUNK_BYTES: Final = 4_096
_CERTIFICATE: Final = 11  # RFC 8446 §4


class TooMuchError(Exception):
    """The peer says more in its handshake than is read."""


class Shown(NamedTuple):
    """What a handshake has shown so far."""

    version: str
    chain: list[bytes]  # in DER, as sent


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

    async def shake(self, where: tuple[str, int], name: str, shown: Callable[[Shown], None]) -> None:
        """Meet numeric *where* as *name*; *shown* is called once a chain was seen, whatever comes of it.

        Raises:
            ssl.SSLCertVerificationError: the chain does not verify. ssl.SSLError: no handshake.
            TooMuchError: MAX_READ_BYTES were not enough. EOFError: the peer hung up. OSError: no connection.
        """
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self._context.wrap_bio(incoming, outgoing, server_hostname=name)
        kind = socket.SOCK_STREAM | socket.SOCK_NONBLOCK
        with socket.socket(socket.AF_INET6 if ":" in where[0] else socket.AF_INET, kind) as sock:
            try:
                await asyncio.get_running_loop().sock_connect(sock, where)
                await _converse(sock, tls, incoming, outgoing)
            finally:
                version, message = self._messages.pop(tls, ("", b""))
                if message:
                    shown(Shown(version, certificates_in(message, tls_1_3=version == "TLSv1.3")))


async def _converse(sock: socket.socket, tls: ssl.SSLObject, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO) -> None:
    loop = asyncio.get_running_loop()
    left = MAX_READ_BYTES
    while True:
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            await loop.sock_sendall(sock, outgoing.read())
        except ssl.SSLError:
            with suppress(OSError):  # the alert that says why
                await loop.sock_sendall(sock, outgoing.read())
            raise
        else:
            break
        if not left:
            raise TooMuchError
        data = await loop.sock_recv(sock, min(left, _CHUNK_BYTES))
        if not data:
            raise EOFError
        left -= len(data)
        incoming.write(data)
    with suppress(ssl.SSLError):  # it would wait for the peer to say so, too
        tls.unwrap()
    with suppress(OSError):
        await loop.sock_sendall(sock, outgoing.read())
