"""Builds questions: the bytes that ask for a name, a type and a class in one of the three profiles. Pure.

RFC 1035 §4.1; EDNS RFC 6891 §6.1, its size as DNS Flag Day 2020 recommends; NSID RFC 5001 §2.1; letter case as
draft-vixie-dnsext-dns0x20 §2. Recursion desired, AD and CD clear: what a stub resolver sends.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import Final, NamedTuple

from schema.errors import FormatError
from schema.words import Profile

#: Mnemonics that plans use; any other type is written TYPEnnn (RFC 3597 §5).
TYPES: Final = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "TXT": 16, "AAAA": 28, "DNSKEY": 48, "HTTPS": 65}
CLASSES: Final = {"IN": 1, "CH": 3}

_FLAGS: Final = 0x0100  # RD
_DO: Final = 0x8000
_UDP_SIZE: Final = 1232
_TYPE_OPT: Final = 41
_NSID: Final = struct.pack("!HH", 3, 0)
_MAX_LABEL, _MAX_NAME, _MAX_16 = 63, 255, 65_535
_LENGTHS: Final = tuple(bytes((size,)) for size in range(_MAX_LABEL + 1))
#: A letter's octet becomes the bit that is its case, any other octet none.
_CASE: Final = bytes(0x20 if 97 <= octet <= 122 else 0 for octet in range(256))  # noqa: PLR2004  a to z
_TO_CASE: Final = 8 + 5  # bits: over the first label's length, and to the bit in its octet


class _Name(NamedTuple):
    """A name as it is asked for; as numbers, the first octet is the lowest."""

    wire: bytes
    number: int
    letters: int  # the bits that are the case of a letter


def build(name: str, qtype: str, qclass: str, profile: Profile, *, msg_id: int, case_bits: int | None = None) -> bytes:
    """The question's bytes; a letter of *name* is in upper case where *case_bits* has a 1, its lowest bit the first place.

    *name* is canonical: lower case, A-labels, final dot. *msg_id* is 0 to 65535, *case_bits* not negative or None.

    Raises:
        FormatError: a name, type or class that cannot be asked for.
    """
    before, after = _around(qtype, qclass, profile)
    wire, number, letters = _asked(name)
    if case_bits:
        spread = int.from_bytes(f"{case_bits:b}".encode(), "big")  # an octet for each bit, which is its lowest
        wire = (number ^ spread << _TO_CASE & letters).to_bytes(len(wire), "little")
    return b"".join((msg_id.to_bytes(2, "big"), before, wire, after))


@lru_cache(maxsize=1024)
def _around(qtype: str, qclass: str, profile: Profile) -> tuple[bytes, bytes]:
    """What stands between the id and the name, and after the name."""
    additional = 0 if profile is Profile.STUB else 1
    after = struct.pack("!HH", type_number(qtype), _class_number(qclass))
    if additional:
        flags = _DO if profile is Profile.DNSSEC else 0
        after += struct.pack("!BHHHHH", 0, _TYPE_OPT, _UDP_SIZE, 0, flags, len(_NSID)) + _NSID
    return struct.pack("!5H", _FLAGS, 1, 0, 0, additional), after


@lru_cache(maxsize=65_536)
def _asked(name: str) -> _Name:
    wire = _encoded(name)
    return _Name(wire, int.from_bytes(wire, "little"), int.from_bytes(wire.translate(_CASE), "little"))


def type_number(qtype: str) -> int:
    """The number of a type's mnemonic or TYPEnnn.

    Raises:
        FormatError: neither.
    """
    number = TYPES.get(qtype)
    if number is None and qtype.startswith("TYPE") and qtype[4:].isascii() and qtype[4:].isdecimal():
        number = int(qtype[4:])
    if number is None or not 0 < number <= _MAX_16:
        raise FormatError(
            f"{qtype!r} is not a type that can be asked for", remedy=f"Known are {', '.join(TYPES)} and TYPEnnn."
        )
    return number


def _class_number(qclass: str) -> int:
    try:
        return CLASSES[qclass]
    except KeyError as error:
        raise FormatError(f"{qclass!r} is not a class that can be asked for", remedy="Known are IN and CH.") from error


def _encoded(name: str) -> bytes:
    if name == ".":
        return b"\0"
    try:
        labels = name.encode("ascii")[:-1].split(b".")
    except UnicodeEncodeError as error:
        raise FormatError(f"{name!r} is not in A-labels") from error
    sizes = [len(label) for label in labels]
    if not name.endswith(".") or not 0 < min(sizes) <= max(sizes) <= _MAX_LABEL:
        raise FormatError(f"{name!r} is not an absolute name with labels of 1 to {_MAX_LABEL} octets")
    encoded = b"".join([part for label in labels for part in (_LENGTHS[len(label)], label)]) + b"\0"
    if len(encoded) > _MAX_NAME:
        raise FormatError(f"{name!r} is longer than {_MAX_NAME} octets")
    return encoded
