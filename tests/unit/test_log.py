"""Hash trees against the recursive definition of RFC 9162 §2.1.1, exhaustively up to 64 leaves."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from schema.errors import FormatError
from schema.log import (
    EMPTY_ROOT,
    Tree,
    is_consistent,
    leaf_hash,
    root,
    root_from_inclusion,
    root_from_subset,
    split,
)

SIZES = range(65)
LINES = [b'{"cell":%d}' % number for number in SIZES]


def defined(lines: list[bytes]) -> bytes:
    """MTH(D[n]) as the RFC writes it: split at the largest power of two below n."""
    if not lines:
        return sha256(b"").digest()
    if len(lines) == 1:
        return sha256(b"\x00" + lines[0]).digest()
    split = 1
    while split * 2 < len(lines):
        split *= 2
    return sha256(b"\x01" + defined(lines[:split]) + defined(lines[split:])).digest()


@pytest.mark.parametrize("size", SIZES)
def test_every_small_tree(size: int) -> None:
    lines = LINES[:size]
    assert root([leaf_hash(line) for line in lines]) == defined(lines)


@pytest.mark.parametrize("size", SIZES)
def test_one_flipped_bit_shows(size: int) -> None:
    """A bit flipped in any one leaf of any small tree gives another root."""
    leaves = [leaf_hash(line) for line in LINES[:size]]
    roots = {root(leaves)}
    for position, leaf in enumerate(leaves):
        flipped = bytearray(leaf)
        flipped[position % 32] ^= 1 << position % 8
        roots.add(root([*leaves[:position], bytes(flipped), *leaves[position + 1 :]]))
    assert len(roots) == size + 1


def test_order_and_length_show() -> None:
    leaves = [leaf_hash(line) for line in LINES[:7]]
    roots = {root(leaves), root(leaves[::-1]), root(leaves[:-1]), root([*leaves, leaves[-1]])}
    assert len(roots) == 4


def test_known_values() -> None:
    """The test vectors that implementations of RFC 6962 share."""
    leaves = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243")]
    assert root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert root([]) == EMPTY_ROOT
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert root([leaf_hash(leaf) for leaf in leaves[:2]]).hex().startswith("fac54203e7cc696c")
    assert root([leaf_hash(leaf) for leaf in leaves]).hex().startswith("76e67dadbcdf1e10")


@given(st.lists(st.binary(max_size=40), max_size=300))
def test_large_trees(lines: list[bytes]) -> None:
    leaves = [leaf_hash(line) for line in lines]
    assert root(leaves) == defined(lines)
    assert root(tuple(leaves)) == root(leaves)


def flipped(value: bytes, place: int) -> bytes:
    """*value* with one bit changed, another one for another *place*."""
    changed = bytearray(value)
    changed[place % len(value)] ^= 1 << place % 8
    return bytes(changed)


def others(size: int) -> InmemoryTree:
    """The tree over the first lines as another library builds it."""
    tree = InmemoryTree(algorithm="sha256")
    for line in LINES[:size]:
        tree.append_entry(line)
    return tree


@pytest.mark.parametrize("size", SIZES)
def test_a_growing_tree_has_every_earlier_root(size: int) -> None:
    tree = Tree(map(leaf_hash, LINES[:size]))
    theirs = others(size)
    assert len(tree) == size
    for earlier in range(size + 1):
        assert tree.root(earlier) == defined(LINES[:earlier])
        assert earlier == 0 or tree.root(earlier) == theirs.get_root(earlier)


@pytest.mark.parametrize("size", SIZES)
def test_inclusion(size: int) -> None:
    """Every leaf of every small tree: the path is that of another library, gives the root, and no other leaf's does."""
    tree, theirs = Tree(map(leaf_hash, LINES[:size])), others(size)
    for index in range(size):
        leaf, path = leaf_hash(LINES[index]), tree.inclusion(index)
        their_path = theirs.prove_inclusion(index + 1, size).serialize()["path"]
        assert sorted([leaf.hex(), *(step.hex() for step in path)]) == sorted(their_path)
        assert root_from_inclusion(leaf, index, size, path) == tree.root()
        assert root_from_inclusion(flipped(leaf, index), index, size, path) != tree.root()
        for place, step in enumerate(path):
            wrong = [*path[:place], flipped(step, index), *path[place + 1 :]]
            assert root_from_inclusion(leaf, index, size, wrong) != tree.root()
        for longer_or_shorter in ([*path, leaf], [*path][:-1] if path else [leaf, leaf]):
            with pytest.raises(FormatError):
                root_from_inclusion(leaf, index, size, longer_or_shorter)


