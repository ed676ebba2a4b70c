"""Between which times a round is shown to have been closed, and for which day its plan counts (sp-007). Pure, in integers.

Every time is whole microseconds since 1970 UTC. The only clocks that are believed are those of the time-stamping
authorities; a plan's `starts_at` decides which day is asked about, and an entry's `at` decides nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from schema.bundle.parts import Days, RoundTimes, TimelineRow
from schema.entry import PlanPublished, ProbeCheckpoint, Stamped
from schema.errors import FormatError
from schema.record import SeenLine
from schema.words import Kind, State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date

    from schema.bundle.parts import Query
    from schema.entry import Entry
    from schema.plan import Plan
    from schema.policy import Policy
    from schema.record import LogLine
    from schema.verdict import Verdict
    from schema.verifier.replay import Said

ZONE: Final = ZoneInfo("Europe/Rome")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_US: Final = timedelta(microseconds=1)
#: For these states every vantage that said anything supports the row: they say that no one word stands.
_ANY_WORD: Final = frozenset({State.MIXED, State.INSUFFICIENT})


def microseconds(at: datetime) -> int:
    """*at*, which has its offset, as microseconds since 1970."""
    return (at - _EPOCH) // _US


def instant(us: int) -> datetime:
    """Microseconds since 1970 as a time in UTC.

    Raises:
        FormatError: outside the years 1 to 9999.
    """
    try:
        return _EPOCH + us * _US
    except OverflowError as error:
        raise FormatError(f"{us} microseconds since 1970 is no time") from error


def rome_day(at: datetime) -> date:
    """The calendar day of *at* in Europe/Rome.

    Raises:
        FormatError: at the end of the years that have a name.
    """
    try:
        return at.astimezone(ZONE).date()
    except OverflowError as error:
        raise FormatError(f"{at.isoformat()} has no day in {ZONE.key}") from error


class Stamp(NamedTuple):
    """A time stamp over the checkpoint of `size` lines; `entry` is its place in the log, none where that is after the head."""

    size: int
    authority: str
    at_us: int
    accuracy_us: int
    token: str  # hex SHA-256 of the reply
    entry: int | None

    @property
    def not_before(self) -> int:
        """What is stamped hereafter names a token that did not exist before this."""
        return self.at_us - self.accuracy_us

    @property
    def not_after(self) -> int:
        """What was stamped existed by then."""
        return self.at_us + self.accuracy_us


def stamp(entry: Stamped, index: int | None) -> Stamp:
    """The stamp that an entry speaks of."""
    return Stamp(entry.size, entry.authority, microseconds(entry.at), entry.accuracy_us, entry.token, index)


class Stamps:
    """What the time stamps of a log show; `needed` distinct authorities (1 or more) must agree for a time to count."""

    def __init__(self, stamps: Iterable[Stamp], *, needed: int) -> None:
        """Take *stamps* in the order of their entries, those without an entry in any place."""
        self._indexes: list[int] = []
        self._latest: list[int | None] = []
        self._tokens: dict[str, int] = {}
        at_size: dict[int, dict[str, int]] = {}
        newest: dict[str, int] = {}
        for one in stamps:
            known = at_size.setdefault(one.size, {})
            known[one.authority] = min(one.not_after, known.get(one.authority, one.not_after))
            if one.entry is None:
                continue
            self._tokens.setdefault(one.token, one.not_before)
            newest[one.authority] = max(one.not_before, newest.get(one.authority, one.not_before))
            self._indexes.append(one.entry)
            self._latest.append(sorted(newest.values())[-needed] if len(newest) >= needed else None)
        times = {size: sorted(known.values())[needed - 1] for size, known in at_size.items() if len(known) >= needed}
        self._sizes = sorted(times)
        self._earliest = [times[size] for size in self._sizes]

    def latest(self, size: int) -> int | None:
        """What holds a checkpoint of *size* lines did not exist before this.

        Of each authority its newest stamp in that checkpoint speaks; as many as are needed say this or later.
        """
        place = bisect_left(self._indexes, size)
        return self._latest[place - 1] if place else None

    def earliest(self, index: int) -> int | None:
        """Entry *index* was in the log by this: the first checkpoint after it that enough authorities stamped decides."""
        place = bisect_right(self._sizes, index)
        return self._earliest[place] if place < len(self._sizes) else None

    def token(self, digest: str) -> int | None:
        """What names this token (hex SHA-256 of the reply) did not exist before this; none if no entry has it."""
        return self._tokens.get(digest)


class Chain(NamedTuple):
    """Where in a probe's log of one chain it says which checkpoint of the collector's log it had seen."""

    places: tuple[int, ...]  # ascending
    sizes: tuple[int, ...]

    def seen_before(self, leaf: int) -> int | None:
        """The size that the last `seen` line before *leaf* names."""
        place = bisect_left(self.places, leaf)
        return self.sizes[place - 1] if place else None


def chain(lines: Iterable[LogLine], origin: str) -> Chain:
    """What the *lines* of a probe's log (from its first) saw of the log called *origin*; another log's say nothing."""
    seen = [
        (place, line.seen.size)
        for place, line in enumerate(lines)
        if isinstance(line, SeenLine) and line.seen.origin == origin
    ]
    return Chain(tuple(place for place, _ in seen), tuple(size for _, size in seen))


class Times:
    """Answers of a collector's log to when: of its plans, and of the rounds that closed in the logs of its probes."""

    def __init__(self, entries: Iterable[Entry | None], *, needed: int, head: Iterable[Stamp] = ()) -> None:
        """Read *entries* from the first; *head* are the stamps over the last checkpoint, which stand in no entry yet.

        None stands for an entry that is not believed, a stamp of an authority that nobody here trusts.
        """
        stamps: list[Stamp] = []
        self._plans: dict[str, int] = {}
        self._heads: dict[tuple[str, str], tuple[list[int], list[int]]] = {}
        for index, entry in enumerate(entries):
            if isinstance(entry, ProbeCheckpoint):
                sizes, indexes = self._heads.setdefault((entry.probe, entry.chain), ([], []))
                sizes.append(entry.size)
                indexes.append(index)
            elif isinstance(entry, PlanPublished):
                self._plans.setdefault(entry.plan, index)
            elif isinstance(entry, Stamped):
                stamps.append(stamp(entry, index))
        self.stamps = Stamps([*stamps, *head], needed=needed)

    def covered(self, probe: str, chain_id: str, leaf: int) -> int | None:
        """The first entry that holds a head of this chain with line *leaf* (from 0) beneath it; none if none does."""
        sizes, indexes = self._heads.get((probe, chain_id), ((), ()))
        place = bisect_right(sizes, leaf)
        return indexes[place] if place < len(sizes) else None

    def first(self, probe: str, places: Iterable[tuple[str, int]]) -> tuple[str, int] | None:
        """Of the *places* (chain, leaf) of one close, that which was in the log first; a restart may repeat a close."""
        found = [(index, *place) for place in places if (index := self.covered(probe, *place)) is not None]
        return min(found)[1:] if found else None

    def is_late(self, plan_id: str, plan: Plan) -> bool:
        """Whether nothing shows that the plan was in the log by its start."""
        index = self._plans.get(plan_id)
        shown = None if index is None else self.stamps.earliest(index)
        return shown is None or shown > microseconds(plan.starts_at)

    def round_times(self, plan: Plan, probe: str, place: tuple[str, int], seen: Chain) -> RoundTimes:
        """Between which times the close at *place* (chain, leaf) was written; *seen* is of that chain."""
        chain_id, leaf = place
        size, index = seen.seen_before(leaf), self.covered(probe, chain_id, leaf)
        lower = [
            time
            for time in (
                self.stamps.token(plan.after) if plan.after else None,
                self.stamps.latest(size) if size is not None else None,
            )
            if time is not None
        ]
        upper = self.stamps.earliest(index) if index is not None else None
        return RoundTimes(
            number=plan.number,
            probe=probe,
            not_before=instant(max(lower)) if lower else None,
            not_after=instant(upper) if upper is not None else None,
        )


