"""Lines of a probe's stream: the contract's examples, every kind by any spelling, and hostile bytes."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.codec import encode
from schema.errors import FormatError
from schema.record import BatchLine, Certificate, CloseLine, GapRange, Record, gap_line, read_line, read_record
from schema.words import Failure, Gap, Profile, Role

PLAN = "ab" * 32
RECORD = {
    "v": 1, "plan": PLAN, "cell": 17, "probe": "mi-01", "at": "2026-11-21T20:00:00.123456Z", "mono_us": 123456789,
    "role": "target", "resolver": "cloudflare", "endpoint": "tls:1.1.1.1:853#one.one.one.one",
    "name": "kickasstorrents.to.", "class": "IN", "type": "A", "profile": "edns", "repeat": 0,
    "query": b64encode(b"query").decode(), "answers": [{"us": 12034, "wire": b64encode(b"wire").decode(), "ttl": 58}],
    "failure": None, "tls": {"version": "TLSv1.3", "chain": ["cd" * 32], "verified": True}, "http": None, "gap": None,
}  # fmt: skip
CERTIFICATE = {"v": 1, "cert": "cd" * 32, "der": b64encode(b"der").decode()}
CLOSE = {
    "v": 1,
    "close": {
        "plan": PLAN, "cells": 812, "observed": 809, "gaps": [{"from": 40, "to": 42, "reason": "breaker"}],
        "root": "ef" * 32,
    },
}  # fmt: skip
BATCH = {
    "v": 1,
    "batch": {
        "probe": "mi-01", "chain": "c0ffee", "number": 1, "boot": "b007", "build": "0.1.0", "at": "2026-11-21T20:00:00Z",
        "clock": {"source": "system"}, "net": {"address": "192.0.2.1"}, "lab": True,
    },
}  # fmt: skip
KINDS = [(RECORD, Record), (CERTIFICATE, Certificate), (CLOSE, CloseLine), (BATCH, BatchLine)]


def line(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode()


def test_record_of_the_contract() -> None:
    record = read_line(line(RECORD))
    assert isinstance(record, Record)
    assert record.at == datetime(2026, 11, 21, 20, 0, 0, 123456, tzinfo=UTC)
    assert (record.role, record.qclass, record.qtype, record.profile) == (Role.TARGET, "IN", "A", Profile.EDNS)
    assert record.query == b"query"
    assert record.answers[0].wire == b"wire"
    assert record.tls
    assert record.tls.verified


def test_close_of_the_contract() -> None:
    close = read_line(line(CLOSE))
    assert isinstance(close, CloseLine)
    assert close.close.gaps == (GapRange(40, 42, Gap.BREAKER),)


@pytest.mark.parametrize(("fields", "kind"), KINDS, ids=lambda value: getattr(value, "__name__", ""))
def test_any_spelling_is_the_same_line(fields: dict[str, Any], kind: type) -> None:
    """Order of keys and blanks do not decide what a line is, only what it hashes to."""
    read = read_line(line(fields))
    assert type(read) is kind
    assert read_line(line(dict(reversed(fields.items())))) == read
    assert read_line(json.dumps(fields, indent=1).encode()) == read
    assert read_line(encode(read)) == read


def test_defaults_may_be_left_out() -> None:
    short = {key: value for key, value in RECORD.items() if value is not None and key not in {"class", "repeat"}}
    assert read_line(line(short)) == read_line(line(RECORD))


@pytest.mark.parametrize(("fields", "kind"), KINDS, ids=lambda value: getattr(value, "__name__", ""))
@pytest.mark.parametrize("version", [0, 2, "1", None, 1.5, True, -1, 10**30])
def test_another_version(fields: dict[str, Any], kind: type, version: object) -> None:
    """`v` names an exact set of fields: what another version means is not guessed."""
    changed = {**fields, "v": version}
    for spelled in (changed, dict(reversed(changed.items()))):
        with pytest.raises(FormatError):
            read_line(line(spelled))


@pytest.mark.parametrize(("fields", "kind"), KINDS, ids=lambda value: getattr(value, "__name__", ""))
def test_unknown_field(fields: dict[str, Any], kind: type) -> None:
    with pytest.raises(FormatError, match="colour"):
        read_line(line({**fields, "colour": "red"}))


@pytest.mark.parametrize("field", ["v", "plan", "cell", "probe", "at", "role", "resolver", "endpoint", "name", "type"])
def test_missing_field(field: str) -> None:
    with pytest.raises(FormatError, match=field):
        read_line(line({key: value for key, value in RECORD.items() if key != field}))


@pytest.mark.parametrize(
    "change",
    [
        {"failure": "bored"}, {"gap": "lunch"}, {"role": "witness"}, {"profile": "doh"}, {"query": "*"}, {"cell": "17"},
        {"at": "yesterday"}, {"at": "2026-11-21T20:00:00"}, {"answers": {}}, {"answers": [{"us": 1}]}, {"tls": []},
        {"http": {"status": 200, "headers": {"date": 1}}}, {"cell": 1.5}, {"cell": True}, {"name": None},
    ],
)  # fmt: skip
def test_wrong_value(change: dict[str, Any]) -> None:
    with pytest.raises(FormatError):
        read_record(line({**RECORD, **change}))


@pytest.mark.parametrize("failure", Failure)
def test_every_failure(failure: Failure) -> None:
    record = read_line(line({**RECORD, "failure": failure.value, "answers": []}))
    assert isinstance(record, Record)
    assert record.failure is failure


@pytest.mark.parametrize("reason", Gap)
def test_gap_line(reason: Gap) -> None:
    """The canonical line of a gap is JSON that names the cell and the reason."""
    written = gap_line(PLAN, "mi-01", 40, reason)
    assert json.loads(written) == {"v": 1, "plan": PLAN, "cell": 40, "probe": "mi-01", "gap": reason.value}


HOSTILE = [
    b"",
    b"\n",
    b"null",
    b"[]",
    b"{}",
    b"1",
    b'"x"',
    b'{"v":1}',
    b'{"v":1,"cert":',
    b"\xff",
    b"[" * 100_000,
    b'{"v":1,"close":null}',
]


@pytest.mark.parametrize("data", HOSTILE, ids=lambda data: repr(data[:16]))
def test_hostile(data: bytes) -> None:
    with pytest.raises(FormatError):
        read_line(data)


@pytest.mark.parametrize(
    "prefix", [b'{"v":1,"plan":', b'{"v":1,"close":', b'{"v":1,"cert":', b'{"v":1,"batch":', b'{"a":']
)
def test_nesting_without_end(prefix: bytes) -> None:
    with pytest.raises(FormatError):
        read_line(prefix + b"[" * 100_000)


@given(st.binary(max_size=200) | st.builds(lambda head, tail: head + tail, st.sampled_from(HOSTILE), st.binary()))
def test_only_format_error_comes_out(data: bytes) -> None:
    with pytest.raises(FormatError):
        read_line(data)


@given(st.sampled_from([line(fields) for fields, _ in KINDS]), st.data())
def test_mutated(written: bytes, data: st.DataObject) -> None:
    """A line with some bytes changed is read or refused, nothing else; what was read can be written and read again."""
    mutated = bytearray(written)
    for _ in range(data.draw(st.integers(1, 4))):
        mutated[data.draw(st.integers(0, len(mutated) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = read_line(bytes(mutated))
    except FormatError:
        return
    assert read_line(encode(read)) == read


@pytest.mark.parametrize(("number", "taken"), [(2**53 - 1, True), (2**53, False), (-(2**53), False), (10**400, False)])
def test_numbers_that_every_reader_holds(number: int, *, taken: bool) -> None:
    """RFC 8259 §6: beyond 53 bits two programs would read two numbers in one line."""
    line = encode(RECORD | {"mono_us": 0}).replace(b'"mono_us":0', b'"mono_us":%d' % number)
    if taken:
        assert read_record(line).mono_us == number
        return
    with pytest.raises(FormatError):
        read_record(line)
