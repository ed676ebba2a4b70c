"""Hash trees of RFC 9162 §2.1 over lines: leaves, roots, and what proves that a line, a prefix or some lines are in one."""

from __future__ import annotations

from bisect import bisect_left
from hashlib import sha256
from typing import TYPE_CHECKING

from schema.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

EMPTY_ROOT = sha256(b"").digest()  # RFC 9162 §2.1.1: the hash of an empty list


def leaf_hash(line: bytes) -> bytes:
    """32 bytes: SHA-256(0x00 || line); *line* is without its newline."""
    return sha256(b"\x00" + line).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """32 bytes: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


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


class Tree:
    """A tree that grows; every complete subtree's hash is kept, so that a proof costs a few hashes whatever its size.

    Raises (every method that takes a size or an index): IndexError, where the tree has no such leaf.
    """

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        """Start with *leaves* (hashes), in order."""
        self._levels: list[list[bytes]] = [[]]
        for leaf in leaves:
            self.append(leaf)

    def __len__(self) -> int:
        """How many leaves there are."""
        return len(self._levels[0])

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash at the end."""
        node, height = leaf, 0
        while True:
            level = self._levels[height]
            level.append(node)
            if len(level) % 2:
                return
            node, height = node_hash(level[-2], node), height + 1
            if height == len(self._levels):
                self._levels.append([])

    def leaf(self, index: int) -> bytes:
        """The hash of leaf *index*, from 0."""
        self._check(index + 1)
        return self._levels[0][index]

    def root(self, size: int | None = None) -> bytes:
        """The root over the first *size* leaves; over all by default."""
        size = len(self) if size is None else size
        self._check(size)
        return self._hash(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """The path that shows leaf *index* in the tree over the first *size* leaves (RFC 9162 §2.1.3.1)."""
        size = len(self) if size is None else size
        self._check(size)
        if not 0 <= index < size:
            raise IndexError(f"no leaf {index} among {size}")
        return tuple(self._path(index, 0, size))

    def consistency(self, old: int, size: int | None = None) -> tuple[bytes, ...]:
        """What shows that the tree over the first *old* leaves is the beginning of that over *size* (RFC 9162 §2.1.4.1)."""
        size = len(self) if size is None else size
        self._check(size)
        if not 0 <= old <= size:
            raise IndexError(f"no {old} leaves among {size}")
        return tuple(self._subproof(old, 0, size, whole=True)) if 0 < old < size else ()

    def subset(self, chosen: Iterable[int], size: int | None = None) -> tuple[bytes, ...]:
        """The hashes, from left to right, of the largest subtrees of the tree over *size* leaves that hold none *chosen*.

        With the chosen leaves themselves they give the root, and nothing else does: `root_from_subset`.
        """
        size = len(self) if size is None else size
        self._check(size)
        wanted = sorted(set(chosen))
        if wanted and not 0 <= wanted[0] <= wanted[-1] < size:
            raise IndexError(f"no leaf {wanted[-1]} among {size}")
        return tuple(self._outside(wanted, 0, size)) if size else ()

    def _check(self, size: int) -> None:
        if not 0 <= size <= len(self):
            raise IndexError(f"the tree has {len(self)} leaves, not {size}")

    def _hash(self, low: int, high: int) -> bytes:
        """Of the leaves from *low* to before *high*, which are a subtree: *low* is a multiple of the power of two above."""
        count = high - low
        if count & (count - 1) == 0:
            return self._levels[count.bit_length() - 1][low // count]
        middle = low + split(count)
        return node_hash(self._hash(low, middle), self._hash(middle, high))

    def _path(self, index: int, low: int, high: int) -> Iterator[bytes]:
        if high - low == 1:
            return
        middle = low + split(high - low)
        if index < middle:
            yield from self._path(index, low, middle)
            yield self._hash(middle, high)
        else:
            yield from self._path(index, middle, high)
            yield self._hash(low, middle)

    def _subproof(self, old: int, low: int, high: int, *, whole: bool) -> Iterator[bytes]:
        if old == high - low:
            if not whole:
                yield self._hash(low, high)
            return
        middle = low + split(high - low)
        if old <= middle - low:
            yield from self._subproof(old, low, middle, whole=whole)
            yield self._hash(middle, high)
        else:
            yield from self._subproof(old - (middle - low), middle, high, whole=False)
            yield self._hash(low, middle)

    def _outside(self, chosen: Sequence[int], low: int, high: int) -> Iterator[bytes]:
        if not chosen:
            yield self._hash(low, high)
            return
        if high - low == 1 or len(chosen) == high - low:
            return
        middle = low + split(high - low)
        yield from self._outside([index for index in chosen if index < middle], low, middle)
        yield from self._outside([index for index in chosen if index >= middle], middle, high)


def split(count: int) -> int:
    """The largest power of two below *count*, which is 2 or more."""
    return 1 << ((count - 1).bit_length() - 1)


def root_from_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root of the tree of *size* leaves in which *path* places *leaf* at *index* (RFC 9162 §2.1.3.2).

    Raises:
        FormatError: the path is longer or shorter than such a path is.
    """
    if not 0 <= index < size:
        raise FormatError(f"inclusion proof: no leaf {index} among {size}")
    first, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            raise FormatError("inclusion proof: too long")
        if first & 1 or first == last:
            found = node_hash(step, found)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            found = node_hash(found, step)
        first, last = first >> 1, last >> 1
    if last:
        raise FormatError("inclusion proof: too short")
    return found


def is_consistent(old: int, old_root: bytes, size: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether *path* shows that the tree of *old* leaves is the beginning of that of *size* (RFC 9162 §2.1.4.2).

    A proof of another length than such a proof has shows nothing. The empty tree is the beginning of every tree.
    """
    if old in {0, size}:
        return not path and (old_root == (EMPTY_ROOT if old == 0 else new_root))
    if not 0 < old < size:
        return False
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not steps:
        return False
    first, last = old - 1, size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            after = node_hash(after, step)
        first, last = first >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def root_from_subset(size: int, chosen: Mapping[int, bytes], proof: Sequence[bytes]) -> bytes:
    """The root of the tree of *size* leaves with the leaf hashes *chosen*; *proof* is as `Tree.subset` gives it.

    Raises:
        FormatError: a leaf outside the tree, or a proof of another length.
    """
    wanted = sorted(chosen)
    if wanted and not 0 <= wanted[0] <= wanted[-1] < size:
        raise FormatError(f"range proof: no leaf {wanted[-1]} among {size}")
    hashes = iter(proof)
    try:
        found = _rebuilt(wanted, [chosen[index] for index in wanted], hashes, 0, size) if size else EMPTY_ROOT
    except StopIteration:
        raise FormatError("range proof: too short") from None
    if next(hashes, None) is not None:
        raise FormatError("range proof: too long")
    return found


def _rebuilt(wanted: Sequence[int], leaves: Sequence[bytes], hashes: Iterator[bytes], low: int, high: int) -> bytes:
    """The hash of the subtree over the places from *low* to before *high*; *wanted* are those of *leaves*, ascending."""
    if not wanted:
        return next(hashes)
    if len(wanted) == high - low:
        return root(leaves)
    middle = low + split(high - low)
    cut = bisect_left(wanted, middle)
    left = _rebuilt(wanted[:cut], leaves[:cut], hashes, low, middle)
    return node_hash(left, _rebuilt(wanted[cut:], leaves[cut:], hashes, middle, high))
