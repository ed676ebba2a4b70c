"""The schema is what `schema/sql/catalogue.txt` says, on every version of Postgres."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import asyncpg

from tests.integration.store_examples import rendering


def kept(rendered: str) -> str:
    """The file's text, written first if files are to be rendered."""
    path = Path(str(files("schema").joinpath("sql", "catalogue.txt")))
    if rendering():
        path.write_text(rendered)
    return path.read_text()


async def test_catalogue(migrated_dsn: str) -> None:
    """Run with OTTEMPERA_RENDER=1 to write the file after a change."""
    folder = files("schema").joinpath("sql")
    connection = await asyncpg.connect(migrated_dsn)
    try:
        rows = await connection.fetch(folder.joinpath("catalogue.sql").read_text())
    finally:
        await connection.close()
    rendered = "\n".join(row["line"] for row in rows) + "\n"
    assert rendered == kept(rendered)


def test_everything_is_explained() -> None:
    """Each table, view, column, index and function has its comment."""
    text = files("schema").joinpath("sql", "catalogue.txt").read_text()
    said = [line for line in text.splitlines() if " -- " in line or line.rstrip().endswith("--")]
    assert said
    assert [line for line in said if not line.split(" -- ", 1)[-1].strip() or line.rstrip().endswith("--")] == []
