"""Bounds what all requests together hold in memory, however many come at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from schema.errors import UnavailableError

if TYPE_CHECKING:
    from types import TracebackType


class Room:
    """So many bytes for bodies that are not stored yet."""

    def __init__(self, most_bytes: int) -> None:
        self._left = most_bytes

    def place(self) -> Place:
        """A part of it for one request, empty at first."""
        return Place(self)

    def take(self, count: int) -> None:
        """Claim *count* bytes.

        Raises:
            UnavailableError: there are not so many left.
        """
        if count > self._left:
            raise UnavailableError("too much is being delivered at once", remedy="Send it again in a while.")
        self._left -= count

    def give(self, count: int) -> None:
        """Give *count* bytes back."""
        self._left += count


class Place:
    """What one request holds of a `Room`; given back at the end of the block, whatever happened."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._held = 0

    def grow(self, count: int) -> None:
        """Hold *count* bytes more.

        Raises:
            UnavailableError: there is no room for them.
        """
        self._room.take(count)
        self._held += count

    def __enter__(self) -> Self:
        """Nothing is held yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give back what is held."""
        self._room.give(self._held)
        self._held = 0
