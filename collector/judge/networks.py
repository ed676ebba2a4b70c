"""Tells in which network an address stands, by the longest of the prefixes that hold it."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final

from collector.judge.addresses import impossible

if TYPE_CHECKING:
    from schema.registry import Network

_MOST_ADDRESSES: Final = 64  # of an answer with more it is not asked where they stand


class Networks:
    """A table of networks; of two that announce one prefix the later row holds."""

    def __init__(self, rows: tuple[Network, ...]) -> None:
        """Sort *rows*.

        Raises:
            ValueError: a prefix is none.
        """
        found: dict[tuple[int, int], dict[int, int]] = {}
        for row in rows:
            prefix = ip_network(row.prefix)
            shift = prefix.max_prefixlen - prefix.prefixlen
            found.setdefault((prefix.version, shift), {})[int(prefix.network_address) >> shift] = row.asn
        self._by_length = tuple((*key, starts) for key, starts in sorted(found.items()))  # the longest prefixes first

    def number(self, address: str) -> int | None:
        """The number of the network at *address*; None where it is not known, or no site can be there."""
        if not self._by_length or impossible(address):
            return None
        parsed = ip_address(address)
        value = int(parsed)
        for version, shift, starts in self._by_length:
            if version == parsed.version and (asn := starts.get(value >> shift)) is not None:
                return asn
        return None

    def together(self, addresses: frozenset[str], others: frozenset[str]) -> bool:
        """Whether each of *addresses* stands in a network in which one of *others* stands."""
        if not addresses or not others or len(addresses) > _MOST_ADDRESSES or len(others) > _MOST_ADDRESSES:
            return False
        known = {self.number(one) for one in others} - {None}
        return bool(known) and {self.number(one) for one in addresses} <= known
