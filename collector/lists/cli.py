"""`ottempera orders import --list`, `orders names` and the policy zone of an order."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from schema.codec import encode
from schema.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from collector.lists.reading import ListFormat
    from collector.lists.taking import Given, Preview
    from collector.store import Store
    from schema.neverprobe import NeverProbe

_TEXT_CHARS: Final = 1000
_SECONDS_AHEAD: Final = 600  # two clocks may differ

Data = Annotated[Path | None, typer.Option("--data", help="Folder of the deployment and its embedded Postgres.")]
DatabaseUrl = Annotated[
    str | None, typer.Option("--database-url", envvar="OTTEMPERA_DATABASE_URL", help="Any Postgres instead.")
]
AsJson = Annotated[bool, typer.Option("--json", help="A JSON array of rows; times are UTC.")]


def import_list(  # noqa: PLR0913 - an option is a parameter
    dsn: str,
    file: Path,
    order_id: str,
    *,
    by: str,
    reason: str,
    notified_at: str = "",
    form: str = "",
    yes: bool = False,
    dry_run: bool = False,
    as_json: bool = False,
    tolerate: int = 1,
    leave_out: bool = False,
) -> None:
    """Show what the list in *file* changes under the order, and take it if a person, or *yes*, says so.

    *notified_at* is a time with its offset, *form* a word of `ListFormat`, *tolerate* how many per cent of the lines may be
    odd; *leave_out* passes over names that are never probed.

    Raises:
        OttemperaError: the list, the order or an argument is not as it should be; nothing was written.
    """
    from collector.lists.showing import facts, show
    from collector.lists.taking import Given, load

    by, reason = said(by, "--by"), said(reason, "--reason")
    at = datetime.now(UTC)
    notified = _instant(notified_at, at) if notified_at else None
    wanted = _form(form)
    data, name = load(file)
    given = Given(data, name, wanted, tolerate, leave_out)

    def agreed(preview: Preview, never: NeverProbe) -> bool:
        if not as_json:
            show(preview, never)
        if preview.known or dry_run:
            return False
        if yes:
            return True
        if as_json or not sys.stdin.isatty():
            raise ConfigError(
                "the list was not taken: nobody is there to be asked", remedy="Look at what it changes, then say --yes."
            )
        return typer.confirm("Take it?")

    preview, never, taken = asyncio.run(_import(dsn, order_id, given, agreed, (by, reason, notified, at)))
    if as_json:
        typer.echo(encode(facts(preview, never) | {"taken": taken}))
    elif taken:
        typer.echo(f"version {preview.version} of the list of {order_id} is in force")
    else:
        typer.echo("nothing was written")


async def _import(
    dsn: str,
    order_id: str,
    given: Given,
    agreed: Callable[[Preview, NeverProbe], bool],
    entered: tuple[str, str, datetime | None, datetime],
) -> tuple[Preview, NeverProbe, bool]:
    from collector.lists.taking import look, take

    by, reason, notified_at, at = entered
    async with opened(dsn) as store:
        preview, never = await look(store, order_id, given), await store.never_probe()
        taken = await asyncio.to_thread(agreed, preview, never)
        if taken:
            await take(store, preview, by=by, reason=reason, notified_at=notified_at, at=at)
    return preview, never, taken


def export_rpz(dsn: str, order_id: str) -> str:
    """A response policy zone that withholds the names of an order, those of its list among them.

    Raises:
        ConfigError: there is no such order, or it names nothing.
    """
    return asyncio.run(_export_rpz(dsn, order_id))


async def _export_rpz(dsn: str, order_id: str) -> str:
    from collector.lists.export import zone_of

    async with opened(dsn) as store:
        return await zone_of(store, order_id)


def list_names_command(
    ctx: typer.Context,
    order_id: Annotated[str, typer.Argument(metavar="ORDER", help="Id of the order.")],
    *,
    untestable: Annotated[
        bool, typer.Option("--untestable", help="What DNS shows nothing of instead: URLs and addresses.")
    ] = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """What an order's list holds now: names, or with --untestable what DNS cannot test."""
    rows = asyncio.run(_rows(ctx.obj(data, database_url), order_id, untestable=untestable))
    if as_json:
        typer.echo(encode(rows))
        return
    for row in rows:
        text = row["entry"] if untestable else row["name"]
        typer.echo(f"{text}  {row['kind']}  since version {row['since_version']}  line {row['line']}")
    if not rows:
        what = "nothing that DNS cannot test" if untestable else "no names"
        typer.echo(f"The list of {order_id} has {what}, or it has no list.")


async def _rows(dsn: str, order_id: str, *, untestable: bool) -> list[dict[str, Any]]:
    async with opened(dsn) as store:
        known = await store.order_ids()
        if order_id not in known:
            raise ConfigError(f"there is no order {order_id!r}", remedy=f"There are: {', '.join(known) or 'none'}.")
        rows = await (store.untestable_rows(order_id) if untestable else store.list_rows(order_id))
        never = await store.never_probe()
        return [row for row in rows if not never.refuses(row["entry" if untestable else "name"])]


@asynccontextmanager
async def opened(dsn: str) -> AsyncIterator[Store]:
    """A store on *dsn* for one command."""
    from collector.store import Store

    store = await Store.connect(dsn)
    try:
        yield store
    finally:
        await store.close()


def said(text: str, option: str) -> str:
    """*text*, which a person gave as *option*, fit to be kept and shown.

    Raises:
        ConfigError: empty, too long, or with characters that do not show.
    """
    if not text.strip() or len(text) > _TEXT_CHARS or not text.isprintable():
        raise ConfigError(
            f"{option} is empty, or not one line of text",
            remedy=f'Write {option} "..." in at most {_TEXT_CHARS} letters.',
        )
    return text.strip()


def _form(word: str) -> ListFormat | None:
    from collector.lists.reading import ListFormat

    if not word:
        return None
    try:
        return ListFormat(word.lower())
    except ValueError as error:
        raise ConfigError(f"--format {word!r} is no format", remedy=f"It can be: {', '.join(ListFormat)}.") from error


def _instant(text: str, now: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            f"--notified-at {text!r} is no time", remedy="Write it as 2026-11-22T10:00:00+01:00."
        ) from error
    if found.tzinfo is None:
        raise ConfigError(
            f"--notified-at {text!r} has no offset from UTC", remedy="Write it as 2026-11-22T10:00:00+01:00."
        )
    if (found - now).total_seconds() > _SECONDS_AHEAD:
        raise ConfigError(f"--notified-at {text!r} lies ahead", remedy="Say when the names were notified.")
    return found.astimezone(UTC)
