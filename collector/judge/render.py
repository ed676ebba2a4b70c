"""Renders the rules as the document RULES.md and, with `--sql`, as the view `analyst.rules`; tests compare both."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from collector.judge.rulebook import rulebook

if TYPE_CHECKING:
    from collector.judge.rulebook import RuleRow

_HEAD: Final = """# Rules of judgement

Rendered from `rules.py` and `wording.py` by `python -m collector.judge.render > collector/judge/RULES.md`; a test compares them. The first
that holds of a cell decides it. `how` *by form* means that the form of the answer says how.

| | id | outcome | how | source | says | what would change it |
|---|---|---|---|---|---|---|
"""
_FOLDS: Final = """
What cells that say something come to together, where that is nothing:

| id | outcome | source | says | what would change it |
|---|---|---|---|---|
"""
_SAMPLES: Final = """
What the verdicts of all vantages on one plan come to, where no single verdict stands for it:

| id | state | source | says | what would change it |
|---|---|---|---|---|
"""
_VIEW: Final = """-- What each rule says and what would change it, in English and Italian: join on the column `rule` of any view.
-- Rendered from the code by `python -m collector.judge.render --sql > schema/sql/analyst/rules.sql`; a test compares them.

CREATE OR REPLACE VIEW analyst.rules AS
SELECT
    sentence.rule,
    sentence.level,
    sentence.rank,
    sentence.outcome,
    sentence.how,
    sentence.source,
    sentence.says_en,
    sentence.says_it,
    sentence.change_en,
    sentence.change_it
FROM (
    VALUES
{rows}
) AS sentence (rule, level, rank, outcome, how, source, says_en, says_it, change_en, change_it);

COMMENT ON VIEW analyst.rules IS 'Every rule by which answers, rounds and plans are judged, in words that can be read to a court.';
COMMENT ON COLUMN analyst.rules.rule IS 'Id of the rule, permanent: a new meaning gets a new id.';
COMMENT ON COLUMN analyst.rules.level IS 'What it judges: cell (one answer), round (the answers of one round) or sample (all vantages of one plan).';
COMMENT ON COLUMN analyst.rules.rank IS 'Place among the rules of a cell, of which the first that holds decides; null for the others.';
COMMENT ON COLUMN analyst.rules.outcome IS 'What it concludes.';
COMMENT ON COLUMN analyst.rules.how IS 'By what answer the name is withheld; null where the form of the answer says so, and where nothing is withheld.';
COMMENT ON COLUMN analyst.rules.source IS 'The clause that justifies it: a standard, an operator''s documentation, a decision of this project (ADR).';
COMMENT ON COLUMN analyst.rules.says_en IS 'What it says of the answer, in English.';
COMMENT ON COLUMN analyst.rules.says_it IS 'What it says of the answer, in Italian.';
COMMENT ON COLUMN analyst.rules.change_en IS 'What would change the conclusion, in English.';
COMMENT ON COLUMN analyst.rules.change_it IS 'What would change the conclusion, in Italian.';
"""


def render() -> str:
    """The document."""
    rows = rulebook()
    cells = "".join(
        f"| {row.rank} | `{row.rule}` | {row.outcome} | {_how(row)} | {row.source} | {row.says_en} | {row.change_en} |\n"
        for row in rows
        if row.level == "cell"
    )
    return _HEAD + cells + _FOLDS + _together(rows, "round") + _SAMPLES + _together(rows, "sample")


def render_sql() -> str:
    """The view."""
    return _VIEW.format(rows=",\n".join(f"    ({', '.join(_values(row))})" for row in rulebook()))


def _together(rows: tuple[RuleRow, ...], level: str) -> str:
    return "".join(
        f"| `{row.rule}` | {row.outcome} | {row.source} | {row.says_en} | {row.change_en} |\n"
        for row in rows
        if row.level == level
    )


def _how(row: RuleRow) -> str:
    return row.how or ("*by form*" if row.outcome == "blocked" else "")


def _values(row: RuleRow) -> list[str]:
    rank = "NULL::integer" if row.rank is None else str(row.rank)
    how = "NULL::text" if row.how is None else _text(row.how)
    says = (row.source, row.says_en, row.says_it, row.change_en, row.change_it)
    return [_text(row.rule), _text(row.level), rank, _text(row.outcome), how, *map(_text, says)]


def _text(value: str) -> str:
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


if __name__ == "__main__":
    print(render_sql() if "--sql" in sys.argv[1:] else render(), end="")  # noqa: T201 - what this module is run for
