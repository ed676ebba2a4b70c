"""What a probe has in memory reaches its disk; where there is no room, it says so and waits for it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from probe.spool import FULL, SpoolFullError
from schema.codec import encode
from schema.record import VERSION, Certificate

if TYPE_CHECKING:
    from collections.abc import Callable

    from probe.round import Round
    from probe.spool import Spool
    from probe.telling import Telling

FLUSH_EVERY_S: Final = 1.0


class Disk:
    """Writes, and tells once of each trouble."""

    def __init__(self, spool: Spool, telling: Telling, *, written: Callable[[], None]) -> None:
        """*written* is called after lines became durable."""
        self._spool, self._telling, self._written = spool, telling, written

    async def keep_flushing(self) -> None:
        """Write what waits, for ever."""
        while True:
            await asyncio.sleep(FLUSH_EVERY_S)
            if self.flushed():
                self._written()

    def flushed(self, *, closing: bool = False) -> bool:
        """Whether everything in memory is on disk now."""
        try:
            self._spool.flush(closing=closing)
        except SpoolFullError as error:
            self._telling.failed("spool", error)
            return False
        self._telling.well("spool")
        return True

    async def close(self, current: Round) -> None:
        """Close the round; where there is no room, wait for it: a round is never left open."""
        try:
            current.close()
        except SpoolFullError:
            while not self.flushed(closing=True):  # noqa: ASYNC110 - it is room on the disk that is awaited
                await asyncio.sleep(FLUSH_EVERY_S)

    async def noted(self, note: Callable[[], None]) -> None:
        """Do what *note* does to the disk; where there is no room, wait for it."""
        while True:
            try:
                note()
            except OSError as error:
                if error.errno not in FULL:
                    raise
                self._telling.say("progress", f"progress cannot be noted: {error.strerror}")
                await asyncio.sleep(FLUSH_EVERY_S)
            else:
                self._telling.well("progress")
                return

    def certificate(self, digest: str, der: bytes) -> None:
        """Keep a certificate; called from within a handshake, which a full or broken disk is no fault of."""
        if self._spool.first_use(digest):
            with suppress(SpoolFullError, OSError):  # it stays in memory; the next flush says so, or ends the agent
                self._spool.append(encode(Certificate(VERSION, digest, der)))
