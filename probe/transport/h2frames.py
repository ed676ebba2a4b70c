"""HTTP/2 frames as far as a client needs them (RFC 9113). Pure.

Small on purpose: a general client costs fifty times the question it carries.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)

ACK: Final = 0x1
END_STREAM: Final = 0x1
END_HEADERS: Final = 0x4
PADDED: Final = 0x8
WITH_PRIORITY: Final = 0x20

NO_ERROR: Final = 0x0
REFUSED_STREAM: Final = 0x7
CANCEL: Final = 0x8

ENABLE_PUSH: Final = 0x2
MAX_CONCURRENT_STREAMS: Final = 0x3
INITIAL_WINDOW_SIZE: Final = 0x4
MAX_HEADER_LIST_SIZE: Final = 0x6

DEFAULT_WINDOW_BYTES: Final = 65_535
MAX_WINDOW_BYTES: Final = 2**31 - 1
MAX_FRAME_BYTES: Final = 16_384
_HEAD_BYTES: Final = 9
_STREAM_AT: Final = 5  # in the head
_read_head: Final = struct.Struct("!HBBBI").unpack_from  # the length in two parts


class FrameError(ValueError):
    """The peer's bytes are not HTTP/2 as we announced to speak it."""


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One frame; `stream` 0 is the connection itself."""

    kind: int
    flags: int
    stream: int
    payload: bytes


class FrameReader:
    """Cuts what arrives into frames."""

    def __init__(self) -> None:
        """Nothing has arrived."""
        self.rest = b""

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that *data* completes.

        Raises:
            FrameError: a frame longer than we allow.
        """
        data = self.rest + data if self.rest else data
        at, size = 0, len(data)
        self.rest = b""
        while size - at >= _HEAD_BYTES:
            high, low, kind, flags, stream = _read_head(data, at)
            length = high << 8 | low
            if length > MAX_FRAME_BYTES:
                raise FrameError(f"a frame of {length} octets")
            end = at + _HEAD_BYTES + length
            if end > size:
                break
            yield Frame(kind, flags, stream & MAX_WINDOW_BYTES, data[at + _HEAD_BYTES : end])
            at = end
        self.rest = data[at:]


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """A frame's bytes."""
    return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload


def number(value: int) -> bytes:
    """The payload of WINDOW_UPDATE and RST_STREAM."""
    return value.to_bytes(4, "big")


def settings(values: dict[int, int]) -> bytes:
    """The payload of SETTINGS."""
    return b"".join(struct.pack("!HI", key, value) for key, value in values.items())


def read_settings(payload: bytes) -> dict[int, int]:
    """Identifier to value, the last of each (RFC 9113 §6.5.3).

    Raises:
        FrameError: not a multiple of six octets.
    """
    if len(payload) % 6:
        raise FrameError("SETTINGS cut short")
    return dict(struct.iter_unpack("!HI", payload))


def read_number(payload: bytes) -> int:
    """The 31 or 32 bits of WINDOW_UPDATE, RST_STREAM and the head of GOAWAY.

    Raises:
        FrameError: fewer than four octets.
    """
    if len(payload) < 4:  # noqa: PLR2004  octets of the field
        raise FrameError("a number cut short")
    return int.from_bytes(payload[:4], "big")


def content(item: Frame) -> bytes:
    """The payload of DATA or HEADERS without padding and priority.

    Raises:
        FrameError: more padding than payload.
    """
    if not item.flags & (PADDED | WITH_PRIORITY):
        return item.payload
    start, end = 0, len(item.payload)
    if item.flags & PADDED:
        if not item.payload:
            raise FrameError("padding without its length")
        start, end = 1, end - item.payload[0]
    if item.kind == HEADERS and item.flags & WITH_PRIORITY:
        start += 5
    if start > end:
        raise FrameError("more padding than payload")
    return item.payload[start:end]


def request_head(authority: str, path: str) -> bytes:
    """The header block of a DNS query (RFC 8484 §4.1) but for its content-length; leaves HPACK's dynamic table alone."""
    return b"".join(
        (
            b"\x83\x87",  # :method POST, :scheme https
            _literal(1, authority.encode("ascii")),
            _literal(4, path.encode("ascii")),
            _literal(19, _DNS_MESSAGE),  # accept
            _literal(31, _DNS_MESSAGE),  # content-type
        )
    )


def content_length(size: int) -> bytes:
    """The header field content-length."""
    return _literal(28, str(size).encode("ascii"))


class RequestForm:
    """The two frames of a DNS query of some size but for their stream and the query."""

    def __init__(self, head: bytes, size: int) -> None:
        """Put `request_head` and the content-length before *size* octets."""
        block = head + content_length(size)
        self._first = frame(HEADERS, END_HEADERS, 0, b"\0" * len(block))[:_STREAM_AT]
        self._second = block + frame(DATA, END_STREAM, 0, b"\0" * size)[:_STREAM_AT]

    def request(self, stream: int, query: bytes) -> bytes:
        """HEADERS and DATA of *query*, which is of this form's size."""
        number = stream.to_bytes(4, "big")
        return b"".join((self._first, number, self._second, number, query))


_DNS_MESSAGE: Final = b"application/dns-message"


def _literal(name: int, value: bytes) -> bytes:
    # RFC 7541 §6.2.2: without indexing, the name from the static table, the value not Huffman coded.
    return _integer(name, 4) + _integer(len(value), 7) + value


def _integer(value: int, bits: int) -> bytes:
    # RFC 7541 §5.1
    most = (1 << bits) - 1
    if value < most:
        return bytes((value,))
    value -= most
    encoded = bytearray((most,))
    while value >= 128:  # noqa: PLR2004  seven bits an octet
        encoded.append(value & 127 | 128)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
