"""DNS over QUIC over real sockets, against a server that does what a test tells it, and against the front that forwards."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from aioquic.asyncio.client import connect
from aioquic.quic.configuration import QuicConfiguration
from cryptography.hazmat.primitives.serialization import Encoding

from deploy.lab.quicforward import forwarding
from deploy.lab.quicfront import QuicFront, quic_configuration
from probe.transport import Limits, make_carriers
from schema.endpoint import parse_endpoint
from schema.words import Failure, Transport
from tests.helpers.quicresolver import QuicResolver, Talk, listening
from tests.helpers.resolvers import Authority, Peer, datagrams, hear, hear_all, question, reply, streams

if TYPE_CHECKING:
    from collections.abc import Callable

    from probe.transport import Carriers, Heard
    from probe.transport.tls import Trust

NAME = "dns.quad9.net"
ENDPOINT = parse_endpoint(f"quic:9.9.9.9:853#{NAME}")
ONE = Limits(connections=1)
BAD_CERTIFICATE = 0x100 + 42


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("stranger"), "Stranger")


@pytest.fixture(scope="module")
def served(authority: Authority) -> QuicConfiguration:
    return quic_configuration(authority.server_pem(NAME))


def asked(number: int = 1) -> bytes:
    """What `question` of that number is on the wire: without an id."""
    return b"\0\0" + question(number)[2:]


def carriers_to(where: tuple[str, int], trust: Trust, limits: Limits = ONE) -> Carriers:
    return make_carriers(lambda _: where, trust, limits=limits)


async def ask_one(
    authority: Authority, served: QuicConfiguration, act: Callable[[Talk, int, bytes], None], window_s: float = 5
) -> Heard:
    """One question to a server that does *act*; afterwards nothing is in flight."""
    async with listening(QuicResolver(act), served) as where:
        carriers = carriers_to(where, authority.file)
        heard = await hear(carriers, ENDPOINT, question(4711), window_s)
        assert carriers.in_flight == 0
        await carriers.close()
        return heard


async def test_a_verified_answer_has_the_chain_and_no_id(authority: Authority, served: QuicConfiguration) -> None:
    server, shown = QuicResolver(), list[tuple[str, bytes]]()
    async with listening(server, served) as where:
        carriers = make_carriers(
            lambda _: where, authority.file, on_certificate=lambda *pair: shown.append(pair), limits=ONE
        )
        heard = await hear(carriers, ENDPOINT, question(4711), 5)
        assert (heard.query, heard.failure, heard.http) == (asked(), None, None)
        assert server.queries == [asked()]
        (answer,) = heard.answers
        assert (answer.wire, answer.ttl) == (reply(asked()), None)
        assert answer.us > 0
        assert heard.tls is not None
        assert (heard.tls.version, heard.tls.verified, len(heard.tls.chain)) == ("TLSv1.3", True, 2)
        assert tuple(name for name, _ in shown) == heard.tls.chain
        assert all(sha256(der).hexdigest() == name for name, der in shown)
        assert shown[1][1] == authority.intermediate.public_bytes(Encoding.DER)
        assert server.alpn == "doq"
        again = await hear(carriers, ENDPOINT, question(4712), 5)
        assert (again.failure, again.tls, len(shown)) == (None, heard.tls, 2), "each certificate at its first use, once"
        await carriers.close()


async def test_streams_are_as_many_as_the_peer_allows_and_answers_come_in_any_order(
    authority: Authority, served: QuicConfiguration
) -> None:
    waiting: list[tuple[int, bytes]] = []

    def backwards(talk: Talk, stream: int, query: bytes) -> None:
        waiting.append((stream, query))
        if len(waiting) == 20:
            for one, wire in reversed(waiting):
                talk.respond(one, reply(wire, one.to_bytes(4, "big")))
            waiting.clear()

    server = QuicResolver(backwards)
    async with listening(server, served) as where:
        carriers = carriers_to(where, authority.file)
        heard = await hear_all(carriers, ENDPOINT, [question(n) for n in range(1_000)], 10)
        assert {one.failure for one in heard} == {None}
        assert [one.answers[0].wire for one in heard] == [
            reply(asked(), (4 * n).to_bytes(4, "big")) for n in range(1_000)
        ]
        assert len(server.talks) == 1
        assert sorted(server.streams) == list(range(0, 4_000, 4)), "a stream for each, none twice"
        await carriers.close()


async def test_two_connections_where_two_are_allowed(authority: Authority, served: QuicConfiguration) -> None:
    server = QuicResolver()
    async with listening(server, served) as where:
        carriers = carriers_to(where, authority.file, Limits(connections=2, depth=10))
        heard = await hear_all(carriers, ENDPOINT, [question(n) for n in range(200)], 10)
        assert {one.failure for one in heard} == {None}
        assert len(server.talks) == 2
        await carriers.close()


@pytest.mark.parametrize("wrong", ["authority", "name", "date", "use"])
async def test_an_untrusted_chain_is_recorded_and_nothing_is_asked(
    authority: Authority, stranger: Authority, wrong: str
) -> None:
    pem = {
        "authority": lambda: stranger.server_pem(NAME),
        "name": lambda: authority.server_pem("dns.isp.example"),
        "date": lambda: authority.server_pem(NAME, expired=True),
        "use": lambda: authority.server_pem(NAME, client_only=True),
    }[wrong]()
    server, shown = QuicResolver(), list[str]()
    async with listening(server, quic_configuration(pem)) as where:
        carriers = make_carriers(
            lambda _: where, authority.file, on_certificate=lambda name, _: shown.append(name), limits=ONE
        )
        heard = await hear(carriers, ENDPOINT, question(), 5)
        assert (heard.failure, heard.answers, heard.query) == (Failure.TLS_UNTRUSTED, (), asked())
        assert heard.tls is not None
        assert (heard.tls.version, heard.tls.verified, len(heard.tls.chain)) == ("TLSv1.3", False, 2)
        assert tuple(shown) == heard.tls.chain
        async with asyncio.timeout(20):
            await server.closed.wait()
        assert (server.queries, server.closes) == ([], [BAD_CERTIFICATE])
        await carriers.close()


async def test_whose_certificates_verify(authority: Authority, served: QuicConfiguration, tmp_path: Path) -> None:
    """The system's authorities know nothing of ours; a context that holds them does; without a file nobody verifies."""
    import ssl  # noqa: PLC0415  for this test alone

    nothing = tmp_path / "nothing.pem"
    nothing.write_bytes(b"")
    ways: list[tuple[Trust, Failure | None]] = [
        (None, Failure.TLS_UNTRUSTED),
        (lambda: ssl.create_default_context(cafile=str(authority.file)), None),
        (str(authority.file), None),
        (tmp_path / "missing.pem", Failure.LOCAL_ERROR),
        (nothing, Failure.LOCAL_ERROR),
    ]
    async with listening(QuicResolver(), served) as where:
        for trust, failure in ways:
            carriers = carriers_to(where, trust)
            assert (await hear(carriers, ENDPOINT, question(), 5)).failure is failure
            await carriers.close()


