"""The JSON Schemas in the repository are what the structs say, and what the structs write fits them."""

from __future__ import annotations

from pathlib import Path

import pytest

from schema.jsonschema import FORMATS, main, render

FOLDER = Path(__file__).parents[2] / "schema" / "spec" / "json"


@pytest.mark.parametrize("name", FORMATS)
def test_rendered(name: str) -> None:
    """Change a struct, run `make schema`, and read what the change means for others before committing it."""
    assert (FOLDER / f"{name}.json").read_bytes() == render(FORMATS[name])


def test_nothing_else_lies_there(tmp_path: Path) -> None:
    main(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {file.name for file in FOLDER.iterdir()}
