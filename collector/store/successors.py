"""The part of the store that keeps what became of candidates for successors, and gives what they are found from."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from collector.store.lists import Lists
from collector.store.orders import Orders
from collector.store.statements import load
from collector.successors.asking import names_to_ask
from collector.successors.deciding import Event, Kind, standing
from collector.successors.families import families
from collector.successors.grounds import Reason
from collector.successors.suffixes import top_levels
from collector.successors.ties import Known
from schema.codec import encode, reader
from schema.errors import UnavailableError
from schema.words import Ground as Said

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collector.compliance.history import Draft
    from collector.successors.deciding import Standing

_SQL: Final = load("successors.sql")
_reasons: Final = reader(tuple[Reason, ...], "the grounds of a candidate")


class Successors(Lists, Orders):
    """Candidates, what was decided of them, and which names ought to be asked for their sake."""

    async def known_names(self) -> dict[str, Known]:
        """What independent operators said of every name that was ever asked."""
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["known_names"])
        return {
            row["name"]: Known(
                row["name"],
                Said(row["ground"]),
                row["parked"],
                row["at"],
                tuple(row["name_servers"]),
                row["soa"],
                tuple(str(one) for one in row["addresses"]),
                row["lived_until"],
            )
            for row in rows
        }

    async def listed_names(self) -> dict[str, tuple[str, ...]]:
        """The orders whose lists have a name in force, by name."""
        found: dict[str, tuple[str, ...]] = {}
        async with self._connection() as connection:
            for row in await connection.fetch(_SQL["listed_everywhere"]):
                found[row["name"]] = (*found.get(row["name"], ()), row["order_id"])
        return found

    async def locations(self, vantage: str) -> list[tuple[str, str, str]]:
        """Name, `Location` header and witness (hex), as *vantage* was sent on by names; by name."""
        async with self._connection() as connection:
            return [tuple(row) for row in await connection.fetch(_SQL["redirects"], vantage)]

    async def successor_history(self, order_id: str | None = None, name: str | None = None) -> list[Event]:
        """What happened to candidates, oldest first.

        Raises:
            FormatError: an event is stored that this program cannot read.
        """
        async with self._connection() as connection:
            rows = await connection.fetch(_SQL["successor_events"], order_id, name)
        return [
            Event(
                row["order_id"], row["name"], row["at"], Kind(row["kind"]), row["family"], row["by"], row["reason"],
                row["score"], _reasons(row["grounds"].encode()),
            )
            for row in rows
        ]  # fmt: skip

    async def successor_standings(self) -> dict[tuple[str, str], Standing]:
        """What that comes to, by order and name."""
        events = await self.successor_history()
        key = attrgetter("order_id", "name")
        return {named: standing(some) for named, some in groupby(sorted(events, key=key), key=key)}

    async def successors(self) -> list[dict[str, Any]]:
        """Rows of `analyst.successors`, by order and name."""
        async with self._connection() as connection:
            return [dict(row) for row in await connection.fetch(_SQL["successors"])]

    async def put_successor_events(
        self, events: Iterable[Event], drafts: Iterable[Draft] = (), *, seen: int | None = None
    ) -> int | None:
        """Note *events*, and the versions of the order that follow from the first of them, if any: all or nothing.

        *seen* is how many events of the first one's candidate were there when it was decided. The number of the last version.

        Raises:
            UnavailableError: somebody decided of it, or entered a version, in the meantime.
        """
        entered = None
        async with self._transaction() as connection:
            await connection.execute(_SQL["hold_successors"])
            for number, event in enumerate(events):
                if number == 0 and seen is not None:
                    now = await connection.fetch(_SQL["successor_events"], event.order_id, event.name)
                    if len(now) != seen:
                        raise UnavailableError(
                            f"somebody decided of {event.name} in the meantime",
                            remedy=f"Look at it with `ottempera successors show {event.name}`.",
                        )
                for draft in drafts if number == 0 else ():
                    entered = await self._append(connection, draft, by=event.by, reason=event.reason, at=event.at)
                await connection.execute(_SQL["insert_successor_event"], *event[:8], encode(event.grounds).decode())
        return entered

    async def candidate_names(self) -> tuple[str, ...]:
        """The names of which it ought to be known where they stand, ascending; none that nobody may ask.

        Those under which a site may have gone on, those that wait for a decision, and those of lists that exist.
        """
        never = await self.never_probe()
        known = [one for history in (await self.histories()).values() for one in families(history.terms[-1].order)]
        waiting = {name for (_, name), found in (await self.successor_standings()).items() if _undecided(found)}
        async with self._connection() as connection:
            living = {row["name"] for row in await connection.fetch(_SQL["living_listed"])} if known else set()
        wanted = {*names_to_ask(known, top_levels()), *waiting, *living}
        return tuple(sorted(one for one in wanted if not never.refuses(one)))


def _undecided(found: Standing) -> bool:
    return found.kind in {Kind.QUEUED, Kind.SECONDED}