@pytest.mark.parametrize(
    ("data", "failure", "kept"),
    [
        (b"", Failure.FRAMING, 0),
        (b"\0", Failure.FRAMING, 0),
        (b"\0\0", Failure.FRAMING, 0),
        (b"\0\x0b" + b"x" * 11, Failure.FRAMING, 0),
        (b"\0\x0c" + b"x" * 11, Failure.FRAMING, 0),
        (b"\0\x0c" + b"x" * 12, None, 1),
        (b"\0\x0c" + b"x" * 12 + b"y", Failure.FRAMING, 1),
        ((b"\0\x0c" + b"x" * 12) * 2, None, 2),
        ((b"\0\x0c" + b"x" * 12) * 16, None, 16),
        ((b"\0\x0c" + b"x" * 12) * 17, Failure.TOO_LARGE, 16),
        (b"\xff\xff" + b"x" * 65_535, None, 1),
        (b"\xff\xff" + b"x" * 65_534, Failure.FRAMING, 0),
        ((b"\xff\xff" + b"x" * 65_535) * 40, Failure.TOO_LARGE, 2),
        (b"\xff" * 3_000, Failure.FRAMING, 0),
    ],
    ids=lambda value: f"{len(value)} octets" if isinstance(value, bytes) else str(value),
)
async def test_what_comes_on_a_stream_is_cut_into_messages(
    authority: Authority, served: QuicConfiguration, data: bytes, failure: Failure | None, kept: int
) -> None:
    heard = await ask_one(authority, served, lambda talk, stream, _: talk.raw(stream, data))
    assert (heard.failure, len(heard.answers)) == (failure, kept)
    assert heard.tls is not None
    assert heard.tls.verified


