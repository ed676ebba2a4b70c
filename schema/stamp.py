"""The request for an RFC 3161 time stamp (§2.4.1): the SHA-256 of what is to be stamped, a nonce, the certificate please."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

NONCE_BITS: Final = 64
MEDIA_TYPE: Final = "application/timestamp-query"
REPLY_MEDIA_TYPE: Final = "application/timestamp-reply"
_SHA256: Final = bytes.fromhex("300d06096086480165030402010500")  # AlgorithmIdentifier of SHA-256, with its NULL
_VERSION: Final = b"\x02\x01\x01"
_TRUE: Final = b"\x01\x01\xff"


def stamp_request(message: bytes, *, nonce: int) -> bytes:
    """A TimeStampReq in DER over *message*; *nonce* is a number of 64 bits that nobody can foresee.

    Raises:
        ValueError: the nonce is negative or longer.
    """
    if not 0 <= nonce < 1 << NONCE_BITS:
        raise ValueError("the nonce is a number of 64 bits")
    imprint = _element(0x30, _SHA256 + _element(0x04, sha256(message).digest()))
    number = nonce.to_bytes(nonce.bit_length() // 8 + 1, "big")
    return _element(0x30, _VERSION + imprint + _element(0x02, number) + _TRUE)


def _element(tag: int, content: bytes) -> bytes:
    return bytes([tag, len(content)]) + content  # never as long as 128 bytes
