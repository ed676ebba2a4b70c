"""Leaving verdicts out of a status: to `insufficient` or less sure, never to the opposite, never below the floor; in any order."""

from __future__ import annotations

import os
import random
from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING, Final

import pytest
from msgspec.structs import replace

from collector.runs import Histories, History
from collector.status import Fold, Hysteresis, Run, Sample, fold_runs
from schema.policy import Policy
from schema.registry import Resolver
from schema.words import State
from tests.judging.votes import ABSENT, AT, PLAIN, PROVIDER, PUBLIC, SAYS, Panel, fold, fuller, heard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SEED: Final = int(os.environ.get("OTTEMPERA_SEED", "20261121"))
POLICY: Final = Policy(fresh_s=3 * 600)
BY: Final = Hysteresis(POLICY.confirm, POLICY.window)
OPPOSITES: Final = frozenset({State.OPEN, State.BLOCKED})
SPEAKING: Final = {PUBLIC.id: "bodfxt", PLAIN.id: "bodfxtBO", PROVIDER.id: "bodfxtBO"}  # who says more than nothing
KEY: Final = ("cloudflare", "x.example.")
Key = tuple[str, str]


def states(letters: str, panel: Panel, resolver: Resolver, policy: Policy = POLICY) -> dict[str, Sample]:
    """What comes of everything that can be heard."""
    return {says: fold(says, panel, resolver, policy) for says in heard(letters, panel.enrolled)}


@pytest.mark.parametrize(
    ("letters", "panel", "resolver"),
    [
        *((("boditx"), Panel(enrolled), PUBLIC) for enrolled in range(1, 7)),
        *(("bofpB", Panel(enrolled), PUBLIC) for enrolled in range(1, 8)),
        *(("bodBOp", Panel(enrolled), PLAIN) for enrolled in range(1, 7)),
        *(("bodfx", Panel(enrolled, (3269,)), PROVIDER) for enrolled in range(1, 7)),
        *(("bod", Panel(enrolled, (3269, 16232)), PROVIDER) for enrolled in range(1, 9)),
        *(("bo", Panel(enrolled), PUBLIC) for enrolled in range(8, 41)),
    ],
    ids=lambda value: value if isinstance(value, str) else value.id if isinstance(value, Resolver) else str(value[0]),
)
def test_no_state_becomes_its_opposite(letters: str, panel: Panel, resolver: Resolver) -> None:
    """From all that can be heard, leave out one after the other in every order: nothing turns round."""
    folded = states(letters, panel, resolver)
    above: dict[str, frozenset[State]] = {}
    for says, sample in folded.items():
        above[says] = frozenset({sample.state}).union(*(above[more] for more in fuller(says, letters)))
        if sample.state in OPPOSITES:
            assert not above[says] & (OPPOSITES - {sample.state}), says


@pytest.mark.parametrize("resolver", [PUBLIC, PLAIN, PROVIDER], ids=lambda resolver: resolver.id)
@pytest.mark.parametrize("enrolled", [1, 2, 3, 4])
def test_no_state_below_the_floor(resolver: Resolver, enrolled: int) -> None:
    """Every letter: a state needs two networks that say something, a provider's one vantage on its own."""
    panel = Panel(enrolled, (3269,) if resolver is PROVIDER else ())
    floor = 1 if resolver is PROVIDER else 2
    for says, sample in states("".join(SAYS), panel, resolver).items():
        speaking = sum(said in SPEAKING[resolver.id] + "r" for said in says)
        assert sample.state is State.INSUFFICIENT or speaking >= floor, says
        assert sample.absent == says.count(ABSENT)


def test_the_order_of_votes_does_not_matter() -> None:
    panel = Panel(4)
    for says in ("brbo", "rrbb", "bobo", "xboi", "tbbB", "fddo", ".rbr"):
        votes = 4 - says.count(ABSENT)
        assert len({fold(says, panel, PUBLIC, POLICY, order) for order in permutations(range(votes))}) == 1, says


class Shelf:
    """Samples and runs in memory, where a collector keeps them in its database."""

    def __init__(self) -> None:
        self.kept: dict[int, Sample] = {}
        self.stored: list[Run] = []

    def of(self, sample: Sample) -> Key:
        return sample.resolver, sample.name

    async def samples(self, keys: Sequence[Key]) -> Mapping[Key, Sequence[Sample]]:
        return {key: [self.kept[number] for number in sorted(self.kept)] for key in keys}

    async def runs(self, keys: Sequence[Key]) -> Mapping[Key, Sequence[Run]]:
        return {key: list(self.stored) for key in keys}

    async def policy(self, plan_number: int) -> Hysteresis:
        return BY

    def fold(self, policy: Hysteresis) -> Fold:
        return Fold(policy)


def arriving(dice: random.Random, plans: int) -> list[tuple[int, int, str]]:
    """Plan, vantage and what it says, as a fleet with outages delivers them: mostly in order, some very late."""
    truth = "b" if dice.random() < 0.5 else "o"
    found = []
    for plan in range(plans):
        if dice.random() < 0.1:
            truth = dice.choice("bod")
        for vantage in range(3):
            said = dice.choice("bodfix") if dice.random() < 0.1 else truth
            late = dice.expovariate(0.05) if dice.random() < 0.15 else dice.random() * 1.5
            found.append((plan + late, plan, vantage, said))
    return [(plan, vantage, said) for _, plan, vantage, said in sorted(found)]


@pytest.mark.parametrize("seed", range(SEED, SEED + 40))
async def test_the_order_of_arrival_does_not_matter(seed: int) -> None:
    """Verdicts of plans that overtake each other, folded as they come, are the runs of all samples in order."""
    dice = random.Random(seed)
    shelf, panel = Shelf(), Panel(3)
    histories: Histories[Key, Sample, Run, Hysteresis] = Histories(shelf)
    said: dict[int, list[str]] = {}
    for plan, vantage, letter in arriving(dice, 60):
        letters = said.setdefault(plan, [ABSENT] * 3)
        letters[vantage] = letter
        sample = replace(
            fold("".join(letters), panel, PUBLIC, POLICY), plan_number=plan, at=AT + timedelta(minutes=10 * plan)
        )
        shelf.kept[plan] = sample
        for change in await histories.changes([sample]):
            assert change.key == KEY
            shelf.stored = [run for run in shelf.stored if run.started_at < change.since] + list(change.runs)
        if dice.random() < 0.02:
            histories.forget()  # as after a restart
    in_order = [shelf.kept[number] for number in sorted(shelf.kept)]
    assert shelf.stored == fold_runs(in_order, POLICY)
    assert list(History(Fold(BY), BY, in_order).runs) == fold_runs(in_order, POLICY)
    assert len(shelf.stored) > 1
