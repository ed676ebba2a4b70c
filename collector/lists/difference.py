"""What a list says otherwise than the version before it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from collector.lists.entries import Entry, kind_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


class Difference(NamedTuple):
    """Entries that are new, in the order of the file, and texts that are gone, sorted."""

    added: tuple[Entry, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return bool(self.added or self.removed)


def difference(before: Collection[str], now: Iterable[Entry]) -> Difference:
    """From the texts *before* to the entries *now*."""
    had = frozenset(before)
    entries = tuple(now)
    has = frozenset(entry.text for entry in entries)
    return Difference(tuple(entry for entry in entries if entry.text not in had), tuple(sorted(had - has)))


def gone(text: str) -> Entry:
    """The entry of a text that is no longer listed: it stands on no line."""
    return Entry(kind_of(text), text, 0)
