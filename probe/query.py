"""Builds questions: the bytes that ask for a name, a type and a class in one of the three profiles. Pure.

RFC 1035 §4.1; EDNS RFC 6891 §6.1, its size as DNS Flag Day 2020 recommends; NSID RFC 5001 §2.1; letter case as
draft-vixie-dnsext-dns0x20 §2. Recursion desired, AD and CD clear: what a stub resolver sends.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from itertools import chain, compress
from typing import Final, NamedTuple

from schema.errors import FormatError
from schema.words import Profile

#: Mnemonics that plans use; any other type is written TYPEnnn (RFC 3597 §5).
TYPES: Final = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "TXT": 16, "AAAA": 28, "HTTPS": 65}
CLASSES: Final = {"IN": 1, "CH": 3}

_FLAGS: Final = 0x0100  # RD
_DO: Final = 0x8000
_UDP_SIZE: Final = 1232
_TYPE_OPT: Final = 41
_NSID: Final = struct.pack("!HH", 3, 0)
_MAX_LABEL, _MAX_NAME, _MAX_16 = 63, 255, 65_535
_HEADER_BYTES: Final = 12
_TRAILER_BYTES: Final = 4 + 11 + len(_NSID)  # type and class, OPT with its option
_BITS: Final = tuple(tuple(octet >> bit & 1 for bit in range(8)) for octet in range(256))
#: By an octet's distance from the end of the message: what turns its case. One table, or templates would be large.
_TURN: Final = tuple(0x20 << 8 * distance for distance in range(_MAX_NAME + _TRAILER_BYTES))


class _Template(NamedTuple):
    """A whole question with id 0, and its letters, whose case may be chosen."""

    wire: bytes
    number: int  # `wire` as one
    masks: tuple[int, ...]  # of each letter: what turns its case in `number`


def build(name: str, qtype: str, qclass: str, profile: Profile, *, msg_id: int, case_bits: int | None = None) -> bytes:
    """The question's bytes; *case_bits* turns its lowest bit's letter, the first, to upper case, and so on; None: as is.

    *name* is canonical: lower case, A-labels, final dot. *msg_id* is 0 to 65535.

    Raises:
        FormatError: a name, type or class that cannot be asked for.
    """
    template = _template(name, qtype, qclass, profile)
    if not case_bits:
        return msg_id.to_bytes(2, "big") + template.wire[2:]
    masks, size = template.masks, len(template.wire)
    chosen = case_bits & ((1 << len(masks)) - 1)
    bits = chain.from_iterable(map(_BITS.__getitem__, chosen.to_bytes((len(masks) + 7) // 8, "little")))
    number = template.number ^ sum(compress(masks, bits)) | msg_id << 8 * (size - 2)
    return number.to_bytes(size, "big")


@lru_cache(maxsize=65_536)
def _template(name: str, qtype: str, qclass: str, profile: Profile) -> _Template:
    encoded = _name(name)
    additional = 0 if profile is Profile.STUB else 1
    wire = struct.pack("!6H", 0, _FLAGS, 1, 0, 0, additional) + encoded
    wire += struct.pack("!HH", type_number(qtype), _class_number(qclass))
    if additional:
        flags = _DO if profile is Profile.DNSSEC else 0
        wire += struct.pack("!BHHHHH", 0, _TYPE_OPT, _UDP_SIZE, 0, flags, len(_NSID)) + _NSID
    size = len(wire)
    masks = tuple(
        _TURN[size - 1 - at]
        for at in range(_HEADER_BYTES, _HEADER_BYTES + len(encoded))
        if 97 <= wire[at] <= 122  # noqa: PLR2004  a to z; no length is as high
    )
    return _Template(wire, int.from_bytes(wire, "big"), masks)


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


def _name(name: str) -> bytes:
    labels = name.removesuffix(".").split(".") if name != "." else []
    try:
        octets = [label.encode("ascii") for label in labels]
    except UnicodeEncodeError as error:
        raise FormatError(f"{name!r} is not in A-labels") from error
    if not name.endswith(".") or not all(0 < len(label) <= _MAX_LABEL for label in octets):
        raise FormatError(f"{name!r} is not an absolute name with labels of 1 to {_MAX_LABEL} octets")
    encoded = b"".join(bytes((len(label),)) + label for label in octets) + b"\0"
    if len(encoded) > _MAX_NAME:
        raise FormatError(f"{name!r} is longer than {_MAX_NAME} octets")
    return encoded
