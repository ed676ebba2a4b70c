"""Intervals as people read them, and what two ends of a time come to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from collector.compliance.speed import Followed, Interval, Within, distribution, interval
from deploy.behaviour import between, length
from schema.words import State
from tests.helpers.runs import run

AT = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"), (59, "59 s"), (60, "1 min"), (61, "1 min 1 s"), (3600, "1 h"), (5400, "1 h 30 min"), (86_400, "1 d"),
        (90_000, "1 d 1 h"), (3 * 86_400 + 7200, "3 d"),
    ],
)  # fmt: skip
def test_length(seconds: int, words: str) -> None:
    assert length(seconds) == words


def test_between() -> None:
    assert between(None, None) == "-"
    assert between(0, 600) == "0 s to 10 min"
    assert between(86_400, None) == "more than 1 d, not yet"


@pytest.mark.parametrize(
    ("after_s", "by_s", "words"),
    [
        (132 * 86_400 + 43_200, 133 * 86_400 + 43_200, "132 d to 134 d"),
        (86_401, 2 * 86_400 + 82_801, "1 d to 3 d"),
        (3601, 7199, "1 h to 2 h"),
        (59, 61, "59 s to 1 min 1 s"),
    ],
)
def test_what_is_said_holds_what_was_measured(after_s: int, by_s: int, words: str) -> None:
    """Neither end is rounded into the interval."""
    assert between(after_s, by_s) == words


def test_the_change_lies_between_two_samples() -> None:
    """Open until an hour after, mixed, blocked from three hours after: the limit decides only outside of that."""
    runs = [
        run(State.OPEN, AT - HOUR, AT + HOUR, AT + 2 * HOUR),
        run(State.MIXED, AT + 2 * HOUR, AT + 2 * HOUR, AT + 3 * HOUR),
        run(State.BLOCKED, AT + 3 * HOUR, AT + 9 * HOUR, None),
    ]
    for hours, within in ((0.5, Within.NO), (1, Within.NO), (2, Within.UNDECIDED), (3, Within.YES), (9, Within.YES)):
        found = interval(runs, AT, AT + hours * HOUR)
        assert found == Interval(Followed.LATER, 3600, 3 * 3600, within)


def test_nothing_is_known_without_samples() -> None:
    assert interval([], AT, AT + HOUR) == Interval(Followed.NOT_SEEN, 0, None, Within.UNDECIDED)


def test_a_quantile_lies_between_those_of_the_ends() -> None:
    """Whatever the true lengths in their intervals are, their median lies between the two that are told."""
    ends = [(0, 60), (30, 900), (600, 601), (700, None), (10, 3600)]
    told = distribution([Interval(Followed.LATER, low, high, Within.UNDECIDED) for low, high in ends])
    assert (told.median, told.p90) == ((30, 900), (700, None))
    assert (told.share_at_least, told.share_at_most) == (0.0, 1.0)
    for share in (0.0, 0.5, 1.0):
        true = sorted(low + share * ((high or 10**9) - low) for low, high in ends)
        assert told.median[0] is not None
        assert told.median[1] is not None
        assert told.median[0] <= true[2] <= told.median[1]


def test_what_was_withheld_before_has_no_length() -> None:
    told = distribution([Interval(Followed.ALREADY, None, None, Within.YES)])
    assert (told.median, told.p90, told.share_at_least) == ((None, None), (None, None), 1.0)
