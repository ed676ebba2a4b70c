"""What a zone says of itself: its name servers and its SOA, as a scenario has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dns.message
import dns.rcode
import pytest

from deploy.lab.scenario import ScenarioError, load_scenario
from tests.lab.ask import ask, way

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from deploy.lab.servers import Lab, Routes

    Play = Callable[[str], Awaitable[tuple[Lab, Routes]]]

WORLD = """
title = "zones"
[[name]]
name = "site.test"
to_round = 1
addresses = ["198.51.100.7"]
name_servers = ["NS1.own.test", "ns2.own.test."]
soa = "ns1.own.test boss.own.test"
[[name]]
name = "below.site.test"
addresses = ["198.51.100.8"]
name_servers = ["ns1.own.test"]
soa = "ns1.own.test boss.own.test"
[[name]]
name = "plain.test"
addresses = ["198.51.100.9"]
[[name]]
name = "site.test"
from_round = 2
[[resolver]]
id = "cloudflare"
address = "1.1.1.1"
"""


async def test_a_zone_of_its_own(play: Play) -> None:
    lab, routes = await play(WORLD)
    udp = way(routes, "lab-01", "udp")
    servers = await ask(udp, dns.message.make_query("site.test", "NS"))
    assert sorted(str(one) for one in servers.answer[0]) == ["ns1.own.test.", "ns2.own.test."]
    [soa] = (await ask(udp, dns.message.make_query("site.test", "SOA"))).answer[0]
    assert (str(soa.mname), str(soa.rname)) == ("ns1.own.test.", "boss.own.test.")
    below = await ask(udp, dns.message.make_query("below.site.test", "NS"))
    assert not below.answer, "no cut of its own"
    [soa] = below.authority[0]
    assert (str(below.authority[0].name), str(soa.rname)) == ("site.test.", "boss.own.test.")
    plain = await ask(udp, dns.message.make_query("plain.test", "SOA"))
    assert not plain.answer
    assert str(plain.authority[0][0].rname) == "hostmaster.plain.test."
    lab.set_round(2)
    gone = await ask(udp, dns.message.make_query("site.test", "NS"))
    assert gone.rcode() == dns.rcode.NXDOMAIN


@pytest.mark.parametrize("mistake", ['name_servers = ["not a name"]', 'soa = "ns1.own.test"', 'soa = "a b c"'])
def test_mistakes(mistake: str) -> None:
    text = f'title = "t"\n[[name]]\nname = "site.test"\naddresses = ["198.51.100.7"]\n{mistake}\n'
    with pytest.raises(ScenarioError, match=r"world\.toml, line 5"):
        load_scenario(text.encode(), "world.toml")
