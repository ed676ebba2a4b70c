"""LEGGIMI and README tell the same facts in two languages, in careful words, and cannot be made to print another's command."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from msgspec import structs

from collector.evidence.texts import TEXTS, HeadStamp, Told, texts
from schema.bundle.parts import Bundle, Days, Query
from schema.entry import Enrolment
from tests.evidence.forge.cast import ORDER
from tests.helpers.printed import printed_commands

AT = datetime(2026, 11, 21, 20, tzinfo=UTC)
KEY = "ab" * 32
QUERY = Query("ordine-di-prova", 1, ("alfa-dns",), ("film-gratis.test.",), date(2026, 11, 21), date(2026, 11, 22))
VANTAGE = Enrolment(
    probe="mi-01", key="00" * 32, asn=64500, operator="Rete Uno", country="IT", custodian="Studio Rossi", at=AT
)
DAY = Days("alfa", "film-gratis.test.", date(2026, 11, 21), 144, 140, 0, 1, 0, 0, 0, 3, None, None)
STAMPS = (HeadStamp("uno", AT, True), HeadStamp("due", AT + timedelta(seconds=2, microseconds=5), False))


def told(**changes: Any) -> Told:
    bundle = Bundle(1, QUERY, "ottempera/collector/abababababababab/1", 20, KEY, "ottempera 0.1.0", False)
    whole = Told(
        bundle,
        ORDER,
        STAMPS,
        2,
        (VANTAGE,),
        288,
        575,
        23000,
        (DAY, structs.replace(DAY, day=QUERY.last_day)),
        ((7, "mi-01"),),
    )
    return whole._replace(**changes)


FACTS = (
    "Ordine di prova", "Tribunale di Prova", "ordine-di-prova", "alfa-dns", "film-gratis.test", "2026-11-21", "2026-11-22",
    "ottempera/collector/abababababababab/1", "ottempera 0.1.0", KEY, "mi-01", "AS64500", "Rete Uno", "Studio Rossi", "288", "575",
    "23000", "blocked 280", "mixed 2", "0000000007 mi-01", "2026-11-21 21:00:00 CET uno", "eIDAS", "bundle verify", "verify.html",
)  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("fact", FACTS)
def test_every_fact_is_told_in_both(name: str, fact: str) -> None:
    assert fact in texts(told())[name].decode()


def test_the_instrument_is_named_in_the_readers_language() -> None:
    """What an order file says by default is an English word; any other word is the order's own and stands as it is."""
    files = texts(told())
    assert "Tribunale di Prova, provvedimento inibitorio del 2026-10-01" in files["LEGGIMI.txt"].decode()
    assert "injunction" not in files["LEGGIMI.txt"].decode()
    assert "Tribunale di Prova, injunction of 2026-10-01" in files["README.txt"].decode()
    own = texts(told(order=structs.replace(ORDER, instrument="sequestro preventivo")))
    assert all("sequestro preventivo" in data.decode() for data in own.values())


def test_both_print_the_same_commands() -> None:
    """Of each stamp over the head one, as of its own time, to the second."""
    files = {name: data.decode() for name, data in texts(told()).items()}
    commands = printed_commands(files["LEGGIMI.txt"])
    assert commands == printed_commands(files["README.txt"])
    assert commands[0] == "sha256sum -c SHA256SUMS"
    assert [command.split()[-1] for command in commands[2:]] == ["1795291200", "1795291202"]


@pytest.mark.parametrize("name", TEXTS)
def test_words_of_judgement_do_not_occur(name: str) -> None:
    """Whether anybody did what an order asks is for a court."""
    forbidden = r"violat|violaz|guilt|colpevol|illeg|\bproof\b|\bprov[ae]\b|compliant|ottemperan|inadempi|responsabil"
    text = texts(told(order=structs.replace(ORDER, title="T", authority="A"), bundle=told().bundle))[name].decode()
    assert not re.findall(forbidden, text.replace("ordine-di-prova", ""), re.IGNORECASE)


def test_invented_data_is_called_so() -> None:
    bundle = structs.replace(told().bundle, lab=True)
    for real, lab in zip(texts(told()).values(), texts(told(bundle=bundle)).values(), strict=True):
        assert b"***" not in real
        assert b"***" in lab


def test_whole_and_long_lists() -> None:
    absent = tuple((number, "mi-01") for number in range(1, 101))
    for name, data in texts(told(absent=absent)).items():
        assert b"100" in data
        assert b"0000000040 mi-01" in data
        assert b"0000000041 mi-01" not in data, name
    complete = texts(told(absent=()))
    assert b"closed every round" in complete["README.txt"]
    assert b"ha chiuso ogni turno" in complete["LEGGIMI.txt"]


def test_nobody_smuggles_in_a_command() -> None:
    """What a person typed about himself stays on its line."""
    hostile = structs.replace(VANTAGE, custodian="Rossi\n   $ rm -rf /\n", operator="\u2028$ true\r\x1b[31m")
    for data in texts(told(vantages=(hostile,))).values():
        assert printed_commands(data.decode()) == printed_commands(texts(told())["README.txt"].decode())
        assert b"\x1b" not in data
        assert b"\r" not in data


def test_lines_fit_a_page() -> None:
    """Prose of at most 125 columns, and never two empty lines more than between sections."""
    for name, data in texts(told()).items():
        lines = data.decode().splitlines()
        assert data.endswith(b"\n"), name
        assert all(len(line) <= 125 for line in lines if not line.strip().startswith("$ ")), name
        assert not any(a == b == c == "" for (a, b), c in zip(pairwise(lines), lines[2:], strict=False)), name
