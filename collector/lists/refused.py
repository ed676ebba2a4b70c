"""Lists that are not to be loaded, hashed or asked: those of the national centre against child abuse material. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from schema.errors import FormatError

#: So much of a file is looked at, and nothing of it kept.
HEAD_BYTES: Final = 65_536
HEAD_LINES: Final = 40
_ANYWHERE: Final = re.compile(r"cncpo|pedo-?pornograf", re.IGNORECASE)
# In lines a longer word is somebody's name (a firm that sells CNC power supplies), unless capitals set it apart.
_AS_A_WORD: Final = re.compile(
    r"(?i:(?<![a-z])(?:cncpo|c\.n\.c\.p\.o|c n c p o)(?![a-z]))|(?<![A-Z])CNCPO(?![A-Z])"
    r"|(?i:pedo-?pornograf|child\s+(?:sexual\s+)?abuse)"
)


class RefusedListError(FormatError):
    """A list that must not be kept; the message repeats nothing of it."""


def refuse(file_name: str, head: bytes) -> None:
    """Let a list pass that does not declare itself CNCPO's by its name or in the first lines, *head*.

    Raises:
        RefusedListError: it does.
    """
    lines = unicodedata.normalize(
        "NFKC", head[:HEAD_BYTES].replace(b"\x00", b"").decode("utf-8", "replace")
    ).splitlines()
    by_name = _ANYWHERE.search(unicodedata.normalize("NFKC", file_name))
    if by_name or any(declares(line) for line in lines[:HEAD_LINES]):
        raise RefusedListError(
            "this declares itself a list of CNCPO: it is not read",
            remedy="Lists of child abuse material are never loaded, hashed or asked here; nothing of it was kept.",
        )


def declares(line: str) -> bool:
    """Whether *line* says that it stands in such a list."""
    return _AS_A_WORD.search(line) is not None
