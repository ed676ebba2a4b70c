from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from schema.verifier.steps import EXIT, STEPS, Result
from tests.evidence.cases.all import KEPT
from tests.evidence.verifiers import NODE, Command, Page, Said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.evidence.cases.case import Case

HERE: Final = Path(__file__).parent
FOLDERS: Final = sorted(path.parent.name for path in HERE.glob("*/expected.json"))
MOST_BYTES: Final = 6_500_000


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """The page's core, one process for all."""
    if NODE is None:
        pytest.skip("node is not installed: the page's core is not run here")
    with Page() as running:
        yield running


@pytest.mark.parametrize("case", KEPT, ids=lambda case: case.folder)
def test_files_are_what_the_forge_makes(case: Case) -> None:
    """The same bytes each time; `OTTEMPERA_RENDER=1` writes them."""
    made = case.make()
    files = {"bundle.zip": made.bundle, "trust.json": made.trust_json, "expected.json": case.expected}
    folder = HERE / case.folder
    if os.environ.get("OTTEMPERA_RENDER"):
        folder.mkdir(exist_ok=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)
    for name, data in files.items():
        assert (folder / name).read_bytes() == data, f"{case.folder}/{name} is not what the forge makes"


def test_no_folder_without_a_case() -> None:
    assert sorted(case.folder for case in KEPT) == FOLDERS
    assert len(FOLDERS) >= 80


def test_the_suite_stays_small() -> None:
    """What is in the repository is fetched by everybody."""
    size = sum(path.stat().st_size for path in HERE.glob("*/*") if path.is_file())
    assert size < MOST_BYTES, f"{size} bytes in {len(FOLDERS)} folders"


def test_every_step_is_refused_by_some_case() -> None:
    """What no case breaks, no verifier need check."""
    assert {step.id for step in STEPS} - {case.step for case in KEPT} == set()


def test_names_say_whether_it_fails() -> None:
    """A folder ends in `_fail` where a verifier must not say valid, with absences or without."""
    for case in KEPT:
        assert case.folder.endswith("_fail") == (EXIT[case.result] not in {EXIT[Result.VALID], EXIT[Result.ABSENCES]})


def files_of(folder: str) -> tuple[bytes, bytes, dict[str, Any]]:
    """Bundle, trust file and what is expected."""
    path = HERE / folder
    return (
        (path / "bundle.zip").read_bytes(),
        (path / "trust.json").read_bytes(),
        json.loads((path / "expected.json").read_bytes()),
    )


@pytest.mark.parametrize("folder", FOLDERS)
def test_command(folder: str) -> None:
    """The Python verifier, with the rules."""
    bundle, trust, expected = files_of(folder)
    said = Command()(bundle, trust)
    assert said[:2] == (expected["result"], expected["step"]), said.detail


@pytest.mark.parametrize("folder", FOLDERS)
def test_page(folder: str, page: Page) -> None:
    """The page's core: where it stops elsewhere, the case says so."""
    bundle, trust, expected = files_of(folder)
    said: Said = page(bundle, trust)
    wanted = expected.get("page", expected)
    assert said[:2] == (wanted["result"], wanted["step"]), said.detail
