"""The pinned certificates of a time-stamping authority, and what its key can say."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from schema.errors import EvidenceError, FormatError, SignatureError
from schema.verifier import asn1

if TYPE_CHECKING:
    from schema.trust import TrustedAuthority
    from schema.verifier.tst import Algorithm, SignerInfo

_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_OIDS: Final = {
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
_RSA: Final = "1.2.840.113549.1.1.1"
_RSA_WITH: Final = {
    "sha256": "1.2.840.113549.1.1.11",
    "sha384": "1.2.840.113549.1.1.12",
    "sha512": "1.2.840.113549.1.1.13",
}
_ECDSA_WITH: Final = {"sha256": "1.2.840.10045.4.3.2", "sha384": "1.2.840.10045.4.3.3", "sha512": "1.2.840.10045.4.3.4"}
_PSS: Final = "1.2.840.113549.1.1.10"
_MGF1: Final = "1.2.840.113549.1.1.8"
_LEAST_RSA_BITS: Final = 2048
_MOST_SALT: Final = 64


@lru_cache(maxsize=64)
def pinned_chain(pinned: TrustedAuthority) -> tuple[x509.Certificate, ...]:
    """The certificates of *pinned*, the signer's first, each issued by the one after it; times are not looked at.

    The last one is trusted as it is, whoever issued it.

    Raises:
        FormatError: one is no certificate. EvidenceError: one may not do what it does here. SignatureError: one was not
        issued by the one above it, or by a weak algorithm.
    """
    try:
        chain = tuple(x509.load_der_x509_certificate(one) for one in (pinned.certificate, *pinned.chain))
        _check_signer(chain[0], pinned.name)
        for below, (child, issuer) in enumerate(pairwise(chain)):
            _check_issued(child, issuer, below)
        chain[0].public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension) as error:
        raise FormatError(f"pinned certificates of {pinned.name}: {error}") from error
    return chain


def is_signature(certificate: x509.Certificate, algorithm: Algorithm, digest: str, signer: SignerInfo) -> bool:
    """Whether the key of *certificate* signed the attributes of *signer*, hashed as *digest* (sha256 ...) says.

    Raises:
        FormatError: parameters that are none. SignatureError: an algorithm that is weak, not known here, or not the key's.
    """
    key, hashed = certificate.public_key(), _HASHES[digest]
    try:
        if isinstance(key, ec.EllipticCurvePublicKey) and algorithm.name == _ECDSA_WITH[digest]:
            key.verify(signer.signature, signer.signed, ec.ECDSA(hashed))
        elif isinstance(key, rsa.RSAPublicKey) and algorithm.name in {_RSA, _RSA_WITH[digest]}:
            key.verify(signer.signature, signer.signed, padding.PKCS1v15(), hashed)
        elif isinstance(key, rsa.RSAPublicKey) and algorithm.name == _PSS:
            salt = _salt_length(algorithm.parameters, digest)
            key.verify(signer.signature, signer.signed, padding.PSS(padding.MGF1(hashed), salt), hashed)
        else:
            raise SignatureError(
                f"time stamp: the signature algorithm {algorithm.name} is weak, unknown, or not the key's"
            )
    except (InvalidSignature, ValueError):
        return False
    return True


def _check_signer(certificate: x509.Certificate, name: str) -> None:
    """RFC 3161 §2.3: the key signs time stamps and nothing else."""
    extensions = certificate.extensions
    try:
        purpose = extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        raise EvidenceError(f"the certificate pinned for {name} is not for time stamps") from None
    if not purpose.critical or list(purpose.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise EvidenceError(f"the certificate pinned for {name} is not for time stamps alone, or not bindingly so")
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < _LEAST_RSA_BITS:
        raise SignatureError(f"the key pinned for {name} is weak: {key.key_size} bits")


def _check_issued(child: x509.Certificate, issuer: x509.Certificate, below: int) -> None:
    """*issuer* may issue with *below* others between the signer and itself, and issued *child*."""
    name = issuer.subject.rfc4514_string()
    hashed = child.signature_hash_algorithm
    if hashed is None or hashed.name not in _HASHES:
        raise SignatureError(f"a pinned certificate issued by {name} is signed by a weak or unknown algorithm")
    try:
        basic = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        raise EvidenceError(f"the pinned certificate of {name} may issue no others") from None
    if not basic.ca or (basic.path_length is not None and basic.path_length < below):
        raise EvidenceError(f"the pinned certificate of {name} may issue no others, or not so many")
    try:
        child.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError) as error:
        raise SignatureError(f"a pinned certificate is not issued by {name}, which is pinned above it") from error


def _salt_length(parameters: bytes, digest: str) -> int:
    """RFC 4055 §3.1: the same hash in both places; bytes of salt."""
    what = "PSS parameters"
    fields = asn1.whole(parameters, asn1.SEQUENCE, what)
    hashed = fields.into(asn1.context(0)).algorithm()[0]
    mask = fields.into(asn1.context(1)).into(asn1.SEQUENCE)
    generator, inner = mask.oid(), mask.algorithm()[0]
    salt = fields.maybe(asn1.context(2))
    fields.end()
    length = asn1.Fields(salt.content, what).integer() if salt else 20
    if (hashed, generator, inner) != (_OIDS[digest], _MGF1, _OIDS[digest]) or not 0 <= length <= _MOST_SALT:
        raise SignatureError("time stamp: PSS with other hashes than the digest's")
    return length
