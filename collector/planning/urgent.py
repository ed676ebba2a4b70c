"""Publishes at once what somebody has just entered: a first look, and plans of its own until the dockets know the names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.planner import Sheet
from collector.planning.asking import hurried, policy_for
from collector.planning.forecast import ANSWER_S, round_forecast
from collector.planning.slots import LEAD, Step, series
from collector.planning.sweeping import sweep_questions
from collector.questions import build_questions
from schema.cells import expand
from schema.words import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from collector.planner import Press
    from collector.planning.asking import Asking, Ledger, Listed, Wish
    from collector.planning.docket import Docket
    from collector.store import Ahead, Store
    from schema.pace import Pace
    from schema.plan import Plan, PlanVantage

#: A first look at names that were just entered asks so many at most: under the ceilings that takes a minute.
FIRST_LOOK_NAMES: Final = 40
_FIRST_LOOK_S: Final = 120.0
_TOGETHER: Final = timedelta(seconds=1)


class Known(NamedTuple):
    """The starts of dockets that are published and not over, and of those that are published right after; and the time."""

    dockets: Sequence[datetime]
    soon: Sequence[datetime]
    now: datetime


class Urgent:
    """Plans of names that no docket asks yet.

    A notification may have more names than the docket has room for. A first look asks FIRST_LOOK_NAMES of them all the
    same; the others are asked in sweeps, where what is new comes first.
    """

    def __init__(
        self,
        store: Store,
        press: Press,
        wish: Wish,
        *,
        step: Step,
        pace: Pace,
        listed: Listed,
        room: Callable[[tuple[PlanVantage, ...], float], int],
    ) -> None:
        """*room* says for how many names a window has room."""
        self._store, self._press, self._wish, self._step, self._pace = store, press, wish, step, pace
        self._listed, self._room = listed, room
        self._looked_until = datetime.min.replace(tzinfo=UTC)  # of names that found no room

    async def publish(
        self, docket: Docket, ledger: Ledger, made: Asking, vantages: tuple[PlanVantage, ...], known: Known
    ) -> list[Plan]:
        """A first look at names that somebody waits for, and full plans until the dockets to come ask all that are new.

        Raises:
            UnavailableError: the database is away.
        """
        ahead = await self._store.names_ahead(known.now)
        fresh = await self._fresh(docket, ahead)
        waiting = await self._without_room(docket, ledger, ahead)
        if not fresh and not waiting:
            return []
        last = [ahead[name].last for name in fresh if name in ahead]
        first = max([known.now + LEAD, *(at + _TOGETHER for at in last)])
        if known.soon and known.soon[0] <= first:  # it asks them as soon; and its number will be the higher one
            return []
        waited_for = hurried(ledger, docket, self._wish, known.now)
        looked = [*(name for name in fresh if name in waited_for), *waiting][:FIRST_LOOK_NAMES]
        sheets: list[Sheet] = []
        if looked:
            listed = await self._listed.by_order(ledger, known.now)
            policy = policy_for(looked, ledger, self._wish, listed, sweep=True)
            questions = sweep_questions(self._wish.world, looked)
            sheets.append(Sheet(first, questions, policy, _FIRST_LOOK_S))
        starts = series(known.now, first, known.dockets, self._step)[1:] if fresh else ()
        sheets += self._series(fresh, made, vantages, starts)
        plans = await self._press.publish_all(sheets)  # together: what is ahead says that a name is taken care of
        entered = dict(ledger.notified)
        self._looked_until = max([self._looked_until, *(entered[name] for name in waiting)])
        return plans

    async def _fresh(self, docket: Docket, ahead: Mapping[str, Ahead]) -> list[str]:
        """Names of the docket that no docket asks yet."""
        newest = await self._store.newest_docket_plan()
        questions = await self._store.questions(newest.questions) if newest else None
        asked = {cell.name for cell in expand(questions) if cell.role is Role.TARGET} if questions else set()
        configured = set(self._wish.names) if not newest else set()
        return [
            name
            for name in docket.names
            if name not in asked and name not in configured and (name not in ahead or ahead[name].swept_only)
        ]

    async def _without_room(self, docket: Docket, ledger: Ledger, ahead: Mapping[str, Ahead]) -> list[str]:
        """Names that were notified since the last look at such, find no room in the docket, and were not asked since."""
        entered = dict(ledger.notified)
        new = [
            name for name in docket.left if name not in ahead and name in entered and entered[name] > self._looked_until
        ]
        if not new:
            return []
        asked = await self._store.asked_since(new, min(entered[name] for name in new))
        return [name for name in new if name not in asked or asked[name] < entered[name]]

    def _series(
        self, fresh: Sequence[str], made: Asking, vantages: tuple[PlanVantage, ...], starts: Sequence[datetime]
    ) -> Iterator[Sheet]:
        """At *starts* the names that are new, as many at a time as there is room for."""
        if not starts:
            return
        window_s = 2 * self._step.half_s or self._step.window_s
        most = max(1, self._room(vantages, window_s))
        parts = [fresh[at : at + most] for at in range(0, len(fresh), most)]
        made_of = [build_questions(self._wish.world, part, repeats=self._wish.repeats) for part in parts]
        longest = [
            max((round_forecast(one, vantage, self._pace, window_s).seconds for vantage in vantages), default=0.0)
            for one in made_of
        ]
        for number, start in enumerate(starts):
            part = number % len(parts)
            needed_s = min(window_s, longest[part] + 2 * ANSWER_S)
            yield Sheet(start, made_of[part], made.policy, round(needed_s))
