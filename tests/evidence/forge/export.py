"""Exports a bundle from a forged house: the whole answer to a query, as sp-008 lays it out."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from itertools import groupby
from typing import TYPE_CHECKING, Any

from collector.evidence.replay import Replayer
from schema.bundle.capture import FILE_HEADER, packets
from schema.bundle.parts import Bundle, Days, Query, RoundHead, RoundLine, TimelineRow
from schema.bundle.tables import head_row, table_row
from schema.cells import applicable
from schema.codec import encode
from schema.entry import Enrolment, KeyChanged, ProbeCheckpoint, QuestionsKept, Stamped, read_entry
from schema.errors import FormatError
from schema.log import Tree, leaf_hash
from schema.names import slug
from schema.note import probe_origin
from schema.policy import read_policy
from schema.record import SeenLine, gap_line, read_line, read_record
from schema.timeline import days_of, timeline_row
from schema.timing import Stamp as TimeStamp
from schema.timing import Times, chain, day_of_round, in_period, microseconds
from schema.words import Role
from tests.evidence.forge.answers import certificate
from tests.evidence.forge.draft import Draft
from tests.evidence.forge.keys import public_pem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from schema.bundle.parts import RoundTimes
    from schema.cells import Cell
    from schema.entry import Entry
    from schema.plan import PlanVantage
    from schema.policy import Policy
    from schema.record import Record
    from schema.verdict import Verdict
    from tests.evidence.forge.house import House, Measured, Published

NOT_OF_ITSELF = frozenset({Role.TARGET, Role.CONTROL, Role.LOOK, Role.MEASURE})


def query(house: House, first: date, last: date | None = None, **changes: Any) -> Query:
    """Everything that the order of *house* asks, from *first* to *last*."""
    order = house.cast.order
    names = tuple(sorted({entry.name for entry in order.scope} & set(house.cast.questions.names)))
    fields: dict[str, Any] = {
        "order": order.id,
        "version": 1,
        "operators": tuple(sorted(order.addressees)),
        "names": names,
        "first_day": first,
        "last_day": last or first,
    }
    return Query(**(fields | changes))


@dataclass
class Export:
    """One export; what it derives is kept, so that a test may look at it or have it written differently."""

    house: House
    asked: Query
    size: int = 0
    needed: int = 2
    everything: bool = False  # every cell, not only those that bear on the question
    known: tuple[str, ...] = ()  # authorities that the reader trusts; all where none is named
    without: tuple[int, ...] = ()  # cells that a dishonest exporter leaves out
    judged_by: Policy | None = None  # in place of the policy that the plans name
    verdicts: list[Verdict] = field(default_factory=list)
    rounds: list[RoundTimes] = field(default_factory=list)
    rows: list[TimelineRow] = field(default_factory=list)
    days: list[Days] = field(default_factory=list)
    records: dict[tuple[int, str], list[tuple[bytes, Record]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read the log as far as the head."""
        house = self.house
        self.size = self.size or house.newest.size
        self.entries: list[Entry] = [read_entry(line) for line in house.entries[: self.size]]
        stamps = [
            TimeStamp(
                one.size, one.authority, microseconds(one.at), one.accuracy_us, sha256(one.reply).hexdigest(), None
            )
            for one in house.tokens
            if one.size == self.size and (not self.known or one.authority in self.known)
        ]
        counted = [
            QuestionsKept(digest="00" * 32)
            if isinstance(one, Stamped) and self.known and one.authority not in self.known
            else one
            for one in self.entries
        ]
        self.times = Times(counted, needed=self.needed, head=stamps)
        self.chains = {key: chain(map(read_log_line, lines), house.origin) for key, lines in self.logs().items()}
        self.plans = [one for _, one in sorted(house.plans.items()) if in_period(self.asked, one.plan)]
        self.draft = Draft(house.keys)

    def run(self) -> Draft:
        """Write every file."""
        self._log()
        self._keys()
        self._stamps()
        self._probes()
        self._plans()
        self._derive()
        return self.finish()

    def finish(self) -> Draft:
        """Write what is derived from the fields here, and the texts."""
        files = self.draft.files
        files["derived/verdicts.jsonl"] = _lines(self.verdicts)
        files["derived/rounds.jsonl"] = _lines(self.rounds)
        files["derived/timeline.jsonl"] = _lines(self.rows)
        files["derived/days.jsonl"] = _lines(self.days)
        files["derived/timeline.csv"] = head_row(TimelineRow) + b"".join(table_row(row) for row in self.rows)
        files["derived/days.csv"] = head_row(Days) + b"".join(table_row(row) for row in self.days)
        files["derived/traffic.pcap"] = FILE_HEADER + b"".join(self._packets())
        bundle = Bundle(1, self.asked, self.house.origin, self.size, self.house.keys.id, "ottempera 0.1.0", True)
        files["bundle.json"] = encode(bundle) + b"\n"
        files["LEGGIMI.txt"] = b"Un fascicolo inventato per le prove.\n"
        files["README.txt"] = b"A bundle invented for tests.\n"
        return self.draft

    def _log(self) -> None:
        house, files = self.house, self.draft.files
        files["log/entries.jsonl"] = b"".join(line + b"\n" for line in house.entries[: self.size])
        named = {self.size} | {entry.size for entry in self.entries if isinstance(entry, Stamped)} | self._seen()
        for size in named:
            files[f"checkpoints/{size:010d}.note"] = house.notes[size].pack()
        cosigned = b"".join(one.line for one in house.cosignatures.get(self.size, ()))
        files[f"checkpoints/{self.size:010d}.cosigned"] = cosigned

    def _seen(self) -> set[int]:
        found = [read_log_line(line) for lines in self.logs().values() for line in lines]
        sizes = {
            line.seen.size for line in found if isinstance(line, SeenLine) and line.seen.origin == self.house.origin
        }
        return sizes & self.house.notes.keys()

    def logs(self) -> dict[tuple[str, str], list[bytes]]:
        """The lines of each probe's log of each chain that the collector's log has a head of, up to the greatest."""
        sizes: dict[tuple[str, str], int] = {}
        for entry in self.entries:
            if isinstance(entry, ProbeCheckpoint):
                key = entry.probe, entry.chain
                sizes[key] = max(entry.size, sizes.get(key, 0))
        return {
            (probe.vantage.id, one.id): one.lines[: sizes[probe.vantage.id, one.id]]
            for probe in self.house.probes.values()
            for one in probe.chains
            if (probe.vantage.id, one.id) in sizes
        }

    def _keys(self) -> None:
        files = self.draft.files
        for key in (self.house.keys.public, *self._probe_keys()):
            files[f"keys/{sha256(key).hexdigest()}.pem"] = public_pem(key)

    def _probe_keys(self) -> list[bytes]:
        return [bytes.fromhex(entry.key) for entry in self.entries if isinstance(entry, Enrolment | KeyChanged)]

    def _stamps(self) -> None:
        house, files = self.house, self.draft.files
        entered = {entry.token for entry in self.entries if isinstance(entry, Stamped)}
        for token in house.tokens:
            if token.size != self.size and sha256(token.reply).hexdigest() not in entered:
                continue
            stem = f"stamps/{token.size:010d}.{token.authority}"
            files[f"{stem}.tsq"], files[f"{stem}.tsr"] = token.request, token.reply
            authority = next(one for one in house.authorities if one.name == token.authority)
            files[f"stamps/{token.authority}.pem"] = authority.pem

    def _probes(self) -> None:
        for (probe, name), lines in self.logs().items():
            self.draft.put_lines(f"probes/{probe}/{name}.jsonl", lines)

    def _plans(self) -> None:
        house, files = self.house, self.draft.files
        order = f"orders/{self.asked.order}.{self.asked.version}.json"
        files[order] = house.bodies[order]
        for published in self.plans:
            files[f"plans/{published.plan.number:010d}.json"] = published.payload
            for name in (f"policies/{published.plan.policy}.json", f"questions/{published.plan.questions}.json"):
                files[name] = house.bodies[name]
            for vantage in published.plan.vantages:
                self._round(published, vantage)

    def measured(self, number: int, probe: str) -> Measured | None:
        """The round as it was closed first in a log that the collector's log covers."""
        closed = [
            one
            for one in self.house.closed(number, probe)
            if self.times.covered(probe, one.chain.id, one.leaf) is not None
        ]
        return min(closed, key=lambda one: self.times.covered(probe, one.chain.id, one.leaf) or 0, default=None)

    def _round(self, published: Published, vantage: PlanVantage) -> None:
        number, probe = published.plan.number, vantage.id
        measured = self.measured(number, probe)
        if measured is None:
            return
        cells = applicable(published.cells, vantage)
        chosen = [cell for cell in cells if self.everything or self.bears(cell)]
        lines = [measured.lines[cell.number] for cell in chosen if cell.number in measured.lines]
        self.records[number, probe] = [(line, one) for line in lines if (one := read_any_record(line)) is not None]
        places = {cell.number: place for place, cell in enumerate(cells)}
        proof = Tree(_leaves(measured, cells)).subset(places[cell.number] for cell in chosen)
        head = RoundHead(
            published.id, number, probe, measured.chain.id, measured.leaf, tuple(cell.number for cell in chosen),
            tuple(one.hex() for one in proof),
        )  # fmt: skip
        self.draft.put_lines(f"rounds/{number:010d}/{probe}.jsonl", [encode(RoundLine(1, head)), *lines])
        for _, one in self.records[number, probe]:
            for digest in one.tls.chain if one.tls else ():
                self.draft.files[f"certificates/{digest}.der"] = certificate()
        where = measured.chain.id, measured.leaf
        self.rounds.append(self.times.round_times(published.plan, probe, where, self.chains[probe, measured.chain.id]))

    def bears(self, cell: Cell) -> bool:
        """Whether *cell* bears on the question."""
        bears = cell.name in self.asked.names or cell.role not in NOT_OF_ITSELF
        return bears and cell.number not in self.without

    def _derive(self) -> None:
        self.rounds.sort(key=lambda one: (one.number, one.probe))
        replay = Replayer()
        timed = {number: tuple(ones) for number, ones in groupby(self.rounds, key=lambda one: one.number)}
        for published in self.plans:
            plan = published.plan
            policy = self.judged_by or read_policy(self.house.bodies[f"policies/{plan.policy}.json"])
            asked = self.pairs(published)
            heard = [one.id for one in plan.vantages if (plan.number, one.id) in self.records]
            rounds = {probe: self.records[plan.number, probe] for probe in heard}
            replayed = replay(published.id, plan, policy, pairs=asked, rounds=rounds)
            self.verdicts += replayed.verdicts
            days = {one.probe: day_of_round(one) for one in timed.get(plan.number, ())}
            late = self.times.is_late(published.id, plan)
            for said in replayed.samples:
                own = [one for one in replayed.verdicts if (one.resolver, one.name) == (said.resolver, said.name)]
                self.rows.append(timeline_row(said, plan, policy, late=late, verdicts=own, days=days))
        self.days = list(days_of(self.asked, self.rows))

    def pairs(self, published: Published) -> set[tuple[str, str]]:
        """The resolvers and names of the query of which the plan asks."""
        policy = read_policy(self.house.bodies[f"policies/{published.plan.policy}.json"])
        theirs = {one.id for one in policy.resolvers if slug(one.operator) in self.asked.operators}
        return {
            (cell.resolver, cell.name)
            for cell in published.cells
            if cell.role is Role.TARGET and cell.resolver in theirs and cell.name in self.asked.names
        }

    def _packets(self) -> Iterator[bytes]:
        enrolled = [entry.probe for entry in self.entries if isinstance(entry, Enrolment)]
        for number, probe in sorted(self.records):
            for _, one in self.records[number, probe]:
                yield from packets(one, enrolled.index(probe))


def read_log_line(line: bytes) -> Any:
    """A line of a probe's log; none where it cannot be read, which is for a verifier to say."""
    try:
        return read_line(line)
    except FormatError:
        return None


def read_any_record(line: bytes) -> Record | None:
    """A record; none where a dishonest probe's line cannot be read, which is for a verifier to say."""
    try:
        return read_record(line)
    except FormatError:
        return None


def _leaves(measured: Measured, cells: tuple[Cell, ...]) -> Iterator[bytes]:
    for cell in cells:
        reason = measured.gaps.get(cell.number)
        if reason is None:
            yield leaf_hash(measured.lines[cell.number])
        else:
            yield leaf_hash(gap_line(measured.plan.id, measured.probe, cell.number, reason))


def _lines(rows: list[Any]) -> bytes:
    return b"".join(encode(row) + b"\n" for row in rows)


__all__ = ["Export", "Query", "probe_origin", "query"]
