"""The `ottempera` command as its user starts it: a process of its own, with what it wrote and how it ended."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

PROGRAM = Path(sys.executable).with_name("ottempera")
PATIENCE_S = 900  # a loaded machine is slow; what hangs is still ended
LISTEN = ("--listen", "127.0.0.1:0")


class Ended(NamedTuple):
    """How a command ended and what it wrote."""

    code: int
    out: bytes
    err: str

    @property
    def document(self) -> Any:
        """Standard output as one JSON document."""
        return msgspec.json.decode(self.out)

    @property
    def documents(self) -> list[Any]:
        """Standard output as one JSON document a line."""
        return [msgspec.json.decode(line) for line in self.out.splitlines()]

    def well(self) -> Ended:
        """Itself, if the command ended well."""
        assert self.code == 0, f"exit code {self.code}\n{self.err}\n{self.out.decode(errors='replace')[-2000:]}"
        return self


def clean_environment(**more: str) -> dict[str, str]:
    """The environment without what a person's shell may say of databases, colours and terminals."""
    unwanted = ("OTTEMPERA_", "PG", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM", "CLICOLOR", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return kept | {"TERM": "dumb"} | more


def ottempera(
    *arguments: str | Path, stdin: bytes = b"", prefix: tuple[str, ...] = (), environment: dict[str, str] | None = None
) -> Ended:
    """Run `ottempera` with *arguments* to its end; *prefix* is a program that starts it, such as `unshare --mount`."""
    done = subprocess.run(
        [*prefix, str(PROGRAM), *map(str, arguments)],
        input=stdin,
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
        env=clean_environment() if environment is None else environment,
    )
    return Ended(done.returncode, done.stdout, done.stderr.decode(errors="replace"))


def play(scenario: Path, data: Path, rounds: int) -> Ended:
    """Play *rounds* further rounds of *scenario* on the lab, as fast as they go."""
    lab = ("up", "--lab", "--scenario", scenario, "--rounds", str(rounds), "--interval", "0", "--no-serve")
    return ottempera(*lab, "--data", data, *LISTEN)


def rows(view: str, data: Path, *options: str) -> list[dict[str, Any]]:
    """The rows that a reading command prints."""
    found: list[dict[str, Any]] = ottempera(view, "--json", "--data", data, *options).well().document
    return found