async def test_a_message_in_pieces(authority: Authority, served: QuicConfiguration) -> None:
    def in_pieces(talk: Talk, stream: int, query: bytes) -> None:
        wire = reply(query)
        framed = len(wire).to_bytes(2, "big") + wire
        for at, end in pairwise(range(len(framed) + 1)):
            talk.raw(stream, framed[at:end], end=False)
        talk.raw(stream, b"")

    heard = await ask_one(authority, served, in_pieces)
    assert (heard.failure, [answer.wire for answer in heard.answers]) == (None, [reply(asked())])


async def test_an_id_that_must_not_be_is_kept_as_it_came(authority: Authority, served: QuicConfiguration) -> None:
    heard = await ask_one(
        authority, served, lambda talk, stream, query: talk.respond(stream, reply(query, number=4711))
    )
    assert (heard.failure, [answer.wire for answer in heard.answers]) == (None, [reply(asked(), number=4711)])


async def test_a_stream_left_open_is_listened_to_until_the_window_ends(
    authority: Authority, served: QuicConfiguration
) -> None:
    heard = await ask_one(
        authority, served, lambda talk, stream, query: talk.respond(stream, reply(query), end=False), 1
    )
    assert (heard.failure, [answer.wire for answer in heard.answers]) == (None, [reply(asked())])


async def test_who_is_too_slow_is_cancelled_and_the_connection_stays(
    authority: Authority, served: QuicConfiguration
) -> None:
    def slow(talk: Talk, stream: int, query: bytes) -> None:
        if stream:
            talk.respond(stream, reply(query))

    server = QuicResolver(slow)
    async with listening(server, served) as where:
        carriers = carriers_to(where, authority.file)
        first = await hear(carriers, ENDPOINT, question(1), 1)
        assert (first.failure, first.answers) == (Failure.TIMEOUT, ())
        async with asyncio.timeout(20):
            await server.stop_seen.wait()
        assert server.stopped == [(0, 0x3)], "DOQ_REQUEST_CANCELLED"
        second = await hear(carriers, ENDPOINT, question(2), 5)
        assert (second.failure, len(server.talks)) == (None, 1)
        await carriers.close()


@pytest.mark.parametrize("how", ["reset", "stop"])
async def test_a_stream_that_is_broken_off(authority: Authority, served: QuicConfiguration, how: str) -> None:
    def act(talk: Talk, stream: int, query: bytes) -> None:
        if stream:
            talk.respond(stream, reply(query))
        elif how == "reset":
            talk.raw(stream, b"\0\x20half", end=False)
            talk.reset(stream)
        else:
            talk.reset(stream)

    server = QuicResolver(act)
    async with listening(server, served) as where:
        carriers = carriers_to(where, authority.file)
        heard = await hear_all(carriers, ENDPOINT, [question(1), question(2)], 5)
        assert [one.failure for one in heard] == [Failure.RESET, None]
        assert len(server.talks) == 1
        await carriers.close()


