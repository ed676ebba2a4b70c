"""Bundles of rounds in which a site was asked over HTTPS, by those whom the plan names (sp-001 §7, sp-003 §3)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from msgspec import structs

from schema.cells import Asked, Group
from schema.measures import measure_endpoint
from schema.words import Profile, Role
from tests.evidence.cases.case import Made, case
from tests.evidence.cases.good import made
from tests.evidence.cases.rounds import chosen_without
from tests.evidence.forge.answers import obeys
from tests.evidence.forge.authority import due, tre
from tests.evidence.forge.cast import LIVE, NAME, OTHER, ROME, Cast, few_questions, policy
from tests.evidence.forge.house import House
from tests.evidence.forge.stories import bundle, lean

if TYPE_CHECKING:
    from datetime import datetime

    from schema.cells import QuestionSet
    from tests.evidence.forge.answers import Hears
    from tests.evidence.forge.house import Measured, Published

SITES: Final = tuple(
    Asked(f"web:{name[:-1]}", (str(measure_endpoint(LIVE, name)),), mix_case=False) for name in (NAME, OTHER)
)


def asking(*vantages: str) -> QuestionSet:
    """Few questions, the site of the name for *vantages*, and another's for one that no plan enrols."""
    plain = few_questions()
    groups = tuple(
        Group(Role.MEASURE, (name,), (site.id,), ("A",), (Profile.STUB,), countries=("IT",), vantages=named)
        for name, site, named in zip((NAME, OTHER), SITES, (vantages, ("xx-99",)), strict=True)
    )
    return structs.replace(plain, resolvers=(*plain.resolvers, *SITES), groups=(*plain.groups, *groups))


def lone(*vantages: str) -> House:
    """One probe, in Rome, and a plan that names *vantages*."""
    return lean(cast=Cast(vantages=(ROME,), questions=asking(*vantages), policy=policy(floor_networks=1)))


#: Of ROME's network and country, and not named.
NEIGHBOUR: Final = structs.replace(ROME, id="rm-02")


@case("site-asked", None, "One of two vantages on a network was to ask the site over HTTPS, and did.")
def _asked() -> Made:
    return made(lean(cast=Cast(vantages=(NEIGHBOUR, ROME), questions=asking("rm-01"))))


@case(
    "site-answer-left-out",
    "6.3",
    "The cell that asked the site of the name is left out; the range proof fits the rest.",
)
def _left_out() -> Made:
    house = lone("rm-01")
    draft = bundle(house)
    chosen_without(draft, house, *(cell.number for cell in house.plans[1].cells if cell.role is Role.MEASURE))
    return Made(draft.pack(), house.trust())


class _Anybody(House):
    """Its probes ask the site whoever the plan names."""

    def measure(self, published: Published, probe: str, hears: Hears = obeys, at: datetime | None = None) -> Measured:
        everybody = tuple(cell._replace(vantages=()) for cell in published.cells)
        return super().measure(replace(published, cells=everybody), probe, hears, at)


@case(
    "site-asked-by-another",
    "6.4",
    "A probe asked the site though the plan names another, and closed with a cell too many.",
)
def _another() -> Made:
    return made(lean(house=_Anybody(Cast(questions=asking("rm-01")), [due(), tre()])))
