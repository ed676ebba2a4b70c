"""Records read at once are those that are read singly, or none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from collector.receive.lines import read_body_line, read_records
from schema.codec import encode
from schema.errors import FormatError
from schema.record import VERSION, Answer, Certificate, Record, TlsSeen
from schema.words import Gap, Profile, Role

RECORD = Record(
    v=VERSION, plan="ab" * 32, cell=3, probe="mi-01", at=datetime(2026, 3, 2, 12, tzinfo=UTC), role=Role.TARGET,
    resolver="alpha", endpoint="udp:192.0.2.1:53", name="example.org.", qtype="A", profile=Profile.EDNS,
)  # fmt: skip
LINE = encode(RECORD)
#: What this reader would take and another might read otherwise, or what no root covers.
ODD = {
    "a space": LINE.replace(b',"cell":', b', "cell":'),
    "a field twice": LINE.replace(b'"cell":3', b'"cell":9,"cell":3'),
    "an escape": LINE.replace(b"example.org.", b"\\u0065xample.org."),
    "a default written out": LINE[:-1] + b',"gap":null}',
    "fields in another order": LINE.replace(b'"cell":3,"probe":"mi-01"', b'"probe":"mi-01","cell":3'),
    "a number in another form": LINE.replace(b'"cell":3', b'"cell":3.0'),
    "a time in another form": LINE.replace(b"12:00:00Z", b"12:00:00.0Z"),
    "a gap with a time": encode(replace(RECORD, gap=Gap.QUOTA, mono_us=7)),
    "a gap with a query": encode(replace(RECORD, gap=Gap.QUOTA, query=b"\x00")),
    "a gap with an answer": encode(replace(RECORD, gap=Gap.QUOTA, answers=(Answer(1, b"\x00"),))),
    "a certificate that is no digest": encode(replace(RECORD, tls=TlsSeen(chain=("ab",)))),
}


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
        *ODD.values(),
    ],
)
def test_a_line_that_breaks_a_rule(bad: bytes) -> None:
    assert read_records([LINE, bad, LINE], "mi-01") == []


@pytest.mark.parametrize("line", ODD.values(), ids=list(ODD))
def test_an_odd_line_is_refused_singly_too(line: bytes) -> None:
    assert line != LINE
    with pytest.raises(FormatError):
        read_body_line(line, "mi-01")


def test_a_gap_is_taken() -> None:
    line = encode(replace(RECORD, gap=Gap.QUOTA))
    assert read_records([line], "mi-01") == [read_body_line(line, "mi-01")]


def test_nothing() -> None:
    assert read_records([], "mi-01") == []