async def test_a_close_before_an_answer_is_asked_again_once(authority: Authority, served: QuicConfiguration) -> None:
    server = QuicResolver(lambda talk, _stream, _query: talk.hang_up())
    async with listening(server, served) as where:
        carriers = carriers_to(where, authority.file)
        heard = await hear(carriers, ENDPOINT, question(), 5)
        assert (heard.failure, heard.answers) == (Failure.CLOSED, ())
        assert (len(server.talks), server.queries) == (2, [asked(), asked()])
        await carriers.close()


async def test_a_close_after_one_that_was_answered(authority: Authority, served: QuicConfiguration) -> None:
    def act(talk: Talk, stream: int, query: bytes) -> None:
        talk.respond(stream, reply(query))
        if len(server.queries) == 1:
            talk.hang_up()

    server = QuicResolver(act)
    async with listening(server, served) as where:
        carriers = carriers_to(where, authority.file)
        for number in (1, 2):
            assert (await hear(carriers, ENDPOINT, question(number), 5)).failure is None
        assert len(server.talks) == 2
        await carriers.close()


async def test_a_close_amid_an_answer(authority: Authority, served: QuicConfiguration) -> None:
    def act(talk: Talk, stream: int, query: bytes) -> None:
        talk.raw(stream, b"\0\x20half", end=False)
        talk.hang_up()

    heard = await ask_one(authority, served, act)
    assert (heard.failure, heard.answers) == (Failure.FRAMING, ())


async def test_a_close_that_says_that_something_is_wrong(authority: Authority, served: QuicConfiguration) -> None:
    server = QuicResolver(lambda talk, _stream, _query: talk.hang_up(0x4))
    async with listening(server, served) as where:
        carriers = carriers_to(where, authority.file)
        heard = await hear(carriers, ENDPOINT, question(), 5)
        assert (heard.failure, len(server.talks)) == (Failure.CLOSED, 1)
        await carriers.close()


async def test_streams_are_ours_to_open(authority: Authority, served: QuicConfiguration) -> None:
    heard = await ask_one(authority, served, lambda talk, _stream, query: talk.respond(1, reply(query)))
    assert (heard.failure, heard.answers) == (Failure.FRAMING, ())


async def test_nobody_listens(authority: Authority) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        where = sock.getsockname()
    carriers = carriers_to(where, authority.file)
    heard = await hear(carriers, ENDPOINT, question(), 5)
    assert (heard.failure, heard.tls, heard.query) == (Failure.REFUSED_CONNECTION, None, asked())
    await carriers.close()


@pytest.mark.parametrize("said", [[], [b""], [b"\0"], [b"x" * 1_200], [b"\xc0" + b"\0" * 40], [b"\xff" * 1_200] * 20])
async def test_what_is_not_quic_comes_to_nothing(authority: Authority, said: list[bytes]) -> None:
    async with datagrams(lambda _: [(0, wire) for wire in said]) as (where, server):
        carriers = carriers_to(where, authority.file, Limits(connect_s=0.3))
        heard = await hear(carriers, ENDPOINT, question(), 5)
        assert (heard.failure, heard.answers, heard.tls) == (Failure.TIMEOUT, (), None)
        assert server.seen
        await carriers.close()


async def test_who_speaks_something_else_over_quic(authority: Authority) -> None:
    other = quic_configuration(authority.server_pem(NAME))
    other.alpn_protocols = ["h3"]
    async with listening(QuicResolver(), other) as where:
        carriers = carriers_to(where, authority.file)
        heard = await hear(carriers, ENDPOINT, question(), 5)
        assert (heard.failure, heard.answers) == (Failure.TLS_FAILED, ())
        await carriers.close()


