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

    from probe.transport.link import Link
    from probe.transport.tls import TlsFront

LinkT = TypeVar("LinkT", bound="Link")


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
    where: tuple[str, int], make: Callable[[], LinkT], secure: Secure | None, limit_s: float
) -> tuple[LinkT, TlsSeen | None]:
    """Connect to numeric *where* within *limit_s* seconds; nothing is sent but the handshake before *make* takes over.

    Where a certificate does not verify, a second connection that only looks records the chain.

    Raises:
        DialError: not connected.
    """
    try:
        async with asyncio.timeout(limit_s):
            gate, seen = await _connect(where, secure, verifying=True)
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
    if secure and secure.alpn and _agreed(gate.transport) != secure.alpn:
        gate.transport.abort()
        raise DialError(Failure.TLS_FAILED, seen)
    link = make()
    gate.open(link)
    return link, seen


async def _connect(where: tuple[str, int], secure: Secure | None, *, verifying: bool) -> tuple[_Gate, TlsSeen | None]:
    loop = asyncio.get_running_loop()
    context = secure.front.context(secure.alpn, verifying=verifying) if secure else None
    sock = socket.socket(
        socket.AF_INET6 if ":" in where[0] else socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK
    )
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await loop.sock_connect(sock, where)
        _, gate = await loop.create_connection(_Gate, sock=sock)
    except BaseException:
        sock.close()
        raise
    if secure is None or context is None:
        return gate, None
    # In two steps: create_connection(ssl=...) leaks its socket when it is cancelled before the handshake has begun.
    plain = gate.transport
    try:
        transport = await loop.start_tls(plain, gate, context, server_hostname=secure.name)
    except BaseException:
        plain.abort()
        raise
    gate.transport = cast("asyncio.Transport", transport)
    tls = cast("ssl.SSLObject", gate.transport.get_extra_info("ssl_object"))
    return gate, secure.front.seen(tls, verified=verifying)


async def _look(where: tuple[str, int], secure: Secure, limit_s: float) -> TlsSeen:
    try:
        async with asyncio.timeout(limit_s):
            gate, seen = await _connect(where, secure, verifying=False)
    except OSError:  # as TimeoutError and ssl.SSLError are
        return TlsSeen()
    gate.transport.abort()
    return seen or TlsSeen()


def _agreed(transport: asyncio.Transport) -> str | None:
    return cast("ssl.SSLObject", transport.get_extra_info("ssl_object")).selected_alpn_protocol()


class _Gate(asyncio.Protocol):
    """Holds what comes between the end of the handshake and the moment the connection has its owner."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._early = b""
        self._lost = False
        self._why: Exception | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._early += data

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost, self._why = True, exc

    def open(self, link: Link) -> None:
        """Hand the connection to *link*, with everything that has happened on it."""
        self.transport.set_protocol(link)
        link.connection_made(self.transport)
        if self._early:
            link.data_received(self._early)
        if self._lost:
            link.connection_lost(self._why)
