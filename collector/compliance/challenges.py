"""What the other side may say of a day on which a name resolved, and what stands against it (issue of the order's days).

A challenge is excluded where the day would stand by itself on the rounds alone that exclude it: as many networks as a
day needs and two thirds of those that were to be heard, in as many samples as the day rule asks for. What excludes names
its witness, which a person can open. In doubt it is not excluded; where nobody looked it is not tested.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from collector.compliance.challenge_clauses import BY_ID, TOO_FEW, UNTESTED
from collector.compliance.challenge_rules import OF_PLAN, OF_ROUND, Word
from collector.compliance.facts import Measured
from schema.codec import Wire
from schema.words import Challenge, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from collector.compliance.dayevidence import DayEvidence, PlanFacts


class Met(NamedTuple):
    """How a challenge stands; `clause` and `figures` say why, `held` in how many of `plans` samples it is excluded."""

    challenge: Challenge
    standing: Standing
    clause: str
    figures: tuple[str, ...]
    witness: str | None
    held: int
    plans: int

    @property
    def detail(self) -> str:
        """In English."""
        return worded(self.clause, self.figures, self.standing, italian=False)


class DayChallenge(Wire, frozen=True, omit_defaults=False):
    """One challenge to one day: a row of `derived.day_challenge`."""

    order_id: str
    resolver: str
    name: str
    day: date
    challenge: Challenge
    standing: Standing
    witness: str | None
    detail: str
    clause: str
    figures: tuple[str, ...]
    held: int
    plans: int


def meet_all(day: DayEvidence) -> tuple[Met, ...]:
    """Every challenge of the closed list, in its order."""
    return tuple(meet(challenge, day) for challenge in Challenge)


def meet(challenge: Challenge, day: DayEvidence) -> Met:
    """How *challenge* stands on *day*."""
    if challenge is Challenge.OTHER_MEASURE:
        return _met(challenge, _other_measure(day), 0, day)
    words: list[Word] = []
    held: list[int] = []
    for plan in sorted(day.plans, key=lambda one: one.number):
        said, holds = _of_plan(challenge, plan, day)
        words += said
        if holds:
            held.append(plan.number)
    excluding = [word for word in words if _excludes(word)]
    if excluding and day.enough(held):
        return _met(challenge, excluding[0], len(held), day)
    if excluding and len(excluding) == len(words):
        too_few = excluding[0]._replace(witness=None)
        return _met(challenge, too_few, len(held), day)
    return _met(challenge, _most_telling(challenge, words), len(held), day)


def rows(order_id: str, day: DayEvidence, met: Iterable[Met]) -> list[DayChallenge]:
    """The rows of *met*, in their order."""
    return [
        DayChallenge(
            order_id, day.resolver.id, day.name, day.day, one.challenge, one.standing, one.witness, one.detail, one.clause,
            one.figures, one.held, one.plans,
        )
        for one in met
    ]  # fmt: skip


def worded(clause: str, figures: Sequence[str], standing: Standing, *, italian: bool) -> str:
    """What stands, in words; what would exclude a challenge and was seen too seldom says so."""
    said = BY_ID[clause]
    words = (said.italian if italian else said.english).format(*figures)
    if said.standing is Standing.EXCLUDED and standing is not Standing.EXCLUDED:
        return f"{TOO_FEW[italian]} {words}"
    return words


def standings(found: Iterable[DayChallenge]) -> dict[Challenge, Standing]:
    """How each challenge stands, of the rows of one day."""
    return {row.challenge: row.standing for row in found}


def _of_plan(challenge: Challenge, plan: PlanFacts, day: DayEvidence) -> tuple[list[Word], bool]:
    """What is said of one plan, and whether its sample would count on those alone that exclude the challenge."""
    if challenge in OF_PLAN:
        word = OF_PLAN[challenge](plan, day)
        return [word], _excludes(word)
    said = [(one, OF_ROUND[challenge](one, plan, day)) for one in sorted(plan.rounds, key=lambda one: one.vantage.id)]
    vantages = {one.vantage.id: one.vantage.asn for one, word in said if _excludes(word)}
    voices = len(vantages) if plan.on_net else len(set(vantages.values()))
    enough = voices >= max(1, plan.floor) and 3 * len(vantages) >= 2 * plan.sample.enrolled > 0
    return [word for _, word in said], enough


def _excludes(word: Word) -> bool:
    return BY_ID[word.clause].standing is Standing.EXCLUDED and word.witness is not None


def _most_telling(challenge: Challenge, words: Iterable[Word]) -> Word:
    """Of what does not exclude, what is said most often, what was looked at before what was not; ties by the words."""
    said = Counter((word.clause, word.figures) for word in words if not _excludes(word))
    ranked = sorted(said, key=lambda one: (BY_ID[one[0]].standing is not Standing.NOT_EXCLUDED, -said[one], one))
    return Word(*ranked[0]) if ranked else Word(UNTESTED[challenge])


def _met(challenge: Challenge, word: Word, held: int, day: DayEvidence) -> Met:
    standing = BY_ID[word.clause].standing
    if standing is Standing.EXCLUDED and word.witness is None:
        standing = Standing.NOT_EXCLUDED
    return Met(challenge, standing, word.clause, word.figures, word.witness, held, len(day.plans))


def _other_measure(day: DayEvidence) -> Word:
    if day.dns_alone is not None:
        return Word("dns_alone_counts", (), day.dns_alone)
    if day.measured is Measured.SEEN:
        return Word("measure_seen")
    if day.measured is Measured.NOT_SEEN and day.measured_by is not None:
        return Word("measure_not_seen", (), day.measured_by)
    return Word("measure_not_tested")