async def test_who_agrees_on_no_protocol_is_not_asked(authority: Authority) -> None:
    silent = quic_configuration(authority.server_pem(NAME))
    silent.alpn_protocols = None
    server = QuicResolver()
    async with listening(server, silent) as where:
        carriers = carriers_to(where, authority.file)
        heard = await hear(carriers, ENDPOINT, question(), 5)
        assert (heard.failure, server.queries) == (Failure.TLS_FAILED, [])
        await carriers.close()


async def test_versions_that_we_do_not_speak(authority: Authority) -> None:
    future = quic_configuration(authority.server_pem(NAME))
    future.supported_versions = [0x0A0A0A0A]
    async with listening(QuicResolver(), future) as where:
        carriers = carriers_to(where, authority.file)
        heard = await hear(carriers, ENDPOINT, question(), 5)
        assert (heard.failure, heard.tls) == (Failure.CLOSED, None)
        await carriers.close()


async def test_a_server_that_has_gone(authority: Authority, served: QuicConfiguration) -> None:
    async with listening(QuicResolver(), served) as where:
        carriers = carriers_to(where, authority.file)
        assert (await hear(carriers, ENDPOINT, question(1), 5)).failure is None
    heard = await hear(carriers, ENDPOINT, question(2), 5)
    assert (heard.failure, heard.answers) == (Failure.REFUSED_CONNECTION, ())
    await carriers.close()


async def test_a_server_that_has_forgotten_us_is_met_anew(authority: Authority, served: QuicConfiguration) -> None:
    """It says nothing to a connection that it does not know: one question is lost, not all until the connection ages."""
    async with listening(QuicResolver(), served) as where:
        carriers = carriers_to(where, authority.file)
        assert (await hear(carriers, ENDPOINT, question(1), 5)).failure is None
    async with listening(QuicResolver(), served, where):
        assert (await hear(carriers, ENDPOINT, question(2), 0.3)).failure is Failure.TIMEOUT
        assert (await hear(carriers, ENDPOINT, question(3), 5)).failure is None
        await carriers.close()


async def test_an_idle_connection_is_closed_and_another_opened(authority: Authority, served: QuicConfiguration) -> None:
    server = QuicResolver()
    async with listening(server, served) as where:
        carriers = carriers_to(where, authority.file, Limits(connections=1, idle_s=0.05))
        assert (await hear(carriers, ENDPOINT, question(1), 5)).failure is None
        async with asyncio.timeout(20):
            await server.closed.wait()
        assert server.closes == [0], "DOQ_NO_ERROR"
        assert (await hear(carriers, ENDPOINT, question(2), 5)).failure is None
        assert len(server.talks) == 2
        await carriers.close()


async def test_who_may_have_forgotten_us_is_not_asked_again(authority: Authority) -> None:
    """A server lets go of a silent connection without a word: a question that comes just then is nobody's."""
    short = quic_configuration(authority.server_pem(NAME))
    short.idle_timeout = 1.0
    server = QuicResolver()
    async with listening(server, short) as where:
        carriers = carriers_to(where, authority.file)
        for number in range(2):
            server.closed.clear()
            assert (await hear(carriers, ENDPOINT, question(number), 5)).failure is None
            async with asyncio.timeout(20):
                await server.closed.wait()
        assert len(server.talks) > 1
        await carriers.close()


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_close_frees_everything(authority: Authority, served: QuicConfiguration) -> None:
    full = asyncio.Event()

    def silent(*_: object) -> None:
        if len(server.queries) == 100:
            full.set()

    server = QuicResolver(silent)
    async with listening(server, served) as where:
        before = open_files()
        carriers = carriers_to(where, authority.file)
        results: list[asyncio.Task[Heard]] = [
            asyncio.create_task(hear(carriers, ENDPOINT, question(n), 60)) for n in range(200)
        ]
        async with asyncio.timeout(20):
            await full.wait()
        assert open_files() > before
        await carriers.close()
        assert {(await result).failure for result in results} == {Failure.LOCAL_ERROR}
        assert (carriers.in_flight, open_files()) == (0, before)
        async with asyncio.timeout(20):
            await server.closed.wait()


