"""From a matched batch to what the store writes in its transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collector.receive.logs import SECOND_CLOSE
from collector.store.rows import BatchRow, ObservationRow
from schema.dsse import key_id

if TYPE_CHECKING:
    from datetime import datetime

    from collector.receive.admit import Admitted
    from collector.receive.logs import Followed
    from collector.receive.match import Matched
    from collector.store.facts import Facts
    from collector.store.rows import EquivocationRow


def batch_row(
    batch: Admitted,
    matched: Matched,
    followed: Followed,
    second_closes: tuple[EquivocationRow, ...],
    facts: Facts,
    *,
    received_at: datetime,
    source: str,
) -> BatchRow:
    """*batch* as it is kept: its bytes whole, and a row for each line that its plan asked for or that is of the probe's log."""
    observations = [
        ObservationRow(
            number,
            cell,
            line,
            facts.of(record.answers),
            record.answers[0].us if record.answers else None,
            record.failure,
            record.gap,
            record.at,
        )
        for number, cell, line, record in matched.seen
    ]
    return BatchRow(
        batch.header,
        batch.batch,
        batch.signature,
        batch.body,
        batch.leaves,
        received_at,
        source,
        (*batch.notes, *matched.notes, *followed.notes, *((SECOND_CLOSE,) if second_closes else ())),
        observations,
        tuple((closed.line, closed.plan_number, closed.close) for closed in matched.closed),
        batch.certificates,
        key_id(batch.public_key),
        followed.rows,
        (*followed.equivocations, *second_closes),
    )
