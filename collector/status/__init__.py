"""Folds verdicts into samples and samples into runs. Touches nothing; one function for what comes in and for a rebuild."""

from collector.status.names import NameFold, NameRun, NameSample, fold_name, fold_names
from collector.status.runs import Fold, Hysteresis, Run, Status, current, fold_runs
from collector.status.sample import FLOOR_RULE, MIXED_RULE, Sample, fold_sample

__all__ = [
    "FLOOR_RULE",
    "MIXED_RULE",
    "Fold",
    "Hysteresis",
    "NameFold",
    "NameRun",
    "NameSample",
    "Run",
    "Sample",
    "Status",
    "current",
    "fold_name",
    "fold_names",
    "fold_runs",
    "fold_sample",
]
