"""Records read at once are those that are read singly, or none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from collector.receive.lines import read_body_line, read_records
from schema.codec import encode
from schema.record import VERSION, Certificate, Record
from schema.words import Profile, Role

RECORD = Record(
    v=VERSION, plan="ab" * 32, cell=3, probe="mi-01", at=datetime(2026, 3, 2, 12, tzinfo=UTC), role=Role.TARGET,
    resolver="alpha", endpoint="udp:192.0.2.1:53", name="example.org.", qtype="A", profile=Profile.EDNS,
)  # fmt: skip
LINE = encode(RECORD)


def test_sound_records() -> None:
    lines = [encode(replace(RECORD, cell=cell, name=f"n{cell}.example.")) for cell in range(5)]
    assert read_records(lines, "mi-01") == [read_body_line(line, "mi-01") for line in lines]


def test_records_up_to_another_line() -> None:
    other = encode(Certificate(VERSION, "00" * 32, b""))
    assert read_records([LINE, LINE, other, LINE], "mi-01") == [RECORD, RECORD]


@pytest.mark.parametrize(
    "bad",
    [
        LINE + LINE,
        LINE + b" " + LINE,
        LINE[:-1],
        LINE[:-1] + b',"v":2}',
        LINE[:-1] + b',"answers":[',
        LINE[:-1] + b',"tls":',
        encode(replace(RECORD, plan="AB" * 32)),
        encode(replace(RECORD, probe="rm-01")),
        encode(replace(RECORD, name="Example.org.")),
        LINE.replace(b"example", b"\xff"),
    ],
)
def test_a_line_that_breaks_a_rule(bad: bytes) -> None:
    assert read_records([LINE, bad, LINE], "mi-01") == []


def test_nothing() -> None:
    assert read_records([], "mi-01") == []
