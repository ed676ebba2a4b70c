"""The certificates in the message of a TLS handshake that brings them (RFC 8446 §4.4.2, RFC 5246 §7.4.2)."""

from __future__ import annotations

_HEADER_BYTES = 4  # kind and length
_THREE = 3


def certificates_in(message: bytes, *, tls_1_3: bool) -> list[bytes]:
    """The certificates in DER in the order in which they were sent; those before a break, where the message is broken."""
    at = _HEADER_BYTES
    if tls_1_3:
        at += 1 + message[at] if len(message) > at else 1  # the context of a request
    listed = message[at + _THREE : at + _THREE + int.from_bytes(message[at : at + _THREE], "big")]
    found: list[bytes] = []
    at = 0
    while at + _THREE < len(listed):
        end = at + _THREE + int.from_bytes(listed[at : at + _THREE], "big")
        if end > len(listed):
            break
        found.append(listed[at + _THREE : end])
        at = end
        if tls_1_3:  # its extensions
            at += 2 + int.from_bytes(listed[at : at + 2], "big")
    return found
