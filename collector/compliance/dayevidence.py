"""What is known of a day on which a name resolved, as far as it bears on what may be said against it."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from collector.compliance.facts import Measured
from collector.status import NameRun, NameSample, Sample
from schema.plan import PlanVantage
from schema.registry import Resolver
from schema.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


class Line(NamedTuple):
    """What a batch says of the line it came over; `batch` is its hex id, `source` the address that the collector saw."""

    batch: str
    source: str
    route: str | None
    handed_out: tuple[str, ...]


class Closed(NamedTuple):
    """The close of a round: `leaf` is the hex leaf hash of its line.

    `sealed`: the root in it was recomputed from the records and is equal. `disputed`: there are two of them, the log says
    that its records are not what it says, or one of its batches has a second content. `not_before` and `not_after` are what
    time stamps show of it; `token` names the stamp that shows the latter (hex SHA-256 of the reply).
    """

    leaf: str
    sealed: bool
    disputed: bool = False
    not_before: datetime | None = None
    not_after: datetime | None = None
    token: str | None = None


class RoundFacts(NamedTuple):
    """One vantage's round in one plan, as far as it says that the name resolved.

    `endpoint` is where the record was asked that decided. `own_network` is the hex digest of a record, of the same round,
    in which a resolver answered that answers on the vantage's own network only.
    """

    vantage: PlanVantage
    custodian: str
    verdict: Verdict
    endpoint: str = ""
    closed: Closed | None = None
    line: Line | None = None
    first_line: Line | None = None
    own_network: str | None = None


class PlanFacts(NamedTuple):
    """One plan whose sample counts for the day.

    `late`: nothing shows that it was in the log by its start. `controls` are the networks (`networks_of`) of each operator
    (slug) that was asked for the truth over a verified channel, the resolver's own left out; empty where that is not known. `due_at` is
    since when, by the plan's policy, an order obliged the operator; `cache_s` how long a cache may keep what it was told.
    `floor` is how many networks, or vantages where `on_net`, a day needs; `enrolled` how many were to bear on it.
    """

    number: int
    plan_id: str
    sample: Sample
    rounds: tuple[RoundFacts, ...]
    late: bool = True
    controls: tuple[tuple[str, tuple[str, ...]], ...] = ()
    due_at: datetime | None = None
    cache_s: int = 0
    name: NameSample | None = None
    floor: int = 2
    on_net: bool = False


class DayEvidence(NamedTuple):
    """A day of a resolver and name under one order.

    `since` is the day from which the name is the site's by the order: that of its issue, or on which the name was attached.
    `due_at` is when the first due day began, as the order is understood now.
    `plans` are those whose samples count. `enough` tells whether the samples of some of them would make the day by
    themselves. `known` are the runs of the name up to the day. `dns_alone` is what shows that by the order's verified terms
    only DNS counts. `measured_by` is the hex digest of the record that shows what `measured` says.
    """

    territory: str
    since: date
    resolver: Resolver
    name: str
    day: date
    plans: tuple[PlanFacts, ...]
    enough: Callable[[Collection[int]], bool]
    due_at: datetime | None = None
    known: tuple[NameRun, ...] = ()
    dns_alone: str | None = None
    measured: Measured = Measured.NOT_TESTED
    measured_by: str | None = None
