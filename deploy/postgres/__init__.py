"""Start, find and stop the Postgres that comes with the `local` extra, for a DIR that holds everything."""

from __future__ import annotations

from deploy.postgres.control import running, start, stop
from deploy.postgres.errors import LauncherError
from deploy.postgres.programs import binaries
from deploy.postgres.server import Server

__all__ = ["LauncherError", "Server", "binaries", "running", "start", "stop"]
