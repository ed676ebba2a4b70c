"""What resolvers answer in a forged world, and the records that probes make of it: real DNS messages."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Final, TypeAlias

import dns.message
import dns.rcode
import dns.rrset

from deploy.lab.rootzone import root_records
from probe.query import build
from schema.endpoint import parse_endpoint
from schema.record import Answer, HttpSeen, Record, TlsSeen
from schema.registry import KNOWN_ABSENT
from schema.words import Failure, Gap, Role
from tests.evidence.forge.authority import curve_key, issue
from tests.evidence.forge.cast import LIVE

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from schema.cells import Cell
    from schema.registry import Vantage

#: An address, an rcode's name, a failure, or a gap.
Said: TypeAlias = str | Failure | Gap
#: What somebody at a vantage hears of a cell.
Hears: TypeAlias = "Callable[[Vantage, Cell], Said]"
BLOCKS: Final = "NXDOMAIN"
#: And after it, when the root zone was signed, in seconds since 1970: its records with their signatures.
ROOT_SIGNED: Final = "root zone "


def obeys(vantage: Vantage, cell: Cell) -> Said:
    """Every target withholds every name of the docket; everybody else tells the truth."""
    if cell.role is Role.TARGET:
        return BLOCKS
    return "NXDOMAIN" if cell.name == KNOWN_ABSENT else LIVE


def resolves(vantage: Vantage, cell: Cell) -> Said:
    """Nobody withholds anything."""
    return LIVE if cell.role is Role.TARGET else obeys(vantage, cell)


@cache
def certificate() -> bytes:
    """The certificate (DER) that every resolver shows."""
    return issue("*.test", curve_key("dns"), issuer="Radice DNS", by=curve_key("root dns"), serial=3, stamps=False)


def record(cell: Cell, said: Said, *, plan: str, probe: str, at: datetime) -> Record:
    """The record of *cell*; a gap as a line of its own where *said* is one."""
    number = cell.number
    query = build(cell.name, cell.qtype, cell.qclass, cell.profile, msg_id=4711 + number, case_bits=number)
    endpoint = parse_endpoint(cell.endpoint)
    gap = said if isinstance(said, Gap) else None
    failure = said if isinstance(said, Failure) else None
    site = cell.role is Role.MEASURE  # whose answer is a status, and no message
    nothing = site or gap is not None or failure is not None
    answers = () if nothing else (Answer(9_000 + number, wire(query, str(said)), 58),)
    chain = (sha256(certificate()).hexdigest(),) if endpoint.verifiable else ()
    return Record(
        v=1, plan=plan, cell=number, probe=probe, at=at + timedelta(milliseconds=137 * number), role=cell.role,
        resolver=cell.resolver, endpoint=cell.endpoint, name=cell.name, qclass=cell.qclass, qtype=cell.qtype,
        profile=cell.profile, repeat=cell.repeat, query=b"" if gap or site else query, answers=answers, failure=failure,
        tls=TlsSeen("TLSv1.3", chain, True) if chain and not gap else None, gap=gap,
        http=HttpSeen(451, {"server": "lab"}) if site and not gap and not failure else None,
    )  # fmt: skip


@cache
def wire(query: bytes, said: str) -> bytes:
    """The answer's bytes: an address, an rcode with an SOA, or what the root zone says of itself."""
    asked = dns.message.from_wire(query)
    reply = dns.message.make_response(asked, recursion_available=True)
    question = asked.question[0]
    if said.startswith(ROOT_SIGNED):
        for rrset in root_records(question.rdtype, int(said.removeprefix(ROOT_SIGNED)), dnssec=True):
            # one by one: dnspython shuffles the records of a set as it writes them
            reply.answer += [dns.rrset.from_rdata(rrset.name, rrset.ttl, record) for record in rrset]
    elif said.isalpha():
        reply.set_rcode(dns.rcode.from_text("NOERROR" if said == "NODATA" else said))
        if said != "REFUSED":
            reply.authority.append(dns.rrset.from_text("test.", 300, "IN", "SOA", "ns.test. root.test. 1 2 3 4 300"))
    else:
        reply.answer.append(dns.rrset.from_text(question.name, 300, "IN", "A", said))
    return reply.to_wire()
