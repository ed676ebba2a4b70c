"""Signatures of the lab's zones: well-formed, by a key that anybody may know, so that signed names look signed."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

import dns.dnssec
import dns.name
import dns.rdatatype
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from dns.dnssectypes import Algorithm
from dns.rrset import RRset

if TYPE_CHECKING:
    from dns.rdtypes.ANY.DNSKEY import DNSKEY

# A key made from a public sentence protects nothing; the same world has the same bytes every time.
_KEY = Ed25519PrivateKey.from_private_bytes(sha256(b"the key of the scripted lab's zones").digest())
_ZONE_KEY_FLAG = 256
# A lab's clock may stand anywhere: valid from 2000 to 2037 (RFC 4034 §3.1.5 counts seconds in 32 bits).
_INCEPTION = 946_684_800
_EXPIRATION = 2_114_380_800


@cache
def _key_record() -> DNSKEY:
    return dns.dnssec.make_dnskey(_KEY.public_key(), Algorithm.ED25519, flags=_ZONE_KEY_FLAG)


def signed(rrset: RRset, zone: dns.name.Name) -> RRset:
    """The RRSIG record set over *rrset*, made by *zone*'s key (RFC 4034 §3, RFC 8080)."""
    rrsig = dns.dnssec.sign(
        rrset, _KEY, zone, _key_record(), inception=_INCEPTION, expiration=_EXPIRATION, verify=False
    )
    signatures = RRset(rrset.name, rrset.rdclass, dns.rdatatype.RRSIG, rrset.rdtype)
    signatures.add(rrsig, rrset.ttl)
    return signatures
