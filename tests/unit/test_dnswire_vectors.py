"""Answers as resolvers are known to block, and as they do not: each read to exactly what tells them apart.

Shapes of resolver programs: bench of Debian 12 packages, November 2026. Of operators: their own documentation.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import dns.edns
import dns.message
import dns.rcode
import pytest

from schema import dnswire

NAME = "kickasstorrents.to."
NXDOMAIN, SERVFAIL, REFUSED = dns.rcode.NXDOMAIN, dns.rcode.SERVFAIL, dns.rcode.REFUSED
EDE, NSID, COOKIE = dns.edns.OptionType.EDE, dns.edns.OptionType.NSID, dns.edns.OptionType.COOKIE
CENSORED = (16).to_bytes(2, "big")


class Vector(NamedTuple):
    """An answer and what a judge must see in it; fields not named have no particular value."""

    name: str
    rcode: str
    flags: str
    sections: str  # ANSWER / AUTHORITY / ADDITIONAL, one record a line
    options: tuple[tuple[int, bytes], ...] | None  # None: no OPT record
    expected: dict[str, Any]
    question: str = f"{NAME} IN A"

    def wire(self) -> bytes:
        """Put the answer into wire format."""
        parts = [f"id 7\nopcode QUERY\nrcode NOERROR\nflags {self.flags}\n;QUESTION\n{self.question}"]
        for title, records in zip(("ANSWER", "AUTHORITY", "ADDITIONAL"), self.sections.split("/"), strict=False):
            lines = [line.strip() for line in records.strip().splitlines()]
            parts.append("\n".join([f";{title}", *lines]))
        message = dns.message.from_text("\n".join(parts) + "\n")
        if self.options is not None:
            options = [dns.edns.GenericOption(dns.edns.OptionType.make(code), data) for code, data in self.options]
            message.use_edns(0, 0, 1232, options=list(options))
        message.set_rcode(dns.rcode.from_text(self.rcode))
        return message.to_wire()


RPZ = "rpz.example. 60 IN SOA localhost. root.localhost. 1 3600 600 86400 60"
RPZ_SOA = dnswire.Soa("localhost.", "root.localhost.", 1, 3600, 600, 86400, 60)
NOTHING = {"addresses": (), "cname_chain": (), "rrset_size": 0, "answer_count": 0, "unreadable": 0}

VECTORS = (
    Vector(
        "honest address",
        "NOERROR",
        "QR RD RA",
        f"{NAME} 300 IN A 192.0.2.9\n{NAME} 60 IN A 192.0.2.10",
        (),
        {"addresses": ("192.0.2.10", "192.0.2.9"), "rrset_size": 2, "min_ttl": 60, "ra": True, "edns": True, "ede": ()},
    ),
    Vector(
        "natural nxdomain has the zone's SOA in AUTHORITY",
        "NXDOMAIN",
        "QR RD RA",
        "/to. 900 IN SOA a.nic.to. host.nic.to. 9 1 2 3 4",
        (),
        {"rcode": NXDOMAIN, "soa_at": "authority", "soa_zone": "to.", "authority_count": 1, **NOTHING},
    ),
    Vector(
        "quad9 nxdomain without SOA, RA clear",
        "NXDOMAIN",
        "QR RD",
        "",
        (),
        {"rcode": NXDOMAIN, "ra": False, "aa": False, "authority_count": 0, "soa_at": None, "soa": None, **NOTHING},
    ),
    Vector(
        "google refused with EDE 16",
        "REFUSED",
        "QR RD RA",
        "",
        ((EDE, CENSORED + b"https://example.org/notice"),),
        {"rcode": REFUSED, "ede": ((16, "https://example.org/notice"),), **NOTHING},
    ),
    Vector(
        "cloudflare's filter: null address with EDE 17",
        "NOERROR",
        "QR RD RA",
        f"{NAME} 60 IN A 0.0.0.0",
        ((EDE, b"\0\x11"),),
        {"addresses": ("0.0.0.0",), "min_ttl": 60, "ede": ((17, ""),)},
    ),
    Vector(
        "unbound rpz nxdomain: AA, RA clear, no SOA",
        "NXDOMAIN",
        "QR AA RD",
        "",
        (),
        {"rcode": NXDOMAIN, "aa": True, "ra": False, "soa_at": None, "ede": (), **NOTHING},
    ),
    Vector(
        "unbound rpz nodata",
        "NOERROR",
        "QR AA RD RA",
        "",
        (),
        {"rcode": 0, "aa": True, "min_ttl": None, "soa_at": None, **NOTHING},
    ),
    Vector(
        "bind rpz nxdomain: policy SOA in ADDITIONAL",
        "NXDOMAIN",
        "QR RD RA",
        f"//{RPZ}",
        ((COOKIE, b"01234567abcdefgh"),),
        {"soa_at": "additional", "soa_zone": "rpz.example.", "soa": RPZ_SOA, "additional_count": 1, **NOTHING},
    ),
    Vector(
        "policy SOA in ADDITIONAL counts before one in AUTHORITY",
        "NXDOMAIN",
        "QR RD RA",
        f"/to. 900 IN SOA a.nic.to. host.nic.to. 9 1 2 3 4/{RPZ}",
        (),
        {"soa_at": "additional", "soa_zone": "rpz.example.", "authority_count": 1},
    ),
    Vector(
        "bind rpz alias to a stop page",
        "NOERROR",
        "QR RD RA",
        f"{NAME} 5 IN CNAME stop.example.\nstop.example. 60 IN A 192.0.2.80//{RPZ}",
        (),
        {
            "cname_chain": ("stop.example.",),
            "addresses": ("192.0.2.80",),
            "min_ttl": 5,
            "rrset_size": 1,
            "soa_at": "additional",
        },
    ),
    Vector(
        "bind rpz forged address, policy NS in AUTHORITY",
        "NOERROR",
        "QR RD RA",
        f"{NAME} 5 IN A 127.0.0.1/rpz.example. 60 IN NS localhost./{RPZ}",
        (),
        {"addresses": ("127.0.0.1",), "min_ttl": 5, "soa_zone": "rpz.example.", "authority_count": 1},
    ),
    Vector(
        "knot nxdomain: EDE 15, explanation in ADDITIONAL",
        "NXDOMAIN",
        "QR AA RD RA",
        f'/{NAME} 10800 IN SOA {NAME} nobody.invalid. 1 3600 1200 604800 10800/explanation.invalid. 10800 IN TXT "blocked"',
        ((EDE, b"\0\x0fCR36"),),
        {
            "ede": ((15, "CR36"),),
            "notices": ((b"blocked",),),
            "soa_at": "authority",
            "soa_zone": NAME,
            "soa": dnswire.Soa(NAME, "nobody.invalid.", 1, 3600, 1200, 604800, 10800),
            "aa": True,
            "texts": (),
        },
    ),
    Vector(
        "knot drop: SERVFAIL with EDE 18",
        "SERVFAIL",
        "QR RD RA",
        "",
        ((EDE, b"\0\x12U5KL"),),
        {"rcode": SERVFAIL, "ede": ((18, "U5KL"),), **NOTHING},
    ),
    Vector(
        "two extended errors keep their order",
        "REFUSED",
        "QR RD RA",
        "",
        ((EDE, b"\0\x12"), (EDE, b"\0\x171.1.1.1:53 timed out")),
        {"ede": ((18, ""), (23, "1.1.1.1:53 timed out"))},
    ),
    Vector(
        "dnsdist alias that is not followed",
        "NOERROR",
        "QR RD RA",
        f"{NAME} 60 IN CNAME stop.example.",
        None,
        {"cname_chain": ("stop.example.",), "addresses": (), "rrset_size": 0, "answer_count": 1, "edns": False},
    ),
    Vector(
        "truncated, then asked again over TCP",
        "NOERROR",
        "QR TC RD RA",
        "",
        (),
        {"tc": True, **NOTHING},
    ),
    Vector(
        "extended error whose text is not UTF-8",
        "NXDOMAIN",
        "QR RD RA",
        "",
        ((EDE, CENSORED + b"Autorit\xe0"),),
        {"ede": ((16, "Autorit\ufffd"),), "rcode": NXDOMAIN},
    ),
    Vector(
        "extended error of one byte says nothing",
        "NXDOMAIN",
        "QR RD RA",
        "",
        ((EDE, b"\x10"), (EDE, b""), (EDE, b"\xc0\x00x\0\0")),
        {"ede": ((49152, "x\0"),), "rcode": NXDOMAIN},
    ),
    Vector(
        "name server identifier",
        "NOERROR",
        "QR RD RA",
        "",
        ((NSID, b"res710.qbre1"), (NSID, b"second")),
        {"nsid": b"res710.qbre1"},
    ),
    Vector(
        "name servers, asked for",
        "NOERROR",
        "QR RD RA",
        f"{NAME} 3600 IN NS ns2.{NAME}\n{NAME} 3600 IN NS NS1.example.",
        (),
        {"name_servers": ("ns1.example.", f"ns2.{NAME}"), "rrset_size": 2, "addresses": (), "unreadable": 0},
        question=f"{NAME} IN NS",
    ),
    Vector(
        "name servers, referred to",
        "NOERROR",
        "QR RD RA",
        f"/{NAME} 3600 IN NS ns1.example.",
        (),
        {"name_servers": (), "authority_count": 1},
        question=f"{NAME} IN NS",
    ),
    Vector("empty name server identifier", "NOERROR", "QR RD RA", "", ((NSID, b""),), {"nsid": b""}),
    Vector(
        "identity answer in class CHAOS",
        "NOERROR",
        "QR AA RD",
        'id.server. 0 CH TXT "res860.qfra3.rrdns.pch.net"',
        None,
        {"texts": ((b"res860.qfra3.rrdns.pch.net",),), "rrset_size": 1, "nsid": None, "addresses": ()},
        question="id.server. CH TXT",
    ),
    Vector(
        "whoami in two strings",
        "NOERROR",
        "QR RD RA",
        'whoami.ds.akahelp.net. 20 IN TXT "ns" "192.0.2.53"',
        (),
        {"texts": ((b"ns", b"192.0.2.53"),)},
        question="whoami.ds.akahelp.net. IN TXT",
    ),
    Vector(
        "compact denial: the name does not exist",
        "NOERROR",
        "QR RD RA",
        f"/{NAME} 300 IN NSEC \\000.{NAME} RRSIG NSEC NXNAME",
        (),
        {"nxname": True, "rcode": 0, "unreadable": 0},
    ),
    Vector(
        "compact denial: the name has no such type",
        "NOERROR",
        "QR RD RA",
        f"/{NAME} 300 IN NSEC \\000.{NAME} A RRSIG NSEC TYPE1024",
        (),
        {"nxname": False},
    ),
    Vector(
        "NXNAME of another name",
        "NOERROR",
        "QR RD RA",
        "/other.to. 300 IN NSEC \\000.other.to. RRSIG NSEC NXNAME\nto. 900 IN SOA a.nic.to. host.nic.to. 9 1 2 3 4",
        (),
        {"nxname": False},
    ),
    Vector(
        "address of the other family counts for nothing",
        "NOERROR",
        "QR RD RA",
        f"{NAME} 60 IN A 192.0.2.1",
        (),
        {"addresses": (), "rrset_size": 0, "answer_count": 1},
        question=f"{NAME} IN AAAA",
    ),
    Vector(
        "IPv6, shortest form",
        "NOERROR",
        "QR RD RA",
        f"{NAME} 60 IN AAAA 2001:DB8:0:0:0:0:0:1\n{NAME} 60 IN AAAA ::",
        (),
        {"addresses": ("2001:db8::1", "::")},
        question=f"{NAME} IN AAAA",
    ),
    Vector(
        "alias loop",
        "NOERROR",
        "QR RD RA",
        f"{NAME} 60 IN CNAME a.example.\na.example. 60 IN CNAME {NAME}",
        (),
        {"cname_chain": ("a.example.", NAME), "addresses": ()},
    ),
    Vector(
        "aliases in any order and any case",
        "NOERROR",
        "QR RD RA",
        f"C.example. 9 IN A 192.0.2.1\nb.EXAMPLE. 60 IN CNAME c.example.\n{NAME.upper()} 60 IN CNAME B.example.",
        (),
        {"cname_chain": ("b.example.", "c.example."), "addresses": ("192.0.2.1",), "min_ttl": 9},
    ),
    Vector(
        "address beside an alias: the name itself is the end",
        "NOERROR",
        "QR RD RA",
        f"{NAME} 60 IN CNAME a.example.\n{NAME} 60 IN A 192.0.2.1\na.example. 60 IN A 192.0.2.2",
        (),
        {"cname_chain": (), "addresses": ("192.0.2.1",), "answer_count": 3},
    ),
    Vector(
        "question for an alias",
        "NOERROR",
        "QR RD RA",
        f"{NAME} 60 IN CNAME a.example.",
        (),
        {"cname_chain": (), "rrset_size": 1},
        question=f"{NAME} IN CNAME",
    ),
    Vector(
        "question for any type",
        "NOERROR",
        "QR RD RA",
        f'{NAME} 60 IN A 192.0.2.1\n{NAME} 60 IN TXT "x"',
        (),
        {"addresses": ("192.0.2.1",), "texts": ((b"x",),), "rrset_size": 2},
        question=f"{NAME} IN ANY",
    ),
)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_vector(vector: Vector) -> None:
    """Each answer shows what it is known for."""
    reading = dnswire.read(vector.wire())
    assert {field: getattr(reading, field) for field in vector.expected} == vector.expected


def test_no_two_vectors_read_alike() -> None:
    """What a judge must tell apart is told apart, among answers to the one question."""
    readings = [dnswire.read(vector.wire()) for vector in VECTORS]
    assert len(set(readings)) == len(VECTORS)
