"""Tells addresses at which no public site can be."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Final

from schema.words import How

#: Reserved for documentation and benchmarks: laboratories use them as if they were public, and a block page may as well.
_AS_IF_PUBLIC: Final = tuple(
    ip_network(text)
    for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15", "2001:db8::/32", "3fff::/20")
)


@lru_cache(maxsize=8192)
def impossible(address: str) -> How | None:
    """How a name is withheld by answering *address*; None for an address at which a site can be.

    IANA special-purpose registries (RFC 6890): unspecified, loopback, private, shared, link-local, reserved, multicast.
    """
    parsed = ip_address(address)
    if parsed.is_unspecified:
        return How.NULL_ADDRESS
    if parsed.is_loopback:
        return How.LOOPBACK
    if parsed.version == 6 and parsed.ipv4_mapped is not None:  # noqa: PLR2004 - the number of the protocol
        return impossible(str(parsed.ipv4_mapped))
    if any(parsed in network for network in _AS_IF_PUBLIC if network.version == parsed.version):
        return None
    return How.ADDRESS if not parsed.is_global or parsed.is_multicast else None
