"""Renders the rules as the document RULES.md and, with `--sql`, as the rows of the view `analyst.rules`; tests compare both."""

from __future__ import annotations

import sys
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from collector.judge.rulebook import rulebook

if TYPE_CHECKING:
    from collector.judge.rulebook import RuleRow

VIEW: Final = files("schema").joinpath("sql", "analyst", "rules.sql")
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
_BEFORE, _AFTER = "    VALUES\n", "\n) AS sentence ("  # what the rows stand between in the view


def render() -> str:
    """The document."""
    rows = rulebook()
    cells = "".join(
        f"| {row.rank} | `{row.rule}` | {row.outcome} | {_how(row)} | {row.source} | {row.says_en} | {row.change_en} |\n"
        for row in rows
        if row.level == "cell"
    )
    return _HEAD + cells + _FOLDS + _together(rows, "round") + _SAMPLES + _together(rows, "sample")


def render_sql(view: str) -> str:
    """*view*, the text of `schema/sql/analyst/rules.sql`, with the rows that the rules have now."""
    head, _, rest = view.partition(_BEFORE)
    _, _, tail = rest.partition(_AFTER)
    rows = ",\n".join(f"    ({', '.join(_values(row))})" for row in rulebook())
    return f"{head}{_BEFORE}{rows}{_AFTER}{tail}"


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
    if "--sql" in sys.argv[1:]:
        print(render_sql(VIEW.read_text(encoding="utf-8")), end="")  # noqa: T201 - what this module is run for
    else:
        print(render(), end="")  # noqa: T201 - same
