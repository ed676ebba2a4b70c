"""How large, how long and how odd a batch may be."""

from __future__ import annotations

from schema.codec import Wire

MIB = 1024 * 1024


class Limits(Wire, frozen=True):
    """Bounds on what a probe may send; beyond them a batch is refused, except for clocks, which are noted.

    `window_bytes` is the zstd window, which bounds the memory of a decompression that declares no size.
    """

    body_bytes: int = 8 * MIB
    plain_bytes: int = 64 * MIB
    window_bytes: int = 8 * MIB
    line_bytes: int = 4 * MIB  # a record has 256 KiB at most; the close of a long plan under a ceiling has many gaps
    lines: int = 20_000
    waiting_bytes: int = 256 * MIB  # of bodies that all requests together hold
    text_chars: int = 256  # of each text in a batch header
    read_s: float = 60.0
    clock_ahead_s: float = 600.0
    clock_behind_s: float = 400 * 86400.0  # a vantage cut off for a year may still deliver
