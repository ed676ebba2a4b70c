"""What a probe tells its operator of troubles that it will try again: each once, for as long as it is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schema.errors import OttemperaError

if TYPE_CHECKING:
    from collections.abc import Callable


class Telling:
    """Remembers what was told last of each thing."""

    def __init__(self, told: Callable[[str], None]) -> None:
        """*told* hears of every change for the worse."""
        self._told = told
        self._last: dict[str, str] = {}

    def say(self, what: str, trouble: str) -> None:
        """*trouble* is what *what* suffers from now; empty: from nothing."""
        if trouble != self._last.get(what, ""):
            self._last[what] = trouble
            if trouble:
                self._told(trouble)

    def failed(self, what: str, error: Exception) -> None:
        """The same of an error, with what to do about it."""
        self.say(what, error.in_full if isinstance(error, OttemperaError) else str(error))

    def well(self, what: str) -> None:
        """*what* went well."""
        self.say(what, "")