async def test_close_amid_a_handshake(authority: Authority) -> None:
    async with datagrams(lambda _: []) as (where, server):
        before = open_files()
        carriers = carriers_to(where, authority.file)
        result = asyncio.create_task(hear(carriers, ENDPOINT, question(), 60))
        async with asyncio.timeout(20):
            await server.asked.wait()
        await carriers.close()
        assert (await result).failure is Failure.LOCAL_ERROR
        assert open_files() == before


async def test_over_ipv6(authority: Authority, served: QuicConfiguration) -> None:
    async with listening(QuicResolver(), served, ("::1", 0)) as where:
        carriers = carriers_to(where, authority.file)
        heard = await hear(carriers, parse_endpoint(f"quic:[2620:fe::fe]:853#{NAME}"), question(), 5)
        assert (heard.failure, len(heard.answers)) == (None, 1)
        await carriers.close()


def run(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout.strip()


_MAKE = "import asyncio\nfrom probe.transport import make_carriers\nasync def main(): return make_carriers()\n"


def test_without_the_extra_it_is_not_carried() -> None:
    """A cell over QUIC is then a gap `transport_unavailable`, as for any transport that is not among these."""
    hidden = "import sys\nsys.modules['aioquic'] = None\n"
    assert run(f"{hidden}{_MAKE}print(*sorted(asyncio.run(main()).transports))") == "https tcp tls udp"
    assert run(f"{_MAKE}print(*sorted(asyncio.run(main()).transports))") == "https quic tcp tls udp"


def test_who_asks_nothing_over_quic_does_not_load_it() -> None:
    assert run(
        f"{_MAKE}import sys\nasyncio.run(main())\nprint('aioquic' in sys.modules, 'OpenSSL' in sys.modules)"
    ) == ("False False")


async def front_to(authority: Authority, where: tuple[str, int]) -> tuple[QuicFront, Carriers]:
    """A front before the resolver at *where*, and carriers to it."""
    front = QuicFront(forwarding(*where), quic_configuration(authority.server_pem(NAME)))
    return front, carriers_to(await front.start(), authority.file)


async def test_the_front_forwards_over_udp(authority: Authority) -> None:
    async with datagrams(lambda query: [(0, reply(query))]) as (where, server):
        front, carriers = await front_to(authority, where)
        heard = await hear_all(carriers, ENDPOINT, [question(n) for n in range(100)], 10)
        assert {(one.failure, one.answers[0].wire) for one in heard} == {(None, reply(asked()))}
        assert len({query[:2] for query, _ in server.seen}) > 90, "the resolver is asked with ids of chance"
        assert {query[2:] for query, _ in server.seen} == {asked()[2:]}
        assert Transport.QUIC in carriers.transports
        await carriers.close()
        await front.close()


async def test_the_front_turns_to_tcp_for_what_is_cut_off() -> None:
    async def whole(peer: Peer) -> None:
        query = await peer.query()
        peer.send(reply(query, b"z" * 20_000))
        await peer.reader.read()

    async with streams(whole) as where:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.settimeout(0)
        sock.bind(where)
        loop = asyncio.get_running_loop()

        def cut_off() -> None:
            query, peer = sock.recvfrom(4_096)
            sock.sendto(query[:2] + b"\x83\x80" + query[4:], peer)

        loop.add_reader(sock, cut_off)
        assert await forwarding(*where)(asked()) == reply(asked(), b"z" * 20_000)
        loop.remove_reader(sock)
        sock.close()


async def test_the_front_before_a_resolver_that_is_not_there(authority: Authority) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        where = sock.getsockname()
    front, carriers = await front_to(authority, where)
    heard = await hear(carriers, ENDPOINT, question(), 5)
    assert (heard.failure, heard.answers) == (Failure.RESET, ())
    await carriers.close()
    await front.close()


async def test_the_front_before_a_resolver_that_drops(authority: Authority) -> None:
    async with datagrams(lambda _: []) as (where, server):
        front, carriers = await front_to(authority, where)
        heard = await hear(carriers, ENDPOINT, question(), 1)
        assert (heard.failure, len(server.seen)) == (Failure.TIMEOUT, 1)
        await carriers.close()
        await front.close()


async def test_the_front_says_when_it_ends(authority: Authority) -> None:
    async with datagrams(lambda _: []) as (where, server):
        front, carriers = await front_to(authority, where)
        result = asyncio.create_task(hear(carriers, ENDPOINT, question(), 5))
        async with asyncio.timeout(20):
            await server.asked.wait()
        await front.close()
        assert (await result).failure in {Failure.CLOSED, Failure.REFUSED_CONNECTION}, "asked again of nobody"
        await carriers.close()


async def test_the_front_forgets_who_does_not_wait(authority: Authority) -> None:
    """A resolver that answers too late is no longer answered for; the connection goes on."""

    def late(query: bytes) -> list[tuple[float, bytes]]:
        return [(0.5, reply(query))] if query[12:].startswith(b"\x04late") else [(0, reply(query))]

    async with datagrams(late) as (where, _):
        front, carriers = await front_to(authority, where)
        heard = await hear(carriers, ENDPOINT, question(name="late.to."), 0.2)
        assert heard.failure is Failure.TIMEOUT
        assert (await hear(carriers, ENDPOINT, question(), 5)).failure is None
        await carriers.close()
        await front.close()


@pytest.mark.parametrize(
    "sent",
    [b"\0\x05" + b"x" * 5, b"\0\x0c" + b"\0" * 13, b"\0\x0c" + b"\x12\x34" + b"\0" * 10, b"\0"],
    ids=["too short", "too long", "an id", "cut off"],
)
async def test_the_front_hangs_up_on_who_breaks_the_protocol(authority: Authority, sent: bytes) -> None:
    answered: list[bytes] = []

    async def answer(message: bytes) -> bytes:
        answered.append(message)
        return b""

    front = QuicFront(answer, quic_configuration(authority.server_pem(NAME)))
    host, port = await front.start()
    configuration = QuicConfiguration(alpn_protocols=["doq"], server_name=NAME, cafile=str(authority.file))
    async with connect(host, port, configuration=configuration) as client:
        _, writer = await client.create_stream()
        writer.write(sent)
        writer.write_eof()
        async with asyncio.timeout(20):
            await client.wait_closed()
        assert client._quic._close_event is not None
        assert (client._quic._close_event.error_code, answered) == (0x2, [])
    await front.close()


async def test_what_is_forged_on_the_way_changes_nothing(authority: Authority, served: QuicConfiguration) -> None:
    """Before each datagram of the server come two that somebody made of it, and one of chance."""
    dice = Random(9250)
    loop = asyncio.get_running_loop()
    clients: list[tuple[str, int]] = []
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as near,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far,
    ):
        async with listening(QuicResolver(), served) as where:
            near.bind(("127.0.0.1", 0))
            far.connect(where)

            def to_server() -> None:
                data, client = near.recvfrom(4_096)
                clients.append(client)
                far.send(data)

            def to_client() -> None:
                data = far.recv(4_096)
                for _ in range(2):
                    forged = bytearray(data)
                    forged[dice.randrange(len(forged))] ^= 1 << dice.randrange(8)
                    near.sendto(forged, clients[-1])
                near.sendto(dice.randbytes(dice.randrange(1, 1_200)), clients[-1])
                near.sendto(data, clients[-1])

            loop.add_reader(near, to_server)
            loop.add_reader(far, to_client)
            carriers = carriers_to(near.getsockname(), authority.file)
            heard = await hear_all(carriers, ENDPOINT, [question(n) for n in range(300)], 20)
            assert {(one.failure, one.answers[0].wire) for one in heard} == {(None, reply(asked()))}
            await carriers.close()
            loop.remove_reader(near)
            loop.remove_reader(far)
