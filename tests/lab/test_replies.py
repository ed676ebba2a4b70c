"""Every kind of reply, over real sockets and all four transports, as dnspython reads it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import pytest

from tests.lab.ask import SILENCE_S, ask, datagrams, doh, way

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from deploy.lab.servers import Lab, Routes

    Play = Callable[[str], Awaitable[tuple[Lab, Routes]]]

TRANSPORTS = ("udp", "tcp", "tls", "https")

WORLD = (
    """
title = "every reply"
[[name]]
name = "plain.test"
addresses = ["198.51.100.7", "2001:db8::7"]
[[name]]
name = "signed.test"
addresses = ["198.51.100.8"]
signed = true
[[name]]
name = "gone.test"
[[name]]
name = "many.test"
addresses = [MANY]
[[resolver]]
id = "cloudflare"
address = "1.1.1.1"
more_addresses = ["1.0.0.1"]
identity = "mxp01"
""".replace("MANY", ", ".join(f'"198.51.100.{number}"' for number in range(1, 121)))
    + "".join(
        f"""
[[resolver.answer]]
names = ["{name}.test"]
{rule}
"""
        for name, rule in {
            "nxdomain": 'reply = "nxdomain"\nsoa = false\nra = false\naa = true',
            "nodata": 'reply = "nodata"\nttl = 5',
            "refused": 'reply = "refused"\nede = [{ code = 16, text = "Tribunale di Milano" }, { code = 65000 }]',
            "servfail": 'reply = "servfail"',
            "timeout": 'reply = "timeout"',
            "address": 'reply = "address"\naddresses = ["127.0.0.1"]\nttl = 60',
            "cname": 'reply = "cname"\ntarget = "stop.test"\naddresses = ["203.0.113.9"]',
            "garbage": 'reply = "garbage"',
            "slow": 'reply = "refused"\ndelay_ms = 30',
        }.items()
    )
    + """
