"""The table of what came of every kind: `python -m tests.real.path_table OUT` prints what `path_trials` wrote."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from schema.words import Origin, Outcome
from tests.real.path_kinds import Kind
from tests.real.path_trials import Played, Trial, read_played

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_HEAD = ("kind, episode", "trials", "outcome/origin", "wrong", "sent", "stored", "signs at UDP and TCP (trials)")


def read(path: Path) -> list[Played]:
    """The episodes in *path*."""
    return [read_played(line) for line in path.read_bytes().splitlines()]


def wrong(trial: Trial) -> bool:
    """Whether the resolver is named as the origin of what it was not heard to say: only a verified channel says `open`."""
    heard = trial.vouched and trial.outcome is Outcome.OPEN
    return trial.origin is Origin.RESOLVER and not heard


def table(played: Iterable[Played]) -> str:
    """One line an episode, one sum a kind."""
    rows: list[tuple[str, ...]] = [_HEAD]
    by_kind: dict[Kind, list[Played]] = {}
    for one in played:
        by_kind.setdefault(one.kind, []).append(one)
    for kind, found in by_kind.items():
        rows += [_row(f"  {one.title}", [one]) for one in found]
        rows.append(_row(f"{kind}: all", found))
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _row(title: str, played: Sequence[Played]) -> tuple[str, ...]:
    trials = [trial for one in played for trial in one.trials]
    outcomes = Counter(f"{trial.outcome}/{trial.origin or '-'}" for trial in trials)
    signs = Counter(sign for trial in trials for sign in {*trial.signs, *trial.signs_tcp})
    own = any(one.kind is Kind.OWN_LINE for one in played)
    return (
        title,
        str(len(trials)),
        ", ".join(f"{what} {count}" for what, count in sorted(outcomes.items())),
        "-" if own else str(sum(map(wrong, trials))),
        str(sum(one.delivered for one in played)),
        str(sum(one.stored for one in played)),
        ", ".join(f"{sign} {count}" for sign, count in sorted(signs.items())) or "-",
    )


def main() -> None:
    """Print the table of the file that is named."""
    sys.stdout.write(table(read(Path(sys.argv[1]))) + "\n")


if __name__ == "__main__":
    main()
