"""Root-zone signatures: what dnspython signs is read and holds, and nothing else does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import dns.dnssec
import dns.flags
import dns.message
import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from dns.dnssectypes import Algorithm
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.rootkeys import IANA_KEYS
from schema.rootzone import Signed, key_tag, signed_answers, signed_since

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dns.rdtypes.ANY.DNSKEY import DNSKEY

Private: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
NOON = datetime(2022, 7, 11, 12, tzinfo=UTC)
SPAN = timedelta(days=13)
SEP, ZONE, REVOKED = 257, 256, 385


class Key(NamedTuple):
    """A key of the zone and its record."""

    private: Private
    record: DNSKEY

    @property
    def rdata(self) -> bytes:
        return bytes(self.record.to_wire())  # type: ignore[arg-type]  # without a file it gives bytes


@cache
def key(flags: int, algorithm: Algorithm = Algorithm.RSASHA256, number: int = 0) -> Key:
    del number  # another number is another key
    if algorithm is Algorithm.RSASHA256:
        private: Private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    else:
        private = ec.generate_private_key(ec.SECP256R1())
    return Key(private, dns.dnssec.make_dnskey(private.public_key(), algorithm, flags=flags))


def reply(rrset: dns.rrset.RRset, signers: Iterable[Key], *, at: datetime = NOON) -> bytes:
    """A response with *rrset* and a signature by each of *signers*, its names compressed as servers compress them."""
    message = dns.message.QueryMessage(id=7)
    message.flags |= dns.flags.QR
    message.question = [dns.rrset.RRset(rrset.name, rrset.rdclass, rrset.rdtype)]
    signatures = dns.rrset.RRset(rrset.name, rrset.rdclass, dns.rdatatype.RRSIG, rrset.rdtype)
    for one in signers:
        rrsig = dns.dnssec.sign(
            rrset, one.private, dns.name.root, one.record,
            inception=at.timestamp(), expiration=(at + SPAN).timestamp(), verify=False,
        )  # fmt: skip
        signatures.add(rrsig, rrset.ttl)
    message.answer = [rrset, signatures] if len(signatures) else [rrset]
    return message.to_wire()


def soa_set(serial: int = 2022071100, rname: str = "nstld.verisign-grs.com.") -> dns.rrset.RRset:
    text = f"a.root-servers.net. {rname} {serial} 1800 900 604800 86400"
    return dns.rrset.from_text(".", 86400, "IN", "SOA", text)


def soa_reply(signer: Key, *, at: datetime = NOON, serial: int = 2022071100) -> bytes:
    return reply(soa_set(serial), [signer], at=at)


def key_reply(keys: Iterable[Key], signer: Key) -> bytes:
    return reply(dns.rrset.from_rdata(".", 172800, *(one.record for one in keys)), [signer])


@pytest.mark.parametrize("algorithm", [Algorithm.RSASHA256, Algorithm.ECDSAP256SHA256], ids=lambda one: one.name)
def test_holds(algorithm: Algorithm) -> None:
    """RFC 5702 and RFC 6605: a trusted key signs the keys, one of them the SOA."""
    sep, zone = key(SEP, algorithm), key(ZONE, algorithm)
    wires = [soa_reply(zone), key_reply([sep, zone], sep)]
    assert signed_answers(wires, [sep.rdata]) == (Signed(2022071100, NOON, NOON + SPAN),)
    assert signed_since(wires, [sep.rdata]) == NOON
    assert signed_since(reversed(wires), [b"other", sep.rdata]) == NOON


def test_the_newest_counts() -> None:
    sep, zone = key(SEP), key(ZONE)
    later = NOON + timedelta(hours=12)
    wires = [key_reply([sep, zone], sep), soa_reply(zone, at=later, serial=2022071101), soa_reply(zone)]
    assert [one.serial for one in signed_answers(wires, [sep.rdata])] == [2022071100, 2022071101]
    assert signed_since(wires, [sep.rdata]) == later


def test_names_are_compared_in_lower_case() -> None:
    """RFC 4034 §6.2: a server may send the names of an SOA in any case, and compressed or not."""
    sep, zone = key(SEP), key(ZONE)
    wire = soa_reply(zone)
    assert b"\x07verisign" not in wire  # it is one label with its hyphen
    shouted = wire.replace(b"\x05nstld", b"\x05NsTLD")
    assert shouted != wire
    wires = [shouted, key_reply([sep, zone], sep)]
    assert signed_since(wires, [sep.rdata]) == NOON
    odd = reply(soa_set(rname=r"host\.master\007.A.root-servers.net."), [zone])
    assert signed_since([odd, wires[1]], [sep.rdata]) == NOON


@pytest.mark.parametrize("tag_of", [SEP, ZONE])
def test_key_tag(tag_of: int) -> None:
    one = key(tag_of)
    assert key_tag(one.rdata) == dns.dnssec.key_id(one.record)


def test_nobody_trusted_nothing_said() -> None:
    sep, zone = key(SEP), key(ZONE)
    wires = [soa_reply(zone), key_reply([sep, zone], sep)]
    assert signed_since(wires, []) is None
    assert signed_since(wires, [zone.rdata]) is None  # a key that did not sign the keys
    assert signed_since(wires, [key(SEP, number=1).rdata]) is None
    assert signed_since(wires[:1], [sep.rdata]) is None
    assert signed_since(wires[1:], [sep.rdata]) is None
    assert signed_since([], [sep.rdata]) is None


def test_anothers_signatures() -> None:
    """Keys signed by one of themselves that nobody trusts; an SOA by a key that is not among the signed ones."""
    sep, zone, stranger = key(SEP), key(ZONE), key(ZONE, number=1)
    assert signed_since([soa_reply(stranger), key_reply([sep, zone], sep)], [sep.rdata]) is None
    assert signed_since([soa_reply(zone), key_reply([sep, zone], zone)], [sep.rdata]) is None
    assert signed_since([soa_reply(zone), key_reply([zone], sep)], [sep.rdata]) is None  # the trusted key is not in it


def test_a_revoked_key_signs_nothing() -> None:
    """RFC 5011 §2.1, even where somebody still trusts it."""
    revoked, zone = key(REVOKED), key(ZONE)
    assert signed_since([soa_reply(zone), key_reply([revoked, zone], revoked)], [revoked.rdata]) is None


def test_unsigned_and_questions() -> None:
    sep, zone = key(SEP), key(ZONE)
    keys = key_reply([sep, zone], sep)
    assert signed_since([reply(soa_set(), []), keys], [sep.rdata]) is None
    question = bytearray(soa_reply(zone))
    question[2] &= 0x7F
    assert signed_since([bytes(question), keys], [sep.rdata]) is None


def test_two_soas_are_none() -> None:
    """RFC 2181 §6.1. dnspython keeps one of two, so the second is written by hand."""
    sep, zone = key(SEP), key(ZONE)
    wire = bytearray(soa_reply(zone))
    start = wire.index(b"\x00\x00\x06\x00\x01", 12 + 5)
    record_end = start + 11 + int.from_bytes(wire[start + 9 : start + 11], "big")
    wire[6:8] = (3).to_bytes(2, "big")
    twice = bytes(wire[:record_end]) + bytes(wire[start:])
    assert signed_since([bytes(soa_reply(zone)), key_reply([sep, zone], sep)], [sep.rdata]) == NOON
    assert signed_since([twice, key_reply([sep, zone], sep)], [sep.rdata]) is None


def test_every_signed_bit() -> None:
    """No bit of the SOA's record or signature can be another: it changes the time or it does not hold."""
    zone, sep = key(ZONE, Algorithm.ECDSAP256SHA256), key(SEP, Algorithm.ECDSAP256SHA256)
    wire, keys = soa_reply(zone), key_reply([sep, zone], sep)
    unsigned = set()
    for place in range(12, len(wire)):
        for bit in range(8):
            altered = bytearray(wire)
            altered[place] ^= 1 << bit
            if signed_since([bytes(altered), keys], [sep.rdata]) == NOON:
                unsigned.add(place)
    start = wire.index(b"\x00\x00\x06\x00\x01\x00\x01\x51\x80")
    length = int.from_bytes(wire[start + 9 : start + 11], "big")
    signature = start + 11 + length
    free = {*range(12, 17), *range(start + 5, start + 9), *range(signature + 5, signature + 9)}  # question, both TTLs
    names = {place for place in range(start + 11, start + 11 + length - 20) if chr(wire[place]).isalpha()}  # case
    assert unsigned <= free | names
    assert set(range(start + 5, start + 9)) <= unsigned  # a cache counts the TTL down


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 7), st.integers(0, 2**16))
def test_nothing_else_comes_out(seed: int, bit: int, cut: int) -> None:
    """Damaged messages and keys raise nothing."""
    sep, zone = key(SEP, Algorithm.ECDSAP256SHA256), key(ZONE, Algorithm.ECDSAP256SHA256)
    wires = [soa_reply(zone), key_reply([sep, zone], sep)]
    damaged = []
    for wire in wires:
        altered = bytearray(wire)
        altered[seed % len(wire)] ^= 1 << bit
        damaged += [bytes(altered), wire[: cut % len(wire)]]
    trusted = bytearray(sep.rdata)
    trusted[seed % len(trusted)] ^= 1 << bit
    signed_since(damaged, [sep.rdata, bytes(trusted), b""])


