"""The rules in words, as analysts find them: on every version of Postgres, what the code says."""

from __future__ import annotations

import asyncpg

from collector.judge.rulebook import rulebook

RULES = "SELECT * FROM analyst.rules"
UNNAMED = """
SELECT count(*) FROM analyst.rules
WHERE rule IS NULL OR says_en IS NULL OR says_it IS NULL OR change_en IS NULL OR change_it IS NULL
"""


async def test_the_view_says_what_the_code_says(migrated_dsn: str) -> None:
    connection = await asyncpg.connect(migrated_dsn)
    try:
        found = {row["rule"]: tuple(row.values()) for row in await connection.fetch(RULES)}
        unnamed = await connection.fetchval(UNNAMED)
    finally:
        await connection.close()
    fields = ("rule", "level", "rank", "outcome", "how", "source", "says_en", "says_it", "change_en", "change_it")
    assert found == {row.rule: tuple(getattr(row, field) for field in fields) for row in rulebook()}
    assert unnamed == 0
