"""The header of AGCOM's Allegato B, `number_YYYY.DD.MM`: the day before the month. Pure.

Source: rfc1036/kit-censura, parse_agcom (2018-09-25) and parse_aams (2025-09-15): year, day, month; in 2014 the parser read
year, month, day. ADM's lists have the same header.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from collector.lists.reading import Header
from schema.errors import FormatError

_SEPARATOR: Final = r"[._:\- ]"
_HEADER: Final = re.compile(
    rf"(?P<number>[0-9]{{1,12}}){_SEPARATOR}(?P<year>[0-9]{{4}}){_SEPARATOR}(?P<one>[0-9]{{1,2}}){_SEPARATOR}(?P<other>[0-9]{{1,2}})"
)
#: `Allegato B Elenco URL 350_2025_29_08.txt`: number and year, and in some the day, whichever half comes first.
_IN_NAME: Final = re.compile(
    rf"(?<![0-9])(?P<number>[0-9]{{1,12}})_(?P<year>[0-9]{{4}})(?![0-9])(?:{_SEPARATOR}(?P<one>[0-9]{{1,2}}){_SEPARATOR}(?P<other>[0-9]{{1,2}})(?![0-9]))?"
)
_NAMED: Final = re.compile(r"allegato\s*_?b(?![a-z])", re.IGNORECASE)


def is_header(line: str) -> bool:
    """Whether *line* has the form of a header, whatever its day."""
    return _HEADER.fullmatch(line.strip()) is not None


def is_called_allegato_b(file_name: str) -> bool:
    """Whether a file says by its name that it has such a header."""
    return _NAMED.search(file_name) is not None


def read_header(line: str) -> Header:
    """What the first line says.

    Raises:
        FormatError: no header, or no day there is.
    """
    found = _HEADER.fullmatch(line.strip())
    if found is None:
        raise FormatError(
            "line 1 is not the header of an Allegato B",
            remedy="It is number_YYYY.DD.MM, such as 0000350_2025.29.08; say --format plain if the list has none.",
        )
    year, one, other = (int(found[part]) for part in ("year", "one", "other"))
    right, turned = _day(year, other, one), _day(year, one, other)
    if right is None and turned is None:
        raise FormatError(
            f"the header {line.strip()!r} names no day that exists",
            remedy="It is number_YYYY.DD.MM; ask the authority for the list again.",
        )
    if right is None:
        day = turned or date.min
        return Header(
            line.strip(), found["number"], day, f"read as {day}, month before day: the other way it is no day"
        )
    return Header(line.strip(), found["number"], right)


def agree(header: Header, file_name: str) -> None:
    """Let a file pass whose name says the same as its *header*, or nothing.

    Raises:
        FormatError: they contradict each other; the message names both.
    """
    found = _IN_NAME.search(file_name.rpartition(".")[0] or file_name)
    if found is None:
        return
    said = []
    if int(found["number"]) != int(header.number):
        said.append(f"number {found['number']}, not {header.number}")
    if int(found["year"]) != header.day.year:
        said.append(f"year {found['year']}, not {header.day.year}")
    if found["one"] and {int(found["one"]), int(found["other"])} != {header.day.day, header.day.month}:
        said.append(f"day {int(found['one'])} and {int(found['other'])}, not {header.day.day} and {header.day.month}")
    if said:
        raise FormatError(
            f"the name of the file and its header {header.raw!r} contradict each other: the name says {'; '.join(said)}",
            remedy="One of them is another list's: ask the authority which; nothing was taken.",
        )


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
