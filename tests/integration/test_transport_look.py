"""Looks over real sockets: what the handshake shows is kept, nothing else is said, and nobody is met who must not be."""

from __future__ import annotations

import asyncio
import socket
import ssl
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from probe.asking import Asker, Dice, Window
from probe.transport import Ask, Heard, make_carriers
from probe.transport.look import LookCarrier
from probe.transport.port import SYSTEM_CLOCK
from probe.transport.tls import TlsFront
from schema.cells import Cell
from schema.endpoint import parse_endpoint
from schema.looks import may_look
from schema.pace import Turn
from schema.words import Failure, Profile, Role
from tests.helpers.resolvers import Authority, Peer, hear, streams

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from probe.transport import Carriers
    from schema.endpoint import Endpoint

NAME = "kickasstorrents.to"
SITE = parse_endpoint(f"tls:104.21.32.1:443#{NAME}")


class Site:
    """A site that keeps what is said to it after the handshake."""

    def __init__(self) -> None:
        self.met = 0
        self.said: list[bytes] = []
        self.over = asyncio.Event()

    async def serve(self, peer: Peer) -> None:
        self.met += 1
        try:
            self.said.append(await peer.reader.read())
        finally:
            self.over.set()


def carriers_to(where: tuple[str, int], authority: Authority, may: Callable[[Endpoint], bool] = may_look) -> Carriers:
    return make_carriers(lambda _: where, authority.file, may_look=may)


async def looked(where: tuple[str, int], authority: Authority, endpoint: Endpoint = SITE) -> Heard:
    carriers = carriers_to(where, authority)
    heard = await hear(carriers, endpoint, b"")
    assert (heard.query, heard.answers, heard.http, carriers.in_flight) == (b"", (), None, 0)
    await carriers.close()
    return heard


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_certificate_for_the_name_and_not_a_word(authority: Authority, version: ssl.TLSVersion) -> None:
    context = authority.server(NAME)
    context.minimum_version = context.maximum_version = version
    names: list[str | None] = []
    context.sni_callback = lambda _tls, name, _context: names.append(name)
    site, shown = Site(), list[tuple[str, bytes]]()
    async with streams(site.serve, tls=context) as where:
        carriers = make_carriers(lambda _: where, authority.file, on_certificate=lambda *pair: shown.append(pair))
        heard = await hear(carriers, SITE, b"")
        assert heard.failure is None
        assert heard.tls is not None
        assert (heard.tls.version, heard.tls.verified, len(heard.tls.chain)) == (
            version.name.replace("_", "."),
            True,
            2,
        )
        assert [(sha256(der).hexdigest(), der) for _, der in shown] == shown
        assert tuple(name for name, _ in shown) == heard.tls.chain
        async with asyncio.timeout(20):
            await site.over.wait()
        assert (site.met, site.said, names) == (1, [b""], [NAME])
        await carriers.close()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("wrong", ["authority", "name", "date"])
async def test_another_certificate_is_known_from_the_one_connection(
    authority: Authority, stranger: Authority, wrong: str, version: ssl.TLSVersion
) -> None:
    context = {
        "authority": lambda: stranger.server(NAME),
        "name": lambda: authority.server("blocking.isp.example"),
        "date": lambda: authority.server(NAME, expired=True),
    }[wrong]()
    context.minimum_version = context.maximum_version = version
    met: list[str | None] = []
    context.sni_callback = lambda _tls, name, _context: met.append(name)
    async with streams(Site().serve, tls=context) as where:
        heard = await looked(where, authority)
        assert heard.failure is Failure.TLS_UNTRUSTED
        assert heard.tls is not None
        assert (heard.tls.version, heard.tls.verified, len(heard.tls.chain)) == (
            version.name.replace("_", "."),
            False,
            2,
        )
        assert met == [NAME]


async def test_a_fault_of_ours_ends_the_look_and_not_the_round(authority: Authority) -> None:
    """Whoever keeps certificates fails: that is said to the loop, and the one who waits is not left waiting."""
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context["exception"]))
    fault = RuntimeError("no room for a certificate")

    def keep(_name: str, _der: bytes) -> None:
        raise fault

    async with streams(Site().serve, tls=authority.server(NAME)) as where:
        carriers = make_carriers(lambda _: where, authority.file, on_certificate=keep)
        async with asyncio.timeout(20):
            heard = await hear(carriers, SITE, b"")
        assert (heard.failure, heard.tls, heard.answers, carriers.in_flight) == (Failure.LOCAL_ERROR, None, (), 0)
        assert told == [fault]
        await carriers.close()


async def hanging_up(peer: Peer) -> None:
    await peer.reader.read(1)


async def resetting(peer: Peer) -> None:
    await peer.reader.read(1)
    peer.reset()


async def plaintext(peer: Peer) -> None:
    await peer.reader.read(1)
    peer.writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await peer.reader.read()


async def endless(peer: Peer) -> None:
    """A record that is never whole, then the next: handshake messages without end."""
    await peer.reader.read(1)
    while True:
        peer.writer.write(b"\x16\x03\x03\x40\x00" + b"\x0b\xff\xff\xff" + b"\0" * 16_380)
        await peer.writer.drain()