[[resolver.answer]]
names = ["plain.test"]
types = ["TXT"]
reply = "truncated"
[[resolver.answer]]
names = ["signed.test"]
reply = "nxdomain"
dnssec_ok = false
from_round = 2
[[resolver.answer]]
names = ["plain.test"]
reply = "refused"
from_round = 2
to_round = 2
at = ["1.0.0.1"]
"""
)


def question(
    name: str, rdtype: str = "A", rdclass: str = "IN", *, want_dnssec: bool = False
) -> dns.message.QueryMessage:
    """A query with EDNS and an NSID option."""
    options: list[dns.edns.Option] = [dns.edns.NSIDOption(b"")]
    return dns.message.make_query(
        name, rdtype, rdclass, use_edns=0, payload=1232, options=options, want_dnssec=want_dnssec
    )


def addresses(answer: dns.message.Message) -> set[str]:
    """The addresses in the answer section."""
    return {rdata.to_text() for rrset in answer.answer for rdata in rrset if rrset.rdtype in {1, 28}}


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_what_is_said_of_a_name(play: Play, transport: str) -> None:
    """Header, sections and options are as the rule says, whatever carries them."""
    _, routes = await play(WORLD)
    where = way(routes, "lab-01", transport)

    truth = await ask(where, question("plain.test"))
    assert (truth.rcode(), addresses(truth)) == (dns.rcode.NOERROR, {"198.51.100.7"})
    assert truth.flags & dns.flags.RA
    assert not truth.flags & dns.flags.AA
    assert not truth.authority
    assert addresses(await ask(where, question("plain.test", "AAAA"))) == {"2001:db8::7"}

    gone = await ask(where, question("gone.test"))
    assert gone.rcode() == dns.rcode.NXDOMAIN
    assert (gone.authority[0].name.to_text(), gone.authority[0].rdtype) == ("test.", dns.rdatatype.SOA)

    nxdomain = await ask(where, question("nxdomain.test"))
    assert nxdomain.rcode() == dns.rcode.NXDOMAIN
    assert (nxdomain.flags & dns.flags.RA, bool(nxdomain.flags & dns.flags.AA), nxdomain.authority) == (0, True, [])

    nodata = await ask(where, question("nodata.test"))
    assert (nodata.rcode(), nodata.answer, nodata.authority[0].ttl) == (dns.rcode.NOERROR, [], 5)

    refused = await ask(where, question("refused.test"))
    assert refused.rcode() == dns.rcode.REFUSED
    assert [(ede.code, ede.text) for ede in refused.extended_errors()] == [(16, "Tribunale di Milano"), (65000, None)]
    assert (await ask(where, question("servfail.test"))).rcode() == dns.rcode.SERVFAIL

    address = await ask(where, question("address.test"))
    assert (addresses(address), address.answer[0].ttl) == ({"127.0.0.1"}, 60)
    other_family = await ask(where, question("address.test", "AAAA"))
    assert (other_family.rcode(), other_family.answer) == (dns.rcode.NOERROR, [])

    cname = await ask(where, question("cname.test"))
    assert [(rrset.name.to_text(), rrset.rdtype) for rrset in cname.answer] == [
        ("cname.test.", dns.rdatatype.CNAME),
        ("stop.test.", dns.rdatatype.A),
    ]
    assert addresses(cname) == {"203.0.113.9"}


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_silence_garbage_and_lateness(play: Play, transport: str) -> None:
    """What is no answer does not become one, and what is late still comes."""
    _, routes = await play(WORLD)
    where = way(routes, "lab-01", transport)
    with pytest.raises((dns.exception.Timeout, TimeoutError)):
        await ask(where, question("timeout.test"), window_s=SILENCE_S)
    with pytest.raises((dns.exception.DNSException, ValueError)):
        await ask(where, question("garbage.test"), window_s=SILENCE_S)
    assert (await ask(where, question("slow.test"))).rcode() == dns.rcode.REFUSED


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_truncated_over_udp_and_honest_elsewhere(play: Play, transport: str) -> None:
    """TC=1 belongs to UDP; more than fits is truncated there without a rule."""
    _, routes = await play(WORLD)
    where = way(routes, "lab-01", transport)
    scripted = await ask(where, question("plain.test", "TXT"))
    assert bool(scripted.flags & dns.flags.TC) == (transport == "udp")
    assert bool(scripted.authority) == (transport != "udp")
    many = await ask(where, dns.message.make_query("many.test", "A"))
    assert bool(many.flags & dns.flags.TC) == (transport == "udp")
    assert len(addresses(many)) == (0 if transport == "udp" else 120)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_who_answers(play: Play, transport: str) -> None:
    """NSID, id.server and whoami tell who answers; the names the lab serves unlisted are there."""
    _, routes = await play(WORLD)
    where = way(routes, "lab-01", transport)
    good = await ask(where, question("example.com"))
    assert addresses(good) == {"203.0.113.80"}
    assert [option.nsid for option in good.options if isinstance(option, dns.edns.NSIDOption)] == [b"mxp01"]
    absent = await ask(where, question("ottempera-absent.example.com"))
    assert (absent.rcode(), absent.authority[0].name.to_text()) == (dns.rcode.NXDOMAIN, "example.com.")
    identity = await ask(where, dns.message.make_query("id.server", "TXT", "CH"))
    assert identity.answer[0][0].to_text() == '"mxp01"'
    assert identity.answer[0].rdclass == dns.rdataclass.CH
    assert addresses(await ask(where, question("whoami.akamai.net"))) == {"1.1.1.1"}
    egress = await ask(where, question("o-o.myaddr.l.google.com", "TXT"))
    assert egress.answer[0][0].to_text() == '"1.1.1.1"'


async def test_edns_only_for_those_who_speak_it(play: Play) -> None:
    """A stub's question without EDNS gets no OPT, so no EDE (RFC 6891 §7)."""
    _, routes = await play(WORLD)
    plain = await ask(way(routes, "lab-01", "udp"), dns.message.make_query("refused.test", "A"))
    assert (plain.rcode(), plain.edns) == (dns.rcode.REFUSED, -1)


