"""An order written as TOML: read again, it is the same order. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schema.order import Order

_ESCAPES: Final = str.maketrans({'"': '\\"', "\\": "\\\\"})


def write_order(order: Order, *comments: str) -> str:
    """*order* as an order file, *comments* above it, each a line; what is at its default is left out."""
    tables = msgspec.to_builtins(order, builtin_types=(date, datetime))
    lines = [*(f"# {line}" for line in comments), *([""] if comments else []), *_lines(tables)]
    return "\n".join(lines) + "\n"


def _lines(tables: dict[str, Any]) -> Iterator[str]:
    plain = {key: value for key, value in tables.items() if not _is_table(value)}
    for key, value in plain.items():
        yield f"{key} = {_value(value)}"
    for key, value in tables.items():
        if isinstance(value, dict):
            yield from ("", f"[{key}]", *_pairs(value))
        elif _is_table(value):
            for one in value:
                yield from ("", f"[[{key}]]", *_pairs(one))


def _pairs(table: dict[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        if _is_table(value):
            yield f"{key} = ["
            yield from (f"    {_value(one)}," for one in value)
            yield "]"
        else:
            yield f"{key} = {_value(value)}"


def _is_table(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list | tuple) and bool(value) and isinstance(value[0], dict))


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, int | date):
        return str(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_value(one)}' for key, one in value.items())} }}"
    return f'"{str(value).translate(_ESCAPES)}"'
