"""Reads a list, in whichever of the formats it is written; what a line says decides, not what the file is called. Pure."""

from __future__ import annotations

import csv
import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, TypeAlias

from collector.lists import agcom
from collector.lists.reading import Gathering, ListFile, ListFormat
from collector.lists.refused import RefusedListError, declares
from collector.lists.text import lines_of
from collector.lists.zone import looks_like_a_zone, read_zone
from schema.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LOOKED_AT: Final = 200  # lines that say what format it is
_COMMENT: Final = re.compile(r"(?:^|\s)[#;].*")
_COLUMNS: Final = ("domain", "name", "fqdn", "hostname", "host", "dominio", "nome", "url")
_DELIMITERS: Final = ",;\t|"
#: What every hosts file has of its own.
_OWN_HOSTS: Final = frozenset({"localhost", "local", "broadcasthost", "localhost.localdomain", "0.0.0.0"})  # noqa: S104 - compared
_AS_WRITTEN: Final = re.compile(r"ip6-\w+")


Refuses: TypeAlias = "Callable[[str], bool]"


def nobody(_text: str) -> bool:
    """Refuse nothing."""
    return False


def read_list(data: bytes, file_name: str, form: ListFormat | None = None, *, refuses: Refuses = nobody) -> ListFile:
    """The list in *data*, called *file_name*; in the format *form*, or in the one that its lines are written in.

    *refuses* says of a text whether it means a name that is never probed.

    Raises:
        RefusedListError: a comment says that it is CNCPO's. FormatError: no text, another format than *form*, a header that
            contradicts the name of the file, or nothing in it.
    """
    lines = lines_of(data)
    if any(declares(line) for line in lines if line.lstrip().startswith(("#", ";", "!", "//"))):
        raise RefusedListError("this declares itself a list of CNCPO: it is not read")
    form = form or detect(lines, file_name)
    gathering = Gathering(form, refuses)
    _READERS[form](lines, gathering)
    found = gathering.done()
    if found.header is not None:
        agcom.agree(found.header, file_name)
    if not found.entries and not found.barred:
        if found.odd:
            first = found.odd[0]
            raise FormatError(
                f"nothing in the list was understood: line {first.line}: {first.why}",
                remedy="Give the list as text, one entry a line; --format says how it is written.",
            )
        raise FormatError(
            "the list has no entry", remedy="An empty list is not taken: it would end every name before it."
        )
    return found


def detect(lines: Sequence[str], file_name: str) -> ListFormat:
    """In which format *lines* are written."""
    said = [line.strip() for line in lines[:_LOOKED_AT] if line.strip()]
    if said and (agcom.is_header(said[0]) or agcom.is_called_allegato_b(file_name)):
        return ListFormat.AGCOM
    if looks_like_a_zone(lines[:_LOOKED_AT]):
        return ListFormat.RPZ
    bare = [one for line in said if (one := _COMMENT.sub("", line).strip())]
    if bare and sum(_is_hosts_line(line) for line in bare) * 2 > len(bare):
        return ListFormat.HOSTS
    if bare and _column(bare[0]) is not None:
        return ListFormat.CSV
    return ListFormat.PLAIN


def _is_hosts_line(line: str) -> bool:
    address, *names = line.split()
    return bool(names) and _is_address(address)


def _is_address(text: str) -> bool:
    try:
        ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


def _agcom(lines: Sequence[str], found: Gathering) -> None:
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    found.header = agcom.read_header(lines[first] if lines else "")
    for number, line in enumerate(lines[first + 1 :], first + 2):
        if text := line.strip():
            found.take(text, number)


def _plain(lines: Sequence[str], found: Gathering) -> None:
    for number, line in enumerate(lines, 1):
        if text := _COMMENT.sub("", line).strip():
            found.take(text, number)


def _hosts(lines: Sequence[str], found: Gathering) -> None:
    """The address is the choice of whoever made the list and says nothing."""
    for number, line in enumerate(lines, 1):
        address, *names = _COMMENT.sub("", line).split() or [""]
        if not address:
            continue
        if not names or not _is_address(address):
            found.odd(number, "not an address and a name")
        for name in names if _is_address(address) else ():
            if name.lower() in _OWN_HOSTS or _AS_WRITTEN.fullmatch(name):
                found.leave_out(number, f"{name}, which every hosts file has")
            else:
                found.take(name, number)


def _csv(lines: Sequence[str], found: Gathering) -> None:
    start = next((number for number, line in enumerate(lines) if _COMMENT.sub("", line).strip()), 0)
    chosen = _column(lines[start]) if lines else None
    if chosen is None:
        raise FormatError(
            f"line {start + 1} names no column of names", remedy=f"Call it one of: {', '.join(_COLUMNS)}."
        )
    delimiter, column = chosen
    rows = csv.reader(lines[start + 1 :], delimiter=delimiter, strict=True)
    last = 0  # line of the table that the row before ended on
    try:
        for row in rows:
            last = rows.line_num
            number = start + 1 + last
            if not any(cell.strip() for cell in row):
                continue
            if len(row) <= column or not row[column].strip():
                found.odd(number, "its column of names is empty")
            else:
                found.take(row[column].strip(), number)
    except csv.Error as error:  # a quote that is not closed would swallow what follows
        raise FormatError(
            f"line {start + 2 + last}: not a row of a table: {error}", remedy="Look for a quote too many."
        ) from error


def _column(line: str) -> tuple[str, int] | None:
    """The delimiter of a table whose first line is *line*, and its column of names; None if it is no such table."""
    for delimiter in _DELIMITERS:
        cells = [cell.strip().strip('"').lower() for cell in line.removeprefix("\ufeff").split(delimiter)]
        for wanted in _COLUMNS:
            if wanted in cells:
                return delimiter, cells.index(wanted)
    return None


_READERS: Final[dict[ListFormat, Callable[[Sequence[str], Gathering], None]]] = {
    ListFormat.AGCOM: _agcom,
    ListFormat.HOSTS: _hosts,
    ListFormat.RPZ: read_zone,
    ListFormat.PLAIN: _plain,
    ListFormat.CSV: _csv,
}
