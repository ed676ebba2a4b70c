"""Builds the bytes of one reply: a question, what the truth is, and the rule that decides what is said instead.

Slow and plain, with dnspython; `world` keeps what is built here.
"""

from __future__ import annotations

from typing import NamedTuple

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from deploy.lab.rootzone import root_records
from deploy.lab.shapes import Answer, ReplyKind
from deploy.lab.signing import signed
from deploy.lab.truth import Truth, parent
from schema.names import ROOT
from schema.registry import ID_SERVER
from schema.words import Transport

HEADER_BYTES = 12
_POINTER = 0xC0  # RFC 1035 §4.1.4
_AFTER_NAME = 5  # the root label, type and class
_ID_SERVERS = frozenset({ID_SERVER, "hostname.bind."})  # RFC 4892 and what came before it
_PLAIN_UDP_BYTES = 512  # RFC 1035 §4.2.1
_OWN_UDP_BYTES = 1232
_NEGATIVE_TTL = 300
#: The rule of a resolver that has none for a question.
HONEST = Answer(names=("*",), reply=ReplyKind.TRUTH)
# Counts promise a record that never comes, and the label that follows runs past the end.
_NOISE = b"\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00" + bytes(range(0xB0, 0xD0))


class Asked(NamedTuple):
    """A question as it was read; *name* in canonical form, *message* as dnspython has it."""

    message: dns.message.QueryMessage
    name: str
    rdtype: int
    rdclass: int
    edns: bool
    dnssec: bool
    nsid: bool
    end: int  # where the question section ends

    @property
    def type_text(self) -> str:
        """The type's mnemonic."""
        return dns.rdatatype.to_text(dns.rdatatype.RdataType.make(self.rdtype))


def read_query(query: bytes) -> Asked | None:
    """The question in *query*; none when it is not one (RFC 1035 §4.1)."""
    try:
        message = dns.message.from_wire(query)
    except dns.exception.DNSException:
        return None
    question = message.question
    end = _question_end(query)
    if message.opcode() != dns.opcode.QUERY or message.flags & dns.flags.QR or len(question) != 1 or not end:
        return None
    return Asked(
        message,  # type: ignore[arg-type]  # opcode QUERY makes it a QueryMessage
        question[0].name.to_text().lower(),
        question[0].rdtype,
        question[0].rdclass,
        message.edns >= 0,
        bool(message.ednsflags & dns.flags.DO),
        any(option.otype == dns.edns.OptionType.NSID for option in message.options),
        end,
    )


def _question_end(query: bytes) -> int:
    """Where the first question ends; 0 where its name is not written out but points elsewhere."""
    at = HEADER_BYTES
    while length := query[at]:
        if length >= _POINTER:
            return 0
        at += 1 + length
    return at + _AFTER_NAME


def unreadable(query: bytes) -> bytes:
    """FORMERR for something that is no question; nothing for something too short to answer or a response itself."""
    if len(query) < HEADER_BYTES or query[2] & 0x80:
        return b""
    return query[:2] + bytes((0x80 | query[2] & 0x79, 0x80 | dns.rcode.FORMERR)) + bytes(8)


def build(asked: Asked, rule: Answer, truth: Truth, transport: Transport, identity: str) -> bytes:
    """The reply's bytes, with the question's own id and case; empty means silence."""
    kind = rule.reply
    if kind is ReplyKind.TIMEOUT:
        return b""
    if kind is ReplyKind.GARBAGE:
        return asked.message.id.to_bytes(2, "big") + _NOISE
    if kind is ReplyKind.TRUNCATED and transport is not Transport.UDP:
        rule, kind = HONEST, ReplyKind.TRUTH
    response = _start(asked, rule, identity)
    if asked.rdclass != dns.rdataclass.IN:
        _chaos(response, asked, kind, identity)
    elif kind is ReplyKind.TRUNCATED:
        response.flags |= dns.flags.TC
    elif kind is ReplyKind.REFUSED:
        response.set_rcode(dns.rcode.REFUSED)
    elif kind is ReplyKind.SERVFAIL:
        response.set_rcode(dns.rcode.SERVFAIL)
    else:
        _fill(response, asked, rule, truth)
    wire = response.to_wire()
    return _fitting(response, asked, wire) if transport is Transport.UDP else wire


def _start(asked: Asked, rule: Answer, identity: str) -> dns.message.QueryMessage:
    response = dns.message.QueryMessage(id=asked.message.id)
    response.flags = dns.flags.QR | (asked.message.flags & (dns.flags.RD | dns.flags.CD))
    response.flags |= (dns.flags.RA if rule.ra else 0) | (dns.flags.AA if rule.aa else 0)
    response.question = list(asked.message.question)
    if asked.edns:
        options: list[dns.edns.Option] = [
            dns.edns.EDEOption(ede.code, ede.text or None)  # type: ignore[arg-type]  # any 16-bit code is one
            for ede in rule.ede
        ]
        if asked.nsid and identity:
            options.insert(0, dns.edns.NSIDOption(identity.encode()))
        flags = dns.flags.DO if asked.dnssec else 0
        response.use_edns(0, flags, _OWN_UDP_BYTES, options=options)
    return response


