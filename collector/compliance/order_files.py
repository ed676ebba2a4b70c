"""Orders in files: those that people write, and those that come with the program; bounded, and checked beyond their form."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING, Final

import msgspec

from collector.compliance.dayrules import DAY_RULES
from collector.compliance.history import Version
from collector.compliance.standing import due_from, obstacles
from collector.compliance.verification import unverified
from schema.errors import UnavailableError
from schema.order import Order, OrderError
from schema.order_file import read_order
from schema.toml import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SUFFIX: Final = ".toml"
MAX_ORDER_BYTES: Final = 1 << 20
MAX_DOCUMENT_BYTES: Final = 1 << 28  # a scan of hundreds of pages


class Checked(msgspec.Struct, frozen=True):
    """An order that could be read, and what keeps its days from being counted; `due_on` by addressee, where it is known."""

    file: str
    order: Order
    due_on: dict[str, str | None]
    countable: bool
    unverified: tuple[str, ...]
    unknown: tuple[str, ...]


def read_bounded(file: Path, most: int = MAX_ORDER_BYTES) -> bytes:
    """The bytes of *file*.

    Raises:
        UnavailableError: it cannot be read. OrderError: it has more than *most* bytes.
    """
    try:
        with file.open("rb") as stream:
            data = stream.read(most + 1)
    except OSError as error:
        raise UnavailableError(f"{file}: {error.strerror}", remedy="Name a file that can be read.") from error
    if len(data) > most:
        raise OrderError(f"{file}: larger than {most} bytes", remedy="An order file is a page or two of TOML.")
    return data


def read_checked(data: bytes, name: str) -> Order:
    """The order in *data*.

    Raises:
        OrderError: the file has a mistake, or names a day rule that there is not.
    """
    order = read_order(data, name)
    if order.day_rule and order.day_rule.id not in DAY_RULES:
        raise OrderError(
            f"{name}, day_rule.id: there is no day rule {order.day_rule.id!r}",
            remedy=did_you_mean(order.day_rule.id, sorted(DAY_RULES)),
        )
    return order


def checked(data: bytes, name: str) -> Checked:
    """The order in *data*, as `orders check` tells of it.

    Raises:
        OrderError: as `read_checked`.
    """
    order = read_checked(data, name)
    version = Version(1, order, datetime.min.replace(tzinfo=UTC))
    return Checked(
        name,
        order,
        {one.operator: str(one.due_on) if one.due_on else None for one in due_from(order)},
        not any(one.blocks for one in obstacles(version)),
        unverified(order, version.vouched_by),
        tuple(f"{entry.field}: {entry.question}" for entry in order.unknown),
    )


def builtin_orders() -> Iterator[tuple[str, Order]]:
    """The orders that come with the program, each with its file's name, by that name."""
    folder = resources.files("collector.compliance") / "orders"
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(SUFFIX):
            yield entry.name, read_checked(entry.read_bytes(), entry.name)
