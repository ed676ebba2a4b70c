"""Which addresses a stranger's answer may send us to: none that is special, none that hides a special one.

The tables are IANA's IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890, RFC 8190 and what was registered since)
with multicast (RFC 5771) added, and are ours: what the language ships with changes from version to version. Refusing a
public address costs one look; allowing another costs a connection into somebody's network. So whole blocks are refused
where the registry lets a part of one be reached.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

_SPECIAL_4: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network, RFC 791 §3.2
            "10.0.0.0/8",  # private, RFC 1918
            "100.64.0.0/10",  # shared, RFC 6598
            "127.0.0.0/8",  # loopback, RFC 1122 §3.2.1.3
            "169.254.0.0/16",  # link local, RFC 3927; clouds serve their secrets here
            "172.16.0.0/12",  # private, RFC 1918
            "192.0.0.0/24",  # protocol assignments, RFC 6890 §2.1: DS-Lite, NAT64 discovery, anycast of PCP and TURN
            "192.0.2.0/24",  # documents, RFC 5737
            "192.31.196.0/24",  # AS112, RFC 7535
            "192.52.193.0/24",  # AMT, RFC 7450
            "192.88.99.0/24",  # 6to4 relays, RFC 7526
            "192.168.0.0/16",  # private, RFC 1918
            "192.175.48.0/24",  # AS112, RFC 7534
            "198.18.0.0/15",  # benchmarks, RFC 2544
            "198.51.100.0/24",  # documents, RFC 5737
            "203.0.113.0/24",  # documents, RFC 5737
            "224.0.0.0/4",  # multicast, RFC 5771
            "240.0.0.0/4",  # reserved, RFC 1112 §4, and the limited broadcast, RFC 8190
        ),
    )
)
#: All that was ever given out for hosts (RFC 4291 §2.4); what is outside is loopback, mapped, NAT64 of the well-known
#: prefixes, discard-only, segment routing, unique local, link local, multicast, or nobody's yet.
_GLOBAL_6: Final = IPv6Network("2000::/3")
_SPECIAL_6: Final = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments, RFC 2928: Teredo, benchmarks, AMT, AS112, ORCHID, DRIP
            "2001:db8::/32",  # documents, RFC 3849
            "2002::/16",  # 6to4, RFC 3056
            "2620:4f:8000::/48",  # AS112, RFC 7534
            "3fff::/20",  # documents, RFC 9637
        ),
    )
)
_BITS_6: Final = 128
_BITS_4: Final = 32
_LOW_4: Final = (1 << _BITS_4) - 1
#: Where a translator's prefix may end, and the octet that it leaves out (RFC 6052 §2.2).
_TRANSLATORS: Final = (32, 40, 48, 56, 64, 96)
_U_OCTET: Final = (64, 72)
#: What ISATAP puts before an address, without the bit that says whether it is universal (RFC 5214 §6.1).
_ISATAP: Final = 0x00005EFE
_UNIVERSAL: Final = 0x02000000


def is_public(address: str) -> bool:
    """Whether *address*, numeric and without a zone, may be that of a site anywhere; False for what is no address."""
    try:
        if ":" in address:
            return "%" not in address and _public_6(IPv6Address(address))
        return _public_4(IPv4Address(address))
    except ValueError:
        return False


def _public_4(address: IPv4Address) -> bool:
    return not any(address in network for network in _SPECIAL_4)


def _public_6(address: IPv6Address) -> bool:
    if address not in _GLOBAL_6 or any(address in network for network in _SPECIAL_6):
        return False
    number = int(address)
    above = number >> _BITS_4 & _LOW_4
    if above & ~_UNIVERSAL == _ISATAP:
        return _public_4(IPv4Address(number & _LOW_4))
    return not any(_translated(number, end) for end in _TRANSLATORS)


def _translated(number: int, end: int) -> bool:
    """Whether *number* has the shape of a special IPv4 address behind a prefix of *end* bits, and nothing after it.

    0.0.0.0/8 is not looked for: half of all hosts are number 1 of their network.
    """
    first, last = _U_OCTET
    if number >> (_BITS_6 - last) & 0xFF:
        return False
    if end < last:  # the octet lies within, and is taken out
        rest = _BITS_6 - last
        number = number >> (_BITS_6 - first) << rest | number & ((1 << rest) - 1)
        bits = _BITS_6 - (last - first)
    else:
        bits = _BITS_6
    after = bits - end - _BITS_4
    if number & ((1 << after) - 1):
        return False
    if end == _TRANSLATORS[-1] and number >> _BITS_4 & _LOW_4:
        return False  # no host's number, but one that something else was put into
    hidden = IPv4Address(number >> after & _LOW_4)
    return hidden not in _SPECIAL_4[0] and not _public_4(hidden)
