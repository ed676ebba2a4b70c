"""Hash trees against the recursive definition of RFC 9162 §2.1.1, exhaustively up to 64 leaves."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.log import EMPTY_ROOT, leaf_hash, root

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
