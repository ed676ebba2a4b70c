"""Bundles altered and signed again with the keys that somebody would have: each is refused, and for the right reason."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from schema.verifier.steps import STEPS
from tests.evidence.attacks.all import ATTACKS, FAMILIES
from tests.evidence.verifiers import NODE, Command, Page

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE: Final = Path(__file__).parents[2] / "schema" / "spec" / "who-can-cheat.csv"
FEWEST: Final = 300


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """The page's core, one process for all."""
    if NODE is None:
        pytest.skip("node is not installed: the page's core is not run here")
    with Page() as running:
        yield running


@pytest.fixture(scope="module")
def command() -> Command:
    """The Python verifier."""
    return Command()


@pytest.mark.parametrize("family", FAMILIES)
def test_command_refuses(family: str, command: Command) -> None:
    """Every attack of a family, at the step that sees it."""
    for attack in ATTACKS[family]:
        made = attack.make()
        said = command(made.bundle, made.trust_json)
        assert said[:2] == (attack.case.result, attack.step), f"{attack.name} by {attack.who}: {said.detail}"


@pytest.mark.parametrize("family", FAMILIES)
def test_page_refuses(family: str, page: Page) -> None:
    """And by the page, but for what only the rules show."""
    for attack in ATTACKS[family]:
        made = attack.make()
        said = page(made.bundle, made.trust_json)
        assert said[:2] == attack.case.page, f"{attack.name} by {attack.who}: {said.detail}"


def test_there_are_enough_of_them() -> None:
    attacks = [attack for family in FAMILIES for attack in ATTACKS[family]]
    assert len({(attack.name, attack.who) for attack in attacks}) == len(attacks) >= FEWEST


def test_table_of_who_can_cheat_how_far(capsys: pytest.CaptureFixture[str]) -> None:
    """One table: what each can do, with how many attacks it was tried, and where they were refused."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    steps: dict[str, Counter[str]] = defaultdict(Counter)
    for family in FAMILIES:
        for attack in ATTACKS[family]:
            steps[attack.who][attack.step] += 1
    order = [step.id for step in STEPS]
    with capsys.disabled():
        for row in rows:
            tried = steps[row["who"]]
            where = (
                ", ".join(f"{step} x {tried[step]}" for step in order if tried[step])
                or "tests/evidence/test_who_can_cheat.py"
            )
            print(f"\n{row['who']} ({row['holds']})")  # noqa: T201 - the figures are the point
            print(f"  can:     {row['can do unnoticed']}")  # noqa: T201 - the figures are the point
            print(f"  shown:   {row['what shows the rest']}")  # noqa: T201 - the figures are the point
            print(f"  remains: {row['what remains']}")  # noqa: T201 - the figures are the point
            print(f"  tried:   {tried.total()} attacks, all refused: {where}")  # noqa: T201 - the figures are the point
    assert steps.keys() <= {row["who"] for row in rows}
    assert not any("|" in cell for row in rows for cell in row.values())
