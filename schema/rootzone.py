"""Signed answers of the root zone as a witness of time: what is signed did not exist before its signature's inception.

A resolver hands on SOA and DNSKEY of `.` with their signatures. Nobody who measures, collects or is measured holds the
keys, so a round that holds such an answer was not made up before it (sp-007). Pure; needs `cryptography`. Sources: RFC
4034 §2, §3.1.8.1 and §6; RFC 3110 and RFC 5702 (algorithm 8); RFC 6605 (algorithm 13); RFC 5011 (revoked keys).
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from schema.dnswire import DnsWireError, Message, Record, read_message, soa
from schema.names import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SOA, RRSIG, DNSKEY = 6, 46, 48
_IN: Final = 1
RSA_SHA256, ECDSA_P256 = 8, 13
_ZONE_KEY, _REVOKED = 0x0100, 0x0080
_PROTOCOL: Final = 3
_KEY: Final = Struct("!HBB")  # flags, protocol, algorithm
_SIGNATURE: Final = Struct("!HBBIIIH")  # type covered, algorithm, labels, original TTL, expiration, inception, key tag
_OWNER: Final = b"\0"
#: Of one message: what holds more is no answer of the root zone, and checking it would cost too much.
_MOST_RECORDS: Final = 32
#: Signatures tried for one message: one name may have many keys of one tag (CVE-2023-50387).
_MOST_TRIES: Final = 16
_RSA_BITS: Final = range(1024, 4097)
_MOST_EXPONENT_BYTES: Final = 8
_HALF: Final = 32  # bytes of each of the two numbers of an ECDSA signature


class Signed(NamedTuple):
    """An SOA that the root zone signed: its serial, and when its signature begins and ends."""

    serial: int
    inception: datetime
    expiration: datetime


class _Rrsig(NamedTuple):
    covered: int
    algorithm: int
    ttl: int
    expiration: int
    inception: int
    tag: int
    head: bytes  # the RDATA up to the signature
    signature: bytes


class _Answer(NamedTuple):
    """The records of one type at `.` in one message, as they are signed, and the signatures over them."""

    covered: int
    rdata: tuple[bytes, ...]  # canonical, sorted, each once
    signatures: tuple[_Rrsig, ...]
    serial: int = 0


def signed_since(wires: Iterable[bytes], keys: Iterable[bytes]) -> datetime | None:
    """The newest inception of a root SOA among the messages of one round, or none where no such answer holds."""
    return max((one.inception for one in signed_answers(wires, keys)), default=None)


def signed_answers(wires: Iterable[bytes], keys: Iterable[bytes]) -> tuple[Signed, ...]:
    """The root SOAs in *wires* (DNS messages of one round) that the root zone signed, each once, oldest first.

    *keys* are DNSKEY RDATA of trusted key signing keys: a set of keys counts if one of them is in it and signed it, an SOA
    if a key of such a set signed it. A message that cannot be read, or does not hold, says nothing. The signature's span is
    not held against any time: here it dates, it does not authorise.
    """
    trusted = frozenset(keys)
    if not trusted:
        return ()
    answers = [answer for wire in dict.fromkeys(wires) for answer in _answers(wire)]
    zone_keys = dict.fromkeys(
        key
        for answer in answers
        if answer.covered == DNSKEY and _signed_by(answer, [key for key in answer.rdata if key in trusted])
        for key in answer.rdata
    )
    found = set()
    for answer in answers:
        if answer.covered == SOA and (rrsig := _signed_by(answer, tuple(zone_keys))):
            found.add(Signed(answer.serial, _time(rrsig.inception), _time(rrsig.expiration)))
    return tuple(sorted(found, key=lambda one: (one.inception, one.expiration, one.serial)))


def key_tag(rdata: bytes) -> int:
    """The number by which a signature names its key (RFC 4034, appendix B)."""
    total = sum(byte if place & 1 else byte << 8 for place, byte in enumerate(rdata))
    return (total + (total >> 16)) & 0xFFFF


def _answers(wire: bytes) -> tuple[_Answer, ...]:
    try:
        message = read_message(wire)
        records = [
            record
            for record in message.answer
            if record.name == ROOT and record.rdclass == _IN and record.rdtype in {SOA, DNSKEY, RRSIG}
        ]
        if not message.qr or len(records) > _MOST_RECORDS:
            return ()
        return tuple(filter(None, (_answer(message, records, covered) for covered in (DNSKEY, SOA))))
    except DnsWireError:
        return ()


def _answer(message: Message, records: Sequence[Record], covered: int) -> _Answer | None:
    held = [record for record in records if record.rdtype == covered]
    signatures = [_rrsig(record.rdata) for record in records if record.rdtype == RRSIG]
    over = tuple(one for one in signatures if one is not None and one.covered == covered)
    if not held or not over:
        return None
    if covered == DNSKEY:
        return _Answer(covered, tuple(sorted({record.rdata for record in held})), over)
    if len(held) != 1:  # RFC 2181 §6.1: a zone has one SOA
        return None
    said = soa(message.wire, held[0])
    tail = held[0].rdata[-20:]  # serial, refresh, retry, expire, minimum: 32 bits each
    return _Answer(covered, (_wire_name(said.mname) + _wire_name(said.rname) + tail,), over, said.serial)


def _rrsig(rdata: bytes) -> _Rrsig | None:
    """A signature by the root zone over a name without labels; another says nothing here."""
    end = _SIGNATURE.size + len(_OWNER)
    if len(rdata) <= end or rdata[_SIGNATURE.size : end] != _OWNER:
        return None
    covered, algorithm, labels, ttl, expiration, inception, tag = _SIGNATURE.unpack_from(rdata)
    return None if labels else _Rrsig(covered, algorithm, ttl, expiration, inception, tag, rdata[:end], rdata[end:])


def _signed_by(answer: _Answer, keys: Sequence[bytes]) -> _Rrsig | None:
    """The signature with the newest inception over *answer* that one of *keys* made."""
    tries = 0
    for rrsig in sorted(answer.signatures, key=lambda one: one.inception, reverse=True):
        message = rrsig.head + b"".join(
            _OWNER + Struct("!HHIH").pack(answer.covered, _IN, rrsig.ttl, len(rdata)) + rdata for rdata in answer.rdata
        )
        for key in keys:
            if not _may_sign(key, rrsig):
                continue
            tries += 1
            if tries > _MOST_TRIES:
                return None
            if _fits(key, message, rrsig.signature):
                return rrsig
    return None


def _may_sign(key: bytes, rrsig: _Rrsig) -> bool:
    if len(key) <= _KEY.size:
        return False
    flags, protocol, algorithm = _KEY.unpack_from(key)
    return (
        flags & _ZONE_KEY != 0
        and not flags & _REVOKED
        and protocol == _PROTOCOL
        and algorithm == rrsig.algorithm
        and key_tag(key) == rrsig.tag
    )


@lru_cache(maxsize=1024)
def _fits(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether *signature* over *message* is of *key*; the same answer is seen by many cells of many rounds."""
    public = key[_KEY.size :]
    try:
        if key[_KEY.size - 1] == RSA_SHA256:
            loaded = _rsa_key(public)
            if loaded is None:
                return False
            loaded.verify(signature, message, padding.PKCS1v15(), SHA256())
        elif key[_KEY.size - 1] == ECDSA_P256 and len(public) == len(signature) == 2 * _HALF:
            r, s = int.from_bytes(signature[:_HALF], "big"), int.from_bytes(signature[_HALF:], "big")
            point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + public)
            point.verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
        else:
            return False
    except (InvalidSignature, ValueError):
        return False
    return True


