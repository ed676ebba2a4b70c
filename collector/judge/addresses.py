"""Tells addresses at which no public site can be."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_network
from typing import Final

from schema.words import How

#: Tables of our own, since what the standard library calls global changes with its version and a judgement must not.
#: IANA special-purpose registries (RFC 6890). What is reserved for documentation and benchmarks is left out:
#: laboratories use it as if it were public. IPv4 by the first octet: the second ones that are nobody's. Besides these
#: 192.0.0.0/24 is.
_NOBODYS_IPV4: Final = {
    "0": range(256), "10": range(256), "100": range(64, 128), "127": range(256), "169": range(254, 255),
    "172": range(16, 32), "192": range(168, 169), **{str(first): range(256) for first in range(224, 256)},
}  # fmt: skip
_NOBODYS_IPV6: Final = tuple(
    ip_network(text) for text in ("::/127", "64:ff9b:1::/48", "100::/64", "fc00::/7", "fe80::/10", "ff00::/8")
)


def impossible(address: str) -> How | None:
    """How a name is withheld by answering *address*, as `ipaddress` spells it; None for one at which a site can be."""
    # By the beginning of the text: an answer may hold thousands, where somebody wants to keep a reader busy.
    first, _, rest = address.partition(".")
    if ":" in first:
        return None if address[0] in "23" and address[4:5] == ":" else _impossible_ipv6(address)
    seconds = _NOBODYS_IPV4.get(first)
    if seconds is None or (int(rest.partition(".")[0]) not in seconds and not address.startswith("192.0.0.")):
        return None
    if address == "0.0.0.0":  # noqa: S104 - an answer, nothing is bound
        return How.NULL_ADDRESS
    return How.LOOPBACK if first == "127" else How.ADDRESS


@lru_cache(maxsize=8192)
def _impossible_ipv6(address: str) -> How | None:
    parsed = IPv6Address(address)
    if parsed.ipv4_mapped is not None:
        return impossible(str(parsed.ipv4_mapped))
    if parsed.is_unspecified:
        return How.NULL_ADDRESS
    if parsed.is_loopback:
        return How.LOOPBACK
    return How.ADDRESS if any(parsed in network for network in _NOBODYS_IPV6) else None
