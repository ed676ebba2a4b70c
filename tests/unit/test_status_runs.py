"""Samples folded into runs, one by one and all at once."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.status import Fold, Run, Sample, current, fold_runs
from schema.errors import EvidenceError
from schema.policy import Policy
from schema.words import How, Origin, State

POLICY = Policy(fresh_s=3 * 600)
START = datetime(2026, 11, 21, tzinfo=UTC)
STATES = {"b": State.BLOCKED, "o": State.OPEN, "m": State.MIXED, "d": State.DEAD, "i": State.INSUFFICIENT}


def at(number: int) -> datetime:
    return START + timedelta(minutes=10 * number)


def sample(number: int, letter: str) -> Sample:
    state = STATES[letter]
    return Sample(
        plan_number=number,
        at=at(number),
        resolver="cloudflare",
        name="x.example.",
        state=state,
        how=How.REFUSED if state is State.BLOCKED else None,
        origin=Origin.RESOLVER,
        label=None,
        vantages=2,
        networks=2,
        absent=number,
        notes=(),
        rule=f"rule_{number}",
        witness_digest=f"{number:064x}",
        indicative=False,
        enrolled=2,
        dissenting=0,
        supporters=("mi-01", "rm-01"),
    )


def samples(letters: str) -> list[Sample]:
    return [sample(number, letter) for number, letter in enumerate(letters) if letter != "."]


def told(letters: str) -> str:
    """The runs as `state from-to(samples)`; numbers are plans', the last is covered until."""
    number = {at(index): index for index in range(len(letters))}
    return " ".join(
        f"{run.state.value[0]}{number[run.started_at]}-{number[run.covered_until]}({run.samples})"
        for run in fold_runs(samples(letters), POLICY)
    )


@pytest.mark.parametrize(
    ("letters", "runs"),
    [
        ("", ""),
        ("iii", ""),
        ("b", "b0-0(1)"),
        ("iib", "b2-2(1)"),
        ("ooo", "o0-2(3)"),
        ("ooob", "o0-2(3)"),
        ("ooobo", "o0-4(4)"),
        ("ooobb", "o0-2(3) b3-4(2)"),
        ("ooobib", "o0-2(3) b3-5(2)"),
        ("ooobiib", "o0-2(3)"),
        ("ooobiibb", "o0-2(3) b6-7(2)"),
        ("ooobob", "o0-2(3) b3-5(2)"),
        ("ooboob", "o0-4(4)"),
        ("ooobm", "o0-2(3)"),
        ("ooobmb", "o0-2(3) b3-5(2)"),
        ("obbo", "o0-0(1) b1-2(2)"),
        ("obboo", "o0-0(1) b1-2(2) o3-4(2)"),
        ("o..bb", "o0-0(1) b3-4(2)"),
        ("oiiiio", "o0-5(2)"),
        ("oommdd", "o0-1(2) m2-3(2) d4-5(2)"),
    ],
)
def test_runs(letters: str, runs: str) -> None:
    assert told(letters) == runs


def test_a_run_ends_where_the_next_starts() -> None:
    first, second = fold_runs(samples("ooobb"), POLICY)
    assert (first.ended_at, first.covered_until) == (at(3), at(2))
    assert (second.started_at, second.ended_at) == (at(3), None)
    assert (second.rule, second.witness_digest) == ("rule_3", f"{3:064x}")


def test_the_longest_gap_is_between_samples_that_support_it() -> None:
    (run,) = fold_runs(samples("oi.oo"), POLICY)
    assert run.longest_gap_s == 1800


def test_plans_come_in_order() -> None:
    fold = Fold(POLICY)
    fold.push(sample(2, "o"))
    for number in (1, 2):
        with pytest.raises(EvidenceError):
            fold.push(sample(number, "o"))


def test_a_copy_goes_its_own_way() -> None:
    fold = Fold(POLICY)
    for one in samples("oob"):
        fold.push(one)
    before = fold.runs
    twin = fold.copy()
    twin.push(sample(3, "b"))
    assert len(twin.runs) == 2
    assert fold.runs == before


def test_current_grows_old() -> None:
    (run,) = fold_runs(samples("o"), POLICY)
    assert current(run, sample(3, "i"), POLICY).state is State.OPEN
    old = current(run, sample(4, "i"), POLICY)
    assert (old.state, old.since, old.covered_until) == (State.INSUFFICIENT, None, at(0))


def test_current_grows_old_in_silence_too() -> None:
    """No further sample has come, and time went on; a clock that lags takes nothing back."""
    one = sample(0, "o")
    (run,) = fold_runs([one], POLICY)
    assert [current(run, one, POLICY, at(number)).state for number in (-9, 3, 4)] == [
        State.OPEN,
        State.OPEN,
        State.INSUFFICIENT,
    ]


def test_current_counts_the_newest_absent() -> None:
    (run,) = fold_runs(samples("oo"), POLICY)
    status = current(run, sample(3, "i"), POLICY)
    assert (status.since, status.sampled_at, status.absent) == (at(0), at(3), 3)


def test_current_of_what_was_never_decided() -> None:
    status = current(None, sample(3, "i"), POLICY)
    assert (status.state, status.since, status.covered_until) == (State.INSUFFICIENT, None, None)


@settings(deadline=None, derandomize=True)
@given(st.text("bomdi", max_size=40))
def test_runs_follow_each_other(letters: str) -> None:
    fold = Fold(POLICY)
    for one in samples(letters):
        fold.push(one)
        follow(fold.runs)
    assert fold.runs == fold_runs(samples(letters), POLICY)


def follow(runs: list[Run]) -> None:
    """Runs do not overlap, neighbours differ, and only the last is open."""
    for earlier, later in itertools.pairwise(runs):
        assert earlier.ended_at == later.started_at
        assert earlier.started_at <= earlier.covered_until < later.started_at
        assert earlier.state is not later.state
    for run in runs:
        assert run.samples >= 1
        assert run.covered_until >= run.started_at
        assert (run.ended_at is None) == (run is runs[-1])


@pytest.mark.parametrize("length", range(1, 8))
def test_samples_that_decide_nothing_make_no_change(length: int) -> None:
    """Every history of two states with any of its samples but the first come to nothing: never a run more, exhaustively."""
    for letters in map("".join, itertools.product("ob", repeat=length)):
        whole = fold_runs(samples(letters), POLICY)
        for holes in itertools.product((False, True), repeat=length - 1):
            spread = letters[0] + "".join(
                "i" if hole else letter for letter, hole in zip(letters[1:], holes, strict=True)
            )
            assert len(fold_runs(samples(spread), POLICY)) <= len(whole), (letters, spread)
