"""The one form of a bundle's zip, header by header (APPNOTE 6.3.10): stored, one date, no extras but those of ZIP64.

A file begins where the one before ends. Numbers that 32 bits (or 16, for the count of files) do not hold stand in ZIP64
fields; every other does not. A single file of 4 GiB or more has no form here.
"""

from __future__ import annotations

import re
from struct import Struct
from typing import Final, NamedTuple

from schema.errors import FormatError

MAX_FILE_BYTES: Final = 2**32 - 2
MAX_NAME_BYTES: Final = 255
LOCAL: Final = Struct("<4s5H3I2H")
_CENTRAL: Final = Struct("<4s6H3I5H2I")
_OFFSET64: Final = Struct("<2HQ")
_END64: Final = Struct("<4sQ2H2I4Q")
_LOCATOR: Final = Struct("<4sIQI")
END: Final = Struct("<4s4H2IH")
#: How many bytes of the end can be needed to read it: both ZIP64 records and the end of the directory.
TAIL_BYTES: Final = _END64.size + _LOCATOR.size + END.size

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_DATE: Final = 0x21  # 1980-01-01; the time is 0
_PLAIN: Final = 20  # version 2.0
_ZIP64: Final = 45  # version 4.5
_UNIX: Final = 3 << 8
_MODE: Final = 0o100644 << 16
_FULL16: Final = 0xFFFF
_FULL32: Final = 0xFFFFFFFF


class Place(NamedTuple):
    """A file of the container: how many bytes it has, their CRC-32, and where its local header begins."""

    name: str
    size: int
    crc: int
    offset: int

    @property
    def start(self) -> int:
        """Where the bytes begin."""
        return self.offset + LOCAL.size + len(self.name)

    @property
    def end(self) -> int:
        """Where the next file, or the directory, begins."""
        return self.start + self.size


class End(NamedTuple):
    """What the end says of the directory."""

    files: int
    size: int
    offset: int


def is_name(name: str) -> bool:
    """Whether a file may be called so: folders and words of ASCII letters, digits, points, hyphens and underscores."""
    return len(name) <= MAX_NAME_BYTES and _NAME.fullmatch(name) is not None


def local_header(place: Place) -> bytes:
    """What stands before the bytes of a file."""
    numbers = (_PLAIN, 0, 0, 0, _DATE, place.crc, place.size, place.size, len(place.name), 0)
    return LOCAL.pack(b"PK\x03\x04", *numbers) + place.name.encode("ascii")


def central_header(place: Place) -> bytes:
    """A file's line in the directory."""
    far = place.offset >= _FULL32
    version = _ZIP64 if far else _PLAIN
    extra = _OFFSET64.pack(1, 8, place.offset) if far else b""
    sizes = (place.crc, place.size, place.size, len(place.name), len(extra), 0, 0, 0, _MODE)
    head = _CENTRAL.pack(
        b"PK\x01\x02", _UNIX | version, version, 0, 0, 0, _DATE, *sizes, min(place.offset, _FULL32)
    )  # fmt: skip
    return head + place.name.encode("ascii") + extra


def tail(end: End) -> bytes:
    """What stands after the directory."""
    records = b""
    if end.files >= _FULL16 or end.size >= _FULL32 or end.offset >= _FULL32:
        numbers = (44, _ZIP64, _ZIP64, 0, 0, end.files, end.files, end.size, end.offset)
        records = _END64.pack(b"PK\x06\x06", *numbers) + _LOCATOR.pack(b"PK\x06\x07", 0, end.offset + end.size, 1)
    count = min(end.files, _FULL16)
    return records + END.pack(
        b"PK\x05\x06", 0, 0, count, count, min(end.size, _FULL32), min(end.offset, _FULL32), 0
    )  # fmt: skip


def read_end(last: bytes) -> End:
    """What the last bytes of a file (TAIL_BYTES, or all it has) say of its directory.

    Raises:
        FormatError: they are not the end of a zip without a comment.
    """
    if len(last) < END.size or last[-END.size : -END.size + 4] != b"PK\x05\x06":
        raise FormatError("bundle: no zip, or one that was cut off")
    _, _, _, _, count, size, offset, _ = END.unpack(last[-END.size :])
    if count != _FULL16 and _FULL32 not in {size, offset}:
        return End(count, size, offset)
    if len(last) < TAIL_BYTES or last[-TAIL_BYTES : -TAIL_BYTES + 4] != b"PK\x06\x06":
        raise FormatError("bundle: the zip's end lacks its ZIP64 records")
    count, _, size, offset = _END64.unpack(last[-TAIL_BYTES : -TAIL_BYTES + _END64.size])[-4:]
    return End(count, size, offset)


def read_central(data: bytes, at: int) -> tuple[Place, int]:
    """The file whose line in the directory begins at *at*, and where the next one begins.

    Raises:
        FormatError: no such line.
    """
    if len(data) - at < _CENTRAL.size or data[at : at + 4] != b"PK\x01\x02":
        raise FormatError("bundle: the zip's directory is broken")
    fields = _CENTRAL.unpack_from(data, at)
    crc, size, name_bytes, extra_bytes, offset = fields[7], fields[8], fields[10], fields[11], fields[16]
    start = at + _CENTRAL.size
    end = start + name_bytes + extra_bytes
    if name_bytes > MAX_NAME_BYTES or extra_bytes not in {0, _OFFSET64.size} or end > len(data):
        raise FormatError("bundle: the zip's directory is broken")
    try:
        name = data[start : start + name_bytes].decode("ascii")
    except UnicodeDecodeError as error:
        raise FormatError("bundle: a name in the zip has other letters than ASCII") from error
    if extra_bytes:
        offset = _OFFSET64.unpack_from(data, start + name_bytes)[2]
    return Place(name, size, crc, offset), end


#: The longest line of the directory.
CENTRAL_BYTES: Final = _CENTRAL.size + MAX_NAME_BYTES + _OFFSET64.size
