from __future__ import annotations

from datetime import UTC, datetime, timedelta

from probe.clock import LabClock, SystemClock

START = datetime(2022, 7, 11, tzinfo=UTC)


def test_the_systems_clock_maps_what_it_reads() -> None:
    """To the microsecond, without a float on the way."""
    assert SystemClock().at(1_657_490_400_123_456_789) == datetime(2022, 7, 10, 22, 0, 0, 123456, tzinfo=UTC)


def test_the_kernel_is_asked_or_said_not_to_know() -> None:
    seen = SystemClock().seen()
    assert seen.source in {"kernel", "unsynchronised", "system"}
    assert (seen.error_us is not None) == (seen.source == "kernel")


def test_a_scenarios_clock_goes_on_from_where_it_is_put() -> None:
    """Also back, where a round took longer than the scenario's step."""
    clock = LabClock()
    for start in (START, START + timedelta(days=1), START):
        clock.enter(start)
        assert start <= clock.now() < start + timedelta(hours=1)
    assert clock.at(clock._anchor_ns + 1_500_000) == START + timedelta(microseconds=1500)
    assert clock.at(clock._anchor_ns - 1_000) == START - timedelta(microseconds=1)
