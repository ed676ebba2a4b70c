"""`python -m tests.simulator`: many rounds in worlds whose truth is known, judged, and how often the judge was wrong."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from collector.judge import judge_round
from schema.codec import encode
from tests.simulator.casts import stage
from tests.simulator.dumping import lines_file, world_file
from tests.simulator.rounds import play
from tests.simulator.running import ROUNDS, simulate, verdict_of
from tests.simulator.world import draw


def main() -> int:
    """Run, print the table, and return 0 where nothing was false."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="at least so many")
    parser.add_argument("--seed", type=int, default=0, help="of the first world; the next ones follow")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--limits", action="store_true", help="also what no single round can tell from a block")
    parser.add_argument("--show", metavar="SEED:PLAN:VANTAGE", help="one round instead: its lines, then its verdicts")
    parser.add_argument(
        "--lines", type=Path, help="with --show: write the lines there, and who is who beside it (.toml)"
    )
    given = parser.parse_args()
    if given.show:
        return _show(given.show, given.lines, limits=given.limits)
    tally, seeds = simulate(given.rounds, first_seed=given.seed, jobs=given.jobs, limits=given.limits)
    for line in (*tally.lines(), verdict_of(tally, seeds)):
        sys.stdout.write(line + "\n")
    return 0 if given.limits or not tally.wrong else 1


def _show(which: str, to: Path | None, *, limits: bool) -> int:
    seed, plan, vantage = which.split(":")
    world = draw(int(seed), limits=limits)
    played = stage(world.cast, world.names)
    number = next(number for number, line in enumerate(world.lines) if line.vantage.id == vantage)
    one = play(world, number, int(plan))
    if one is None:
        sys.stdout.write("offline\n")
        return 0
    if to is not None:
        to.write_bytes(lines_file(one.records))
        beside = to.with_suffix(".toml")
        beside.write_bytes(world_file(played.cast.resolvers, world.enrolled))
        sys.stdout.write(f"ottempera judge {to} --world {beside}\n")
    for resolver, service in world.services.items():
        sys.stdout.write(f"{resolver}: {service}\n")
    for name, life in world.lives.items():
        sys.stdout.write(f"{name} {life.at(int(plan))}\n")
    sys.stdout.write(f"{world.lines[number]}\n")
    for verdict in judge_round(one.records, played.world, played.policy, vantage=one.vantage):
        said = encode(verdict).decode()
        sys.stdout.write(f"{'' if number == world.liar else one.moment.false(verdict) or 'true'} {said}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
