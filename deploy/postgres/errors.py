"""The one error of the launcher: what is wrong and what the person at the keyboard can do about it."""

from __future__ import annotations


class LauncherError(RuntimeError):
    """The embedded Postgres cannot be made, started or stopped; *remedy* is a sentence for people."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}\n{remedy}")
        self.problem = problem
        self.remedy = remedy