def day_of_round(times: RoundTimes) -> date | None:
    """The one day in which the whole interval lies; none if it has an open end, or lies in two."""
    if times.not_before is None or times.not_after is None:
        return None
    day = rome_day(times.not_before)
    return day if day == rome_day(times.not_after) else None


def floor_of(policy: Policy, resolver: str) -> int:
    """How many networks' rounds must lie in a day for a sample to count for it."""
    if policy.indicative:
        return 1
    known = next((one for one in policy.resolvers if one.id == resolver), None)
    on_net = known is not None and (known.kind is Kind.ISP or known.on_net_only)
    return policy.floor_on_net if on_net else policy.floor_networks


def timeline_row(
    said: Said,
    plan: Plan,
    policy: Policy,
    *,
    late: bool,
    verdicts: Iterable[Verdict],
    days: Mapping[str, date | None],
) -> TimelineRow:
    """The row of *said* with the day it counts for.

    *verdicts* are the plan's on this resolver and name; *days* are by probe, as `day_of_round` gives them.
    """
    day = rome_day(plan.starts_at)
    networks = {vantage.id: vantage.asn for vantage in plan.vantages}
    supporting = {
        networks[verdict.probe]
        for verdict in verdicts
        if verdict.probe in networks
        and days.get(verdict.probe) == day
        and (said.state in _ANY_WORD or verdict.outcome.value == said.state.value)
    }
    counts = not late and len(supporting) >= floor_of(policy, said.resolver)
    return TimelineRow(
        plan=said.plan,
        number=said.number,
        at=said.at,
        resolver=said.resolver,
        name=said.name,
        state=said.state,
        how=said.how,
        origin=said.origin,
        label=said.label,
        vantages=said.vantages,
        networks=said.networks,
        absent=said.absent,
        notes=said.notes,
        rule=said.rule,
        witness_digest=said.witness_digest,
        timed=len(supporting),
        day=day if counts else None,
    )


