"""A time-stamping authority without a clock: it stamps what it is given at the time it is told, the same bytes each time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from schema.trust import TrustedAuthority
from tests.evidence.forge import der

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

Key: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
KEYS: Final = Path(__file__).parent.parent / "keys"
SHA256_OID: Final = "2.16.840.1.101.3.4.2.1"
SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"
RSA_SHA256: Final = "1.2.840.113549.1.1.11"
ECDSA_SHA256: Final = "1.2.840.10045.4.3.2"
FROM, UNTIL = datetime(2022, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)


def request(message: bytes, nonce: int) -> bytes:
    """What is asked of an authority: SHA-256 of *message*, a nonce, and its certificate (RFC 3161 §2.4.1)."""
    return der.sequence(der.integer(1), imprint(message), der.integer(nonce), der.boolean(value=True))


def imprint(message: bytes) -> bytes:
    """MessageImprint."""
    return der.sequence(der.sequence(der.oid(SHA256_OID), der.null()), der.octets(sha256(message).digest()))


@dataclass(frozen=True)
class Authority:
    """Its keys, its certificates and its habits; a test replaces one of them."""

    name: str
    policy: str
    key: Key
    certificate: bytes
    root: bytes
    qualified: bool = False
    accuracy_us: int = 0
    with_root: bool = False  # whether the reply carries the root too
    unsorted: bool = False  # and out of DER's order, as openssl sends it

    def stamp(self, message: bytes, *, at: datetime, nonce: int, serial: int) -> bytes:
        """A reply that says that *message* existed at *at*."""
        info = self.info(message, at=at, nonce=nonce, serial=serial)
        attributes = der.set_of(
            _attribute(CONTENT_TYPE, der.oid(TST_INFO)),
            _attribute(MESSAGE_DIGEST, der.octets(sha256(info).digest())),
            _attribute(SIGNING_CERTIFICATE_V2, self._named()),
        )
        certificate = x509.load_der_x509_certificate(self.certificate)
        signer = der.sequence(
            der.integer(1),
            der.sequence(certificate.issuer.public_bytes(), der.integer(certificate.serial_number)),
            der.sequence(der.oid(SHA256_OID), der.null()),
            der.tlv(0xA0, attributes[_header_size(attributes) :]),
            self._algorithm(),
            der.octets(_sign(self.key, attributes)),
        )
        certificates = [self.certificate, self.root] if self.with_root else [self.certificate]
        certificates.sort(reverse=self.unsorted)
        signed = der.sequence(
            der.integer(3),
            der.set_of(der.sequence(der.oid(SHA256_OID), der.null())),
            der.sequence(der.oid(TST_INFO), der.tlv(0xA0, der.octets(info))),
            der.tlv(0xA0, *certificates),
            der.set_of(signer),
        )
        token = der.sequence(der.oid(SIGNED_DATA), der.tlv(0xA0, signed))
        return der.sequence(der.sequence(der.integer(0)), token)

    def info(self, message: bytes, *, at: datetime, nonce: int, serial: int) -> bytes:
        """TSTInfo (RFC 3161 §2.4.2)."""
        accuracy = _accuracy(self.accuracy_us) if self.accuracy_us else b""
        return der.sequence(
            der.integer(1), der.oid(self.policy), imprint(message), der.integer(serial), der.time(at), accuracy,
            der.integer(nonce),
        )  # fmt: skip

    def trusted(self) -> TrustedAuthority:
        """As a trust file pins it."""
        return TrustedAuthority(self.name, self.certificate, self.policy, (self.root,), self.qualified)

    @property
    def pem(self) -> bytes:
        """The certificates as PEM, the signer's first."""
        both = (x509.load_der_x509_certificate(one) for one in (self.certificate, self.root))
        return b"".join(one.public_bytes(Encoding.PEM) for one in both)

    def _algorithm(self) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return der.sequence(der.oid(RSA_SHA256), der.null())
        return der.sequence(der.oid(ECDSA_SHA256))

    def _named(self) -> bytes:
        """SigningCertificateV2 (RFC 5035 §3): SHA-256 is its default and left out."""
        return der.sequence(der.sequence(der.sequence(der.octets(sha256(self.certificate).digest()))))


def _header_size(element: bytes) -> int:
    return 2 if element[1] < 0x80 else 2 + (element[1] & 0x7F)


def _attribute(kind: str, value: bytes) -> bytes:
    return der.sequence(der.oid(kind), der.set_of(value))


def _accuracy(microseconds: int) -> bytes:
    seconds, rest = divmod(microseconds, 1_000_000)
    millis, micros = divmod(rest, 1_000)
    parts = [der.integer(seconds)] if seconds else []
    parts += [der.tlv(tag, der.integer(value)[2:]) for tag, value in ((0x80, millis), (0x81, micros)) if value]
    return der.sequence(*parts)


def _sign(key: Key, message: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, padding.PKCS1v15(), SHA256())
    return key.sign(message, ec.ECDSA(SHA256(), deterministic_signing=True))


def issue(
    subject: str, key: Key, *, issuer: str = "", by: Key | None = None, serial: int = 1, stamps: bool = True,
    begins: datetime = FROM, ends: datetime = UNTIL,
) -> bytes:  # fmt: skip
    """A certificate (DER): an authority's own, or a root's where nobody else issues it."""
    root = by is None
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer or subject)]))
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=root, path_length=None), critical=True)
    )
    if stamps and not root:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(usage, critical=True)
    signing = by or key
    if isinstance(signing, rsa.RSAPrivateKey):
        return builder.sign(signing, SHA256()).public_bytes(Encoding.DER)
    return builder.sign(signing, SHA256(), ecdsa_deterministic=True).public_bytes(Encoding.DER)


def curve_key(words: str) -> ec.EllipticCurvePrivateKey:
    """A P-256 key that follows from *words*; the whole world may know it."""
    return ec.derive_private_key(int.from_bytes(sha256(words.encode()).digest(), "big") >> 1, ec.SECP256R1())


def _rsa_key(name: str) -> rsa.RSAPrivateKey:
    key: PrivateKeyTypes = load_pem_private_key((KEYS / f"{name}.pem").read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


@cache
def uno() -> Authority:
    """Signs with RSA; labelled qualified."""
    root, key = _rsa_key("root-uno"), _rsa_key("stamp-uno")
    own = issue("Radice Uno", root)
    return Authority(
        "uno", "1.3.6.1.4.1.99999.1.1", key, issue("Marche Uno", key, issuer="Radice Uno", by=root, serial=2), own, True
    )


@cache
def due() -> Authority:
    """Signs with P-256; not qualified, and its clock is good to a second."""
    root, key = curve_key("root due"), curve_key("stamp due")
    own = issue("Radice Due", root)
    certificate = issue("Marche Due", key, issuer="Radice Due", by=root, serial=2)
    return Authority("due", "1.3.6.1.4.1.99999.2.1", key, certificate, own, accuracy_us=1_000_000)


@cache
def tre() -> Authority:
    """Signs with P-256 too, under a root of its own."""
    root, key = curve_key("root tre"), curve_key("stamp tre")
    own = issue("Radice Tre", root)
    certificate = issue("Marche Tre", key, issuer="Radice Tre", by=root, serial=2)
    return Authority("tre", "1.3.6.1.4.1.99999.3.1", key, certificate, own)
