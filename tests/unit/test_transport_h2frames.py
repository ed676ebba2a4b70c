"""HTTP/2 framing, against hpack and hyperframe as oracles."""

from __future__ import annotations

import contextlib
from typing import Any

import hpack
import pytest
from hyperframe.frame import DataFrame, Frame, HeadersFrame, SettingsFrame
from hypothesis import given
from hypothesis import strategies as st

from probe.transport import h2frames as h2
from probe.transport.h2headers import HeaderReader

FRAMES = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 255), st.integers(0, 2**31 - 1), st.binary(max_size=60)), max_size=8
)
VALUES = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=300)


@given(FRAMES, st.lists(st.integers(1, 40), min_size=1, max_size=20))
def test_frames_come_out_as_they_went_in_however_they_are_cut(
    frames: list[tuple[int, int, int, bytes]], sizes: list[int]
) -> None:
    data = b"".join(h2.frame(*one) for one in frames)
    reader, out, at, turn = h2.FrameReader(), [], 0, 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        out += list(reader.feed(data[at : at + size]))
        at, turn = at + size, turn + 1
    assert out == [h2.Frame(*one) for one in frames]
    assert reader.rest == b""


@given(st.binary(max_size=200))
def test_nothing_but_a_frame_error_comes_out(data: bytes) -> None:
    with contextlib.suppress(h2.FrameError):
        for item in h2.FrameReader().feed(data):
            h2.content(item)
            h2.read_number(item.payload)
            h2.read_settings(item.payload)


@given(st.lists(st.binary(max_size=80), max_size=5))
def test_nothing_but_a_frame_error_comes_out_of_header_blocks(blocks: list[bytes]) -> None:
    reader = HeaderReader()
    with contextlib.suppress(h2.FrameError):
        for block in blocks:
            reader.read(block)


def test_padding_and_priority_are_taken_off() -> None:
    data = DataFrame(1, b"answer", pad_length=7, flags=["PADDED"]).serialize()
    headers = HeadersFrame(
        1, b"block", pad_length=3, depends_on=5, flags=["PADDED", "PRIORITY", "END_HEADERS"]
    ).serialize()
    assert [h2.content(item) for item in h2.FrameReader().feed(data + headers)] == [b"answer", b"block"]


def test_settings_are_hyperframes() -> None:
    values = {h2.ENABLE_PUSH: 0, h2.INITIAL_WINDOW_SIZE: 131_072}
    wire = h2.frame(h2.SETTINGS, 0, 0, h2.settings(values))
    frame, length = Frame.parse_frame_header(memoryview(wire[:9]))
    frame.parse_body(memoryview(wire[9 : 9 + length]))
    assert isinstance(frame, SettingsFrame)
    assert frame.settings == values == h2.read_settings(wire[9:])


@given(VALUES, VALUES, st.integers(0, 10**9))
def test_hpack_reads_the_request_and_its_table_stays_empty(authority: str, path: str, size: int) -> None:
    decoder = hpack.Decoder()
    for _ in range(2):
        block = h2.request_head(authority, path) + h2.content_length(size)
        assert [(str(name), str(value)) for name, value in decoder.decode(block)] == [
            (":method", "POST"),
            (":scheme", "https"),
            (":authority", authority),
            (":path", path),
            ("accept", "application/dns-message"),
            ("content-type", "application/dns-message"),
            ("content-length", str(size)),
        ]
    assert not decoder.header_table.dynamic_entries


HEADERS = st.dictionaries(st.sampled_from(["date", "server", "age", "cf-ray", "x-other"]), VALUES, max_size=5)


@given(st.lists(HEADERS, min_size=1, max_size=20))
def test_headers_are_hpacks_whatever_is_remembered(responses: list[dict[str, str]]) -> None:
    encoder, reader = hpack.Encoder(), HeaderReader()
    for headers in [one for response in responses for one in (response, response, response)]:
        seen = reader.read(encoder.encode([(":status", "200"), *headers.items()]))
        kept = {name: value[:256] for name, value in headers.items() if name != "x-other"}
        assert (seen.status, seen.headers) == (200, kept)


NAMES = st.sampled_from([b"date", b"server", b"age", b"x-other"])
FIELDS = st.builds(
    lambda add, name, value: (hpack.HeaderTuple if add else hpack.NeverIndexedHeaderTuple)(name, value),
    st.booleans(),
    NAMES,
    VALUES.map(str.encode),
)


@given(st.lists(st.tuples(st.lists(FIELDS, max_size=4), st.booleans()), min_size=1, max_size=12))
def test_literals_are_remembered_only_while_the_table_stands(responses: list[tuple[list[Any], bool]]) -> None:
    """Blocks with fields that stand for themselves come again as they were; what other blocks add does not spoil them."""
    encoder, reader, oracle = hpack.Encoder(), HeaderReader(), hpack.Decoder()
    for fields, huffman in responses:
        block = encoder.encode([(b":status", b"200"), *fields], huffman=huffman)
        kept = {bytes(name): bytes(value) for name, value in oracle.decode(block, raw=True)}
        seen = reader.read(block)
        assert seen.headers == {
            name.decode(): value[:256].decode("ascii", "replace")
            for name, value in kept.items()
            if name not in {b":status", b"x-other"}
        }
    for value in (b"a" * 200, b"b"):  # the value's length in two octets, and in one
        block = encoder.encode([(b":status", b"200"), hpack.NeverIndexedHeaderTuple(b"server", value)], huffman=False)
        assert reader.read(block) is reader.read(block)


@given(VALUES, st.integers(1, 2**31 - 1), st.binary(max_size=300))
def test_a_request_is_its_two_frames(authority: str, stream: int, query: bytes) -> None:
    head = h2.request_head(authority, "/dns-query")
    assert h2.RequestForm(head, len(query)).request(stream, query) == h2.frame(
        h2.HEADERS, h2.END_HEADERS, stream, head + h2.content_length(len(query))
    ) + h2.frame(h2.DATA, h2.END_STREAM, stream, query)


@pytest.mark.parametrize("block", [b"\x08\x03abc", b"\x08\x0299", b"\x08\x03099", b"\xff\xff\xff\xff\xff\xff", b"\x00"])
def test_bad_header_blocks_are_refused(block: bytes) -> None:
    with pytest.raises(h2.FrameError):
        HeaderReader().read(block)
