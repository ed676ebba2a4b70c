"""UDP over real sockets: everything that comes within the window is kept, and every question ends exactly once."""

from __future__ import annotations

import asyncio
import resource
import socket
import struct
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from probe.transport import Ask
from probe.transport.udp import UdpCarrier
from schema.endpoint import parse_endpoint
from schema.words import Failure
from tests.helpers.resolvers import datagrams, echoing, hear, hear_all, question, reply

if TYPE_CHECKING:
    from probe.transport import Heard

ENDPOINT = parse_endpoint("udp:1.1.1.1:53")


def carrier_to(where: tuple[str, int], max_open: int | None = None) -> UdpCarrier:
    return UdpCarrier(lambda _: where, max_open=max_open)


async def test_an_answer_comes_with_its_bytes_time_and_ttl() -> None:
    async with datagrams(lambda query: [(0, reply(query))]) as (where, server):
        carrier = carrier_to(where)
        before, began = time.time_ns(), time.monotonic()
        heard = await hear(carrier, ENDPOINT, question(7), 0.2)
        assert time.monotonic() - began >= 0.2, "the window is listened to in full"
        assert heard.query == question(7) == server.seen[0][0]
        assert [answer.wire for answer in heard.answers] == [reply(question(7))]
        assert heard.answers[0].ttl == 64
        assert 0 <= heard.answers[0].us < 100_000
        assert before <= heard.sent_at_ns <= time.time_ns()
        assert (heard.failure, heard.tls, heard.http) == (None, None, None)
        await carrier.close()


async def test_the_time_is_the_kernels_not_ours() -> None:
    """An answer that lies in the buffer while the event loop is busy has the time of its arrival."""
    async with datagrams(lambda query: [(0, reply(query))]) as (where, _):
        carrier = carrier_to(where)
        await hear(carrier, ENDPOINT, question(1), 0.02)
        result = asyncio.ensure_future(hear(carrier, ENDPOINT, question(2), 0.2))
        await asyncio.sleep(0.002)  # the responder, which shares our loop, has answered by then
        deadline = time.monotonic() + 0.1
        while time.monotonic() < deadline:
            pass
        assert (await result).answers[0].us < 50_000
        await carrier.close()


async def test_a_forged_first_answer_does_not_hide_the_second() -> None:
    def lying(query: bytes) -> list[tuple[float, bytes]]:
        return [(0, reply(query, b"forged")), (0.05, reply(query, number=9)), (0.1, reply(query, b"true"))]

    async with datagrams(lying) as (where, _):
        carrier = carrier_to(where)
        heard = await hear(carrier, ENDPOINT, question(7))
        assert [answer.wire for answer in heard.answers] == [wire for _, wire in lying(question(7))]
        assert heard.answers[0].us < 45_000 < heard.answers[1].us < 95_000 < heard.answers[2].us < 300_000
        assert heard.failure is None
        await carrier.close()


@pytest.mark.parametrize("wire", [b"", b"\xff", b"x" * 65_507], ids=["empty", "garbage", "largest"])
async def test_odd_datagrams_are_kept(wire: bytes) -> None:
    async with datagrams(lambda _: [(0, wire)]) as (where, _):
        carrier = carrier_to(where)
        heard = await hear(carrier, ENDPOINT, question(), 0.1)
        assert ([answer.wire for answer in heard.answers], heard.failure) == ([wire], None)
        await carrier.close()


async def test_a_flood_is_cut_off() -> None:
    async with datagrams(lambda query: [(0, reply(query, bytes([n]))) for n in range(40)]) as (where, _):
        carrier = carrier_to(where)
        heard = await hear(carrier, ENDPOINT, question(), 0.1)
        assert heard.failure is Failure.TOO_LARGE
        assert [answer.wire[-1] for answer in heard.answers] == list(range(16))
        await carrier.close()


