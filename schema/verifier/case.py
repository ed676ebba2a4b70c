"""What a verification has found so far; each step reads what those before it have checked, and adds to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

from schema.bundle.parts import Bundle, Query
from schema.errors import EvidenceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from schema.bundle.container import Archive
    from schema.cells import Cell
    from schema.entry import Enrolment, Entry, PlanPublished
    from schema.log import Tree
    from schema.note import Note
    from schema.order import Order
    from schema.plan import Plan
    from schema.policy import Policy
    from schema.record import Close, LogLine
    from schema.timing import Chain, Stamp, Times
    from schema.trust import Trust, TrustedAuthority
    from schema.verifier.replay import Replay
    from schema.verifier.steps import Result


#: What stands for bundle.json until it is read.
NO_BUNDLE: Final = Bundle(0, Query("", 0, (), (), date.min, date.min), "", 0, "", "")


class RefusedError(EvidenceError):
    """A step does not hold. `result` where it is another than the step's own fault."""

    def __init__(self, detail: str, *, step: str | None = None, result: Result | None = None) -> None:
        """Keep what did not hold; `step` where it is not the one that is being taken."""
        super().__init__(detail)
        self.step = step
        self.result = result


class PeriodPlan(NamedTuple):
    """A plan of the period with what it names; `pairs` are the query's resolvers and names of which it asks, sorted."""

    id: str
    entry: int  # its place in the log
    plan: Plan
    policy: Policy
    cells: tuple[Cell, ...]
    pairs: tuple[tuple[str, str], ...]


class ProbeLog(NamedTuple):
    """A probe's log of one chain."""

    lines: Sequence[LogLine]
    seen: Chain


class ClosedAt(NamedTuple):
    """A close and all places (chain, leaf) in the probe's logs where it stands."""

    line: bytes
    close: Close
    places: list[tuple[str, int]]


class Absence(NamedTuple):
    """A vantage that was to measure and has no close that counts.

    `disputed` where it closed the round in two ways, `unfulfilled` where its records are said not to be what it closed.
    """

    number: int
    at: datetime
    probe: str
    disputed: bool = False
    unfulfilled: bool = False


@dataclass
class Case:
    """One bundle before one reader; fields are set by the steps named beside them."""

    trust: Trust
    replay: Replay | None
    archive: Archive  # 1.1
    digests: Mapping[str, str] = field(default_factory=dict)  # 1.1: hex, by name
    bundle: Bundle = NO_BUNDLE  # 1.3
    key: bytes = b""  # 1.3: the trusted log's
    notes: dict[int, Note] = field(default_factory=dict)  # 2.1
    tree: Tree = field(init=False)  # 2.2
    entries: list[Entry] = field(default_factory=list)  # 2.3
    probe_keys: dict[str, dict[str, bytes]] = field(
        default_factory=dict
    )  # 2.3: by probe and key id; in order of enrolment
    enrolments: dict[str, tuple[int, Enrolment]] = field(default_factory=dict)  # 2.3: with the entry's place in the log
    chains: dict[tuple[str, str], int] = field(default_factory=dict)  # 2.3: greatest size by probe and chain
    stamps: list[Stamp] = field(
        default_factory=list
    )  # 3.2: of trusted authorities, in the order of the log, then the head's
    times: Times = field(init=False)  # 3.4
    order: Order = field(init=False)  # 4.4
    published: list[tuple[int, PlanPublished]] = field(default_factory=list)  # 4.1
    plans: list[PeriodPlan] = field(default_factory=list)  # 4.3
    logs: dict[tuple[str, str], ProbeLog] = field(default_factory=dict)  # 5.3
    closes: dict[tuple[str, str], ClosedAt] = field(default_factory=dict)  # 5.4: by plan id and probe
    disputed: set[tuple[str, str]] = field(default_factory=set)  # 5.4: likewise
    unfulfilled: set[tuple[str, str]] = field(default_factory=set)  # 5.4: likewise
    absences: list[Absence] = field(default_factory=list)  # 9.1
    counts: dict[str, int] = field(default_factory=dict)
    root_zone_since: datetime | None = None  # 8.4

    @property
    def needed(self) -> int:
        """How many authorities must agree on a time."""
        return max(1, self.trust.needs.authorities)

    @property
    def authorities(self) -> dict[str, TrustedAuthority]:
        """Those that the reader trusts, by name."""
        return {one.name: one for one in self.trust.authorities}

    def count(self, what: str, number: int = 1) -> None:
        """Add to what is told at the end."""
        self.counts[what] = self.counts.get(what, 0) + number

    def read(self, name: str, most: int = 64 * 2**20) -> bytes:
        """A file of the bundle that is small enough to hold.

        Raises:
            RefusedError: it is not there, or larger.
        """
        if name not in self.archive:
            raise RefusedError(f"{name} is not in the bundle")
        return self.archive.read(name, most)

    def named(self, folder: str) -> list[str]:
        """The names of the files in *folder*, ascending."""
        return [name for name in self.archive.names if name.startswith(folder + "/")]
