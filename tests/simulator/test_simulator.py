"""Rounds in worlds whose truth is known: nothing that is judged is false, and what can be found is found.

`make simulate` plays 100,000 rounds; here are the first of the same worlds. ROUNDS and SEED change both.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import pytest

from tests.simulator.running import play_worlds, simulate, verdict_of

if TYPE_CHECKING:
    from tests.simulator.tally import Tally

ROUNDS: Final = int(os.environ.get("ROUNDS", "20000"))
SEED: Final = int(os.environ.get("SEED", "0"))
_TROUBLES: Final = (
    "name: churn", "name: dead", "name: geo", "name: lame for all", "name: lame for some", "name: no_address",
    "name: parked", "name: reborn", "loss: 1 to 5 %", "loss: 10 to 20 %", "control: denies", "control: page",
    "control: same_page", "path: redirect", "path: stealth", "path: inject", "path: targeted", "path: swallow", "path: ttl",
    "path: forged certificate", "path: no port 853", "resolver: cache", "resolver: falters", "blocks: pool", "blocks: late",
    "blocks: one country", "blocks: in part", "blocks: not at DO=1", "blocks: unlisted_page",
)  # fmt: skip


@pytest.fixture(scope="module")
def played() -> Tally:
    tally, seeds = simulate(ROUNDS, first_seed=SEED)
    for line in (*tally.lines(), verdict_of(tally, seeds)):
        print(line)  # noqa: T201 - what ran, and the seeds
    return tally


def test_nothing_is_false(played: Tally) -> None:
    assert played.wrong == [], "\n".join(str(case) for cases in played.examples.values() for case in cases)


def test_the_rounds_held_what_they_are_meant_to_hold(played: Tally) -> None:
    """No trouble is missing, and the counts that must be zero could have been other."""
    assert played.rounds >= ROUNDS
    totals = played.totals
    assert min(totals[what] for what in ("blocked", "open", "dead", "failing", "findable")) > 0
    met = {trouble for troubles in played.by_trouble for trouble in troubles}
    assert set(_TROUBLES) <= met
    assert played.status["beside a liar, four others agree"] > 0


def test_a_seed_gives_the_same_world_again() -> None:
    once, again = (play_worlds(range(SEED, SEED + 1), limits=False) for _ in range(2))
    assert (once.by_trouble, once.status) == (again.by_trouble, again.status)