async def test_silence_is_a_timeout() -> None:
    async with datagrams(lambda _: []) as (where, _):
        carrier = carrier_to(where)
        heard = await hear(carrier, ENDPOINT, question(), 0.1)
        assert (heard.answers, heard.failure) == ((), Failure.TIMEOUT)
        await carrier.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_a_closed_port_refuses(host: str) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as unused:
        unused.bind((host, 0))
        where = unused.getsockname()[:2]
    carrier = carrier_to(where)
    heard = await hear(carrier, ENDPOINT, question(), 0.1)
    assert (heard.answers, heard.failure) == ((), Failure.REFUSED_CONNECTION)
    await carrier.close()


@pytest.mark.parametrize(
    ("code", "failure"),
    [(0, Failure.UNREACHABLE), (1, Failure.UNREACHABLE), (13, Failure.UNREACHABLE), (3, Failure.REFUSED_CONNECTION)],
    ids=["network", "host", "prohibited", "port"],
)
async def test_icmp_errors_are_told_apart(code: int, failure: Failure) -> None:
    """A router's word, forged here by a raw socket: destination unreachable about the question's own packet."""
    try:
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    except PermissionError:
        pytest.skip("raw sockets need CAP_NET_RAW")
    with raw:
        async with datagrams(lambda _: []) as (where, server):
            carrier = carrier_to(where)
            result = asyncio.ensure_future(hear(carrier, ENDPOINT, question()))
            async with asyncio.timeout(20):
                await server.asked.wait()
            raw.sendto(unreachable(code, server.seen[0][1], where), ("127.0.0.1", 0))
            heard = await result
            assert (heard.answers, heard.failure) == ((), failure)
            await carrier.close()


def unreachable(code: int, source: tuple[str, int], target: tuple[str, int]) -> bytes:
    """ICMP type 3 about a UDP packet from *source* to *target* (RFC 792)."""
    addresses = socket.inet_aton(source[0]) + socket.inet_aton(target[0])
    about = struct.pack("!BBHHHBBH", 0x45, 0, 60, 1, 0, 64, socket.IPPROTO_UDP, 0) + addresses
    about += struct.pack("!HHHH", source[1], target[1], 40, 0)
    message = struct.pack("!BBHI", 3, code, 0, 0) + about
    total = sum(struct.unpack(f"!{len(message) // 2}H", message))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return message[:2] + struct.pack("!H", ~total & 0xFFFF) + message[4:]


async def test_what_cannot_be_sent_is_not_lost() -> None:
    """Our own kernel refuses a datagram longer than UDP carries."""
    carrier = carrier_to(("127.0.0.1", 9))
    heard = await hear(carrier, ENDPOINT, bytes(65_535))
    assert (heard.query, heard.answers, heard.failure) == (bytes(65_535), (), Failure.LOCAL_ERROR)
    await carrier.close()


@pytest.mark.skipif(
    len(Path("/proc/net/route").read_text().splitlines()) > 1, reason="needs a network namespace without routes"
)
async def test_no_route_is_unreachable() -> None:
    carrier = UdpCarrier()
    heard = await hear(carrier, ENDPOINT, question())
    assert heard.failure is Failure.UNREACHABLE
    await carrier.close()


async def test_ipv6_has_its_hop_limit() -> None:
    async with datagrams(lambda query: [(0, reply(query))], "::1") as (where, _):
        carrier = carrier_to(where)
        heard = await hear(carrier, parse_endpoint("udp:[2606:4700:4700::1111]:53"), question(), 0.1)
        assert [(answer.wire, answer.ttl) for answer in heard.answers] == [(reply(question()), 64)]
        await carrier.close()


async def test_each_question_has_a_port_of_its_own() -> None:
    async with datagrams(lambda query: [(0, reply(query))]) as (where, server):
        carrier = carrier_to(where)
        await hear_all(carrier, ENDPOINT, [question(n) for n in range(100)])
        assert len({address for _, address in server.seen}) == 100
        await carrier.close()


