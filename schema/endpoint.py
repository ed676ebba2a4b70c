"""One way to reach a resolver, written as `transport:address:port#name/path`."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from schema.errors import FormatError
from schema.words import VERIFIABLE, Transport

_SHAPE = re.compile(
    r"(udp|tcp|tls|https|quic):(\[[0-9a-fA-F:.]+\]|[0-9.]+):([0-9]{1,5})"
    r"(?:#([A-Za-z0-9._:-]+)(/[!\x22$-~]*)?)?"
)
_MAX_PORT = 65535
DEFAULT_PORTS = {Transport.UDP: 53, Transport.TCP: 53, Transport.TLS: 853, Transport.HTTPS: 443, Transport.QUIC: 853}


class Endpoint(NamedTuple):
    """A parsed endpoint; the address is numeric, always."""

    transport: Transport
    address: str
    port: int
    tls_name: str = ""  # what the certificate must say
    path: str = ""  # of the DoH URI template, RFC 8484 §4.1

    @property
    def family(self) -> int:
        """4 or 6."""
        return 6 if ":" in self.address else 4

    @property
    def verifiable(self) -> bool:
        """Whether a certificate can say who answered here."""
        return self.transport in VERIFIABLE

    def __str__(self) -> str:
        """The endpoint as it is written in plans and records."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        name = f"#{self.tls_name}{self.path}" if self.tls_name else ""
        return f"{self.transport}:{host}:{self.port}{name}"


@lru_cache(maxsize=8192)
def parse_endpoint(text: str) -> Endpoint:
    """Read an endpoint.

    Raises:
        FormatError: another shape, a host name in place of an address, a verifiable transport without its name.
    """
    match = _SHAPE.fullmatch(text)
    if not match:
        raise FormatError(
            f"{text!r} is not an endpoint",
            remedy="Write transport, numeric address and port: udp:1.1.1.1:53 or tls:1.1.1.1:853#one.one.one.one",
        )
    transport = Transport(match[1])
    try:
        address = str(IPv6Address(match[2][1:-1]) if match[2].startswith("[") else IPv4Address(match[2]))
    except ValueError as error:
        raise FormatError(f"{text!r}: {error}") from error
    port = int(match[3])
    if not 0 < port <= _MAX_PORT:
        raise FormatError(f"{text!r}: no such port")
    if (transport in VERIFIABLE) != bool(match[4]):
        raise FormatError(f"{text!r}: {transport} {'needs' if transport in VERIFIABLE else 'takes no'} name after '#'")
    if (transport is Transport.HTTPS) != bool(match[5]):
        raise FormatError(f"{text!r}: only https, and it always, has a path")
    return Endpoint(transport, address, port, (match[4] or "").lower(), match[5] or "")
