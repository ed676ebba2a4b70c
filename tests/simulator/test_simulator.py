"""Rounds in worlds whose truth is known: nothing that is judged is false, and what can be found is found.

`make simulate` plays 100,000 rounds; here are the first of the same worlds. ROUNDS and SEED change both.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import pytest

from collector.judge import judge_lines, judge_round
from collector.registry import default_policy, load_world
from tests.simulator.casts import stage
from tests.simulator.dumping import lines_file, world_file
from tests.simulator.rounds import play
from tests.simulator.running import play_worlds, simulate, verdict_of
from tests.simulator.world import draw

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulator.tally import Tally

ROUNDS: Final = int(os.environ.get("ROUNDS", "10000"))
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
    tally, _ = simulate(ROUNDS, first_seed=SEED)
    return tally


def test_nothing_is_false(played: Tally, show: Callable[[str], None]) -> None:
    show("\n".join([*played.lines(), verdict_of(played, range(SEED, SEED + played.worlds))]))
    assert played.wrong == [], "\n".join(str(case) for cases in played.examples.values() for case in cases)


def test_the_rounds_held_what_they_are_meant_to_hold(played: Tally) -> None:
    """No trouble is missing, and the counts that must be zero could have been other."""
    assert played.rounds >= ROUNDS
    totals = played.totals
    assert min(totals[what] for what in ("blocked", "open", "dead", "failing", "findable")) > 0
    met = {trouble for troubles in played.by_trouble for trouble in troubles}
    assert set(_TROUBLES) <= met
    assert played.status["beside a liar, four others agree"] > 0


def test_what_no_round_can_tell_from_a_block_is_never_a_false_open(show: Callable[[str], None]) -> None:
    """Caches out of step with a name's death or birth, and a resolver that alone cannot reach a name's servers.

    Each can look like a block for a while: what is counted here as false is `blocked` and `dead`, and it is printed.
    """
    tally = play_worlds(range(SEED + 5000, SEED + 5008), limits=True)
    show(verdict_of(tally, range(SEED + 5000, SEED + 5008)))
    assert not {"false open", "false open_elsewhere", "flipped by a liar", "not found"} & set(tally.wrong)
    assert "false run open" not in tally.examples


@pytest.mark.parametrize("seed", range(SEED, SEED + 3))
def test_a_dumped_round_is_judged_the_same_by_the_command_s_own_reader(seed: int) -> None:
    world = draw(seed)
    played = stage(world.cast, world.names)
    for number in range(len(world.lines)):
        one = play(world, number, 20)
        if one is None:
            continue
        known = load_world(world_file(played.cast.resolvers, world.enrolled))
        judged = list(judge_lines(lines_file(one.records).splitlines(), known, default_policy(known)))
        assert judged == judge_round(one.records, played.world, played.policy, vantage=one.vantage)


def test_a_seed_gives_the_same_world_again() -> None:
    once, again = (play_worlds(range(SEED, SEED + 1), limits=False) for _ in range(2))
    assert (once.by_trouble, once.status) == (again.by_trouble, again.status)
