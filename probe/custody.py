"""Which batches a probe holds, what each of them waits for, and when it may let go of them."""

from __future__ import annotations

from enum import StrEnum
from heapq import heapify, heappop
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from probe.recovery import Batch, ChainFolder


class Waits(StrEnum):
    """What a batch waits for before it may be freed; the first that holds."""

    RECEIPT = "receipt"
    ROUND = "round"  # one of which it has records, or a close that is not noted elsewhere
    INCLUSION = "inclusion"  # a head of the probe's log that covers it, in a checkpoint which the probe has cosigned
    NEXT = "next batch"  # the newest of all: the next chain names it


class Custody:
    """Batches by chain and number.

    A batch is let go of when its receipt was checked, every round it has records of is closed, and a head of the probe's
    log that covers it was found in the collector's log: the first head in it or behind it, or, behind the last head of a
    chain that goes on no further, any of a later chain, whose begin names the end of the chain before.

    A collector that lost batches (its database was restored) shows it at the next one of the same chain. For the chains
    before, the newest of each is sent again before the first of a new one: then whoever holds a chain's first batch holds
    what came before it.
    """

    def __init__(self) -> None:
        """Hold nothing."""
        self._chains: list[ChainFolder] = []  # the oldest first
        self._held: dict[str, dict[int, Batch]] = {}
        self._waiting: dict[str, set[int]] = {}  # for a receipt
        self._included: dict[str, int] = {}  # chain -> the greatest size of a head that was found in the log
        self._needed: set[str] = set()  # plans of which a restart would have to know what is here
        self.bytes_used = 0

    @property
    def newest(self) -> Batch | None:
        """The last batch of the last chain that has any."""
        return next((held[max(held)] for held in self._backwards() if held), None)

    def begin(self, folder: ChainFolder) -> None:
        """A chain that comes after all others."""
        self._chains.append(folder)
        self._held[folder.chain], self._waiting[folder.chain] = {}, set()

    def add(self, batch: Batch, *, receipted: bool = False) -> None:
        """Hold *batch*, which comes after all others."""
        self._held[batch.chain][batch.number] = batch
        self.bytes_used += batch.size
        if not receipted:
            self._waiting[batch.chain].add(batch.number)
            if batch.number == 1:
                self._ask_before(batch.chain)

    def need(self, plan: str) -> None:
        """Batches of *plan* stay until `settle`."""
        self._needed.add(plan)

    def settle(self, plan: str) -> None:
        """What a restart would have to know of *plan* is noted elsewhere."""
        self._needed.discard(plan)

    def pending(self) -> Iterator[Batch]:
        """Batches without a receipt, the oldest first."""
        for folder in self._chains:
            heapify(waiting := list(self._waiting[folder.chain]))
            while waiting:  # mostly only the first is asked for
                yield self._held[folder.chain][heappop(waiting)]

    def receipted(self, batch: Batch) -> None:
        """The receipt for *batch* was checked."""
        self._waiting[batch.chain].discard(batch.number)

    def send_again(self, chain: str, number: int) -> list[Batch]:
        """Let every batch of *chain* from *number* on wait for a receipt again; none if that one is no longer held."""
        held, waiting = self._held[chain], self._waiting[chain]
        if number not in held:
            return []
        again = [batch for batch in self.since(chain, number) if batch.number not in waiting]
        waiting.update(batch.number for batch in again)
        if number == 1:
            self._ask_before(chain)
        return again

    def since(self, chain: str, number: int) -> list[Batch]:
        """The batches of *chain* from *number* on, in order."""
        return [batch for later, batch in sorted(self._held[chain].items()) if later >= number]

    def heads(self) -> Iterator[list[Batch]]:
        """For each chain the receipted batches whose heads were not yet found in the collector's log, in order."""
        for folder in self._chains:
            least = self._included.get(folder.chain, 0)
            held = (batch for _, batch in sorted(self._held[folder.chain].items()) if not self._waits(batch))
            if found := [batch for batch in held if batch.head is not None and batch.head.size > least]:
                yield found

    def included(self, chain: str, size: int) -> None:
        """The head of *size* lines of the log of *chain* was found in the collector's."""
        self._included[chain] = max(size, self._included.get(chain, 0))

    def forget_included(self) -> None:
        """The collector begins another log: nothing was found in that one yet."""
        self._included.clear()

    def free_to_go(self) -> list[Batch]:
        """Every batch that waits for nothing."""
        newest = self.newest
        return [
            batch
            for batch, covered in self._covered()
            if covered and not self._waits(batch) and not batch.plans & self._needed and batch is not newest
        ]

    def drop(self, batch: Batch) -> ChainFolder | None:
        """Hold *batch* no more; its chain's folder if that was the last of a chain that has ended."""
        self.bytes_used -= batch.size
        del self._held[batch.chain][batch.number]
        self._waiting[batch.chain].discard(batch.number)
        if self._held[batch.chain] or self._chains[-1].chain == batch.chain:
            return None
        return next(folder for folder in self._chains if folder.chain == batch.chain)

    def waits(self) -> Iterator[tuple[Batch, Waits]]:
        """Each batch that is held with what it waits for, the oldest first."""
        covered, newest = dict(self._covered()), self.newest
        for batch in self._all():
            if self._waits(batch):
                yield batch, Waits.RECEIPT
            elif batch.plans & self._needed:
                yield batch, Waits.ROUND
            else:
                yield batch, Waits.NEXT if covered[batch] or batch is newest else Waits.INCLUSION

    def _ask_before(self, chain: str) -> None:
        """Have the newest batch of each chain before *chain* sent again."""
        for folder in self._chains:
            if folder.chain == chain:
                return
            if held := self._held[folder.chain]:
                self._waiting[folder.chain].add(max(held))

    def _waits(self, batch: Batch) -> bool:
        return batch.number in self._waiting[batch.chain]

    def _all(self) -> Iterator[Batch]:
        for folder in self._chains:
            held = self._held[folder.chain]
            yield from (held[number] for number in sorted(held))

    def _backwards(self) -> Iterator[dict[int, Batch]]:
        return (self._held[folder.chain] for folder in reversed(self._chains))

    def _covered(self) -> Iterator[tuple[Batch, bool]]:
        """Each batch, the newest first, and whether a head that covers it was found in the log."""
        later = False
        for folder in reversed(self._chains):
            held, found = self._held[folder.chain], self._included.get(folder.chain, 0)
            head: int | None = None
            for number in sorted(held, reverse=True):
                batch = held[number]
                head = batch.head.size if batch.head else head
                yield batch, later if head is None else found >= head
            later = later or found > 0
