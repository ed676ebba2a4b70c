"""Looks for candidates from time to time, for ever."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from collector.successors.finding import find
from schema.errors import OttemperaError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from collector.store import Store

_log = structlog.get_logger("collector")


async def keep_finding(store: Store, *, every_s: float, redirects_from: str, now: Callable[[], datetime]) -> None:
    """Queue what nobody was asked to look at before, each *every_s*; what cannot be done now is done the next time."""
    while True:
        await asyncio.sleep(every_s)
        try:
            queued, _ = await find(store, now(), redirects_from=redirects_from)
        except OttemperaError as error:  # no database, or an order that cannot be read: it stops no other work
            _log.warning("no successor looked for", detail=str(error), remedy=error.remedy)
            continue
        for event in queued:
            _log.info("successor queued", name=event.name, order=event.order_id, score=event.score)
