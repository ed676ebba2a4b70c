"""One process at a time works on a probe's state folder."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING

from schema.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def locked(state: Path) -> Iterator[None]:
    """Hold *state*; a killed process lets go by itself. Two would send and free each other's batches.

    Raises:
        UnavailableError: another process holds it, or there is no such folder.
    """
    try:
        file = (state / "lock").open("a")
    except OSError as error:
        raise UnavailableError(
            f"cannot use {state}: {error.strerror}",
            remedy="The setting `state` names it; `ottempera probe keygen` makes it.",
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UnavailableError(
                f"another probe uses {state}",
                remedy="End it first; `probe run`, `probe once`, `probe rotate` and `up` exclude each other.",
            ) from error
        yield
