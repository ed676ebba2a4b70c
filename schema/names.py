"""Domain names in the one form that is compared: A-labels, lower case, final dot."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from schema.errors import FormatError

#: The name of the root zone. Cells ask for it, orders cannot: nobody is bound to withhold everything.
ROOT: Final = "."

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_MAX_NAME_CHARS = 254  # RFC 1035 §2.3.4: 255 octets on the wire are at most 253 characters and the dot


def canonical(name: str) -> str:
    """*name* as it is stored and compared.

    A name with other letters than ASCII becomes its A-label form as browsers make it (UTS #46, nontransitional, then
    IDNA 2008, RFC 5891): `faß.de` is another name than `fass.de`. Only who reads what people write needs the package
    for it; a probe gets A-labels.

    Raises:
        FormatError: not a host name.
    """
    text = name.strip().rstrip(".").lower()
    ascii_text = text if text.isascii() else _a_labels(text)
    labels = ascii_text.split(".")
    if not ascii_text or len(ascii_text) >= _MAX_NAME_CHARS or not all(_LABEL.fullmatch(label) for label in labels):
        raise FormatError(
            f"{name!r} is not a domain name", remedy="Write it as letters, digits and hyphens: example.org"
        )
    if labels[-1].isdigit():
        raise FormatError(f"{name!r} is an address, not a domain name", remedy="Resolvers are asked for names only.")
    return ascii_text + "."


def _a_labels(text: str) -> str:
    try:
        import idna  # noqa: PLC0415  a probe does without the package
    except ImportError as error:
        raise FormatError(f"{text!r} has other letters than ASCII", remedy="Write it as xn--...") from error
    if len(text) >= _MAX_NAME_CHARS:
        raise FormatError(f"{text[:40]!r}... is too long for a domain name")
    try:
        return idna.encode(text, uts46=True).decode("ascii").rstrip(".")
    except UnicodeError as error:
        raise FormatError(f"{text!r} is not a domain name: {error}") from error


@lru_cache(maxsize=65536)
def is_canonical(name: str) -> bool:
    """Whether *name* is a name in the form that is stored and compared, the root among them."""
    try:
        return name == ROOT or canonical(name) == name
    except FormatError:
        return False


def slug(operator: str) -> str:
    """The form in which operators are compared: lower case, hyphens (`Google Public DNS` -> `google-public-dns`)."""
    return re.sub(r"[^a-z0-9]+", "-", operator.lower()).strip("-")
