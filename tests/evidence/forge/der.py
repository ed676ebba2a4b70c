"""Writes DER by hand (X.690 §10): what a time-stamping authority sends, so that any time can be stamped and any field be wrong."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

_LONG_FORM = 0x80
_MICROSECONDS = 6


def tlv(tag: int, *parts: bytes) -> bytes:
    """One element: tag, length, content."""
    content = b"".join(parts)
    size = len(content)
    if size < _LONG_FORM:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG_FORM | len(length))) + length + content


def sequence(*parts: bytes) -> bytes:
    """SEQUENCE."""
    return tlv(0x30, *parts)


def set_of(*parts: bytes) -> bytes:
    """SET OF, its elements in DER's order."""
    return tlv(0x31, *sorted(parts))


def integer(number: int) -> bytes:
    """INTEGER, not negative."""
    return tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def octets(data: bytes) -> bytes:
    """OCTET STRING."""
    return tlv(0x04, data)


def boolean(*, value: bool) -> bytes:
    """BOOLEAN."""
    return tlv(0x01, b"\xff" if value else b"\0")


def oid(dotted: str) -> bytes:
    """OBJECT IDENTIFIER."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    return tlv(0x06, *(_base128(arc) for arc in (40 * first + second, *rest)))


def _base128(arc: int) -> bytes:
    found = [arc & 0x7F]
    while arc := arc >> 7:
        found.append(arc & 0x7F | 0x80)
    return bytes(reversed(found))


def null() -> bytes:
    """NULL."""
    return tlv(0x05)


def time(at: datetime) -> bytes:
    """GeneralizedTime in UTC, with a fraction where there is one, without zeros at its end (X.690 §11.7)."""
    text = at.astimezone(UTC).strftime("%Y%m%d%H%M%S")
    if at.microsecond:
        text += "." + str(at.microsecond).zfill(_MICROSECONDS).rstrip("0")
    return tlv(0x18, text.encode() + b"Z")
