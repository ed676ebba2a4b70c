"""Every rule in words: whole, in both languages, the same in the document, in SQL and in the command."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from collector.judge import RULE_IDS
from collector.judge.cli import rules
from collector.judge.render import VIEW, render, render_sql
from collector.judge.rulebook import as_text, rulebook
from collector.judge.wording import SAMPLE_RULES, WORDINGS, Wording
from collector.status import sample
from schema.errors import ConfigError
from schema.words import State

DOCUMENT = Path(__file__).parents[2] / "collector" / "judge" / "RULES.md"
ALL = [*WORDINGS.items(), *((one.rule_id, one.wording) for one in SAMPLE_RULES)]


@pytest.mark.parametrize(("rule", "wording"), ALL, ids=[rule for rule, _ in ALL])
def test_each_rule_has_four_sentences(rule: str, wording: Wording) -> None:
    for sentence in wording:
        assert sentence.endswith("."), rule
        assert sentence[0].isupper(), rule
        assert sentence.isprintable()
        assert sentence == " ".join(sentence.split())
    assert len(set(wording)) == len(wording)


def test_every_rule_has_its_row() -> None:
    rows = [row.rule for row in rulebook()]
    assert rows == [*RULE_IDS, sample.MIXED_RULE, sample.FLOOR_RULE]
    assert [one.state for one in SAMPLE_RULES] == [State.MIXED, State.INSUFFICIENT]


def test_the_first_that_holds_is_told_by_the_rank() -> None:
    ranks = [row.rank for row in rulebook() if row.level == "cell"]
    assert ranks == list(range(1, len(ranks) + 1))
    assert all(row.rank is None for row in rulebook() if row.level != "cell")


def test_the_document_is_rendered() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == render()


def test_the_view_is_rendered() -> None:
    """After a change print it with `python -m collector.judge.render --sql`, then put that in the file's place."""
    view = VIEW.read_text(encoding="utf-8")
    assert view == render_sql(view)
    assert view.count("\n    ('") == len(rulebook())


class TestCommand:
    """`ottempera rules`."""

    def test_all_of_them(self, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        rules([], "en", as_json=True)
        out, _ = capfdbinary.readouterr()
        assert [row["rule"] for row in msgspec.json.decode(out)] == [row.rule for row in rulebook()]

    @pytest.mark.parametrize("language", ["en", "it"])
    def test_one(self, language: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        rules(["ede_censored"], language, as_json=False)
        out, _ = capfdbinary.readouterr()
        text, wording = out.decode(), WORDINGS["ede_censored"]
        says, change = (wording.en, wording.change_en) if language == "en" else (wording.it, wording.change_it)
        assert text.startswith("ede_censored\n")
        assert says in text
        assert change in text
        assert "RFC 8914 §4.17" in text

    def test_how_is_told_where_the_rule_has_one(self) -> None:
        row = next(row for row in rulebook() if row.rule == "google_refused")
        assert "blocked (refused)" in as_text(row, "en")

    def test_an_id_of_no_rule(self, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        with pytest.raises(ConfigError, match="nope"):
            rules(["ede_censored", "nope"], "en", as_json=False)
        assert capfdbinary.readouterr().out == b""
