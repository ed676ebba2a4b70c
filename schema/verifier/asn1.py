"""The little of DER (X.690) that time stamps need: definite lengths in their shortest form, tags below 31."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from schema.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Iterator

BOOLEAN: Final = 0x01
INTEGER: Final = 0x02
OCTET_STRING: Final = 0x04
OID: Final = 0x06
UTF8_STRING: Final = 0x0C
GENERALIZED_TIME: Final = 0x18
SEQUENCE: Final = 0x30
SET: Final = 0x31
CONSTRUCTED: Final = 0x20
_LONG_TAG: Final = 0x1F
_LONG_LENGTH: Final = 0x80
_LENGTH_BYTES: Final = 3  # 16 MiB: more than anything read here is let be
_INTEGER_BYTES: Final = 64
_OID_BYTES: Final = 64


def context(number: int, *, constructed: bool = True) -> int:
    """The tag [*number*] of a field."""
    return 0x80 | (CONSTRUCTED if constructed else 0) | number


class Element(NamedTuple):
    """One element: its tag, its contents, and the whole of its bytes."""

    tag: int
    content: bytes
    raw: bytes


class Fields:
    """The elements in some contents, taken one after the other; *what* names them in errors.

    Raises (every method): FormatError, where there is something else than asked for.
    """

    def __init__(self, data: bytes, what: str) -> None:
        """Cut *data* into its elements."""
        self._what = what
        self._left = list(_elements(data, what))[::-1]

    def take(self, tag: int) -> Element:
        """The next element, which has *tag*."""
        found = self.maybe(tag)
        if found is None:
            raise FormatError(f"{self._what}: a field with tag {tag:#04x} is missing")
        return found

    def maybe(self, tag: int) -> Element | None:
        """The next element if it has *tag*."""
        return self._left.pop() if self._left and self._left[-1].tag == tag else None

    def into(self, tag: int) -> Fields:
        """What is in the next element, which has *tag*."""
        return Fields(self.take(tag).content, self._what)

    def rest(self) -> list[Element]:
        """All that is left, in order."""
        left, self._left = self._left[::-1], []
        return left

    def end(self) -> None:
        """Nothing is left."""
        if self._left:
            raise FormatError(f"{self._what}: more fields than it has")

    def integer(self, tag: int = INTEGER) -> int:
        """The next element as a whole number."""
        return integer(self.take(tag).content, self._what)

    def oid(self) -> str:
        """The next element as an object identifier, dotted."""
        return oid(self.take(OID).content, self._what)

    def algorithm(self) -> tuple[str, bytes]:
        """The next element as an AlgorithmIdentifier: its object identifier, and its parameters as they stand."""
        inside = self.into(SEQUENCE)
        name = inside.oid()
        return name, b"".join(one.raw for one in inside.rest())


def whole(data: bytes, tag: int, what: str) -> Fields:
    """What is in the one element with *tag* that *data* is.

    Raises:
        FormatError: *data* is something else.
    """
    outer = Fields(data, what)
    inside = outer.into(tag)
    outer.end()
    return inside


def integer(content: bytes, what: str) -> int:
    """The whole number in *content*, of at most 64 bytes in two's complement.

    Raises:
        FormatError: none, too long, or not in its shortest form.
    """
    if not 0 < len(content) <= _INTEGER_BYTES:
        raise FormatError(f"{what}: a number of no or too many bytes")
    if len(content) > 1 and content[0] in {0x00, 0xFF} and content[0] >> 7 == content[1] >> 7:  # X.690 §8.3.2
        raise FormatError(f"{what}: a number with bytes that say nothing")
    return int.from_bytes(content, "big", signed=True)


def boolean(content: bytes, what: str) -> bool:
    """Whether *content* says true; a default that is written out is let be, as authorities do that.

    Raises:
        FormatError: it is none as DER has them.
    """
    if content not in {b"\x00", b"\xff"}:
        raise FormatError(f"{what}: no boolean")
    return content == b"\xff"


def oid(content: bytes, what: str) -> str:
    """The object identifier in *content*, dotted.

    Raises:
        FormatError: none, too long, cut short, or not in its shortest form.
    """
    if not 0 < len(content) <= _OID_BYTES or content[-1] & 0x80:
        raise FormatError(f"{what}: no object identifier")
    arcs: list[int] = []
    value, fresh = 0, True
    for byte in content:
        if fresh and byte == 0x80:  # noqa: PLR2004 - a leading zero of seven bits
            raise FormatError(f"{what}: an object identifier with bytes that say nothing")
        value, fresh = value << 7 | byte & 0x7F, not byte & 0x80
        if fresh:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def _elements(data: bytes, what: str) -> Iterator[Element]:
    at, end = 0, len(data)
    while at < end:
        start = at
        tag = data[at]
        if tag & _LONG_TAG == _LONG_TAG or at + 2 > end:
            raise FormatError(f"{what}: no DER")
        length, at = data[at + 1], at + 2
        if length >= _LONG_LENGTH:
            count = length - _LONG_LENGTH
            length = int.from_bytes(data[at : at + count], "big")
            shortest = (length.bit_length() + 7) // 8
            if not 0 < count <= _LENGTH_BYTES or length < _LONG_LENGTH or shortest != count or at + count > end:
                raise FormatError(f"{what}: no DER, or a length that is not in its shortest form")
            at += count
        if at + length > end:
            raise FormatError(f"{what}: cut short")
        yield Element(tag, data[at : at + length], data[start : at + length])
        at += length
