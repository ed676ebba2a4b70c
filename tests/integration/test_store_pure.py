"""What the store does without a database: naming statements and answers, packing rows, telling faults apart."""

from __future__ import annotations

import re
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from struct import unpack

import asyncpg
import dns.flags
import dns.message
import dns.rrset
import pytest

from collector.store import AnswerFacts, Facts, ObservationRow
from collector.store.copying import COLUMNS, FAILURE_CODES, GAP_CODES, copy_stream
from collector.store.database import translated
from collector.store.facts import answer_number
from collector.store.statements import load, parse
from schema.errors import ConfigError, FormatError, UnavailableError
from schema.record import Answer
from schema.words import Failure, Gap
from tests.integration.store_examples import START, STEP

STORE = Path(str(files("collector.store")))


def test_statements_have_names_and_explanations() -> None:
    assert parse("-- About.\n\n-- name: one\n-- Why.\nSELECT 1;\n\n-- name: two\n-- Why.\nSELECT 2;\n") == {
        "one": "-- Why.\nSELECT 1;",
        "two": "-- Why.\nSELECT 2;",
    }
    for wrong in ("-- name: one\nSELECT 1;", "-- name: one\n-- A.\nSELECT 1;\n-- name: one\n-- A.\nSELECT 1;"):
        with pytest.raises(ValueError, match="one"):
            parse(wrong)


def test_every_statement_is_used() -> None:
    code = "".join(path.read_text() for path in STORE.glob("*.py"))
    names = {name for path in STORE.glob("*.sql") for name in load(path.name)}
    assert {name for name in names if f'"{name}"' not in code and not name.startswith("dump_")} == set()


def wire(address: str, *, ttl: int = 60, identifier: int = 1) -> bytes:
    """An answer over UDP."""
    answer = dns.message.make_response(dns.message.make_query("example.com", "A", id=identifier))
    answer.flags |= dns.flags.RA
    answer.answer.append(dns.rrset.from_text("example.com.", ttl, "IN", "A", address))
    return answer.to_wire()


def test_facts_are_of_the_first_readable_message() -> None:
    facts = Facts(size=2)
    said = AnswerFacts("NOERROR", ("ra",), ("192.0.2.1",), (), (), 1)
    assert facts.of(()) is None
    assert facts.of((Answer(5, wire("192.0.2.1")),)) == said
    assert facts.of((Answer(5, wire("192.0.2.1", identifier=9)),)) == said
    assert facts.of((Answer(5, b"no"),)) == AnswerFacts(None)
    assert facts.of((Answer(5, b"no"), Answer(6, wire("192.0.2.1")))) == said._replace(messages=2)
    assert facts.of((Answer(5, b"no"), Answer(6, wire("192.0.2.2")))) == said._replace(
        messages=2, addresses=("192.0.2.2",)
    )
    assert facts.of((Answer(5, wire("192.0.2.1")),)) == said


def test_an_answer_has_one_name_everywhere() -> None:
    said = AnswerFacts("NOERROR", ("ra",), ("192.0.2.1",), (), (), 1)
    assert answer_number(said) == answer_number(said._replace())
    content = sha256(b'["NOERROR",["ra"],["192.0.2.1"],[],[],1]').digest()
    assert answer_number(said) == int.from_bytes(content[:8], "big", signed=True)
    assert answer_number(said._replace(messages=2)) != answer_number(said)


def test_each_word_has_a_code_of_its_own() -> None:
    assert FAILURE_CODES.keys() == {None, *Failure}
    assert GAP_CODES.keys() == {None, *Gap}
    for codes in (FAILURE_CODES, GAP_CODES):
        assert sorted(codes.values()) == list(range(len(codes)))


def test_a_row_is_packed_field_by_field() -> None:
    """Source: PostgreSQL documentation, COPY, "Binary Format"; days count from 2000-01-01."""
    facts = AnswerFacts("NOERROR")
    row = ObservationRow(7, 12, 3, facts, 9000, None, None, START + STEP)
    stream = copy_stream([row], {7: START}, {facts: -5}, batch=2, probe_no=1)
    assert stream[:19] == b"PGCOPY\n\xff\r\n\0" + bytes(8)
    assert stream[-2:] == b"\xff\xff"
    fields = unpack("!h iq ii ii ii ii ii ii ih ih ih ih".replace(" ", ""), stream[19:-2])
    assert fields[0] == len(COLUMNS)
    assert dict(zip(COLUMNS, fields[2::2], strict=True)) == {
        "answer": -5,
        "plan_day": 9557,
        "plan_number": 7,
        "cell": 12,
        "batch": 2,
        "rtt_us": 9000,
        "at_ms": 3_600_000,
        "probe_no": 1,
        "line": 3,
        "failure": 0,
        "gap": 0,
    }
    nothing = row._replace(answer=None, rtt_us=None, failure=Failure.TIMEOUT)
    sparse = copy_stream([nothing], {7: START}, {}, batch=2, probe_no=1)
    assert len(sparse) == len(stream) - 8 - 4
    assert sparse.count(b"\xff\xff\xff\xff") == 2


@pytest.mark.parametrize(
    ("raised", "expected", "said"),
    [
        (asyncpg.DiskFullError("no space"), UnavailableError, "no room"),
        (asyncpg.CannotConnectNowError("starting"), UnavailableError, "cannot be reached"),
        (asyncpg.AdminShutdownError("going"), UnavailableError, "cannot be reached"),
        (asyncpg.ConnectionDoesNotExistError("gone"), UnavailableError, "cannot be reached"),
        (ConnectionRefusedError("refused"), UnavailableError, "cannot be reached"),
        (asyncpg.InterfaceError("connection is closed"), UnavailableError, "is closed"),
        (asyncpg.InvalidPasswordError("no"), ConfigError, "refuses the connection"),
        (asyncpg.InvalidCatalogNameError("no"), ConfigError, "refuses the connection"),
        (asyncpg.CharacterNotInRepertoireError("NUL"), FormatError, "cannot hold"),
        (asyncpg.DataError("too big"), FormatError, "cannot hold"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_whose_fault_it_is(raised: Exception, expected: type[Exception], said: str) -> None:
    with pytest.raises(expected, match=said), translated():
        raise raised


def test_what_is_nobodys_fault_is_not_renamed() -> None:
    with pytest.raises(asyncpg.UniqueViolationError), translated():
        raise asyncpg.UniqueViolationError("twice")


def test_comments_of_migrations_name_what_they_are_for() -> None:
    for path in sorted(Path(str(files("schema").joinpath("sql", "migrations"))).glob("*.sql")):
        first = path.read_text().splitlines()[0]
        assert re.fullmatch(r"-- [A-Z].*", first), path.name
