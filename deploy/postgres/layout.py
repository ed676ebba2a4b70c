"""Where everything of an embedded Postgres lies inside a DIR.

`DIR/postgres/` is one unit: cluster, passwords and database appear together, by a rename, or not at all.
The lock and the copied programs lie beside it because they are needed before it exists.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Self


class Layout(NamedTuple):
    """The paths of one unit; during creation the same shape under a temporary name."""

    directory: Path  # the DIR
    unit: Path

    @classmethod
    def of(cls, data: Path) -> Self:
        """The layout of the DIR *data*, resolved: what matters is the way to where it really is."""
        directory = data.expanduser().resolve()
        return cls(directory, directory / "postgres")

    @property
    def cluster(self) -> Path:
        """What Postgres calls PGDATA; its own log files are in `log/` below."""
        return self.unit / "cluster"

    @property
    def credentials(self) -> Path:
        """Role to password, readable by the owner of the DIR only."""
        return self.unit / "credentials.json"

    @property
    def address(self) -> Path:
        """The port and socket directory of the last start, to be used again."""
        return self.unit / "address.json"

    @property
    def sockets(self) -> Path:
        """The unix socket's directory, unless its path is too long to connect to."""
        return self.unit / "run"

    @property
    def startup_log(self) -> Path:
        """What Postgres says before its own log files are open."""
        return self.unit / "startup.log"

    @property
    def lock(self) -> Path:
        """Held while the unit is created, started or stopped."""
        return self.directory / "postgres.lock"
