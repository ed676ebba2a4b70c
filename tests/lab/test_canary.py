"""The address that runs no DNS: refused at once in a lab, unless a device takes whatever is asked of anybody."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import dns.message
import dns.rcode
import pytest

from probe.query import build
from probe.transport import Ask, make_carriers
from schema.endpoint import parse_endpoint
from schema.registry import CANARY_ENDPOINTS, KNOWN_GOOD
from schema.words import Failure, Profile, Transport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from deploy.lab.servers import Lab, Routes
    from probe.transport import Heard

    Play = Callable[[str], Awaitable[tuple[Lab, Routes]]]

LONGER_THAN_ANY_TEST_S = 3600.0
ROUNDS = 40
WORLD = """
[[resolver]]
id = "first"
address = "198.51.100.1"
[[resolver]]
id = "second"
address = "198.51.100.2"
[[resolver]]
id = "isp"
kind = "isp"
asn = 64501
address = "192.0.2.54"
identity = "dns1.isp"
[[vantage]]
id = "clean"
[[vantage]]
id = "half"
  [[vantage.intercept]]
  resolver = "first"
  as = "isp"
[[vantage]]
id = "datagrams"
  [[vantage.intercept]]
  resolver = "first"
  transports = ["udp", "tcp"]
  as = "isp"
  [[vantage.intercept]]
  resolver = "second"
  transports = ["udp"]
  as = "isp"
[[vantage]]
id = "torn"
  [[vantage.intercept]]
  resolver = "first"
  as = "isp"
  [[vantage.intercept]]
  resolver = "second"
  as = "isp"
  mode = "inject"
"""


async def put(routes: Routes, vantage: str, text: str, times: int = 1) -> list[Heard]:
    """What the probe's own carriers hear there, question after question, in windows of which none ends by itself."""
    carriers = make_carriers(lambda endpoint: routes.table[vantage][str(endpoint)])
    heard: list[Heard] = []
    try:
        async with asyncio.timeout(20):
            for number in range(times):
                query = build(KNOWN_GOOD, "A", "IN", Profile.STUB, msg_id=number)
                result: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
                carriers.submit(Ask(parse_endpoint(text), query, LONGER_THAN_ANY_TEST_S, None, 0.01), result.set_result)
                heard.append(await result)
    finally:
        await carriers.close()
    return heard


@pytest.mark.parametrize("text", CANARY_ENDPOINTS)
async def test_nothing_runs_there(play: Play, text: str) -> None:
    """Round after round it is told at once, so that a lab's rounds are no longer for it."""
    _, routes = await play(WORLD)
    heard = await put(routes, "clean", text, ROUNDS)
    assert [(one.answers, one.failure) for one in heard] == [((), Failure.REFUSED_CONNECTION)] * ROUNDS


@pytest.mark.parametrize(
    ("vantage", "caught"), [("clean", set()), ("half", set()), ("torn", set()), ("datagrams", {Transport.UDP})]
)
async def test_who_takes_every_question_answers_there_too(play: Play, vantage: str, caught: set[Transport]) -> None:
    """A device that takes the questions to all public resolvers over a transport, and answers them itself."""
    _, routes = await play(WORLD)
    for text in CANARY_ENDPOINTS:
        (heard,) = await put(routes, vantage, text)
        assert (heard.failure is None) == (parse_endpoint(text).transport in caught)
        for answer in heard.answers:
            said = dns.message.from_wire(answer.wire)
            assert said.rcode() == dns.rcode.NOERROR
            assert said.answer


async def test_a_scenario_may_have_a_resolver_there(play: Play) -> None:
    """Then it is that resolver's."""
    _, routes = await play(WORLD.replace("192.0.2.54", "192.0.2.53"))
    (heard,) = await put(routes, "clean", CANARY_ENDPOINTS[0])
    assert heard.failure is None
