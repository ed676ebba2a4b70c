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
        if not _only_indexed(block):  # the table may have moved under the blocks that are remembered
            self._remembered.clear()
        elif len(self._remembered) < _MAX_REMEMBERED:
            self._remembered[block] = seen
        return seen


def _only_indexed(block: bytes) -> bool:
    # RFC 7541 §6.1: fields that refer to the tables and change nothing. 0xff begins an integer of more octets.
    return min(block, default=0) >= 0x80 and 0xFF not in block  # noqa: PLR2004  the top bit


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
