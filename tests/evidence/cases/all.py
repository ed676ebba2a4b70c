"""Every case, and those of them that are kept on disk for any program."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from tests.evidence.cases import conclusions, good, logs, odd, plans, probes, rounds, shell, sites, stamps, times
from tests.evidence.cases.case import CASES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.evidence.cases.case import Case

MODULES: Final = (good, times, shell, logs, stamps, plans, probes, rounds, sites, odd, conclusions)
ALL: Final[tuple[Case, ...]] = tuple(CASES[name] for name in sorted(CASES))
#: So many cases of what one step refuses are written to disk; a reader of the folder is to find his way.
MOST_OF_A_STEP: Final = 3


def _kept() -> Iterator[Case]:
    steps: Counter[str | None] = Counter()
    for one in ALL:  # by name: the order in which modules are imported is nobody's choice
        many = one.step not in {None, "9.1"} and not one.undecided
        if many and steps[one.step] >= MOST_OF_A_STEP:
            continue
        steps[one.step] += 1
        yield one


KEPT: Final[tuple[Case, ...]] = tuple(_kept())
