"""Renders the rule table as the document RULES.md."""

from __future__ import annotations

from collector.judge.rules import FOLDS, RULES
from collector.judge.wording import WORDINGS

_HEAD = """# Rules of judgement

Rendered from `rules.py` and `wording.py` by `python -m collector.judge.render > collector/judge/RULES.md`; a test compares them. The first
that holds of a cell decides it. `how` *by form* means that the form of the answer says how.

| | id | outcome | how | source | says |
|---|---|---|---|---|---|
"""
_FOLDS = """
What cells that say something come to together, where that is nothing:

| id | outcome | source | says |
|---|---|---|---|
"""


def render() -> str:
    """The document."""
    rows = "".join(
        f"| {number} | `{rule.rule_id}` | {rule.outcome} | {_how(rule.outcome, rule.how)} | {rule.source} |"
        f" {WORDINGS[rule.rule_id].en} |\n"
        for number, rule in enumerate(RULES, 1)
    )
    folds = "".join(
        f"| `{fold.rule_id}` | {fold.outcome} | {fold.source} | {WORDINGS[fold.rule_id].en} |\n" for fold in FOLDS
    )
    return _HEAD + rows + _FOLDS + folds


def _how(outcome: str, how: str | None) -> str:
    return how or ("*by form*" if outcome == "blocked" else "")


if __name__ == "__main__":
    print(render(), end="")  # noqa: T201 - what this module is run for
