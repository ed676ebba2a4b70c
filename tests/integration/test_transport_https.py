"""DNS over HTTPS over real sockets, against the h2 library and against servers that break HTTP/2."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from h2.settings import SettingCodes

from probe.transport import Limits, h2frames, make_carriers
from schema.endpoint import parse_endpoint
from schema.words import Failure
from tests.helpers.h2resolver import H2Resolver, Request
from tests.helpers.resolvers import Authority, Peer, hear, hear_all, question, reply, streams

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from probe.transport import Carriers, Heard

NAME = "cloudflare-dns.com"
ENDPOINT = parse_endpoint(f"https:1.1.1.1:443#{NAME}/dns-query")


def carriers_to(where: tuple[str, int], authority: Authority, limits: Limits = Limits()) -> Carriers:  # noqa: B008  frozen
    return make_carriers(lambda _: where, authority.file, limits=limits)


def honest(server: H2Resolver, request: Request) -> None:
    server.respond(request.stream, reply(request.body))


async def ask_one(authority: Authority, server: H2Resolver, window_s: float = 5) -> Heard:
    async with streams(server.serve, tls=authority.server(NAME, alpn="h2")) as where:
        carriers = carriers_to(where, authority)
        heard = await hear(carriers, ENDPOINT, question(4711), window_s)
        assert carriers.in_flight == 0
        await carriers.close()
        return heard


async def test_a_question_is_a_post_and_its_answer_has_status_and_headers(authority: Authority) -> None:
    def act(server: H2Resolver, request: Request) -> None:
        headers = (
            ("server", "cloudflare"),
            ("cf-ray", "8f1-MXP"),
            ("age", "9"),
            ("set-cookie", "x"),
            ("alt-svc", "a" * 999),
        )
        server.respond(request.stream, reply(request.body), headers=headers)

    server = H2Resolver(act)
    heard = await ask_one(authority, server)
    assert server.requests == [
        Request(
            1,
            {
                ":method": "POST",
                ":scheme": "https",
                ":authority": NAME,
                ":path": "/dns-query",
                "accept": "application/dns-message",
                "content-type": "application/dns-message",
                "content-length": str(len(question())),
            },
            question(4711),
        )
    ]
    assert [answer.wire for answer in heard.answers] == [reply(question(4711))]
    assert heard.http is not None
    assert heard.http.status == 200
    assert heard.http.headers == {
        "content-type": "application/dns-message",
        "server": "cloudflare",
        "cf-ray": "8f1-MXP",
        "age": "9",
        "alt-svc": "a" * 256,
    }
    assert heard.tls is not None
    assert (heard.tls.verified, len(heard.tls.chain), heard.failure) == (True, 2, None)


async def test_many_questions_over_one_connection_with_answers_in_any_order(authority: Authority) -> None:
    waiting: list[Request] = []

    def backwards(server: H2Resolver, request: Request) -> None:
        waiting.append(request)
        if len(waiting) == 20:
            for one in reversed(waiting):
                server.respond(one.stream, reply(one.body), headers=(("cf-ray", str(one.stream)),))
            waiting.clear()

    server = H2Resolver(backwards)
    async with streams(server.serve, tls=authority.server(NAME, alpn="h2")) as where:
        carriers = carriers_to(where, authority, Limits(connections=1))
        heard = await hear_all(carriers, ENDPOINT, [question(n) for n in range(2_000)], 10)
        assert [one.answers[0].wire for one in heard] == [reply(question(n)) for n in range(2_000)]
        rays = {one.http.headers["cf-ray"] for one in heard if one.http}
        assert len(rays) == 2_000
        assert server.connections == 1
        await carriers.close()


async def test_a_peer_that_takes_one_stream_at_a_time(authority: Authority) -> None:
    server = H2Resolver(honest, {SettingCodes.MAX_CONCURRENT_STREAMS: 1})
    async with streams(server.serve, tls=authority.server(NAME, alpn="h2")) as where:
        carriers = carriers_to(where, authority, Limits(connections=1))
        assert (await hear(carriers, ENDPOINT, question(1), 5)).failure is None
        heard = await hear_all(carriers, ENDPOINT, [question(n) for n in range(30)], 5)
        assert {one.failure for one in heard} == {None}
        await carriers.close()


@pytest.mark.parametrize("status", [301, 400, 403, 429, 503])
async def test_another_status_is_a_failure_and_is_kept(authority: Authority, status: int) -> None:
    def act(server: H2Resolver, request: Request) -> None:
        server.respond(request.stream, b"<html>", status, (("server", "nginx"),))

    heard = await ask_one(authority, H2Resolver(act))
    assert (heard.failure, heard.answers) == (Failure.HTTP_STATUS, ())
    assert heard.http is not None
    assert (heard.http.status, heard.http.headers["server"]) == (status, "nginx")


@pytest.mark.parametrize(
    ("size", "failure"), [(65_535, None), (65_536, Failure.TOO_LARGE), (1 << 20, Failure.TOO_LARGE)]
)
async def test_a_body_is_bounded(authority: Authority, size: int, failure: Failure | None) -> None:
    heard = await ask_one(authority, H2Resolver(lambda server, request: server.respond(request.stream, b"x" * size)))
    assert heard.failure is failure
    assert [len(answer.wire) for answer in heard.answers] == ([] if failure else [size])
    assert heard.http is not None


async def test_our_window_is_opened_again(authority: Authority) -> None:
    """The sum of many bodies is longer than any window that was granted at the start."""
    server = H2Resolver(lambda server, request: server.respond(request.stream, b"x" * 65_000))
    async with streams(server.serve, tls=authority.server(NAME, alpn="h2")) as where:
        carriers = carriers_to(where, authority, Limits(connections=1))
        for _ in range(6):
            heard = await hear_all(carriers, ENDPOINT, [question(n) for n in range(60)], 10)
            assert {one.failure for one in heard} == {None}
        assert 6 * 60 * 65_000 > 1 << 24
        await carriers.close()


async def test_the_peers_window_is_respected(authority: Authority) -> None:
    server = H2Resolver(honest, {SettingCodes.INITIAL_WINDOW_SIZE: 100})
    async with streams(server.serve, tls=authority.server(NAME, alpn="h2")) as where:
        carriers = carriers_to(where, authority, Limits(connections=1))
        assert (await hear(carriers, ENDPOINT, question(1), 5)).failure is None
        long = question(1) + bytes(100)
        assert (await hear(carriers, ENDPOINT, long, 0.2)).failure is Failure.TIMEOUT
        assert (await hear(carriers, ENDPOINT, question(2), 5)).failure is None
        await carriers.close()


async def test_a_long_header_block_comes_in_several_frames(authority: Authority) -> None:
    def act(server: H2Resolver, request: Request) -> None:
        headers = (*((f"x-{n}", "v" * 900) for n in range(40)), ("server", "long"))
        server.respond(request.stream, reply(request.body), headers=headers)

    heard = await ask_one(authority, H2Resolver(act))
    assert heard.failure is None
    assert heard.http is not None
    assert heard.http.headers["server"] == "long"


async def test_an_early_hint_is_not_the_response(authority: Authority) -> None:
    def act(server: H2Resolver, request: Request) -> None:
        server.h2.send_headers(request.stream, [(":status", "103"), ("server", "hint")])
        server.respond(request.stream, reply(request.body))

    heard = await ask_one(authority, H2Resolver(act))
    assert heard.http is not None
    assert (heard.failure, heard.http.status, "server" in heard.http.headers) == (None, 200, False)


async def test_goaway_sends_the_unread_questions_elsewhere(authority: Authority) -> None:
    """Of two questions the peer has read one: that is answered here, the other over a second connection."""
    held: list[Request] = []

    def act(server: H2Resolver, request: Request) -> None:
        if server.connections > 1:
            honest(server, request)
            return
        held.append(request)
        if len(held) == 2:
            server.respond(1, reply(held[0].body))
            server.flush()
            server.peer.writer.write(h2frames.frame(h2frames.GOAWAY, 0, 0, h2frames.number(1) + h2frames.number(0)))

    server = H2Resolver(act)
    async with streams(server.serve, tls=authority.server(NAME, alpn="h2")) as where:
        carriers = carriers_to(where, authority)
        heard = await hear_all(carriers, ENDPOINT, [question(1), question(2)], 5)
        assert [one.answers[0].wire for one in heard] == [reply(question(1)), reply(question(2))]
        assert [request.body[1] for request in server.requests] == [1, 2, 2]
        assert server.connections == 2
        await carriers.close()


@pytest.mark.parametrize(
    ("code", "failure", "asked"),
    [(h2frames.REFUSED_STREAM, Failure.CLOSED, 2), (0x2, Failure.RESET, 1)],
    ids=["refused", "internal_error"],
)
async def test_a_reset_stream(authority: Authority, code: int, failure: Failure, asked: int) -> None:
    """A refused stream was not processed and is tried once more; any other reset is the result."""
    server = H2Resolver(lambda server, request: server.h2.reset_stream(request.stream, code))
    heard = await ask_one(authority, server)
    assert (heard.failure, heard.answers, len(server.requests)) == (failure, (), asked)


async def test_silence_cancels_the_stream_and_keeps_the_connection(authority: Authority) -> None:
    server = H2Resolver(lambda server, request: honest(server, request) if request.body[1] != 1 else None)
    async with streams(server.serve, tls=authority.server(NAME, alpn="h2")) as where:
        carriers = carriers_to(where, authority)
        assert (await hear(carriers, ENDPOINT, question(1), 0.1)).failure is Failure.TIMEOUT
        assert (await hear(carriers, ENDPOINT, question(2), 5)).failure is None
        assert server.connections == 1
        await carriers.close()


async def test_a_peer_without_http_2_is_not_asked(authority: Authority) -> None:
    received = b""

    async def listening(peer: Peer) -> None:
        nonlocal received
        received += await peer.reader.read()

    async with streams(listening, tls=authority.server(NAME)) as where:
        carriers = carriers_to(where, authority)
        heard = await hear(carriers, ENDPOINT, question(), 5)
        assert heard.failure is Failure.TLS_FAILED
        assert heard.tls is not None
        assert len(heard.tls.chain) == 2
        assert received == b""
        await carriers.close()


SETTINGS = h2frames.frame(h2frames.SETTINGS, 0, 0)
RESPONSE = h2frames.frame(h2frames.HEADERS, h2frames.END_HEADERS, 1, b"\x88")


@pytest.mark.parametrize(
    "sent",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        RESPONSE,
        SETTINGS + b"\xff\xff\xff" + bytes(6),
        SETTINGS + h2frames.frame(h2frames.HEADERS, h2frames.END_HEADERS, 1, b"\xff\xff\xff\xff\xff"),
        SETTINGS + h2frames.frame(h2frames.HEADERS, h2frames.END_HEADERS, 1, b"\x08\x03abc"),
        SETTINGS + h2frames.frame(h2frames.HEADERS, 0, 1, b"\x88") + SETTINGS,
        SETTINGS + h2frames.frame(h2frames.HEADERS, 0, 1, b"\x88") + h2frames.frame(h2frames.CONTINUATION, 0, 1, b"x" * 16_000) * 5,
        SETTINGS + h2frames.frame(h2frames.PUSH_PROMISE, h2frames.END_HEADERS, 1, bytes(4) + b"\x88"),
        SETTINGS + h2frames.frame(h2frames.DATA, h2frames.PADDED, 1, b"\x09"),
        SETTINGS + h2frames.frame(h2frames.SETTINGS, 0, 0, b"abc"),
        SETTINGS + h2frames.frame(h2frames.WINDOW_UPDATE, 0, 0, b"\x7f\xff\xff\xff"),
        SETTINGS + h2frames.frame(h2frames.RST_STREAM, 0, 1),
        SETTINGS + RESPONSE[:-1],
    ],
    ids=[
        "http1", "no_settings", "frame_too_long", "not_hpack", "status_no_number", "block_interrupted", "block_endless",
        "push", "padding", "settings_cut", "window_overflow", "reset_cut", "frame_cut",
    ],
)  # fmt: skip
async def test_what_is_not_http_2_is_framing(authority: Authority, sent: bytes) -> None:
    async def lying(peer: Peer) -> None:
        buffer = b""
        while question() not in buffer:
            more = await peer.reader.read(65_536)
            if not more:
                return
            buffer += more
        peer.writer.write(sent)
        await peer.writer.drain()

    async with streams(lying, tls=authority.server(NAME, alpn="h2")) as where:
        carriers = carriers_to(where, authority)
        heard = await hear(carriers, ENDPOINT, question(), 5)
        assert (heard.failure, heard.answers) == (Failure.FRAMING, ())
        await carriers.close()


async def endless_pings(peer: Peer) -> None:
    peer.writer.write(SETTINGS)
    while not peer.writer.is_closing():
        peer.writer.write(h2frames.frame(h2frames.PING, 0, 0, bytes(8)) * 4_000)
        await peer.writer.drain()
        await asyncio.sleep(0)  # on a connection that is being ended, drain waits for nothing


async def unanswering(peer: Peer) -> None:
    await peer.reader.read(65_536)
    peer.reset()


@pytest.mark.parametrize(
    ("serve", "failures"), [(endless_pings, {Failure.CLOSED, Failure.TIMEOUT}), (unanswering, {Failure.RESET})]
)
async def test_a_hostile_peer_is_survived(
    authority: Authority, serve: Callable[[Peer], Awaitable[None]], failures: set[Failure]
) -> None:
    async with streams(serve, tls=authority.server(NAME, alpn="h2")) as where:
        carriers = carriers_to(where, authority)
        heard = await hear(carriers, ENDPOINT, question(), 1)
        assert heard.failure in failures
        await carriers.close()
