"""Finds days at once after a command changed an order, if nobody else judges this database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from collector.findings.job import Findings
from collector.library import Library
from schema.errors import UnavailableError

if TYPE_CHECKING:
    from collector.store import Store


async def find_now(store: Store) -> bool:
    """Bring the days of *store* in step with its orders; False where another process judges, which does so soon."""
    try:
        await store.claim_judging(patience_s=0)
    except UnavailableError:
        return False
    try:
        await Findings(store, Library(store), now=lambda: datetime.now(UTC)).update()
    finally:
        await store.release_judging()
    return True
