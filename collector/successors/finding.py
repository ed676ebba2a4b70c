"""Looks for candidates in what is known, and queues what people should look at."""

from __future__ import annotations

import asyncio
import csv
from functools import cache, partial
from importlib.resources import files
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from collector.compliance.bounds import local_day
from collector.judge.networks import Networks
from collector.registry import builtin_networks
from collector.successors.candidates import Candidate, Pool, Redirect, candidates
from collector.successors.deciding import Event, to_queue
from collector.successors.families import bare, families
from collector.successors.ties import Provider, Shared
from schema.errors import FormatError
from schema.names import canonical
from schema.scope import covers, registrable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from collector.compliance.history import History
    from collector.store import Store
    from schema.order import Order

_MOST_CHARS: Final = 4096  # of a header that is read


class Look(NamedTuple):
    """What was found: every candidate, the highest scores first, and how many names are still to be asked."""

    candidates: tuple[Candidate, ...]
    unasked: int

    def of(self, name: str, order_id: str | None = None) -> tuple[Candidate, ...]:
        """Those for one name."""
        wanted = bare(name)
        return tuple(one for one in self.candidates if one.name == wanted and order_id in {None, one.order_id})


async def look(store: Store, now: datetime, *, redirects_from: str = "") -> Look:
    """Every candidate for the sites of the orders that are kept; nothing is written.

    *redirects_from* is the vantage whose visits may tell where sites send people; none: no redirect is looked at.
    """
    histories = await store.histories()
    now = await measured_time(store, now)
    never = await store.never_probe()
    known, listed = await store.known_names(), await store.listed_names()
    seen = _redirects(await store.locations(redirects_from)) if redirects_from else ()
    pool = Pool(
        {name: one for name, one in known.items() if not never.refuses(name)},
        {name: orders for name, orders in listed.items() if not never.refuses(name)},
        tuple(one for one in seen if not never.refuses(one.target)),
    )
    orders = {order_id: current(history, now) for order_id, history in histories.items()}
    days = {order_id: today(history, now) for order_id, history in histories.items()}
    every = [one for order in orders.values() for one in families(order)]
    # Seconds where lists are long: whoever serves goes on receiving meanwhile.
    found = await asyncio.to_thread(candidates, every, pool, builtin_shared(), covered=partial(_covered, orders, days))
    wanted = await store.candidate_names()
    return Look(found, sum(one not in known for one in wanted))


async def find(store: Store, now: datetime, *, redirects_from: str = "") -> tuple[list[Event], Look]:
    """Look, and queue what nobody was asked to look at before; what was queued, and everything that was found."""
    found = await look(store, now, redirects_from=redirects_from)
    standings = await store.successor_standings()
    events = [
        event
        for one in found.candidates
        if (event := to_queue(one, standings.get((one.order_id, one.name)), now)) is not None
    ]
    if events:
        await store.put_successor_events(events)
    return events, found


async def measured_time(store: Store, now: datetime) -> datetime:
    """The time it is where it is measured: *now*, and in a lab, which has its own time, that of the newest judged plan."""
    deployment = await store.deployment()
    starts = await store.newest_judged_start() if deployment is not None and deployment.lab else None
    return starts[0] if starts is not None else now


def today(history: History, now: datetime) -> date:
    """The day it is where the order counts."""
    return local_day(now, history.newest.order.timezone)


def current(history: History, now: datetime) -> Order:
    """The order as its terms are now, or will be first."""
    found = history.in_force(today(history, now)) or history.terms[0]
    return found.order


def _covered(orders: Mapping[str, Order], days: Mapping[str, date], order_id: str, name: str) -> bool:
    order, day = orders[order_id], days[order_id]
    return covers(order, name, day) is not None or covers(order, f"www.{name}", day) is not None


@cache
def builtin_shared() -> Shared:
    """What providers give to all their customers, by the tables that come with the program."""
    text = files("collector.successors").joinpath("shared.csv").read_text(encoding="utf-8")
    rows = [Provider(row["kind"], row["value"], row["source"]) for row in csv.DictReader(text.splitlines())]
    networks = Networks(builtin_networks())
    return Shared(rows, lambda address: networks.number(address) is not None)


def _redirects(rows: Iterable[tuple[str, str, str]]) -> tuple[Redirect, ...]:
    """Those that lead to another site than the one that was asked."""
    found = (Redirect(name, target, witness) for name, text, witness in rows if (target := host_of(text)))
    return tuple(one for one in found if registrable(one.target) not in {None, registrable(one.source)})


def host_of(location: str) -> str | None:
    """The name that a `Location` header leads to; None of one that stays where it is, leads to an address or is garbled."""
    try:
        host = urlsplit(location[:_MOST_CHARS]).hostname or ""
        return None if _is_address(host) else canonical(host)
    except (ValueError, FormatError):
        return None


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
