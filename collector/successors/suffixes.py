"""The top level domains there are, by the Public Suffix List that comes with the program."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

_ICANN_ENDS = "// ===END ICANN DOMAINS==="


@cache
def top_levels() -> tuple[str, ...]:
    """Every suffix of one label in ASCII letters under which names are registered, sorted.

    A site that is known by a label in Latin letters is looked for under Latin suffixes.
    """
    text = files("publicsuffixlist").joinpath("public_suffix_list.dat").read_text(encoding="utf-8")
    rules = (line.strip() for line in text.partition(_ICANN_ENDS)[0].splitlines())
    return tuple(sorted(one for one in rules if one and one.isascii() and one.isalpha()))
