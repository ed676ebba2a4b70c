"""Builds the lines of a round with real wires, cell after cell, the same bytes each time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from probe.query import build
from schema.codec import encode
from schema.record import Answer, Record, TlsSeen
from schema.registry import ID_SERVER, KNOWN_ABSENT, KNOWN_GOOD
from schema.words import Failure, Profile, Role

AT: Final = datetime(2026, 11, 21, 20, tzinfo=UTC)
GOOD: Final = "198.18.200.1"  # what the name that always answers has
TTL: Final = 58  # IP TTL of what comes from far away


class Reply(NamedTuple):
    """An answer in words: records of the asked type, behind an alias if there is one, or an rcode."""

    data: tuple[str, ...] = ()
    rcode: str = "NOERROR"
    alias: str = ""
    aa: bool = False
    ra: bool = True
    ad: bool = False
    tc: bool = False
    ttl: int = 300
    soa: str = ""  # `section zone mname rname`; section authority or additional
    ede: tuple[tuple[int, str], ...] = ()
    us: int = 12_034
    ip_ttl: int = TTL


def addresses(*data: str, **how: Any) -> Reply:
    """An answer with addresses."""
    return Reply(data)._replace(**how)


def nxdomain(**how: Any) -> Reply:
    """An ordinary denial."""
    return Reply(rcode="NXDOMAIN", soa="authority to. a.nic.to. hostmaster.nic.to.")._replace(**how)


def wire(query: bytes, reply: Reply) -> bytes:
    """*reply* to *query*."""
    asked = dns.message.from_wire(query)
    message = dns.message.make_response(asked, recursion_available=reply.ra)
    for wanted, flag in ((reply.aa, dns.flags.AA), (reply.tc, dns.flags.TC), (reply.ad, dns.flags.AD)):
        message.flags |= flag if wanted else 0
    message.set_rcode(dns.rcode.from_text(reply.rcode))
    question = message.question[0]
    owner = question.name
    if reply.alias:
        message.answer.append(dns.rrset.from_text(owner, reply.ttl, "IN", "CNAME", reply.alias))
        owner = message.answer[-1][0].target
    if reply.data:
        kind = dns.rdatatype.to_text(question.rdtype)
        message.answer.append(dns.rrset.from_text(owner, reply.ttl, question.rdclass, kind, *reply.data))
    if reply.soa:
        section, zone, mname, rname = reply.soa.split()
        soa = dns.rrset.from_text(zone, 300, "IN", "SOA", f"{mname} {rname} 1 3600 600 86400 300")
        (message.authority if section == "authority" else message.additional).append(soa)
    if asked.edns >= 0 and reply.ede:
        message.use_edns(0, options=[dns.edns.EDEOption(dns.edns.EDECode.make(code), text) for code, text in reply.ede])
    return message.to_wire()


class Round:
    """One round of one probe."""

    def __init__(self, probe: str, name: str) -> None:
        self.probe = probe
        self.name = name
        self._records: list[Record] = []

    def lines(self) -> bytes:
        """The round as a probe writes it, a record a line."""
        return b"".join(encode(record) + b"\n" for record in self._records)

    def add(
        self, role: Role, where: tuple[str, str], *said: Reply | Failure, asks: str = "", profile: Profile = Profile.EDNS,
        repeat: int = 0,
    ) -> Round:  # fmt: skip
        """Ask *where* (resolver and endpoint); *said* are all answers, in order, or a failure; *asks* is `name type class`."""
        number = len(self._records)
        name, qtype, qclass = (asks or f"{self.name} A IN").split()
        query = build(name, qtype, qclass, profile, msg_id=4711 + 97 * number, case_bits=0b1011 * (number + 1))
        replies = [one for one in said if isinstance(one, Reply)]
        failure = next((one for one in said if isinstance(one, Failure)), None)
        self._records.append(
            Record(
                v=1, plan="c0" * 32, cell=number, probe=self.probe, at=AT + timedelta(milliseconds=250 * number),
                mono_us=5_000_000 + 250_000 * number, role=role, resolver=where[0], endpoint=where[1], name=name,
                qclass=qclass, qtype=qtype, profile=profile, repeat=repeat, query=query,
                answers=tuple(Answer(one.us, wire(query, one), one.ip_ttl) for one in replies), failure=failure,
                tls=None if where[1].startswith(("udp", "tcp")) else TlsSeen("TLSv1.3", (), verified=True),
            )
        )  # fmt: skip
        return self

    def target(self, where: tuple[str, str], *said: Reply | Failure, dnssec: Reply | Failure | None = None) -> Round:
        """Ask in all three profiles; with DNSSEC asked for *dnssec* came, or else the same."""
        for profile in (Profile.STUB, Profile.EDNS):
            self.add(Role.TARGET, where, *said, profile=profile)
        return self.add(Role.TARGET, where, *([dnssec] if dnssec else said), profile=Profile.DNSSEC)

    def control(self, where: tuple[str, str], said: Reply | Failure, kind: str = "A") -> Round:
        """Ask an independent operator, and whether it is in order."""
        self.add(Role.KNOWN_GOOD, where, addresses(GOOD), asks=f"{KNOWN_GOOD} A IN")
        return self.add(Role.CONTROL, where, said, asks=f"{self.name} {kind} IN")

    def sound(self, where: tuple[str, str], site: str = "") -> Round:
        """Show that an endpoint is in order, and who it says that it is."""
        self.add(Role.KNOWN_GOOD, where, addresses(GOOD), asks=f"{KNOWN_GOOD} A IN")
        self.add(Role.KNOWN_ABSENT, where, nxdomain(soa="authority example.com. a. b."), asks=f"{KNOWN_ABSENT} A IN")
        if site:
            self.add(Role.IDENTITY, where, addresses(f'"{site}"'), asks=f"{ID_SERVER} TXT CH")
        return self
