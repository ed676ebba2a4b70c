"""The probe's own never-probe list: read at the start, and again whenever the file is another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schema.errors import ConfigError, FormatError
from schema.neverprobe import MAX_FILE_BYTES, NeverProbe, read_never_probe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: By which a file is told from the one before: when it was written, how large it is, which one it is.
_Mark = tuple[int, int, int]


class NeverFile:
    """Says of a name whether the list in a file refuses it.

    A file that cannot be read any more leaves the list as it was: a probe never asks for having lost its list.
    """

    def __init__(self, path: Path, told: Callable[[str], None] = lambda _: None) -> None:
        """Read *path*; *told* hears, once, that a later state of it cannot be read.

        Raises:
            ConfigError: it cannot be read, or is no such list.
        """
        self._path = path
        self._told = told
        self._mark = _mark(path)
        self._list = _read(path)

    def __call__(self, name: str) -> bool:
        """Whether *name* must not be asked."""
        self._follow()
        return self._list.refuses(name)

    def __len__(self) -> int:
        """How many hashes the list has."""
        return len(self._list)

    def _follow(self) -> None:
        mark = _mark(self._path)
        if mark == self._mark:
            return
        self._mark = mark
        try:
            self._list = _read(self._path)
        except ConfigError as error:
            self._told(f"{error.in_full} The list read before goes on to hold.")


def _mark(path: Path) -> _Mark | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(path: Path) -> NeverProbe:
    remedy = "Bring it with `ottempera orders never-probe export`, or leave the setting never_probe out."
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}", remedy=remedy) from error
    try:
        return read_never_probe(data)
    except FormatError as error:
        raise ConfigError(f"{path}: {error}", remedy=remedy) from error
