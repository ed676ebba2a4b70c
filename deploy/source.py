"""Where the data is: a database somebody runs, or the embedded one of a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schema.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def database(data: Path | None, database_url: str | None, *, role: str = "ottempera") -> str:
    """The DSN to use; starts the embedded server of *data* if it does not run, and leaves it running.

    Raises:
        ConfigError: both are given, or the folder holds no deployment.
    """
    from deploy.local.datadir import DataFolder

    if database_url:  # its roles are its owner's affair: what was given is what is used
        if data:
            raise ConfigError("--data and --database-url name two places", remedy="Give one of them.")
        return database_url
    folder = DataFolder(data)
    if folder.deployment() is None:
        raise ConfigError(
            f"{folder.path} holds no data yet",
            remedy="Start with `ottempera up --lab`, or name the place with --data or --database-url.",
        )
    from deploy.postgres import start

    return start(folder.path).dsn(role)
