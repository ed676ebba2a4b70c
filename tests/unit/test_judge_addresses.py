"""Addresses at which no site can be."""

from __future__ import annotations

import pytest

from collector.judge.addresses import impossible


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
        "64:ff9b::101:101",
        "::ffff:1.1.1.1",
    ],
)
def test_possible(address: str) -> None:
    assert impossible(address) is None
