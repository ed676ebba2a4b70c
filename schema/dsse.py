"""Signatures over bytes: Ed25519 over the pre-authentication encoding of DSSE v1."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from schema.codec import Wire
from schema.errors import SignatureError

PLAN: Final = "application/vnd.ottempera.plan+json"
BATCH: Final = "application/vnd.ottempera.batch+zstd"
RECEIPT: Final = "application/vnd.ottempera.receipt+json"
ENROL: Final = "application/vnd.ottempera.enrol+json"
KEY_CHANGE: Final = "application/vnd.ottempera.key-change+json"
SEED_BYTES: Final = 32
KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64


def pae(payload_type: str, payload: bytes) -> bytes:
    """Pre-authentication encoding: type and payload with their lengths, so that neither can pass for the other.

    Source: DSSE v1, protocol.md, "Signature definition".
    """
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def key_id(public_key: bytes) -> str:
    """The name of a key: hex SHA-256 of its 32 raw bytes."""
    return sha256(public_key).hexdigest()


class Signer:
    """A private key that signs one payload type at a time."""

    def __init__(self, seed: bytes) -> None:
        """Take the 32 byte *seed* of an Ed25519 key (RFC 8032 §5.1.5)."""
        self._key = SigningKey(seed)
        self.public_key = bytes(self._key.verify_key)
        self.key_id = key_id(self.public_key)

    def sign(self, payload_type: str, payload: bytes) -> bytes:
        """64 bytes of signature over the encoding of *payload*."""
        return self._key.sign(pae(payload_type, payload)).signature


def verify(public_key: bytes, payload_type: str, payload: bytes, signature: bytes) -> None:
    """Return if *signature* fits.

    Raises:
        SignatureError: it does not, or a length is wrong.
    """
    if len(public_key) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        raise SignatureError("a key has 32 bytes and a signature 64")
    try:
        VerifyKey(public_key).verify(pae(payload_type, payload), signature)
    except (BadSignatureError, ValueError) as error:
        raise SignatureError("the signature does not fit the bytes and the key") from error


class Envelope(Wire, frozen=True):
    """A signed payload as it travels in JSON; bytes are base64."""

    payload: bytes
    key: str
    signature: bytes


def seal(signer: Signer, payload_type: str, payload: bytes) -> Envelope:
    """*payload* with its signature."""
    return Envelope(payload, signer.key_id, signer.sign(payload_type, payload))
