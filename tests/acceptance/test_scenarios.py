"""Whole worlds through the command, over real sockets: what is said at the end is what was scripted, nothing is missing."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.command import play, rows
from tests.acceptance.conftest import MILANO, MILANO_ROUNDS
from tests.lab.worlds import FILES, truth_beside

if TYPE_CHECKING:
    from pathlib import Path

Row = dict[str, Any]
Pair = tuple[str, str]
LONG = 20  # rounds; more of them take their time


def _cases() -> list[Any]:
    return [
        pytest.param(path, id=path.stem, marks=[pytest.mark.slow] if truth_beside(path)["rounds"] > LONG else [])
        for path in FILES
    ]


@pytest.mark.parametrize("scenario", _cases())
def test_scenario_comes_to_its_truth(scenario: Path, request: pytest.FixtureRequest) -> None:
    """State, onset, how and origin of every resolver and name, the runs before, and every cell accounted for."""
    truth = truth_beside(scenario)
    rounds = truth["rounds"]
    if (scenario, rounds) == (MILANO, MILANO_ROUNDS):
        data: Path = request.getfixturevalue("milano")  # played once for every test that reads it
    else:
        data = request.getfixturevalue("data")
        play(scenario, data, rounds).well()
    coverage = rows("coverage", data)
    starts = {row["plan_number"]: row["at"] for row in coverage}
    wrong = [
        *_coverage_faults(coverage, rounds),
        *_status_faults(truth["status"], rows("status", data), starts),
        *_history_faults(truth["status"], rows("history", data), starts),
    ]
    assert not wrong, "\n".join(wrong)


def _coverage_faults(found: list[Row], rounds: int) -> list[str]:
    """Every plan of the play, for every vantage: cells = observed + gaps, closed, its root recomputed."""
    probes = {row["probe"] for row in found}
    places = [(row["plan_number"], row["probe"]) for row in found]
    wrong = []
    if sorted(places) != sorted((number, probe) for number in range(1, rounds + 1) for probe in probes):
        wrong.append(f"coverage has other rows than {rounds} plans of {sorted(probes)}: {places}")
    for row in found:
        adds_up = row["cells"] == row["observed"] + row["gaps"]
        if not adds_up or row["missing"] or row["gaps"] or not row["closed"] or not row["sealed"]:
            wrong.append(f"coverage: {row}")
    return wrong


def _status_faults(wanted: list[Row], found: list[Row], starts: dict[int, str]) -> list[str]:
    by_pair = {_pair(row): row for row in found}
    wrong = []
    if by_pair.keys() != {_pair(row) for row in wanted} or len(by_pair) != len(found):
        wrong.append(f"status is of other pairs: {sorted(by_pair)}")
    for row in wanted:
        said = by_pair.get(_pair(row))
        if said is None:
            continue
        expected = {
            "state": row["state"],
            "since": starts[row["since_round"]] if row["since_round"] else None,
            "how": row["how"] or None,
            "origin": row["origin"] or None,
        }
        came = {field: said[field] for field in expected}
        if came != expected:
            wrong.append(f"status of {_pair(row)}: {came}, should be {expected}; {said}")
    return wrong


def _history_faults(wanted: list[Row], found: list[Row], starts: dict[int, str]) -> list[str]:
    """The runs of each pair, in order: each begins at its round and ends where the next begins."""
    wrong = []
    for row in wanted:
        said = sorted((one for one in found if _pair(one) == _pair(row)), key=lambda one: _at(one["started_at"]))
        came = [(one["state"], one["started_at"], one["ended_at"]) for one in said]
        begins = [starts[run["from_round"]] for run in row["runs"]]
        expected = [
            (run["state"], begin, end) for run, begin, end in zip(row["runs"], begins, [*begins[1:], None], strict=True)
        ]
        if came != expected:
            wrong.append(f"history of {_pair(row)}: {came}, should be {expected}")
    return wrong


def _pair(row: Row) -> Pair:
    return row["resolver"], row["name"]


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
