"""What rounds say of a name, folded over vantages and then over time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise, permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.status import NameFold, NameSample, fold_name, fold_names
from schema.errors import EvidenceError
from schema.verdict import NameFacts
from schema.words import Ground

START = datetime(2026, 11, 21, tzinfo=UTC)
NAME = "site.example."
GROUNDS = {"a": Ground.ALIVE, "d": Ground.DEAD, "n": Ground.NODATA, "x": Ground.DISAGREE, "m": Ground.MISSING}
HANDS = {"1": ("ns1.one.test.", "ns2.one.test."), "2": ("ns1.two.test.",), "": ()}


def at(number: int) -> datetime:
    return START + timedelta(minutes=10 * number)


def facts(said: str, probe: str = "mi-01", **fields: Any) -> NameFacts:
    """`a` alive, `d` dead, `n` no data, `x` disagree, `m` missing; then in whose hands, 1 or 2, if that is known."""
    hands = said[1:]
    soa = f"ns1.{hands}.test. mail.{hands}.test." if hands else ""
    values: dict[str, Any] = {"name_servers": HANDS[hands], "soa": soa}
    return NameFacts("ab" * 32, probe, NAME, GROUNDS[said[0]], **(values | fields))


def plan(says: list[str | NameFacts], number: int = 0) -> NameSample:
    """One plan; each entry is one vantage."""
    told = [facts(one) if isinstance(one, str) else one for one in says]
    return fold_name(told, plan_number=number, at=at(number), name=NAME)


def history(*plans: str) -> list[tuple[str, str, int, int, int, tuple[str, ...]]]:
    """Plans of one vantage each, `.` for none: ground, SOA's hands, first and last plan, how many, what changed."""
    samples = [plan([said], number) for number, said in enumerate(plans) if said != "."]
    number = {at(index): index for index in range(len(plans))}
    return [
        (
            run.ground[0], run.soa[4:7], number[run.started_at], number[run.covered_until], run.samples, run.changed,
        )
        for run in fold_names(samples)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("says", "ground", "vantages"),
    [
        (["a"], "alive", 1),
        (["a", "a", "d"], "alive", 2),
        (["a", "d"], "missing", 0),
        (["a", "a", "d", "d", "d"], "missing", 0),
        (["a", "a", "a", "a", "d", "n"], "alive", 4),
        (["d", "m", "x", "m"], "dead", 1),
        (["n", "n"], "nodata", 2),
        (["m", "x"], "missing", 0),
        ([], "missing", 0),
    ],
)
def test_two_thirds_of_those_who_decide(says: list[str | NameFacts], ground: str, vantages: int) -> None:
    """The others neither help nor hinder; below two thirds nothing is said."""
    sample = plan(says)
    assert (sample.ground, sample.vantages) == (ground, vantages)


@pytest.mark.parametrize(
    ("says", "servers", "soa"),
    [
        (["a1", "a1", "a2"], HANDS["1"], "one"),
        (["a1", "a2"], (), ""),
        (["a1", "a", "a"], HANDS["1"], "one"),
        (["a1", "d2", "a1", "a1"], HANDS["1"], "one"),
        (["a", "a"], (), ""),
        (["d", "d"], (), ""),
    ],
)
def test_hands_are_of_those_who_know_them(says: list[str | NameFacts], servers: tuple[str, ...], soa: str) -> None:
    """And of those alone who agree on the ground."""
    hands = {"1": "one", "2": "two"}
    told = [facts(str(one), soa=f"ns1.{hands[str(one)[1:]]}.test. m." if str(one)[1:] else "") for one in says]
    sample = plan(list(told))
    assert (sample.name_servers, sample.soa[4:7]) == (servers, soa)


def test_a_name_is_parked_when_two_thirds_say_so() -> None:
    parked = facts("a1", parked=True)
    assert plan([parked, parked, "a1"]).parked
    assert not plan([parked, "a1"]).parked
    assert not plan([parked, "a1", "a1"]).parked


def test_the_order_of_vantages_does_not_matter() -> None:
    told: list[str | NameFacts] = ["a1", "a1", "a2", "d", facts("a1", parked=True)]
    assert len({plan(list(order)) for order in permutations(told)}) == 1


@pytest.mark.parametrize(
    ("plans", "runs"),
    [
        ("a1 a1 a1", [("a", "1.t", 0, 2, 3, ())]),
        # registered anew: both, in one row
        ("a1 a1 a2 a2", [("a", "1.t", 0, 1, 2, ()), ("a", "2.t", 2, 3, 2, ("name_servers", "soa"))]),
        # it died and came back in the same hands
        ("a1 d a1", [("a", "1.t", 0, 0, 1, ()), ("d", "", 1, 1, 1, ("ground",)), ("a", "1.t", 2, 2, 1, ("ground",))]),
        # it died and somebody else took it
        (
            "a1 d d a2",
            [
                ("a", "1.t", 0, 0, 1, ()),
                ("d", "", 1, 2, 2, ("ground",)),
                ("a", "2.t", 3, 3, 1, ("ground", "name_servers", "soa")),
            ],
        ),
        # what is not known contradicts nothing, and comes to be known without a change
        ("a1 a a1", [("a", "1.t", 0, 2, 3, ())]),
        ("a a1", [("a", "", 0, 0, 1, ()), ("a", "1.t", 1, 1, 1, ())]),
        # silence ends nothing and establishes nothing
        ("m x a1 m . x a1", [("a", "1.t", 2, 6, 2, ())]),
        ("m x .", []),
    ],
)
def test_runs(plans: str, runs: list[tuple[str, str, int, int, int, tuple[str, ...]]]) -> None:
    assert history(*plans.split()) == runs


def test_parking_is_a_change() -> None:
    samples = [plan([facts("a1", parked=number > 0)], number) for number in (0, 1)]
    assert [(run.parked, run.changed) for run in fold_names(samples)] == [(False, ()), (True, ("parked",))]


def test_plans_come_in_order() -> None:
    fold = NameFold()
    fold.push(plan(["a"], 2))
    for number in (1, 2):
        with pytest.raises(EvidenceError):
            fold.push(plan(["a"], number))


@settings(deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(["a1", "a2", "a", "d", "n", "m"]), max_size=30), st.integers(0, 30))
def test_a_copy_goes_on_as_the_whole_would(plans: list[str], cut: int) -> None:
    """One by one, all at once, and from a copy taken anywhere: the same runs, each after the one before it."""
    samples = [plan([said], number) for number, said in enumerate(plans)]
    whole = fold_names(samples)
    fold = NameFold()
    for sample in samples[:cut]:
        fold.push(sample)
    before, twin = fold.runs, fold.copy()
    for sample in samples[cut:]:
        twin.push(sample)
    assert (twin.runs, fold.runs) == (whole, before)
    for run, after in pairwise(whole):
        assert run.started_at <= run.covered_until < after.started_at
    assert sum(run.samples for run in whole) == sum(said != "m" for said in plans)
