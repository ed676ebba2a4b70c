"""Reads from the ledger what the next plans ask, and by which policy they are judged."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from collector.compliance.obliged import bounds_of
from collector.measures import NOBODY_MEASURES, Measuring
from collector.planning.docket import Docket, compose, in_force, ordered_names
from collector.questions import build_questions
from schema.timing import rome_day

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import date, datetime

    from collector.compliance.history import History
    from collector.questions import LatelySeen
    from collector.store import Mark, Store
    from schema.neverprobe import NeverProbe
    from schema.policy import Policy
    from schema.registry import World

#: A name that was just notified, or of which a sweep said something new, is asked in full for so long.
GUEST_TIME: Final = timedelta(hours=24)
_LATE: Final = timedelta(minutes=30)  # by which what a round came to is known, mostly


class Wish(NamedTuple):
    """What whoever runs the collector wants asked beside what the ledger names.

    `policy` is the one that plans name, but for whom orders oblige.
    """

    world: World
    policy: Policy
    names: tuple[str, ...] = ()
    repeats: int = 1
    look: bool = False
    measuring: Measuring = NOBODY_MEASURES


class Asking(NamedTuple):
    """What a docket plan is made of: its questions for what was lately seen, its policy, whose sites are asked."""

    questions: Callable[[LatelySeen], bytes]
    policy: Policy
    measured: Collection[str] = ()


class Ledger(NamedTuple):
    """What was entered that bears on what is asked; `notified` and `changed` are names with the time of it."""

    histories: dict[str, History]
    never: NeverProbe
    notified: list[tuple[str, datetime]]
    changed: list[tuple[str, datetime]]


class Changes:
    """Names of which sweeps said something new; what was read once is not read again but for rounds that come in late."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, datetime] = {}
        self._read: datetime | None = None

    async def names(self, now: datetime) -> list[tuple[str, datetime]]:
        """Those of the last GUEST_TIME, the newest first.

        Raises:
            UnavailableError: the database is away.
        """
        since = now - GUEST_TIME if self._read is None else max(self._read - _LATE, now - GUEST_TIME)
        for name, at in await self._store.changed_in_sweeps(since):
            self._known[name] = max(at, self._known.get(name, at))
        self._read = now
        self._known = {name: at for name, at in self._known.items() if at > now - GUEST_TIME}
        return sorted(self._known.items(), key=lambda one: (-one[1].timestamp(), one[0]))


async def read_ledger(
    store: Store, now: datetime, *, guests: int, changed: Sequence[tuple[str, datetime]] = ()
) -> Ledger:
    """The orders, and at most *guests* names of each kind that are asked in full for a while; *changed* are of sweeps.

    Raises:
        UnavailableError: the database is away. FormatError: an order is stored that this program cannot read.
    """
    notified = await store.lists_notified(now - GUEST_TIME, guests)
    return Ledger(await store.histories(), await store.never_probe(), notified, list(changed[:guests]))


def in_lists(ledger: Ledger, listed: Mapping[str, Collection[str]]) -> Ledger:
    """*ledger* without guests that no list in force holds any more: one taken back, or whose order has ended."""
    held = frozenset[str]().union(*listed.values())
    return ledger._replace(
        notified=[one for one in ledger.notified if one[0] in held],
        changed=[one for one in ledger.changed if one[0] in held],
    )


class Listed:
    """The names of lists by the id of their order, read again when something was entered."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: tuple[Mark, date, dict[str, frozenset[str]]] | None = None

    async def by_order(self, ledger: Ledger, now: datetime) -> dict[str, frozenset[str]]:
        """The lists of orders that are in force or will be, without what may not be asked.

        Raises:
            UnavailableError: the database is away.
        """
        mark, today = await self._store.docket_mark(), rome_day(now)
        if self._kept is None or self._kept[:2] != (mark, today):
            found = {}
            for order_id, history in ledger.histories.items():
                if in_force(history, today):
                    names = await self._store.list_names(order_id)
                    found[order_id] = frozenset(name for name in names if not ledger.never.refuses(name))
            self._kept = mark, today, found
        return self._kept[2]


def docket_of(ledger: Ledger, wish: Wish, now: datetime, *, room: int) -> Docket:
    """The names of the next docket plans; guests as far as there is *room*."""
    ordered = ordered_names(ledger.histories.values(), rome_day(now))
    guests = (*ledger.notified, *ledger.changed)
    return compose(wish.names, ordered, guests, room=room, refused=ledger.never.refuses)


def hurried(ledger: Ledger, docket: Docket, wish: Wish, now: datetime) -> frozenset[str]:
    """Those names of the docket that somebody is waiting for: an order names them, or they were notified."""
    ordered = ordered_names(ledger.histories.values(), rome_day(now))
    return (frozenset(ordered) | {name for name, _ in ledger.notified}) & frozenset(docket.names) - set(wish.names)


def asking(docket: Docket, ledger: Ledger, wish: Wish, listed: Mapping[str, Collection[str]]) -> Asking:
    """What the next docket plans are made of."""
    questions = partial(
        build_questions, wish.world, docket.names, repeats=wish.repeats, look=wish.look, measuring=wish.measuring
    )
    measured = frozenset(docket.names) if wish.measuring.vantages else frozenset()
    return Asking(questions, policy_for(docket.names, ledger, wish, listed), measured)


def policy_for(
    names: Collection[str],
    ledger: Ledger,
    wish: Wish,
    listed: Mapping[str, Collection[str]],
    *,
    sweep: bool = False,
) -> Policy:
    """The policy of plans that ask *names*: the wish's, with those whom orders oblige for them, by their lists too."""
    bound = bounds_of(ledger.histories.values(), wish.world.resolvers, names, listed)
    return replace(wish.policy, bound=(*wish.policy.bound, *bound), sweep=sweep)
