"""Small lying, stalling and honest resolvers on loopback, and a way to wait for what a carrier heard."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import struct
import threading
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from probe.query import build
from probe.transport import Ask
from schema.words import Profile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path

    from probe.transport import Carrier, Carriers, Heard
    from schema.endpoint import Endpoint


def question(number: int = 1, name: str = "kickasstorrents.to.") -> bytes:
    """A query with id *number*."""
    return build(name, "A", "IN", Profile.EDNS, msg_id=number)


def reply(query: bytes, extra: bytes = b"", *, number: int | None = None) -> bytes:
    """A response to *query*: its bytes with QR and RA set, another id if *number* says so, and *extra* behind it."""
    head = query[:2] if number is None else number.to_bytes(2, "big")
    return head + b"\x81\x80" + query[4:] + extra


async def hear(carrier: Carrier | Carriers, endpoint: Endpoint, query: bytes, window_s: float = 0.3) -> Heard:
    """Put one question and wait for its result."""
    (heard,) = await hear_all(carrier, endpoint, [query], window_s)
    return heard


async def hear_all(
    carrier: Carrier | Carriers, endpoint: Endpoint, queries: list[bytes], window_s: float = 0.3
) -> list[Heard]:
    """Put all *queries* at once; results in the order of the questions."""
    results: list[asyncio.Future[Heard]] = [asyncio.get_running_loop().create_future() for _ in queries]
    for result, query in zip(results, queries, strict=True):
        carrier.submit(Ask(endpoint, query, window_s, None), result.set_result)
    async with asyncio.timeout(20):
        return list(await asyncio.gather(*results))


class Datagrams(asyncio.DatagramProtocol):
    """A UDP resolver; *answer* says what to send for each query: (delay in seconds, bytes)."""

    def __init__(self, answer: Callable[[bytes], list[tuple[float, bytes]]]) -> None:
        self._answer = answer
        self.seen: list[tuple[bytes, tuple[str, int]]] = []
        self.asked = asyncio.Event()
        self.transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]  # what it is
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.seen.append((data, addr))
        self.asked.set()
        loop = asyncio.get_running_loop()
        for delay_s, wire in self._answer(data):
            if delay_s:
                loop.call_later(delay_s, self._send, wire, addr)
            else:
                self._send(wire, addr)

    def _send(self, wire: bytes, addr: tuple[str, int]) -> None:
        if not self.transport.is_closing():
            with socket.socket(fileno=os.dup(self.transport.get_extra_info("socket").fileno())) as sock:
                sock.sendto(wire, addr)  # asyncio's own sendto drops empty datagrams


@contextlib.asynccontextmanager
async def datagrams(
    answer: Callable[[bytes], list[tuple[float, bytes]]], host: str = "127.0.0.1"
) -> AsyncIterator[tuple[tuple[str, int], Datagrams]]:
    """A UDP resolver and where it listens."""
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Datagrams(answer), local_addr=(host, 0)
    )
    try:
        yield transport.get_extra_info("sockname")[:2], protocol
    finally:
        transport.close()
        await asyncio.sleep(0)


@contextlib.contextmanager
def echoing() -> Iterator[tuple[str, int]]:
    """An honest UDP resolver in a thread of its own, for tests that keep the event loop busy."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        sock.bind(("127.0.0.1", 0))

        def serve() -> None:
            query, address = sock.recvfrom(512)
            while query != b"stop":
                sock.sendto(reply(query), address)
                query, address = sock.recvfrom(512)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield sock.getsockname()
        finally:
            sock.sendto(b"stop", sock.getsockname())
            thread.join()


class Peer(NamedTuple):
    """One accepted connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def query(self) -> bytes:
        """The next length-prefixed message; raises IncompleteReadError at the end."""
        size = int.from_bytes(await self.reader.readexactly(2), "big")
        return await self.reader.readexactly(size)

    def send(self, *wires: bytes) -> None:
        """Length-prefixed messages."""
        self.writer.write(b"".join(len(wire).to_bytes(2, "big") + wire for wire in wires))

    def reset(self) -> None:
        """End the connection with RST."""
        sock: socket.socket = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@contextlib.asynccontextmanager
async def streams(
    serve: Callable[[Peer], Awaitable[None]], *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[tuple[str, int]]:
    """A resolver on TCP or TLS: *serve* is run for each connection, which ends with it."""
    tasks: set[asyncio.Task[None]] = set()
    peers: list[Peer] = []

    async def run(peer: Peer) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            await serve(peer)
        peer.writer.close()
        with contextlib.suppress(OSError):
            await peer.writer.wait_closed()

    def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.append(Peer(reader, writer))
        tasks.add(asyncio.get_running_loop().create_task(run(peers[-1])))

    server = await asyncio.start_server(accepted, host, 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[:2]
    finally:
        server.close()
        await asyncio.sleep(0.01)  # for connections accepted a moment ago
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for peer in peers:
            peer.writer.transport.abort()
        await server.wait_closed()
        await asyncio.sleep(0)  # transports close in a turn of their own


class Authority:
    """A certificate authority with one intermediate, as real resolvers' chains have."""

    def __init__(self, folder: Path, name: str = "Test Root") -> None:
        self._folder = folder
        self._root_key, self.root = _certificate(name, None, None, ca=True)
        self._key, self.intermediate = _certificate(f"{name} Intermediate", self._root_key, self.root, ca=True)
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(self.root.public_bytes(serialization.Encoding.PEM))

    def server_pem(self, name: str, *, expired: bool = False, client_only: bool = False) -> bytes:
        """Key, certificate for *name* and the intermediate; *client_only*: it is not for servers."""
        key, leaf = _certificate(name, self._key, self.intermediate, expired=expired, client_only=client_only)
        return (
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + leaf.public_bytes(serialization.Encoding.PEM)
            + self.intermediate.public_bytes(serialization.Encoding.PEM)
        )

    def server(self, name: str, *, expired: bool = False, alpn: str = "") -> ssl.SSLContext:
        """A server's context with a certificate for *name*, sent with the intermediate."""
        pem = self.server_pem(name, expired=expired)
        file = self._folder / f"{name}-{sha256(pem).hexdigest()[:16]}.pem"
        file.write_bytes(pem)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        if alpn:
            context.set_alpn_protocols([alpn])
        return context


def _certificate(
    name: str,
    signer: ec.EllipticCurvePrivateKey | None,
    issuer: x509.Certificate | None,
    *,
    ca: bool = False,
    expired: bool = False,
    client_only: bool = False,
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=-1 if expired else 10))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if not ca:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    if client_only:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
    return key, builder.sign(signer or key, hashes.SHA256())
