"""The clock a probe reads, and what it knows of it."""

from __future__ import annotations

import ctypes
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from schema.record import ClockSeen

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STA_UNSYNC = 0x0040  # adjtimex(2), status bits
_STA_NANO = 0x2000


class Clock(Protocol):
    """Wall time as the records carry it; `at` maps a reading of time.time_ns to it."""

    def now(self) -> datetime:
        """The time, UTC."""

    def at(self, wall_ns: int) -> datetime:
        """The time at which time.time_ns was *wall_ns*."""

    def seen(self) -> ClockSeen:
        """What is known of this clock's source and error."""


class SystemClock:
    """The machine's clock; its error is what the kernel's clock discipline reports."""

    def now(self) -> datetime:
        """The time, UTC."""
        return datetime.now(UTC)

    def at(self, wall_ns: int) -> datetime:
        """The time at which time.time_ns was *wall_ns*, to the microsecond."""
        return _EPOCH + timedelta(microseconds=wall_ns // 1000)

    def seen(self) -> ClockSeen:
        """Offset and maximum error from adjtimex(2); a clock nobody disciplines says so."""
        return _kernel_clock()


class LabClock:
    """A scenario's clock: it stands at the start of the round in progress and runs on with real time from there."""

    def __init__(self) -> None:
        """Start at the epoch; `enter` sets it."""
        self._base = _EPOCH
        self._anchor_ns = time.time_ns()

    def enter(self, starts_at: datetime) -> None:
        """Be at *starts_at* now."""
        self._base = starts_at
        self._anchor_ns = time.time_ns()

    def now(self) -> datetime:
        """The scenario's time, UTC."""
        return self.at(time.time_ns())

    def at(self, wall_ns: int) -> datetime:
        """The scenario's time at which time.time_ns was *wall_ns*."""
        return self._base + timedelta(microseconds=(wall_ns - self._anchor_ns) // 1000)

    def seen(self) -> ClockSeen:
        """A scripted clock is named as one."""
        return ClockSeen(source="scenario")


class _Timex(ctypes.Structure):
    """struct timex of adjtimex(2), as far as it is read here; the rest is room for the kernel to write."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("room", ctypes.c_byte * 512),
    )


def _kernel_clock() -> ClockSeen:
    state = _Timex()
    try:
        result = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(state))
    except (OSError, AttributeError):
        return ClockSeen()
    if result < 0:  # not allowed to look
        return ClockSeen()
    if state.status & _STA_UNSYNC:
        return ClockSeen(source="unsynchronised")
    offset_us = state.offset // 1000 if state.status & _STA_NANO else state.offset
    return ClockSeen(source="kernel", offset_us=offset_us, error_us=state.maxerror, age_s=0)
