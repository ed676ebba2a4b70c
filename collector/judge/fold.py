"""From cells to endpoints to channels: what each comes to when the cells below it agree, and when they do not."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.judge.leaning import leanings
from collector.judge.rules import (
    ANSWERS_DISAGREE,
    ANSWERS_DOUBTFUL,
    NOT_PLAIN,
    OTHER_TYPE,
    RULES,
    VERIFIED_NOT_ASKED,
    VERIFIED_UNDECIDED,
    Fold,
    Rule,
)
from collector.judge.seen import ANSWERED, Form, Seen
from schema.words import Note, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from collector.judge.case import Case
    from collector.judge.fingerprints import Match
    from schema.words import How

_DECIDED: Final = frozenset({Outcome.BLOCKED, Outcome.OPEN, Outcome.DEAD})
_BOTH: Final = frozenset({Outcome.BLOCKED, Outcome.OPEN})
_ALONE: Final = {outcome: frozenset({outcome}) for outcome in Outcome}
_UNCERTAIN: Final = frozenset({Form.TIMEOUT, Form.SERVFAIL})  # a lost packet beside an answer makes no pool


class Opinion(NamedTuple):
    """What one cell comes to, and by which rule."""

    order: int  # among the cells of its name and resolver
    seen: Seen
    rule: Rule
    how: How | None
    label: Match | None
    stale: bool
    leanings: frozenset[Outcome] = frozenset()  # of one that decides nothing

    @property
    def outcome(self) -> Outcome:
        """The rule's outcome."""
        return self.rule.outcome


class Said(NamedTuple):
    """What some cells come to together; *reason* where they come to nothing only together."""

    outcome: Outcome
    opinions: tuple[Opinion, ...]  # that carry it, or for want of it
    outcomes: frozenset[Outcome]  # all that were said
    notes: frozenset[Note] = frozenset()
    reason: Fold | None = None
    leanings: frozenset[Outcome] = frozenset()  # of cells that decide nothing

    @property
    def verifiable(self) -> bool:
        """Whether it was said where a certificate can vouch for it."""
        return self.opinions[0].seen.place.verifiable

    @property
    def decided(self) -> bool:
        """Whether anything follows."""
        return self.outcome in _DECIDED

    @property
    def answered(self) -> bool:
        """Whether the resolver said something of the name, even if nothing follows from it."""
        return any(opinion.seen.form in ANSWERED for opinion in self.opinions) or self.reason is ANSWERS_DISAGREE


def judged(order: int, case: Case, rules: Iterable[Rule]) -> Opinion:
    """The first of *rules* that holds of the cell *order*; where none does, the last of all, which has no opinion."""
    rule = next((rule for rule in rules if rule.holds(case)), RULES[-1])
    blocked = rule.outcome is Outcome.BLOCKED
    may_be = frozenset() if rule.outcome in _DECIDED else leanings(case)
    how, label = (rule.how or case.how, case.label) if blocked else (None, None)
    return Opinion(order, case.seen, rule, how, label, case.stale, may_be)


def fold_endpoint(opinions: Sequence[Opinion]) -> Said:
    """What one endpoint says of one name and type: questions as users put them decide, the rest explains."""
    plain = tuple(opinion for opinion in opinions if opinion.seen.place.plain)
    if not plain:
        return Said(Outcome.INSUFFICIENT, tuple(opinions), frozenset(), reason=NOT_PLAIN)
    said = _together(plain)
    explained = {opinion.outcome for opinion in opinions if not opinion.seen.place.plain} & _BOTH
    if said.outcome in _BOTH and explained - {said.outcome}:
        return said._replace(notes=said.notes | {Note.PROFILES_DIFFER})
    return said


def fold_channel(endpoints: Sequence[Said]) -> Said:
    """What endpoints of one kind (verified, or port 53) say together; *endpoints* in the order of their cells."""
    outcomes = frozenset().union(*(said.outcomes for said in endpoints))
    notes = frozenset().union(*(said.notes for said in endpoints))
    opinions = tuple(sorted((one for said in endpoints for one in said.opinions), key=lambda one: one.order))
    leanings = frozenset().union(*(said.leanings for said in endpoints))
    if outcomes >= _BOTH:
        return Said(Outcome.INSUFFICIENT, opinions, outcomes, notes | _difference(endpoints), ANSWERS_DISAGREE)
    for outcome in (Outcome.BLOCKED, Outcome.OPEN, Outcome.DEAD):
        if outcome in outcomes:
            if _doubtful(outcome, leanings):
                return Said(Outcome.INSUFFICIENT, opinions, outcomes, notes, ANSWERS_DOUBTFUL)
            return Said(outcome, _of(opinions, outcome), outcomes, notes)
    asked = [said for said in endpoints if any(one.seen.form is not Form.NOT_ASKED for one in said.opinions)]
    if asked and all(said.outcome is Outcome.FAILING for said in asked):
        return Said(Outcome.FAILING, _of(opinions, Outcome.FAILING), outcomes, notes)
    reason = endpoints[0].reason if endpoints and all(said.reason for said in endpoints) else None
    undecided = tuple(one for one in opinions if one.outcome is not Outcome.FAILING)
    return Said(Outcome.INSUFFICIENT, undecided or opinions, outcomes, notes, reason, leanings)


