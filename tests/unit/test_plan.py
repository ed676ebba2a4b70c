"""Plans: signed by the collector, of a version that is known, named by their bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from schema.codec import encode
from schema.dsse import BATCH, PLAN, Signer, seal
from schema.errors import FormatError, SignatureError
from schema.plan import Plan, PlanVantage, open_plan, plan_id, read_plan, seal_plan

COLLECTOR = Signer(b"c" * 32)
PUBLISHED = Plan(
    v=1,
    number=4711,
    starts_at=datetime(2026, 11, 21, 20, 0, tzinfo=UTC),
    window_s=300.0,
    seed="00ff",
    questions="ab" * 32,
    policy="cd" * 32,
    vantages=(PlanVantage("mi-01", 3269, "IT", "TIM"), PlanVantage("fr-01", 24940, "DE")),
)


def test_opened() -> None:
    identifier, plan = open_plan(seal_plan(PUBLISHED, COLLECTOR), collector_key=COLLECTOR.public_key)
    assert plan == PUBLISHED
    assert identifier == plan_id(encode(PUBLISHED)) == sha256(encode(PUBLISHED)).hexdigest()


def test_vantage() -> None:
    assert PUBLISHED.vantage("mi-01") == PlanVantage("mi-01", 3269, "IT", "TIM")
    assert PUBLISHED.vantage("to-01") is None


@pytest.mark.parametrize("kind", [BATCH, PLAN])
def test_not_the_collectors(kind: str) -> None:
    signer = COLLECTOR if kind == BATCH else Signer(b"x" * 32)
    with pytest.raises(SignatureError):
        open_plan(seal(signer, kind, encode(PUBLISHED)), collector_key=COLLECTOR.public_key)


def test_another_version() -> None:
    """A plan of a version to come is refused by its number, though it is signed."""
    with pytest.raises(FormatError, match="version 2"):
        open_plan(seal_plan(replace(PUBLISHED, v=2), COLLECTOR), collector_key=COLLECTOR.public_key)


def test_unknown_field() -> None:
    with pytest.raises(FormatError, match="colour"):
        read_plan(encode(PUBLISHED)[:-1] + b',"colour":1}')


def test_a_naive_time_is_none() -> None:
    """A time without its offset is no time: it would mean another instant on every machine."""
    with pytest.raises(FormatError):
        read_plan(encode(replace(PUBLISHED, starts_at=datetime(2026, 11, 21, 20, 0))))  # noqa: DTZ001  the point


@given(st.binary(max_size=300))
def test_only_format_error_comes_out(data: bytes) -> None:
    with pytest.raises(FormatError):
        read_plan(data)


@given(st.data())
def test_mutated(data: st.DataObject) -> None:
    mutated = bytearray(encode(PUBLISHED))
    for _ in range(data.draw(st.integers(1, 3))):
        mutated[data.draw(st.integers(0, len(mutated) - 1))] = data.draw(st.integers(0, 255))
    try:
        plan = read_plan(bytes(mutated))
    except FormatError:
        return
    assert read_plan(encode(plan)) == plan
