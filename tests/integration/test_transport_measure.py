"""Sites that are asked over real TLS: one request, the head of the response, nothing of a body, and nobody who must not be met."""

from __future__ import annotations

import asyncio
import ssl
from functools import partial
from typing import TYPE_CHECKING

import pytest

from deploy.lab.h2front import H2Front
from probe.asking import Asker, Dice, Window
from probe.transport import Ask, Heard, make_carriers
from probe.transport.measure import MeasureCarrier
from probe.transport.port import SYSTEM_CLOCK
from probe.transport.tls import TlsFront
from schema.cells import Cell
from schema.endpoint import parse_endpoint
from schema.measures import may_measure
from schema.pace import Turn
from schema.words import Failure, Profile, Role
from tests.helpers.resolvers import Authority, Peer, hear, streams

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from deploy.lab.streams import Connection
    from schema.endpoint import Endpoint

NAME = "kickasstorrents.to"
SITE = parse_endpoint(f"https:104.21.32.1:443#{NAME}/")
REQUEST = (
    b"GET / HTTP/1.1\r\nHost: kickasstorrents.to\r\nUser-Agent: ottempera\r\nAccept: */*\r\nConnection: close\r\n\r\n"
)
BLOCKED = b"HTTP/1.1 451 Unavailable For Legal Reasons\r\nServer: cloudflare\r\nCF-RAY: 8f-MXP\r\n"


class Site:
    """A site that says *response* to a whole request, and keeps what it heard until the end."""

    def __init__(self, response: bytes) -> None:
        self.response = response
        self.said: list[bytes] = []
        self.over = asyncio.Event()

    async def serve(self, peer: Peer) -> None:
        said = b""
        try:
            while not said.endswith(b"\r\n\r\n") and (data := await peer.reader.read(4096)):
                said += data
            if said:
                peer.writer.write(self.response)
                await peer.writer.drain()
                said += await peer.reader.read()
        finally:
            self.said.append(said)
            self.over.set()


async def asked(
    where: tuple[str, int],
    authority: Authority,
    endpoint: Endpoint = SITE,
    may: Callable[[Endpoint], bool] | None = may_measure,
) -> Heard:
    carriers = make_carriers(lambda _: where, authority.file, may_measure=may)
    heard = await hear(carriers, endpoint, b"")
    assert (heard.query, heard.answers, carriers.in_flight) == (b"", (), 0)
    await carriers.close()
    return heard


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_one_request_and_the_head_of_the_response(authority: Authority, version: ssl.TLSVersion) -> None:
    context = authority.server(NAME, alpn="http/1.1")
    context.minimum_version = context.maximum_version = version
    names: list[str | None] = []
    context.sni_callback = lambda _tls, name, _context: names.append(name)
    link = b'Link: <https://example.org/authority>; rel="blocked-by"\r\n'
    site = Site(BLOCKED + link + b"Set-Cookie: a=1\r\nContent-Length: 9\r\n\r\nforbidden")
    async with streams(site.serve, tls=context) as where:
        heard = await asked(where, authority)
        assert heard.failure is None
        assert heard.http is not None
        assert heard.http.status == 451
        assert heard.http.headers == {
            "cf-ray": "8f-MXP", "link": '<https://example.org/authority>; rel="blocked-by"', "server": "cloudflare",
        }  # fmt: skip
        assert heard.tls is not None
        assert (heard.tls.version, heard.tls.verified, len(heard.tls.chain)) == (
            version.name.replace("_", "."), True, 2,
        )  # fmt: skip
        async with asyncio.timeout(20):
            await site.over.wait()
        assert (site.said, names) == ([REQUEST], [NAME])


async def test_of_a_body_without_end_nothing_is_waited_for(authority: Authority) -> None:
    """The connection is closed at the end of the head, whatever the site would still say."""
    broken = asyncio.Event()

    async def endless(peer: Peer) -> None:
        await peer.reader.readuntil(b"\r\n\r\n")
        peer.writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                peer.writer.write(b"x" * 65_536)
                await peer.writer.drain()
        except OSError:
            broken.set()
            raise

    async with streams(endless, tls=authority.server(NAME)) as where:
        heard = await asked(where, authority)
        assert (heard.failure, heard.http and heard.http.status) == (None, 200)
        async with asyncio.timeout(20):
            await broken.wait()


