"""What one version of an order says otherwise than another, field by field. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schema.order import Order

#: By which of its fields a member of a list is told from the others; those that are not here go by their number.
_BY: Final = {
    "scope": ("name", "rule"),
    "attached": ("name",),
    "terms": ("operator",),
    "unknown": ("field",),
    "check": ("field", "by"),
}


class Change(NamedTuple):
    """A field that differs; None stands for one that is not there."""

    field: str
    before: str | None
    after: str | None


def difference(before: Order, after: Order) -> tuple[Change, ...]:
    """The fields in which *after* differs from *before*; what is wholly new or gone is one change.

    Times are told in the zone of the order, with their offset.
    """
    return tuple(_differences("", _plain(before), _plain(after)))


def _plain(order: Order) -> Any:  # noqa: ANN401  what a struct consists of
    zone = ZoneInfo(order.timezone)
    notices = tuple(replace(one, at=one.at.astimezone(zone)) for one in order.notice)
    return msgspec.to_builtins(replace(order, notice=notices), builtin_types=(date, datetime))


def _differences(path: str, old: Any, new: Any) -> Iterator[Change]:  # noqa: ANN401  what a struct consists of
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*old, *new)):
            yield from _differences(f"{path}.{key}" if path else key, old.get(key), new.get(key))
    elif _is_tables(old) or _is_tables(new):
        members = _named(path, old or ()), _named(path, new or ())
        for key in dict.fromkeys((*members[0], *members[1])):
            yield from _differences(f"{path} {key}", members[0].get(key), members[1].get(key))
    elif old != new:
        yield Change(path, None if old is None else _text(old), None if new is None else _text(new))


def _is_tables(value: object) -> bool:
    return isinstance(value, list | tuple) and bool(value) and isinstance(value[0], dict)


def _named(path: str, tables: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """*tables* by what tells them apart."""
    by = _BY.get(path.rsplit(maxsplit=1)[-1].rsplit(".", 1)[-1], ())
    found: dict[str, dict[str, Any]] = {}
    for number, table in enumerate(tables, 1):
        key = " ".join(str(table.get(one, "")) for one in by) or str(number)
        found[key if key not in found else f"{key} {number}"] = table
    return found


def _text(value: Any) -> str:  # noqa: ANN401  what a struct consists of
    if isinstance(value, dict):
        return "; ".join(f"{key} {_text(one)}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    if isinstance(value, datetime):
        return value.isoformat()
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
