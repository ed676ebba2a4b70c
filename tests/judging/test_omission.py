"""Law 3: leaving records out of a round leads to `insufficient` or to the same, never from open to blocked or back.

Nor is a resolver ever named because records are missing. What a status believes is what is tested: see `omission.turned`.
"""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING, Final

import pytest

from collector.judge import Memory, judge_lines, judge_round
from schema.record import gap_line
from schema.words import Gap
from tests.judging.hard_rounds import BESIDE, hard_rounds, random_round
from tests.judging.omission import Omissions
from tests.unit.judge_build import POLICY, WORLD

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.judging.omission import Turned
    from tests.unit.judge_build import Cells

SEED: Final = int(os.environ.get("OTTEMPERA_SEED", "20261121"))
SMALL: Final = 9  # cells of a round of which every subset is judged
ROUNDS: Final = 150
BIGGER: Final = 60
CHAINS: Final = 12


def found(omissions: Omissions, turned: list[Turned]) -> list[str]:
    """What turned, in words."""
    return [omissions.told(one) for one in turned]


@pytest.mark.parametrize("beside", BESIDE)
def test_every_omission_from_hard_rounds(beside: str) -> None:
    """The vector of each rule with what may stand beside it: every subset of a small round, one and two records of others."""
    memory = Memory()
    for name, cells in hard_rounds(beside):
        for gaps in (False, True):
            omissions = Omissions(cells.records, gaps=gaps, memory=memory)
            turned = omissions.every() if len(cells.records) <= SMALL else omissions.few(2)
            assert not (wrong := found(omissions, list(turned))), f"{name}, gaps={gaps}: {len(wrong)}\n{wrong[0]}"


def test_every_omission_from_random_rounds(show: Callable[[str], None]) -> None:
    """Rounds of up to eight cells that no plan would make, without each subset of them."""
    memory, judged = Memory(), 0
    for seed in range(SEED, SEED + ROUNDS):
        dice = random.Random(seed)
        cells = random_round(dice, dice.randint(4, 8))
        for gaps in (False, True):
            omissions = Omissions(cells.records, gaps=gaps, memory=memory)
            wrong = found(omissions, list(omissions.every()))
            judged += omissions.judged
            assert not wrong, f"seed {seed}, gaps={gaps}: {len(wrong)}\n{wrong[0]}"
    show(f"omissions: {ROUNDS} random rounds from seed {SEED}, {judged:,} rests of them judged, 0 turned")


def test_chains_of_omissions_from_bigger_random_rounds() -> None:
    """Rounds of up to forty cells, from which more and more is left out in random order."""
    memory = Memory()
    for seed in range(SEED, SEED + BIGGER):
        dice = random.Random(seed)
        cells = random_round(dice, dice.randint(12, 40))
        gaps = dice.random() < 0.5
        omissions = Omissions(cells.records, gaps=gaps, memory=memory)
        for _ in range(CHAINS):
            larger = omissions.whole
            while larger:
                smaller = larger
                for _ in range(dice.randint(1, 4)):
                    smaller &= ~(1 << dice.randrange(len(cells.records)))
                wrong = found(
                    omissions, [*omissions.between(larger, smaller), *omissions.between(omissions.whole, smaller)]
                )
                assert not wrong, f"seed {seed}, gaps={gaps}\n{wrong[0]}"
                larger = smaller


def test_a_gap_line_is_as_if_the_record_were_not_there() -> None:
    """The canonical line of a gap names no question: it may take nothing away and add nothing."""
    for name, cells in hard_rounds("dressed"):
        lines = [line for line, _ in cells.records]
        for at, (_, record) in enumerate(cells.records):
            gap = gap_line(record.plan, record.probe, record.cell, Gap.BREAKER)
            without = [*lines[:at], *lines[at + 1 :]]
            with_gap = [*lines[:at], gap, *lines[at + 1 :]]
            assert list(judge_lines(with_gap, WORLD, POLICY)) == list(judge_lines(without, WORLD, POLICY)), (name, at)


@pytest.mark.parametrize("beside", BESIDE)
def test_the_order_of_records_does_not_matter(beside: str) -> None:
    memory, dice = Memory(), random.Random(SEED)
    for name, cells in hard_rounds(beside):
        assert _shuffled_alike(cells, memory, dice), name


def test_the_order_of_records_of_random_rounds_does_not_matter() -> None:
    memory = Memory()
    for seed in range(SEED, SEED + ROUNDS):
        dice = random.Random(seed)
        assert _shuffled_alike(random_round(dice, dice.randint(4, 40)), memory, dice), seed


def _shuffled_alike(cells: Cells, memory: Memory, dice: random.Random) -> bool:
    expected = judge_round(cells.records, WORLD, POLICY)
    shuffled = list(cells.records)
    dice.shuffle(shuffled)
    return expected == judge_round(shuffled, WORLD, POLICY, memory=memory)
