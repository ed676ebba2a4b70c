"""Between which times the rounds of some plans are shown to have been closed, by the time stamps that the log names."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.compliance.dayevidence import Closed
from schema.entry import Stamped, read_entry
from schema.errors import EvidenceError, FormatError
from schema.record import SeenLine, read_line
from schema.timing import Stamp, Stamps, instant, microseconds, rome_day, stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from collector.store import Store
    from collector.store.challenges import ClosePlace
    from schema.plan import Plan

#: More authorities than this are not asked to agree (sp-007).
_MOST_AUTHORITIES: Final = 2
_SEEN_KEPT: Final = 100_000  # lines of probes' logs whose size is remembered
_BATCHES_AT_ONCE: Final = 32
_FSCK: Final = "Run `ottempera collector fsck`."


class Dated(NamedTuple):
    """What is known of plans: the closes of their rounds by number and probe, and the numbers of those that were late."""

    closes: Mapping[tuple[int, str], Closed]
    late: frozenset[int]


class Dating:
    """The time stamps of the logs, read once and then only what is new."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stamps: dict[int, list[Stamp]] = {}
        self._began: dict[int, dict[str, int]] = {}  # each authority's first stamp in a log
        self._ends: dict[int, dict[int, list[Stamp]]] = {}  # stamps of a log by what they show existed by then
        self._read: dict[int, int] = {}  # entries of each log
        self._origins: dict[int, str] = {}
        self._shown: dict[tuple[int, int, int], Stamps] = {}  # by log, authorities needed, stamps known
        self._seen: OrderedDict[tuple[int, int], tuple[str, int]] = OrderedDict()

    async def of(self, plans: Sequence[Plan]) -> Dated:
        """What stamps show of *plans*.

        As many authorities have to agree as had stamped by a plan's day, two at most. Where several
        logs cover a close, the oldest that shows when it was speaks.

        Raises:
            EvidenceError: a line of a log is none.
        """
        if not plans:
            return Dated({}, frozenset())
        await self._refresh()
        numbers = [plan.number for plan in plans]
        entries = await self._store.plan_entries(numbers)
        by_number = {plan.number: plan for plan in plans}
        late = frozenset(number for number, plan in by_number.items() if self._is_late(plan, entries))
        places: dict[tuple[int, str], list[ClosePlace]] = {}
        for place in await self._store.close_places(numbers):
            places.setdefault((place.plan_number, place.probe), []).append(place)
        await self._see(places, by_number)
        closes = {key: self._closed(by_number[key[0]], found) for key, found in places.items()}
        return Dated(closes, late)

    async def _refresh(self) -> None:
        for log in await self._store.logs():
            self._origins[log.log] = log.origin
            for index, line in await self._store.stamp_entries(log.log, self._read.get(log.log, 0)):
                try:
                    entry = read_entry(line)
                except FormatError as error:
                    raise EvidenceError(f"line {index} of {log.origin}: {error}", remedy=_FSCK) from error
                if isinstance(entry, Stamped):
                    self._keep(log.log, stamp(entry, index))
                self._read[log.log] = index + 1

    def _keep(self, log: int, one: Stamp) -> None:
        self._stamps.setdefault(log, []).append(one)
        began = self._began.setdefault(log, {})
        began[one.authority] = min(one.at_us, began.get(one.authority, one.at_us))
        self._ends.setdefault(log, {}).setdefault(one.not_after, []).append(one)

    def _of_log(self, log: int, at: datetime) -> Stamps | None:
        """The stamps of *log* as they count for a plan that starts at *at*; None where nobody had stamped by its day."""
        day = rome_day(at)
        authorities = sum(rome_day(instant(first)) <= day for first in self._began.get(log, {}).values())
        if not authorities:
            return None
        known = self._stamps[log]
        needed = min(_MOST_AUTHORITIES, authorities)
        key = log, needed, len(known)
        if key not in self._shown:
            self._shown = {old: shown for old, shown in self._shown.items() if old[0] != log or old[2] == len(known)}
            self._shown[key] = Stamps(known, needed=needed)
        return self._shown[key]

    def _is_late(self, plan: Plan, entries: Mapping[tuple[int, int], int]) -> bool:
        """Whether no log shows that the plan was in it by its start."""
        for log in self._origins:
            stamps, index = self._of_log(log, plan.starts_at), entries.get((log, plan.number))
            shown = stamps.earliest(index) if stamps is not None and index is not None else None
            if shown is not None and shown <= microseconds(plan.starts_at):
                return False
        return True

    async def _see(self, places: Mapping[tuple[int, str], Iterable[ClosePlace]], plans: Mapping[int, Plan]) -> None:
        """Read what probes had seen of the log, where the token that the plan names does not say enough."""
        wanted = {
            place.seen
            for (number, _), found in places.items()
            for place in found
            if place.seen is not None and place.seen not in self._seen and not self._same_day(plans[number])
        }
        unread = sorted(wanted)
        for start in range(0, len(unread), _BATCHES_AT_ONCE):
            some = unread[start : start + _BATCHES_AT_ONCE]
            for where, line in (await self._store.lines_of_batches(some)).items():
                try:
                    read = read_line(line)
                except FormatError as error:
                    raise EvidenceError(f"line {where[1]} of batch {where[0]}: {error}", remedy=_FSCK) from error
                if isinstance(read, SeenLine):
                    self._seen[where] = read.seen.origin, read.seen.size
        while len(self._seen) > _SEEN_KEPT:
            self._seen.popitem(last=False)

    def _same_day(self, plan: Plan) -> bool:
        """Whether the token that *plan* names is of the day on which the plan starts."""
        shown = [
            stamps.token(plan.after)
            for log in self._origins
            if plan.after and (stamps := self._of_log(log, plan.starts_at)) is not None
        ]
        return any(at is not None and rome_day(instant(at)) == rome_day(plan.starts_at) for at in shown)

    def _closed(self, plan: Plan, places: Sequence[ClosePlace]) -> Closed:
        first = places[0]
        best = Closed(first.leaf, first.sealed, first.disputed)
        for place in places:  # by log, and within it the one that was there first
            if place.log is None or place.entry is None:
                continue
            stamps = self._of_log(place.log, plan.starts_at)
            until = stamps.earliest(place.entry) if stamps is not None else None
            if stamps is None or until is None:
                continue
            lower = [stamps.token(plan.after)] if plan.after else []
            origin, size = self._seen.get(place.seen, ("", 0)) if place.seen is not None else ("", 0)
            if origin == self._origins[place.log]:
                lower.append(stamps.latest(size))
            known = [at for at in lower if at is not None]
            return best._replace(
                not_before=instant(max(known)) if known else None,
                not_after=instant(until),
                token=self._token(place.log, place.entry, until),
            )
        return best

    def _token(self, log: int, entry: int, until: int) -> str | None:
        """A stamp over a checkpoint with this entry that shows it by *until*."""
        return next((one.token for one in self._ends[log].get(until, ()) if one.size > entry), None)
