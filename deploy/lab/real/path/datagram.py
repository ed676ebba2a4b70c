"""Reads and writes the headers of UDP datagrams over IPv4 and IPv6, as raw sockets see and send them."""

from __future__ import annotations

import struct
from ipaddress import ip_address
from typing import Final, NamedTuple

_UDP: Final = 17
_V4_HEADER_BYTES, _V6_HEADER_BYTES, _UDP_HEADER_BYTES = 20, 40, 8
_CARRY: Final = 0xFFFF


class Datagram(NamedTuple):
    """One UDP datagram; addresses are numeric text, `ttl` is the IP TTL or hop limit."""

    source: str
    source_port: int
    target: str
    target_port: int
    ttl: int
    payload: bytes

    @property
    def client(self) -> tuple[str, int]:
        """Where an answer goes to."""
        return self.target, self.target_port


def read_datagram(packet: bytes) -> Datagram | None:
    """The datagram in an IP *packet*; None for anything else, fragments and extension headers included."""
    version = packet[0] >> 4 if packet else 0
    if version == 4 and len(packet) >= _V4_HEADER_BYTES:  # noqa: PLR2004 - the version's number
        start = (packet[0] & 0x0F) * 4
        fragment = int.from_bytes(packet[6:8], "big") & 0x3FFF  # more fragments, or an offset
        protocol, ttl, source, target = packet[9], packet[8], packet[12:16], packet[16:20]
        if fragment:
            return None
    elif version == 6 and len(packet) >= _V6_HEADER_BYTES:  # noqa: PLR2004 - the version's number
        start, protocol, ttl, source, target = _V6_HEADER_BYTES, packet[6], packet[7], packet[8:24], packet[24:40]
    else:
        return None
    if protocol != _UDP or len(packet) < start + _UDP_HEADER_BYTES:
        return None
    source_port, target_port, length, _ = struct.unpack_from(">HHHH", packet, start)
    payload = packet[start + _UDP_HEADER_BYTES : start + length]
    return Datagram(str(ip_address(source)), source_port, str(ip_address(target)), target_port, ttl, payload)


def write_datagram(datagram: Datagram) -> bytes:
    """The IP packet of *datagram*, checksums included (RFC 768, RFC 791 §3.1, RFC 8200 §8.1)."""
    source, target = ip_address(datagram.source).packed, ip_address(datagram.target).packed
    length = _UDP_HEADER_BYTES + len(datagram.payload)
    pseudo = source + target + struct.pack(">II", length, _UDP)  # the same sum for both versions
    ports = struct.pack(">HHH", datagram.source_port, datagram.target_port, length)
    udp_sum = _checksum(pseudo + ports + b"\0\0" + datagram.payload) or _CARRY  # zero would say: no checksum
    udp = ports + udp_sum.to_bytes(2, "big") + datagram.payload
    if len(source) == 4:  # noqa: PLR2004 - octets of an IPv4 address
        head = struct.pack(">BBHHHBB", 0x45, 0, _V4_HEADER_BYTES + length, 0, 0x4000, datagram.ttl, _UDP)
        head_sum = _checksum(head + b"\0\0" + source + target)
        return head + head_sum.to_bytes(2, "big") + source + target + udp
    return struct.pack(">IHBB", 6 << 28, length, _UDP, datagram.ttl) + source + target + udp


def _checksum(data: bytes) -> int:
    """The internet checksum (RFC 1071)."""
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f">{len(padded) // 2}H", padded))
    while total > _CARRY:
        total = (total & _CARRY) + (total >> 16)
    return ~total & _CARRY
