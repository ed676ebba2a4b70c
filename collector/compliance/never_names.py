"""Refuses an order file that names what nobody may ask, before anything else is said of it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schema.order import OrderError
from schema.toml import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schema.neverprobe import NeverProbe
    from schema.toml import Path


def refuse_never(data: bytes, name: str, never: NeverProbe) -> None:
    """Refuse the order file *data*, called *name*, if *never* has one of its names, however it is written.

    Raises:
        OrderError: it says the line and not the name; also a file that is not TOML.
    """
    document = load(data, name, OrderError)
    for path, text in _texts((), document.tables):
        if never.refuses(text):
            raise document.error(
                path, "a name that is never probed", "Take it out of the file; nothing was kept of it."
            )


def _texts(path: Path, value: Any) -> Iterator[tuple[Path, str]]:  # noqa: ANN401  whatever TOML can hold
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _texts((*path, key), one)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _texts((*path, number), one)
