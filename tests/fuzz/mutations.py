"""Changes to bytes, as chance and an adversary make them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

    Change = Callable[[bytearray, random.Random, Sequence[bytes]], None]

_ODD: Final = (0, 1, 2, 0x29, 0x3F, 0x40, 0x7F, 0x80, 0xBF, 0xC0, 0xFE, 0xFF)
_LENGTHS: Final = (0, 1, 2, 3, 4, 5, 255, 256, 0x3FFF, 0x4000, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF)
_HEADER: Final = 12
_MOST_BYTES: Final = 0xFFFF


def _somewhere(data: bytearray, dice: random.Random) -> int:
    """An offset, most often after the header and the question, which an answer must repeat to be read."""
    start = 2 if dice.random() < 0.15 else min(36, len(data) - 1)
    return dice.randrange(max(0, min(start, len(data) - 1)), max(1, len(data)))


def _flip(data: bytearray, dice: random.Random, _others: Sequence[bytes]) -> None:
    for _ in range(dice.randint(1, 4)):
        data[_somewhere(data, dice)] ^= 1 << dice.randrange(8)


def _odd_byte(data: bytearray, dice: random.Random, _others: Sequence[bytes]) -> None:
    data[_somewhere(data, dice)] = dice.choice(_ODD)


def _truncate(data: bytearray, dice: random.Random, _others: Sequence[bytes]) -> None:
    del data[_somewhere(data, dice) :]


def _splice(data: bytearray, dice: random.Random, others: Sequence[bytes]) -> None:
    """The message's beginning with another's end."""
    other = dice.choice(others)
    data[_somewhere(data, dice) :] = other[dice.randrange(len(other) + 1) :]


def _length(data: bytearray, dice: random.Random, _others: Sequence[bytes]) -> None:
    """Two bytes that may be a length, a type or a count: another number, or one more or less."""
    at = _somewhere(data, dice)
    old = int.from_bytes(data[at : at + 2], "big")
    new = dice.choice((*_LENGTHS, old + 1, old - 1, old * 2)) & 0xFFFF
    data[at : at + 2] = new.to_bytes(2, "big")


def _pointer(data: bytearray, dice: random.Random, _others: Sequence[bytes]) -> None:
    """Two bytes that become a compression pointer: anywhere, to itself, to the next byte, to the question."""
    at = _somewhere(data, dice)
    to = dice.choice((dice.randrange(len(data)), at, at + 1, max(0, at - 2), _HEADER, _HEADER + 1))
    data[at : at + 2] = (0xC000 | to & 0x3FFF).to_bytes(2, "big")


def _insert(data: bytearray, dice: random.Random, _others: Sequence[bytes]) -> None:
    at = _somewhere(data, dice)
    data[at:at] = bytes(dice.choice(_ODD) for _ in range(dice.choice((1, 1, 2, 4, 12, 16, 64))))


def _delete(data: bytearray, dice: random.Random, _others: Sequence[bytes]) -> None:
    at = _somewhere(data, dice)
    del data[at : at + dice.choice((1, 1, 2, 4, 12, 16))]


def _again(data: bytearray, dice: random.Random, _others: Sequence[bytes]) -> None:
    """A stretch of it several times over."""
    at = _somewhere(data, dice)
    stretch = data[at : at + dice.choice((4, 10, 12, 16, 40))]
    data[at:at] = stretch * dice.randint(1, 20)


def _count(data: bytearray, dice: random.Random, _others: Sequence[bytes]) -> None:
    at = dice.choice((6, 8, 10, 6, 8, 10, 4))
    data[at : at + 2] = dice.choice((0, 1, 2, 3, 16, 300, 0xFFFF)).to_bytes(2, "big")


def _flags(data: bytearray, dice: random.Random, _others: Sequence[bytes]) -> None:
    data[2:4] = (0x8000 | dice.getrandbits(16)).to_bytes(2, "big")


CHANGES: Final[tuple[Change, ...]] = (
    _flip, _flip, _odd_byte, _truncate, _splice, _length, _length, _pointer, _pointer, _insert, _delete, _again, _count,
    _flags,
)  # fmt: skip


def mutated(seed: bytes, dice: random.Random, others: Sequence[bytes]) -> bytes:
    """*seed*, changed one to three times; *others* are what it is spliced with."""
    data = bytearray(seed)
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        if len(data) <= _HEADER:
            data += bytes(dice.choice(_ODD) for _ in range(4))
        dice.choice(CHANGES)(data, dice, others)
    return bytes(data[:_MOST_BYTES])
