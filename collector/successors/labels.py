"""By what change one label comes from another: the small variations under which sites move. Pure.

A change is named by its kind and its part (`article il`, `ending s`, `hyphen`). Only one change at a time: two make a
resemblance that says nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: What a label keeps apart from its change is at least so long: what is shorter is a common word.
MIN_STEM: Final = 6
#: Beginnings and endings that are taken on or dropped; between two names of one site any other is learnt as well.
ARTICLES: Final = ("il", "lo", "la", "the")
ENDINGS: Final = ("s", "it", "torrent", "torrents")
#: Digits that are written for letters.
_LOOKS: Final = str.maketrans("013457", "oieast")
_DIGITS: Final = re.compile(r"[0-9]+")
_DOUBLED: Final = re.compile(r"(.)\1+")


def change(label: str, other: str) -> str | None:
    """The one small change of the closed list between two labels, whichever came first; None where there is none."""
    return next(_changes(label, other), None)


def learnt(label: str, other: str) -> str | None:
    """The change between two labels that are known to be of one site: any beginning or ending too."""
    if label == other:
        return None
    return change(label, other) or _affix(label, other)


def _changes(label: str, other: str) -> Iterator[str]:
    if label == other:
        return
    short, _long = sorted((label, other), key=len)
    if label.replace("-", "") == other.replace("-", "") and _enough(short):
        yield "hyphen"
    if _without_digits(label) == _without_digits(other) and _enough(_without_digits(label)):
        yield "digits"
    if _enough(short) and label.translate(_LOOKS) == other.translate(_LOOKS):
        yield "digits for letters"
    if _DOUBLED.sub(r"\1", label) == _DOUBLED.sub(r"\1", other) and _enough(short):
        yield "doubled letter"
    found = _affix(label, other)
    if found and _listed(found):
        yield found


def _affix(label: str, other: str) -> str | None:
    """The beginning or ending that one has beyond the other."""
    short, long = sorted((label.strip("-"), other.strip("-")), key=len)
    if not _enough(short) or len(short) == len(long):
        return None
    if long.startswith(short):
        return f"ending {long.removeprefix(short).strip('-')}"
    if long.endswith(short):
        return f"article {long.removesuffix(short).strip('-')}"
    return None


def _listed(affix: str) -> bool:
    kind, _, part = affix.partition(" ")
    return part in (ENDINGS if kind == "ending" else ARTICLES)


def _enough(stem: str) -> bool:
    return len(stem) >= MIN_STEM


def _without_digits(label: str) -> str:
    return _DIGITS.sub("", label).strip("-")


def variants(label: str, changes: Iterable[str]) -> tuple[str, ...]:
    """The labels that come from *label* by *changes* that name a part, and by the articles and endings of the list; sorted."""
    affixes = {
        *(one for one in changes if " " in one and one.split(" ", 1)[0] in {"ending", "article"}),
        *(f"article {part}" for part in ARTICLES),
        *(f"ending {part}" for part in ENDINGS),
    }
    found = {new for affix in affixes for new in _applied(label, affix)}
    found |= {label.replace("-", ""), _DOUBLED.sub(r"\1", label), _without_digits(label)}
    return tuple(sorted(one for one in found - {label} if _enough(one) and len(one) < _MOST))


_MOST: Final = 64  # RFC 1035 §2.3.4: a label has up to 63 octets


def _applied(label: str, affix: str) -> Iterator[str]:
    kind, _, part = affix.partition(" ")
    if kind == "ending":
        yield label.removesuffix(part) if label.endswith(part) else label + part
        yield f"{label}-{part}"
    else:
        yield label.removeprefix(part) if label.startswith(part) else part + label
