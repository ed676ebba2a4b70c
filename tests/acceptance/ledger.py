"""What stands in the ledger of a folder, read as its owner: the views leave out what only a check needs to see."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import asyncpg

from collector.store import Store
from deploy.postgres import start

TWICE = """
SELECT plan_number, probe_no, cell, count(*) FROM ledger.observation
GROUP BY plan_number, probe_no, cell HAVING count(*) > 1
"""
BATCHES = """
SELECT encode(batch_id, 'hex') AS batch, probe, chain, number, body
FROM ledger.batch JOIN ledger.vantage USING (probe_no) ORDER BY probe, chain, number
"""
GAPS = """
SELECT DISTINCT gap ->> 'reason' AS reason FROM ledger.round CROSS JOIN jsonb_array_elements(gaps) AS gap ORDER BY 1
"""
FORKS = "SELECT count(*) AS forks FROM ledger.fork"


def ask(data: Path, statement: str) -> list[dict[str, Any]]:
    """The rows of *statement*."""

    async def fetch() -> list[dict[str, Any]]:
        connection = await asyncpg.connect(start(data).dsn())
        try:
            return [dict(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    with asyncio.Runner() as runner:
        return runner.run(fetch())


def derived(data: Path) -> bytes:
    """Every judgement as text."""

    async def dump() -> bytes:
        store = await Store.connect(start(data).dsn())
        try:
            return await store.dump_derived()
        finally:
            await store.close()

    with asyncio.Runner() as runner:
        return runner.run(dump())
