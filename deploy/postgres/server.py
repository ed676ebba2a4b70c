"""A running embedded Postgres, as its users see it: where it listens and how to log in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from deploy.postgres.errors import LauncherError
from deploy.postgres.layout import Layout

# `analyst_reader` is made by a migration, which sets the password kept here.
ROLES = ("postgres", "ottempera", "analyst_reader")


class Server(NamedTuple):
    """A server that accepts connections on *host*:*port* and on a unix socket in *socket_dir*."""

    data_dir: Path  # the DIR that start() was given, resolved
    port: int
    socket_dir: Path
    major: int
    started: bool  # by this very call; who asked for it may stop it
    host: str = "127.0.0.1"

    def password(self, role: str) -> str:
        """The password kept for *role*, one of ROLES.

        Raises:
            LauncherError: no password is kept for it, or the caller may not read it.
        """
        path = Layout.of(self.data_dir).credentials
        try:
            kept: dict[str, str] = json.loads(path.read_bytes())
        except OSError as error:
            problem = f"The passwords in {path} cannot be read: {error.strerror}."
            raise LauncherError(problem, "Run the command as the user who made the DIR, or as root.") from error
        if role not in kept:
            raise LauncherError(f"{path} keeps no password for role {role}.", f"Use one of {', '.join(kept)}.")
        return kept[role]

    def dsn(self, role: str = "ottempera", database: str = "ottempera") -> str:
        """A connection URI over TCP, which every client understands; it contains the password."""
        secret = quote(self.password(role), safe="")
        return f"postgresql://{quote(role, safe='')}:{secret}@{self.host}:{self.port}/{quote(database, safe='')}"
