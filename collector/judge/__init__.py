"""Judges rounds: records in, verdicts out. Touches nothing; the same records give the same verdicts."""

from collector.judge.lines import judge_lines
from collector.judge.round import Judged, judge_round, judge_whole
from collector.judge.rules import RULE_IDS, RULES
from collector.judge.setting import Memory

__all__ = ["RULES", "RULE_IDS", "Judged", "Memory", "judge_lines", "judge_round", "judge_whole"]