def _chaos(response: dns.message.QueryMessage, asked: Asked, kind: ReplyKind, identity: str) -> None:
    """Class CH: who answers; refused where it is not told."""
    told = asked.name in _ID_SERVERS and asked.rdtype == dns.rdatatype.TXT and identity and kind is ReplyKind.TRUTH
    if asked.rdclass == dns.rdataclass.CH and told:
        quoted = '"' + identity.replace("\\", "\\\\").replace('"', '\\"') + '"'
        response.answer.append(
            dns.rrset.from_text(asked.message.question[0].name, 0, dns.rdataclass.CH, dns.rdatatype.TXT, quoted)
        )
    else:
        response.set_rcode(dns.rcode.SERVFAIL if kind is ReplyKind.SERVFAIL else dns.rcode.REFUSED)


def _fill(response: dns.message.QueryMessage, asked: Asked, rule: Answer, truth: Truth) -> None:
    """The sections of an answer that says something of the name, true or not."""
    owner = asked.message.question[0].name
    honest = rule.reply is ReplyKind.TRUTH
    secure = honest and truth.signed
    if secure and (asked.dnssec or asked.message.flags & dns.flags.AD):  # RFC 6840 §5.8
        response.flags |= dns.flags.AD
    if honest and asked.name == ROOT:
        _root(response, asked, truth)
        return
    addresses = truth.addresses if honest else rule.addresses
    negative = rule.reply in {ReplyKind.NXDOMAIN, ReplyKind.NODATA} or (honest and not truth.exists)
    if rule.reply is ReplyKind.CNAME:
        target = dns.name.from_text(rule.target)
        _add(response, owner, rule.ttl, dns.rdatatype.CNAME, [rule.target])
        owner = target
    values = [] if negative else _values(asked, addresses, truth if honest else None)
    if values:
        _add(response, owner, rule.ttl, dns.rdatatype.RdataType.make(asked.rdtype), values)
    elif rule.soa and rule.reply is not ReplyKind.CNAME:
        zone = truth.zone
        if rule.reply is ReplyKind.NXDOMAIN and zone == asked.name:
            zone = parent(zone)  # what does not exist has no SOA of its own
        soa = _soa(zone, truth.soa if zone == truth.zone else "")
        response.authority.append(dns.rrset.from_text(zone, rule.ttl, dns.rdataclass.IN, dns.rdatatype.SOA, soa))
    if rule.reply is ReplyKind.NXDOMAIN or (honest and not truth.exists):
        response.set_rcode(dns.rcode.NXDOMAIN)
    if secure and asked.dnssec:
        for section in (response.answer, response.authority):
            section.extend([signed(rrset, dns.name.from_text(truth.zone)) for rrset in list(section)])


def _root(response: dns.message.QueryMessage, asked: Asked, truth: Truth) -> None:
    """The root zone has an SOA, keys, and here nothing else."""
    rdtype = dns.rdatatype.RdataType.make(asked.rdtype)
    found = root_records(rdtype, truth.signed_at, dnssec=asked.dnssec)
    response.answer.extend(found)
    if not found:
        response.authority.extend(root_records(dns.rdatatype.SOA, truth.signed_at, dnssec=asked.dnssec))


def _soa(zone: str, said: str) -> str:
    names = said or f"ns1.{zone.lstrip('.')} hostmaster.{zone.lstrip('.')}"
    return f"{names} 1 7200 900 1209600 {_NEGATIVE_TTL}"


def _values(asked: Asked, addresses: tuple[str, ...], truth: Truth | None) -> list[str]:
    rdtype = asked.rdtype
    if rdtype == dns.rdatatype.A:
        return [address for address in addresses if ":" not in address]
    if rdtype == dns.rdatatype.AAAA:
        return [address for address in addresses if ":" in address]
    if rdtype == dns.rdatatype.TXT and truth:
        return [f'"{text}"' for text in truth.texts]
    if rdtype == dns.rdatatype.NS and truth and asked.name == truth.zone:
        return list(truth.name_servers)
    if rdtype == dns.rdatatype.SOA and truth and truth.soa and asked.name == truth.zone:
        return [_soa(truth.zone, truth.soa)]
    return []


def _add(
    response: dns.message.QueryMessage,
    owner: dns.name.Name,
    ttl: int,
    rdtype: dns.rdatatype.RdataType,
    values: list[str],
) -> None:
    response.answer.append(dns.rrset.from_text_list(owner, ttl, dns.rdataclass.IN, rdtype, values))


def _fitting(response: dns.message.QueryMessage, asked: Asked, wire: bytes) -> bytes:
    """*wire*, or a truncated answer where the client has no room for it over UDP (RFC 2181 §9)."""
    room = max(_PLAIN_UDP_BYTES, min(asked.message.payload, _OWN_UDP_BYTES)) if asked.edns else _PLAIN_UDP_BYTES
    if len(wire) <= room:
        return wire
    response.flags |= dns.flags.TC
    for section in (response.answer, response.authority, response.additional):
        section.clear()
    return response.to_wire()
