"""Builds rounds for the judge: records with real wires, a few words a cell."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.rrset
from msgspec.structs import replace

from collector.judge import judge_round
from collector.registry import default_policy
from probe.query import build
from schema.codec import encode
from schema.policy import Bound, Policy
from schema.record import Answer, Record, TlsSeen
from schema.registry import ID_SERVER, KNOWN_ABSENT, KNOWN_GOOD, WHOAMI, Resolver, Vantage, World
from schema.verdict import Verdict
from schema.words import Failure, Gap, Kind, Profile, Role

NAME, OTHER = "kickasstorrents.to.", "unrelated.example."
LIVE, ELSEWHERE = "198.51.100.7", "203.0.113.9"
AT = datetime(2026, 11, 21, 20, tzinfo=UTC)
UDP, TCP, TLS, HTTPS = (
    "udp:1.1.1.1:53",
    "tcp:1.1.1.1:53",
    "tls:1.1.1.1:853#one.one.one.one",
    "https:1.1.1.1:443#cloudflare-dns.com/dns-query",
)
TLS_2 = "tls:1.0.0.1:853#one.one.one.one"
ISP = "udp:212.216.112.112:53"
CONTROLS = {"c1": "tls:198.18.0.1:853#c1.test", "c2": "tls:198.18.0.2:853#c2.test", "c3": "tls:198.18.0.3:853#c3.test"}
QUAD9, TWIN = "tls:9.9.9.9:853#dns.quad9.net", "tls:9.9.9.10:853#dns10.quad9.net"
GOOGLE = "tls:8.8.8.8:853#dns.google"
WORLD = World(
    (
        Resolver("cloudflare", "Cloudflare", Kind.PUBLIC, (13335,), endpoints=(UDP, TCP, TLS, HTTPS, TLS_2)),
        Resolver("quad9", "Quad9", Kind.PUBLIC, (19281,), endpoints=(QUAD9,), twin="quad9-unfiltered"),
        Resolver("quad9-unfiltered", "Quad9", Kind.PUBLIC, (19281,), endpoints=(TWIN,)),
        Resolver("google", "Google Public DNS", Kind.PUBLIC, (15169,), endpoints=(GOOGLE,)),
        Resolver("tim", "TIM", Kind.ISP, (3269,), on_net_only=True, endpoints=(ISP,)),
        Resolver("windtre", "WINDTRE", Kind.ISP, (1267,), endpoints=("udp:193.70.152.15:53",)),
        *(Resolver(name, name.upper(), Kind.CONTROL, endpoints=(endpoint,)) for name, endpoint in CONTROLS.items()),
    ),
    (
        Vantage("mi-01", 3269, "TIM", "IT"),
        Vantage("rm-01", 30722, "Vodafone", "IT"),
        Vantage("xx-01", 64500, "X", "IT"),
    ),
)
POLICY = default_policy(WORLD)


def _record(said: str, asked: dns.rdatatype.RdataType) -> tuple[dns.rdatatype.RdataType | None, str]:
    """Type and data of a record; no type for an address of the family that was not asked for."""
    kinds = {">": dns.rdatatype.CNAME, "=": dns.rdatatype.TXT, "@": dns.rdatatype.NS, "*": dns.rdatatype.SOA}
    kind = kinds.get(said[0])
    if kind is not None:
        return kind, f'"{said[1:]}"' if kind is dns.rdatatype.TXT else said[1:]
    return asked if (":" in said) == (asked == dns.rdatatype.AAAA) else None, said


def answer(query: bytes, *what: str, **how: Any) -> bytes:
    """The wire of an answer: addresses, `>alias`, `=text`, `@name server`, `*SOA`, or an rcode's name; options as keywords."""
    asked = dns.message.from_wire(query)
    reply = dns.message.make_response(asked, recursion_available=how.get("ra", True))
    if how.get("aa"):
        reply.flags |= dns.flags.AA
    if how.get("tc"):
        reply.flags |= dns.flags.TC
    question = asked.question[0]
    owner = question.name
    ttl = how.get("ttl_s", how.get("ttl", 60))
    for one in what:
        if one.isupper() and one.isalpha():
            reply.set_rcode(dns.rcode.NOERROR if one == "NODATA" else dns.rcode.from_text(one))
            continue
        rdtype, data = _record(one, question.rdtype)
        if rdtype is None:
            continue
        rrset = reply.find_rrset(reply.answer, owner, question.rdclass, rdtype, create=True)
        rrset.add(dns.rdata.from_text(question.rdclass, rdtype, data), ttl)
        owner = rrset[0].target if rdtype is dns.rdatatype.CNAME else owner
    if not reply.answer and how.get("soa", reply.rcode() in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}):
        zone, data = how.get("zone", "to."), how.get("soa_data", "ns.invalid. root.invalid. 1 2 3 4 300")
        section = reply.additional if how.get("soa_at") == "additional" else reply.authority
        section.append(dns.rrset.from_text(zone, 300, "IN", "SOA", data))
    if asked.edns >= 0 and how.keys() & {"ede", "nsid"}:
        options: list[dns.edns.Option] = [dns.edns.EDEOption(code, "text") for code in how.get("ede", ())]
        reply.use_edns(0, options=[*options, *(dns.edns.NSIDOption(nsid) for nsid in [how.get("nsid")] if nsid)])
    return reply.to_wire()


