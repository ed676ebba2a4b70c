"""The pure world: what is remembered equals what is built, shares are shares, nothing that arrives breaks it."""

from __future__ import annotations

from random import Random

import dns.message
import dns.rcode
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.lab.scenario import load_scenario
from deploy.lab.world import Library, Place, Voice, answer
from schema.words import Transport

SCENARIO = load_scenario(
    b"""
[[name]]
name = "site.test"
addresses = ["198.51.100.7", "2001:db8::7"]
signed = true
[[name]]
name = "mortal.test"
addresses = ["198.51.100.8"]
to_round = 2
[[name]]
name = "mortal.test"
addresses = ["198.51.100.9"]
from_round = 4
[[resolver]]
id = "pool"
address = "192.0.2.1"
identity = "pool-1"
  [[resolver.answer]]
  names = ["site.test"]
  types = ["A"]
  share = 0.25
  reply = "nxdomain"
  [[resolver.answer]]
  names = ["site.test"]
  countries = ["FR"]
  reply = "refused"
  [[resolver.answer]]
  names = ["*"]
  from_round = 9
  reply = "timeout"
  [[resolver.answer]]
  names = ["*"]
  from_round = 8
  reply = "refused"
  [[resolver.answer]]
  names = ["noise.test"]
  reply = "garbage"
[[resolver]]
id = "isp"
kind = "isp"
asn = 64501
address = "192.0.2.53"
  [[resolver.answer]]
  names = ["site.test"]
  transports = ["udp"]
  reply = "cname"
  target = "stop.test"
  addresses = ["203.0.113.9"]
[[vantage]]
id = "a"
asn = 64501
[[vantage]]
id = "b"
asn = 64502
  [[vantage.intercept]]
  resolver = "pool"
  as = "isp"
  mode = "inject"
[[vantage]]
id = "c"
asn = 64503
country = "FR"
""",
    "world.toml",
)
PLACES = [
    Place(vantage, resolver, resolver.address, transport)
    for vantage in SCENARIO.vantages
    for resolver in SCENARIO.resolvers[:2]
    for transport in (Transport.UDP, Transport.TCP)
]
LIBRARY = Library()  # one for all tests: nothing in it may depend on place or round
NAMES = st.sampled_from(
    [
        "site.test",
        "mortal.test",
        "nowhere.test",
        "noise.test",
        "www.site.test",
        "example.com",
        "whoami.akamai.net",
        "id.server",
        "",  # the root
    ]
)
SETTINGS = settings(deadline=None, derandomize=True)


@st.composite
def queries(draw: st.DrawFn) -> bytes:
    """Questions as probes put them, in any case."""
    name = "".join(letter.upper() if draw(st.booleans()) else letter for letter in draw(NAMES))
    rdtype = draw(st.sampled_from(["A", "AAAA", "TXT", "SOA", "DNSKEY", "HTTPS", "TYPE97"]))
    rdclass = draw(st.sampled_from(["IN", "CH"]))
    dnssec = draw(st.sampled_from([None, False, True]))
    message = dns.message.make_query(
        name,
        rdtype,
        rdclass,
        id=draw(st.integers(0, 65535)),
        use_edns=None if dnssec is None else 0,
        want_dnssec=bool(dnssec),
    )
    return message.to_wire()


@SETTINGS
@given(st.lists(queries(), min_size=1, max_size=8), st.sampled_from(PLACES), st.integers(1, 10), st.integers())
def test_what_is_remembered_equals_what_is_built(asked: list[bytes], place: Place, number: int, seed: int) -> None:
    """Twice through one voice, and built anew: the same bytes by the same dice."""
    voice = Voice(SCENARIO, place, LIBRARY)
    voice.set_round(number)
    remembering, building = Random(seed), Random(seed)
    for query in asked * 2:
        assert list(voice.replies(query, remembering.random)) == answer(SCENARIO, number, place, query, building.random)


@SETTINGS
@given(
    st.binary(max_size=80) | queries().flatmap(lambda query: st.integers(0, len(query)).map(lambda end: query[:end]))
)
def test_nothing_that_arrives_breaks_it(query: bytes) -> None:
    """Whatever comes is answered or not; nothing is raised, and a reply carries the question's id."""
    for reply in Voice(SCENARIO, PLACES[0], LIBRARY).replies(query, Random(1).random):
        assert reply.wire[:2] == query[:2]


@pytest.mark.parametrize(("place", "share"), [(PLACES[0], 0.25), (PLACES[-4], 0.25)])
def test_a_share_is_a_share(place: Place, share: float) -> None:
    """A quarter of the questions gets the first rule, the rest what follows it."""
    voice, dice = Voice(SCENARIO, place, LIBRARY), Random(7)
    query = dns.message.make_query("site.test", "A").to_wire()
    rcodes = [dns.message.from_wire(voice.replies(query, dice.random)[0].wire).rcode() for _ in range(2000)]
    assert abs(rcodes.count(dns.rcode.NXDOMAIN) / 2000 - share) < 0.03
    rest = dns.rcode.REFUSED if place.vantage.country == "FR" else dns.rcode.NOERROR
    assert set(rcodes) == {dns.rcode.NXDOMAIN, rest}


def test_a_name_lives_in_its_rounds_only() -> None:
    """Between two entries it does not exist, and afterwards it has the other address."""
    query = dns.message.make_query("mortal.test", "A").to_wire()
    told = []
    for number in range(1, 6):
        message = dns.message.from_wire(answer(SCENARIO, number, PLACES[2], query, Random(1).random)[0].wire)
        told.append(message.answer[0][0].to_text() if message.answer else dns.rcode.to_text(message.rcode()))
    assert told == ["198.51.100.8", "198.51.100.8", "NXDOMAIN", "198.51.100.9", "198.51.100.9"]


def test_every_name_means_every_name() -> None:
    """`*` takes the unlisted names and, for what is broken, who it is: a server that is down answers nothing."""
    asked = [dns.message.make_query("example.com", "A"), dns.message.make_query("id.server", "TXT", "CH")]
    for number, count in ((8, 1), (9, 0), (10, 0)):
        for message in asked:
            replies = answer(SCENARIO, number, PLACES[0], message.to_wire(), Random(1).random)
            assert len(replies) == count
            assert all(dns.message.from_wire(reply.wire).rcode() == dns.rcode.REFUSED for reply in replies)


def test_injected_replies_are_the_devices_then_the_true_ones() -> None:
    """In this order, over UDP as over TCP."""
    query = dns.message.make_query("mortal.test", "A").to_wire()
    for place in PLACES:
        replies = answer(SCENARIO, 1, place, query, Random(1).random)
        expected = 2 if place.vantage.id == "b" and place.resolver.id == "pool" else 1
        assert len(replies) == expected
