"""The commands that a text prints for its reader, run as they stand."""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def printed_commands(text: str) -> list[str]:
    """What stands after a dollar sign at the beginning of a line."""
    return [line.strip()[2:] for line in text.splitlines() if line.strip().startswith("$ ")]


def run_printed(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The command in *folder*, its words told apart as a shell does."""
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
    return subprocess.run(
        shlex.split(command), cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
