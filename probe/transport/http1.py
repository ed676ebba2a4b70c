"""The head of an HTTP/1.1 response: status, and the few fields that are kept (RFC 9112 §4, §5). Pure."""

from __future__ import annotations

import re
from typing import Final

from schema.measures import KEPT_HEADERS, plain
from schema.record import HttpSeen

_BEGINS: Final = b"HTTP/1."
_END: Final = re.compile(rb"\r?\n\r?\n")  # RFC 9112 §2.2: a reader may take a bare line feed
_STATUS_LINE: Final = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9])(?: [^\n]*)?")
_FIELD: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)", re.DOTALL)
_INTERIM_BELOW: Final = 200
_SWITCHING: Final = 101


class HeadError(ValueError):
    """What came is not HTTP/1.1, or switches to something else."""


def read_head(data: bytes) -> HttpSeen | None:
    """The head of the first final response in *data*, interim ones before it passed over; None while it is not whole.

    Raises:
        HeadError: *data* cannot become one.
    """
    while True:
        if data[: len(_BEGINS)] != _BEGINS[: len(data)]:
            raise HeadError("no status line")
        end = _END.search(data)
        if end is None:
            return None
        seen = _head(data[: end.start()])
        if seen.status == _SWITCHING:
            raise HeadError("another protocol, which nobody asked for")
        if seen.status >= _INTERIM_BELOW:
            return seen
        data = data[end.end() :]


def _head(data: bytes) -> HttpSeen:
    first, *fields = re.split(rb"\r?\n", data)
    status = _STATUS_LINE.fullmatch(first)
    if status is None:
        raise HeadError("no status line")
    headers: dict[str, str] = {}
    for field in fields:
        found = _FIELD.fullmatch(field)
        if found is None:
            raise HeadError("a line that is no field")  # RFC 9112 §5.2: folded lines are no longer fields
        name, value = found[1].decode("ascii").lower(), found[2].strip(b" \t").decode("latin-1")
        if name in KEPT_HEADERS:
            headers[name] = plain(f"{headers[name]}, {value}" if name in headers else value)
    return HttpSeen(int(status[1]), dict(sorted(headers.items())))
