"""Every rule as a row: what decides a cell, what keeps cells from deciding together, what keeps networks from it."""

from __future__ import annotations

from collector.judge.rules import FOLDS, RULES
from collector.judge.wording import SAMPLE_RULES, WORDINGS
from schema.codec import Wire
from schema.words import How, Outcome, State

_LABELS = {
    "en": ("concludes", "source", "would change it"),
    "it": ("conclude", "fonte", "che cosa lo cambierebbe"),
}


class RuleRow(Wire, frozen=True, omit_defaults=False):
    """One rule, for tables and for people.

    `level` is `cell` (one answer), `round` (the answers of one round) or `sample` (the vantages of one plan); `rank` is its
    place among the rules of a cell, of which the first that holds decides, null elsewhere; `how` null means by the form of
    the answer, or not at all.
    """

    rule: str
    level: str
    rank: int | None
    outcome: Outcome | State
    how: How | None
    source: str
    says_en: str
    says_it: str
    change_en: str
    change_it: str


def rulebook() -> tuple[RuleRow, ...]:
    """All rules, in the order of the document."""
    cells = [
        RuleRow(rule.rule_id, "cell", rank, rule.outcome, rule.how, rule.source, *WORDINGS[rule.rule_id])
        for rank, rule in enumerate(RULES, 1)
    ]
    folds = [
        RuleRow(fold.rule_id, "round", None, fold.outcome, None, fold.source, *WORDINGS[fold.rule_id]) for fold in FOLDS
    ]
    samples = [
        RuleRow(one.rule_id, "sample", None, State(one.state), None, one.source, *one.wording) for one in SAMPLE_RULES
    ]
    return (*cells, *folds, *samples)


def as_text(row: RuleRow, language: str) -> str:
    """One rule for people, on a few lines."""
    concludes, source, change = _LABELS[language]
    says, changes = (row.says_en, row.change_en) if language == "en" else (row.says_it, row.change_it)
    how = f" ({row.how})" if row.how else ""
    return f"{row.rule}\n  {says}\n  {concludes}: {row.outcome}{how}; {source}: {row.source}\n  {change}: {changes}\n"
