"""Tells addresses at which no public site can be."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from schema.words import How

#: A table of our own, since what the standard library calls global changes with its version and a judgement must not.
#: IANA special-purpose registries (RFC 6890). What is reserved for documentation and benchmarks is left out:
#: laboratories use it as if it were public.
_NOBODYS: Final = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4",
        "::/127", "64:ff9b:1::/48", "100::/64", "fc00::/7", "fe80::/10", "ff00::/8",
    )
)  # fmt: skip


@lru_cache(maxsize=8192)
def impossible(address: str) -> How | None:
    """How a name is withheld by answering *address*; None for an address at which a site can be."""
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        return impossible(str(parsed.ipv4_mapped))
    if parsed.is_unspecified:
        return How.NULL_ADDRESS
    if parsed.is_loopback:
        return How.LOOPBACK
    nobodys = any(network.version == parsed.version and parsed in network for network in _NOBODYS)
    return How.ADDRESS if nobodys else None
