"""What one round says of one resolver and name, as `ottempera judge` prints it."""

from __future__ import annotations

from schema.codec import Wire, reader
from schema.words import How, Note, Origin, Outcome


class Counts(Wire, frozen=True, omit_defaults=False):
    """How many target cells said what."""

    blocked: int = 0
    open: int = 0
    other: int = 0


class Verdict(Wire, frozen=True, omit_defaults=False):
    """A conclusion with its witness (lowest deciding cell and its leaf hash), its counts and its rule."""

    plan: str
    probe: str
    resolver: str
    name: str
    outcome: Outcome
    how: How | None
    origin: Origin | None
    label: str | None
    site: str | None
    rule: str
    witness: int | None
    witness_digest: str | None
    counts: Counts
    endpoints: dict[str, Outcome]
    notes: tuple[Note, ...] = ()


read_verdict = reader(Verdict, "verdict")
