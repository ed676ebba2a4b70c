"""Addresses at which no site can be."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.judge.addresses import impossible

NOBODYS = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4",
        "::/127", "64:ff9b:1::/48", "100::/64", "fc00::/7", "fe80::/10", "ff00::/8",
    )
)  # fmt: skip


def _within(network: IPv4Network | IPv6Network) -> st.SearchStrategy[IPv4Address | IPv6Address]:
    """Addresses in *network* and right beside it."""
    first, last = int(network.network_address), int(network.broadcast_address)
    most = 2**network.max_prefixlen - 1
    kind = IPv4Address if network.version == 4 else IPv6Address
    return st.integers(max(0, first - 2), min(most, last + 2)).map(kind)


@pytest.mark.parametrize(
    ("address", "how"),
    [
        ("0.0.0.0", "null_address"),
        ("::", "null_address"),
        ("::ffff:0.0.0.0", "null_address"),
        ("127.0.0.1", "loopback"),
        ("127.9.9.9", "loopback"),
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "loopback"),
        ("0.0.0.1", "address"),
        ("10.0.0.1", "address"),
        ("100.64.0.1", "address"),
        ("169.254.1.1", "address"),
        ("172.31.255.255", "address"),
        ("192.168.1.1", "address"),
        ("224.0.0.1", "address"),
        ("255.255.255.255", "address"),
        ("fd00::1", "address"),
        ("fe80::1", "address"),
        ("ff02::1", "address"),
    ],
)
def test_impossible(address: str, how: str) -> None:
    assert impossible(address) == how


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "172.32.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.7",
        "203.0.113.9",
        "217.175.53.72",
        "2001:db8::7",
        "2606:4700::1111",
        "2::",
        "20::",
        "3::1",
        "200::",
        "64:ff9b::101:101",
        "::ffff:1.1.1.1",
    ],
)
def test_possible(address: str) -> None:
    assert impossible(address) is None


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6), *map(_within, NOBODYS)))
def test_the_tables_say_what_the_registries_say(address: IPv4Address | IPv6Address) -> None:
    """Networks spelled out, against the shortcuts."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    meant = mapped or address
    expected = any(meant.version == network.version and meant in network for network in NOBODYS)
    assert (impossible(str(address)) is not None) == expected
