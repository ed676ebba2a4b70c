"""A lab on loopback for the length of a test."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from deploy.lab.scenario import load_scenario
from deploy.lab.servers import Lab

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from deploy.lab.servers import Routes

    Play = Callable[[str], Awaitable[tuple[Lab, Routes]]]


@pytest.fixture
async def play() -> AsyncIterator[Play]:
    """A function that starts a lab with the scenario in a text."""
    async with AsyncExitStack() as stack:

        async def start(text: str) -> tuple[Lab, Routes]:
            lab = Lab(load_scenario(text.encode(), "test.toml"))
            routes = await lab.start()
            stack.push_async_callback(lab.stop)
            return lab, routes

        yield start
