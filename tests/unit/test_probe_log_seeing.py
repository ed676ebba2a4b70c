"""What may follow a checkpoint that was seen: every pair of sizes, every flipped bit, every other log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.seeing import (
    ForkError,
    OlderError,
    Place,
    Step,
    Witnessed,
    check_growth,
    check_place,
    compare,
    number_of,
    own_note,
    read_path,
    read_place,
    read_witnessed,
)
from schema.dsse import key_id
from schema.errors import EvidenceError, FormatError, SignatureError
from schema.log import Tree, leaf_hash
from schema.note import Checkpoint, Note, NoteSigner, read_note

if TYPE_CHECKING:
    from collections.abc import Callable

SIGNER = NoteSigner(b"c" * 32)
KEY = SIGNER.public_key
BASE = f"ottempera/collector/{key_id(KEY)[:16]}"
LINES = [b"%d" % number for number in range(40)]
TREE, OTHER = Tree(map(leaf_hash, LINES)), Tree(map(leaf_hash, [b"other", *LINES[1:]]))


def seen(size: int, *, tree: Tree = TREE, log: int = 1) -> Witnessed:
    return Witnessed(f"{BASE}/{log}", size, tree.root(size).hex(), b"\0" * 64)


def test_every_pair_of_sizes() -> None:
    """A larger one with its own hashes and no others; a smaller one never."""
    for old in range(1, 40):
        for size in range(1, 41):
            if size < old:
                with pytest.raises(OlderError):
                    compare(seen(old), seen(size), key=KEY)
                continue
            assert compare(seen(old), seen(size), key=KEY) is (Step.SAME if size == old else Step.LARGER)
            hashes = TREE.consistency(old, size)
            check_growth(seen(old), seen(size), hashes)
            with pytest.raises(ForkError):
                check_growth(seen(old), seen(size, tree=OTHER), OTHER.consistency(old, size))
            with pytest.raises(ForkError):
                check_growth(seen(old), seen(size), (*hashes, b"x" * 32))
            if hashes:
                with pytest.raises(ForkError):
                    check_growth(seen(old), seen(size), hashes[:-1])
                with pytest.raises(ForkError):
                    check_growth(seen(old), seen(size), (bytes([hashes[0][0] ^ 1]) + hashes[0][1:], *hashes[1:]))


def test_one_size_has_one_root() -> None:
    with pytest.raises(ForkError, match="two logs"):
        compare(seen(7), seen(7, tree=OTHER), key=KEY)


def test_a_later_log_begins_afresh_and_an_earlier_one_is_over() -> None:
    assert compare(None, seen(3), key=KEY) is Step.FIRST
    assert compare(seen(30), seen(1, log=2), key=KEY) is Step.FIRST
    assert compare(seen(1, log=9), seen(1, log=10), key=KEY) is Step.FIRST
    with pytest.raises(OlderError):
        compare(seen(1, log=2), seen(30), key=KEY)


@pytest.mark.parametrize(
    "origin",
    [
        "ottempera/collector/0123456789abcdef/1", f"{BASE}", f"{BASE}/", f"{BASE}/0", f"{BASE}/01", f"{BASE}/-1", f"{BASE}/1x",
        f"{BASE}/9999999999", f"{BASE}/\u0661", f"x{BASE}/1", "",
    ],
)  # fmt: skip
def test_another_origin_is_no_log_of_this_collector(origin: str) -> None:
    with pytest.raises(EvidenceError, match="no log of this collector"):
        number_of(origin, KEY)


def test_only_the_logs_own_signature_counts() -> None:
    checkpoint = Checkpoint(f"{BASE}/1", 5, TREE.root(5))
    good, bad = SIGNER.sign(checkpoint), NoteSigner(b"x" * 32).sign(checkpoint)
    for signatures in ((good,), (bad, good), (good, bad)):
        found = own_note(Note(checkpoint, signatures), KEY)
        assert found == Witnessed(checkpoint.origin, 5, checkpoint.root.hex(), good.blob)
        assert found.checkpoint == checkpoint
        assert found.own_signature(KEY) == good
    for some in ((), (bad,), (good._replace(name="another"),), (good._replace(blob=bad.blob),)):
        with pytest.raises(SignatureError):
            own_note(Note(checkpoint, some), KEY)
    data = Note(checkpoint, (good,)).pack()
    assert own_note(read_note(data), KEY).size == 5
    for place in range(len(data)):
        with pytest.raises((FormatError, SignatureError, EvidenceError)):
            own_note(read_note(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]), KEY)


def test_every_place() -> None:
    """Each line of each tree where it is, and nowhere else."""
    for size in range(1, 20):
        for index in range(size):
            leaf, path = TREE.leaf(index), TREE.inclusion(index, size)
            check_place(leaf, Place(index, path), seen(size))
            wrong = (
                Place((index + 1) % size, path) if size > 1 else Place(1, path), Place(index, (*path, b"x" * 32)), Place(-1, path),
                Place(size, path), Place(index, (b"x",) * len(path) or (b"",)), Place(index, (b"x" * 32,) * 65),
            )  # fmt: skip
            for place in wrong:
                with pytest.raises(EvidenceError):
                    check_place(leaf, place, seen(size))
            with pytest.raises(EvidenceError):
                check_place(leaf_hash(b"another"), Place(index, path), seen(size))


@pytest.mark.parametrize("read", [read_witnessed, read_path, read_place])
@given(data=st.binary(max_size=200) | st.text(max_size=80).map(str.encode))
def test_other_bytes_raise_one_thing(read: Callable[[bytes], object], data: bytes) -> None:
    with pytest.raises(FormatError):
        read(data)
