"""The lines of a probe's stream that wait in memory for their batch, and how many of them one batch takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from probe.log import with_head

if TYPE_CHECKING:
    from schema.record import Head

MAX_LINES = 1000
#: What lines of one batch come to at most (one that is longer stands alone): collectors refuse bodies of 8 MiB, and what
#: hostile resolvers answer does not compress.
MAX_BYTES = 4 * 1024 * 1024


class Part(NamedTuple):
    """What goes into one batch: its lines, the plans it may speak of, and the last head among the lines."""

    lines: list[bytes]
    plans: frozenset[str]
    head: Head | None


class Waiting:
    """Lines in order; a line of the probe's log stands as one with the head that covers it, and is never parted from it."""

    def __init__(self) -> None:
        """Nothing waits."""
        self._lines: list[bytes] = []
        self._heads: list[tuple[int, Head]] = []  # with the places of their lines
        self._bytes = 0
        self._plans: set[str] = set()

    def __len__(self) -> int:
        """How many lines wait."""
        return len(self._lines)

    def add(self, line: bytes, *, plan: str = "", head: Head | None = None) -> None:
        """Take *line*, of the round of *plan*; *head* covers it."""
        if head is not None:
            self._heads.append((len(self._lines), head))
            line = with_head(line, head)
        self._lines.append(line)
        self._bytes += len(line)
        if plan:
            self._plans.add(plan)

    @property
    def enough(self) -> bool:
        """Whether there is enough for a batch."""
        return len(self._lines) >= MAX_LINES or self._bytes >= MAX_BYTES

    def first(self) -> Part:
        """What the next batch takes; at least one line, where one waits."""
        count = self._fitting()
        heads = [head for place, head in self._heads if place < count]
        return Part(self._lines[:count], frozenset(self._plans), heads[-1] if heads else None)

    def written(self, part: Part) -> None:
        """*part*, which is what `first` gave, is on disk."""
        count = len(part.lines)
        self._lines = self._lines[count:]
        self._heads = [(place - count, head) for place, head in self._heads if place >= count]
        self._bytes -= sum(map(len, part.lines))
        if not self._lines:
            self._plans = set()

    def _fitting(self) -> int:
        if len(self._lines) <= MAX_LINES and self._bytes <= MAX_BYTES:
            return len(self._lines)
        count = size = 0
        for line in self._lines[:MAX_LINES]:
            size += len(line)
            if count and size > MAX_BYTES:
                break
            count += 1
        return count
