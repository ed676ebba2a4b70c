"""Goes through long lists in rotation: what was asked least lately comes next, and what is new comes first.

Where there are more candidates of successors than listed names, the two take turns: they do not keep lists waiting.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.planning.chunks import chunks
from collector.planning.forecast import room, sweep_forecast
from collector.planning.sweeping import candidate_questions, sweep_questions
from schema.cells import expand, questions_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from collector.planning.asking import Ledger, Listed
    from collector.planning.forecast import SweepForecast
    from collector.store import Store
    from schema.pace import Pace
    from schema.plan import PlanVantage
    from schema.registry import World

#: How long the lists are taken to be as they were read.
_KEEP: Final = timedelta(minutes=10)


class Chunk(NamedTuple):
    """The names of one sweep plan; `candidates` of successors are asked at the controls alone. `digest` is the whole set's."""

    names: tuple[str, ...]
    candidates: bool
    digest: str


class Lists(NamedTuple):
    """Every name that is gone through: those of lists, and those that may be successors."""

    listed: frozenset[str]
    candidates: frozenset[str]


class Rotation:
    """Which names the next sweep asks."""

    def __init__(self, store: Store, listed: Listed, world: World, pace: Pace, window_s: float) -> None:
        """Sweeps have *window_s* each; where that is 0, there are none."""
        self._store, self._listed, self._world, self._pace, self._window_s = store, listed, world, pace, window_s
        self._lists: tuple[datetime, object, Lists] | None = None
        self._chunks: tuple[object, list[Chunk]] = (None, [])
        self._turns: dict[str, int] = {}
        self._taken = ""

    async def has_names(self, ledger: Ledger, now: datetime) -> bool:
        """Whether there is anything to go through."""
        lists = await self._names(ledger, now)
        return bool(lists.listed or lists.candidates)

    async def next_questions(
        self, ledger: Ledger, vantages: tuple[PlanVantage, ...], ahead: frozenset[str], now: datetime
    ) -> tuple[tuple[str, ...], bytes]:
        """The names of the next sweep and its question set; empty where there is none. Names *ahead* are left out."""
        plan = self.cut(await self._names(ledger, now), vantages)
        known = await self._store.last_planned(one.digest for one in plan)
        last = {one.digest: max(known.get(one.digest, 0), self._turns.get(one.digest, 0)) for one in plan}
        turn = {kind: max(last[one.digest] for one in plan if one.candidates is kind) for kind in _taking_turns(plan)}
        ordered = sorted(plan, key=lambda one: (turn.get(one.candidates, 0), last[one.digest], one.digest))
        for chunk in ordered:
            names = tuple(name for name in chunk.names if name not in ahead)
            if names:
                self._taken = chunk.digest
                return names, self._build(chunk.candidates)(names)
        return (), b""

    def note(self, number: int) -> None:
        """What `next_questions` gave last was published under *number*."""
        self._turns[self._taken] = number

    @property
    def plans(self) -> int:
        """How many plans a whole pass takes."""
        return len(self._chunks[1]) * (2 if _taking_turns(self._chunks[1]) else 1)

    async def forecast(
        self, ledger: Ledger, vantages: tuple[PlanVantage, ...], plans_a_day: float, now: datetime
    ) -> tuple[SweepForecast, SweepForecast]:
        """How long it takes to go through the lists once, and through the candidates; both take turns."""
        lists = await self._names(ledger, now)
        plan = self.cut(lists, vantages)
        turns = _taking_turns(plan)
        found = []
        for kind, names in ((False, lists.listed), (True, lists.candidates)):
            own = [one for one in plan if one.candidates is kind]
            cells = sum(len(expand(self._build(kind)(one.names))) for one in own[:1]) * len(own)
            most = max((len(one.names) for one in own), default=0)
            share = 1 / len(turns) if turns else len(own) / max(1, len(plan))
            found.append(sweep_forecast(len(names), most, cells, len(own), plans_a_day * share))
        return found[0], found[1]

    def cut(self, lists: Lists, vantages: tuple[PlanVantage, ...]) -> list[Chunk]:
        """*lists* in chunks that fit the window of a sweep."""
        key = (lists, vantages)
        if self._chunks[0] != key and self._window_s:
            found = []
            for candidates, names in ((False, lists.listed), (True, lists.candidates)):
                build = self._build(candidates)
                most = room(build, vantages, self._pace, self._window_s) if names else 0
                found += [Chunk(one, candidates, questions_digest(build(one))) for one in chunks(names, most or 1)]
            self._chunks = (key, found)
        return self._chunks[1]

    def _build(self, candidates: bool) -> Callable[[Sequence[str]], bytes]:  # noqa: FBT001 - a kind of names
        return partial(candidate_questions if candidates else sweep_questions, self._world)

    async def _names(self, ledger: Ledger, now: datetime) -> Lists:
        mark = await self._store.docket_mark()
        if self._lists is None or self._lists[1] != mark or now - self._lists[0] > _KEEP:
            listed = frozenset().union(*(await self._listed.by_order(ledger, now)).values())
            candidates = frozenset(await self._store.candidate_names())
            self._lists = (
                now,
                mark,
                Lists(listed, frozenset(one for one in candidates if not ledger.never.refuses(one))),
            )
        return self._lists[2]


def _taking_turns(plan: Sequence[Chunk]) -> frozenset[bool]:
    """The kinds of chunks (candidates or not) that take turns: where there are more candidates than lists. Else none does."""
    candidates = sum(one.candidates for one in plan)
    return frozenset({False, True}) if candidates > len(plan) - candidates > 0 else frozenset()
