"""What one round says of one resolver and name, as `ottempera judge` prints it."""

from __future__ import annotations

from schema.codec import Whole, Wire, reader
from schema.words import Failure, Ground, How, Note, Origin, Outcome, Sign


class Counts(Wire, frozen=True, omit_defaults=False):
    """How many target cells said what."""

    blocked: Whole = 0
    open: Whole = 0
    other: Whole = 0


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
    witness: Whole | None
    witness_digest: str | None
    counts: Counts
    endpoints: dict[str, Outcome]
    notes: tuple[Note, ...] = ()


class Interception(Wire, frozen=True, omit_defaults=False):
    """Another than the resolver is shown to answer at one of its endpoints, in one round, by these signs (sorted)."""

    plan: str
    probe: str
    resolver: str
    endpoint: str
    signs: tuple[Sign, ...]


class NameFacts(Wire, frozen=True, omit_defaults=False):
    """What independent operators say of a name in one round, whichever resolver is judged.

    `name_servers` (sorted) and `soa` (`mname rname`, empty if unknown) are what at least two operators agree on.
    """

    plan: str
    probe: str
    name: str
    ground: Ground
    name_servers: tuple[str, ...] = ()
    soa: str = ""
    parked: bool = False


class MeasureFacts(Wire, frozen=True, omit_defaults=False):
    """What the site of a name answered over HTTPS in one round (sp-001 §7); no part of any verdict.

    `status` is null where none counts, `failure` then says why; `witness_digest` is the record's leaf hash, hex.
    """

    plan: str
    probe: str
    cell: Whole
    name: str
    address: str
    status: Whole | None
    failure: Failure | None
    headers: dict[str, str]
    witness_digest: str


read_verdict = reader(Verdict, "verdict")
