"""One case for any verifier: a bundle, what is trusted, and what must come out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from schema.codec import encode
from schema.verifier.steps import STEPS, Result
from tests.evidence.forge.stories import bundle, lone, shut

if TYPE_CHECKING:
    from collections.abc import Callable

    from schema.trust import Trust
    from tests.evidence.forge.draft import Draft
    from tests.evidence.forge.house import House

_FAULTS: Final = {step.id: step.fault for step in STEPS}
_OF_PAGE: Final = {step.id for step in STEPS if step.page}


class Made(NamedTuple):
    """The two files."""

    bundle: bytes
    trust: Trust

    @property
    def trust_json(self) -> bytes:
        """The trust file's bytes."""
        return encode(self.trust) + b"\n"


@dataclass(frozen=True)
class Case:
    """A folder of the conformance suite; `step` is that which does not hold, none where all do."""

    name: str
    step: str | None
    why: str
    make: Callable[[], Made]
    page_step: str | None = ""  # where the page stops, if elsewhere: it replays no rules
    undecided: bool = False  # the step cannot be taken, as the rules are not known

    @property
    def folder(self) -> str:
        """What the folder is called."""
        absent = self.step == "9.1"
        return self.name if self.step is None or absent else f"{self.name}_fail"

    @property
    def result(self) -> Result:
        """What a full verifier says."""
        return Result.UNDECIDED if self.undecided else _result(self.step)

    @property
    def page(self) -> tuple[Result, str | None]:
        """What the page says, and at which step."""
        step = self.page_step
        if step == "":
            step = self.step if self.step is None or self.step in _OF_PAGE else None
        return _result(step), step

    @property
    def expected(self) -> bytes:
        """`expected.json`."""
        table: dict[str, object] = {"result": self.result, "step": self.step}
        if self.page != (self.result, self.step):
            table["page"] = {"result": self.page[0], "step": self.page[1]}
        return encode(table | {"why": self.why}) + b"\n"


def _result(step: str | None) -> Result:
    return Result.VALID if step is None else _FAULTS[step]


CASES: dict[str, Case] = {}


def case(
    name: str, step: str | None, why: str, *, page_step: str | None = "", undecided: bool = False
) -> Callable[[Callable[[], Made]], Callable[[], Made]]:
    """Enter a function that makes the two files as a case."""

    def enter(make: Callable[[], Made]) -> Callable[[], Made]:
        assert name not in CASES, f"two cases are called {name}"
        CASES[name] = Case(name, step, why, make, page_step, undecided)
        return make

    return enter


def bad(
    name: str, step: str, why: str, *, page_step: str | None = ""
) -> Callable[[Callable[[House, Draft], Draft | None]], None]:
    """Enter a function that changes the smallest bundle, before it is signed, as a case."""

    def enter(change: Callable[[House, Draft], Draft | None]) -> None:
        def make() -> Made:
            house = shut() if step < "2" else lone()
            draft = bundle(house)
            changed = change(house, draft) or draft
            return Made(changed.pack(), house.trust())

        case(name, step, why, page_step=page_step)(make)

    return enter
