"""Keys and certificates as stock tools read them (RFC 7468). Pure."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_COLUMNS: Final = 64
_ED25519: Final = bytes.fromhex("302a300506032b6570032100")  # SubjectPublicKeyInfo up to the key, RFC 8410 §4


def public_key_pem(public_key: bytes) -> bytes:
    """An Ed25519 key of 32 bytes as SubjectPublicKeyInfo."""
    return _armoured("PUBLIC KEY", _ED25519 + public_key)


def certificates_pem(certificates: Iterable[bytes]) -> bytes:
    """Certificates (DER), one after the other."""
    return b"".join(_armoured("CERTIFICATE", one) for one in certificates)


def _armoured(label: str, data: bytes) -> bytes:
    text = b64encode(data).decode()
    lines = [text[at : at + _COLUMNS] for at in range(0, len(text), _COLUMNS)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()
