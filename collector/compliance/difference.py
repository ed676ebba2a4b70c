"""What one version of an order says otherwise than another, field by field. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schema.order import Order

#: By which of its fields a member of a list is told from the others; those that are not here go by their number.
_BY: Final = {
    "scope": ("name", "rule"),
    "attached": ("name",),
    "terms": ("operator",),
    "unknown": ("field",),
    "check": ("field", "by", "on", "value"),
}


class Change(NamedTuple):
    """A field that differs; None stands for one that is not there."""

    field: str
    before: str | None
    after: str | None


def difference(before: Order, after: Order) -> tuple[Change, ...]:
    """The fields in which *after* differs from *before*, in the order of the file."""
    old, new = dict(_flat(before)), dict(_flat(after))
    names = [*old, *(name for name in new if name not in old)]
    return tuple(Change(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name))


def _flat(order: Order) -> Iterator[tuple[str, str]]:
    yield from _walk("", msgspec.to_builtins(order, builtin_types=(date, datetime)))


def _walk(path: str, value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401  what a struct consists of
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _walk(f"{path}.{key}" if path else key, one)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        by = _BY.get(path.rsplit(".", 1)[-1], ())
        for number, one in enumerate(value, 1):
            named = " ".join(str(one.get(key, "")) for key in by) or str(number)
            yield from _walk(f"{path} {named}", one)
    elif isinstance(value, list):
        yield path, ", ".join(map(str, value))
    else:
        yield path, ("yes" if value else "no") if isinstance(value, bool) else str(value)
