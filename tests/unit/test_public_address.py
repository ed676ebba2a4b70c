"""Every range at its edges, every way to hide an address in another, and the language's own table as a second opinion."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from random import Random

import pytest

from schema.public_address import is_public

SPECIAL_4 = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32",
    "192.0.0.0/29", "192.0.0.8/32", "192.0.0.9/32", "192.0.0.10/32", "192.0.0.170/32", "192.0.0.171/32",
]  # fmt: skip
SPECIAL_6 = [
    "::/128", "::1/128", "::ffff:0:0/96", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64",
    "2001::/23", "2001::/32", "2001:1::1/128", "2001:1::2/128", "2001:1::3/128", "2001:2::/48", "2001:3::/32",
    "2001:4:112::/48", "2001:10::/28", "2001:20::/28", "2001:30::/28", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48",
    "3fff::/20", "5f00::/16", "fc00::/7", "fd00::/8", "fe80::/10", "fec0::/10", "ff00::/8", "::ffff:0:0:0/96",
    "4000::/2", "8000::/1", "::/3",
]  # fmt: skip
#: The first and last address outside of ranges that have public neighbours.
BESIDE = [
    "1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
    "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.1.255",
    "192.0.3.0", "192.31.195.255", "192.31.197.0", "192.52.192.255", "192.52.194.0", "192.88.98.255", "192.88.100.0",
    "192.167.255.255", "192.169.0.0", "192.175.47.255", "192.175.49.0", "198.17.255.255", "198.20.0.0",
    "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255",
    "2000::1:2:3:4", "2001:200::1:2:3:4", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::1:2:3:4",
    "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::1:2:3:4", "2620:4f:7fff:ffff:ffff:ffff:ffff:ffff",
    "2620:4f:8001::1:2:3:4", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::1:2:3:4",
    "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
]  # fmt: skip
#: Addresses that sites and resolvers have.
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "104.21.32.1", "34.110.214.49", "217.175.53.72", "2606:4700:4700::1111", "2620:fe::fe",
    "2001:4860:4860::8888", "2a00:1450:4002:402::200e", "2606:4700:3030::6815:2001", "2a02:26f0:7100::1", "2a00::1",
]  # fmt: skip
HIDDEN = ["10.0.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "192.168.1.1", "100.64.0.1", "224.0.0.1", "255.255.255.255"]  # fmt: skip
PREFIXES = ["2001:67c:27e4::", "2a00:1098::", "2602:fd50:10:a::"]


def test_public() -> None:
    assert [address for address in PUBLIC + BESIDE if not is_public(address)] == []


@pytest.mark.parametrize("text", SPECIAL_4 + SPECIAL_6)
def test_first_and_last_and_between(text: str) -> None:
    network = IPv6Network(text) if ":" in text else IPv4Network(text)
    dice = Random(text)
    inside = [dice.randrange(int(network[0]), int(network[-1]) + 1) for _ in range(200)]
    kind = IPv6Address if network.version == 6 else IPv4Address
    assert not [number for number in (int(network[0]), int(network[-1]), *inside) if is_public(str(kind(number)))]


@pytest.mark.parametrize("hidden", HIDDEN)
def test_hidden_in_an_address_that_embeds_another(hidden: str) -> None:
    """Mapped, compatible, translated, NAT64 in both prefixes, 6to4, Teredo with the client's bits turned, ISATAP."""
    four = int(IPv4Address(hidden))
    ways = [
        0xFFFF << 32 | four,
        four,
        0xFFFF << 48 | four,
        0x64FF9B << 96 | four,
        0x64FF9B0001 << 80 | four,
        0x2002 << 112 | four << 80 | 1,
        0x20010000 << 96 | four << 64 | 0x3FFF << 32 | 0x5DB8D822,
        0x20010000 << 96 | 0x41D0E4FC << 64 | 0x3FFF << 32 | four ^ 0xFFFFFFFF,
        *(int(IPv6Address(prefix)) | isatap << 32 | four for prefix in PREFIXES for isatap in (0x5EFE, 0x02005EFE)),
    ]
    for number in ways:
        assert not is_public(str(IPv6Address(number)))


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("end", [32, 40, 48, 56, 64, 96])
def test_hidden_behind_a_translator_of_the_network_s_own(hidden: str, end: int) -> None:
    """The shapes of RFC 6052 §2.2, written as its table has them; and the same with a public address is public."""
    prefix = int(IPv6Address("2a00:1098:2c:5::")) >> 64 << 64 >> (128 - end) << (128 - end)
    for four, public in ((int(IPv4Address(hidden)), False), (int(IPv4Address("104.21.32.1")), True)):
        bits = f"{four:032b}"
        before = 0 if end == 96 else max(64 - end, 0)
        tail = bits[before:] if end != 96 else bits
        place = (bits[:before] + "0" * 8 + tail).ljust(128 - end, "0") if end <= 64 else bits
        assert is_public(str(IPv6Address(prefix | int(place, 2)))) is public


def test_isatap_with_a_public_address() -> None:
    assert is_public("2a00:1098::5efe:104.21.32.1")
    assert is_public("2a00:1098::200:5efe:104.21.32.1")


@pytest.mark.parametrize(
    "text",
    ["", " ", "localhost", "one.one.one.one", "1.1.1", "1.1.1.1.1", "01.1.1.1", "1.1.1.1 ", "0x7f.0.0.1", "2130706433",
     "256.1.1.1", "1.1.1.1:443", "[2606:4700::1111]", "2606:4700:4700::1111%lo", "2606:4700:4700::1111%0", "::ffff:1.1.1.1",
     "2606:4700:4700:::1", "\uff11.1.1.1", "1.1.1.1/32", "\0", "1.1.1.1\n"],
)  # fmt: skip
def test_what_is_no_address(text: str) -> None:
    assert not is_public(text)


@pytest.mark.parametrize("bits", [32, 128])
def test_the_language_agrees(bits: int) -> None:
    """What is public here is so by Python's table as well; not the other way round, where ours refuses more."""
    dice = Random(6890)
    public = 0
    for _ in range(20_000):
        number = dice.getrandbits(bits)
        if bits == 128:
            number = number & ((1 << 125) - 1) | 1 << 125  # 2000::/3
        address = IPv6Address(number) if bits == 128 else IPv4Address(number)
        if is_public(str(address)):
            public += 1
            assert ip_address(str(address)).is_global
    assert public > 15_000
