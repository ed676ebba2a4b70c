"""Cuts a long list into the names of one sweep plan each, so that a list that changes a little is cut almost the same. Pure."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def chunks(names: Iterable[str], room: int) -> tuple[tuple[str, ...], ...]:
    """*names*, each once, in chunks of at most *room*, each sorted; on average they are four fifths full.

    Names stand in the order of their digests, so that those of one site are spread. A chunk ends where the digest of a
    name says so, once it is half full: what is added or taken away changes the chunk it lies in, and those after it only
    up to the next such name. Equal chunks make equal question sets, which are kept and fetched once.

    Raises:
        ValueError: *room* is less than 1.
    """
    if room < 1:
        raise ValueError("a chunk has room for one name at least")
    least = (room + 1) // 2
    found: list[tuple[str, ...]] = []
    chunk: list[str] = []
    for digest, name in sorted((sha256(name.encode()).digest(), name) for name in set(names)):
        chunk.append(name)
        ends = int.from_bytes(digest[-8:], "big") % least == 0
        if len(chunk) == room or (len(chunk) >= least and ends):
            found.append(tuple(sorted(chunk)))
            chunk = []
    if chunk:
        found.append(tuple(sorted(chunk)))
    return tuple(found)
