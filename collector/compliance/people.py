"""Who is whom, as far as names tell: two spellings of one name are one person. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from unicodedata import category, normalize

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORD: Final = re.compile(r"[^\W_]+")
_NOT_SHOWN: Final = frozenset({"Mn", "Cf"})  # accents once taken apart, and signs without width


def person(name: str) -> str:
    """The form in which people are compared: without case, accents, signs and the order of the words.

    Two people whose names differ in no more than that count as one: that keeps a day from counting, and never makes one.
    """
    shown = "".join(sign for sign in normalize("NFKD", name) if category(sign) not in _NOT_SHOWN)
    return " ".join(sorted(_WORD.findall(normalize("NFKC", shown).casefold())))


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """One of *names* for each person, the first; who has no name may be any of the others, and counts where nobody else does."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(person(name), name)
    named = {key: name for key, name in found.items() if key}
    return tuple((named or found).values())
