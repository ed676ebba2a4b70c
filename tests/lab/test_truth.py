"""Scenarios come to what their truth says: played without sockets, judged, folded into samples and runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from collector.judge import judge_round
from collector.registry import default_policy
from collector.status import Fold, Sample, current, fold_sample
from deploy.lab.scenario import load_scenario
from schema.plan import PlanVantage
from tests.lab.played import Played
from tests.lab.worlds import FILES, truth_beside

if TYPE_CHECKING:
    from pathlib import Path

    from schema.policy import Policy
    from schema.verdict import Verdict

START = datetime(2022, 7, 11, tzinfo=UTC)
STEP = timedelta(days=1)
ALL_ROUNDS = 10


class Came(NamedTuple):
    """What one resolver and name came to."""

    fold: Fold
    samples: list[Sample]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_scenario_comes_to_its_truth(path: Path) -> None:
    """State, onset, how, origin and notes of every resolver and name; no sample ever says what would be false."""
    truth = truth_beside(path)
    played = Played(load_scenario(path.read_bytes(), path.name))
    policy = default_policy(played.world, fresh_s=int(3 * STEP.total_seconds()))
    came = _played(played, policy, _rounds(truth))
    assert came.keys() == {(row["resolver"], row["name"]) for row in truth["status"]}
    for row in truth["status"]:
        result = came[row["resolver"], row["name"]]
        assert not {sample.state for sample in result.samples} & set(row.get("never", ())), (row, result.samples)
        runs = [{"state": run.state, "from_round": (run.started_at - START) // STEP + 1} for run in result.fold.runs]
        status = current(result.fold.runs[-1], result.samples[-1], policy)
        assert runs == [{"state": run["state"], "from_round": run["from_round"]} for run in row["runs"]], row
        said = (status.state, status.how or "", status.origin or "")
        assert said == (row["state"], row["how"], row["origin"]), (row, result.samples[-1])
        _check_notes(row, result.samples)


def _check_notes(row: dict[str, Any], samples: list[Sample]) -> None:
    for run in row["runs"]:
        first = next(sample for sample in samples if sample.plan_number == run["from_round"])
        assert set(run.get("notes", ())) <= set(first.notes), (row, first)
    last = set(samples[-1].notes)
    assert set(row.get("notes", ())) <= last, (row, last)
    assert not row.get("notes_any") or last & set(row["notes_any"]), (row, last)


def _rounds(truth: dict[str, Any]) -> list[int]:
    """All rounds of a short scenario; of a long one those around every change, which is where it is decided."""
    last = truth["rounds"]
    if last <= ALL_ROUNDS:
        return list(range(1, last + 1))
    starts = {run["from_round"] for row in truth["status"] for run in row["runs"]}
    return sorted({number for start in starts for number in (start - 1, start, start + 1) if number} | {last})


def _played(played: Played, policy: Policy, rounds: list[int]) -> dict[tuple[str, str], Came]:
    """Every round from every vantage; those cut off deliver later, which must make no difference."""
    resolvers = {resolver.id: resolver for resolver in played.world.resolvers}
    enrolled = [PlanVantage(one.id, one.asn, one.country, one.operator) for one in played.scenario.vantages]
    came: dict[tuple[str, str], Came] = {}
    for number in rounds:
        at = START + STEP * (number - 1)
        votes: dict[tuple[str, str], list[tuple[PlanVantage, Verdict]]] = {}
        for vantage, plan_vantage in zip(played.scenario.vantages, enrolled, strict=True):
            for verdict in judge_round(played.records(number, vantage, at), played.world, policy):
                votes.setdefault((verdict.resolver, verdict.name), []).append((plan_vantage, verdict))
        for (resolver, name), cast in votes.items():
            sample = fold_sample(
                cast,
                plan_number=number,
                at=at,
                name=name,
                enrolled=enrolled,
                resolver=resolvers[resolver],
                policy=policy,
            )
            pair = came.setdefault((resolver, name), Came(Fold(policy), []))
            pair.fold.push(sample)
            pair.samples.append(sample)
    return came
