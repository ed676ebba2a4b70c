"""Each rule by its vector, and the document that is rendered from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.judge import RULE_IDS
from collector.judge.render import render
from collector.judge.rules import RULES
from collector.judge.wording import WORDINGS
from schema.log import leaf_hash
from schema.words import Outcome
from tests.unit.judge_vectors import VECTORS, Vector

RENDERED = Path(__file__).parents[2] / "collector" / "judge" / "RULES.md"


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.rule_id)
def test_vector(vector: Vector) -> None:
    """Each vector is decided by exactly the rule it names."""
    verdict = vector.cells.verdict(vector.resolver)
    assert (verdict.rule, verdict.outcome) == (vector.rule_id, vector.outcome)
    assert (verdict.how, verdict.label, verdict.origin) == (vector.how, vector.label, vector.origin)
    if verdict.outcome is Outcome.INSUFFICIENT:
        assert verdict.witness is None
        assert verdict.witness_digest is None
        return
    assert verdict.witness is not None
    line, record = vector.cells.records[verdict.witness]
    assert record.resolver == vector.resolver
    assert verdict.witness_digest == leaf_hash(line).hex()


def test_every_rule_has_its_vector() -> None:
    assert sorted(vector.rule_id for vector in VECTORS) == sorted(RULE_IDS)


def test_ids_are_unique() -> None:
    assert len(set(RULE_IDS)) == len(RULE_IDS)


def test_the_last_rule_always_holds() -> None:
    assert RULES[-1].rule_id == "no_opinion"


def test_the_document_is_rendered_from_the_rows() -> None:
    assert RENDERED.read_text(encoding="utf-8") == render()


def test_every_rule_has_its_sentences() -> None:
    assert sorted(WORDINGS) == sorted(RULE_IDS)
    for wording in WORDINGS.values():
        assert all(sentence.endswith(".") for sentence in wording)
