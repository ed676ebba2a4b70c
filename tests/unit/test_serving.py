"""What works beside the collector's answers does not end unseen."""

from __future__ import annotations

import asyncio

import pytest

from collector.serving import until


async def forever() -> None:
    await asyncio.Event().wait()


async def failing() -> None:
    raise ValueError("a fault of ours")


async def test_a_work_that_fails_ends_the_service() -> None:
    works = [asyncio.create_task(forever()), asyncio.create_task(failing())]
    with pytest.raises(ValueError, match="a fault of ours"):
        await until(asyncio.Event(), works)
    works[0].cancel()


async def test_it_ends_when_it_is_told_to() -> None:
    work, stop = asyncio.create_task(forever()), asyncio.Event()
    stop.set()
    await until(stop, [work])
    assert not work.done()
    work.cancel()
