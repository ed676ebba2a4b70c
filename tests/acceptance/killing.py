"""Ends every process of a deployment at once, as a power cut would; only those that are its own."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
_GONE_S = 60.0


def kill_all(session: int, data: Path) -> int:
    """Kill -9 what is of *session*, stands in *data* or was told of it, until nothing is left; how many there were."""
    killed: set[int] = set()
    deadline = time.monotonic() + _GONE_S
    while found := members(session, data):
        assert time.monotonic() < deadline, f"processes that cannot be killed: {found}"
        for process in sorted(found, key=lambda process: process != session):  # the parent first: it sees nobody die
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        killed |= found
    return len(killed)


def members(session: int, data: Path) -> set[int]:
    """The living processes of a deployment; zombies, which somebody else has to reap, are none."""
    found = {int(entry.name) for entry in _PROC.iterdir() if entry.name.isdecimal()} - {os.getpid()}
    return {process for process in found if _belongs(_PROC / str(process), session, data)}


def _belongs(process: Path, session: int, data: Path) -> bool:
    try:
        fields = (process / "stat").read_text().rpartition(")")[2].split()
        if fields[0] in "ZX":
            return False
        told = os.fsencode(data) in (process / "cmdline").read_bytes()
        return told or int(fields[3]) == session or (process / "cwd").readlink().is_relative_to(data)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False
