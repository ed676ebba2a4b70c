"""Domain names out of wire format, expanded and in presentation form.

A pointer must go back, before the start of the stretch of labels it stands in, and what it points at must end before
that stretch begins (RFC 1035 §4.1.4). So every name ends, and no name can be read in two ways. At most 16 pointers lead
to a name. Every suffix is remembered by its offset: a message costs time in proportion to its length, whatever points
where.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from schema.dnswire.errors import DnsWireError

MAX_NAME_BYTES: Final = 255  # RFC 1035 §2.3.4, length bytes and root included
MAX_LABEL_BYTES: Final = 63
MAX_POINTERS: Final = 16
POINTER: Final = 0xC0

Name: TypeAlias = tuple[str, int, int, int, int]
"""Presentation form; bytes on the wire, expanded; pointers followed; where its first stretch ends; where the stretch its
first pointer leads to ends, 0 without pointer. A stretch that begins before the last must not have the name as suffix."""

Names: TypeAlias = dict[int, Name]
"""The names of one message by the offset at which each begins."""

_ESCAPED: Final = b'"().;\\@$'  # what a zone file would take for syntax (RFC 1035 §5.1)
_SPACE, _DELETE = 0x20, 0x7F


def _spell(byte: int) -> str:
    if byte in _ESCAPED:
        return "\\" + chr(byte)
    return chr(byte).lower() if _SPACE < byte < _DELETE else f"\\{byte:03d}"


_SPELLING: Final = {byte: _spell(byte) for byte in range(256)}


def label_text(label: bytes) -> str:
    r"""Return a label in lower case, with ``\.`` and ``\ddd`` for what is not plain."""
    if label.isalnum():
        return label.decode("ascii").lower()
    return label.decode("latin-1").translate(_SPELLING)


def read_name(wire: bytes, start: int, limit: int, names: Names) -> tuple[str, int]:
    """Return the name at *start*, lower case with its final dot, and the offset after it.

    Raises:
        DnsWireError: it runs past *limit*, is longer than 255 bytes, or a label or pointer in it is not allowed.
    """
    text, _, _, end, _ = names.get(start) or read_stretch(wire, start, limit, names, MAX_POINTERS)
    if end > limit:
        raise DnsWireError("name runs past its end")
    return text, end


def read_stretch(wire: bytes, start: int, limit: int, names: Names, pointers: int) -> Name:
    """Read the labels from *start* up to the root or a pointer, and what the pointer leads to.

    *pointers* is how many may still be followed. What was read is added to *names*, with each of its suffixes. Where a
    suffix was known, the caller holds the end to its own limit.
    """
    labels, position = _labels(wire, start, limit, names)
    if labels and (known := names.get(position)) is not None:
        text, length, hops, end, reach = known
    elif wire[position] == 0:
        text, length, hops, end, reach = "", 1, 0, position + 1, 0
    else:
        text, length, hops, end, reach = _follow(wire, start, position, limit, names, pointers)
    if hops > pointers:
        raise DnsWireError("name goes over too many pointers")
    if reach > start:
        raise DnsWireError("pointer leads into what it was read from")
    if length + position - start > MAX_NAME_BYTES:
        raise DnsWireError("name is longer than 255 bytes")
    if text == ".":  # reached by a pointer: as a suffix the root has no text of its own
        text = ""
    for first, last in reversed(labels):
        text = f"{label_text(wire[first:last])}.{text}"
        length += 1 + last - first
        names[first - 1] = (text, length, hops, end, reach)
    names[start] = name = (text or ".", length, hops, end, reach)
    return name


def _labels(wire: bytes, start: int, limit: int, names: Names) -> tuple[list[tuple[int, int]], int]:
    """Return where each label's text begins and ends, and the offset of what is no label or is a name already read."""
    labels: list[tuple[int, int]] = []
    position = start
    last = min(limit, start + MAX_NAME_BYTES)
    while position < last:
        count = wire[position]
        if not 0 < count <= MAX_LABEL_BYTES or (labels and position in names):
            return labels, position
        labels.append((position + 1, position + 1 + count))
        position += 1 + count
    raise DnsWireError("name runs past its end, or is longer than 255 bytes")


def _follow(wire: bytes, start: int, position: int, limit: int, names: Names, pointers: int) -> Name:
    """Return the name that the pointer at *position* leads to, with the offset after the pointer as its end."""
    if wire[position] < POINTER:
        raise DnsWireError("label type is not in use")
    if position + 2 > limit:
        raise DnsWireError("name runs past its end")
    target = (wire[position] & ~POINTER) << 8 | wire[position + 1]
    if target >= start:
        raise DnsWireError("pointer does not go back")
    if not pointers:
        raise DnsWireError("name goes over too many pointers")
    text, length, hops, reach, _ = names.get(target) or read_stretch(wire, target, start, names, pointers - 1)
    return text, length, hops + 1, position + 2, reach
