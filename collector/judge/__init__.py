"""Judges rounds: records in, verdicts out. Touches nothing; the same records give the same verdicts."""

from collector.judge.lines import judge_lines
from collector.judge.round import judge_round
from collector.judge.rules import RULE_IDS, RULES

__all__ = ["RULES", "RULE_IDS", "judge_lines", "judge_round"]
