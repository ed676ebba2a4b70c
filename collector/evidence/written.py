"""The collector's log as this process has read it: its tree, what proves lines of it, and how it grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collector.evidence.log import begin, compose
from collector.store.unlogged import Since
from schema.errors import EvidenceError
from schema.log import Tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from collector.store import Store
    from collector.store.log import LogRow


class WrittenLog:
    """The newest log of the database. The caller lets one reading or entering happen at a time."""

    def __init__(self, store: Store, public_key: bytes, *, now: Callable[[], datetime]) -> None:
        """Read from *store*; a log that has to be begun is *public_key*'s."""
        self._store = store
        self._public_key = public_key
        self._now = now
        self._since = Since()
        self.row: LogRow | None = None
        self.tree = Tree()

    async def read(self) -> LogRow:
        """The log, read up to its end; begun if there is none."""
        row = self.row or await self._store.log()
        if row is None:
            row = await self._store.begin_log(*begin(1, self._public_key, self._now()), self._now())
        self.row = row
        for leaf in await self._store.leaves(row.log, len(self.tree)):
            self.tree.append(leaf)
        return row

    async def enter(self) -> bool:
        """Let everything that the ledger holds be in the log; whether anything is new there.

        Raises:
            EvidenceError: the database holds other lines than were read before.
        """
        row = self.row or await self.read()
        entered = await self._store.sequence(row.log, self._since, compose)
        self._since = self._since.after(entered.rows)
        if entered.size == len(self.tree):
            for leaf in entered.leaves:
                self.tree.append(leaf)
        else:
            await self.read()
        size = entered.size + len(entered.leaves)
        if len(self.tree) != size or (entered.last and self.tree.leaf(entered.size - 1) != entered.last):
            raise EvidenceError(f"the database holds {size} lines of the log, other than were read before")
        return bool(entered.leaves)

    def consistency(self, old: int, size: int) -> tuple[bytes, ...]:
        """What shows that *old* lines are the beginning of *size*.

        Raises:
            IndexError: there are not so many.
        """
        return self.tree.consistency(old, size)

    async def inclusion(self, leaf: bytes, size: int) -> tuple[int, tuple[bytes, ...]] | None:
        """Where *leaf* stands among the first *size* lines, and what shows it; None if it does not.

        Raises:
            IndexError: there are not so many.
        """
        index = await self._store.index_of(self.row.log, leaf) if self.row else None
        if index is None or index >= size:
            return None
        return index, self.tree.inclusion(index, size)

    async def lines(self, first: int, count: int) -> list[bytes]:
        """At most *count* lines from *first* on."""
        return await self._store.log_lines(self.row.log, first, count) if self.row else []
