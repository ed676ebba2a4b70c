"""Response headers of DNS over HTTPS: status, and the few that are evidence."""

from __future__ import annotations

from typing import Final

from hpack import Decoder, HPACKError

from probe.transport.h2frames import FrameError
from schema.record import HttpSeen

#: Who answered, when, and out of which cache; nothing else of a response is kept.
KEPT: Final = frozenset({b"date", b"content-type", b"cf-ray", b"age", b"server", b"alt-svc", b"cache-control"})
_MAX_VALUE_CHARS: Final = 256
_MAX_REMEMBERED: Final = 64
_STATUSES: Final = range(100, 1000)


class HeaderReader:
    """Decodes the header blocks of one connection, in order."""

    def __init__(self) -> None:
        """An empty dynamic table."""
        self._decoder = Decoder()
        self._remembered: dict[bytes, HttpSeen] = {}

    def read(self, block: bytes) -> HttpSeen:
        """Status and kept headers of *block*; status 0 where it has none (trailers).

        Raises:
            FrameError: not HPACK, or a status that is no number.
        """
        seen = self._remembered.get(block)
        if seen is not None:
            return seen
        try:
            fields = self._decoder.decode(block, raw=True)
        except (HPACKError, ValueError, IndexError) as error:
            raise FrameError(f"header block: {error}") from error
        seen = _seen([(bytes(name), bytes(value)) for name, value, *_ in fields])
        if not _leaves_table_alone(block):  # it may have moved under the blocks that are remembered
            self._remembered.clear()
        elif len(self._remembered) < _MAX_REMEMBERED:
            self._remembered[block] = seen
        return seen


def _leaves_table_alone(block: bytes) -> bool:
    """Whether each field of *block*, which is sound, refers to the tables or stands for itself (RFC 7541 §6.1 to 6.2.3)."""
    at, size = 0, len(block)
    while at < size:
        octet = block[at]
        if octet & 0x80:  # indexed
            _, at = _integer(block, at, 7)
        elif octet & 0x60:  # added to the table, or the table's size
            return False
        else:
            name, at = _integer(block, at, 4)
            for _ in range(1 if name else 2):  # the value; before it the name, if it has no index
                length, at = _integer(block, at, 7)
                at += length
    return True


def _integer(block: bytes, at: int, bits: int) -> tuple[int, int]:
    # RFC 7541 §5.1; and where it ends
    most = (1 << bits) - 1
    value, at, shift = block[at] & most, at + 1, 0
    if value == most:
        while True:
            octet, at = block[at], at + 1
            value += (octet & 127) << shift
            shift += 7
            if octet < 128:  # noqa: PLR2004  seven bits an octet
                break
    return value, at


def _seen(fields: list[tuple[bytes, bytes]]) -> HttpSeen:
    status, headers = 0, {}
    for name, value in fields:
        if name == b":status":
            if not (value.isdigit() and len(value) == 3 and int(value) in _STATUSES):  # noqa: PLR2004 - RFC 9110 §15: three digits
                raise FrameError("a status that is none")
            status = int(value)
        elif name in KEPT:
            headers[name.decode("ascii")] = value[:_MAX_VALUE_CHARS].decode("ascii", "replace")
    return HttpSeen(status, headers)
