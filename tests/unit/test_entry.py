"""Lines of a collector's log: one form each, and one error for everything else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.entry import (
    Enrolment,
    Entry,
    Equivocation,
    KeyChanged,
    LogBegins,
    OrderEntered,
    PlanPublished,
    PolicyKept,
    ProbeCheckpoint,
    QuestionsKept,
    Stamped,
    Standing,
    entry_line,
    read_entry,
)
from schema.errors import FormatError

AT = datetime(2026, 11, 21, 20, tzinfo=UTC)
HEX, SIGNATURE = "ab" * 32, bytes(64)
ENTRIES: tuple[Entry, ...] = (
    LogBegins(origin="ottempera/collector/abababababababab/1", key=HEX, at=AT),
    PlanPublished(number=1, plan=HEX, starts_at=AT, key=HEX, signature=SIGNATURE),
    QuestionsKept(digest=HEX),
    PolicyKept(digest=HEX),
    OrderEntered(order="o", version=1, digest=HEX, at=AT),
    Enrolment(probe="mi-01", key=HEX, asn=3269, operator="TIM", country="IT", custodian="FPM", at=AT),
    KeyChanged(probe="mi-01", key=HEX, by=HEX, signature=SIGNATURE, at=AT),
    Standing(probe="mi-01", event="suspended", reason="è sparita", at=AT),
    Equivocation(probe="mi-01", what="batch", digests=(HEX,), at=AT),
    ProbeCheckpoint(probe="mi-01", chain="ab", size=1, root=HEX, key=HEX, signature=SIGNATURE),
    Stamped(size=1, authority="uno", token=HEX, certificate=HEX, at=AT, accuracy_us=5),
)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: type(entry).__name__)
def test_each_kind_reads_as_it_was_written(entry: Entry) -> None:
    line = entry_line(entry)
    assert line.startswith(b'{"kind":"')
    assert b'"v":1' in line
    assert read_entry(line) == entry


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: type(entry).__name__)
def test_another_form_of_the_same_is_refused(entry: Entry) -> None:
    line = entry_line(entry)
    others = (
        line.replace(b":", b": ", 1),
        line + b" ",
        line.replace(b'"v":1', b'"v":2'),
        line.replace(b'"v":1', b'"v":1,"more":0'),
        line.replace(b'"v":1', b'"v":1,"v":1'),
        line.replace(HEX.encode(), HEX.upper().encode(), 1) if HEX.encode() in line else line[:-1],
    )
    for other in others:
        with pytest.raises(FormatError):
            read_entry(other)


def test_signatures_have_their_length() -> None:
    short = KeyChanged(probe="a", key=HEX, by=HEX, signature=bytes(63), at=AT)
    with pytest.raises(FormatError):
        read_entry(entry_line(short))


@given(st.sampled_from(ENTRIES), st.integers(0, 10_000), st.binary(max_size=20))
def test_reading_raises_one_error(entry: Entry, place: int, junk: bytes) -> None:
    line = entry_line(entry)
    at = place % len(line)
    for data in (junk, line[:at] + junk + line[at:], line[:at] + junk + line[at + len(junk) :], line[:at]):
        try:
            assert entry_line(read_entry(data)) == data
        except FormatError:
            continue
