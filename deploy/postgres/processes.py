"""Which processes belong to a cluster: its lock file is a claim, the process table decides (Linux).

A process id in `postmaster.pid` may be stale, reused by anything after a reboot, or a zombie nobody reaps. A server
process stands in its cluster directory for all its life, and that can be looked up.
"""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path
from typing import Final, NamedTuple

PROC: Final = Path("/proc")
# A person's shell may stand there, too.
PROGRAMS: Final = ("postgres", "pg_ctl")
_LINES: Final = 8  # PostgreSQL's src/include/utils/pidfile.h


class Postmaster(NamedTuple):
    """What `postmaster.pid` says; *status* is `starting`, `ready` or `stopping`, empty while it is being written."""

    pid: int
    port: int
    status: str


class Belongs(Enum):
    """Whether a process is one of a cluster's; UNKNOWN where a container forbids root to look."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def claimed(cluster: Path) -> Postmaster | None:
    """The lock file of *cluster*, whoever it names; None when there is none or no process id in it."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        return Postmaster(
            int(lines[0]),
            int(lines[3]) if len(lines) > 3 else 0,  # noqa: PLR2004  the file's line numbers
            lines[_LINES - 1].strip() if len(lines) >= _LINES else "",
        )
    except (FileNotFoundError, ValueError, IndexError):
        return None


def postmaster(cluster: Path) -> Postmaster | None:
    """The lock file of *cluster* when the process it names lives and is this cluster's."""
    claim = claimed(cluster)
    return claim if claim and belongs(claim.pid, cluster) is not Belongs.NO else None


def belongs(pid: int, cluster: Path) -> Belongs:
    """Whether process *pid* lives, is a server's or its starter's, and stands in *cluster*."""
    process = PROC / str(pid)
    try:
        if not (process / "comm").read_text().startswith(PROGRAMS) or _state(process) in "ZX":
            return Belongs.NO
        return Belongs.YES if os.path.samestat((process / "cwd").stat(), cluster.stat()) else Belongs.NO
    except PermissionError:
        return _guess(process, cluster)
    except (FileNotFoundError, ProcessLookupError):
        return Belongs.NO


def members(cluster: Path) -> dict[int, Belongs]:
    """All processes that are, or may be, this cluster's."""
    found = {int(entry.name): belongs(int(entry.name), cluster) for entry in PROC.iterdir() if entry.name.isdecimal()}
    return {pid: answer for pid, answer in found.items() if answer is not Belongs.NO}


def _guess(process: Path, cluster: Path) -> Belongs:
    # The owner is open to all. It excludes; it cannot tell two servers of one account apart.
    try:
        same = process.stat().st_uid == cluster.stat().st_uid
    except (FileNotFoundError, ProcessLookupError):
        return Belongs.NO
    return Belongs.UNKNOWN if same else Belongs.NO


def _state(process: Path) -> str:
    # proc_pid_stat(5): the name before it is in parentheses and may contain any character.
    return (process / "stat").read_text().rpartition(")")[2].split()[0]
