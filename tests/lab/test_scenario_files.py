"""The scenarios that come with the project: each can be played, says it is invented, and has its truth beside it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from collector.compliance.verification import fields
from deploy.lab.scenario import load_scenario
from schema.names import canonical
from schema.order_file import inline_orders
from schema.words import How, Kind, Note, Origin, State
from tests.lab.worlds import BUILT_IN, FILES, truth_beside

if TYPE_CHECKING:
    from pathlib import Path


def test_all_are_found() -> None:
    """The demonstration and the six hard cases."""
    assert [path.stem for path in FILES] == [
        "milano-2022",
        "country-block",
        "dead-name",
        "interception",
        "late-vantage",
        "one-address-open",
        "pool",
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_truth_covers_the_scenario(path: Path) -> None:
    """One expectation for every resolver under test and name, in the closed words, its last run the current state."""
    scenario = load_scenario(path.read_bytes(), path.name)
    assert "invented" in scenario.title.lower()
    assert "\n# truth:" in path.read_text()
    truth = truth_beside(path)
    expected = {
        (resolver.id, name)
        for resolver in scenario.resolvers
        if resolver.kind is not Kind.CONTROL
        for name in scenario.asked
    }
    assert {(row["resolver"], row["name"]) for row in truth["status"]} == expected
    assert len(truth["status"]) == len(expected)
    for row in truth["status"]:
        runs = row["runs"]
        assert canonical(row["name"]) == row["name"]
        assert {State(word) for word in (row["state"], *row.get("never", ()))}
        assert (runs[0]["from_round"], runs[-1]["state"], runs[-1]["from_round"]) == (
            1,
            row["state"],
            row["since_round"],
        )
        starts = [run["from_round"] for run in runs]
        assert starts == sorted(set(starts))
        assert starts[-1] <= truth["rounds"]
        assert all(State(run["state"]) for run in runs)
        assert all(Note(word) for word in (*row.get("notes", ()), *row.get("notes_any", ())))
        assert all(Note(word) for run in runs for word in run.get("notes", ()))
        assert bool(row["how"]) == (row["state"] == State.BLOCKED)
        assert not row["how"] or How(row["how"])
        assert not row["origin"] or Origin(row["origin"])


def test_milano_is_a_half_year_under_an_order() -> None:
    """174 rounds from the day of the order, three lines of three providers, and the order inline."""
    data = (BUILT_IN / "milano-2022.toml").read_bytes()
    scenario = load_scenario(data, "milano-2022")
    assert scenario.clock is not None
    assert scenario.clock.at(1).date() == date(2022, 7, 11)
    assert scenario.clock.at(134).date() == date(2022, 11, 21)
    assert len({vantage.asn for vantage in scenario.vantages}) == 3
    (order,) = inline_orders(data, "milano-2022")
    assert order.addressees == ("cloudflare",)
    assert {scope.name for scope in order.scope} == set(scenario.asked)
    assert all(field.said for field in fields(order))
