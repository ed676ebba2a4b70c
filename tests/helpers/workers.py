"""Which tests of several files go to one worker: those that read a world which takes minutes to play."""

from __future__ import annotations

from typing import Final

#: Of half a year in Milan, which a worker plays once for all of them.
MILANO: Final = (
    "tests/acceptance/test_behaviour.py::",
    "tests/acceptance/test_findings.py::",
    "tests/acceptance/test_scenarios.py::test_scenario_comes_to_its_truth[milano-2022]",
)


def together(nodeid: str) -> str | None:
    """What the test shares with those of other files; none where it shares nothing."""
    return "milano" if nodeid.startswith(MILANO) else None
