"""Answers as bytes: a template for each thing that can be said, with the question of the query put in.

RFC 1035 §4.1; OPT RFC 6891 §6.1; NSID RFC 5001 §2.3; extended errors RFC 8914 §2. `test_wires` compares with dnspython.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from ipaddress import ip_address
from typing import Final, NamedTuple

from probe.query import CLASSES, TYPES
from schema.words import Profile

NOERROR, SERVFAIL, NXDOMAIN, REFUSED = 0, 2, 3, 5
_QR_RD, _AA, _RA = 0x8100, 0x0400, 0x0080
_TO_QUESTION: Final = b"\xc0\x0c"  # a pointer to the name in the question
_HEADER_BYTES, _ID_BYTES = 12, 2
_UDP_SIZE, _DO = 1232, 0x8000
_OPT, _NSID, _EDE = 41, 3, 15
_NEGATIVE_S: Final = 300


class Soa(NamedTuple):
    """Whose start of authority a negative answer carries, where, and with which time to live (seconds)."""

    zone: str
    mname: str = "ns1.nic.example."
    rname: str = "root.nic.example."
    serial: int = 1
    ttl: int = _NEGATIVE_S
    additional: bool = False


class Says(NamedTuple):
    """What one answer says; equal contents are one template."""

    rcode: int = NOERROR
    addresses: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()  # the data of NS records
    text: str = ""
    soa: Soa | None = None
    codes: tuple[int, ...] = ()  # extended errors
    ra: bool = True
    aa: bool = False
    ttl: int = 300  # seconds, of every record


class Question(NamedTuple):
    """What is asked."""

    name: str
    qtype: str = "A"
    qclass: str = "IN"
    profile: Profile = Profile.EDNS


def wire(says: Says, nsid: str, query: bytes, question: Question) -> bytes:
    """*says* as the answer to *query*, which asks *question*; its id and letter case come back. *nsid* says who answers."""
    head, tail = _template(says, nsid, question)
    end = _HEADER_BYTES + len(encoded(question.name)) + 4
    return b"".join((query[:_ID_BYTES], head, query[_HEADER_BYTES:end], tail))


@lru_cache(maxsize=65_536)
def _template(says: Says, nsid: str, question: Question) -> tuple[bytes, bytes]:
    """What stands between id and question, and after the question."""
    kind, klass = TYPES[question.qtype], CLASSES[question.qclass]
    answer: list[bytes] = []
    owner = _TO_QUESTION
    for alias in says.aliases:
        answer.append(_record(owner, TYPES["CNAME"], klass, says.ttl, encoded(alias)))
        owner = encoded(alias)
    for address in says.addresses:
        packed = ip_address(address).packed
        answer.append(_record(owner, TYPES["AAAA" if ":" in address else "A"], klass, says.ttl, packed))
    answer += [_record(owner, TYPES["NS"], klass, says.ttl, encoded(host)) for host in says.hosts]
    if says.text:
        answer.append(_record(owner, kind, klass, says.ttl, bytes((len(says.text),)) + says.text.encode()))
    authority: list[bytes] = []
    additional: list[bytes] = []
    if says.soa is not None:
        at_apex = question.qtype == "SOA" and says.soa.zone == question.name
        section = additional if says.soa.additional else answer if at_apex else authority
        section.append(_soa(says.soa))
    if question.profile is not Profile.STUB:
        additional.append(_opt(says, nsid, dnssec_ok=question.profile is Profile.DNSSEC))
    flags = _QR_RD | (_AA if says.aa else 0) | (_RA if says.ra else 0) | says.rcode
    head = struct.pack("!5H", flags, 1, len(answer), len(authority), len(additional))
    return head, b"".join((*answer, *authority, *additional))


@lru_cache(maxsize=4096)
def encoded(name: str) -> bytes:
    """A name in wire format, uncompressed."""
    return b"".join(bytes((len(label),)) + label.encode("ascii") for label in name.split(".") if label) + b"\0"


def _record(owner: bytes, kind: int, klass: int, ttl: int, data: bytes) -> bytes:
    return b"".join((owner, struct.pack("!HHIH", kind, klass, ttl, len(data)), data))


def _soa(soa: Soa) -> bytes:
    times = struct.pack("!5I", soa.serial, 7200, 900, 1_209_600, _NEGATIVE_S)
    data = encoded(soa.mname) + encoded(soa.rname) + times
    return _record(encoded(soa.zone), TYPES["SOA"], CLASSES["IN"], soa.ttl, data)


def _opt(says: Says, nsid: str, *, dnssec_ok: bool) -> bytes:
    options = b"".join(_option(_EDE, struct.pack("!H", code) + b"why") for code in says.codes)
    if nsid:
        options += _option(_NSID, nsid.encode())
    return b"\0" + struct.pack("!HHIH", _OPT, _UDP_SIZE, _DO if dnssec_ok else 0, len(options)) + options


def _option(code: int, data: bytes) -> bytes:
    return struct.pack("!HH", code, len(data)) + data
