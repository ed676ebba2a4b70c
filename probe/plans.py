"""The plans a probe holds ahead, on disk, so that it goes on measuring without its collector."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from probe.identity import write_durably
from schema.cells import Cell, expand, questions_digest
from schema.codec import encode
from schema.errors import EvidenceError, FormatError
from schema.plan import Plan, open_plan
from schema.receipt import read_envelope

if TYPE_CHECKING:
    from pathlib import Path

    from schema.dsse import Envelope


class HeldPlan(NamedTuple):
    """A plan with its id."""

    plan_id: str
    plan: Plan


class PlanFolder:
    """Plans by number and question sets by digest; only what the collector signed gets in."""

    def __init__(self, folder: Path, *, collector_key: bytes) -> None:
        """Read the plans in *folder*."""
        self._folder = folder
        self._collector_key = collector_key
        (folder / "questions").mkdir(parents=True, exist_ok=True)
        self._plans: dict[int, HeldPlan] = {}
        for path in sorted(folder.glob("*.plan")):
            held = HeldPlan(*open_plan(read_envelope(path.read_bytes()), collector_key=collector_key))
            self._plans[held.plan.number] = held

    @property
    def newest(self) -> int:
        """The highest number held; 0 if none."""
        return max(self._plans, default=0)

    def take(self, envelope: Envelope) -> Plan:
        """Check and keep a published plan.

        Raises:
            SignatureError, FormatError: not the collector's, or not a plan.
            EvidenceError: another plan is held under its number.
        """
        plan_id, plan = open_plan(envelope, collector_key=self._collector_key)
        held = self._plans.get(plan.number)
        if held is not None and held.plan_id != plan_id:
            raise EvidenceError(f"two plans carry number {plan.number}")
        if held is None:
            write_durably(self._folder / f"{plan.number:010d}.plan", encode(envelope))
            self._plans[plan.number] = HeldPlan(plan_id, plan)
        return plan

    def has_questions(self, digest: str) -> bool:
        """Whether the question set is held."""
        return (self._folder / "questions" / digest).exists()

    def take_questions(self, digest: str, data: bytes) -> None:
        """Keep a question set.

        Raises:
            FormatError: other bytes than *digest* names, or not a question set.
        """
        if questions_digest(data) != digest:
            raise FormatError(f"question set {digest}: other bytes came")
        expand(data)
        write_durably(self._folder / "questions" / digest, data)

    def cells(self, plan: Plan) -> tuple[Cell, ...]:
        """The cells of *plan*."""
        return expand((self._folder / "questions" / plan.questions).read_bytes())

    def after(self, number: int) -> HeldPlan | None:
        """The next plan after *number* whose questions are held."""
        following = min((candidate for candidate in self._plans if candidate > number), default=None)
        if following is None:
            return None
        held = self._plans[following]
        return held if self.has_questions(held.plan.questions) else None

    def forget(self, done: int) -> None:
        """Drop plans up to *done*, which are closed."""
        for number in [number for number in self._plans if number <= done]:
            (self._folder / f"{number:010d}.plan").unlink(missing_ok=True)
            del self._plans[number]
