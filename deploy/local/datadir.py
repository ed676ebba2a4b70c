"""The folder that holds one deployment, and what it remembers of itself."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from probe.identity import write_durably
from schema.codec import Wire, encode, reader
from schema.errors import ConfigError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = 1


class Deployment(Wire, frozen=True):
    """What a folder was made for; `scenario` is the digest of a lab's scenario, `starts_at` its first round."""

    v: int
    lab: bool
    starts_at: datetime
    scenario: str = ""
    title: str = ""


_read = reader(Deployment, "deployment.json")


def default_folder() -> Path:
    """Where data is kept unless --data says otherwise: /var/lib for root, else the user's state directory."""
    if os.geteuid() == 0:
        return Path("/var/lib/ottempera")
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "ottempera"


class DataFolder:
    """Paths inside a deployment's folder."""

    def __init__(self, path: Path | None) -> None:
        """Take *path*, or the default."""
        self.path = (path or default_folder()).expanduser().absolute()

    @property
    def collector_key(self) -> Path:
        """The collector's private key."""
        return self.path / "collector.key"

    @property
    def trust(self) -> Path:
        """Whom somebody trusts who checks a bundle of this deployment."""
        return self.path / "trust.json"

    @property
    def never_probe(self) -> Path:
        """The never-probe list that the probes here follow."""
        return self.path / "never-probe"

    def probe(self, identifier: str) -> Path:
        """A local probe's state folder."""
        return self.path / "probes" / identifier

    def deployment(self) -> Deployment | None:
        """What the folder was made for; none if it is new."""
        file = self.path / "deployment.json"
        return _read(file.read_bytes()) if file.exists() else None

    def settle(self, wanted: Deployment) -> Deployment:
        """Make the folder *wanted*'s, or find that it is; its first start stands.

        Raises:
            ConfigError: it belongs to another deployment; nothing is written.
        """
        found = self.deployment()
        if found is None:
            write_durably(self.path / "deployment.json", encode(wanted))
            return wanted
        if (found.lab, found.scenario) != (wanted.lab, wanted.scenario):
            raise ConfigError(
                f"{self.path} holds {_name(found)}, not {_name(wanted)}",
                remedy="Name another folder with --data, or delete this one if its data is not wanted any more.",
            )
        return found

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for one `up` at a time; a killed one lets go by itself.

        Raises:
            UnavailableError: another process has it, or the folder cannot be made.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            file = (self.path / "up.lock").open("a")
        except OSError as error:
            raise UnavailableError(
                f"cannot use {self.path}: {error.strerror}", remedy="Name a folder with --data."
            ) from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise UnavailableError(
                    f"another `ottempera up` uses {self.path}", remedy="End it, or use --data."
                ) from error
            yield


def _name(deployment: Deployment) -> str:
    return f"the lab scenario {deployment.title!r}" if deployment.lab else "a live deployment"
