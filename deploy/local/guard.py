"""Ends what `up` does when its Postgres ends: without a database nothing that arrives can be kept."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from deploy.postgres.layout import Layout
from deploy.postgres.processes import postmaster
from schema.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from pathlib import Path

_LOOK_EVERY_S = 1.0
_DYING_LOOKS = 5
_LAST_CRIES = ("PANIC:  ", "FATAL:  ")


async def while_postgres_runs(folder: Path, work: Awaitable[None]) -> None:
    """Await *work*, as long as the embedded server of *folder* lives; a full disk that it survives is waited out.

    Raises:
        UnavailableError: the server has ended; with the reason that its log gives.
    """
    layout = Layout.of(folder)
    task = asyncio.ensure_future(work)
    try:
        while not task.done():
            await asyncio.wait([task], timeout=_LOOK_EVERY_S)
            if not task.done() and postmaster(layout.cluster) is None:
                raise _ended(folder, layout)
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    try:
        task.result()
    except UnavailableError as error:
        for _ in range(_DYING_LOOKS):  # a connection breaks before its server has ended
            if postmaster(layout.cluster) is None:
                raise _ended(folder, layout) from error
            await asyncio.sleep(_LOOK_EVERY_S)
        raise


def _ended(folder: Path, layout: Layout) -> UnavailableError:
    return UnavailableError(
        f"Postgres in {folder} has ended: {_reason(layout)}",
        remedy="Mend the cause and run `ottempera up` again: what was measured is kept and goes on.",
    )


def _reason(layout: Layout) -> str:
    """What the server cried last."""
    logs = sorted((layout.cluster / "log").glob("*.log"), key=lambda path: path.stat().st_mtime)
    lines = [line for path in logs for line in path.read_text(errors="replace").splitlines()]
    cries = [line.partition(cry)[2] for line in lines for cry in _LAST_CRIES if cry in line]
    return cries[-1] if cries else f"see {layout.cluster / 'log'}"
