"""One attack: who makes it with which keys, what is done, and the step at which a verifier must refuse it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tests.evidence.cases.case import Case, Made

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: The first column of `schema/spec/who-can-cheat.csv`.
OUTSIDER: Final = "outsider"
PROBE: Final = "probe"
COLLECTOR: Final = "collector"
BOTH: Final = "collector and probe"
ONE_AUTHORITY: Final = "one authority"
ALL_AUTHORITIES: Final = "all authorities"
WITNESSES: Final = "witnesses"


class Attack(NamedTuple):
    """`place` tells it from the others of its family; `step` is where it is refused."""

    family: str
    who: str
    place: str
    step: str
    make: Callable[[], Made]

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.family}: {self.place}"

    @property
    def case(self) -> Case:
        """As a case, which knows what the page says."""
        return Case(self.name, self.step, self.family, self.make)


FAMILIES: dict[str, Callable[[], Iterator[Attack]]] = {}


def family(make: Callable[[], Iterator[Attack]]) -> Callable[[], Iterator[Attack]]:
    """Enter a function that yields attacks of one kind."""
    FAMILIES[make.__name__] = make
    return make
