"""What is remembered of other rounds saves time and changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from collector.judge import Memory, judge_round
from collector.registry import default_policy
from deploy.lab.scenario import load_scenario
from schema.codec import encode
from schema.registry import Vantage, World
from schema.words import Failure, Gap
from tests.lab.played import Played
from tests.lab.worlds import FILES
from tests.unit.judge_build import POLICY, WORLD
from tests.unit.judge_vectors import VECTORS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schema.policy import Policy
    from schema.record import Record

START = datetime(2022, 7, 11, tzinfo=UTC)
STEP = timedelta(days=1)
MILANO = next(path for path in FILES if path.stem == "milano-2022")
ROUNDS = (1, 2, 3, 40, 41)


def _said(
    records: Sequence[Record], world: World, policy: Policy, memory: Memory | None, vantage: Vantage | None = None
) -> list[bytes]:
    lines = [(encode(record), record) for record in records]
    return [encode(verdict) for verdict in judge_round(lines, world, policy, vantage=vantage, memory=memory)]


@cache
def _played() -> tuple[World, Policy, tuple[tuple[Record, ...], ...]]:
    played = Played(load_scenario(MILANO.read_bytes(), MILANO.name))
    rounds = tuple(
        tuple(record for _, record in played.records(number, vantage, START + STEP * (number - 1)))
        for number in ROUNDS
        for vantage in played.scenario.vantages
    )
    return played.world, default_policy(played.world), rounds


def _changed(dice: st.DataObject, record: Record, others: Sequence[Record]) -> Record:  # noqa: PLR0911 - one change a line
    """*record* with one thing in it as another record, another day or a worse line would have it."""
    other = dice.draw(st.sampled_from(others))
    answers = record.answers
    match dice.draw(st.integers(0, 7)):
        case 0:
            return replace(record, answers=(), failure=dice.draw(st.sampled_from(Failure)))
        case 1:
            return replace(record, answers=(), gap=dice.draw(st.sampled_from(Gap)))
        case 2:
            return replace(record, at=record.at + timedelta(days=dice.draw(st.integers(-900, 900))))
        case 3 if answers:
            return replace(record, answers=(replace(answers[0], ttl=dice.draw(st.sampled_from((None, 3, 56, 64)))),))
        case 4 if answers:
            place = dice.draw(st.integers(0, len(answers[0].wire) - 1))
            wire = bytearray(answers[0].wire)
            wire[place] = dice.draw(st.integers(0, 255))
            return replace(record, answers=(replace(answers[0], wire=bytes(wire)),))
        case 5 if answers and other.answers:
            forged = replace(other.answers[0], wire=record.query[:2] + other.answers[0].wire[2:])
            return replace(record, answers=(*answers, forged))
        case 6 if record.tls is not None:
            return replace(record, tls=replace(record.tls, verified=not record.tls.verified))
        case _:
            return replace(record, cell=other.cell)


def test_rounds_of_a_fleet_with_one_memory() -> None:
    """Every round of every vantage, as they come: byte for byte what each comes to alone."""
    world, policy, rounds = _played()
    memory = Memory()
    for records in (*rounds, *rounds):
        assert _said(records, world, policy, memory) == _said(records, world, policy, None)


@settings(derandomize=True, deadline=None, max_examples=15)
@given(st.data())
def test_rounds_with_omissions_and_changes(dice: st.DataObject) -> None:
    """A memory of whole rounds says nothing of one from which lines are missing, or in which they say other things."""
    world, policy, rounds = _played()
    memory = Memory()
    for records in dice.draw(st.lists(st.sampled_from(rounds), min_size=1, max_size=3)):
        _said(records, world, policy, memory)
        kept = [record for record in records if dice.draw(st.integers(0, 9))] or list(records)
        for _ in range(dice.draw(st.integers(0, 12))):
            place = dice.draw(st.integers(0, len(kept) - 1))
            kept[place] = _changed(dice, kept[place], kept)
        assert _said(kept, world, policy, memory) == _said(kept, world, policy, None)


@settings(derandomize=True, deadline=None)
@given(st.data())
def test_small_rounds_that_differ_in_little(dice: st.DataObject) -> None:
    """Rounds built to tell rules apart, one after the other and changed, from vantages on and off the line."""
    memory = Memory()
    for vector in dice.draw(st.lists(st.sampled_from(VECTORS), min_size=1, max_size=6)):
        records = [record for _, record in vector.cells.records]
        asn = dice.draw(st.sampled_from((0, 3269, 1267, 64500, 64501)))
        vantage = Vantage(records[0].probe, asn)
        for _ in range(3):
            assert _said(records, WORLD, POLICY, memory, vantage) == _said(records, WORLD, POLICY, None, vantage)
            place = dice.draw(st.integers(0, len(records) - 1))
            records[place] = _changed(dice, records[place], records)


@pytest.mark.parametrize("most", [1, 30])
def test_what_is_forgotten_within_a_round(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """A memory too small for a round forgets in the midst of it."""
    world, policy, rounds = _played()
    expected = [_said(records, world, policy, None) for records in rounds[:3]]
    for bound in ("_MOST_GLANCES", "_MOST_MATTERS", "_MOST_LAYOUTS", "_MOST_SETTINGS", "_MOST_BYTES"):
        monkeypatch.setattr(f"collector.judge.setting.{bound}", most)
    memory = Memory()
    assert [_said(records, world, policy, memory) for records in rounds[:3]] == expected


def test_an_impossible_address_on_a_line_that_is_known_for_them() -> None:
    """The fingerprint names no address; it is no stop page's."""
    vector = next(one for one in VECTORS if one.rule_id == "null_address")
    records = [record for _, record in vector.cells.records]
    vantage = Vantage(records[0].probe, 1267)
    assert b'"rule":"null_address"' in _said(records, WORLD, POLICY, None, vantage)[0]
