"""Every case, those too that are not kept on disk: both verifiers come to the result and the step that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.evidence.cases.all import ALL
from tests.evidence.verifiers import NODE, Command, Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.evidence.cases.case import Case


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """The page's core, one process for all."""
    if NODE is None:
        pytest.skip("node is not installed: the page's core is not run here")
    with Page() as running:
        yield running


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_command(case: Case) -> None:
    made = case.make()
    said = Command()(made.bundle, made.trust_json)
    assert said[:2] == (case.result, case.step), said.detail


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_page(case: Case, page: Page) -> None:
    made = case.make()
    said = page(made.bundle, made.trust_json)
    assert said[:2] == case.page, said.detail
