from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from probe.plans import PlanFolder
from schema.cells import expand, questions_digest
from schema.codec import encode
from schema.errors import EvidenceError, FormatError, SignatureError
from schema.plan import seal_plan
from tests.helpers.standin import COLLECTOR, NOW, PROBE, QUESTIONS, StandIn, questions

if TYPE_CHECKING:
    from pathlib import Path

    from probe.plans import HeldPlan
    from schema.dsse import Envelope


@pytest.fixture
def published() -> list[Envelope]:
    standin = StandIn()
    standin.publish(4)
    return standin.envelopes


def _folder(path: Path) -> PlanFolder:
    return PlanFolder(path, collector_key=COLLECTOR.public_key)


def _holding(path: Path, envelopes: list[Envelope]) -> PlanFolder:
    plans = _folder(path)
    plans.take_questions(questions_digest(QUESTIONS), QUESTIONS)
    for envelope in envelopes:
        plans.keep(envelope, plans.check(envelope))
    return plans


def test_what_is_held_is_held_after_a_restart(tmp_path: Path, published: list[Envelope]) -> None:
    plans = _holding(tmp_path, published)
    again = _folder(tmp_path)
    assert again.newest == plans.newest == 4
    held = again.following((), first=_none)
    assert held == plans.following((), first=_none)
    assert held is not None
    assert again.cells(held.plan) == expand(QUESTIONS)
    again.forget(lambda number: number <= 3)
    assert len(again) == len(_folder(tmp_path)) == 1
    again.forget(lambda number: number <= 4)
    assert again.following((), first=_none) is None


def test_what_starts_first_comes_first_whatever_its_number(tmp_path: Path) -> None:
    """But for what is at work, and after what a process that died left."""
    standin = StandIn()
    standin.publish(2)
    standin.publish(1, starts_at=NOW + timedelta(seconds=20))
    plans = _holding(tmp_path, standin.envelopes)
    ids: list[str] = []
    while (held := plans.following(ids, first=_none)) is not None:
        ids.append(held.plan_id)
    by_number = [plans.check(envelope).plan_id for envelope in standin.envelopes]
    assert ids == [by_number[0], by_number[2], by_number[1]]
    found = plans.following((), first=lambda held: held.plan.number == 2)
    assert found is not None
    assert found.plan.number == 2
    assert plans.first_open(lambda number: number in {1, 3}) == 2
    plans.forget(lambda number: number in {1, 3})
    assert (plans.newest, plans.passed, plans.first_open(lambda _: False)) == (2, 3, 2)


def _none(_held: HeldPlan) -> bool:
    return False


def test_two_plans_of_one_number(tmp_path: Path, published: list[Envelope]) -> None:
    plans = _holding(tmp_path, published)
    standin = StandIn()
    standin.publish(1, window_s=61.0)
    with pytest.raises(EvidenceError, match="number 1"):
        plans.check(standin.envelopes[0])


def test_only_what_the_collector_signed_gets_in(tmp_path: Path) -> None:
    standin = StandIn()
    [plan] = standin.publish(1)
    with pytest.raises(SignatureError):
        _folder(tmp_path).check(seal_plan(plan, PROBE))


@pytest.mark.parametrize("data", [b"", b"{}", questions("other.example.")])
def test_questions_are_what_their_digest_names(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(FormatError):
        _folder(tmp_path).take_questions(questions_digest(QUESTIONS), data)


def test_a_damaged_plan_goes_with_those_after_it(tmp_path: Path, published: list[Envelope]) -> None:
    """They are asked for by the highest number held, so one in the middle would never be fetched again."""
    _holding(tmp_path, published)
    (tmp_path / "0000000003.plan").write_bytes(encode(published[2])[:-40])
    again = _folder(tmp_path)
    for one in (again, _folder(tmp_path)):
        assert (one.newest, len(one)) == (2, 2)
        assert one.first_open(lambda number: number <= 2) == 3, "begun or not, it is still to be closed"
    again.take_questions(questions_digest(QUESTIONS), QUESTIONS)
    again.keep(published[2], again.check(published[2]))
    assert again.first_open(lambda number: number <= 3) == 4
    again.keep(published[3], again.check(published[3]))
    assert (_folder(tmp_path).newest, again.first_open(lambda number: number <= 4)) == (4, None)


def test_what_is_lost_and_not_to_be_had_again_holds_nothing_up(tmp_path: Path, published: list[Envelope]) -> None:
    """A plan with a higher number was fetched: those before it were offered again, and refused."""
    plans = _holding(tmp_path, published[:2])
    (tmp_path / "0000000002.plan").write_bytes(b"")
    plans = _folder(tmp_path)
    plans.keep(published[2], plans.check(published[2]))
    assert plans.first_open(lambda number: number == 1) == 3
    assert plans.first_open(lambda _: True) is None
    plans = _folder(tmp_path)
    assert plans.first_open(lambda number: number == 1) == 2
    plans.forget(lambda number: number == 2)
    assert plans.first_open(lambda number: number == 1) == 3
    assert not (tmp_path / "0000000002.plan").exists()


def test_questions_that_no_plan_names_are_let_go(tmp_path: Path, published: list[Envelope]) -> None:
    plans = _holding(tmp_path, published)
    other = questions("other.example.")
    plans.take_questions(questions_digest(other), other)
    again = _folder(tmp_path)
    assert again.has_questions(questions_digest(QUESTIONS))
    assert not again.has_questions(questions_digest(other))
