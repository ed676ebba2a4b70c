"""The container: read by a stock program, written in one form, and not one byte of it may be another."""

from __future__ import annotations

import io
import zipfile
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.bundle.container import HEADER, SIGNATURE, SUMS, Archive, Writer, pack, sums_of, unpack
from schema.bundle.zipform import End, Place, central_header, local_header, read_central, read_end, tail
from schema.errors import EvidenceError, FormatError

FILES = {
    "README.txt": b"read me\n",
    "log/entries.jsonl": b'{"a":1}\n{"b":2}\n',
    "empty": b"",
    "b-1.x": bytes(range(256)),
}
PACKED = pack(FILES)


def refused(data: bytes) -> bool:
    try:
        unpack(data)
    except (FormatError, EvidenceError):
        return True
    return False


def test_a_stock_program_reads_it() -> None:
    with zipfile.ZipFile(io.BytesIO(PACKED)) as archive:
        assert archive.testzip() is None
        assert {info.filename: archive.read(info) for info in archive.infolist()} == FILES
        assert [info.filename for info in archive.infolist()] == sorted(FILES)
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert unpack(PACKED) == FILES


def test_it_is_what_a_stock_program_writes_when_told_everything() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(FILES):
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o100644 << 16
            archive.writestr(info, FILES[name])
    assert buffer.getvalue() == PACKED


def test_every_flipped_bit_is_refused() -> None:
    for place in range(len(PACKED) * 8):
        data = bytearray(PACKED)
        data[place // 8] ^= 1 << place % 8
        assert refused(bytes(data)), place


def test_every_byte_more_or_less_is_refused() -> None:
    for place in range(len(PACKED) + 1):
        assert refused(PACKED[:place] + b"\0" + PACKED[place:]), place
        assert refused(PACKED[:place] + b"P" + PACKED[place:]), place
        if place < len(PACKED):
            assert refused(PACKED[:place] + PACKED[place + 1 :]), place
            assert refused(PACKED[:place]), place


@given(st.binary(max_size=200))
def test_other_bytes_are_refused(data: bytes) -> None:
    assert refused(data)
    assert refused(data + PACKED) == bool(data)
    assert refused(PACKED + data) == bool(data)
    assert refused(data + PACKED[-22:])


def test_other_forms_of_the_same_files_are_refused() -> None:
    """Compressed, dated, commented, in another order, with a folder of its own: each is a zip of the same files."""
    for change in ("deflated", "dated", "comment", "reversed", "folder", "prefixed"):
        buffer = io.BytesIO()
        if change == "prefixed":
            buffer.write(b"#!/bin/sh\n")
        with zipfile.ZipFile(buffer, "w") as archive:
            for name in sorted(FILES, reverse=change == "reversed"):
                info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0) if change == "dated" else (1980, 1, 1, 0, 0, 0))
                info.create_system, info.external_attr = 3, 0o100644 << 16
                info.compress_type = zipfile.ZIP_DEFLATED if change == "deflated" else zipfile.ZIP_STORED
                archive.writestr(info, FILES[name])
            if change == "comment":
                archive.comment = b"hello"
            if change == "folder":
                archive.writestr(zipfile.ZipInfo("zz/"), b"")
        assert refused(buffer.getvalue()), change


@pytest.mark.parametrize("name", ["", "/a", "a/", "a//b", "../a", ".a", "a/.b", "a b", "à", "a\\b", "a" * 256, "-a"])
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(FormatError):
        pack({name: b""})


def test_more_files_than_16_bits_count() -> None:
    files = {f"f/{number:06d}": b"" for number in range(65_536)}
    packed = pack(files)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert len(archive.infolist()) == len(files)
    assert unpack(packed) == files
    for place in range(len(packed) - 98, len(packed), 14):
        changed = bytearray(packed)
        changed[place] ^= 1
        assert refused(bytes(changed)), place


@pytest.mark.parametrize("offset", [0, 2**32 - 2, 2**32 - 1, 2**32, 2**40])
def test_offsets_beyond_32_bits(offset: int) -> None:
    """The headers of a bundle too large for a test: what is written reads back, in ZIP64 exactly where it must."""
    place = Place("rounds/1/a.jsonl", 5, 7, offset)
    line = central_header(place)
    assert read_central(line, 0) == (place, len(line))
    assert (len(line) == len(central_header(place._replace(offset=0)))) == (offset < 2**32 - 1)
    assert len(local_header(place)) == place.start - offset
    end = End(3, 400, offset)
    assert read_end(tail(end)) == end
    assert (len(tail(end)) == 22) == (offset < 2**32 - 1)


def test_the_writer_takes_files_in_any_order_and_signs_last() -> None:
    first, second = io.BytesIO(), io.BytesIO()
    for file, names in ((first, sorted(FILES)), (second, sorted(FILES, reverse=True))):
        writer = Writer(io.BytesIO())
        for name in names:
            writer.add(name, (FILES[name][:3], FILES[name][3:]))
        writer.finish(file, lambda sums: sha256(sums).digest() * 2)
    assert first.getvalue() == second.getvalue()
    files = unpack(first.getvalue())
    assert files[SUMS] == sums_of({name: sha256(data).hexdigest() for name, data in FILES.items()})
    assert files[SUMS].startswith(HEADER)
    assert files[SIGNATURE] == sha256(files[SUMS]).digest() * 2
    assert {name: data for name, data in files.items() if name in FILES} == FILES


def test_the_writer_takes_a_name_once() -> None:
    writer = Writer(io.BytesIO())
    writer.add("a", ())
    with pytest.raises(FormatError):
        writer.add("a", ())


def test_reading_piece_by_piece() -> None:
    lines = [b"x" * length for length in (0, 1, 2**20 - 1, 2**20, 2**20 + 1, 5)]
    archive = Archive(io.BytesIO(pack({"a": b"".join(line + b"\n" for line in lines), "b": b"no newline", "c": b""})))
    assert list(archive.lines("a")) == lines
    assert b"".join(archive.chunks("b")) == b"no newline"
    assert list(archive.lines("c")) == []
    assert "c" in archive
    assert archive.size("b") == 10
    with pytest.raises(FormatError):
        list(archive.lines("b"))
    with pytest.raises(FormatError):
        archive.read("b", 9)
    with pytest.raises(FormatError):
        archive.read("d", 9)


def test_a_file_that_shrinks_while_it_is_read() -> None:
    file = io.BytesIO(PACKED)
    archive = Archive(file)
    file.truncate(40)
    with pytest.raises(FormatError):
        archive.digests()
