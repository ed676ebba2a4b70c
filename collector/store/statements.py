"""The SQL statements of the store, read from the `.sql` files beside this module; each has a name and an explanation."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"^-- name: ([a-z_]+)\n", re.MULTILINE)


def parse(text: str) -> dict[str, str]:
    """Statement by name: what stands between one `-- name:` line and the next.

    Raises:
        ValueError: a name is used twice, or a statement has no explanation below its name.
    """
    parts = _NAME.split(text)[1:]
    found: dict[str, str] = {}
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        if name in found or not body.startswith("-- "):
            raise ValueError(f"statement {name}: named twice, or not explained")
        found[name] = body.strip()
    return found


@cache
def load(file: str) -> Mapping[str, str]:
    """The statements of *file*, a name such as `plans.sql`."""
    return parse(files(__package__).joinpath(file).read_text(encoding="utf-8"))