class DayCounts:
    """Adds up a timeline as it goes by, so that nobody has to hold it."""

    def __init__(self, query: Query, pairs: Collection[tuple[str, str]]) -> None:
        """Begin with every day of the query for every one of *pairs* (resolver, name): a day nobody measured shows too."""
        self._query = query
        self._pairs = sorted(pairs)
        self._planned: Counter[tuple[str, str, date]] = Counter()
        self._states: Counter[tuple[str, str, date, State]] = Counter()
        self._witnesses: dict[tuple[str, str, date], tuple[str, str]] = {}

    def add(self, row: TimelineRow) -> None:
        """Take the next row; rows come by plan number."""
        key = (row.resolver, row.name, rome_day(row.at))
        self._planned[key] += 1
        if row.day is None:
            return
        self._states[(*key, row.state)] += 1
        if row.witness_digest is not None:
            first, _ = self._witnesses.get(key, (row.witness_digest, ""))
            self._witnesses[key] = (first, row.witness_digest)

    def rows(self) -> Iterable[Days]:
        """By resolver, name, day."""
        count = (self._query.last_day - self._query.first_day).days + 1
        for resolver, name in self._pairs:
            for offset in range(count):
                yield self._row((resolver, name, self._query.first_day + timedelta(days=offset)))

    def _row(self, key: tuple[str, str, date]) -> Days:
        states = {state: self._states[(*key, state)] for state in State}
        first, last = self._witnesses.get(key, (None, None))
        return Days(
            resolver=key[0],
            name=key[1],
            day=key[2],
            planned=self._planned[key],
            blocked=states[State.BLOCKED],
            open=states[State.OPEN],
            mixed=states[State.MIXED],
            dead=states[State.DEAD],
            failing=states[State.FAILING],
            insufficient=states[State.INSUFFICIENT],
            untimed=self._planned[key] - sum(states.values()),
            first_witness=first,
            last_witness=last,
        )


def in_period(query: Query, plan: Plan | PlanPublished) -> bool:
    """Whether *plan* starts on a day (Europe/Rome) of the query."""
    return query.first_day <= rome_day(plan.starts_at) <= query.last_day


def days_of(query: Query, rows: Sequence[TimelineRow]) -> tuple[Days, ...]:
    """The days of a timeline that is held whole."""
    counts = DayCounts(query, {(row.resolver, row.name) for row in rows})
    for row in rows:
        counts.add(row)
    return tuple(counts.rows())
