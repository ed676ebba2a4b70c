"""Keys that follow from words: the whole world may know them."""

from __future__ import annotations

from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from schema.dsse import Signer
from schema.note import NoteSigner


class Keys:
    """One Ed25519 key in the three ways in which it signs."""

    def __init__(self, words: str) -> None:
        """Make the key that follows from *words*."""
        self.seed = sha256(b"forged " + words.encode()).digest()
        self.dsse = Signer(self.seed)
        self.note = NoteSigner(self.seed)
        self.public = self.dsse.public_key
        self.id = self.dsse.key_id

    @property
    def pem(self) -> bytes:
        """SubjectPublicKeyInfo (RFC 8410) as PEM."""
        return public_pem(self.public)


def public_pem(public_key: bytes) -> bytes:
    """The SubjectPublicKeyInfo of an Ed25519 key as PEM."""
    key = Ed25519PublicKey.from_public_bytes(public_key)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
