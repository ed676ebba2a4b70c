"""Loads which rounds were to ask the sites of names over HTTPS: what none of them lost can be told from what was not planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collector.compliance.measures import SiteAsked
from schema.words import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collector.library import Library
    from collector.store import Store
    from collector.store.findings import PlanRow
    from schema.cells import Cell


async def rounds_that_ask(
    store: Store, library: Library, plans: Sequence[PlanRow], names: Sequence[str]
) -> dict[str, list[SiteAsked]]:
    """By name the rounds of *plans* in which a vantage was to ask its site; nothing of a name whose site no plan asks."""
    sets = await store.sets_that_measure(sorted({plan.question_set for plan in plans}), names)
    asking = [plan for plan in plans if plan.question_set in sets]
    if not asking:
        return {}
    wanted = frozenset(names)
    enrolled = await store.enrolled_in([plan.number for plan in asking])
    cells: dict[int, list[Cell]] = {}
    found: dict[str, list[SiteAsked]] = {}
    for plan in asking:
        if plan.question_set not in cells:
            known = await library.plan(plan.number)
            cells[plan.question_set] = [
                cell for cell in known.cells if cell.role is Role.MEASURE and cell.name in wanted
            ]
        for cell in cells[plan.question_set]:
            found.setdefault(cell.name, []).extend(
                SiteAsked(plan.number, plan.at, vantage.id, vantage.country)
                for vantage in enrolled.get(plan.number, ())
                if cell.applies(vantage)
            )
    return found
