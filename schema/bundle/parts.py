"""What stands in the files of a bundle that are not lines of somebody's log."""

from __future__ import annotations

from datetime import date

from schema.codec import Digest, Instant, Whole, Wire, reader
from schema.words import How, Note, Origin, State

VERSION = 1


class Query(Wire, frozen=True, omit_defaults=False):
    """What was asked for; the whole answer is in the bundle. Days are Europe/Rome, both included."""

    order: str
    version: Whole
    operators: tuple[str, ...]  # slugs, sorted
    names: tuple[str, ...]  # A-labels with the final dot, sorted
    first_day: date
    last_day: date


class Bundle(Wire, frozen=True, omit_defaults=False):
    """`bundle.json`: the question and the head of the log under which it is answered; `key` (hex id) signs the bundle."""

    v: Whole
    query: Query
    origin: str
    size: Whole
    key: Digest
    program: str
    lab: bool = False


class RoundHead(Wire, frozen=True, omit_defaults=False):
    """How the lines below hang together with the round's close.

    `chain` and `leaf`: where the close stands in the probe's log. `proof` is `schema.log.Tree.subset` of the chosen cells'
    places, in hex: a place counts the cells of the plan that apply to the probe, from 0.
    """

    plan: Digest
    number: Whole
    probe: str
    chain: str
    leaf: Whole
    chosen: tuple[Whole, ...]  # cells (by their number in the plan), ascending
    proof: tuple[Digest, ...]


class RoundLine(Wire, frozen=True, omit_defaults=False):
    """The first line of a file under `rounds/`; after it the chosen cells' records, exact lines, by cell."""

    v: Whole
    round: RoundHead


class RoundTimes(Wire, frozen=True, omit_defaults=False):
    """Between which times a round is shown to have been closed; null where nothing shows it (sp-007)."""

    number: Whole
    probe: str
    not_before: Instant | None
    not_after: Instant | None


class TimelineRow(Wire, frozen=True, omit_defaults=False):
    """One plan's word on a resolver and name, and the day for which it counts (Europe/Rome), or none.

    `timed` counts the networks whose rounds support the state and lie in that day whole.
    """

    plan: Digest
    number: Whole
    at: Instant
    resolver: str
    name: str
    state: State
    how: How | None
    origin: Origin | None
    label: str | None
    vantages: Whole
    networks: Whole
    absent: Whole
    notes: tuple[Note, ...]
    rule: str
    witness_digest: str | None
    timed: Whole
    day: date | None


class Days(Wire, frozen=True, omit_defaults=False):
    """What one day's samples came to; `untimed` are those that count for no day."""

    resolver: str
    name: str
    day: date
    planned: Whole
    blocked: Whole
    open: Whole
    mixed: Whole
    dead: Whole
    failing: Whole
    insufficient: Whole
    untimed: Whole
    first_witness: str | None
    last_witness: str | None


read_bundle = reader(Bundle, "bundle.json")
read_round_line = reader(RoundLine, "round line")
read_round_times = reader(RoundTimes, "round times")
read_timeline_row = reader(TimelineRow, "timeline row")
read_days = reader(Days, "days row")
