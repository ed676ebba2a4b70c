"""Half a year under an order, through the commands: which days are due, counted, not counted and why, by hand beside it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.command import ottempera, play, rows
from tests.lab.worlds import FILES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Row = dict[str, Any]
MILANO = next(path for path in FILES if path.stem == "milano-2022")
ORDER = "milano-2022-cloudflare"
KICKASS, LIME, CORSARO = "kickasstorrents.to.", "limetorrents.pro.", "ilcorsaronero.pro."

#: Made by hand: time runs from 11 July, whose own day is not counted; thirty days go by; the first day due is 11 August.
#: Its one round is at noon, twelve hours after the name fell due: what was stored before may be kept for a day (the
#: policy's `cache_s`), so a cache may explain it. Cloudflare answers until 20 November, the 133rd round, and withholds from
#: the 134th on. limetorrents.pro exists until 17 October, the 99th. First day, last day, days, what they come to.
_ALIVE = [
    ("2022-07-11", "2022-08-10", 31, "not_due"),
    ("2022-08-11", "2022-08-11", 1, "undetermined"),
    ("2022-08-12", "2022-11-20", 101, "not_compliant"),
    ("2022-11-21", "2022-12-31", 41, "compliant"),
]
BY_HAND = {
    KICKASS: _ALIVE,
    CORSARO: _ALIVE,
    LIME: [
        ("2022-07-11", "2022-08-10", 31, "not_due"),
        ("2022-08-11", "2022-08-11", 1, "undetermined"),
        ("2022-08-12", "2022-10-17", 67, "not_compliant"),
        ("2022-10-18", "2022-11-20", 34, "not_testable"),
        ("2022-11-21", "2022-12-31", 41, "compliant"),
    ],
}
#: Of each name: days due, on which it resolved, withheld, not testable, undetermined.
SUMS = {KICKASS: (143, 101, 41, 0, 1), CORSARO: (143, 101, 41, 0, 1), LIME: (143, 67, 41, 34, 1)}
#: Nobody verified what the sum is for: once a day for the whole order, with the first name of the day.
AMOUNTS = {CORSARO: "1010000", KICKASS: "0", LIME: "0"}
OFFLINE = ("2022-09-20", "2022-09-21", "2022-09-22")  # rounds 72 to 74 of rm-01 come later


def days(first: str, last: str) -> Iterator[str]:
    day = date.fromisoformat(first)
    while day <= date.fromisoformat(last):
        yield day.isoformat()
        day += timedelta(days=1)


def found(data: Path, *options: str) -> list[Row]:
    return rows("findings", data, "--order", ORDER, *options)


def page_of(data: Path, name: str, language: str) -> str:
    """The page of text, on one line."""
    asked = ("--explain", "--order", ORDER, "--name", name, "--lang", language)
    return " ".join(ottempera("findings", *asked, "--data", data).well().out.decode().split())


@pytest.mark.slow
def test_the_days_are_those_of_the_table(milano: Path) -> None:
    """Sums and groups, and with them every day of half a year; only days on which the name resolved are counted."""
    accounts = {row["name"]: row for row in found(milano)}
    assert accounts.keys() == BY_HAND.keys()
    for name, account in accounts.items():
        assert {row["resolver"] for row in account["groups"]} == {"cloudflare"}
        spans = sorted((*span, group["finding"]) for group in account["groups"] for span in group["spans"])
        assert spans == [(first, last, finding) for first, last, _, finding in BY_HAND[name]]
        for first, last, number, finding in BY_HAND[name]:
            (group,) = [one for one in account["groups"] if one["finding"] == finding]
            assert (group["days"], group["counted"]) == (number, finding == "not_compliant")
            assert len(list(days(first, last))) == number
        came = [
            account[f"days_{kind}"] for kind in ("due", "not_compliant", "compliant", "not_testable", "undetermined")
        ]
        assert (tuple(came), account["due_on"]) == (SUMS[name], "2022-08-11")
        assert (account["amount_counted"], account["currency"], account["verified"]) == (AMOUNTS[name], "EUR", True)
    assert sum(int(row["amount_counted"]) for row in accounts.values()) == 101 * 10_000


@pytest.mark.slow
def test_a_vantage_that_delivered_late_counts(milano: Path) -> None:
    """The days of its absence were found anew when its rounds came; all three lines stand in them."""
    for day in OFFLINE:
        for row in found(milano, "--day", day):
            assert (row["finding"], row["counted"], row["vantages"], row["networks"]) == ("not_compliant", True, 3, 3)


@pytest.mark.slow
def test_hypotheses_stand_beside_it(milano: Path) -> None:
    """From the order, as it says; from the appeal of 4 November, by which the first day due is 5 December: no day."""
    for account in found(milano):
        read = {row["reading"]: row for row in account["readings"]}
        assert [name for name, row in read.items() if row["chosen"]] == ["order"]
        appeal = read["confirmation"]
        assert (appeal["starts_on"], appeal["due_on"], appeal["days_not_compliant"], appeal["amount"]) == (
            "2022-11-04", "2022-12-05", 0, "0",
        )  # fmt: skip
        assert read["service"]["starts_on"] is None


@pytest.mark.slow
def test_the_page_says_why(milano: Path) -> None:
    """For counsel, in two languages: since when, which days with which records, what is not counted, what may be said."""
    page = page_of(milano, LIME, "en")
    (row,) = found(milano, "--name", LIME, "--day", "2022-08-12")
    for words in (
        "INVENTED DATA", "First due day: 2022-08-11", "2022-08-12..2022-10-17 (67 days)", "2022-10-18..2022-11-20",
        "the name existed nowhere", "a cache may explain", row["first_witness"], "Covered by rule 2 of version 1: the order names it.", "other_measure:",
    ):  # fmt: skip
        assert words in page, words
    pagina = page_of(milano, LIME, "it")
    for words in (
        "DATI INVENTATI",
        "Primo giorno di obbligo: 2022-08-11",
        "nome risolto in giorno dovuto",
        "67 giorni",
    ):
        assert words in pagina, words
    assert not [word for word in ("violazion", "colpevol", "illecit") if word in pagina.lower()]


@pytest.mark.slow
def test_a_rebuild_finds_the_same(milano: Path) -> None:
    """Every judgement deleted and made again from the ledger: the same rows, and the same page."""
    before = found(milano), ottempera("findings", "--explain", "--json", "--data", milano).well().out
    ottempera("collector", "rebuild", "--data", milano).well()
    assert (found(milano), ottempera("findings", "--explain", "--json", "--data", milano).well().out) == before


def changed(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    """The scenario with other words in some places."""
    text = MILANO.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "changed.toml"
    path.write_text(text, encoding="utf-8")
    return path


UNVERIFIED_ROUNDS = 35


@pytest.mark.slow
def test_what_nobody_verified_costs_nothing(tmp_path: Path, data: Path) -> None:
    """The same world, its facts unverified: no sum, each day says what it would be, and the page which facts are missing.

    All but the day rule: one round a day is too little for the usual one, by which nothing could be said.
    """
    rule = 'day_rule = {{ id = "daily_90", verified = {}'
    unverified = changed(tmp_path, ("verified = true", "verified = false"), (rule.format("false"), rule.format("true")))
    play(unverified, data, UNVERIFIED_ROUNDS).well()
    would = UNVERIFIED_ROUNDS - 32  # 31 rounds before it is due, and one that a cache may explain
    for account in found(data):
        assert (account["amount_counted"], account["verified"], account["days_would_be"]) == ("0", False, would)
        assert account["days_not_compliant"] == 0
        assert {"starts", "grace", "penalty_per_day", "measure"} <= set(account["missing"])
    for row in found(data, "--day", "2022-08-12"):
        assert (row["finding"], row["would_be"]) == ("undetermined", "not_compliant")
        assert (row["reason_id"], row["counted"], row["amount"]) == ("not_verified", False, None)
    page = page_of(data, KICKASS, "en")
    for words in ("Counted: 0 days, 0 EUR", "Nothing of it is counted while these are missing", "penalty_per_day"):
        assert words in page, words


@pytest.mark.slow
def test_a_device_on_the_line_costs_the_resolver_nothing(tmp_path: Path, data: Path) -> None:
    """Cloudflare withholds from the first round, and on one line a device answers in its place that the names are there."""
    scenario = changed(
        tmp_path, ("from_round = 134", "from_round = 1"), ('as = "fastweb"', 'as = "quad9-unfiltered"'),
        ("grace_days = 30", "grace_days = 0"),
    )  # fmt: skip
    play(scenario, data, 4).well()
    shown = [row for row in rows("coverage", data, "--probe", "to-01") if row["intercepted"]]
    assert shown
    for account in found(data):
        assert (account["days_due"], account["days_compliant"], account["amount_counted"]) == (3, 3, "0")
