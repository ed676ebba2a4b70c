"""DNS over QUIC over real sockets: what comes on a stream, from a server that does what a test tells it."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from hashlib import sha256
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from probe.transport import make_carriers
from schema.endpoint import parse_endpoint
from schema.words import Failure
from tests.helpers.quicresolver import QuicResolver, Talk, listening
from tests.helpers.resolvers import Authority, hear, hear_all, question, reply
from tests.integration.quic_examples import ENDPOINT, NAME, ONE, ask_one, asked, carriers_to

if TYPE_CHECKING:
    from aioquic.quic.configuration import QuicConfiguration


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


async def test_streams_are_ours_to_open(authority: Authority, served: QuicConfiguration) -> None:
    heard = await ask_one(authority, served, lambda talk, _stream, query: talk.respond(1, reply(query)))
    assert (heard.failure, heard.answers) == (Failure.FRAMING, ())


async def test_over_ipv6(authority: Authority, served: QuicConfiguration) -> None:
    async with listening(QuicResolver(), served, ("::1", 0)) as where:
        carriers = carriers_to(where, authority.file)
        heard = await hear(carriers, parse_endpoint(f"quic:[2620:fe::fe]:853#{NAME}"), question(), 5)
        assert (heard.failure, len(heard.answers)) == (None, 1)
        await carriers.close()


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
