"""The page for counsel and the tables: what is counted as spans, what is not and why, what is missing, in two languages."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from collector.compliance.amounts import settle_amounts
from collector.compliance.explain import Account, explain
from collector.compliance.explain_words import amount_words
from collector.compliance.facts import FindingDay
from collector.compliance.history import History, Version
from collector.compliance.missing_words import missing_words
from collector.compliance.readings import readings
from collector.compliance.reasons import because
from collector.compliance.spans import Span, grouped, spans
from collector.compliance.sums import sums
from collector.compliance.verification import Field, fields
from deploy.findings_text import day_rows, empty, pages, sum_rows, tables
from schema.order import (
    DayRuleChoice,
    Document,
    Measure,
    Notice,
    NoticeKind,
    Order,
    Penalty,
    Per,
    Scope,
    ScopeRule,
    Service,
    Stay,
    Terms,
    Unknown,
)
from schema.words import Finding, State

NAME = "kickasstorrents.to."
FIRST = date(2026, 3, 1)
DAY = timedelta(days=1)
WITNESSES = ("a" * 64, "b" * 64)
_WORDS = {
    "n": 3,
    "planned": 4,
    "countable": 4,
    "blocked": 0,
    "start": FIRST,
    "due": FIRST + 2 * DAY,
    "missing": "grace",
}
REASONS = {
    Finding.NOT_DUE: "time_to_comply",
    Finding.NOT_COMPLIANT: "name_resolved",
    Finding.COMPLIANT: "withheld",
    Finding.NOT_TESTABLE: "name_dead",
    Finding.UNDETERMINED: "not_verified",
}
#: One of each value that an order may leave unverified.
EVERYTHING: dict[str, Any] = {
    "persons": 2,
    "document": Document("0" * 64),
    "confirmed_on": FIRST,
    "valid_to": FIRST + 300 * DAY,
    "penalty_per_day": Penalty("10000", "EUR", per=Per.NAME, relapse=True),
    "terms": (Terms("cloudflare", served_on=FIRST, effective_from=FIRST, grace_days=3, ends_on=FIRST + 300 * DAY),),
    "day_rule": DayRuleChoice("daily_90"),
    "measure": Measure(dns_only=True),
    "service": (Service("cloudflare"),),
    "stay": (Stay(FIRST),),
    "notice": (Notice(NoticeKind.SERVICE, "cloudflare", datetime(2026, 3, 1, 9, tzinfo=UTC), "Anna"),),
}
LETTERS = {"-": Finding.NOT_DUE, "x": Finding.NOT_COMPLIANT, "c": Finding.COMPLIANT, "d": Finding.NOT_TESTABLE}


def order(**changes: Any) -> Order:
    given: dict[str, Any] = {
        "id": "an-order",
        "title": "An order",
        "authority": "A court",
        "issued_on": FIRST,
        "addressees": ("cloudflare",),
        "starts_on": FIRST,
        "starts_verified": True,
        "grace_days": 1,
        "grace_verified": True,
        "penalty_per_day": Penalty("10000.50", "EUR", verified=True),
        "scope": (Scope(NAME, ScopeRule.EXACT, verified=True),),
    }
    return Order(**given | changes)


def row(number: int, letter: str, **changes: Any) -> FindingDay:
    """One day: - not due, x resolved, c withheld, d dead, u resolved on a due day whose facts nobody verified."""
    finding = LETTERS.get(letter, Finding.UNDETERMINED)
    reason = because(REASONS[finding], **_WORDS)
    given: dict[str, Any] = {
        "order_id": "an-order",
        "operator": "cloudflare",
        "resolver": "cloudflare",
        "name": NAME,
        "day": FIRST + number * DAY,
        "finding": finding,
        "reason": reason.text,
        "state": State.OPEN,
        "networks": 2,
        "samples_planned": 4,
        "samples_countable": 4,
        "first_witness": WITNESSES[0],
        "last_witness": WITNESSES[1],
        "rule": "dense_90",
        "amount": None,
        "currency": None,
        "version": 1,
        "reason_id": reason.reason_id,
        "would_be": Finding.NOT_COMPLIANT if letter == "u" else None,
        "counted": letter == "x",
        "vantages": 3,
        "custodians": ("Anna", "Bruno"),
        "samples_blocked": 0,
        "amount_beside": None,
        "reason_values": reason.kept,
        "seen": Finding.NOT_COMPLIANT if letter in "xu" else finding,
    }
    return FindingDay(**given | changes)


def account(letters: str, *, invented: str = "", **changes: Any) -> Account:
    """The days of *letters*, from the first of March on."""
    history = History([Version(1, order(**changes), datetime(2026, 3, 1, 9, tzinfo=UTC), "Anna", "the first")])
    days = settle_amounts(history, [row(number, letter) for number, letter in enumerate(letters)])
    (total,) = sums(history, days)
    return Account(history, total, days, readings(history, days), (), invented)


def said(given: Account, language: str) -> str:
    return " ".join(" ".join(explain(given, language)).split())


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [((), []), ((1,), [(1, 1)]), ((3, 1, 2, 2), [(1, 3)]), ((1, 2, 4, 30, 31), [(1, 2), (4, 4), (30, 31)])],
)
def test_days_that_follow_each_other_are_one_span(numbers: tuple[int, ...], expected: list[tuple[int, int]]) -> None:
    found = spans(FIRST + number * DAY for number in numbers)
    assert found == tuple(Span(FIRST + first * DAY, FIRST + last * DAY) for first, last in expected)
    assert sum(span.days for span in found) == len(set(numbers))


def test_groups_hold_every_row_once() -> None:
    """By what a row came to and why; what is counted first; figures that differ from day to day as a range."""
    rows = [row(number, letter) for number, letter in enumerate("--xxdxcu")]
    rows += [row(8, "x", reason_values=because("name_resolved", **_WORDS | {"countable": 12}).kept)]
    groups = grouped(rows)
    assert sorted(one.day for group in groups for one in group.rows) == [one.day for one in rows]
    assert (groups[0].finding, groups[0].counted) == (Finding.NOT_COMPLIANT, True)
    assert [str(span) for span in groups[0].spans] == ["2026-03-03..2026-03-04", "2026-03-06", "2026-03-09"]
    assert "4-12" in groups[0].reason("en")
    assert groups[-1].finding is Finding.NOT_DUE


def test_counted_days_stand_with_their_records() -> None:
    text = said(account("--xxdxx"), "en")
    assert "First due day: 2026-03-03." in text
    assert "Counted: 4 days, 40,002.00 EUR." in text
    assert text.count("(2 days), cloudflare: name resolved on a due day") == 2
    assert text.count(f"first record that decided {WITNESSES[0]}") == 2
    assert "kept by Anna, Bruno" in text
    assert "the name existed nowhere" in text
    assert "Every fact that the counted days rest on is verified." in text
    assert "INVENTED" not in text
    testo = said(account("--xxdxx"), "it")
    assert "Conteggiati: 4 giorni, 40.002,00 EUR." in testo
    assert "Primo giorno di obbligo: 2026-03-03." in testo
    assert "nome risolto in giorno dovuto" in testo


@pytest.mark.parametrize(("language", "words"), [("en", "INVENTED DATA: a lab"), ("it", "DATI INVENTATI: a lab")])
def test_invented_data_say_so_first(language: str, words: str) -> None:
    assert explain(account("--x", invented="a lab"), language)[0].startswith(words)


def test_what_is_missing_is_said_with_what_it_would_be() -> None:
    text = said(account("--uu", grace_verified=False), "en")
    assert "Counted: 0 days, 0 EUR." in text
    assert "None." in text
    assert "2 days would be days on which the name resolved, 20,001.00 EUR." in text
    assert "(if everything were verified: name resolved on a due day)" in text
    assert "grace: the time to comply" in text
    testo = said(account("--uu", grace_verified=False), "it")
    assert "grace: il termine per adempiere" in testo


@pytest.mark.parametrize("field", fields(order(**EVERYTHING)), ids=lambda field: field.name)
def test_each_value_that_may_be_missing_is_said_in_words(field: Field) -> None:
    for italian in (False, True):
        assert missing_words(order(), field.name, italian=italian).startswith(f"{field.name}: ")


def test_an_open_question_is_told_as_it_was_asked() -> None:
    asked = order(unknown=(Unknown("document", "Which?"),))
    assert missing_words(asked, "unknown document", italian=True) == "questione aperta: Which?"


def test_a_sum_that_stands_with_another_name_is_said_so() -> None:
    stands = ("countable=1", "blocked=0", "planned=1", "resolver=r", "name=n.")
    days = [row(2, "x", reason_id="counted_with", reason_values=stands), row(3, "x")]
    given = account("--xx")._replace(days=days)
    assert "on 1 of these days it stands with another name" in said(given, "en")


def test_an_order_that_never_falls_due_says_so() -> None:
    demand = [row(0, "-", reason_id="demand", reason_values=())]
    history = History([Version(1, order(instrument="demand"), datetime(2026, 3, 1, 9, tzinfo=UTC))])
    (total,) = sums(history, demand)
    text = said(Account(history, total, demand, readings(history, demand), ()), "en")
    assert "No day falls due: not due: a letter of demand binds nobody." in text


def test_amounts_are_exact() -> None:
    assert amount_words(Decimal("1234567.10"), "en") == "1,234,567.10"
    assert amount_words(Decimal("1234567.10"), "it") == "1.234.567,10"


def test_rows_for_programs() -> None:
    """Everything that the tables and pages are made of."""
    given = account("--xxc")
    (total,) = sum_rows([given])
    assert [(group["finding"], group["days"], group["counted"]) for group in total["groups"]] == [
        (Finding.NOT_COMPLIANT, 2, True),
        (Finding.COMPLIANT, 1, False),
        (Finding.NOT_DUE, 2, False),
    ]
    assert [one["reading"] for one in total["readings"] if one["chosen"]] == ["order"]
    assert [one["day"] for one in day_rows([given], FIRST + 2 * DAY)] == [FIRST + 2 * DAY]
    (page,) = pages([given])
    assert page["text"].keys() == {"en", "it"}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("INVENTED DATA: a lab", "20,001.00 EUR", "time runs from", "2026-03-03..2026-03-04", "not due")),
        (
            "it",
            ("DATI INVENTATI: a lab", "20.001,00 EUR", "il termine decorre da", "nome risolto in giorno dovuto"),
        ),
    ],
)
def test_tables_say_the_same(language: str, words: tuple[str, ...]) -> None:
    """Sums, readings whose day is known, and days by reason; every table of invented data says so."""
    console = Console(width=250, file=StringIO(), record=True)
    for table in tables([account("--xxc", invented="a lab")], language):
        console.print(table)
    text = console.export_text()
    assert [word for word in words if word not in text] == []
    assert text.count(words[0]) == 3
    assert "publication" not in text


def test_nothing_found_says_what_to_do() -> None:
    assert "orders import" in empty("en", [], asked=False)
    assert "a-b" in empty("en", ["a-b"], asked=True)
    assert "collector rebuild" in empty("it", ["a-b"], asked=False)


def test_no_id_is_cut_off() -> None:
    """Where a table is too narrow its ids go on in the next line: they are there to be quoted."""
    out = StringIO()
    for table in tables([account("--xxdxcu")], "it"):
        Console(file=out, width=110).print(table)
    assert "…" not in out.getvalue()