@pytest.mark.parametrize(
    ("serve", "failure"),
    [
        (hanging_up, Failure.CLOSED),
        (resetting, Failure.RESET),
        (plaintext, Failure.TLS_FAILED),
        (endless, Failure.TOO_LARGE),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
async def test_what_a_broken_handshake_comes_to(
    authority: Authority, serve: Callable[[Peer], Awaitable[None]], failure: Failure
) -> None:
    async with streams(serve) as where:
        heard = await looked(where, authority)
        assert heard.tls is None
        assert heard.failure in ({failure, Failure.TLS_FAILED} if serve is endless else {failure})


async def test_a_chain_that_is_too_long_to_read(authority: Authority, tmp_path: Path) -> None:
    """Sixteen kibibytes are read, whatever comes."""
    file = tmp_path / "long.pem"
    file.write_bytes(authority.server_pem(NAME) + authority.root.public_bytes(Encoding.PEM) * 60)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    async with streams(Site().serve, tls=context) as where:
        heard = await looked(where, authority)
        assert (heard.failure, heard.tls) == (Failure.TOO_LARGE, None)


async def test_nobody_listens(authority: Authority) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        heard = await looked(sock.getsockname(), authority)
        assert (heard.failure, heard.tls) == (Failure.REFUSED_CONNECTION, None)


@pytest.mark.parametrize(
    "text",
    [
        "tls:127.0.0.1:443#site.to",
        "tls:10.0.0.1:443#site.to",
        "tls:[::ffff:104.21.32.1]:443#site.to",
        "tls:[64:ff9b::a00:1]:443#site.to",
        "tls:104.21.32.1:22#site.to",
        "tcp:104.21.32.1:443",
        "quic:104.21.32.1:443#site.to",
    ],
)
async def test_before_a_socket_opens_the_address_is_looked_at_again(authority: Authority, text: str) -> None:
    site = Site()
    async with streams(site.serve, tls=authority.server("site.to")) as where:
        heard = await looked(where, authority, parse_endpoint(text))
        assert (heard.failure, heard.tls, site.met) == (Failure.LOCAL_ERROR, None, 0)


async def test_a_lab_may_look_at_loopback(authority: Authority) -> None:
    async with streams(Site().serve, tls=authority.server("site.to")) as where:
        carriers = carriers_to(where, authority, lambda _: True)
        heard = await hear(carriers, parse_endpoint("tls:127.0.0.1:443#site.to"), b"")
        assert heard.failure is None
        await carriers.close()


async def test_a_name_that_cannot_be_told(authority: Authority) -> None:
    async with streams(Site().serve, tls=authority.server(NAME)) as where:
        heard = await looked(where, authority, SITE._replace(tls_name="."))
        assert heard.failure is Failure.LOCAL_ERROR


async def test_without_authorities_nothing_is_said(authority: Authority) -> None:
    site = Site()
    async with streams(site.serve, tls=authority.server(NAME)) as where:
        carriers = make_carriers(lambda _: where, Path("/nonexistent/authorities.pem"))
        heard = await hear(carriers, SITE, b"")
        assert (heard.failure, site.met) == (Failure.LOCAL_ERROR, 0)
        await carriers.close()


async def test_many_looks_and_a_close_amid_them(authority: Authority) -> None:
    reached = asyncio.Event()

    async def silent(peer: Peer) -> None:
        reached.set()
        await peer.reader.read()

    before = open_files()
    async with streams(silent) as where:
        carriers = carriers_to(where, authority)
        results: list[Heard] = []
        for number in range(30):
            carriers.submit(Ask(SITE, b"", 1, number), results.append)
        async with asyncio.timeout(20):
            await reached.wait()
        assert carriers.in_flight == 30
        await carriers.close()
        assert sorted(str(heard.token) for heard in results) == sorted(str(number) for number in range(30))
        assert {heard.failure for heard in results} == {Failure.LOCAL_ERROR}
        assert carriers.in_flight == 0
    assert open_files() == before


async def test_who_says_nothing_is_waited_for_a_while(authority: Authority) -> None:
    async def silent(peer: Peer) -> None:
        await peer.reader.read()

    async with streams(silent) as where:
        front = TlsFront(authority.file, lambda _name, _der: None)
        carrier = LookCarrier(lambda _: where, front, SYSTEM_CLOCK, may_look, limit_s=0.2)
        heard = await hear(carrier, SITE, b"")
        assert (heard.failure, heard.tls) == (Failure.TIMEOUT, None)
        await carrier.close()


async def test_the_asker_looks_where_the_plan_says_so(authority: Authority) -> None:
    site, results = Site(), list[tuple[Cell, Heard]]()
    cell = Cell(7, Role.LOOK, f"site:{NAME}", str(SITE), f"{NAME}.", "IN", "A", Profile.STUB, 0, (), (), False)
    async with streams(site.serve, tls=authority.server(NAME)) as where:
        carriers = carriers_to(where, authority)
        asker = Asker(carriers, Dice(bytes), window=Window(1.0), in_flight=1)
        await asker.ask([Turn(0.0, cell)], wanted=lambda _: True, heard=lambda *one: results.append(one))
        ((_, heard),) = results
        assert (heard.failure, heard.query, heard.tls is not None) == (None, b"", True)
        await carriers.close()


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
