"""Shakes hands over QUIC: a connection to whoever has the certificate, what it showed to the record in any case."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Final

from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import HandshakeCompleted
from cryptography.hazmat.primitives.serialization import Encoding

from probe.transport.dial import DialError
from probe.transport.errnos import failure_of
from probe.transport.quiclink import QuicLink
from probe.transport.quicsocket import QuicSocket
from probe.transport.quictrust import authorities, verifies
from schema.record import TlsSeen
from schema.words import Failure

if TYPE_CHECKING:
    from aioquic.quic.events import QuicEvent
    from cryptography.x509 import Certificate

    from probe.transport.link import Owner
    from probe.transport.tls import TlsFront

ALPN: Final = "doq"
#: Longer than any connection is kept unused here: an end by silence is a peer's.
_IDLE_S: Final = 120.0
#: Of one stream: two messages, so that what is too long is seen to be.
_STREAM_WINDOW_BYTES: Final = 1 << 17
_BAD_CERTIFICATE: Final = 0x100 + 42  # RFC 9001 §4.8, RFC 8446 §6
_VERSION: Final = "TLSv1.3"  # QUIC has no other


class QuicDialer:
    """Opens connections to endpoints on behalf of one carrier set."""

    def __init__(self, front: TlsFront, connect_s: float, depth: int) -> None:
        """Verify by *front*, within *connect_s* seconds, for *depth* questions at once.

        Raises:
            OSError: the file of authorities cannot be read.
        """
        self._front = front
        self._connect_s = connect_s
        self._depth = depth
        self._store = authorities(front.trust)

    async def dial(self, owner: Owner, where: tuple[str, int], name: str) -> QuicLink:
        """Connect to numeric *where*, whose certificate must be for *name*; nothing is asked of anybody else.

        Raises:
            DialError: not connected.
        """
        try:
            sock, seen = await self._shake_hands(owner, where, name)
        except OSError as error:
            raise DialError(failure_of(error)) from error
        link = QuicLink(owner, sock, self._depth)
        link.tls = seen
        return link

    async def _shake_hands(self, owner: Owner, where: tuple[str, int], name: str) -> tuple[QuicSocket, TlsSeen]:
        # The library would say only that a chain does not verify, and not which it was: it is verified below instead,
        # before anything is asked. That the peer holds the key of its certificate is checked in any case.
        quic = QuicConnection(
            configuration=QuicConfiguration(
                alpn_protocols=[ALPN],
                idle_timeout=_IDLE_S,
                max_stream_data=_STREAM_WINDOW_BYTES,
                server_name=name,
                verify_mode=ssl.CERT_NONE,
            )
        )
        sock = QuicSocket(quic, where, owner.clock)
        hands = _Hands()
        sock.start(hands)
        try:
            async with asyncio.timeout(self._connect_s):
                failure = await hands.done
        except BaseException as error:
            sock.end(None)
            if isinstance(error, TimeoutError):
                raise DialError(Failure.TIMEOUT, self._seen(quic)) from error
            raise
        if failure is not None:
            raise DialError(failure, self._seen(quic))
        if quic.tls.alpn_negotiated != ALPN:
            sock.end(None)
            raise DialError(Failure.TLS_FAILED, self._seen(quic))
        if not verifies(self._store, _chain(quic), name):
            sock.end(None, _BAD_CERTIFICATE)
            raise DialError(Failure.TLS_UNTRUSTED, self._seen(quic))
        seen = self._seen(quic, verified=True)
        assert seen is not None  # noqa: S101  it was verified just now
        return sock, seen

    def _seen(self, quic: QuicConnection, *, verified: bool = False) -> TlsSeen | None:
        chain = [certificate.public_bytes(Encoding.DER) for certificate in _chain(quic)]
        return self._front.shown(_VERSION, chain, verified=verified) if chain else None


def _chain(quic: QuicConnection) -> list[Certificate]:
    """The certificates that the peer has shown, its own first."""
    own = quic.tls._peer_certificate  # noqa: SLF001  aioquic has no public name for it
    return [own, *quic.tls._peer_certificate_chain] if own is not None else []  # noqa: SLF001  same


class _Hands:
    """Waits for the end of the handshake; from then until its owner takes over, nothing can come that matters."""

    def __init__(self) -> None:
        self.done: asyncio.Future[Failure | None] = asyncio.get_running_loop().create_future()

    def happened(self, event: QuicEvent, now_ns: int) -> None:  # noqa: ARG002  the port's signature
        if isinstance(event, HandshakeCompleted) and not self.done.done():
            self.done.set_result(None)

    def settled(self) -> None:
        """Nobody waits for room."""

    def over(self, failure: Failure | None) -> None:
        if not self.done.done():
            self.done.set_result(failure or Failure.CLOSED)
