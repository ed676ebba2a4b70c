"""psql on the analyst views, as the role that can read nothing else."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn
from urllib.parse import unquote, urlsplit, urlunsplit

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
    public, password = without_password(dsn)
    secret = {"PGPASSWORD": password} if password else {}  # arguments are for everybody to read, the environment is not
    os.execve(program, ["psql", public], os.environ | secret)  # noqa: S606 - no shell; the DSN is ours


def without_password(dsn: str) -> tuple[str, str]:
    """*dsn* without its password, and the password; empty if it has none."""
    parts = urlsplit(dsn)
    login, at, host = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    if not password:
        return dsn, ""
    return urlunsplit(parts._replace(netloc=f"{user}{at}{host}")), unquote(password)


def _embedded() -> str | None:
    """The psql that comes with the embedded server, where that is installed."""
    try:
        from deploy.postgres import binaries
    except ImportError:
        return None
    program = binaries() / "psql"
    return str(program) if program.exists() else None
