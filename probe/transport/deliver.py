"""Hands a result to its asker so that the asker's fault stays the asker's."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    from probe.transport.port import Done, Heard


def deliver(loop: asyncio.AbstractEventLoop, done: Done, heard: Heard) -> None:
    """Call *done*; what it raises goes to the loop's exception handler, the questions after it are not touched."""
    try:
        done(heard)
    except Exception as error:  # noqa: BLE001  a callback is foreign code
        loop.call_exception_handler({"message": "the asker of a question failed on its result", "exception": error})
