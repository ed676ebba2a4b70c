"""The lab's root zone: an SOA and keys, signed anew twice a day by keys that anybody may know.

Algorithm 13 (RFC 6605), as its keys and signatures can be had from a sentence and come out the same every time (RFC 6979).
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache, lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

import dns.dnssec
import dns.name
import dns.rdatatype
import dns.rrset
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, derive_private_key
from dns.dnssectypes import Algorithm

from schema.names import ROOT

if TYPE_CHECKING:
    from dns.rdtypes.ANY.DNSKEY import DNSKEY

_SIGNED_EVERY_S: Final = 43_200
_VALID_S: Final = 13 * 86_400
_TTL: Final = 86_400
_ZONE_KEY, _KEY_SIGNING_KEY = 256, 257
#: When a world without a clock was signed; its signatures hold until 2037 and date nothing.
_TIMELESS: Final = 946_684_800, 2_114_380_800


class _Key(NamedTuple):
    private: EllipticCurvePrivateKey
    record: DNSKEY


@cache
def _key(flags: int) -> _Key:
    number = int.from_bytes(sha256(b"the root key %d of the scripted lab" % flags).digest(), "big")
    private = derive_private_key(number, SECP256R1())
    return _Key(private, dns.dnssec.make_dnskey(private.public_key(), Algorithm.ECDSAP256SHA256, flags=flags))


def root_keys() -> tuple[bytes, ...]:
    """DNSKEY RDATA of the key that signs the lab's root keys: what a lab's trust file names."""
    return (_key(_KEY_SIGNING_KEY).record.to_wire() or b"",)


def signed_at(now: datetime | None) -> int:
    """When the root zone that is served at *now* was signed: midnight or noon, UTC; seconds since 1970, 0 without a clock."""
    if now is None:
        return 0
    seconds = int(now.timestamp())
    return seconds - seconds % _SIGNED_EVERY_S


@lru_cache(maxsize=256)
def root_records(rdtype: dns.rdatatype.RdataType, at: int, *, dnssec: bool) -> tuple[dns.rrset.RRset, ...]:
    """The records of *rdtype* at the root, as signed *at*, with their signatures if *dnssec*; none but SOA and DNSKEY."""
    if rdtype == dns.rdatatype.SOA:
        day = datetime.fromtimestamp(at, UTC)
        serial = f"{day:%Y%m%d}{day.hour // 12:02}"
        text = f"a.root-servers.net. nstld.verisign-grs.com. {serial} 1800 900 604800 86400"
        records, signer = dns.rrset.from_text(ROOT, _TTL, "IN", "SOA", text), _key(_ZONE_KEY)
    elif rdtype == dns.rdatatype.DNSKEY:
        signer = _key(_KEY_SIGNING_KEY)
        records = dns.rrset.from_rdata(ROOT, _TTL, signer.record, _key(_ZONE_KEY).record)
    else:
        return ()
    if not dnssec:
        return (records,)
    inception, expiration = (at, at + _VALID_S) if at else _TIMELESS
    rrsig = dns.dnssec.sign(
        records, signer.private, dns.name.root, signer.record,
        inception=inception, expiration=expiration, verify=False, deterministic=True,
    )  # fmt: skip
    signatures = dns.rrset.RRset(records.name, records.rdclass, dns.rdatatype.RRSIG, records.rdtype)
    signatures.add(rrsig, _TTL)
    return records, signatures
