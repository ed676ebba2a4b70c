"""Finds anew the days that something changed for, and keeps what they come to; a rebuild finds the same rows."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo

from collector.compliance.amounts import settle_amounts
from collector.compliance.readings import readings
from collector.compliance.sums import sums
from collector.findings.addressees import Addressees
from collector.findings.finder import Finder
from collector.findings.horizon import DAY, Horizon
from collector.store.findings import Basis, Found
from schema.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from collector.compliance.facts import FindingDay, FindingReading, FindingSum
    from collector.compliance.history import History
    from collector.library import Library
    from collector.store import Store

Key: TypeAlias = "tuple[str, str, date]"  # resolver, name, day


class Findings:
    """What days come to, for the one process that judges a database.

    A row is found anew when a plan of its day was folded, when the order or the addressee's resolvers changed, when the
    day ends, and when the log dates it otherwise. What is to be done is read from the database, so that a crash leaves
    nothing out. A round of a day that goes on costs a look at the database and no more.
    """

    def __init__(self, store: Store, library: Library, *, now: Callable[[], datetime]) -> None:
        """*now* is the clock that says which day is over; a lab has its own."""
        self._store = store
        self._addressees = Addressees(store, library)
        self._finder = Finder(store, library, self._addressees)
        self._horizon = Horizon(store, now)
        self._histories: dict[str, History] = {}
        self._kept: dict[str, dict[Key, FindingDay]] = {}

    async def update(self) -> int:
        """Bring the days in step; how many rows changed.

        Raises:
            UnavailableError: the database is away. EvidenceError, FormatError: the ledger is damaged.
        """
        try:
            return await self._update()
        except BaseException:
            self._kept.clear()  # what is remembered may not have been written
            raise

    async def _update(self) -> int:
        versions = await self._store.newest_versions()
        unfound = await self._store.unfound_plans()
        changed = 0
        if versions:
            if versions != {order_id: one.newest.number for order_id, one in self._histories.items()}:
                self._histories = await self._store.histories()
            await self._addressees.refresh()
            bases = await self._store.finding_bases()
            redated = await self._finder.redated()
            failed: list[Exception] = []
            for order_id, history in self._histories.items():
                try:
                    changed += await self._order(history, bases.get(order_id), [one.at for one in unfound], redated)
                except UnavailableError:
                    raise
                except Exception as error:  # noqa: BLE001 - it is raised below: one order does not stand in others' way
                    failed.append(error)
            if failed:
                raise failed[0]
            await self._finder.settled()
        if unfound:
            await self._store.forget_unfound(unfound)
        return changed

    async def _order(
        self, history: History, stored: Basis | None, folded: Iterable[datetime], redated: Collection[date]
    ) -> int:
        """Bring one order in step: plans that start at *folded* were folded anew, the log dates the days *redated*."""
        order = history.newest.order
        zone = ZoneInfo(order.timezone)
        through = await self._horizon.day(zone)
        operators = {operator for version in history.terms for operator in version.order.addressees}
        basis = Basis(order.id, history.newest.number, self._addressees.digest(operators), through)
        whole = frozenset(_days(history.terms[0].terms_from, through))
        days = whole
        if stored is not None and stored[:3] == basis[:3]:
            anew = {at.astimezone(zone).date() for at in folded}
            touched = anew.union(redated, await self._resting(order.id, min(anew, default=date.max)))
            days = frozenset(day for day in whole if day in touched or stored.through is None or day > stored.through)
            if not days and stored == basis:
                return 0
        kept = await self._rows(order.id)
        fresh = await self._finder.find(history, sorted(days))
        rows = [row for (_, _, day), row in kept.items() if day in whole and day not in days]
        # Apart from the loop: years of rows take their time, and batches come in meanwhile.
        settled, total, beside = await asyncio.to_thread(_settled, history, sorted([*rows, *fresh.days], key=_key))
        changed = [row for key, row in settled.items() if kept.get(key) != row]
        forgotten = [key for key, row in kept.items() if settled.get(key) != row]
        met = [*map(_key, fresh.days), *forgotten]
        await self._store.put_found(Found(basis, forgotten, changed, total, beside, met, fresh.challenges))
        self._kept[order.id] = settled
        return len({*forgotten, *map(_key, changed)})

    async def _resting(self, order_id: str, since: date) -> set[date]:
        """Days after *since* on which something was said against a row: what it rests on may begin in the days before.

        Whose a name is is told by what was seen of it up to the day; a round that comes late changes that for the days after.
        """
        if since == date.max:
            return set()
        rows = await self._rows(order_id)
        return {day for (_, _, day), row in rows.items() if day > since and row.samples_countable}

    async def _rows(self, order_id: str) -> dict[Key, FindingDay]:
        """The rows of an order as they are stored."""
        if order_id not in self._kept:
            self._kept[order_id] = {_key(row): row for row in await self._store.stored_days(order_id)}
        return self._kept[order_id]


def _settled(
    history: History, rows: Sequence[FindingDay]
) -> tuple[dict[Key, FindingDay], list[FindingSum], list[FindingReading]]:
    """All rows of an order with what they cost, what they add up to, and what they would by other events."""
    settled = settle_amounts(history, rows)
    return {_key(row): row for row in settled}, sums(history, settled), readings(history, settled)


def _key(row: FindingDay) -> Key:
    return row.resolver, row.name, row.day


def _days(first: date, last: date | None) -> Iterator[date]:
    """From *first* to *last*, both included; none where there is no last."""
    while last is not None and first <= last:
        yield first
        first += DAY
