"""The honest world that is attacked: three probes of three networks, two plans of one evening, two names of the order."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from tests.evidence.cases.case import Made
from tests.evidence.forge.answers import obeys
from tests.evidence.forge.authority import due, tre
from tests.evidence.forge.cast import MILAN, NAPLES, ROME, Cast, few_questions
from tests.evidence.forge.house import House
from tests.evidence.forge.stories import FIRST, MINUTE, announce, bundle, finish, founded, play

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.evidence.forge.answers import Hears
    from tests.evidence.forge.draft import Draft

THREE: Final = Cast(vantages=(MILAN, ROME, NAPLES), questions=few_questions())
NUMBERS: Final = (1, 2)
PROBES: Final = tuple(one.id for one in THREE.vantages)


def evening(house: House, hears: Hears = obeys) -> House:
    """What happens in it."""
    founded(house=house)
    announce(house, FIRST, FIRST + 10 * MINUTE, at=FIRST - 90 * MINUTE)
    for number in NUMBERS:
        play(house, number, hears)
    finish(house)
    return house


def fresh() -> House:
    """A house in which nothing has happened."""
    return House(THREE, [due(), tre()])


@cache
def honest() -> House:
    """The house after that evening; not to be changed."""
    return evening(fresh())


@cache
def _exported() -> Draft:
    return bundle(honest())


def exported() -> Draft:
    """Its bundle, to be changed."""
    return _exported().copy()


def signed(change: Callable[[Draft], None]) -> Callable[[], Made]:
    """What comes of a change to the bundle's files, signed by the collector."""

    def make() -> Made:
        draft = exported()
        change(draft)
        return Made(draft.pack(), honest().trust())

    return make
