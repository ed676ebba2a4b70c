"""Reasons through the command: `check` in two languages and as JSON, and the rules themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.acceptance.command import ottempera

if TYPE_CHECKING:
    from tests.acceptance.conftest import Finished


def test_check_says_why_under_each_verdict(finished: Finished) -> None:
    look = ("check", "first.example", "--lab", "--scenario", finished.scenario)
    english, italian = (ottempera(*look, *more).well().out.decode() for more in ((), ("--lang", "it")))
    verdicts = [line for line in english.splitlines() if "  first.example.  " in line]
    assert verdicts
    assert " ".join(english.split()).count(" asked ") == len(verdicts)
    assert " ".join(italian.split()).count(" ha chiesto ") == len(verdicts)
    assert "Indicative only: a single vantage is no evidence." in " ".join(english.split())
    assert "Solo indicativo: un unico punto di misura non è prova." in " ".join(italian.split())


def test_check_explains_in_json_beside_the_verdict(finished: Finished) -> None:
    """A verdict line keeps its keys; the explanation is a line of its own."""
    look = ("check", "first.example", "--lab", "--scenario", finished.scenario, "--json")
    keys = {frozenset(verdict) for verdict in ottempera(*look).well().documents}
    documents = ottempera(*look, "--explain").well().documents
    assert {frozenset(verdict) for verdict in documents[::2]} == keys
    assert all(document["explain"].keys() == {"en", "it"} for document in documents[1::2])
    assert all(document.keys() == {"explain"} for document in documents[1::2])
    for verdict, explained in zip(documents[::2], documents[1::2], strict=True):
        assert verdict["rule"] in explained["explain"]["en"]
        assert verdict["rule"] in explained["explain"]["it"]


def test_every_rule_of_a_row_can_be_looked_up(finished: Finished) -> None:
    rows = ottempera("status", "--json", "--data", finished.data).well().document
    wanted = sorted({row["rule"] for row in rows})
    found = ottempera("rules", *wanted, "--json").well().document
    assert [row["rule"] for row in found] == wanted
    assert all(row["says_it"] and row["change_en"] for row in found)