async def test_signed_names(play: Play) -> None:
    """DO=1 gets AD and a signature; a rule with dnssec_ok = false leaves that answer honest (BIND's break-dnssec no)."""
    lab, routes = await play(WORLD)
    where = way(routes, "lab-01", "udp")
    for number, outcome in ((1, dns.rcode.NOERROR), (2, dns.rcode.NXDOMAIN)):
        lab.set_round(number)
        assert (await ask(where, question("signed.test"))).rcode() == outcome
        secure = await ask(where, question("signed.test", want_dnssec=True))
        assert secure.flags & dns.flags.AD
        assert [rrset.rdtype for rrset in secure.answer] == [dns.rdatatype.A, dns.rdatatype.RRSIG]


async def test_rounds_and_addresses(play: Play) -> None:
    """A rule holds from its first round to its last and only at its addresses."""
    lab, routes = await play(WORLD)
    seen = []
    for number in (1, 2, 3):
        lab.set_round(number)
        seen.append(
            [
                (await ask(way(routes, "lab-01", "tls", at), question("plain.test"))).rcode()
                for at in ("1.1.1.1", "1.0.0.1")
            ]
        )
    assert seen == [[0, 0], [0, dns.rcode.REFUSED], [0, 0]]


async def test_case_of_the_question_comes_back(play: Play) -> None:
    """0x20: each of twenty spellings is answered as it was written, from memory, too."""
    _, routes = await play(WORLD)
    where = way(routes, "lab-01", "udp")
    for number in range(20):
        letters = [letter.upper() if number >> place & 1 else letter for place, letter in enumerate("plain.test")]
        query = dns.message.make_query("".join(letters), "A").to_wire()
        (wire,) = await datagrams(where, query)
        assert wire[12 : len(query)] == query[12:]
        assert wire[:2] == query[:2]


async def test_doh_by_get_and_what_it_refuses(play: Play) -> None:
    """RFC 8484 §4.1: GET carries the query in base64url; other requests get a status and no answer."""
    _, routes = await play(WORLD)
    where = way(routes, "lab-01", "https")
    status, body = await doh(where, b"", method="GET", path="/dns-query?dns=AAABAAABAAAAAAAABXBsYWluBHRlc3QAAAEAAQ")
    assert (status, addresses(dns.message.from_wire(body))) == (200, {"198.51.100.7"})
    assert (await doh(where, b"", method="GET", path="/dns-query?dns=*"))[0] == 400
    assert (await doh(where, b"", method="GET", path="/dns-query"))[0] == 400
    assert (await doh(where, b"", path="/elsewhere"))[0] == 404
    assert (await doh(where, b"", method="PUT"))[0] == 405
    assert (await doh(where, b"", media_type="text/plain"))[0] == 415


async def test_pipelined_answers_overtake(play: Play) -> None:
    """RFC 7766 §6.2.1.1: on one connection a quick answer does not wait for a slow one."""
    _, routes = await play(WORLD)
    where = way(routes, "lab-01", "tcp")
    reader, writer = await asyncio.open_connection(where.host, where.port)
    queries = [
        dns.message.make_query(name, "A", id=number).to_wire()
        for number, name in enumerate(("slow.test", "plain.test"))
    ]
    stream = b"".join(len(query).to_bytes(2, "big") + query for query in queries)
    for part in (stream[:1], stream[1:20], stream[20:]):
        writer.write(part)
        await writer.drain()
    ids = []
    for _ in queries:
        length = int.from_bytes(await reader.readexactly(2), "big")
        ids.append(int.from_bytes((await reader.readexactly(length))[:2], "big"))
    writer.close()
    await writer.wait_closed()
    assert ids == [1, 0]
