"""Remembers the lines of rounds that are under way, so that a round is usually judged without reading it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from schema.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collector.receive.match import Matched
    from schema.record import Close

Lines: TypeAlias = dict[int, tuple[bytes, Record]]
"""The line and the record of each cell of a round; of a cell that came twice, the first."""

_MOST_LINES: Final = 200_000  # some hundred MiB at the most; beyond it the oldest round is read back from the ledger


class Rounds:
    """Lines and closes by plan and probe. It may forget; the seal of a close tells whether what it has is whole."""

    def __init__(self, most_lines: int = _MOST_LINES) -> None:
        self._most_lines = most_lines
        self._lines: dict[tuple[int, str], Lines] = {}
        self._closes: dict[tuple[int, str], Close] = {}
        self._count = 0

    def add(self, probe: str, lines: Sequence[bytes], matched: Matched) -> list[int]:
        """Remember what a batch of *probe* brought; the numbers of the plans it closes."""
        for seen in matched.seen:
            round_lines = self._lines.setdefault((seen.plan_number, probe), {})
            if seen.cell not in round_lines:
                round_lines[seen.cell] = lines[seen.line], seen.record
                self._count += 1
        for closed in matched.closed:
            self._closes.setdefault((closed.plan_number, probe), closed.close)
        while self._count > self._most_lines:
            self._drop(next(iter(self._lines)))
        return [closed.plan_number for closed in matched.closed]

    def lines(self, plan_number: int, probe: str) -> Lines:
        """What is remembered of a round."""
        return self._lines.get((plan_number, probe), {})

    def close(self, plan_number: int, probe: str) -> Close | None:
        """The close of a round, if it came to this process."""
        return self._closes.get((plan_number, probe))

    def forget(self, plan_number: int, probe: str) -> None:
        """Let go of a round that is judged."""
        self._drop((plan_number, probe))
        self._closes.pop((plan_number, probe), None)

    def _drop(self, key: tuple[int, str]) -> None:
        self._count -= len(self._lines.pop(key, {}))
