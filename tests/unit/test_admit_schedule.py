"""When plans start: even steps that go on after a pause and are never dated back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.planner import resuming
from schema.plan import Plan

NOW = datetime(2026, 3, 2, 12, 3, tzinfo=UTC)
STEP_S = 600.0
PLAN = Plan(1, 40, NOW, 60.0, "", "", "", ())


def newest(starts_at: datetime) -> Plan:
    """Plan 40, starting then."""
    return msgspec.structs.replace(PLAN, starts_at=starts_at)


def test_the_first_plan_starts_at_the_next_whole_step() -> None:
    """So that two deployments ask at the same times."""
    assert resuming(STEP_S, None, NOW)(1) == datetime(2026, 3, 2, 12, 10, tzinfo=UTC)


def test_plans_go_on_from_the_newest() -> None:
    """At even steps."""
    starts_at = resuming(STEP_S, newest(NOW + timedelta(hours=2)), NOW)
    assert [starts_at(number) - NOW for number in (40, 41, 43)] == [
        timedelta(hours=2),
        timedelta(hours=2, minutes=10),
        timedelta(hours=2, minutes=30),
    ]


def test_after_a_pause_nothing_is_dated_back() -> None:
    """What nobody was told of is not missing; the next number has the next step."""
    starts_at = resuming(STEP_S, newest(NOW - timedelta(days=2)), NOW)
    assert starts_at(41) == datetime(2026, 3, 2, 12, 10, tzinfo=UTC)


@given(st.integers(-(10**7), 10**7), st.sampled_from([60.0, 600.0, 86400.0]))
def test_the_next_plan_is_always_ahead(offset_s: int, step_s: float) -> None:
    """And never before the newest."""
    last = newest(NOW + timedelta(seconds=offset_s))
    starts_at = resuming(step_s, last, NOW)
    assert starts_at(41) > NOW
    assert starts_at(41) > last.starts_at
    assert starts_at(42) - starts_at(41) == timedelta(seconds=step_s)


@pytest.mark.parametrize("step_s", [60.0, 3600.0])
def test_a_step_of_any_length(step_s: float) -> None:
    """Whole steps count from the epoch."""
    assert resuming(step_s, None, NOW)(1).timestamp() % step_s == 0
