"""TCP over real sockets: pipelined, in any order, and every way in which a connection goes wrong."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import TYPE_CHECKING

import pytest

from probe.transport import Ask, Limits, make_carriers
from schema.endpoint import parse_endpoint
from schema.words import Failure
from tests.helpers.resolvers import Peer, hear, hear_all, question, reply, streams

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from probe.transport import Carriers, Heard

ENDPOINT = parse_endpoint("tcp:1.1.1.1:53")


def carriers_to(where: tuple[str, int], limits: Limits = Limits()) -> Carriers:  # noqa: B008  frozen
    return make_carriers(lambda _: where, limits=limits)


async def honest(peer: Peer) -> None:
    while True:
        peer.send(reply(await peer.query()))


async def ask_one(serve: Callable[[Peer], Awaitable[None]], window_s: float = 0.3) -> Heard:
    async with streams(serve) as where:
        carriers = carriers_to(where)
        heard = await hear(carriers, ENDPOINT, question(), window_s)
        assert carriers.in_flight == 0
        await carriers.close()
        return heard


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_an_answer_ends_the_question_at_once(host: str) -> None:
    async with streams(honest, host=host) as where:
        carriers = carriers_to(where)
        before, began = time.time_ns(), time.monotonic()
        heard = await hear(carriers, ENDPOINT, question(), 5)
        assert time.monotonic() - began < 2
        assert [(answer.wire, answer.ttl) for answer in heard.answers] == [(reply(question()), None)]
        assert 0 < heard.answers[0].us < 2_000_000
        assert before <= heard.sent_at_ns <= time.time_ns()
        assert (heard.query, heard.failure, heard.tls, heard.http) == (question(), None, None, None)
        await carriers.close()


async def test_questions_share_a_connection_and_answers_come_in_any_order() -> None:
    connections = 0

    async def backwards(peer: Peer) -> None:
        nonlocal connections
        connections += 1
        queries = [await peer.query() for _ in range(50)]
        peer.send(*map(reply, reversed(queries)))
        await peer.query()

    async with streams(backwards) as where:
        carriers = carriers_to(where)
        queries = [question(n, f"name{n}.example.") for n in range(50)]
        heard = await hear_all(carriers, ENDPOINT, queries, 5)
        assert [one.answers[0].wire for one in heard] == [reply(query) for query in queries]
        assert connections == 1
        await carriers.close()


async def test_two_questions_with_one_id_go_over_two_connections() -> None:
    seen: list[list[bytes]] = []

    async def slow(peer: Peer) -> None:
        mine: list[bytes] = []
        seen.append(mine)
        while True:
            mine.append(await peer.query())
            await asyncio.sleep(0.05)
            peer.send(reply(mine[-1]))

    async with streams(slow) as where:
        carriers = carriers_to(where)
        queries = [question(5, "one.example."), question(5, "two.example."), question(5, "three.example.")]
        heard = await hear_all(carriers, ENDPOINT, queries, 5)
        assert [one.answers[0].wire for one in heard] == [reply(query) for query in queries]
        assert sorted(map(len, seen)) == [1, 2]
        await carriers.close()


async def test_no_more_questions_at_once_than_the_depth() -> None:
    most = 0

    async def counting(peer: Peer) -> None:
        nonlocal most
        waiting: list[bytes] = []
        while True:
            waiting.append(await peer.query())
            most = max(most, len(waiting))
            if len(waiting) == 4:
                peer.send(*map(reply, waiting))
                waiting.clear()

    async with streams(counting) as where:
        carriers = carriers_to(where, Limits(connections=1, depth=4))
        heard = await hear_all(carriers, ENDPOINT, [question(n) for n in range(40)], 5)
        assert all(one.failure is None for one in heard)
        assert most == 4
        await carriers.close()


async def test_letter_case_does_not_matter_to_the_matcher() -> None:
    async def shouting(peer: Peer) -> None:
        query = await peer.query()
        peer.send(reply(query).replace(b"kickasstorrents", b"KickAssTorrents"))
        await peer.query()

    assert (await ask_one(shouting)).failure is None


async def test_a_message_for_nobody_is_kept_with_the_oldest_question() -> None:
    async def lying(peer: Peer) -> None:
        first = await peer.query()
        await peer.query()
        peer.send(reply(first, number=999), reply(question(1, "other.example.")), reply(first), reply(question(2)))
        await peer.query()

    async with streams(lying) as where:
        carriers = carriers_to(where)
        one, two = await hear_all(carriers, ENDPOINT, [question(1), question(2)], 5)
        wires = [reply(question(1), number=999), reply(question(1, "other.example.")), reply(question(1))]
        assert [answer.wire for answer in one.answers] == wires
        assert [answer.wire for answer in two.answers] == [reply(question(2))]
        assert one.failure is two.failure is None
        await carriers.close()


async def test_a_response_without_a_question_is_matched_by_its_id() -> None:
    async def curt(peer: Peer) -> None:
        query = await peer.query()
        peer.send(query[:2] + b"\x81\x85" + bytes(8))
        await peer.query()

    heard = await ask_one(curt)
    assert (heard.failure, len(heard.answers)) == (None, 1)


async def test_a_flood_of_messages_is_cut_off() -> None:
    async def flooding(peer: Peer) -> None:
        query = await peer.query()
        for _ in range(2000):
            peer.send(reply(query, number=999))
        await peer.query()

    heard = await ask_one(flooding)
    assert (heard.failure, len(heard.answers)) == (Failure.TOO_LARGE, 16)


async def test_the_largest_message_arrives_whole_however_it_is_cut() -> None:
    wire = reply(question(), b"x" * (65_535 - len(question())))

    async def trickling(peer: Peer) -> None:
        await peer.query()
        framed = len(wire).to_bytes(2, "big") + wire
        for at in (0, 1, 2, 3, 14, 40_000):
            following = next(end for end in (1, 2, 3, 14, 40_000, len(framed)) if end > at)
            peer.writer.write(framed[at:following])
            await peer.writer.drain()
            await asyncio.sleep(0.005)
        await peer.query()

    heard = await ask_one(trickling, 5)
    assert [answer.wire for answer in heard.answers] == [wire]


async def silent(peer: Peer) -> None:
    await peer.query()
    await peer.query()


async def closing(peer: Peer) -> None:
    await peer.query()


async def resetting(peer: Peer) -> None:
    await peer.query()
    peer.reset()


async def within_a_message(peer: Peer) -> None:
    peer.writer.write(b"\x00\x40" + reply(await peer.query())[:20])


async def short_frame(peer: Peer) -> None:
    peer.writer.write(b"\x00\x05" + reply(await peer.query()))
    await peer.query()


async def web_server(peer: Peer) -> None:
    await peer.query()
    peer.writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")


@pytest.mark.parametrize(
    ("serve", "failure"),
    [
        (silent, Failure.TIMEOUT),
        (closing, Failure.CLOSED),
        (resetting, Failure.RESET),
        (within_a_message, Failure.FRAMING),
        (short_frame, Failure.FRAMING),
        (web_server, Failure.FRAMING),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
async def test_what_a_broken_connection_comes_to(serve: Callable[[Peer], Awaitable[None]], failure: Failure) -> None:
    heard = await ask_one(serve)
    assert (heard.query, heard.answers, heard.failure) == (question(), (), failure)


async def test_a_question_on_a_connection_that_ends_is_sent_once_more() -> None:
    queries: list[bytes] = []

    async def second_time(peer: Peer) -> None:
        queries.append(await peer.query())
        if len(queries) == 1:
            return
        peer.send(reply(queries[-1]))
        await peer.query()

    heard = await ask_one(second_time, 5)
    assert (heard.failure, [answer.wire for answer in heard.answers]) == (None, [reply(question())])
    assert queries == [question()] * 2


async def test_a_question_is_not_sent_a_third_time() -> None:
    queries: list[bytes] = []

    async def never(peer: Peer) -> None:
        queries.append(await peer.query())

    heard = await ask_one(never, 5)
    assert heard.failure is Failure.CLOSED
    assert len(queries) == 2


async def test_a_late_answer_does_not_answer_the_next_question() -> None:
    async def late(peer: Peer) -> None:
        first = await peer.query()
        second = await peer.query()
        peer.send(reply(first), reply(second))
        await peer.query()

    async with streams(late) as where:
        carriers = carriers_to(where)
        one = await hear(carriers, ENDPOINT, question(1, "one.example."), 0.1)
        two = await hear(carriers, ENDPOINT, question(2, "two.example."), 5)
        assert (one.answers, one.failure) == ((), Failure.TIMEOUT)
        assert [answer.wire[:2] for answer in two.answers] == [b"\0\1", b"\0\2"]
        assert two.failure is None
        await carriers.close()


async def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        where = unused.getsockname()
    carriers = carriers_to(where)
    for _ in range(3):  # the second waits out the backoff and has an attempt of its own
        heard = await hear(carriers, ENDPOINT, question(), 2)
        assert (heard.query, heard.failure) == (question(), Failure.REFUSED_CONNECTION)
    await carriers.close()


async def test_a_connection_that_does_not_come_about_is_a_timeout() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        with socket.create_connection(full.getsockname()):  # fills the queue; the kernel drops what comes then
            carriers = carriers_to(full.getsockname())
            heard = await hear(carriers, ENDPOINT, question(), 0.2)
            assert heard.failure is Failure.TIMEOUT
            await carriers.close()


async def test_the_handshakes_have_a_limit_of_their_own() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        with socket.create_connection(full.getsockname()):
            carriers = carriers_to(full.getsockname(), Limits(connect_s=0.1))
            began = time.monotonic()
            heard = await hear(carriers, ENDPOINT, question(), 10)
            assert heard.failure is Failure.TIMEOUT
            assert time.monotonic() - began < 5
            await carriers.close()


async def test_an_idle_connection_is_closed_and_opened_again() -> None:
    ended = asyncio.Event()

    async def watching(peer: Peer) -> None:
        peer.send(reply(await peer.query()))
        try:
            await peer.query()
        except asyncio.IncompleteReadError:
            ended.set()

    async with streams(watching) as where:
        carriers = carriers_to(where, Limits(idle_s=0.05))
        assert (await hear(carriers, ENDPOINT, question(1), 5)).failure is None
        async with asyncio.timeout(20):
            await ended.wait()
        assert (await hear(carriers, ENDPOINT, question(2), 5)).failure is None
        await carriers.close()


async def test_closing_gives_up_each_question_once() -> None:
    async with streams(silent) as where:
        carriers = carriers_to(where, Limits(connections=1, depth=4))
        heard: list[Heard] = []
        for number in range(10):
            carriers.submit(Ask(ENDPOINT, question(number), 5, number), heard.append)
        await asyncio.sleep(0.05)
        await carriers.close()
        assert sorted(one.token for one in heard) == list(range(10))  # type: ignore[type-var]  # they are numbers
        assert {one.failure for one in heard} == {Failure.LOCAL_ERROR}


async def test_thousands_of_questions_each_end_once() -> None:
    async with streams(honest) as where:
        carriers = carriers_to(where)
        heard = await hear_all(carriers, ENDPOINT, [question(n) for n in range(5_000)], 15)
        assert [one.answers[0].wire for one in heard] == [reply(question(n)) for n in range(5_000)]
        await carriers.close()
