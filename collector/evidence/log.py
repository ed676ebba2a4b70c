"""What enters the collector's log of the ledger's rows, and in which order (sp-005)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collector.store.log import LogRow, NewEntry
from schema.dsse import key_id
from schema.entry import (
    Enrolment,
    Equivocation,
    KeyChanged,
    LogBegins,
    OrderEntered,
    PlanPublished,
    PolicyKept,
    ProbeCheckpoint,
    QuestionsKept,
    Stamped,
    Standing,
    entry_line,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from collector.store.unlogged import OpenRows
    from schema.entry import Entry

_KEY_CHARS = 16


def log_origin(public_key: bytes, number: int) -> str:
    """The name of a collector's log, from 1."""
    return f"ottempera/collector/{key_id(public_key)[:_KEY_CHARS]}/{number}"


def begin(
    number: int, public_key: bytes, at: datetime, *, after: str | None = None, reason: str = ""
) -> tuple[LogRow, NewEntry]:
    """Log *number* and its first entry; *after* is the text of the last checkpoint known of the one before."""
    origin = log_origin(public_key, number)
    line = entry_line(LogBegins(origin=origin, key=public_key.hex(), at=at, after=after, reason=reason))
    return LogRow(number, origin, public_key), NewEntry("log", origin, line)


def compose(rows: OpenRows) -> list[NewEntry]:
    """The entries of *rows*: what others rest on stands before them.

    Policies, questions, enrolments and keys before plans and heads; tokens before plans, which name the newest; within
    each kind in the order in which the rows are given, so that numbers of plans rise and heads of a chain grow.
    """
    return [
        NewEntry(kind, ref, entry_line(entry))
        for part in (_registry, _standing, _time, _came)
        for kind, ref, entry in part(rows)
    ]


def _registry(rows: OpenRows) -> Iterator[tuple[str, str, Entry]]:
    for digest in rows.policies:
        yield "policy", digest, PolicyKept(digest=digest)
    for digest in rows.questions:
        yield "questions", digest, QuestionsKept(digest=digest)
    for one in rows.vantages:
        yield "enrolment", one.probe, Enrolment(
            probe=one.probe, key=one.key, asn=one.asn, operator=one.operator, country=one.country,
            custodian=one.custodian, at=one.enrolled_at,
        )  # fmt: skip
    for key in rows.keys:
        changed = KeyChanged(probe=key.probe, key=key.key, by=key.by, signature=key.signature, at=key.since)
        yield "key", f"{key.probe}/{key.key_id}", changed


def _standing(rows: OpenRows) -> Iterator[tuple[str, str, Entry]]:
    for event in rows.standings:
        ref = f"{event.probe}/{event.kind}/{_microseconds(event.at)}"
        yield "standing", ref, Standing(probe=event.probe, event=event.kind, reason=event.reason, at=event.at)
    for order in rows.orders:
        entered = OrderEntered(order=order.order_id, version=order.version, digest=order.digest, at=order.entered_at)
        yield "order", f"{order.order_id}/{order.version}", entered


def _time(rows: OpenRows) -> Iterator[tuple[str, str, Entry]]:
    for stamp in rows.stamps:
        yield "stamp", stamp.token, Stamped(
            size=stamp.size, authority=stamp.authority, token=stamp.token, certificate=stamp.certificate,
            at=stamp.gen_at, accuracy_us=stamp.accuracy_us,
        )  # fmt: skip
    for plan in rows.plans:
        yield (
            "plan",
            str(plan.number),
            PlanPublished(
                number=plan.number, plan=plan.plan, starts_at=plan.starts_at, key=plan.key, signature=plan.signature
            ),
        )


def _came(rows: OpenRows) -> Iterator[tuple[str, str, Entry]]:
    for told in rows.equivocations:
        entry = Equivocation(probe=told.probe, what=told.what, digests=tuple(told.digests), at=told.at)
        yield "equivocation", str(told.equivocation), entry
    for head in rows.heads:
        yield (
            "probe_checkpoint",
            f"{head.probe}/{head.chain}/{head.size}",
            ProbeCheckpoint(
                probe=head.probe,
                chain=head.chain,
                size=head.size,
                root=head.root,
                key=head.key,
                signature=head.signature,
            ),
        )


def _microseconds(at: datetime) -> int:
    """Since 1970, exactly."""
    whole = int(at.replace(microsecond=0).timestamp())
    return whole * 1_000_000 + at.microsecond
