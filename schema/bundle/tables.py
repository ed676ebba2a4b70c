"""Tables for people: the timeline and the days as CSV (RFC 4180), with the columns of their JSON. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from schema.bundle.parts import Days, TimelineRow

if TYPE_CHECKING:
    from collections.abc import Iterable

_QUOTED: Final = frozenset(',"\r\n')


def head_row(kind: type[TimelineRow | Days]) -> bytes:
    """The first line: the column names, with its CRLF."""
    return _line(field.encode_name for field in msgspec.structs.fields(kind))


def table_row(row: TimelineRow | Days) -> bytes:
    """One line with its CRLF: null is empty, a list is joined by spaces, times and days are as in the JSON."""
    return _line(_text(value) for value in msgspec.to_builtins(row).values())


def _text(value: Any) -> str:  # noqa: ANN401 - what JSON knows
    if value is None:
        return ""
    return " ".join(value) if isinstance(value, list | tuple) else str(value)


def _line(fields: Iterable[str]) -> bytes:
    return (",".join(map(_field, fields)) + "\r\n").encode()


def _field(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _QUOTED.intersection(text) else text
