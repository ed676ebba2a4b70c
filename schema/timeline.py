"""For which day a plan's word counts, and what the days come to (sp-007 §4, sp-008 §3). Pure."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from schema.bundle.parts import Days, TimelineRow
from schema.hearing import bearing, decides, floor_of
from schema.registry import Resolver
from schema.timing import rome_day
from schema.words import State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date

    from schema.bundle.parts import Query
    from schema.plan import Plan
    from schema.policy import Policy
    from schema.verdict import Verdict
    from schema.verifier.replay import Said

#: For these states every vantage that said anything supports the row: they say that no one word stands.
_ANY_WORD: Final = frozenset({State.MIXED, State.INSUFFICIENT})


def timeline_row(
    said: Said,
    plan: Plan,
    policy: Policy,
    *,
    late: bool,
    verdicts: Iterable[Verdict],
    days: Mapping[str, date | None],
) -> TimelineRow:
    """The row of *said* with the day it counts for: only rounds of those whose word decides show when it was so.

    *verdicts* are the plan's on this resolver and name; *days* are by probe, as `day_of_round` gives them.
    """
    day = rome_day(plan.starts_at)
    known = (one for one in policy.resolvers if one.id == said.resolver)
    resolver = next(known, Resolver(said.resolver, said.resolver))
    networks = {vantage.id: vantage.asn for vantage in bearing(plan.vantages, resolver, policy)}
    supporting = {
        networks[verdict.probe]
        for verdict in verdicts
        if verdict.probe in networks
        and days.get(verdict.probe) == day
        and (said.state in _ANY_WORD or (verdict.outcome.value == said.state.value and decides(verdict, resolver)))
    }
    heard = [vantage for vantage in plan.vantages if vantage.id in networks]
    counts = not late and not policy.sweep and len(supporting) >= max(1, floor_of(heard, resolver, policy))
    return TimelineRow(
        plan=said.plan,
        number=said.number,
        at=said.at,
        resolver=said.resolver,
        name=said.name,
        state=said.state,
        how=said.how,
        origin=said.origin,
        label=said.label,
        vantages=said.vantages,
        networks=said.networks,
        absent=said.absent,
        notes=said.notes,
        rule=said.rule,
        witness_digest=said.witness_digest,
        timed=len(supporting),
        day=day if counts else None,
    )


class DayCounts:
    """Adds up a timeline as it goes by, so that nobody has to hold it."""

    def __init__(self, query: Query, pairs: Collection[tuple[str, str]]) -> None:
        """Begin with every day of the query for every one of *pairs* (resolver, name): a day nobody measured shows too."""
        self._query = query
        self._pairs = sorted(pairs)
        self._planned: Counter[tuple[str, str, date]] = Counter()
        self._states: Counter[tuple[str, str, date, State]] = Counter()
        self._witnesses: dict[tuple[str, str, date], tuple[str, str]] = {}

    def add(self, row: TimelineRow) -> None:
        """Take the next row; rows come by plan number."""
        key = (row.resolver, row.name, rome_day(row.at))
        self._planned[key] += 1
        if row.day is None:
            return
        self._states[(*key, row.state)] += 1
        if row.witness_digest is not None:
            first, _ = self._witnesses.get(key, (row.witness_digest, ""))
            self._witnesses[key] = (first, row.witness_digest)

    def rows(self) -> Iterable[Days]:
        """By resolver, name, day."""
        count = (self._query.last_day - self._query.first_day).days + 1
        for resolver, name in self._pairs:
            for offset in range(count):
                yield self._row((resolver, name, self._query.first_day + timedelta(days=offset)))

    def _row(self, key: tuple[str, str, date]) -> Days:
        states = {state: self._states[(*key, state)] for state in State}
        first, last = self._witnesses.get(key, (None, None))
        return Days(
            resolver=key[0],
            name=key[1],
            day=key[2],
            planned=self._planned[key],
            blocked=states[State.BLOCKED],
            open=states[State.OPEN],
            mixed=states[State.MIXED],
            dead=states[State.DEAD],
            failing=states[State.FAILING],
            insufficient=states[State.INSUFFICIENT],
            untimed=self._planned[key] - sum(states.values()),
            first_witness=first,
            last_witness=last,
        )


def days_of(query: Query, rows: Sequence[TimelineRow]) -> tuple[Days, ...]:
    """The days of a timeline that is held whole."""
    counts = DayCounts(query, {(row.resolver, row.name) for row in rows})
    for row in rows:
        counts.add(row)
    return tuple(counts.rows())
