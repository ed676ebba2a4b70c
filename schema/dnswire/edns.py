"""What the OPT record of a message says (RFC 6891), among it extended errors (RFC 8914) and NSID (RFC 5001)."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from schema.dnswire.errors import DnsWireError

OPTION_NSID: Final = 3
OPTION_EDE: Final = 15
_OPTION_HEADER_BYTES: Final = 4
_INFO_CODE_BYTES: Final = 2


class Edns(Struct, frozen=True, gc=False):
    """The OPT record; its part of the rcode is merged into the message's."""

    udp_size: int
    version: int
    do: bool
    z_flags: int  # the 15 bits after DO
    options: tuple[tuple[int, bytes], ...]  # code and bytes, as sent and in order


def read_edns(udp_size: int, ttl: int, rdata: bytes) -> Edns:
    """Read an OPT record from its class, its 32 bits of TTL and its data.

    Raises:
        DnsWireError: the options do not fill the data exactly.
    """
    return Edns(udp_size, ttl >> 16 & 0xFF, ttl & 0x8000 != 0, ttl & 0x7FFF, _options(rdata) if rdata else ())


def extended_errors(edns: Edns) -> tuple[tuple[int, str], ...]:
    """Return info-code and text of every extended error, in order.

    The text is the sender's and hostile: bytes that are not UTF-8 become U+FFFD, one final NUL is dropped. An option too
    short for an info-code says nothing and is passed over.
    """
    return tuple(
        [
            (int.from_bytes(data[:2], "big"), data[2:].removesuffix(b"\0").decode("utf-8", "replace"))
            for code, data in edns.options
            if code == OPTION_EDE and len(data) >= _INFO_CODE_BYTES
        ]
    )


def nsid(edns: Edns) -> bytes | None:
    """Return the name server identifier, None where there is none."""
    for code, data in edns.options:
        if code == OPTION_NSID:
            return data
    return None


def _options(rdata: bytes) -> tuple[tuple[int, bytes], ...]:
    options: list[tuple[int, bytes]] = []
    position, size = 0, len(rdata)
    while position < size:
        start = position + _OPTION_HEADER_BYTES
        if start > size:
            raise DnsWireError("EDNS option is cut short")
        position = start + int.from_bytes(rdata[start - 2 : start], "big")
        if position > size:
            raise DnsWireError("EDNS option runs past its record")
        options.append((int.from_bytes(rdata[start - 4 : start - 2], "big"), rdata[start:position]))
    return tuple(options)
