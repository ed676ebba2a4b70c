"""What a receipt promises: by when the heads in a batch stand in the collector's log (sp-004 §1)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from schema.errors import FormatError
from schema.receipt import read_envelope, read_receipt

if TYPE_CHECKING:
    from datetime import datetime

    from probe.recovery import Batch


def promised_by(batch: Batch) -> datetime | None:
    """The time that the receipt of *batch* names; none if it names none, or is not on disk."""
    try:
        receipt = read_receipt(read_envelope(batch.path.with_suffix(".receipt").read_bytes()).payload)
        return receipt.received_at + timedelta(seconds=receipt.within_s) if receipt.within_s > 0 else None
    except (OSError, FormatError, OverflowError):
        return None


def broken(batch: Batch, now: datetime) -> str:
    """What to say of a batch whose heads are not in the log at *now*; empty if they need not be yet."""
    by = promised_by(batch)
    if by is None or now <= by:
        return ""
    return (
        f"the collector promised batch {batch.number} of chain {batch.chain} in its log by {by.isoformat()}, and it is not. "
        f"Keep {batch.path.with_suffix('.receipt')}, which shows the promise, and ask whoever runs the collector."
    )
