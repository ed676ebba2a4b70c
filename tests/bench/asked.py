"""What all contenders are asked to ask: the same names and types."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from probe.plans import HeldPlan
from schema.cells import VERSION, Asked, Group, QuestionSet, questions_digest
from schema.codec import encode
from schema.plan import Plan, PlanVantage, plan_id
from schema.words import Profile, Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TYPES: Final = ("A", "AAAA")
VANTAGE: Final = PlanVantage("bench-01", 64512, "IT", "Bench")


def names(count: int) -> tuple[str, ...]:
    """As many names as a docket with its successors may have."""
    return tuple(f"torrents-{number}.successor-{number % 97}.example." for number in range(count))


def question_set(endpoints: Sequence[str], questions: int) -> bytes:
    """A question set of *questions* cells, spread evenly over *endpoints*."""
    asked = tuple(Asked(f"resolver-{at}", (endpoint,)) for at, endpoint in enumerate(endpoints))
    docket = names(questions // (len(endpoints) * len(TYPES)))
    group = Group(Role.TARGET, docket, tuple(one.id for one in asked), TYPES, (Profile.EDNS,))
    return encode(QuestionSet(VERSION, docket, asked, (group,)))


def held_plan(questions: bytes, *, window_s: float) -> HeldPlan:
    """A plan over *questions*, as a probe holds it."""
    plan = Plan(
        v=1, number=1, starts_at=datetime.now(UTC), window_s=window_s, seed="5eed", questions=questions_digest(questions),
        policy="00" * 32, vantages=(VANTAGE,),
    )  # fmt: skip
    return HeldPlan(plan_id(encode(plan)), plan)


def write_for_dnsperf(path: Path, questions: int) -> Path:
    """*questions* questions in dnsperf's form."""
    docket = names(questions // len(TYPES))
    path.write_text("".join(f"{name} {qtype}\n" for name in docket for qtype in TYPES))
    return path
