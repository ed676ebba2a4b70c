"""Remembers the lines of rounds that are under way, so that a round is usually judged without reading it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from collector.rounds import Lines, Round

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collector.receive.match import Matched

_MOST_BYTES: Final = 64 * 1024 * 1024  # of lines; beyond it the oldest round is read back from the ledger


class Buffer:
    """Lines by round. It may forget; the seal of a close tells whether what it has is whole."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._lines: dict[Round, Lines] = {}
        self._lent: set[Round] = set()  # and nothing came since
        self._bytes = 0

    def add(self, probe: str, lines: Sequence[bytes], matched: Matched) -> set[Round]:
        """Remember what a batch of *probe* brought; the rounds that may be ready for judging because of it.

        Those are the ones it closes, and the ones that were not under way here: they may have been closed before.
        """
        ready = {Round(closed.plan_number, probe) for closed in matched.closed}
        self._lent -= ready
        rounds = {number: Round(number, probe) for number in sorted({seen.plan_number for seen in matched.seen})}
        for one in rounds.values():
            self._lent.discard(one)
            if one not in self._lines:
                self._lines[one] = {}
                ready.add(one)
        for number, cell, place, record in matched.seen:
            known = self._lines[rounds[number]]
            if cell in known:  # which of the two counts, the ledger's order decides
                self.forget(rounds[number])
                known = self._lines[rounds[number]] = {}
            line = lines[place]
            known[cell] = line, record
            self._bytes += len(line)
        while self._bytes > self._most_bytes:
            self.forget(next(iter(self._lines)))
        return ready

    def lend(self, one: Round) -> Lines:
        """What is remembered of a round now; what comes later does not change it."""
        self._lent.add(one)
        return dict(self._lines.get(one, {}))

    def settle(self, one: Round) -> bool:
        """Let go of a round that is judged; whether nothing came while it was lent."""
        complete = one in self._lent
        self._lent.discard(one)
        self.forget(one)
        return complete

    def forget(self, one: Round) -> None:
        """Let go of a round."""
        self._bytes -= sum(len(line) for line, _ in self._lines.pop(one, {}).values())
