"""What `bundle show` prints is what the bundle holds; dnspython is the oracle of what a message says."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING

import dns.message
import dns.rcode
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.evidence.dig import dig
from collector.evidence.show import as_json as written
from collector.evidence.show import overview, overview_facts, round_json, show_cell, show_round
from schema.bundle.container import pack
from schema.errors import ConfigError, EvidenceError, FormatError, OttemperaError
from schema.record import read_record
from tests.evidence.forge.cast import NAME
from tests.evidence.forge.stories import bundle, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

HOUSE = plain()
PACKED = bundle(HOUSE).pack()


def opened() -> BytesIO:
    return BytesIO(PACKED)


@pytest.mark.parametrize("lang", ["en", "it"])
def test_the_overview_says_who_where_when(lang: str) -> None:
    text = "\n".join(overview(opened(), lang))
    for fact in (
        "mi-01",
        "rm-01",
        "Studio Rossi",
        "AS64501",
        "film-gratis.test",
        "2026-11-21",
        "alfa-dns",
        "uno (",
        "due (",
    ):
        assert fact in text
    assert re.search(r"2026-11-21  alfa  film-gratis.test: 2 .*: blocked 2", text)
    assert ("Invented" if lang == "en" else "inventati") in text
    assert "bundle verify" in text


def test_the_overview_for_programs() -> None:
    facts = json.loads(written(overview_facts(opened())))
    assert facts["bundle"]["query"]["names"] == [NAME]
    assert [plan["number"] for plan in facts["plans"]] == [1, 2]
    assert len(facts["rounds"]) == 4
    assert {row["resolver"] for row in facts["days"]} == {"alfa", "beta"}


@pytest.mark.parametrize("lang", ["en", "it"])
def test_a_round_lists_every_record_and_its_conclusions(lang: str) -> None:
    lines = list(show_round(opened(), 1, "mi-01", lang))
    text = "\n".join(lines)
    records = [json.loads(line) for line in round_json(opened(), 1, "mi-01", None)]
    assert records
    for record in records:
        assert any(line.startswith(f"  {record.get('cell'):>5}  ") and record["endpoint"] in line for line in lines)
    assert f"alfa, {NAME}: blocked" in text
    assert ("Conclusion: blocked" if lang == "en" else "Conclusione: ") in text


@pytest.mark.parametrize("lang", ["en", "it"])
def test_a_record_is_printed_as_dig_would(lang: str) -> None:
    for line in round_json(opened(), 2, "rm-01", None):
        record = read_record(line.encode())
        text = "\n".join(show_cell(opened(), 2, "rm-01", record.cell, lang))
        assert record.endpoint in text
        for wire in (record.query, *(answer.wire for answer in record.answers)):
            message = dns.message.from_wire(wire)
            assert f"status: {dns.rcode.to_text(message.rcode())}, id: {message.id}" in text
            for rrset in (*message.answer, *message.authority):
                for rdata in rrset:
                    assert f"{str(rrset.name).lower()}\t{rrset.ttl}\tIN\t{rdata.rdtype.name}\t{rdata}" in text  # 0x20


def test_one_record_for_programs_is_its_exact_line() -> None:
    lines = list(round_json(opened(), 1, "mi-01", 0))
    assert len(lines) == 1
    assert lines[0].encode() in bundle(HOUSE).lines("rounds/0000000001/mi-01.jsonl")


NOT_THERE = [
    (lambda: list(show_round(opened(), 9, "mi-01")), "no plan 9"),
    (lambda: list(show_round(opened(), 1, "xx-01")), "xx-01 closed no round of plan 1"),
    (lambda: list(show_round(opened(), 1, "../../keys/x")), "closed no round"),
    (lambda: list(show_cell(opened(), 1, "mi-01", 9999)), "no cell 9999"),
]


@pytest.mark.parametrize(("ask", "words"), NOT_THERE, ids=[words for _, words in NOT_THERE])
def test_what_is_not_there_is_said(ask: Callable[[], object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        ask()


@pytest.mark.parametrize("data", [b"", b"PK", PACKED[:-1], PACKED[: len(PACKED) // 2], b"x" * 4096])
def test_what_is_no_bundle_is_refused(data: bytes) -> None:
    with pytest.raises((FormatError, EvidenceError)):
        list(overview(BytesIO(data)))


RECORDS = """id 7
opcode QUERY
rcode {rcode}
flags QR RD RA
edns 0
eflags DO
payload 1232
;QUESTION
film.example. IN A
;ANSWER
film.example. 60 IN CNAME alias.example.
alias.example. 60 IN A 198.51.100.7
alias.example. 60 IN AAAA 2001:db8::7
alias.example. 60 IN TXT "a \\"quoted\\" one" "and\\009tab"
alias.example. 60 IN MX 10 mail.example.
;AUTHORITY
example. 300 IN SOA ns.example. root.example. 1 2 3 4 300
example. 300 IN NS ns.example.
"""


def test_every_kind_of_record_is_printed() -> None:
    message = dns.message.from_text(RECORDS.format(rcode="NXDOMAIN"))
    text = "\n".join(dig(message.to_wire()))
    for rrset in (*message.answer, *message.authority):
        for rdata in rrset:
            shown = str(rdata) if rdata.rdtype.name != "MX" else "\\# "
            assert f"{rrset.name}\t{rrset.ttl}\tIN\t{rdata.rdtype.name}\t{shown}" in text
    assert ";; flags: qr rd ra; QUERY: 1, ANSWER: 5, AUTHORITY: 2, ADDITIONAL: 1" in text
    assert "flags: do; udp: 1232" in text


@given(st.binary(max_size=600))
def test_no_bytes_break_it_or_reach_the_terminal(wire: bytes) -> None:
    for line in dig(wire):
        assert all(one.isprintable() or one == "\t" for one in line), line


@given(st.integers(0, len(HOUSE.entries)), st.binary(min_size=1, max_size=40), st.integers(0, 10_000))
def test_bytes_inside_a_real_message(flip: int, noise: bytes, place: int) -> None:
    answer = read_record(next(round_json(opened(), 1, "mi-01", 6)).encode()).answers[0].wire
    at = place % len(answer)
    for line in dig(answer[:at] + noise + answer[at + flip :]):
        assert all(one.isprintable() or one == "\t" for one in line), line


DRAFT = bundle(HOUSE)
SHOWN = [name for name in sorted(DRAFT.files) if name.endswith((".json", ".jsonl"))]
AT_THE_END = b'"at":"9999-12-31T23:59:59.5Z"'


def show_everything(data: bytes) -> list[str]:
    """Every line of every kind; a refusal ends one kind."""
    said: list[str] = []
    kinds: list[Callable[[], Iterable[str]]] = [
        lambda: overview(BytesIO(data), "it"),
        lambda: [written(overview_facts(BytesIO(data)))],
        lambda: show_round(BytesIO(data), 1, "mi-01"),
        lambda: show_cell(BytesIO(data), 1, "mi-01", 6),
    ]
    for ask in kinds:
        with suppress(OttemperaError):
            said += ask()
    return said


@given(st.sampled_from(SHOWN), st.integers(0, 10**6), st.integers(0, 4), st.binary(max_size=8))
def test_a_hostile_file_is_shown_or_refused(name: str, place: int, cut: int, noise: bytes) -> None:
    """Whatever stands in a file: one kind of error and nothing that a terminal obeys; that it is signed says nothing."""
    files = dict(DRAFT.files)
    data = files[name]
    at = place % len(data)
    files[name] = data[:at] + noise + data[at + cut :]
    for line in show_everything(pack(files)):
        assert all(one.isprintable() or one == "\t" for one in line if line[0] != "{"), line


def test_a_time_at_the_end_of_time_is_shown_or_refused() -> None:
    files = dict(DRAFT.files)
    for name in SHOWN:
        files[name] = re.sub(
            rb'"(at|starts_at|not_before|not_after)":"[^"]*"',
            lambda found: b'"' + found[1] + AT_THE_END[3:],
            files[name],
        )
    said = show_everything(pack(files))
    assert any("9999" in line for line in said)
