"""Opens connections and says in one word why one could not be opened."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

from probe.transport.errnos import failure_of
from schema.record import TlsSeen
from schema.words import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from probe.transport.tls import TlsFront

ProtocolT = TypeVar("ProtocolT", bound=asyncio.Protocol)


class DialError(Exception):
    """No connection: `failure` says why, `tls` what the handshake showed nevertheless."""

    def __init__(self, failure: Failure, tls: TlsSeen | None = None) -> None:
        """Keep both."""
        super().__init__(failure)
        self.failure = failure
        self.tls = tls


class Secure(NamedTuple):
    """What a TLS connection must be: the certificate is for *name*; *alpn*, if any, is agreed upon."""

    front: TlsFront
    name: str
    alpn: str = ""


async def dial(
    where: tuple[str, int], make: Callable[[], ProtocolT], secure: Secure | None, limit_s: float
) -> tuple[ProtocolT, TlsSeen | None]:
    """Connect to numeric *where* within *limit_s* seconds; nothing is sent but the handshake.

    Where a certificate does not verify, a second connection that only looks records the chain.

    Raises:
        DialError: not connected.
    """
    try:
        async with asyncio.timeout(limit_s):
            return await _dial(where, make, secure, verifying=True)
    except TimeoutError as error:
        raise DialError(Failure.TIMEOUT) from error
    except ssl.SSLCertVerificationError as error:
        assert secure is not None  # noqa: S101  nobody else verifies
        raise DialError(Failure.TLS_UNTRUSTED, await _look(where, secure, limit_s)) from error
    except ssl.SSLError as error:
        raise DialError(Failure.TLS_FAILED) from error
    except OSError as error:
        # asyncio reports an end of the stream inside a handshake as a reset without a number.
        ended = isinstance(error, ConnectionError) and error.errno is None
        raise DialError(Failure.CLOSED if ended else failure_of(error)) from error


async def _dial(
    where: tuple[str, int], make: Callable[[], ProtocolT], secure: Secure | None, *, verifying: bool
) -> tuple[ProtocolT, TlsSeen | None]:
    loop = asyncio.get_running_loop()
    context = secure.front.context(secure.alpn, verifying=verifying) if secure else None
    sock = socket.socket(
        socket.AF_INET6 if ":" in where[0] else socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK
    )
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await loop.sock_connect(sock, where)
        transport, protocol = await loop.create_connection(
            make, sock=sock, ssl=context, server_hostname=secure.name if secure else None
        )
    except BaseException:
        sock.close()
        raise
    if secure is None:
        return protocol, None
    tls = cast("ssl.SSLObject", transport.get_extra_info("ssl_object"))
    seen = secure.front.seen(tls, verified=verifying)
    if verifying and secure.alpn and tls.selected_alpn_protocol() != secure.alpn:
        transport.abort()
        raise DialError(Failure.TLS_FAILED, seen)
    return protocol, seen


async def _look(where: tuple[str, int], secure: Secure, limit_s: float) -> TlsSeen:
    try:
        async with asyncio.timeout(limit_s):
            looker, seen = await _dial(where, _Looker, secure, verifying=False)
    except (OSError, DialError):  # TimeoutError and ssl.SSLError are OSErrors
        return TlsSeen()
    looker.transport.abort()
    return seen or TlsSeen()


class _Looker(asyncio.Protocol):
    """Connects and says nothing."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
