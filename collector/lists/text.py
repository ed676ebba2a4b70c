"""The lines of a list file, whatever its letters are encoded in. Pure."""

from __future__ import annotations

import codecs
from typing import Final

from schema.errors import FormatError

MAX_LIST_BYTES: Final = 64 << 20
MAX_LIST_LINES: Final = 2_000_000
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LOOKED_AT: Final = 400


def lines_of(data: bytes) -> list[str]:
    """The lines of *data* without their ends: UTF-8 or UTF-16 (AGCOM's of 2014), with a byte order mark or without.

    What is not a letter in that encoding becomes U+FFFD, so that its line alone is odd.

    Raises:
        FormatError: larger than any list, or no text.
    """
    if len(data) > MAX_LIST_BYTES:
        raise FormatError(f"the list is larger than {MAX_LIST_BYTES >> 20} MiB", remedy="Import it in parts.")
    text = data.decode(_encoding(data), "replace").removeprefix("\ufeff")
    if "\x00" in text[:_LOOKED_AT]:
        raise FormatError("the file is no text", remedy="Give the list as text: unpack or convert it first.")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) > MAX_LIST_LINES:
        raise FormatError(f"the list has more than {MAX_LIST_LINES} lines", remedy="Import it in parts.")
    return lines


def _encoding(data: bytes) -> str:
    if data.startswith(_UTF16):
        return "utf-16"
    head = data[:_LOOKED_AT]
    # Latin letters in UTF-16 are zero in every other byte.
    if len(head) > 1 and head[1::2].count(0) > len(head) // 3:
        return "utf-16-le"
    if len(head) > 1 and head[::2].count(0) > len(head) // 3:
        return "utf-16-be"
    return "utf-8"
