"""Keeps plans published: dockets ahead, names that were just entered at once, and sweeps in what time is left."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Final, NamedTuple

import structlog
from msgspec.structs import replace

from collector.planner import starts_ahead
from collector.planning.asking import Changes, Listed, asking, docket_of, in_lists, policy_for, read_ledger
from collector.planning.forecast import fleet_forecast, room, round_forecast
from collector.planning.rotation import Rotation
from collector.planning.slots import SWEEP_LEAD, Step, next_half
from collector.planning.telling import Forecast, remedy
from collector.planning.urgent import Known, Urgent
from collector.questions import build_questions
from schema.errors import OttemperaError, UnavailableError
from schema.plan import PlanVantage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence
    from datetime import datetime

    from collector.planner import Press
    from collector.planning.asking import Asking, Ledger, Wish
    from collector.store import Mark, Slot, Store
    from schema.pace import Pace
    from schema.plan import Plan

#: How often it is looked whether anything was entered.
LOOK_EVERY_S: Final = 2.0
#: How often plans are published ahead though nothing was.
_PUBLISH_EVERY: Final = timedelta(seconds=30)
#: Names of lists that are asked in full for a while, at most, and of those of which a sweep said something new.
_MOST_GUESTS: Final = 200
_DAY_S: Final = 86400
_PASSES: Final = 2  # so many whole passes a status stands that only sweeps support
_log = structlog.get_logger("collector")


class Rhythm(NamedTuple):
    """How time is divided, under which ceilings (of each probe), and whether long lists are gone through."""

    step: Step
    pace: Pace
    sweep: bool = True


class Publisher:
    """Publishes whatever is due; a restart or a pause dates nothing back, and nothing has to be told to it.

    For each resolver and name the numbers of plans go up with their starts, whatever is published when. A name that was
    just entered is asked in plans of its own until the first docket that was made after it; until then no docket asks it.
    Names of a plan that is still to come are left out of sweeps. So an order that is entered changes what is asked within
    seconds, although dockets are published hours ahead.
    """

    def __init__(
        self,
        store: Store,
        press: Press,
        wish: Wish,
        rhythm: Rhythm,
        *,
        now: Callable[[], datetime],
        published: Callable[[], Awaitable[object]],
    ) -> None:
        """*published* is awaited after plans were: they are to stand in the log before they start."""
        self._store, self._press, self._wish, self._rhythm = store, press, wish, rhythm
        self._now, self._published = now, published
        self._listed, self._changes = Listed(store), Changes(store)
        self._rotation = Rotation(store, self._listed, wish.world, rhythm.pace, rhythm.step.half_s)
        self._urgent = Urgent(
            store, press, wish, step=rhythm.step, pace=rhythm.pace, listed=self._listed, room=self._room
        )
        self._mark: Mark | None = None
        self._due: datetime | None = None
        self._rooms: dict[tuple[tuple[PlanVantage, ...], float], int] = {}
        self._said = ""

    async def keep_publishing(self) -> None:
        """For ever; what cannot be done now is done the next time."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.look()
            except UnavailableError as error:
                _log.warning("no plan published", detail=str(error), remedy=error.remedy)
            except OttemperaError as error:  # an order that cannot be read stops no other work
                self._say(f"no plan published: {error}")

    async def look(self) -> list[Plan]:
        """Publish if anything was entered, or it is time to.

        Raises:
            UnavailableError: the database is away. FormatError: an order is stored that this program cannot read.
        """
        mark, now = await self._store.docket_mark(), self._now()
        if mark == self._mark and self._due is not None and now < self._due:
            return []
        plans = await self.publish()
        self._mark = mark
        return plans

    async def publish(self) -> list[Plan]:
        """Whatever is due now. Raises what `look` does."""
        now = self._now()
        ledger = await self._ledger(now)
        vantages = await self._press.vantages()
        docket = docket_of(ledger, self._wish, now, room=self._room(vantages, self._rhythm.step.window_s))
        plans: list[Plan] = []
        if docket.names:
            made = asking(docket, ledger, self._wish, await self._listed.by_order(ledger, now))
            dockets = await self._docket_starts(now)
            soon = await self._starts(now)
            plans += await self._urgent.publish(docket, ledger, made, vantages, Known(dockets, soon, now))
            plans += await self._dockets(made, soon)
        elif not self._rhythm.sweep or not await self._rotation.has_names(ledger, now):
            self._say("there is no name to ask: import an order, or set names")
        dockets = await self._docket_starts(now)
        if self._rhythm.sweep:
            plans += await self._sweep(ledger, dockets, now)
        if plans:
            self._said = ""
            await self._published()
        halves = [half - SWEEP_LEAD for start in dockets for half in self._rhythm.step.halves(start)]
        self._due = min((at for at in halves if at > now), default=now + _PUBLISH_EVERY)
        self._due = min(self._due, now + _PUBLISH_EVERY)
        return plans

    async def forecast(self) -> Forecast:
        """What the plans that are next published cost; nothing is published. Raises what `look` does."""
        now, step, pace = self._now(), self._rhythm.step, self._rhythm.pace
        ledger = await self._ledger(now)
        vantages = await self._press.vantages()
        unlike = tuple({(one.asn, one.country): one for one in vantages}.values()) or (PlanVantage("", 0, ""),)
        most = self._room(vantages, step.window_s)
        docket = docket_of(ledger, self._wish, now, room=most)
        build = partial(build_questions, self._wish.world, repeats=self._wish.repeats)
        questions = build(docket.names) if docket.names else b""
        rounds = [round_forecast(questions, one, pace, step.window_s) for one in unlike] if questions else []
        needed_s = max((one.seconds for one in rounds), default=0.0)
        one_name = build(["one.forecast.example."])
        plans_a_day = 2 * _DAY_S / step.interval_s if step.half_s and self._rhythm.sweep else 0.0
        swept, candidates = await self._rotation.forecast(ledger, vantages, plans_a_day, now)
        return Forecast(
            names=docket.names,
            guests=docket.guests,
            left=len(docket.left),
            interval_s=step.interval_s,
            window_s=step.window_s,
            room=most,
            needed_s=needed_s,
            fits=all(one.fits for one in rounds),
            rounds=tuple(rounds),
            fleet=tuple(fleet_forecast(questions, vantages, pace, step.window_s)) if questions else (),
            urgent_s=max(round_forecast(one_name, one, pace, step.interval_s).seconds for one in unlike),
            sweep=swept,
            candidates=candidates,
            remedy=remedy(needed_s=needed_s, window_s=step.window_s, interval_s=step.interval_s),
        )

    async def _ledger(self, now: datetime) -> Ledger:
        ledger = await read_ledger(self._store, now, guests=_MOST_GUESTS, changed=await self._changes.names(now))
        return in_lists(ledger, await self._listed.by_order(ledger, now))

    async def _starts(self, now: datetime) -> tuple[datetime, ...]:
        """The starts of the dockets that are to be published now."""
        newest = await self._store.newest_docket_plan()
        return starts_ahead(self._rhythm.step.interval_s, newest.starts_at if newest else None, now)

    async def _dockets(self, made: Asking, starts: tuple[datetime, ...]) -> list[Plan]:
        if not starts:
            return []
        questions = made.questions(await self._press.lately_seen(made.measured))
        return await self._press.publish(
            starts, questions, made.policy, window_s=self._rhythm.step.window_s, docket=True
        )

    async def _sweep(self, ledger: Ledger, dockets: Sequence[datetime], now: datetime) -> list[Plan]:
        """The plan of the next half, if it is time for it and nobody else needs the half."""
        step = self._rhythm.step
        start = next_half(now, dockets, step)
        if start is None:
            return []
        slots = await self._store.plans_since(start - timedelta(seconds=step.interval_s))
        if _taken(slots, start, step.half_s):
            return []
        ahead = frozenset(await self._store.names_ahead(now))
        names, questions = await self._rotation.next_questions(ledger, await self._press.vantages(), ahead, now)
        if not questions:
            return []
        policy = policy_for(names, ledger, self._wish, await self._listed.by_order(ledger, now), sweep=True)
        pass_days = ceil(_PASSES * self._rotation.plans * step.interval_s / 2 / _DAY_S)  # two sweeps an interval
        policy = replace(policy, fresh_s=max(policy.fresh_s, pass_days * _DAY_S))
        plans = await self._press.publish([start], questions, policy, window_s=step.half_s)
        self._rotation.note(plans[0].number)
        return plans

    async def _docket_starts(self, now: datetime) -> tuple[datetime, ...]:
        """The starts of dockets that are at work or published ahead."""
        slots = await self._store.plans_since(now - timedelta(seconds=self._rhythm.step.interval_s))
        return tuple(slot.starts_at for slot in slots if slot.docket)

    def _room(self, vantages: tuple[PlanVantage, ...], window_s: float) -> int:
        """For how many names a window has room."""
        key = (vantages, window_s)
        if key not in self._rooms:
            build = partial(build_questions, self._wish.world, repeats=self._wish.repeats)
            self._rooms[key] = room(build, vantages, self._rhythm.pace, window_s)
        return self._rooms[key]

    def _say(self, what: str) -> None:
        """Say *what*, once for as long as it is the same."""
        if what != self._said:
            self._said = what
            _log.warning(what)


def _taken(slots: Iterable[Slot], start: datetime, seconds: float) -> bool:
    """Whether a plan other than a docket's is at work within *seconds* after *start*."""
    end = start + timedelta(seconds=seconds)
    return any(
        slot.starts_at < end and slot.starts_at + timedelta(seconds=slot.window_s) > start
        for slot in slots
        if not slot.docket
    )
