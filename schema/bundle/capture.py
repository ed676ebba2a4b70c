"""What was sent and received as a capture file for Wireshark: derived from the records, every message a datagram. Pure.

Nothing here was captured: addresses, ports and headers are made up around the messages' own bytes, so that a program that
knows DNS shows them. The resolver has the address that was asked. A vantage has the documentation address (RFC 5737, RFC
3849) of its number: 192.0.2.n or 2001:db8::n. A message that travelled over TCP, TLS, HTTPS or QUIC is shown as a datagram
to port 53; the vantage's port says how it travelled (`PORTS`). A message longer than a datagram is cut.

Source: libpcap savefile format (pcap-savefile(5)), link type 101 (raw IP).
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_address
from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

from schema.endpoint import parse_endpoint
from schema.words import Transport

if TYPE_CHECKING:
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
_FIXED_WORDS: Final = (
    0x4500 + 0x4000 + _UDP
)  # of an IPv4 header: version, length and service; do not fragment; protocol
_HEADER: Final = Struct("<IHHiIII")
_PACKET: Final = Struct("<IIII")
_IPV4: Final = Struct("!HHHHBBH4s4sHHHH")  # with the header of the datagram
_IPV6: Final = Struct("!IHBB16s16sHHHH")
_HOSTS: Final = tuple(host for host in range(1, 255) if host != _DNS)  # 192.0.2.53 is where the canary is asked

#: The first bytes of the file: little endian, microseconds, version 2.4, packets of raw IP.
FILE_HEADER: Final = _HEADER.pack(0xA1B2C3D4, 2, 4, 0, 0, 262_144, 101)


def packets(record: Record, vantage: int) -> list[bytes]:
    """The packets of *record*, each with its packet header: the question, then what came, in the order of the record.

    *vantage* is the number of the vantage, from 0, in the order of enrolment. A cell that asked nothing gives none.

    Raises:
        FormatError: the record's endpoint is none.
    """
    if not record.query:
        return []
    path = _path(record.endpoint, vantage)
    draw = _over_ipv4 if path.family == 4 else _over_ipv6  # noqa: PLR2004 - the family
    port = path.from_port + record.cell % _CELLS
    since = record.at - _EPOCH
    sent_us = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    drawn = [draw(sent_us, _TTL, (path.here, path.there), (port, path.to_port), path.words, record.query)]
    for answer in record.answers:
        ttl = _TTL if answer.ttl is None else answer.ttl & 0xFF
        ports = (path.to_port, port)
        drawn.append(draw(sent_us + answer.us, ttl, (path.there, path.here), ports, path.words, answer.wire))
    return drawn


def vantage_address(vantage: int, family: int = 4) -> str:
    """The made-up address of a vantage by its number, from 0; the numbers of 253 vantages are told apart."""
    host = _HOSTS[vantage % len(_HOSTS)]
    return f"192.0.2.{host}" if family == 4 else f"2001:db8::{host:x}"  # noqa: PLR2004 - the family


class _Path(NamedTuple):
    """From a vantage to an endpoint; `words` is the sum of the addresses' 16 bit words, in either direction the same."""

    family: int
    here: bytes
    there: bytes
    from_port: int
    to_port: int
    words: int


@lru_cache(maxsize=4096)
def _path(text: str, vantage: int) -> _Path:
    endpoint = parse_endpoint(text)
    there = ip_address(endpoint.address)
    here = ip_address(vantage_address(vantage, there.version))
    port = endpoint.port if endpoint.transport in {Transport.UDP, Transport.TCP} else _DNS
    return _Path(
        there.version, here.packed, there.packed, PORTS[endpoint.transport], port, _words(here.packed + there.packed)
    )


def _over_ipv4(
    at_us: int, ttl: int, addresses: tuple[bytes, bytes], ports: tuple[int, int], words: int, message: bytes
) -> bytes:
    """A datagram that says it has no checksum (RFC 768), in a packet whose header has one (RFC 791 §3.1)."""
    cut = message if len(message) <= _LONGEST else message[:_LONGEST]
    length = len(cut) + _IPV4.size
    seconds, microseconds = divmod(at_us, 1_000_000)
    check = 0xFFFF - ((words + _FIXED_WORDS + length + (ttl << 8)) % 0xFFFF or 0xFFFF)
    return (
        _PACKET.pack(seconds & 0xFFFFFFFF, microseconds, length, length)
        + _IPV4.pack(0x4500, length, 0, 0x4000, ttl, _UDP, check, *addresses, *ports, length - 20, 0)
        + cut
    )


def _over_ipv6(
    at_us: int, ttl: int, addresses: tuple[bytes, bytes], ports: tuple[int, int], words: int, message: bytes
) -> bytes:
    """A datagram with its checksum, which it has to have here (RFC 8200 §8.1)."""
    cut = message if len(message) <= _LONGEST else message[:_LONGEST]
    length = len(cut) + 8
    seconds, microseconds = divmod(at_us, 1_000_000)
    check = 0xFFFF - ((words + _UDP + 2 * length + sum(ports) + _words(cut)) % 0xFFFF or 0xFFFF)
    return (
        _PACKET.pack(seconds & 0xFFFFFFFF, microseconds, length + 40, length + 40)
        + _IPV6.pack(6 << 28, length, _UDP, ttl, *addresses, *ports, length, check or 0xFFFF)
        + cut
    )


def _words(data: bytes) -> int:
    """The sum of the 16 bit words of *data* by 65,535, of which the Internet checksum is the complement (RFC 1071)."""
    return int.from_bytes(data if len(data) % 2 == 0 else data + b"\0", "big") % 0xFFFF
