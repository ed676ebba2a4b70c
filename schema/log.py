"""Hash trees of RFC 9162 §2.1 over lines: leaves and roots."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

EMPTY_ROOT = sha256(b"").digest()  # RFC 9162 §2.1.1: the hash of an empty list


def leaf_hash(line: bytes) -> bytes:
    """32 bytes: SHA-256(0x00 || line); *line* is without its newline."""
    return sha256(b"\x00" + line).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """32 bytes: the root over *leaves*, which are leaf hashes in order.

    Pairs are hashed level by level and an odd last node moves up unchanged, which gives the same tree as the recursive
    definition with its largest power of two below n.
    """
    level = list(leaves)
    if not level:
        return EMPTY_ROOT
    while len(level) > 1:
        paired = [sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
        if len(level) % 2:
            paired.append(level[-1])
        level = paired
    return level[0]
