"""`ottempera orders check` and `orders list`: is an order file sound, and which orders does the program bring."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import typer

from schema.codec import encode
from schema.errors import UnavailableError
from schema.order import Order, OrderError
from schema.order_file import read_order

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIX = ".toml"
MAX_ORDER_BYTES = 1 << 20
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]

app = typer.Typer(no_args_is_help=True, help="Order files: who is bound, for which names, from when.")


class Checked(msgspec.Struct, frozen=True):
    """An order that could be read, and what keeps its days from being counted."""

    file: str
    order: Order
    grace_ends_on: str
    countable: bool
    unverified: tuple[str, ...]
    unknown: tuple[str, ...]


def checked(data: bytes, name: str) -> Checked:
    """The order in *data*.

    Raises:
        OrderError: the file has a mistake, or names a time zone that this machine does not know.
    """
    order = read_order(data, name)
    try:
        ZoneInfo(order.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise OrderError(
            f"{name}: the time zone {order.timezone!r} is not known", remedy="Write Europe/Rome."
        ) from error
    unknown = tuple(f"{entry.field}: {entry.question}" for entry in order.unknown)
    countable = not (order.unverified or unknown)
    return Checked(name, order, order.grace_ends_on.isoformat(), countable, order.unverified, unknown)


def builtin_orders() -> Iterator[Checked]:
    """The orders that come with the program, by file name."""
    folder = resources.files("collector.compliance") / "orders"
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(SUFFIX):
            yield checked(entry.read_bytes(), entry.name)


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="An order file (TOML).")],
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Read an order file; say what is wrong with it, or what still keeps its days from being counted."""
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_ORDER_BYTES + 1)
    except OSError as error:
        raise UnavailableError(f"{file}: {error.strerror}", remedy="Name a file that can be read.") from error
    if len(data) > MAX_ORDER_BYTES:
        raise OrderError(
            f"{file}: larger than {MAX_ORDER_BYTES} bytes", remedy="An order file is a page or two of TOML."
        )
    found = checked(data, str(file))
    if as_json:
        typer.echo(encode(found))
        return
    order = found.order
    typer.echo(f"{order.id}: {order.title}")
    typer.echo(f"{order.authority}, {order.issued_on}; binds {', '.join(order.addressees)}")
    typer.echo(
        f"{len(order.scope)} scope entries; starts {order.starts_on}, {order.grace_days} days to {found.grace_ends_on}"
    )
    for entry in found.unverified:
        typer.echo(f"unverified: {entry}")
    for question in found.unknown:
        typer.echo(f"unknown: {question}")
    typer.echo(
        "The file is sound. " + ("Its days can be counted." if found.countable else "No day is counted under it.")
    )


@app.command("list")
def list_orders(
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """The orders that come with the program, one a line."""
    if as_json:
        typer.echo(encode(list(builtin_orders())))
        return
    for found in builtin_orders():
        order = found.order
        names = sorted({entry.name for entry in order.scope})
        counted = "countable" if found.countable else "not countable"
        typer.echo(f"{order.id}  {order.issued_on}  {','.join(order.addressees)}  {len(names)} names  {counted}")