@pytest.mark.parametrize(
    ("response", "status", "headers"),
    [
        (b"HTTP/1.1 301 Moved\r\nLocation: https://kickass.ws/?a=\xe8\r\n\r\n", 301, {"location": "https://kickass.ws/?a=è"}),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + BLOCKED + b"\r\n", 451, {"cf-ray": "8f-MXP", "server": "cloudflare"}),
        (b"HTTP/1.0 403 Forbidden\nVIA: one\nVia:  two \t\n\n", 403, {"via": "one, two"}),
        (b"HTTP/1.1 200 \r\nServer:\r\n\r\n", 200, {"server": ""}),
        (b"HTTP/1.1 503 x\r\nServer: a\0b\x7f\r\n\r\n", 503, {"server": "a b "}),
    ],
    ids=["redirect", "early-hints", "two-fields", "empty-value", "control-characters"],
)  # fmt: skip
async def test_heads(authority: Authority, response: bytes, status: int, headers: dict[str, str]) -> None:
    """A redirection is kept and not followed: the site is met once."""
    site = Site(response)
    async with streams(site.serve, tls=authority.server(NAME)) as where:
        heard = await asked(where, authority)
        assert heard.failure is None
        assert heard.http is not None
        assert (heard.http.status, heard.http.headers) == (status, headers)
        async with asyncio.timeout(20):
            await site.over.wait()
        assert site.said == [REQUEST]


@pytest.mark.parametrize(
    ("response", "failure"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", Failure.FRAMING),
        (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00", Failure.FRAMING),
        (b"HTTP/2 451\r\n\r\n", Failure.FRAMING),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", Failure.FRAMING),
        (b"HTTP/1.1 451 no\r\nServer: a\r\n folded\r\n\r\n", Failure.FRAMING),
        (b"HTTP/1.1 600 no\r\n\r\n", Failure.FRAMING),
        (b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"x" * 20_000 + b"\r\n\r\n", Failure.TOO_LARGE),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, Failure.TOO_LARGE),
    ],
    ids=["ssh", "http-2", "http-2-in-words", "switching", "folded", "status", "long", "interim"],
)
async def test_what_is_no_head(authority: Authority, response: bytes, failure: Failure) -> None:
    async with streams(Site(response).serve, tls=authority.server(NAME)) as where:
        heard = await asked(where, authority)
        assert (heard.failure, heard.http) == (failure, None)
        assert heard.tls is not None
        assert heard.tls.verified, "the certificate was good, whatever came after"


async def hanging_up(peer: Peer) -> None:
    await peer.reader.readuntil(b"\r\n\r\n")
    peer.writer.write(b"HTTP/1.1 451 Unavail")


async def resetting(peer: Peer) -> None:
    await peer.reader.readuntil(b"\r\n\r\n")
    peer.reset()


@pytest.mark.parametrize(("serve", "failure"), [(hanging_up, Failure.CLOSED), (resetting, Failure.RESET)])
async def test_a_head_that_is_never_whole(
    authority: Authority, serve: Callable[[Peer], Awaitable[None]], failure: Failure
) -> None:
    async with streams(serve, tls=authority.server(NAME)) as where:
        heard = await asked(where, authority)
        assert (heard.failure, heard.http, heard.tls is not None) == (failure, None, True)


async def test_who_dribbles_is_waited_for_a_while(authority: Authority) -> None:
    async def dribbling(peer: Peer) -> None:
        for octet in BLOCKED * 100:
            peer.writer.write(bytes((octet,)))
            await peer.writer.drain()
            await asyncio.sleep(0.05)

    async with streams(dribbling, tls=authority.server(NAME)) as where:
        front = TlsFront(authority.file, lambda _name, _der: None)
        carrier = MeasureCarrier(lambda _: where, front, SYSTEM_CLOCK, may_measure, limit_s=0.5)
        heard = await hear(carrier, SITE, b"")
        assert (heard.failure, heard.http) == (Failure.TIMEOUT, None)
        assert heard.tls is not None
        assert heard.tls.verified
        await carrier.close()


