"""The name servers' zones: a signed root, .it, .to, .pro and what they hold, with keys that anybody may know."""

from __future__ import annotations

import time
from functools import cache
from hashlib import sha256
from typing import Final

import dns.dnssec
import dns.name
import dns.rdatatype
import dns.rrset
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec
from dns.dnssectypes import Algorithm, DSDigest
from dns.rdtypes.ANY.DNSKEY import DNSKEY

from deploy.lab.real.places import HOST_SERVER, IT_SERVER, ROOT_SERVER, TLD_SERVER, WHOAMI_SERVER
from deploy.lab.real.policies import (
    DOCKET,
    PAGE_ADDRESS,
    PAGE_NAME,
    SIGNED_ZONE,
    UNSIGNED_ZONE,
    Policy,
    names_of,
)
from schema.registry import KNOWN_GOOD, WHOAMI

_SOA: Final = "SOA ns.nic.{origin} hostmaster.nic.{origin} 2026112101 7200 3600 1209600 300"
_KEY_FLAGS: Final = 257  # one key signs keys and data
_ORDER_OF_P256: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_DAY_S: Final = 86400
_LIFETIME_S: Final = 30 * _DAY_S

#: What the sites of the names answer, told apart by zone: names that are hosted apart have nothing to do with each other.
UNSIGNED_SITE: Final = ("198.51.100.20", "2001:db8:51::20")
SIGNED_SITE: Final = ("203.0.113.20", "2001:db8:113::20")
DOCKET_SITES: Final = {name: (f"198.51.100.{7 + at}", f"2001:db8:51::{7 + at}") for at, name in enumerate(DOCKET)}
_GOOD_SITE: Final = ("192.0.2.80", "2001:db8:2::80")


def _site(owner: str, addresses: tuple[str, str]) -> str:
    return f"{owner} A {addresses[0]}\n{owner} AAAA {addresses[1]}\n"


def _delegation(child: str, server: str) -> str:
    return f"{child} NS ns.nic.{child}\nns.nic.{child} A {server}\n"


def _contents() -> dict[str, dict[str, str]]:
    """By server, by zone: the records besides SOA, NS and those of security."""
    host: dict[str, str] = {
        "example.com.": _site(KNOWN_GOOD, _GOOD_SITE),
        "akamai.net.": _delegation(WHOAMI, WHOAMI_SERVER),
        "adm.gov.it.": f"{PAGE_NAME} A {PAGE_ADDRESS}\n",
        UNSIGNED_ZONE: "".join(_site(names_of(policy)[0], UNSIGNED_SITE) for policy in Policy),
        SIGNED_ZONE: "".join(_site(names_of(policy)[1], SIGNED_SITE) for policy in Policy),
        **{name: _site(name, site) + _site(f"www.{name}", site) for name, site in DOCKET_SITES.items()},
    }
    held: dict[str, list[str]] = {zone: [] for zone in ("it.", "to.", "pro.", "com.", "net.")}
    for zone in host:
        held[zone.split(".")[-2] + "."].append(_delegation(zone, HOST_SERVER))
    tlds = {zone: "".join(lines) for zone, lines in held.items()}
    root = "".join(_delegation(zone, IT_SERVER if zone == "it." else TLD_SERVER) for zone in tlds)
    return {ROOT_SERVER: {".": root}, TLD_SERVER: tlds, HOST_SERVER: host}


#: Zones that are signed, the deepest first, so that each finds its children's keys.
_SIGNED: Final = (SIGNED_ZONE, "example.com.", "kickasstorrents.to.", "it.", "to.", "pro.", "com.", "net.", ".")


def zone_files() -> dict[str, dict[str, str]]:
    """By server address, by zone, the text of the zone, signed as of now for a month."""
    contents = _contents()
    now = int(time.time())
    found: dict[str, dict[str, str]] = {}
    for server, zones in contents.items():
        for origin, text in zones.items():
            signed_children = [
                f"{child} DS {_delegation_signer(child)}\n"
                for child in _SIGNED
                if child != origin and f"\n{child} NS " in f"\n{text}"
            ]
            zone = _zone(origin, server, text + "".join(signed_children))
            if origin in _SIGNED:
                dns.dnssec.sign_zone(
                    zone, keys=[(_key(origin), _key_record(origin))], inception=now - _DAY_S, lifetime=_LIFETIME_S
                )
            found.setdefault(server, {})[origin] = zone.to_text(relativize=False)
    return found


def root_hints() -> str:
    """Where the root is, as a file of hints."""
    return f". 3600000 NS ns.nic.\nns.nic. 3600000 A {ROOT_SERVER}\n"


def root_key() -> str:
    """The root's DNSKEY in presentation form, which the resolvers trust."""
    return _key_record(".").to_text()


def root_ds() -> str:
    """The same as a DS."""
    return _delegation_signer(".")


def _zone(origin: str, server: str, text: str) -> dns.zone.Zone:
    dot = "" if origin == "." else origin
    head = f"@ {_SOA.format(origin=dot)}\n@ NS ns.nic.{dot}\nns.nic.{dot} A {server}\n"
    if origin == "it.":  # the same name server program, at its own address
        head = head.replace(server, IT_SERVER)
    return dns.zone.from_text(f"$ORIGIN {origin}\n$TTL 300\n{head}{text}", origin=origin, relativize=False)


@cache
def _key(origin: str) -> ec.EllipticCurvePrivateKey:
    """A key made from a public sentence: it protects nothing, and the same world has the same trust anchor every time."""
    seed = sha256(f"the key of {origin} in the namespace lab".encode()).digest()
    return ec.derive_private_key(int.from_bytes(seed, "big") % (_ORDER_OF_P256 - 1) + 1, ec.SECP256R1())


@cache
def _key_record(origin: str) -> DNSKEY:
    return dns.dnssec.make_dnskey(_key(origin).public_key(), Algorithm.ECDSAP256SHA256, flags=_KEY_FLAGS)


def _delegation_signer(origin: str) -> str:
    return dns.dnssec.make_ds(dns.name.from_text(origin), _key_record(origin), DSDigest.SHA256).to_text()
