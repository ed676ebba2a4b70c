"""What was sent and received as a capture file for Wireshark: derived from the records, every message a datagram. Pure.

Nothing here was captured: addresses, ports and headers are made up around the messages' own bytes, so that a program that
knows DNS shows them. The resolver has the address that was asked. A vantage has the documentation address (RFC 5737, RFC
3849) of its number: 192.0.2.n or 2001:db8::n. A message that travelled over TCP, TLS, HTTPS or QUIC is shown as a datagram
to port 53; the vantage's port says how it travelled (`PORTS`). A message longer than a datagram is cut.

Source: libpcap savefile format (pcap-savefile(5)), link type 101 (raw IP).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import ip_address
from struct import Struct
from typing import TYPE_CHECKING, Final

from schema.endpoint import parse_endpoint
from schema.words import Transport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schema.record import Record

#: Port of the vantage for each way of travelling: this number plus the cell's, of which the last four digits count.
PORTS: Final = {
    Transport.UDP: 10_000,
    Transport.TCP: 20_000,
    Transport.TLS: 30_000,
    Transport.HTTPS: 40_000,
    Transport.QUIC: 50_000,
}
_CELLS: Final = 10_000
_DNS: Final = 53
_UDP: Final = 17
_LONGEST: Final = 65_507  # bytes of payload of a datagram over IPv4
_TTL: Final = 64  # where the record has none
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_HEADER: Final = Struct("<IHHiIII")
_PACKET: Final = Struct("<IIII")
_IPV4: Final = Struct("!BBHHHBBH4s4s")
_IPV6: Final = Struct("!IHBB16s16s")
_PSEUDO: Final = Struct("!16s16sII")
_DATAGRAM: Final = Struct("!HHHH")
_HOSTS: Final = tuple(host for host in range(1, 255) if host != _DNS)  # 192.0.2.53 is where the canary is asked

#: The first bytes of the file: little endian, microseconds, version 2.4, packets of raw IP.
FILE_HEADER: Final = _HEADER.pack(0xA1B2C3D4, 2, 4, 0, 0, 262_144, 101)


def packets(record: Record, vantage: int) -> Iterator[bytes]:
    """The packets of *record*, each with its packet header: the question, then what came, in the order of the record.

    *vantage* is the number of the vantage, from 0, in the order of enrolment. A cell that asked nothing gives none.

    Raises:
        FormatError: the record's endpoint is none.
    """
    if not record.query:
        return
    here, there, from_port, to_port = _places(record.endpoint, vantage, record.cell % _CELLS)
    sent_us = (record.at - _EPOCH) // _MICROSECOND
    yield _packet(sent_us, _ip(here, there, _TTL, _datagram(from_port, to_port, record.query)))
    for answer in record.answers:
        ttl = _TTL if answer.ttl is None else answer.ttl & 0xFF
        yield _packet(sent_us + answer.us, _ip(there, here, ttl, _datagram(to_port, from_port, answer.wire)))


def vantage_address(vantage: int, family: int = 4) -> str:
    """The made-up address of a vantage by its number, from 0; the numbers of 253 vantages are told apart."""
    host = _HOSTS[vantage % len(_HOSTS)]
    return f"192.0.2.{host}" if family == 4 else f"2001:db8::{host:x}"  # noqa: PLR2004 - the family


@lru_cache(maxsize=4096)
def _places(text: str, vantage: int, cell: int) -> tuple[bytes, bytes, int, int]:
    endpoint = parse_endpoint(text)
    there = ip_address(endpoint.address)
    here = ip_address(vantage_address(vantage, there.version))
    port = endpoint.port if endpoint.transport in {Transport.UDP, Transport.TCP} else _DNS
    return here.packed, there.packed, PORTS[endpoint.transport] + cell, port


def _packet(at_us: int, data: bytes) -> bytes:
    seconds, microseconds = divmod(at_us, 1_000_000)
    return _PACKET.pack(seconds & 0xFFFFFFFF, microseconds, len(data), len(data)) + data


def _datagram(source: int, destination: int, message: bytes) -> bytes:
    cut = message[:_LONGEST]
    return _DATAGRAM.pack(source, destination, _DATAGRAM.size + len(cut), 0) + cut


def _ip(source: bytes, destination: bytes, ttl: int, datagram: bytes) -> bytes:
    """*datagram* in a packet; over IPv6, where it has to have one, with its checksum (RFC 8200 §8.1)."""
    if len(source) == len(_IPV6_ANY):
        pseudo = _PSEUDO.pack(source, destination, len(datagram), _UDP)
        check = _checksum(pseudo + datagram) or 0xFFFF
        whole = datagram[:6] + check.to_bytes(2, "big") + datagram[8:]
        return _IPV6.pack(6 << 28, len(datagram), _UDP, ttl, source, destination) + whole
    fields = (0x45, 0, _IPV4.size + len(datagram), 0, 0x4000, ttl, _UDP)
    check = _checksum(_IPV4.pack(*fields, 0, source, destination))
    return _IPV4.pack(*fields, check, source, destination) + datagram


_IPV6_ANY: Final = bytes(16)


def _checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071): the complement of the sum of 16 bit words, which is the rest by 65,535."""
    padded = data if len(data) % 2 == 0 else data + b"\0"
    rest = int.from_bytes(padded, "big") % 0xFFFF
    return 0xFFFF - (rest or (0xFFFF if any(padded) else 0))