@given(st.lists(st.binary(max_size=120), max_size=4), st.lists(st.binary(max_size=40), max_size=3))
def test_any_bytes(wires: list[bytes], keys: list[bytes]) -> None:
    assert signed_since(wires, keys) is None


@pytest.mark.parametrize(
    "public", [b"\x00", b"\x00\x00\x00", b"\x00\xff\xff\x01", b"\x03\x01\x00\x01", b"\x01\x02" + b"\xff" * 256]
)
def test_keys_that_are_none(public: bytes) -> None:
    """A signed set may hold a key that is no number; it signs nothing and breaks nothing."""
    sep, zone = key(SEP), key(ZONE)
    broken = type(zone.record)(dns.rdataclass.IN, dns.rdatatype.DNSKEY, ZONE, 3, Algorithm.RSASHA256, public)
    keys = reply(dns.rrset.from_rdata(".", 1, sep.record, broken), [sep])
    wire = bytearray(soa_reply(zone))
    tag = key_tag(Key(zone.private, broken).rdata).to_bytes(2, "big")
    place = bytes(wire).index(key_tag(zone.rdata).to_bytes(2, "big"))
    wire[place : place + 2] = tag
    assert signed_since([bytes(wire), keys], [sep.rdata]) is None


@pytest.mark.parametrize(
    ("tag", "digest"),
    [
        (20326, "e06d44b80b8f1d39a95c0b0d7c65d08458e880409bbc683457104237c7f8ec8d"),
        (38696, "683d2d0acb8c9b712a1948b27f741219298d0a450d612c483af444a4c0fb2b16"),
    ],
)
def test_the_real_keys(tag: int, digest: str) -> None:
    """IANA's root-anchors.xml gives tag and SHA-256 over owner and RDATA (RFC 4034 §5.1.4)."""
    rdata = IANA_KEYS[tag]
    assert key_tag(rdata) == tag
    assert sha256(b"\0" + rdata).hexdigest() == digest
