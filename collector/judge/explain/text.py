"""Small pieces of text that are safe to print: what comes from the network is hostile and stands here escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

ROME: Final = ZoneInfo("Europe/Rome")
_MOST_CHARS: Final = 80
_MOST_LISTED: Final = 3
_QUOTES: Final = str.maketrans({'"': "'", "“": "'", "”": "'"})
#: RFC 8914 §4, and the later registrations that are met; other codes stand as numbers.
_ERRORS: Final = {
    0: "Other", 1: "Unsupported DNSKEY Algorithm", 2: "Unsupported DS Digest Type", 3: "Stale Answer", 4: "Forged Answer",
    5: "DNSSEC Indeterminate", 6: "DNSSEC Bogus", 7: "Signature Expired", 8: "Signature Not Yet Valid",
    9: "DNSKEY Missing", 10: "RRSIGs Missing", 11: "No Zone Key Bit Set", 12: "NSEC Missing", 13: "Cached Error",
    14: "Not Ready", 15: "Blocked", 16: "Censored", 17: "Filtered", 18: "Prohibited", 19: "Stale NXDOMAIN Answer",
    20: "Not Authoritative", 21: "Not Supported", 22: "No Reachable Authority", 23: "Network Error", 24: "Invalid Data",
    29: "Synthesized", 30: "Invalid Query Type",
}  # fmt: skip


def shown(text: str, most: int = _MOST_CHARS) -> str:
    """*text* in printable ASCII, at most *most* characters; what is not becomes `?`, quotes become single ones."""
    clean = "".join(one if one.isascii() and one.isprintable() else "?" for one in text[: most + 1].translate(_QUOTES))
    return clean if len(clean) <= most else clean[: most - 3] + "..."


def written(text: str, most: int = _MOST_CHARS) -> str:
    """*text* of our own registry: any letters, but nothing that cannot be printed."""
    clean = "".join(one if one.isprintable() else "?" for one in text[: most + 1].translate(_QUOTES))
    return clean if len(clean) <= most else clean[: most - 3] + "..."


def host(name: str) -> str:
    """A domain name as people write it: without the final dot, whole (a name has at most 255 bytes)."""
    return shown(name, 255).removesuffix(".") or "."


def listed(items: Iterable[str], last: str, more: str) -> str:
    """Up to three of *items* with *last* between the last two; *more* holds `{}` for how many are not named."""
    named = list(items)
    if len(named) > _MOST_LISTED + 1:
        named = [*named[:_MOST_LISTED], more.format(len(named) - _MOST_LISTED)]
    return f" {last} ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)


def error(code: int, text: str) -> str:
    """An extended error: its number, its name if it has one, its text if it came with one."""
    name = f" ({_ERRORS[code]})" if code in _ERRORS else ""
    return f"{code}{name}" + (f' "{shown(text)}"' if text.strip() else "")


def clock(since: datetime, until: datetime, months: Sequence[str]) -> tuple[str, str, str, str]:
    """Days and minutes in Rome: day and hour of *since*, day and hour of *until*."""
    here, there = since.astimezone(ROME), until.astimezone(ROME)
    return _day(here, months), f"{here:%H:%M}", _day(there, months), f"{there:%H:%M}"


def _day(when: datetime, months: Sequence[str]) -> str:
    return f"{when.day} {months[when.month - 1]} {when.year}"


def lowered(sentence: str) -> str:
    """*sentence* to stand after a colon."""
    return sentence[:1].lower() + sentence[1:]
