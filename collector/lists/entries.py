"""What stands on a line of a list: a name, all names below one, a URL or an address. Pure."""

from __future__ import annotations

import re
from enum import StrEnum
from ipaddress import ip_network
from typing import Final, NamedTuple

from schema.errors import FormatError
from schema.names import canonical

#: Longer than any name; a URL that is longer is not what an authority writes.
MAX_ENTRY_CHARS: Final = 2048
_BELOW: Final = "*."
_URL: Final = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>\[[^\]/?#]*\]|[^/?#:]*)(?P<rest>.*)", re.IGNORECASE | re.DOTALL
)
_SITE: Final = frozenset({"http", "https"})


class Kind(StrEnum):
    """What an entry is; DNS can show of a NAME, and of names BELOW one, whether they are withheld, of the others not."""

    NAME = "name"
    BELOW = "below"  # everything beneath a name; the name itself has an entry of its own
    URL = "url"
    ADDRESS = "address"


class Entry(NamedTuple):
    """One thing that is listed.

    `text`: a name with its final dot, `*.` before it for what is below, a URL as it stands, a numeric address or prefix.
    """

    kind: Kind
    text: str
    line: int


def kind_of(text: str) -> Kind:
    """What the `text` of an entry is."""
    if text.startswith(_BELOW):
        return Kind.BELOW
    if "/" in text and not _is_prefix(text):
        return Kind.URL
    return Kind.NAME if text.endswith(".") else Kind.ADDRESS


def read_entry(text: str) -> tuple[str, ...]:
    """The texts of the entries that *text* stands for: one, or two where it means a name and all below it (`.name`).

    `http://name/` is the name; what asks for more than a whole site is kept as it stands.

    Raises:
        FormatError: it is none of them; the message says why.
    """
    if not text or len(text) > MAX_ENTRY_CHARS or not text.isprintable() or " " in text or "\ufffd" in text:
        raise FormatError("not one word of letters that show")
    if "/" in text:
        return (_url(text),)
    if text.startswith(_BELOW):
        return (_BELOW + _name(text.removeprefix(_BELOW)),)
    if text.startswith("."):
        name = _name(text.removeprefix("."))
        return name, _BELOW + name
    return (_address(text) or _name(text),)


def _url(text: str) -> str:
    if prefix := _address(text):
        return prefix
    found = _URL.fullmatch(text)
    if found is None:  # without a scheme, as people write it
        host, _, path = text.partition("/")
        host = _address(host) or _name(host.partition(":")[0])
        return text if path else host
    host = _address(found["host"].strip("[]")) or _name(found["host"])
    is_site = found["scheme"].lower() in _SITE and found["rest"] in ("", "/")
    return host if is_site else text


def _name(text: str) -> str:
    name = canonical(text)
    if name.count(".") == 1:
        raise FormatError("a whole top level domain")
    return name


def _address(text: str) -> str | None:
    """*text* as an address, or a prefix of addresses, in its usual form; None if it is neither."""
    if not text or (text[-1] not in "0123456789abcdefABCDEF:" and text[0] != "["):
        return None
    if not (text[0].isdigit() or ":" in text):
        return None
    try:
        found = ip_network(text.removeprefix("[").partition("]")[0], strict=False)
    except ValueError:
        return None
    return str(found.network_address) if found.prefixlen == found.max_prefixlen else str(found)


def _is_prefix(text: str) -> bool:
    return _address(text) == text
