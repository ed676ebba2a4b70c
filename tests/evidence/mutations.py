"""Every small change of a bundle's bytes: flips, insertions, deletions, files in each other's place."""

from __future__ import annotations

from itertools import combinations
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from schema.bundle.container import pack, unpack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.evidence.forge.draft import Draft

BITS = 8


class Mutation(NamedTuple):
    """What was done, and what came of it."""

    what: str
    data: bytes


def flips(data: bytes, *, bits: int = BITS, seed: int = 0) -> Iterator[Mutation]:
    """Each byte with each bit turned; where fewer *bits* are wanted, with so many, drawn."""
    dice = Random(seed)
    for place in range(len(data)):
        for bit in sorted(dice.sample(range(BITS), bits)):
            changed = bytearray(data)
            changed[place] ^= 1 << bit
            yield Mutation(f"byte {place} bit {bit}", bytes(changed))


def insertions(data: bytes, places: int, seed: int = 1) -> Iterator[Mutation]:
    """A byte, drawn, at *places* spread over the whole, its end included."""
    dice = Random(seed)
    for place in (*sorted(dice.sample(range(len(data)), min(places - 1, len(data)))), len(data)):
        yield Mutation(f"a byte before {place}", data[:place] + bytes([dice.randrange(256)]) + data[place:])


def deletions(data: bytes, places: int, seed: int = 2) -> Iterator[Mutation]:
    """Without one byte, at *places* spread over the whole, its last included."""
    dice = Random(seed)
    for place in sorted({len(data) - 1, *dice.sample(range(len(data)), min(places, len(data)))})[-places:]:
        yield Mutation(f"without byte {place}", data[:place] + data[place + 1 :])


def swaps(data: bytes) -> Iterator[Mutation]:
    """Each pair of files with each other's content, the sums among them."""
    files = unpack(data)
    for first, second in combinations(sorted(files), 2):
        if files[first] != files[second]:
            yield Mutation(f"{first} and {second} swapped", pack(files | {first: files[second], second: files[first]}))


def resigned(draft: Draft, *, every: int = 1, seed: int = 3) -> Iterator[tuple[str, Mutation]]:
    """Each *every*-th byte of each file with one bit turned, signed again by the collector; with the file's name."""
    dice = Random(seed)
    for name in sorted(draft.files):
        data = draft.files[name]
        for place in range(dice.randrange(every), len(data), every):
            bit = dice.randrange(BITS)
            other = draft.copy()
            other.files[name] = data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]
            yield name, Mutation(f"{name} byte {place} bit {bit}", other.pack())
