"""Builds questions: the bytes that ask for a name, a type and a class in one of the three profiles. Pure.

RFC 1035 §4.1; EDNS RFC 6891 §6.1, its size as DNS Flag Day 2020 recommends; NSID RFC 5001 §2.1; letter case as
draft-vixie-dnsext-dns0x20 §2. Recursion desired, AD and CD clear: what a stub resolver sends.
"""

from __future__ import annotations

import re
import struct
from functools import lru_cache
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
_ID_BYTES: Final = 2
_LETTERS: Final = re.compile(b"[a-z]+")  # no length of a label looks like one
_CASE_BIT: Final = 5


class _Run(NamedTuple):
    """Letters side by side: which of the letters is the first, a 1 in an octet for each, how far the first is shifted."""

    skip_bits: int
    ones: int
    shift_bits: int


class _Template(NamedTuple):
    """A question without its id, and its letters, whose case may be chosen."""

    wire: bytes
    number: int  # `wire` as one, its first octet the lowest
    letters: int  # a 1 for each
    runs: tuple[_Run, ...]


def build(name: str, qtype: str, qclass: str, profile: Profile, *, msg_id: int, case_bits: int | None = None) -> bytes:
    """The question's bytes; *case_bits* turns its lowest bit's letter, the first, to upper case, and so on; None: as is.

    *name* is canonical: lower case, A-labels, final dot. *msg_id* is 0 to 65535.

    Raises:
        FormatError: a name, type or class that cannot be asked for.
    """
    template = _template(name, qtype, qclass, profile)
    wire, number, letters, runs = template
    chosen = case_bits & letters if case_bits else 0
    if not chosen:
        return msg_id.to_bytes(_ID_BYTES, "big") + wire
    spread = int.from_bytes(f"{chosen:b}".encode(), "big")  # an octet for each bit, which is its lowest
    for skip_bits, ones, shift_bits in runs:
        number ^= (spread >> skip_bits & ones) << shift_bits
    return msg_id.to_bytes(_ID_BYTES, "big") + number.to_bytes(len(wire), "little")


@lru_cache(maxsize=65_536)
def _template(name: str, qtype: str, qclass: str, profile: Profile) -> _Template:
    encoded = _name(name)
    additional = 0 if profile is Profile.STUB else 1
    wire = struct.pack("!6H", 0, _FLAGS, 1, 0, 0, additional) + encoded
    wire += struct.pack("!HH", type_number(qtype), _class_number(qclass))
    if additional:
        flags = _DO if profile is Profile.DNSSEC else 0
        wire += struct.pack("!BHHHHH", 0, _TYPE_OPT, _UDP_SIZE, 0, flags, len(_NSID)) + _NSID
    wire, letters, runs = wire[_ID_BYTES:], 0, []
    for match in _LETTERS.finditer(encoded):
        first, end = match.span()
        at = _HEADER_BYTES - _ID_BYTES + first
        runs.append(_run(letters, at, end - first))
        letters += end - first
    return _Template(wire, int.from_bytes(wire, "little"), (1 << letters) - 1, tuple(runs))


@lru_cache(maxsize=4096)  # few for many names, whose templates share them
def _run(skip: int, at: int, size: int) -> _Run:
    return _Run(8 * skip, int.from_bytes(b"\1" * size, "big"), 8 * at + _CASE_BIT)


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
