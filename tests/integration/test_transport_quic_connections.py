"""The life of a QUIC connection: how many there are, how each ends, what becomes of its questions, what it leaves behind."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection

from deploy.lab.quicfront import quic_configuration
from probe.transport import Limits
from probe.transport.port import SYSTEM_CLOCK
from probe.transport.quicsocket import QuicSocket
from schema.words import Failure
from tests.helpers.quicresolver import QuicResolver, Talk, listening
from tests.helpers.resolvers import Authority, hear, hear_all, question, reply
from tests.integration.quic_examples import ENDPOINT, NAME, ask_one, asked, carriers_to, open_files

if TYPE_CHECKING:
    from probe.transport import Heard


class Ends:
    """Whoever a connection belongs to that wants nothing of it but its end."""

    def __init__(self) -> None:
        self.said: list[Failure | None] = []
        self.over_with = asyncio.Event()

    def happened(self, event: object, now_ns: int) -> None:
        """Nothing."""

    def settled(self) -> None:
        """Nothing."""

    def over(self, failure: Failure | None) -> None:
        """The end."""
        self.said.append(failure)
        self.over_with.set()


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


async def test_an_end_that_nobody_can_be_told(authority: Authority) -> None:
    """Nobody is at the port, and the kernel says so when the end is to be sent: it is an end all the same, and one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        where = sock.getsockname()
    before = open_files()
    configuration = QuicConfiguration(alpn_protocols=["doq"], server_name=NAME, cafile=str(authority.file))
    quic, ends = QuicSocket(QuicConnection(configuration=configuration), where, SYSTEM_CLOCK), Ends()
    quic.start(ends)
    quic.close()
    quic.close()
    await ends.over_with.wait()
    assert (ends.said, quic.is_closing(), open_files()) == ([None], True, before)
