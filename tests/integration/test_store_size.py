"""How many bytes an observation takes on disk: its share of the batch, its row and its index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from tests.integration.store_examples import Fleet, publish

if TYPE_CHECKING:
    from collections.abc import Callable

    from collector.store import Store

PLANS, A_BATCH, BUDGET = 67, 1000, 200
SIZES = """
SELECT sum(pg_total_relation_size(oid)) FILTER (WHERE relname = 'batch') AS batch,
    sum(pg_table_size(oid)) FILTER (WHERE relname LIKE 'observation%') AS row,
    sum(pg_indexes_size(oid)) FILTER (WHERE relname LIKE 'observation%') AS index
FROM pg_class WHERE relnamespace = 'ledger'::regnamespace AND relkind = 'r'
"""


async def test_bytes_per_observation(store: Store, migrated_dsn: str, show: Callable[[str], None]) -> None:
    """The budget's first reach; lines are as long as a probe's, and as hard to compress."""
    names = [f"name{number:04d}.to." for number in range(250)]
    fleet = Fleet()
    written = 0
    for number in range(1, PLANS + 1):
        published = await publish(store, number, names=names)
        cells = published.of("rm-01")
        for start in range(0, len(cells), A_BATCH):
            row = fleet.batch(
                published, "rm-01", cells=cells[start : start + A_BATCH], close=start + A_BATCH >= len(cells)
            )
            await store.insert_batch(row)
            written += len(row.observations)
    connection = await asyncpg.connect(migrated_dsn)
    sizes = await connection.fetchrow(SIZES)
    version = await connection.fetchval("SHOW server_version")
    await connection.close()
    assert sizes is not None
    each = {part: float(size) / written for part, size in sizes.items()}
    shares = " ".join(f"{part} {size:.1f}" for part, size in each.items())
    show(f"Postgres {version}: {sum(each.values()):.1f} bytes an observation at {written} ({shares})")
    assert written > 100_000
    assert sum(each.values()) < BUDGET