@pytest.mark.parametrize("wrong", ["authority", "name", "date"])
async def test_without_a_good_certificate_nothing_is_asked(
    authority: Authority, stranger: Authority, wrong: str
) -> None:
    """A stop page on the path shows its certificate and hears nothing."""
    context = {
        "authority": lambda: stranger.server(NAME),
        "name": lambda: authority.server("blocking.isp.example"),
        "date": lambda: authority.server(NAME, expired=True),
    }[wrong]()
    site = Site(BLOCKED + b"\r\n")
    async with streams(site.serve, tls=context) as where:
        heard = await asked(where, authority)
        assert (heard.failure, heard.http) == (Failure.TLS_UNTRUSTED, None)
        assert heard.tls is not None
        assert not heard.tls.verified
        assert site.said in ([], [b""])


async def test_a_site_without_tls(authority: Authority) -> None:
    async def plaintext(peer: Peer) -> None:
        await peer.reader.read(1)
        peer.writer.write(b"HTTP/1.1 451 x\r\n\r\n")
        await peer.reader.read()

    async with streams(plaintext) as where:
        heard = await asked(where, authority)
        assert (heard.failure, heard.tls, heard.http) == (Failure.TLS_FAILED, None, None)


async def test_a_site_that_speaks_http_2_alone(authority: Authority) -> None:
    live: set[Connection] = set()
    server = await asyncio.get_running_loop().create_server(
        partial(H2Front, live, lambda _: ()), "127.0.0.1", 0, ssl=authority.server(NAME, alpn="h2")
    )
    heard = await asked(server.sockets[0].getsockname()[:2], authority)
    assert (heard.failure, heard.http) == (Failure.CLOSED, None)
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize(
    "text",
    [
        "https:127.0.0.1:443#site.to/",
        "https:192.168.1.1:443#site.to/",
        "https:[::ffff:104.21.32.1]:443#site.to/",
        "https:104.21.32.1:8443#site.to/",
        "https:104.21.32.1:443#site.to/upload",
    ],
)
async def test_before_a_socket_opens_the_endpoint_is_looked_at_again(authority: Authority, text: str) -> None:
    site = Site(BLOCKED + b"\r\n")
    async with streams(site.serve, tls=authority.server("site.to")) as where:
        heard = await asked(where, authority, parse_endpoint(text))
        assert (heard.failure, heard.tls, heard.http, site.said) == (Failure.LOCAL_ERROR, None, None, [])


@pytest.mark.parametrize("allowed", [True, False])
async def test_who_was_not_allowed_to_asks_no_site(authority: Authority, allowed: bool) -> None:
    site, results = Site(BLOCKED + b"\r\n"), list[tuple[Cell, Heard]]()
    cell = Cell(7, Role.MEASURE, f"web:{NAME}", str(SITE), f"{NAME}.", "IN", "A", Profile.STUB, 0, (), (), False)
    async with streams(site.serve, tls=authority.server(NAME)) as where:
        carriers = make_carriers(lambda _: where, authority.file, may_measure=may_measure if allowed else None)
        assert carriers.may_measure(SITE) is allowed
        asker = Asker(carriers, Dice(bytes), window=Window(1.0), in_flight=1)
        await asker.ask([Turn(0.0, cell)], wanted=lambda _: True, heard=lambda *one: results.append(one))
        ((_, heard),) = results
        assert (heard.query, heard.failure) == (b"", None if allowed else Failure.LOCAL_ERROR)
        assert (heard.http and heard.http.status) == (451 if allowed else None)
        await carriers.close()
    assert len(site.said) == allowed


async def test_a_close_amid_requests(authority: Authority) -> None:
    reached = asyncio.Event()

    async def silent(peer: Peer) -> None:
        await peer.reader.readuntil(b"\r\n\r\n")
        reached.set()
        await peer.reader.read()

    async with streams(silent, tls=authority.server(NAME)) as where:
        carriers = make_carriers(lambda _: where, authority.file, may_measure=may_measure)
        results: list[Heard] = []
        for number in range(20):
            carriers.submit(Ask(SITE, b"", 1, number), results.append)
        async with asyncio.timeout(20):
            await reached.wait()
        await carriers.close()
        assert sorted(str(heard.token) for heard in results) == sorted(str(number) for number in range(20))
        assert {(heard.failure, heard.http) for heard in results} == {(Failure.LOCAL_ERROR, None)}
