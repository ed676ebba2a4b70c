"""What an answer says, as far as a judge of blocking asks: one value, equal where the answers say the same.

The message id and the order of records in a set do not make an answer another one. Whether id and question are those of
the query is for the caller to compare.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from schema.dnswire.chain import NOWHERE, Chain, follow
from schema.dnswire.edns import extended_errors, nsid
from schema.dnswire.errors import DnsWireError
from schema.dnswire.message import Message, Question, Record, read_message
from schema.dnswire.rdata import AAAA, IN, NS, NSEC, NXNAME, SOA, TXT, A, Soa, address, nsec_has, soa, target, texts

if TYPE_CHECKING:
    from schema.dnswire.names import Names

Section = Literal["answer", "authority", "additional"]
"""Where a record stood."""


class Reading(Struct, frozen=True, gc=False, kw_only=True):
    """An answer's content; hashable. None and () mean that it said nothing of the kind."""

    rcode: int  # with the upper bits from EDNS
    opcode: int
    qr: bool
    aa: bool
    tc: bool
    rd: bool
    ra: bool
    z: bool
    ad: bool
    cd: bool
    question: Question | None  # None unless there is exactly one
    cname_chain: tuple[str, ...] = ()  # from the question's name on, in order
    rrset_size: int = 0  # records of the asked type at the end of the chain
    addresses: tuple[str, ...] = ()  # in those records; sorted by their text, distinct
    name_servers: tuple[str, ...] = ()  # in those records, where NS was asked; sorted, distinct
    texts: tuple[tuple[bytes, ...], ...] = ()  # the strings of each TXT among those records; sorted, distinct
    min_ttl: int | None = None  # seconds, over ANSWER
    soa_at: Section | None = None  # ADDITIONAL before AUTHORITY before ANSWER: see _soa
    soa_zone: str | None = None  # whose SOA it is; a policy zone's name, where it stands in ADDITIONAL
    soa: Soa | None = None  # None although soa_at is set: it cannot be read
    nxname: bool = False  # NSEC says the name at the end of the chain does not exist (RFC 9824 §3)
    notices: tuple[tuple[bytes, ...], ...] = ()  # the strings of each TXT in ADDITIONAL; sorted, distinct
    edns: bool = False  # an OPT record came
    ede: tuple[tuple[int, str], ...] = ()  # info-code and text of every extended error, in order
    nsid: bytes | None = None
    answer_count: int = 0
    authority_count: int = 0
    additional_count: int = 0  # without OPT
    trailing: int = 0  # bytes after the message
    unreadable: int = 0  # records asked about here whose data cannot be read


def read(wire: bytes) -> Reading:
    """Read a response and say what it says.

    Raises:
        DnsWireError: the bytes are not a DNS message.
    """
    return summarise(read_message(wire))


def summarise(message: Message) -> Reading:
    """Say what *message* says. A record whose data cannot be read is counted in *unreadable* and passed over."""
    names: Names = {}
    question = message.questions[0] if len(message.questions) == 1 else None
    chain = follow(message, question, names) if question is not None else NOWHERE
    addresses, odd_addresses = _addresses(chain.rrset)
    servers, odd_servers = _name_servers(chain.rrset, message.wire, names)
    strings, odd_strings = _strings(chain.rrset)
    notices, odd_notices = _strings(message.additional)
    soa_at, soa_zone, start, odd_soa = _soa(message, names)
    nxname, odd_nsec = _nxname(message, chain, names)
    edns = message.edns
    return Reading(
        rcode=message.rcode,
        opcode=message.opcode,
        qr=message.qr,
        aa=message.aa,
        tc=message.tc,
        rd=message.rd,
        ra=message.ra,
        z=message.z,
        ad=message.ad,
        cd=message.cd,
        question=question,
        cname_chain=chain.aliases,
        rrset_size=len(chain.rrset),
        addresses=addresses,
        name_servers=servers,
        texts=strings,
        min_ttl=min([record.ttl for record in message.answer]) if message.answer else None,
        soa_at=soa_at,
        soa_zone=soa_zone,
        soa=start,
        nxname=nxname,
        notices=notices,
        edns=edns is not None,
        ede=extended_errors(edns) if edns is not None else (),
        nsid=nsid(edns) if edns is not None else None,
        answer_count=len(message.answer),
        authority_count=len(message.authority),
        additional_count=len(message.additional),
        trailing=message.trailing,
        unreadable=chain.broken + odd_addresses + odd_servers + odd_strings + odd_notices + odd_soa + odd_nsec,
    )


def _addresses(records: tuple[Record, ...]) -> tuple[tuple[str, ...], int]:
    found: set[str] = set()
    odd = 0
    for record in records:
        if record.rdtype in (A, AAAA) and record.rdclass == IN:
            try:
                found.add(address(record))
            except DnsWireError:
                odd += 1
    return tuple(sorted(found)), odd


def _name_servers(records: tuple[Record, ...], wire: bytes, names: Names) -> tuple[tuple[str, ...], int]:
    found: set[str] = set()
    odd = 0
    for record in records:
        if record.rdtype == NS:
            try:
                found.add(target(wire, record, names))
            except DnsWireError:
                odd += 1
    return tuple(sorted(found)), odd


def _strings(records: tuple[Record, ...]) -> tuple[tuple[tuple[bytes, ...], ...], int]:
    found: set[tuple[bytes, ...]] = set()
    odd = 0
    for record in records:
        if record.rdtype == TXT:
            try:
                found.add(texts(record))
            except DnsWireError:
                odd += 1
    return tuple(sorted(found)), odd


def _soa(message: Message, names: Names) -> tuple[Section | None, str | None, Soa | None, int]:
    """Find the SOA that tells most. No honest answer has one in ADDITIONAL: a response policy zone put it there."""
    sections: tuple[tuple[Section, tuple[Record, ...]], ...] = (
        ("additional", message.additional),
        ("authority", message.authority),
        ("answer", message.answer),
    )
    for section, records in sections:
        for record in records:
            if record.rdtype == SOA:
                try:
                    return section, record.name, soa(message.wire, record, names), 0
                except DnsWireError:
                    return section, record.name, None, 1
    return None, None, None, 0


def _nxname(message: Message, chain: Chain, names: Names) -> tuple[bool, int]:
    """Look for NXNAME. A name has one NSEC: at the first that cannot be read there is nothing more to look for."""
    for record in message.authority:
        if record.rdtype == NSEC and record.name == chain.end:
            try:
                if nsec_has(message.wire, record, NXNAME, names):
                    return True, 0
            except DnsWireError:
                return False, 1
    return False, 0
