"""The lab's front: DNS over QUIC for resolvers that serve none, asked by the probe's carriers and by a client that misbehaves."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest
from aioquic.asyncio.client import connect
from aioquic.quic.configuration import QuicConfiguration

from deploy.lab.quicfront import QuicFront, quic_configuration
from deploy.lab.real.quicforward import forwarding
from schema.words import Failure, Transport
from tests.helpers.resolvers import Authority, Peer, datagrams, hear, hear_all, question, reply, streams
from tests.integration.quic_examples import ENDPOINT, NAME, asked, carriers_to

if TYPE_CHECKING:
    from probe.transport import Carriers


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