async def test_more_questions_than_sockets_wait_their_turn() -> None:
    async with datagrams(lambda query: [(0, reply(query))]) as (where, _):
        carrier = carrier_to(where, max_open=8)
        results = asyncio.ensure_future(hear_all(carrier, ENDPOINT, [question(n) for n in range(100)], 0.02))
        most = 0
        while not results.done():
            most = max(most, carrier.open_sockets)
            await asyncio.sleep(0.005)
        assert most == 8
        assert [heard.answers[0].wire for heard in results.result()] == [reply(question(n)) for n in range(100)]
        await carrier.close()


async def test_running_out_of_descriptors_loses_nothing() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with echoing() as where:
        carrier = carrier_to(where)
        held = len(list(Path("/proc/self/fd").iterdir()))
        resource.setrlimit(resource.RLIMIT_NOFILE, (held + 20, hard))
        try:
            heard = await hear_all(carrier, ENDPOINT, [question(n) for n in range(200)], 0.02)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert all(one.failure is None and len(one.answers) == 1 for one in heard)
        await carrier.close()


async def test_ten_thousand_questions_each_end_once() -> None:
    with echoing() as where:
        carrier = carrier_to(where)
        ended: Counter[object] = Counter()
        answered: Counter[object] = Counter()
        all_ended = asyncio.get_running_loop().create_future()
        left = iter(range(10_000))

        def submit_next() -> None:
            number = next(left, None)
            if number is not None:
                carrier.submit(Ask(ENDPOINT, question(number), 0.1, number), done)

        def done(heard: Heard) -> None:
            ended[heard.token] += 1
            answered[heard.token] += [answer.wire for answer in heard.answers] == [reply(heard.query)]
            submit_next()
            if len(ended) == 10_000 and not all_ended.done():
                all_ended.set_result(None)

        for _ in range(400):
            submit_next()
        async with asyncio.timeout(60):
            await all_ended
        await asyncio.sleep(0.2)  # longer than a window: nothing may end twice
        assert set(ended.values()) == {1}
        assert answered.total() == 10_000
        assert carrier.in_flight == 0
        await carrier.close()


async def test_closing_gives_up_each_question_once() -> None:
    async with datagrams(lambda _: []) as (where, _):
        carrier = carrier_to(where, max_open=4)
        heard: list[Heard] = []
        for number in range(10):
            carrier.submit(Ask(ENDPOINT, question(number), 5, number), heard.append)
        await carrier.close()
        assert sorted(one.token for one in heard) == list(range(10))  # type: ignore[type-var]  # they are numbers
        assert {one.failure for one in heard} == {Failure.LOCAL_ERROR}


async def test_an_asker_that_fails_harms_nobody_else() -> None:
    faults: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context))

    def failing(_: Heard) -> None:
        raise RuntimeError("the asker's fault")

    async with datagrams(lambda query: [(0, reply(query))]) as (where, _):
        carrier = carrier_to(where)
        carrier.submit(Ask(ENDPOINT, question(1), 0.1, None), failing)
        assert (await hear(carrier, ENDPOINT, question(2), 0.1)).failure is None
        assert len(faults) == 1
        await carrier.close()


async def test_what_is_kept_of_a_question_fits_a_line() -> None:
    """Whoever floods a question is cut off before its record is longer than what a collector takes."""

    def flood(query: bytes) -> list[tuple[float, bytes]]:
        return [(0, reply(query, b"x" * 60_000)) for _ in range(5)]

    async with datagrams(flood) as (where, _):
        carrier = carrier_to(where)
        heard = await hear(carrier, ENDPOINT, question(7), 0.2)
        await carrier.close()
    assert heard.failure is Failure.TOO_LARGE
    assert len(heard.answers) == 2
    assert sum(len(answer.wire) for answer in heard.answers) * 4 // 3 < 200 * 1024
