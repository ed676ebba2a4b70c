"""psql on the analyst views, as the role that can read nothing else."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

from schema.errors import UnavailableError


def open_psql(dsn: str) -> NoReturn:
    """Become psql.

    Raises:
        UnavailableError: there is no psql on this machine.
    """
    program = shutil.which("psql") or _embedded()
    if program is None:
        raise UnavailableError(
            "psql is not on this machine",
            remedy="Install postgresql-client, or connect any SQL program to what `ottempera sql --print-dsn` prints.",
        )
    os.execv(program, ["psql", dsn])  # noqa: S606 - no shell; the DSN is ours


def _embedded() -> str | None:
    """The psql that comes with the embedded server, where that is installed."""
    try:
        from deploy.postgres import binaries
    except ImportError:
        return None
    program = binaries() / "psql"
    return str(program) if program.exists() else None
