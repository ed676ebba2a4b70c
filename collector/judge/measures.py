"""What the sites of names answered over HTTPS in one round. No verdict is drawn from it, and none looks at it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schema.endpoint import parse_endpoint
from schema.log import leaf_hash
from schema.measures import KEPT_HEADERS, STATUSES, is_measure_at, plain
from schema.verdict import MeasureFacts
from schema.words import Failure, Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schema.record import Record


def measures_of(records: Iterable[tuple[bytes, Record]]) -> list[MeasureFacts]:
    """The facts in *records*, lines with what they hold, in order; of two records of one cell the first counts.

    A status counts where the certificate was good for the name and no failure is told; what a probe kept beyond the closed
    list of headers is left out.

    Raises:
        FormatError: a record's endpoint is none.
    """
    found: dict[int, MeasureFacts] = {}
    for line, record in records:
        if record.role is not Role.MEASURE or record.gap is not None or record.cell in found:
            continue
        endpoint = parse_endpoint(record.endpoint)
        if not is_measure_at(endpoint, record.name):
            continue
        status, failure = _status(record)
        kept = record.http.headers if record.http is not None and status is not None else {}
        found[record.cell] = MeasureFacts(
            record.plan,
            record.probe,
            record.cell,
            record.name,
            endpoint.address,
            status,
            failure,
            {name: plain(kept[name]) for name in sorted(kept.keys() & KEPT_HEADERS)},
            leaf_hash(line).hex(),
        )
    return list(found.values())


def _status(record: Record) -> tuple[int | None, Failure | None]:
    """The status that counts, or why there is none; what a sound probe never writes is a fault of framing."""
    if record.failure is not None:
        return None, record.failure
    if record.tls is None or not record.tls.verified:
        return None, Failure.TLS_UNTRUSTED
    if record.http is None or record.http.status not in STATUSES:
        return None, Failure.FRAMING
    return record.http.status, None
