"""Runs a simulation in several processes; what comes out depends on the seeds alone."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Final

from collector.judge import Memory
from tests.simulator.judging import play_world
from tests.simulator.tally import Tally

ROUNDS: Final = 100_000
_A_WORLD: Final = 190  # rounds at least, on average: 5 vantages, 40 plans, less those in which they are offline
_TOGETHER: Final = 20  # worlds that one process plays with one memory


def simulate(rounds: int, *, first_seed: int = 0, jobs: int = 2, limits: bool = False) -> tuple[Tally, range]:
    """Play at least so many *rounds* in worlds from *first_seed* on; what was counted, and the seeds."""
    seeds = range(first_seed, first_seed + -(-rounds // _A_WORLD))
    parts = [seeds[start : start + _TOGETHER] for start in range(0, len(seeds), _TOGETHER)]
    whole = Tally()
    if jobs == 1:
        for part in parts:
            whole.add(play_worlds(part, limits=limits))
        return whole, seeds
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for tally in pool.map(partial(play_worlds, limits=limits), parts):
            whole.add(tally)
    return whole, seeds


def play_worlds(seeds: range, *, limits: bool) -> Tally:
    """The count of some worlds."""
    tally, memory = Tally(), Memory()
    for seed in seeds:
        play_world(seed, tally, memory, limits=limits)
    return tally


def verdict_of(tally: Tally, seeds: range) -> str:
    """The outcome in a sentence."""
    totals = tally.totals
    share = 100 * totals["found"] / max(totals["findable"], 1)
    return (
        f"seeds {seeds.start} to {seeds.stop - 1}: {tally.worlds} worlds, {tally.rounds} rounds ({tally.forged} forged by liars, "
        f"{tally.rejudged} judged twice), {totals['verdicts']} verdicts: {totals['false blocked']} false blocked, "
        f"{totals['false open']} false open with origin resolver, {totals['false open_elsewhere']} with another, "
        f"{totals['false dead']} false dead; {totals['found']} of {totals['findable']} true blocks found ({share:.2f} %); "
        f"{tally.status['flipped by a liar']} of {tally.status['beside a liar']} statuses flipped by a liar"
    )
