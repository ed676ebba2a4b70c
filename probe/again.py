"""What a collector lost of a chain and can take no more of it: which of it is worth saying again in another chain.

A round that is closed in one chain while some of its records stand in another that the collector cannot take any more
would stay unsealed for ever. So what is still here is said again, line by line, where that makes rounds whole.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from probe.batchfile import read_batch
from schema.record import Certificate, Close, CloseLine, Record, read_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from probe.recovery import Batch
    from schema.record import Line


def worth_again(batches: Sequence[Batch]) -> Iterator[tuple[bytes, Record | CloseLine | Certificate]]:
    """Lines of *batches* that are of a round without a close here, or of one that is here whole; and certificates.

    Raises:
        OttemperaError: a file was changed.
    """
    whole = _whole(batches)
    for line, read in _lines(batches):
        match read:
            case Certificate():
                yield line, read
            case Record(plan=plan) | CloseLine(close=Close(plan=plan)) if plan in whole:
                yield line, read


def _whole(batches: Sequence[Batch]) -> frozenset[str]:
    records: Counter[str] = Counter()
    closed: dict[str, int] = {}
    for _, read in _lines(batches):
        if isinstance(read, Record):
            records[read.plan] += 1
        elif isinstance(read, CloseLine):
            closed[read.close.plan] = read.close.observed
    return frozenset(
        plan for plan in records.keys() | closed.keys() if closed.get(plan, records[plan]) == records[plan]
    )


def _lines(batches: Sequence[Batch]) -> Iterator[tuple[bytes, Line]]:
    return ((line, read_line(line)) for batch in batches for line in read_batch(batch.path).lines())
