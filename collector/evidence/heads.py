"""The log under which a bundle answers: the head that holds, what it shows of time, and which rounds lie beneath it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from schema.cells import applicable
from schema.entry import Enrolment, KeyChanged, ProbeCheckpoint, Stamped, read_entry
from schema.errors import EvidenceError, FormatError, UnavailableError
from schema.timing import Stamp, Times, microseconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from collector.receive.match import KnownPlan
    from collector.store import Store
    from collector.store.bundles import LogOf, PlaceOf, StampOf
    from schema.entry import Entry

#: More authorities than this are not asked to agree (sp-007).
MOST_AUTHORITIES: Final = 2
_FSCK: Final = "Run `ottempera collector fsck`."
_WAIT: Final = "Wait for the next time stamp, or ask for earlier days with --to."


class Head(NamedTuple):
    """A checkpoint that is stamped and cosigned, and all that the log beneath it says."""

    log: LogOf
    size: int
    needed: int  # authorities
    entries: Sequence[Entry]
    stamps: Sequence[StampOf]  # those that an entry names, and those over the head
    times: Times

    @property
    def on_top(self) -> list[StampOf]:
        """The stamps over the head itself."""
        return [one for one in self.stamps if one.size == self.size]

    @property
    def stamped_at(self) -> datetime:
        """The latest time that as many authorities as are needed give the head, or a later one."""
        return sorted(one.at for one in self.on_top)[-self.needed]

    @property
    def enrolments(self) -> list[Enrolment]:
        """The vantages in the order in which they were enrolled."""
        return [entry for entry in self.entries if isinstance(entry, Enrolment)]

    @property
    def probe_keys(self) -> list[bytes]:
        """Every key that a probe had."""
        return [bytes.fromhex(one.key) for one in self.entries if isinstance(one, Enrolment | KeyChanged)]

    @property
    def chains(self) -> dict[tuple[str, str], int]:
        """The logs of probes, by probe and chain, with the greatest size of which there is a head; sorted."""
        sizes: dict[tuple[str, str], int] = {}
        for entry in self.entries:
            if isinstance(entry, ProbeCheckpoint):
                key = entry.probe, entry.chain
                sizes[key] = max(entry.size, sizes.get(key, 0))
        return dict(sorted(sizes.items()))

    def closed_at(self, places: Iterable[PlaceOf]) -> tuple[str, int] | None:
        """Of the *places* of one close, that which was in the log first; none if none was."""
        known = [(one.probe, one.chain, one.leaf) for one in places if one.chain is not None and one.leaf is not None]
        return self.times.first(known[0][0], [(chain, leaf) for _, chain, leaf in known]) if known else None


async def newest_head(store: Store, log: LogOf, *, authorities: int | None, cosignatures: int) -> Head:
    """The newest checkpoint of *log* that as many authorities as are needed have stamped, and witnesses cosigned.

    By default as many authorities are needed as ever stamped, at most MOST_AUTHORITIES.

    Raises:
        UnavailableError: there is none yet. EvidenceError: the log is damaged.
    """
    stamping = await store.stamping(log.log)
    needed = max(1, min(MOST_AUTHORITIES, len(stamping)) if authorities is None else authorities)
    if not stamping:
        remedy = "Name authorities in the settings ([[authority]]) and wait until they have stamped a checkpoint."
        raise UnavailableError(f"no checkpoint of {log.origin} has been stamped", remedy=remedy)
    size = await store.stamped_head(log.log, authorities=needed, cosignatures=cosignatures)
    if size is None:
        raise UnavailableError(
            f"no checkpoint of {log.origin} is stamped by {needed} authorities and cosigned by {cosignatures} witnesses",
            remedy="Wait for the next time stamp; `analyst.checkpoints` says what each has.",
        )
    entries: list[Entry] = []
    async for line in store.entries(log.log, size):
        try:
            entries.append(read_entry(line))
        except FormatError as error:
            raise EvidenceError(f"line {len(entries)} of {log.origin}: {error}", remedy=_FSCK) from error
    named = {entry.token for entry in entries if isinstance(entry, Stamped)}
    stamps = await store.stamps_up_to(log.log, size)
    if missing := named - {one.token for one in stamps}:
        raise EvidenceError(f"the time stamp {min(missing)} of the log is missing", remedy=_FSCK)
    kept = [one for one in stamps if one.token in named or one.size == size]
    on_top = [
        Stamp(size, one.authority, microseconds(one.at), one.accuracy_us, one.token, None)
        for one in kept
        if one.size == size
    ]
    return Head(log, size, needed, entries, kept, Times(entries, needed=needed, head=on_top))


def require_covered(
    head: Head,
    plans: Sequence[KnownPlan],
    closed: Mapping[tuple[int, str], Sequence[PlaceOf]],
    *,
    until: datetime,
    lab: bool,
) -> None:
    """Return if everything that was measured in the period lies beneath *head*, and nothing of it is still to come.

    A laboratory's clock jumps from round to round: there it is enough that each plan is over.

    Raises:
        UnavailableError: something is still to come.
    """
    stamped = head.stamped_at
    if not lab and stamped < until:
        raise UnavailableError(f"the period ends at {until}, the newest head was stamped at {stamped}", remedy=_WAIT)
    for known in plans:
        number = known.plan.number
        waiting = False
        for vantage in known.plan.vantages:
            places = closed.get((number, vantage.id), ())
            if not any(place.headed for place in places):
                # No head will ever cover it unless the probe says it again: it is absent, or one probe could stop all bundles.
                waiting = waiting or bool(applicable(known.cells, vantage))
            elif head.closed_at(places) is None:
                what = f"round {number} of {vantage.id} is closed, and not yet beneath a stamped and cosigned head"
                raise UnavailableError(what, remedy=_WAIT)
        if waiting and known.plan.starts_at.timestamp() + known.plan.window_s > stamped.timestamp():
            raise UnavailableError(f"plan {number} is not over at the newest stamped head ({stamped})", remedy=_WAIT)