def verified_undecided(verified: Said) -> Said:
    """*verified* as the last word, although it decides nothing: port 53 cannot stand in its place."""
    return verified._replace(reason=verified.reason or VERIFIED_UNDECIDED)


def disagreeing(port_53: Said) -> Said:
    """*port_53* where what may be the resolver's own answers and what is not come to the contrary."""
    notes = port_53.notes - {Note.ADDRESSES_DIFFER, Note.TRANSPORTS_DIFFER}  # it is not the resolver's that differ
    return port_53._replace(outcome=Outcome.INSUFFICIENT, notes=notes, reason=ANSWERS_DISAGREE)


def unvouched(port_53: Said) -> Said:
    """*port_53* where a verified channel was in the round and not asked: leaving its answer out must not let 53 speak."""
    return Said(Outcome.INSUFFICIENT, port_53.opinions, frozenset(), port_53.notes, VERIFIED_NOT_ASKED)


def withdrawn(said: Said) -> Said:
    """*said* of a type that cannot decide: what A says is not known, and leaving it out must not let another speak."""
    return Said(Outcome.INSUFFICIENT, said.opinions, frozenset(), said.notes, OTHER_TYPE)


def _together(plain: tuple[Opinion, ...]) -> Said:
    rule = plain[0].rule
    if rule.outcome in _DECIDED and all(opinion.rule is rule for opinion in plain):  # as most rounds go
        return Said(rule.outcome, plain, _ALONE[rule.outcome])
    outcomes = frozenset(opinion.outcome for opinion in plain) & _DECIDED
    if outcomes >= _BOTH:
        against = [one for one in plain if one.outcome is Outcome.BLOCKED and one.seen.form not in _UNCERTAIN]
        notes = frozenset({Note.POOL}) if against else frozenset()
        return Said(Outcome.INSUFFICIENT, plain, outcomes, notes, ANSWERS_DISAGREE)
    leanings = frozenset().union(*(opinion.leanings for opinion in plain))
    for outcome in (Outcome.BLOCKED, Outcome.OPEN, Outcome.DEAD):
        if outcome in outcomes:
            if _doubtful(outcome, leanings):
                return Said(Outcome.INSUFFICIENT, plain, outcomes, reason=ANSWERS_DOUBTFUL, leanings=leanings)
            return Said(outcome, _of(plain, outcome), outcomes, leanings=leanings)
    asked = [opinion for opinion in plain if opinion.seen.form is not Form.NOT_ASKED]
    if asked and all(opinion.outcome is Outcome.FAILING for opinion in asked):
        return Said(Outcome.FAILING, tuple(asked), outcomes, leanings=leanings)
    undecided = tuple(one for one in plain if one.outcome is not Outcome.FAILING)
    return Said(Outcome.INSUFFICIENT, undecided or plain, outcomes, leanings=leanings)


def _doubtful(outcome: Outcome, leanings: frozenset[Outcome]) -> bool:
    """Whether cells that decide nothing lean against *outcome*; against dead, those that could be either that or a block."""
    if outcome is Outcome.DEAD:
        return leanings >= {Outcome.DEAD, Outcome.BLOCKED}
    return outcome in _BOTH and bool((leanings & _BOTH) - {outcome})


def _of(opinions: Iterable[Opinion], outcome: Outcome) -> tuple[Opinion, ...]:
    return tuple(opinion for opinion in opinions if opinion.outcome is outcome)


def _difference(endpoints: Sequence[Said]) -> frozenset[Note]:
    """In what the endpoints that disagree differ: in their address, or only in their transport."""
    split = [said for said in endpoints if said.outcome in _BOTH]
    if len({said.outcome for said in split}) < len(_BOTH):
        return frozenset()  # they agree; one of them disagrees with itself

    def transport(said: Said) -> str:
        return said.opinions[0].seen.place.reach.transport

    for _, group in groupby(sorted(split, key=transport), key=transport):
        if len({said.outcome for said in group}) > 1:
            return frozenset({Note.ADDRESSES_DIFFER})
    return frozenset({Note.TRANSPORTS_DIFFER})
