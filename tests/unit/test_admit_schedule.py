"""When plans start: even steps that go on after a pause and are never dated back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.planner import AHEAD, AHEAD_ROUNDS, resuming, starts_ahead

NOW = datetime(2026, 3, 2, 12, 3, tzinfo=UTC)
STEP_S = 600.0


def test_the_first_plan_starts_at_the_next_whole_step() -> None:
    """So that two deployments ask at the same times."""
    assert resuming(STEP_S, None, NOW)(1) == datetime(2026, 3, 2, 12, 10, tzinfo=UTC)


def test_plans_go_on_from_the_newest() -> None:
    """At even steps."""
    starts_at = resuming(STEP_S, NOW + timedelta(hours=2), NOW)
    assert [starts_at(steps) - NOW for steps in (0, 1, 3)] == [
        timedelta(hours=2),
        timedelta(hours=2, minutes=10),
        timedelta(hours=2, minutes=30),
    ]


def test_after_a_pause_nothing_is_dated_back() -> None:
    """What nobody was told of is not missing; the next plan has the next step."""
    starts_at = resuming(STEP_S, NOW - timedelta(days=2), NOW)
    assert starts_at(1) == datetime(2026, 3, 2, 12, 10, tzinfo=UTC)


@given(st.integers(-(10**7), 10**7), st.sampled_from([60.0, 600.0, 86400.0]))
def test_the_next_plan_is_always_ahead(offset_s: int, step_s: float) -> None:
    """And never before the newest."""
    last = NOW + timedelta(seconds=offset_s)
    starts_at = resuming(step_s, last, NOW)
    assert starts_at(1) > NOW
    assert starts_at(1) > last
    assert starts_at(2) - starts_at(1) == timedelta(seconds=step_s)


@pytest.mark.parametrize("step_s", [60.0, 3600.0])
def test_a_step_of_any_length(step_s: float) -> None:
    """Whole steps count from the epoch."""
    assert resuming(step_s, None, NOW)(1).timestamp() % step_s == 0


@pytest.mark.parametrize(("step_s", "plans"), [(60.0, 60), (600.0, 12), (86400.0, 12)])
def test_twelve_rounds_and_an_hour_are_published_ahead(step_s: float, plans: int) -> None:
    """Both; and not one more."""
    starts = starts_ahead(step_s, None, NOW)
    assert len(starts) == plans
    assert starts[0] > NOW
    assert starts[-1] >= NOW + AHEAD
    assert starts_ahead(step_s, starts[-1], NOW) == ()


@given(st.integers(-(10**5), 10**5), st.sampled_from([60.0, 600.0, 3600.0]), st.integers(0, 10**5))
def test_whoever_looks_later_goes_on_where_the_last_plan_was(offset_s: int, step_s: float, later_s: int) -> None:
    """Each step once, all of them after the newest and after now."""
    newest, now = NOW + timedelta(seconds=offset_s), NOW + timedelta(seconds=later_s)
    starts = starts_ahead(step_s, newest, now)
    assert all(after - before == timedelta(seconds=step_s) for before, after in pairwise(starts))
    assert all(start > max(newest, now) for start in starts)
    last = starts[-1] if starts else newest
    assert last - timedelta(seconds=step_s * (AHEAD_ROUNDS - 1)) > now
    assert last >= now + AHEAD
