"""Between which times a round is shown to have been closed, and in which day that lies (sp-007 §2, §3). Pure, in integers.

Every time is whole microseconds since 1970 UTC. The only clocks that are believed are those of the time-stamping
authorities; a plan's `starts_at` decides which day is asked about, and an entry's `at` decides nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from schema.bundle.parts import RoundTimes
from schema.entry import UNFULFILLED, Equivocation, PlanPublished, ProbeCheckpoint, Stamped
from schema.errors import FormatError
from schema.record import SeenLine

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from schema.bundle.parts import Query
    from schema.entry import Entry
    from schema.plan import Plan
    from schema.record import LogLine

ZONE: Final = ZoneInfo("Europe/Rome")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_US: Final = timedelta(microseconds=1)
#: So long after a close was in the log it may still be said there that its records are not what it says.
TOLD_WITHIN_US: Final = 86_400 * 1_000_000


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
        self._unfulfilled: dict[tuple[str, str], int] = {}
        for index, entry in enumerate(entries):
            if isinstance(entry, ProbeCheckpoint):
                sizes, indexes = self._heads.setdefault((entry.probe, entry.chain), ([], []))
                sizes.append(entry.size)
                indexes.append(index)
            elif isinstance(entry, PlanPublished):
                self._plans.setdefault(entry.plan, index)
            elif isinstance(entry, Equivocation) and entry.what == UNFULFILLED and entry.digests:
                self._unfulfilled.setdefault((entry.probe, entry.digests[0]), index)
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

    def is_unfulfilled(self, probe: str, close: str, places: Iterable[tuple[str, int]]) -> bool:
        """Whether the log says of a close (hex leaf hash of its line, at *places*) that its records are not what it says.

        It says so in time, `TOLD_WITHIN_US` after the close was in the log, or not at all: what was counted is not undone.
        """
        index = self._unfulfilled.get((probe, close))
        covered = [entry for place in places if (entry := self.covered(probe, *place)) is not None]
        if index is None or not covered:
            return False
        told, shown = self.stamps.earliest(index), self.stamps.earliest(min(covered))
        return told is not None and shown is not None and told - shown <= TOLD_WITHIN_US

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
    """The one day in which the whole interval lies; none if it has an open end, lies in two, or ends before it begins.

    The last is what an authority makes that is ahead, where a plan names its token: then one of the two times is not so.
    """
    if times.not_before is None or times.not_after is None or times.not_before > times.not_after:
        return None
    day = rome_day(times.not_before)
    return day if day == rome_day(times.not_after) else None


def in_period(query: Query, plan: Plan | PlanPublished) -> bool:
    """Whether *plan* starts on a day (Europe/Rome) of the query."""
    return query.first_day <= rome_day(plan.starts_at) <= query.last_day
