"""A time-stamping authority that can be told to do anything wrong; every byte of its replies is put together here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import new as new_hash
from hashlib import sha1, sha256
from typing import TYPE_CHECKING, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from schema.stamp import stamp_request
from schema.trust import TrustedAuthority
from schema.verifier.asn1 import Fields, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

Key: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

MESSAGE = b"ottempera/collector/0000000000000000/1\n7\nroot\n"
AT = datetime(2022, 7, 11, 10, 0, 0, 250_000, tzinfo=UTC)
POLICY = "2.999.1"
NONCE = 0xFEDC_BA98_7654_3210
REQUEST = stamp_request(MESSAGE, nonce=NONCE)
SHA1, SHA256, SHA512 = "1.3.14.3.2.26", "2.16.840.1.101.3.4.2.1", "2.16.840.1.101.3.4.2.3"
RSA, RSA_SHA256, RSA_SHA1 = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.5"
RSA_PSS, MGF1, ECDSA_SHA256 = "1.2.840.113549.1.1.10", "1.2.840.113549.1.1.8", "1.2.840.10045.4.3.2"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
ESS_V1, ESS_V2 = "1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47"
TST_INFO, SIGNED_DATA, DATA = "1.2.840.113549.1.9.16.1.4", "1.2.840.113549.1.7.2", "1.2.840.113549.1.7.1"
NAMES = {SHA1: "sha1", SHA256: "sha256", SHA512: "sha512"}
_HASHES = {SHA1: hashes.SHA1(), SHA256: hashes.SHA256(), SHA512: hashes.SHA512()}  # noqa: S303 - to be refused


def der(tag: int, *parts: bytes) -> bytes:
    """One element."""
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def number(value: int) -> bytes:
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def oid(dotted: str) -> bytes:
    """An object identifier, by another program's arithmetic than the one under test."""
    first, second, *rest = map(int, dotted.split("."))
    content = b""
    for arc in (40 * first + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        content += bytes(groups[::-1])
    return der(0x06, content)


def algorithm(name: str, parameters: bytes = b"\x05\x00") -> bytes:
    return der(0x30, oid(name), parameters)


def octets(content: bytes) -> bytes:
    return der(0x04, content)


def pss(hashed: str = SHA256, salt: int = 32) -> bytes:
    """RSASSA-PSS with its parameters."""
    mask = algorithm(MGF1, algorithm(hashed))
    return algorithm(RSA_PSS, der(0x30, der(0xA0, algorithm(hashed)), der(0xA1, mask), der(0xA2, number(salt))))


@dataclass(frozen=True)
class Certified:
    """A key and its certificate."""

    key: Key
    certificate: x509.Certificate

    @property
    def raw(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)


def certified(
    name: str,
    issuer: Certified | None = None,
    *,
    key: Key | None = None,
    usage: Sequence[ObjectIdentifier] | None = (ExtendedKeyUsageOID.TIME_STAMPING,),
    critical: bool = True,
    ca: bool | None = None,
    path_length: int | None = None,
    since: datetime = datetime(2020, 1, 1, tzinfo=UTC),
    until: datetime = datetime(2030, 1, 1, tzinfo=UTC),
    serial: int = 0,
) -> Certified:
    """A certificate for *name*; with *usage* None, that of an authority for certificates."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
    )
    if usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=critical)
    if ca if ca is not None else usage is None:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
    return Certified(key, builder.sign((issuer.key if issuer else key), hashes.SHA256()))


ROOT = certified("root", usage=None)
MIDDLE = certified("middle", ROOT, usage=None, path_length=0)
SIGNER = certified("signer", MIDDLE)
RSA_SIGNER = certified("signer by RSA", MIDDLE, key=rsa.generate_private_key(65537, 2048))


def pinned(signer: Certified = SIGNER, *above: Certified, name: str = "authority") -> TrustedAuthority:
    return TrustedAuthority(name, signer.raw, POLICY, tuple(one.raw for one in above or (MIDDLE, ROOT)))


@dataclass(frozen=True)
class Reply:
    """One reply; every field is as it should be unless told otherwise. `more` are certificates beside the signer's."""

    signer: Certified = SIGNER
    more: Sequence[Certified] = (MIDDLE, ROOT)
    with_signer: bool = True
    in_order: bool = True
    status: bytes = der(0x30, number(0))
    policy: str = POLICY
    imprint: bytes = der(0x30, algorithm(SHA256), octets(sha256(MESSAGE).digest()))
    serial: int = 7
    time: bytes = b"20220711100000.25Z"
    accuracy: bytes = der(0x30, number(1), der(0x80, b"\x02"), der(0x81, b"\x03"))
    after_accuracy: bytes = b""
    nonce: bytes = number(NONCE)
    after_nonce: bytes = b""
    content_type: str = TST_INFO
    digest: str = SHA256
    signature_algorithm: bytes = b""
    attributes: dict[str, bytes] = field(default_factory=dict)  # in place of, or beside, the right ones
    without: Sequence[str] = ()
    twice: Sequence[str] = ()
    unsigned: bytes = b""
    signers: int = 1
    after: bytes = b""

    @property
    def statement(self) -> bytes:
        """The TSTInfo."""
        return der(
            0x30, number(1), oid(self.policy), self.imprint, number(self.serial), der(0x18, self.time), self.accuracy,
            self.after_accuracy, self.nonce, self.after_nonce,
        )  # fmt: skip

    @property
    def signed(self) -> bytes:
        """The signed attributes, as they stand in their set."""
        digest = new_hash(NAMES[self.digest], self.statement).digest()
        identifier = der(0x30, der(0x30, der(0x30, octets(sha256(self.signer.raw).digest()))))
        right = {CONTENT_TYPE: oid(TST_INFO), MESSAGE_DIGEST: octets(digest), ESS_V2: identifier}
        values = {name: value for name, value in (right | self.attributes).items() if name not in self.without}
        pairs = [*values.items(), *((name, values[name]) for name in self.twice)]
        return b"".join(der(0x30, oid(name), der(0x31, value)) for name, value in pairs)

    def sign(self) -> tuple[bytes, bytes]:
        """The signature's algorithm, and the signature."""
        key, message, hashed = self.signer.key, der(0x31, self.signed), _HASHES[self.digest]
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return self.signature_algorithm or algorithm(ECDSA_SHA256, b""), key.sign(message, ec.ECDSA(hashed))
        if oid(RSA_PSS) in self.signature_algorithm:
            return self.signature_algorithm, key.sign(message, padding.PSS(padding.MGF1(hashed), 32), hashed)
        return self.signature_algorithm or algorithm(RSA_SHA256), key.sign(message, padding.PKCS1v15(), hashed)

    def pack(self) -> bytes:
        """The TimeStampResp."""
        certificate = self.signer.certificate
        sid = der(0x30, certificate.issuer.public_bytes(), number(certificate.serial_number))
        named, signature = self.sign()
        one = der(
            0x30, number(1), sid, algorithm(self.digest), der(0xA0, self.signed), named, octets(signature), self.unsigned
        )  # fmt: skip
        came = [other.raw for other in (self.signer, *self.more)][not self.with_signer :]
        came.sort(reverse=not self.in_order)
        signed = der(
            0x30,
            number(3),
            der(0x31, algorithm(self.digest)),
            der(0x30, oid(self.content_type), der(0xA0, octets(self.statement))),
            der(0xA0, *came),
            der(0x31, *[one] * self.signers),
        )
        return der(0x30, self.status, der(0x30, oid(SIGNED_DATA), der(0xA0, signed)), self.after)


def ess_v1(certificate: bytes) -> bytes:
    """SigningCertificate of RFC 2634: by SHA-1, which decides nothing."""
    return der(0x30, der(0x30, der(0x30, octets(sha1(certificate, usedforsecurity=False).digest()))))


def ess_v2(hashed: str, digest: bytes) -> bytes:
    """SigningCertificateV2 that names its hash."""
    return der(0x30, der(0x30, der(0x30, algorithm(hashed), octets(digest))))


def with_certificates_in_order(reply: bytes) -> bytes:
    """*reply* with its certificate set in DER order: nothing that is signed changes, nor any length."""
    response = whole(reply, 0x30, "reply")
    response.take(0x30)
    content = response.into(0x30)
    content.oid()
    signed = content.into(0xA0).into(0x30)
    for tag in (0x02, 0x31, 0x30):
        signed.take(tag)
    came = signed.take(0xA0).content
    parts = sorted(one.raw for one in Fields(came, "certificates").rest())
    return reply.replace(came, b"".join(parts))
