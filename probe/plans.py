"""The plans a probe holds ahead, on disk, so that it goes on measuring without its collector."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from probe.identity import write_durably
from schema.cells import Cell, expand, questions_digest
from schema.codec import encode
from schema.errors import EvidenceError, FormatError, SignatureError
from schema.plan import Plan, open_plan
from schema.receipt import read_envelope

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from schema.dsse import Envelope


class HeldPlan(NamedTuple):
    """A plan with its id."""

    plan_id: str
    plan: Plan


class PlanFolder:
    """Plans by number and question sets by digest; only what the collector signed gets in."""

    def __init__(self, folder: Path, *, collector_key: bytes) -> None:
        """Read the plans in *folder*; a damaged one goes with all that follow it, and they are fetched again.

        Until then they are known to be open by their files' names: what was begun of them is still to be closed.
        """
        self._folder = folder
        self._collector_key = collector_key
        self._plans: dict[int, HeldPlan] = {}
        self._lost: set[int] = set()
        self.passed = 0  # all up to this number were looked at, and those not held are none of this probe's
        (folder / "questions").mkdir(parents=True, exist_ok=True)
        sound = {path.name for path in (folder / "questions").iterdir() if _is_sound(path)}
        paths = sorted(folder.glob("*.plan"))
        for place, path in enumerate(paths):
            try:
                held = self.check(read_envelope(path.read_bytes()))
            except (FormatError, SignatureError, EvidenceError):
                held = None
            if held is None or held.plan.questions not in sound:
                self._lost = {int(following.stem) for following in paths[place:] if following.stem.isdecimal()}
                break
            self._plans[held.plan.number] = held
        named = {held.plan.questions for held in self._plans.values()}
        for path in (folder / "questions").iterdir():
            if path.name not in named:
                path.unlink()

    def __len__(self) -> int:
        """How many plans are held."""
        return len(self._plans)

    @property
    def newest(self) -> int:
        """The highest number held; 0 if none."""
        return max(self._plans, default=0)

    def check(self, envelope: Envelope) -> HeldPlan:
        """The plan in *envelope*, if it is one that may be kept.

        Raises:
            SignatureError, FormatError: not the collector's, or not a plan.
            EvidenceError: another plan is held under its number.
        """
        plan_id, plan = open_plan(envelope, collector_key=self._collector_key)
        held = self._plans.get(plan.number)
        if held is not None and held.plan_id != plan_id:
            raise EvidenceError(f"two plans carry number {plan.number}")
        return HeldPlan(plan_id, plan)

    def keep(self, envelope: Envelope, held: HeldPlan) -> None:
        """Keep a plan that was checked; its questions are held already, or it could never be executed."""
        number = held.plan.number
        if number not in self._plans:
            write_durably(self._folder / f"{number:010d}.plan", encode(envelope))
            self._plans[number] = held
            self._lost = {one for one in self._lost if one > number}  # those before it were offered again too

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

    def following(self, but: Collection[str], *, first: Callable[[HeldPlan], bool]) -> HeldPlan | None:
        """The plan that starts next, but for those named (by id); before all others one that is to come *first*."""
        waiting = (held for held in self._plans.values() if held.plan_id not in but)
        return min(waiting, key=lambda held: (not first(held), held.plan.starts_at, held.plan.number), default=None)

    def first_open(self, closed: Callable[[int], bool]) -> int | None:
        """The lowest number held, or lost and not yet fetched again, that is not *closed*."""
        return min((number for number in (*self._plans, *self._lost) if not closed(number)), default=None)

    def forget(self, closed: Callable[[int], bool]) -> None:
        """Drop the plans that are *closed*."""
        for number in [number for number in (*self._plans, *self._lost) if closed(number)]:
            (self._folder / f"{number:010d}.plan").unlink(missing_ok=True)
            if self._plans.pop(number, None) is not None:
                self.passed = max(self.passed, number)
        self._lost = {number for number in self._lost if not closed(number)}


def _is_sound(path: Path) -> bool:
    """Whether a file among the question sets holds what its name says; a half-written one does not."""
    return questions_digest(path.read_bytes()) == path.name