class Cells:
    """Records of one round, numbered as they are added."""

    def __init__(self, probe: str = "xx-01", at: datetime = AT, policy: Policy = POLICY) -> None:
        self.probe = probe
        self.at = at
        self.policy = policy
        self.records: list[tuple[bytes, Record]] = []

    def add(
        self,
        role: Role,
        resolver: str,
        endpoint: str,
        *what: str | Failure | Gap,
        name: str = NAME,
        qtype: str = "A",
        qclass: str = "IN",
        profile: Profile = Profile.EDNS,
        repeat: int = 0,
        verified: bool = True,
        also: tuple[tuple[str, ...], ...] = (),
        ttl: int = 58,
        **how: Any,
    ) -> Cells:
        """Add a cell: *what* is the answer, a failure or a gap; *also* further answers to the same question."""
        number = len(self.records)
        query = build(name, qtype, qclass, profile, msg_id=4711 + number, case_bits=number)
        failure = next((one for one in what if isinstance(one, Failure)), None)
        gap = next((one for one in what if isinstance(one, Gap)), None)
        said = [tuple(str(one) for one in what)] if failure is None and gap is None else []
        wires = [answer(query, *one, **how) for one in (*said, *also)]
        record = Record(
            v=1,
            plan="ab" * 32,
            cell=number,
            probe=self.probe,
            at=self.at,
            role=role,
            resolver=resolver,
            endpoint=endpoint,
            name=name,
            qclass=qclass,
            qtype=qtype,
            profile=profile,
            repeat=repeat,
            query=query,
            answers=tuple(Answer(1000 * place, wire, ttl) for place, wire in enumerate(wires, 1)),
            failure=failure,
            tls=None if endpoint.startswith(("udp", "tcp")) else TlsSeen("TLSv1.3", (), verified),
            gap=gap,
        )
        return self.put(record)

    def put(self, record: Record) -> Cells:
        """Add a record as the next cell."""
        record = replace(record, cell=len(self.records))
        self.records.append((encode(record), record))
        return self

    def target(self, resolver: str, endpoint: str, *what: str | Failure | Gap, **how: Any) -> Cells:
        """Add a target cell."""
        return self.add(Role.TARGET, resolver, endpoint, *what, **how)

    def users(self, resolver: str, endpoint: str, *what: str | Failure | Gap, **how: Any) -> Cells:
        """Add the two cells that are put as users put them."""
        for profile in (Profile.STUB, Profile.EDNS):
            self.target(resolver, endpoint, *what, profile=profile, **how)
        return self

    def controls(self, *what: str, names: tuple[str, ...] = ("c1", "c2"), **how: Any) -> Cells:
        """Add the same answer of independent operators."""
        for name in names:
            self.add(Role.CONTROL, name, CONTROLS[name], *what, **how)
        return self

    def good(self, resolver: str, endpoint: str, *what: str | Failure) -> Cells:
        """Add the name that always answers."""
        return self.add(Role.KNOWN_GOOD, resolver, endpoint, *(what or ("198.18.200.1",)), name=KNOWN_GOOD)

    def absent(self, resolver: str, endpoint: str, *what: str | Failure, **how: Any) -> Cells:
        """Add the name that exists nowhere."""
        return self.add(Role.KNOWN_ABSENT, resolver, endpoint, *(what or ("NXDOMAIN",)), name=KNOWN_ABSENT, **how)

    def identity(self, resolver: str, endpoint: str, *what: str) -> Cells:
        """Add id.server."""
        return self.add(Role.IDENTITY, resolver, endpoint, *what, name=ID_SERVER, qtype="TXT", qclass="CH")

    def whoami(self, resolver: str, endpoint: str, address: str) -> Cells:
        """Add the address that authoritative servers see."""
        return self.add(Role.IDENTITY, resolver, endpoint, address, name=WHOAMI)

    def look(self, address: str, failure: Failure | None = None, name: str = NAME, shown: str = NAME) -> Cells:
        """Add a handshake with *address* for the certificate of *shown*, which is valid unless there is a *failure*."""
        return self.put(
            Record(
                v=1, plan="ab" * 32, cell=0, probe=self.probe, at=self.at, role=Role.LOOK, resolver=f"site:{name[:-1]}",
                endpoint=f"tls:{address}:443#{shown[:-1]}", name=name, qtype="A", profile=Profile.STUB, failure=failure,
                tls=TlsSeen("TLSv1.3", ("ab" * 32,), failure is None),
            )
        )  # fmt: skip

    def judged(self, *, bound: tuple[Bound, ...] = ()) -> list[Verdict]:
        """All verdicts."""
        return judge_round(self.records, WORLD, default_policy(WORLD, bound) if bound else self.policy)

    def verdict(self, resolver: str = "cloudflare", name: str = NAME) -> Verdict:
        """The verdict on one resolver and name."""
        return next(one for one in self.judged() if (one.resolver, one.name) == (resolver, name))
