"""Names that nobody may ask, as salted hashes: the list tells nobody what it holds, and every way to write a name meets it.

A listed name covers everything below it, with `www.` or without. Pure.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from schema.errors import FormatError
from schema.names import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SALT_BYTES: Final = 32
MAX_FILE_BYTES: Final = 80_000_000  # a million digests
_HEADER: Final = re.compile(r"ottempera never-probe v1 salt ([0-9a-f]{64})")
_LINE: Final = re.compile(r"[0-9a-f]{64}")

_MOST_CHARS: Final = 8192
_TIMES_ENCODED: Final = 5
_MOST_KNOWN: Final = 65_536
_PLAIN: Final = re.compile(r"[a-z0-9_][a-z0-9_.-]*")
_DOTS: Final = re.compile(r"\u3002|[\[({]\s*\.\s*[\])}]")  # ideographic, and the dot that is written not to be followed
_SCHEME: Final = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//+|(?:h(?:tt|xx)ps?|ftp|wss?):")
_AFTER_HOST: Final = re.compile(r"[/?#].*", re.DOTALL)
_PORT: Final = re.compile(r":[0-9]*\Z")
_WWW: Final = "www."


class NeverProbe:
    """A never-probe list: `refuses` says whether a text, however it is written, means a name that stands there."""

    def __init__(self, salt: bytes = bytes(SALT_BYTES), digests: Iterable[bytes] = ()) -> None:
        """Take the *digests* that were made under *salt*; none of either is the empty list."""
        self.salt = salt
        self.digests = frozenset(digests)
        self._known: dict[str, bool] = {}

    def __len__(self) -> int:
        """How many hashes there are; a name may have more than one."""
        return len(self.digests)

    def refuses(self, text: str) -> bool:
        """Whether *text* means a listed name or one below it: a name, or a URL, in any letters, dots or encoding.

        A text that means no name is not refused: nobody can ask it.
        """
        if not self.digests:
            return False
        found = self._known.get(text)
        if found is None:
            found = any(digest(self.salt, one) in self.digests for name in meant(text) for one in _with_parents(name))
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[text] = found
        return found

    def pack(self) -> bytes:
        """The list as a file for a probe: a line with the salt, then the hashes, sorted."""
        lines = [f"ottempera never-probe v1 salt {self.salt.hex()}", *sorted(one.hex() for one in self.digests)]
        return ("\n".join(lines) + "\n").encode()


def read_never_probe(data: bytes) -> NeverProbe:
    """The list in the file *data*.

    Raises:
        FormatError: not such a file.
    """
    if len(data) > MAX_FILE_BYTES:
        raise FormatError(f"a never-probe list of more than {MAX_FILE_BYTES} bytes")
    try:
        header, *lines = data.decode("ascii").removesuffix("\n").split("\n")
    except UnicodeDecodeError as error:
        raise FormatError("a never-probe list is ASCII text") from error
    salt = _HEADER.fullmatch(header)
    if salt is None:
        raise FormatError(
            "line 1 is not the first line of a never-probe list",
            remedy="Make the file with `ottempera orders never-probe export`.",
        )
    for number, line in enumerate(lines, 2):
        if not _LINE.fullmatch(line):
            raise FormatError(f"line {number} of the never-probe list is no SHA-256 in hex")
    return NeverProbe(bytes.fromhex(salt[1]), map(bytes.fromhex, lines))


def digest(salt: bytes, name: str) -> bytes:
    """HMAC-SHA256 of *name* (A-labels, lower case, final dot) under *salt*."""
    return hmac.digest(salt, name.encode(), "sha256")


def to_list(text: str) -> tuple[str, ...]:
    """The names to be hashed when *text* is put on the list: without `www.`, which the name covers.

    Raises:
        FormatError: no name, or a whole top level domain; the message does not repeat it.
    """
    names = {
        one.removeprefix(_WWW) if one.startswith(_WWW) and one.count(".") > 2 else one  # noqa: PLR2004 - www.com is a site
        for one in meant(text)
    }
    if not names:
        raise FormatError("that is no domain name", remedy="Write it as letters, digits and hyphens: example.org")
    if any(name.count(".") == 1 for name in names):
        raise FormatError("that is a whole top level domain", remedy="Write the name of one site.")
    return tuple(sorted(names))


def meant(text: str) -> frozenset[str]:
    """The names (A-labels, lower case, final dot) that *text* may mean: as a name, or as the host of a URL.

    Percent-encoding, full-width letters, ideographic dots, characters that do not show, `user@`, a port and a wildcard
    are taken off. More than one where standards differ (IDNA 2003 and 2008).
    """
    if _PLAIN.fullmatch(text):
        return frozenset(_names(text))
    plain = text[:_MOST_CHARS]
    for _ in range(_TIMES_ENCODED):
        if "%" not in plain:
            break
        plain = unquote(plain, errors="replace")
    plain = plain if plain.isascii() else _unfolded(plain)
    plain = _DOTS.sub(".", plain.lower()).strip(" \t\r\n\"'<>`").replace("\\", "/")
    host = _AFTER_HOST.sub("", plain[found.end() :] if (found := _SCHEME.match(plain)) else plain)
    host = _PORT.sub("", host.rpartition("@")[2].strip()).strip("[]").removeprefix("*.").strip(".")
    return frozenset((*_names(host), *_names(text[:_MOST_CHARS])))  # as it stands too: so it would be asked


def _unfolded(text: str) -> str:
    """*text* in its compatibility form (UAX #15), without what does not show."""
    return "".join(one for one in unicodedata.normalize("NFKC", text) if unicodedata.category(one) not in {"Cf", "Cc"})


def _names(host: str) -> Iterator[str]:
    with suppress(FormatError):
        yield canonical(host)
    if not host.isascii():
        with suppress(UnicodeError, FormatError):
            yield canonical(host.encode("idna").decode("ascii"))


def _with_parents(name: str) -> Iterator[str]:
    """*name* and each name above it that has two labels or more; and *name* with `www.`, which other programs may list."""
    labels = name.split(".")[:-1]
    for first in range(max(len(labels) - 1, 1)):
        yield ".".join(labels[first:]) + "."
    yield _WWW + name
