"""One launcher at a time for a DIR, whatever process or thread it runs in."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def exclusive(path: Path, progress: Callable[[str], None]) -> Iterator[int]:
    """Hold *path* and yield its file descriptor; a child that inherits it goes on holding it.

    The kernel releases the lock of a killed process, so a leftover file means nothing and is never removed.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("waiting for another process that is starting or stopping this Postgres")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)
