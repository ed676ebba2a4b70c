"""Holds a file of the bundle against what it should be, as that becomes known piece by piece; neither is held whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schema.bundle.container import MAX_LINE_BYTES
from schema.verifier.case import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schema.verifier.case import Case


class Expected:
    """The bytes of one file of `derived/`, read as they are expected."""

    def __init__(self, case: Case, name: str) -> None:
        """Begin at the first byte of *name*, which may be missing: that shows when something is expected."""
        self._name = name
        self._chunks: Iterator[bytes] | None = case.archive.chunks(name) if name in case.archive else None
        self._held = b""
        self._at = 0

    def take(self, data: bytes) -> None:
        """Pass over *data*.

        Raises:
            RefusedError: something else stands there, or nothing.
        """
        self._fill(len(data))
        if not self._held.startswith(data, self._at):
            raise RefusedError(f"{self._name} holds something else where it should hold {_shown(data)}")
        self._at += len(data)

    def line(self) -> bytes | None:
        """The next line without its newline, or none at the end.

        Raises:
            RefusedError: bytes without a newline after them.
        """
        while (end := self._held.find(b"\n", self._at)) < 0:
            if len(self._held) - self._at > MAX_LINE_BYTES or not self._more():
                break
        if end < 0:
            self.end()
            return None
        line, self._at = self._held[self._at : end], end + 1
        return line

    def end(self) -> None:
        """Be at the end.

        Raises:
            RefusedError: something still stands there.
        """
        self._fill(1)
        if self._at < len(self._held):
            raise RefusedError(f"{self._name} holds more than follows: {_shown(self._held[self._at :])}")

    def _fill(self, count: int) -> None:
        if self._chunks is None:
            raise RefusedError(f"{self._name} is not in the bundle")
        while len(self._held) - self._at < count and self._more():
            pass

    def _more(self) -> bool:
        if self._chunks is None:
            raise RefusedError(f"{self._name} is not in the bundle")
        chunk = next(self._chunks, b"")
        self._held, self._at = self._held[self._at :] + chunk, 0
        return bool(chunk)


def _shown(data: bytes) -> str:
    return ascii(data[:200].decode("ascii", "backslashreplace"))
