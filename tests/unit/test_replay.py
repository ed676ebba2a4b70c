"""The rules replayed give what they gave when the round was judged, of the pairs that are asked for and no others."""

from __future__ import annotations

import pytest
from msgspec import structs

from collector.evidence.replay import Replayer
from collector.judge import judge_round
from collector.library import world_of
from collector.samples import fold_plan
from schema.errors import EvidenceError, UnavailableError
from schema.record import Record, read_record
from schema.registry import Vantage
from schema.words import State
from tests.evidence.forge.cast import NAME, OTHER, policy
from tests.evidence.forge.stories import plain

HOUSE = plain()
PUBLISHED = HOUSE.plans[1]
PLAN = PUBLISHED.plan
POLICY = policy()
PAIRS = {(resolver, name) for resolver in ("alfa", "beta") for name in (NAME, OTHER)}


def rounds() -> dict[str, list[tuple[bytes, Record]]]:
    return {
        one.probe: [(line, read_record(line)) for _, line in sorted(one.lines.items())]
        for one in HOUSE.rounds
        if one.plan is PUBLISHED
    }


def test_it_is_what_the_judge_says() -> None:
    """Verdicts by probe, resolver and name; samples as the collector folds them."""
    replayed = Replayer()(PUBLISHED.id, PLAN, POLICY, pairs=PAIRS, rounds=rounds())
    world = world_of(PLAN, POLICY)
    said = []
    for probe, records in sorted(rounds().items()):
        enrolled = PLAN.vantage(probe)
        assert enrolled is not None
        vantage = Vantage(probe, enrolled.asn, enrolled.operator, enrolled.country)
        said += judge_round(records, world, POLICY, vantage=vantage)
    assert list(replayed.verdicts) == said
    assert said
    folded = {(one.resolver, one.name): one for one in fold_plan(PLAN, said, POLICY)}
    assert [(one.resolver, one.name) for one in replayed.samples] == sorted(PAIRS)
    for sample in replayed.samples:
        wanted = folded[sample.resolver, sample.name]
        shared = set(sample.__struct_fields__) - {"plan", "number"}
        assert {field: getattr(sample, field) for field in shared} == {
            field: getattr(wanted, field) for field in shared
        }
        assert (sample.plan, sample.number) == (PUBLISHED.id, wanted.plan_number)


def test_only_what_is_asked_for() -> None:
    pairs = {("alfa", NAME)}
    replayed = Replayer()(PUBLISHED.id, PLAN, POLICY, pairs=pairs, rounds=rounds())
    assert {(one.resolver, one.name) for one in replayed.verdicts} == pairs
    whole = Replayer()(PUBLISHED.id, PLAN, POLICY, pairs=PAIRS, rounds=rounds())
    assert set(replayed.samples) == {one for one in whole.samples if (one.resolver, one.name) in pairs}


def test_whoever_said_nothing_is_absent() -> None:
    """A pair that nobody spoke of has its sample too: too little is known, and how many are missing."""
    replayed = Replayer()(PUBLISHED.id, PLAN, POLICY, pairs=PAIRS, rounds={})
    assert not replayed.verdicts
    assert {(one.resolver, one.name) for one in replayed.samples} == PAIRS
    assert {one.state for one in replayed.samples} == {State.INSUFFICIENT}
    assert {one.absent for one in replayed.samples if one.resolver == "alfa"} == {2}


def test_what_is_remembered_changes_nothing() -> None:
    replayer = Replayer()
    first = replayer(PUBLISHED.id, PLAN, POLICY, pairs=PAIRS, rounds=rounds())
    assert replayer(PUBLISHED.id, PLAN, POLICY, pairs=PAIRS, rounds=rounds()) == first


def test_a_probe_that_is_not_enrolled_is_refused() -> None:
    with pytest.raises(EvidenceError, match="does not enrol"):
        Replayer()(PUBLISHED.id, PLAN, POLICY, pairs=PAIRS, rounds={"na-01": rounds()["mi-01"]})


def test_a_rule_of_the_future_is_refused() -> None:
    later = structs.replace(POLICY, rules=(*POLICY.rules, "a_rule_of_later"))
    with pytest.raises(UnavailableError, match="a_rule_of_later is not known"):
        Replayer()(PUBLISHED.id, PLAN, later, pairs=PAIRS, rounds=rounds())