def _rsa_key(public: bytes) -> rsa.RSAPublicKey | None:
    """RFC 3110 §2: length of the exponent in one byte, or a zero and two bytes; exponent; modulus."""
    start, length = (1, public[0]) if public[0] else (3, int.from_bytes(public[1:3], "big"))
    exponent, modulus = public[start : start + length], public[start + length :]
    number = int.from_bytes(modulus, "big")
    if not 0 < len(exponent) <= _MOST_EXPONENT_BYTES or number.bit_length() not in _RSA_BITS:
        return None
    return rsa.RSAPublicNumbers(int.from_bytes(exponent, "big"), number).public_key()


def _time(seconds: int) -> datetime:
    """Seconds in 32 bits (RFC 4034 §3.1.5), which name one time only until 2106."""
    return datetime.fromtimestamp(seconds, UTC)


def _wire_name(text: str) -> bytes:
    """A name in lower case (RFC 4034 §6.2) as wire, from its presentation form."""
    out, label, at = bytearray(), bytearray(), 0
    while at < len(text):
        letter = text[at]
        if letter == ".":
            if label:
                out += bytes([len(label)]) + label
            label.clear()
            at += 1
        elif letter != "\\":
            label += letter.encode("latin-1")
            at += 1
        elif text[at + 1].isdigit():
            label.append(int(text[at + 1 : at + 4]))
            at += 4
        else:
            label += text[at + 1].encode("latin-1")
            at += 2
    return bytes(out) + _OWNER
