"""psql on the analyst views, as the role that can read nothing else."""

from __future__ import annotations

import os
import secrets
import shutil
from typing import NoReturn
from urllib.parse import quote, urlsplit, urlunsplit

from schema.errors import UnavailableError


async def reader_dsn(dsn: str) -> str:
    """*dsn* as `analyst_reader`, whose password is drawn anew at each call: it is kept nowhere."""
    from collector.store import Store  # noqa: PLC0415 - start-up stays light

    password = secrets.token_urlsafe(24)
    store = await Store.connect(dsn)
    try:
        await store.set_reader_password(password)
    finally:
        await store.close()
    parts = urlsplit(dsn)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"analyst_reader:{quote(password)}@{host}"))


def open_psql(dsn: str) -> NoReturn:
    """Become psql.

    Raises:
        UnavailableError: there is no psql on this machine.
    """
    program = shutil.which("psql")
    if program is None:
        raise UnavailableError(
            "psql is not on this machine",
            remedy="Install postgresql-client, or connect any SQL program to what `ottempera sql --print-dsn` prints.",
        )
    os.execv(program, ["psql", dsn])  # noqa: S606 - no shell; the DSN is ours
