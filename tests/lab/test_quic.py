"""The scripted world over QUIC: with dnspython for a client, which knows nothing of ours, and with the probe's carriers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dns.asyncquery
import dns.exception
import dns.message
import dns.rcode
import pytest

from probe.query import build
from probe.transport import Limits, make_carriers
from schema.endpoint import parse_endpoint
from schema.words import Failure, Profile
from tests.helpers.resolvers import hear
from tests.lab.ask import way

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from deploy.lab.servers import Lab, Routes
    from probe.transport import Heard

    Play = Callable[[str], Awaitable[tuple[Lab, Routes]]]

WORLD = """
[[name]]
name = "site.test"
addresses = ["198.51.100.7"]
[[name]]
name = "slow.test"
addresses = ["198.51.100.8"]
[[resolver]]
id = "quad9"
address = "9.9.9.9"
transports = ["udp", "quic"]
  [[resolver.answer]]
  names = ["site.test"]
  reply = "nxdomain"
  soa = false
  ra = false
  transports = ["quic"]
  from_round = 2
  [[resolver.answer]]
  names = ["slow.test"]
  reply = "truth"
  delay_ms = 50
  [[resolver.answer]]
  names = ["gone.test"]
  reply = "timeout"
[[resolver]]
id = "isp"
kind = "isp"
address = "192.0.2.53"
[[vantage]]
id = "clean"
[[vantage]]
id = "replaced"
  [[vantage.intercept]]
  resolver = "quad9"
  transports = ["quic"]
  as = "isp"
[[vantage]]
id = "dropped"
  [[vantage.intercept]]
  resolver = "quad9"
  transports = ["quic"]
  mode = "drop"
"""


async def by_dnspython(routes: Routes, name: str) -> dns.message.Message:
    where = way(routes, "clean", "quic", "9.9.9.9")
    with routes.ca_file() as file:
        return await dns.asyncquery.quic(
            dns.message.make_query(name, "A"),
            where.host,
            20,
            where.port,
            verify=str(file),
            server_hostname=where.endpoint.tls_name,
        )


async def by_probe(routes: Routes, vantage: str, name: str, window_s: float = 20) -> Heard:
    endpoint = parse_endpoint("quic:9.9.9.9:853#dns.quad9.net")
    table = routes.table[vantage]
    with routes.ca_file() as file:
        carriers = make_carriers(lambda at: table[str(at)], file, limits=Limits(connect_s=min(window_s, 5)))
        heard = await hear(carriers, endpoint, build(name, "A", "IN", Profile.EDNS, msg_id=4711), window_s)
        await carriers.close()
        return heard


async def test_another_client_is_answered(play: Play) -> None:
    lab, routes = await play(WORLD)
    answer = await by_dnspython(routes, "site.test")
    assert (answer.id, answer.answer[0][0].to_text()) == (0, "198.51.100.7")
    assert (await by_dnspython(routes, "slow.test")).answer[0][0].to_text() == "198.51.100.8"
    lab.set_round(2)
    assert (await by_dnspython(routes, "site.test")).rcode() is dns.rcode.NXDOMAIN


async def test_the_probe_is_answered_as_the_script_says(play: Play) -> None:
    _, routes = await play(WORLD)
    heard = await by_probe(routes, "clean", "site.test.")
    assert (heard.failure, heard.tls is not None and heard.tls.verified) == (None, True)
    message = dns.message.from_wire(heard.answers[0].wire)
    assert (message.id, message.answer[0][0].to_text()) == (0, "198.51.100.7")


@pytest.mark.parametrize(
    ("vantage", "window_s", "failure", "verified"),
    [("replaced", 20, Failure.TLS_UNTRUSTED, False), ("dropped", 0.5, Failure.TIMEOUT, None)],
)
async def test_a_device_on_the_path(
    play: Play, vantage: str, window_s: float, failure: Failure, verified: bool | None
) -> None:
    """It has no certificate that anyone trusts, and is told nothing."""
    _, routes = await play(WORLD)
    heard = await by_probe(routes, vantage, "site.test.", window_s)
    assert (heard.failure, heard.answers) == (failure, ())
    assert (heard.tls and heard.tls.verified) is verified


async def test_a_question_that_is_dropped(play: Play) -> None:
    _, routes = await play(WORLD)
    heard = await by_probe(routes, "clean", "gone.test.", 1)
    assert (heard.failure, heard.answers, heard.tls is not None) == (Failure.TIMEOUT, (), True)
