"""The head of a response: whatever comes, in whatever pieces, one error and no other; and what is kept is bounded."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.transport.http1 import HeadError, read_head
from schema.measures import KEPT_HEADERS, MAX_HEADER_CHARS, STATUSES
from schema.record import HttpSeen

_LINES = st.lists(
    st.sampled_from([b"HTTP/1.1 451 x", b"HTTP/1.1 103 x", b"Server: a", b"via:b", b" folded", b"", b"a\rb: c", b"\xff: x"]),
    max_size=8,
)  # fmt: skip
_BYTES = st.one_of(
    st.binary(max_size=300),
    st.builds(lambda ends, lines: ends.join([*lines, b"", b""]), st.sampled_from([b"\r\n", b"\n"]), _LINES),
)


def came_to(data: bytes) -> HttpSeen | str | None:
    try:
        return read_head(data)
    except HeadError as error:
        return str(error)


@given(_BYTES)
def test_nothing_but_one_error_comes_out(data: bytes) -> None:
    seen = came_to(data)
    if isinstance(seen, HttpSeen):
        assert seen.status in STATUSES
        assert seen.headers.keys() <= KEPT_HEADERS
        assert all(len(value) <= MAX_HEADER_CHARS for value in seen.headers.values())
        assert not any(unicodedata.category(char) == "Cc" for value in seen.headers.values() for char in value)


@given(_BYTES, st.data())
def test_what_comes_later_changes_nothing(data: bytes, more: st.DataObject) -> None:
    """The head that a piece gives is the head of the whole; a piece that is refused is refused with what follows."""
    cut = more.draw(st.integers(0, len(data)))
    first = came_to(data[:cut])
    if first is not None:
        assert came_to(data) == first


@pytest.mark.parametrize("size", [MAX_HEADER_CHARS, MAX_HEADER_CHARS + 1])
def test_a_long_value_is_cut(size: int) -> None:
    seen = read_head(b"HTTP/1.1 302 Found\r\nLocation: " + b"x" * size + b"\r\n\r\n")
    assert seen is not None
    assert seen.headers == {"location": "x" * MAX_HEADER_CHARS}


def test_blanks_cost_no_more_than_other_bytes() -> None:
    """A site decides what stands here, and while its head is read nobody else is asked."""
    head = b"HTTP/1.1 200 OK\r\nServer: x" + b" " * 15_000 + b"x \t\r\n\r\n"
    began = time.process_time()
    seen = read_head(head)
    assert time.process_time() - began < 0.1
    assert seen is not None
    assert seen.headers == {"server": "x" + " " * (MAX_HEADER_CHARS - 1)}
