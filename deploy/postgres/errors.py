"""The one error of the launcher: what is wrong and what the person at the keyboard can do about it."""

from __future__ import annotations

from schema.errors import UnavailableError


class LauncherError(UnavailableError):
    """The embedded Postgres cannot be made, started or stopped; *remedy* is a sentence for people."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy=remedy)
        self.problem = problem