@pytest.mark.parametrize("size", SIZES)
def test_inclusion_elsewhere(size: int) -> None:
    """A path shows its leaf at its own place and at no other."""
    tree = Tree(map(leaf_hash, LINES[:size]))
    for index in range(size):
        leaf, path = leaf_hash(LINES[index]), tree.inclusion(index)
        for other in range(size):
            try:
                shown = root_from_inclusion(leaf, other, size, path) == tree.root()
            except FormatError:
                shown = False
            assert shown == (other == index)


@pytest.mark.parametrize("size", range(33))
def test_consistency(size: int) -> None:
    """Every beginning of every small tree, and no other root, is shown to be one; a changed or longer proof shows nothing."""
    tree = Tree(map(leaf_hash, LINES[:size]))
    for old in range(size + 1):
        path = tree.consistency(old)
        assert is_consistent(old, tree.root(old), size, tree.root(), path)
        assert not is_consistent(old, flipped(tree.root(old), old), size, tree.root(), path)
        assert not is_consistent(old, tree.root(old), size, flipped(tree.root(), old), path) or old == 0
        assert not is_consistent(old, tree.root(old), size, tree.root(), [*path, tree.root()])
        assert not path or not is_consistent(old, tree.root(old), size, tree.root(), path[:-1])
        for place, step in enumerate(path):
            wrong = [*path[:place], flipped(step, old), *path[place + 1 :]]
            assert not is_consistent(old, tree.root(old), size, tree.root(), wrong)
        forked = Tree([*map(leaf_hash, LINES[: max(0, old - 1)]), leaf_hash(b"other")])
        if old:
            assert not is_consistent(old, forked.root(), size, tree.root(), path)


def test_consistency_of_sizes_that_are_none() -> None:
    tree = Tree(map(leaf_hash, LINES[:5]))
    for old, size in ((-1, 5), (6, 5)):
        assert not is_consistent(old, tree.root(), size, tree.root(), ())
        with pytest.raises(IndexError):
            tree.consistency(old, size)


@pytest.mark.parametrize("size", range(1, 9))
def test_every_subset_of_every_small_tree(size: int) -> None:
    """Each set of leaves with its proof gives the root; with one leaf or hash changed, left out or added it does not."""
    leaves = list(map(leaf_hash, LINES[:size]))
    tree = Tree(leaves)
    for mask in range(1 << size):
        chosen = {index: leaves[index] for index in range(size) if mask >> index & 1}
        check_subset(tree, chosen)


@given(st.sets(st.integers(0, 299)), st.integers(1, 300))
def test_subsets_of_larger_trees(wanted: set[int], size: int) -> None:
    leaves = [leaf_hash(b"%d" % number) for number in range(size)]
    check_subset(Tree(leaves), {index: leaves[index] for index in wanted if index < size})


def check_subset(tree: Tree, chosen: dict[int, bytes]) -> None:
    size, proof = len(tree), tree.subset(chosen)
    assert root_from_subset(size, chosen, proof) == tree.root()
    for index, leaf in chosen.items():
        assert root_from_subset(size, chosen | {index: flipped(leaf, index)}, proof) != tree.root()
    for place, step in enumerate(proof):
        assert (
            root_from_subset(size, chosen, [*proof[:place], flipped(step, place), *proof[place + 1 :]]) != tree.root()
        )
    with pytest.raises(FormatError):
        root_from_subset(size, chosen, [*proof, EMPTY_ROOT])
    if proof:
        with pytest.raises(FormatError):
            root_from_subset(size, chosen, proof[:-1])


def test_subsets_outside_the_tree() -> None:
    tree = Tree(map(leaf_hash, LINES[:4]))
    for place in (-1, 4):
        with pytest.raises(FormatError):
            root_from_subset(4, {place: LINES[0]}, ())
        with pytest.raises(IndexError):
            tree.subset([place])
    assert root_from_subset(0, {}, ()) == EMPTY_ROOT


def test_split() -> None:
    assert [split(count) for count in (2, 3, 4, 5, 8, 9)] == [1, 2, 2, 4, 4, 8]
