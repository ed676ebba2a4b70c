"""Verifies one RFC 3161 time stamp against an authority that was pinned beforehand (sp-007)."""

from __future__ import annotations

from hashlib import new as new_hash
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from schema.errors import EvidenceError, SignatureError
from schema.verifier import asn1
from schema.verifier.authority import is_signature, pinned_chain
from schema.verifier.tst import Imprint, SignerInfo, Token, read_request, read_token

if TYPE_CHECKING:
    from schema.trust import TrustedAuthority

__all__ = ["Token", "check_token", "read_request", "read_token"]

SHA256: Final = "2.16.840.1.101.3.4.2.1"
#: Hash algorithms that may stand under a signature; SHA-1 and MD5 may not.
HASHES: Final = {SHA256: "sha256", "2.16.840.1.101.3.4.2.2": "sha384", "2.16.840.1.101.3.4.2.3": "sha512"}
_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
_SIGNING_CERTIFICATE: Final = "1.2.840.113549.1.9.16.2.12"
_SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"
_TST_INFO: Final = bytes.fromhex("060b2a864886f70d0109100104")  # the object identifier of a TSTInfo, as DER


def check_token(reply: bytes, *, request: bytes, message: bytes, pinned: TrustedAuthority) -> Token:
    """The token in *reply*, which *pinned* gave for *request* over *message*.

    Nothing that comes along in the reply is trusted: the signer's certificate is the pinned one byte for byte, and the
    chain is the pinned one. An identifier by SHA-1 (ESS version 1) is compared and decides nothing.

    Raises:
        FormatError: reply, request or pinned certificates are not what they say they are.
        SignatureError: the signature does not fit, or rests on a weak algorithm.
        EvidenceError: the token is sound but another's, for something else, or out of its certificate's time.
    """
    token, asked = read_token(reply), read_request(request)
    wanted = Imprint(SHA256, sha256(message).digest())
    if asked.imprint != wanted:
        raise EvidenceError("time-stamp request: the imprint is not the SHA-256 of what was to be stamped")
    if asked.policy not in {None, pinned.policy}:
        raise EvidenceError(f"time-stamp request: policy {asked.policy} was asked for, not the pinned {pinned.policy}")
    if token.imprint != wanted:
        raise EvidenceError("time stamp: the imprint is not the SHA-256 of what was to be stamped")
    if asked.nonce is None or token.nonce != asked.nonce:
        raise EvidenceError("time stamp: the nonce is not the request's")
    if token.policy != pinned.policy:
        raise EvidenceError(f"time stamp: policy {token.policy}, not the pinned {pinned.policy}")
    if token.certificate != pinned.certificate:
        raise EvidenceError(f"time stamp: its signer's certificate is not the one pinned for {pinned.name}")
    chain = pinned_chain(pinned)
    _check_attributes(token)
    if not is_signature(chain[0], token.signer.algorithm, HASHES[token.signer.digest], token.signer):
        raise SignatureError("time stamp: the signature does not fit")
    for one in chain:
        if not one.not_valid_before_utc <= token.at <= one.not_valid_after_utc:
            name = one.subject.rfc4514_string()
            raise EvidenceError(f"time stamp: at {token.at.isoformat()} the certificate of {name} was not valid")
    return token


def _check_attributes(token: Token) -> None:
    """That what is signed speaks of this statement and this certificate (RFC 5652 §5.4, RFC 5035 §5.4)."""
    signer = token.signer
    if signer.digest not in HASHES:
        raise SignatureError(f"time stamp: the digest algorithm {signer.digest} is weak or not known here")
    if signer.attributes.get(_CONTENT_TYPE) != _TST_INFO:
        raise SignatureError("time stamp: the signed content type is not that of a time stamp")
    digest = new_hash(HASHES[signer.digest], token.content).digest()
    if signer.attributes.get(_MESSAGE_DIGEST) != bytes([asn1.OCTET_STRING, len(digest)]) + digest:
        raise SignatureError("time stamp: the signed digest is not that of its statement")
    known = [digest == new_hash(name, token.certificate).digest() for name, digest in _signing_certificates(signer)]
    if not known or not all(known):
        raise SignatureError("time stamp: the signed identifier of the certificate is missing or another's")


def _signing_certificates(signer: SignerInfo) -> list[tuple[str, bytes]]:
    """Hash algorithm and digest by which the signed attributes name the signer's certificate; it stands first."""
    found = []
    for name in (_SIGNING_CERTIFICATE, _SIGNING_CERTIFICATE_V2):
        if name not in signer.attributes:
            continue
        outer = asn1.whole(signer.attributes[name], asn1.SEQUENCE, "signing certificate")
        first = outer.into(asn1.SEQUENCE).into(asn1.SEQUENCE)
        algorithm = first.maybe(asn1.SEQUENCE) if name == _SIGNING_CERTIFICATE_V2 else None
        if name == _SIGNING_CERTIFICATE:
            hashed = "sha1"
        elif algorithm is None:
            hashed = "sha256"
        else:
            hashed = HASHES.get(asn1.Fields(algorithm.content, "signing certificate").oid(), "")
        if not hashed:
            raise SignatureError("time stamp: the certificate is identified by a weak or unknown algorithm")
        found.append((hashed, first.take(asn1.OCTET_STRING).content))
    return found
