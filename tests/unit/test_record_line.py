"""The line of a record, against the struct that says what a record is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from probe.observe import record_line
from probe.transport import Heard
from schema.cells import Cell
from schema.codec import encode
from schema.record import VERSION, Answer, HttpSeen, Record, TlsSeen, read_line
from schema.words import Failure, Profile, Role

_NUMBERS = st.integers(0, 2**53 - 1)
_TEXT = st.text(max_size=20)
_ANSWERS = st.lists(st.builds(Answer, _NUMBERS, st.binary(max_size=40), st.none() | st.integers(0, 255)), max_size=3)
_CELLS = st.builds(
    Cell, _NUMBERS, st.sampled_from(Role), _TEXT, _TEXT, _TEXT, st.sampled_from(["IN", "CH"]), _TEXT,
    st.sampled_from(Profile), st.integers(0, 3), st.just(()), st.just(()), st.booleans(),
)  # fmt: skip
_HEARD = st.builds(
    Heard, st.none(), st.binary(max_size=60), _NUMBERS, _NUMBERS, _ANSWERS.map(tuple),
    st.none() | st.sampled_from(Failure),
    st.none() | st.builds(TlsSeen, _TEXT, st.lists(_TEXT, max_size=2).map(tuple), st.booleans()),
    st.none() | st.builds(HttpSeen, st.integers(0, 999), st.dictionaries(_TEXT, _TEXT, max_size=3)),
)  # fmt: skip
_ZONES = st.sampled_from([UTC, timezone(timedelta(hours=2)), timezone(timedelta(minutes=-30))])


@given(
    _CELLS,
    _HEARD,
    _TEXT,
    st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=_ZONES),  # noqa: DTZ001  a bound has no zone
)
def test_it_is_the_records_own_encoding(cell: Cell, heard: Heard, words: str, at: datetime) -> None:
    """Byte for byte, whatever the fields hold, defaults and times on the full second among them."""
    record = Record(
        v=VERSION, plan=words, cell=cell.number, probe=words, at=at, mono_us=heard.sent_mono_ns // 1000, role=cell.role,
        resolver=cell.resolver, endpoint=cell.endpoint, name=cell.name, qclass=cell.qclass, qtype=cell.qtype,
        profile=cell.profile, repeat=cell.repeat, query=heard.query, answers=heard.answers, failure=heard.failure,
        tls=heard.tls, http=heard.http,
    )  # fmt: skip
    line = record_line(heard, cell, plan=words, probe=words, at=at)
    assert line == encode(record)
    read = read_line(line)
    assert isinstance(read, Record)
    assert (read.cell, read.query, read.answers) == (cell.number, heard.query, heard.answers)
