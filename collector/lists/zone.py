"""Response policy zones: which names a zone withholds, and a zone that withholds given names. Pure.

Source: BIND 9 Administrator Reference Manual, "Response Policy Zone (RPZ) Rewriting"; draft-vixie-dnsop-dns-rpz-00 §3, §4.
"""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.lists.reading import Gathering
from schema.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"?|[()]|;.*|[^\s();"]+')
_TTL: Final = re.compile(r"[0-9]+(?:[smhdw][0-9]*)*", re.IGNORECASE)
_BRACKETS: Final = {"(": 1, ")": -1}
_CLASSES: Final = frozenset({"IN", "CH", "HS"})
_PASSED: Final = "passed on by the zone (rpz-passthru)"
_LISTS_NOTHING: Final = {"rpz-passthru.": _PASSED, "rpz-tcp-only.": "asked again over TCP, not withheld (rpz-tcp-only)"}
#: Records of the zone itself, where a policy would be odd.
_OF_THE_ZONE: Final = frozenset(
    {"SOA", "NS", "DNSKEY", "RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "ZONEMD", "CDS", "CDNSKEY"}
)
_OTHER_TRIGGERS: Final = ("rpz-nsdname", "rpz-nsip", "rpz-client-ip")
#: The zone's name where the file does not say it: no name holds such a letter.
_UNSAID: Final = "\x00"
_MARK: Final = re.compile(r"(?:^|\s)(?:\$ORIGIN|\$TTL|SOA|CNAME\s+(?:\.|\*\.|rpz-[a-z-]+\.?))(?:\s|$|;)", re.IGNORECASE)

_SOA: Final = "@ SOA localhost. hostmaster.localhost. {serial} 3600 900 604800 {ttl}"


class _Record(NamedTuple):
    """One record: `owner` as written, or as the one before."""

    line: int
    owner: str
    kind: str
    data: Sequence[str]


def looks_like_a_zone(lines: Sequence[str]) -> bool:
    """Whether one of *lines* stands in no other format."""
    return any(_MARK.search(line) for line in lines if not line.lstrip().startswith(("#", ";")))


def read_zone(lines: Sequence[str], found: Gathering) -> None:
    """Gather the names that a policy zone withholds: an entry each for a name and for what is below it (`*.name`).

    Raises:
        FormatError: the file ends within a record.
    """
    origin, apex = _UNSAID, ""
    for record in _records(lines, found):
        if record.kind == "$ORIGIN":
            origin = _absolute(record.data[0], origin) if record.data else origin
        elif record.kind == "SOA":
            apex = _absolute(record.owner, origin)
            origin = apex if origin == _UNSAID else origin
        elif record.kind not in _OF_THE_ZONE and not record.kind.startswith("$"):
            apex = apex or origin
            _take(found, record, _absolute(record.owner, origin), apex)


def _take(found: Gathering, record: _Record, absolute: str, apex: str) -> None:
    owner = "" if absolute == apex else absolute.removesuffix(f".{apex}")
    if owner == absolute:
        found.odd(record.line, "a name outside the zone")
        return
    if not owner:
        found.leave_out(record.line, "a record of the zone itself")
        return
    target = record.data[0].lower() if record.kind == "CNAME" and record.data else ""
    why = _LISTS_NOTHING.get(target if target.endswith(".") else f"{target}.")
    if target and target.strip(".") == owner:
        why = _PASSED  # the older way to write it
    if why is not None:
        found.leave_out(record.line, why)
    elif owner.endswith(".rpz-ip"):
        address = _address(owner.removesuffix(".rpz-ip"))
        if address is None:
            found.odd(record.line, "no address before rpz-ip")
        else:
            found.take(address, record.line)
    elif owner.endswith(_OTHER_TRIGGERS):
        found.leave_out(record.line, "a trigger on name servers or clients, which lists no name")
    else:
        found.take(owner, record.line)


def _absolute(owner: str, origin: str) -> str:
    """*owner* in lower case without its final dot, below *origin* unless it has one."""
    text = owner.lower()
    if text == "@":
        return origin
    return text.rstrip(".") if text.endswith(".") or not origin else f"{text}.{origin}"


def _address(reversed_text: str) -> str | None:
    """`24.0.2.0.192` as 192.0.2.0/24, `128.1.zz.db8.2001` as 2001:db8::1."""
    length, *parts = reversed_text.split(".")
    words = [("" if part == "zz" else part) for part in reversed(parts)]
    joined = ".".join(words) if len(words) == 4 and "" not in words else ":".join(words)  # noqa: PLR2004 - IPv4 has four parts
    if "" in words and (words[0] == "" or words[-1] == ""):
        joined = f":{joined}" if words[0] == "" else f"{joined}:"
    try:
        return str(ip_network(f"{joined}/{int(length)}", strict=False))
    except ValueError:
        return None


def _records(lines: Sequence[str], found: Gathering) -> Iterator[_Record]:
    """The records of a master file (RFC 1035 §5.1); what is none is an odd line."""
    owner, pending, first, depth = "", [], 0, 0
    for number, line in enumerate(lines, 1):
        tokens = [token for token in _TOKEN.findall(line) if not token.startswith(";")]
        if line.lstrip().startswith("#") or (not tokens and not depth):
            continue
        if not depth:
            pending, first = ([] if not line[:1].isspace() else [owner]), number
        for token in tokens:
            if token in _BRACKETS:
                depth = max(depth + _BRACKETS[token], 0)
            else:
                pending.append(token)
        if depth:
            continue
        record = _record(first, pending)
        if record is None:
            found.odd(first, "no record of a zone")
            continue
        owner = owner if record.kind.startswith("$") else record.owner
        yield record
    if depth:
        raise FormatError(f"line {first}: a bracket is not closed", remedy="Ask for the zone again: it is cut off.")


def _record(line: int, tokens: Sequence[str]) -> _Record | None:
    if tokens and tokens[0].upper() in {"$ORIGIN", "$TTL"}:
        return _Record(line, "", tokens[0].upper(), tokens[1:])
    rest = list(tokens[1:])
    while rest and (_TTL.fullmatch(rest[0]) or rest[0].upper() in _CLASSES):
        rest.pop(0)
    if not tokens or not tokens[0] or len(rest) < 2:  # noqa: PLR2004 - a type and its data
        return None
    return _Record(line, tokens[0], rest[0].upper(), rest[1:])


def write_zone(texts: Iterable[str], *, serial: int, ttl: int = 300, comment: str = "") -> str:
    """A zone that answers NXDOMAIN for each of *texts*: names with their final dot, `*.` before it for all below.

    Owners are relative, so that the zone may have any name.
    """
    head = [
        *(f"; {line}" for line in comment.splitlines()),
        f"$TTL {ttl}",
        _SOA.format(serial=serial, ttl=ttl),
        "@ NS localhost.",
    ]
    return "\n".join([*head, *(f"{text.removesuffix('.')} CNAME ." for text in texts)]) + "\n"
