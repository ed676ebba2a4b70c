"""`ottempera orders never-probe`: names that nobody here may ask, kept as salted hashes."""

from __future__ import annotations

import asyncio
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from collector.lists.cli import Data, DatabaseUrl, opened, said
from schema.codec import encode
from schema.errors import ConfigError, FormatError, UnavailableError
from schema.neverprobe import SALT_BYTES, to_list

if TYPE_CHECKING:
    from schema.neverprobe import NeverProbe

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]
_MOST_BYTES: Final = 64 << 20

app = typer.Typer(no_args_is_help=True, help="Names that nobody here may ask, kept as salted hashes.")


@app.command("add")
def add(  # noqa: PLR0913 - an option is a parameter
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="The name; it covers all names below it, with www. or without.")] = "",
    *,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="Names instead, one a line; - is standard input, which no shell keeps."),
    ] = None,
    by: Annotated[str, typer.Option("--by", help="Who says so.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, without the name.")],
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Put names on the list, for good; they are neither printed nor kept. Plans that are published already stand."""
    if bool(name) == (file is not None):
        raise ConfigError("give either a name or --file", remedy="A name that nobody should read comes by --file -.")
    names = _names([name] if file is None else _read(file))
    by, reason = said(by, "--by"), said(reason, "--reason")
    added, held = asyncio.run(_add(ctx.obj(data, database_url), names, by, reason))
    if as_json:
        typer.echo(encode({"added": added, "hashes": held}))
    else:
        where = "ottempera orders never-probe export FILE"
        typer.echo(f"{_hashes(added)} added; the list has {held}. Bring it to the probes that do not run here: {where}")


@app.command("count")
def count(ctx: typer.Context, *, data: Data = None, database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """How many hashes the list has: one a name, two where standards write a name in two ways."""
    held = asyncio.run(_count(ctx.obj(data, database_url)))
    typer.echo(encode({"hashes": held}) if as_json else _hashes(held) if held else "the list is empty")


@app.command("export")
def export(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to write it; a probe reads it by its setting never_probe.")],
    *,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Write the list as a file for probes, which then ask no name on it, whatever a plan says."""
    held = asyncio.run(_list(ctx.obj(data, database_url)))
    if not held:
        raise ConfigError("the list is empty", remedy="Put a name on it: orders never-probe add.")
    beside = file.with_name(f".{file.name}.new")
    try:
        beside.write_bytes(held.pack())
        beside.replace(file)  # a probe that reads it meanwhile reads one of the two
    except OSError as error:
        raise UnavailableError(f"cannot write {file}: {error.strerror}", remedy="Name another place.") from error
    typer.echo(encode({"hashes": len(held), "file": str(file)}) if as_json else f"{_hashes(len(held))} in {file}")


def _hashes(number: int) -> str:
    return f"{number} hash" if number == 1 else f"{number} hashes"


def _read(file: Path) -> list[str]:
    try:
        data = sys.stdin.buffer.read(_MOST_BYTES) if str(file) == "-" else file.read_bytes()[:_MOST_BYTES]
    except OSError as error:
        raise UnavailableError(
            f"cannot read {file}: {error.strerror}", remedy="Name a file that can be read."
        ) from error
    return data.decode("utf-8-sig", "replace").splitlines()


def _names(texts: list[str]) -> list[str]:
    """The names to be hashed; a mistake is told by its line, not by what stands there."""
    found: list[str] = []
    for number, text in enumerate(texts, 1):
        if not text.strip() or text.startswith("#"):
            continue
        try:
            found += to_list(text)
        except FormatError as error:
            raise FormatError(f"line {number}: {error}", remedy=error.remedy) from error
    if not found:
        raise FormatError("there is no name in it", remedy="Write one name a line.")
    return found


async def _add(dsn: str, names: list[str], by: str, reason: str) -> tuple[int, int]:
    async with opened(dsn) as store:
        salt = secrets.token_bytes(SALT_BYTES)
        added = await store.add_never_probe(names, salt=salt, by=by, reason=reason, at=datetime.now(UTC))
        return added, await store.never_probe_hashes()


async def _count(dsn: str) -> int:
    async with opened(dsn) as store:
        return await store.never_probe_hashes()


async def _list(dsn: str) -> NeverProbe:
    async with opened(dsn) as store:
        return await store.never_probe()
