"""Reads the data of the record types a judge of answers asks about.

Each reader takes the whole message, for the names in a record may point back into it, and holds the data to its exact
length. Who reads many records of one message gives each reader the same *names*, so that no stretch is read twice.
Every reader raises DnsWireError for data, or for a record type, that it cannot read.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from struct import Struct as Layout
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from schema.dnswire.errors import DnsWireError
from schema.dnswire.names import read_name

if TYPE_CHECKING:
    from schema.dnswire.message import Record
    from schema.dnswire.names import Names

IN: Final = 1
A, NS, CNAME, SOA, PTR, TXT, AAAA, DNAME, NSEC, ANY = 1, 2, 5, 6, 12, 16, 28, 39, 47, 255
NXNAME: Final = 128  # RFC 9824 §2

_ONE_NAME: Final = frozenset({NS, CNAME, PTR, DNAME})
_SOA_TAIL: Final = Layout("!IIIII")
_ADDRESS_BYTES: Final = {A: 4, AAAA: 16}
_MAX_WINDOW_BYTES: Final = 32


class Soa(Struct, frozen=True, gc=False):
    """Start of authority (RFC 1035 §3.3.13); times in seconds."""

    mname: str
    rname: str
    serial: int
    refresh: int
    retry: int
    expire: int
    minimum: int


def target(wire: bytes, record: Record, names: Names | None = None) -> str:
    """Return the one name that a CNAME, NS, PTR or DNAME record holds."""
    if record.rdtype not in _ONE_NAME:
        raise DnsWireError(f"type {record.rdtype} does not hold one name")
    limit = record.offset + len(record.rdata)
    name, end = read_name(wire, record.offset, limit, {} if names is None else names)
    if end != limit:
        raise DnsWireError("data goes on after the name")
    return name


def soa(wire: bytes, record: Record, names: Names | None = None) -> Soa:
    """Return what an SOA record holds."""
    if record.rdtype != SOA:
        raise DnsWireError(f"type {record.rdtype} is not SOA")
    limit = record.offset + len(record.rdata)
    names = {} if names is None else names
    mname, end = read_name(wire, record.offset, limit, names)
    rname, end = read_name(wire, end, limit, names)
    if end + _SOA_TAIL.size != limit:
        raise DnsWireError("SOA has not five numbers after its names")
    return Soa(mname, rname, *_SOA_TAIL.unpack_from(wire, end))


def texts(record: Record) -> tuple[bytes, ...]:
    """Return the strings of a TXT record; there is at least one (RFC 1035 §3.3.14)."""
    if record.rdtype != TXT:
        raise DnsWireError(f"type {record.rdtype} is not TXT")
    rdata = record.rdata
    found: list[bytes] = []
    position, size = 0, len(rdata)
    while position < size:
        start = position + 1
        position = start + rdata[position]
        found.append(rdata[start:position])
    if position > size or not found:
        raise DnsWireError("TXT strings do not fill the data")
    return tuple(found)


def address(record: Record) -> str:
    """Return the address of an A or AAAA record of class IN, spelled as ``ipaddress`` does."""
    if record.rdclass != IN or len(record.rdata) != _ADDRESS_BYTES.get(record.rdtype):
        raise DnsWireError("record holds no address")
    return _address_text(record.rdata)


def nsec_has(wire: bytes, record: Record, rdtype: int, names: Names | None = None) -> bool:
    """Tell whether the type bitmap of an NSEC record has *rdtype* (RFC 4034 §4.1.2)."""
    if record.rdtype != NSEC:
        raise DnsWireError(f"type {record.rdtype} is not NSEC")
    limit = record.offset + len(record.rdata)
    _, position = read_name(wire, record.offset, limit, {} if names is None else names)
    last, has = -1, False
    while position < limit:
        start = position + 2
        if start > limit:
            raise DnsWireError("type bitmap is cut short")
        window, size = wire[position], wire[position + 1]
        position = start + size
        if window <= last or not 1 <= size <= _MAX_WINDOW_BYTES or position > limit:
            raise DnsWireError("type bitmap is not well formed")
        last = window
        byte = start + (rdtype & 0xFF) // 8
        has = has or (window == rdtype >> 8 and byte < position and wire[byte] & 0x80 >> rdtype % 8 != 0)
    return has


@lru_cache(4096)
def _address_text(packed: bytes) -> str:
    return str(IPv4Address(packed) if len(packed) == _ADDRESS_BYTES[A] else IPv6Address(packed))
