"""What lies in a probe's spool, and what each batch waits for, read from its disk beside the process that works there."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from probe.batchfile import list_batches
from probe.custody import Custody, Waits
from probe.recovery import Found, list_chains, read_one
from probe.state import ProgressFile
from schema.codec import Wire

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Spooled(Wire, frozen=True, omit_defaults=False):
    """One batch on disk; *waits* is one of `Waits`."""

    chain: str
    number: int
    batch: str
    bytes: int
    receipted: bool
    waits: str


def spooled(state: Path) -> list[Spooled]:
    """Every batch in the spool of *state*, in order of chain and number.

    What was found in the collector's log is forgotten at the end of a process, and such a batch is freed at once: what has
    its receipt and a closed round, and is still here, waits for inclusion.

    Raises:
        OttemperaError: a file is damaged.
    """
    custody, found = Custody(), Found()
    receipts: set[Path] = set()
    for chain in list_chains(state / "spool"):
        custody.begin(chain)
        for path in list_batches(chain.path):
            receipt = path.with_suffix(".receipt")
            if receipt.exists():
                receipts.add(path)
            with suppress(FileNotFoundError):  # the probe at work has freed it meanwhile
                custody.add(read_one(path, chain.chain, None, found), receipted=True)
    begun = ProgressFile(state / "progress.json").value.begun
    for plan in {*found.leaves, *begun}:
        custody.need(plan)
    return [
        Spooled(
            batch.chain,
            batch.number,
            batch.digest,
            batch.size,
            batch.path in receipts,
            waits if batch.path in receipts else Waits.RECEIPT,
        )
        for batch, waits in custody.waits()
    ]


def waiting(rows: Iterable[Spooled]) -> str:
    """How many of *rows* wait for what, in words."""
    counted = Counter(row.waits for row in rows)
    return ", ".join(f"{counted[one]} wait for {one}" for one in Waits if counted[one])
