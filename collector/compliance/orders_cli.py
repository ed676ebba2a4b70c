"""`ottempera orders`: order files, and orders as the ledger has them with everything that people added to them.

What a command does stands in `orders_cli_reading` and `orders_cli_writing`, which are imported when one runs.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from collector.lists.cli import Data, DatabaseUrl, import_list, list_names_command
from collector.lists.never_cli import app as never_app
from schema.errors import ConfigError

AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of text; times are UTC.")]
OrderId = Annotated[str, typer.Argument(metavar="ORDER", help="Id of the order.")]
Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Order files (TOML).")]
By = Annotated[str, typer.Option("--by", help="Who enters it; kept in the ledger.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept in the ledger.")]
Number = Annotated[int | None, typer.Option("--version", min=1, help="Another version than the newest terms.")]
OnDay = Annotated[
    datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="On this day. [default: today in Europe/Rome]")
]

app = typer.Typer(no_args_is_help=True, help="Orders: who is bound, for which names, from when, and how we know.")
app.command("names")(list_names_command)
app.add_typer(never_app, name="never-probe")


@app.command("check")
def check(files: Files, *, as_json: AsJson = False) -> None:
    """Read order files; say what is wrong with one, or what still keeps its days from being counted."""
    from collector.compliance.orders_cli_reading import check_files

    check_files(files, as_json=as_json)


@app.command("import")
def import_(  # noqa: PLR0913 - an option is a parameter
    ctx: typer.Context,
    things: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Order files (TOML); with --list the id of the list's order.")
    ],
    *,
    by: By,
    reason: Reason,
    document: Annotated[
        Path | None, typer.Option("--document", help="The document that the files were made from; its SHA-256 is kept.")
    ] = None,
    unknown_operator: Annotated[
        bool, typer.Option("--unknown-operator", help="Also orders to operators of which no resolver is known.")
    ] = False,
    exactly: Annotated[
        bool, typer.Option("--exactly", help="Also drop notices, checks and attached names that a file leaves out.")
    ] = False,
    list_file: Annotated[
        Path | None, typer.Option("--list", metavar="FILE", help="A list of names under the order instead.")
    ] = None,
    notified_at: Annotated[
        str, typer.Option("--notified-at", metavar="TIME", help="With --list: when its new names were notified.")
    ] = "",
    form: Annotated[str, typer.Option("--format", help="With --list: agcom, hosts, rpz, plain or csv.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="With --list: take the difference without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="With --list: only show the difference.")] = False,
    tolerate: Annotated[
        int, typer.Option("--tolerate", min=0, max=100, help="With --list: per cent of lines that may be odd.")
    ] = 1,
    leave_out: Annotated[
        bool, typer.Option("--leave-out-never-probe", help="With --list: pass over names that are never probed.")
    ] = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Enter orders as versions of their own, all of them or none; nothing that was entered is ever changed."""
    dsn = ctx.obj(data, database_url)
    if list_file is None:
        _refuse_beside("without --list", {
            "--notified-at": notified_at, "--format": form, "--yes": yes, "--dry-run": dry_run, "--leave-out-never-probe": leave_out,
        })  # fmt: skip
        from collector.compliance.orders_cli_writing import Entry, import_files

        entry = Entry(dsn, by, reason, as_json)
        paths = [Path(one) for one in things]
        import_files(entry, paths, document=document, unknown_operator=unknown_operator, exactly=exactly)
        return
    if len(things) != 1:
        raise ConfigError("--list takes the id of one order", remedy="ottempera orders import --list FILE ORDER")
    _refuse_beside(
        "with --list", {"--document": document, "--unknown-operator": unknown_operator, "--exactly": exactly}
    )
    import_list(
        dsn, list_file, things[0], by=by, reason=reason, notified_at=notified_at, form=form, yes=yes,
        dry_run=dry_run, as_json=as_json, tolerate=tolerate, leave_out=leave_out,
    )  # fmt: skip


def _refuse_beside(when: str, given: dict[str, object]) -> None:
    """Refuse options that would be passed over: who gave one believes that it was heeded."""
    if idle := [option for option, value in given.items() if value]:
        raise ConfigError(f"{', '.join(idle)} says nothing {when}", remedy="Leave it out; nothing was written.")


@app.command("verify")
def verify(  # noqa: PLR0913 - an option is a parameter
    ctx: typer.Context,
    order_id: OrderId,
    field: Annotated[list[str], typer.Argument(metavar="FIELD", help="As `orders show` calls it: scope NAME RULE.")],
    *,
    document: Annotated[Path, typer.Option("--document", help="The document that the value was compared with.")],
    page: Annotated[str, typer.Option("--page", help="Where in it the value stands.")],
    by: Annotated[str, typer.Option("--by", help="Who compared the two.")],
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Record that a person compared a value with the document."""
    from collector.compliance.orders_cli_writing import Entry, verify_field

    entry = Entry(ctx.obj(data, database_url), by, f"{' '.join(field)} compared with the document, {page}", as_json)
    verify_field(entry, order_id, " ".join(field), document=document, page=page)


@app.command("notice")
def notice(  # noqa: PLR0913 - an option is a parameter
    ctx: typer.Context,
    order_id: OrderId,
    *,
    kind: Annotated[str, typer.Option("--kind", help="service, notification, demand or reply.")],
    operator: Annotated[str, typer.Option("--operator", help="To or from which addressee.")],
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="When: 2022-07-20T10:30+02:00, or the order's time.")],
    by: By,
    name: Annotated[list[str] | None, typer.Option("--name", help="Only for this name; repeatable.")] = None,
    receipt: Annotated[
        Path | None, typer.Option("--receipt", help="What shows it; its SHA-256 is kept, not the file.")
    ] = None,
    note: Annotated[str, typer.Option("--note", help="In words.")] = "",
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Record what passed between the parties: service, notification of names, demand, reply."""
    from collector.compliance.notices import Told
    from collector.compliance.orders_cli_writing import Entry, add_notice

    told = Told(kind, operator, at, tuple(name or ()), receipt, note)
    add_notice(Entry(ctx.obj(data, database_url), by, note or f"{kind} entered", as_json), order_id, told)


@app.command("list")
def list_orders(
    ctx: typer.Context, *, data: Data = None, database_url: DatabaseUrl = None, as_json: AsJson = False
) -> None:
    """Orders, one a line: those that were entered, and those that come with the program."""
    from collector.compliance.orders_cli_reading import list_all

    try:
        dsn = ctx.obj(data, database_url) if ctx.obj else None
    except ConfigError:  # there is no data yet: what comes with the program can be listed all the same
        if data is not None:
            raise
        dsn = None
    list_all(dsn, as_json=as_json)


@app.command("show")
def show(
    ctx: typer.Context,
    order_id: OrderId,
    *,
    version: Number = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """An order's terms, names and notices, and what still stands between it and its first counted day."""
    from collector.compliance.orders_cli_reading import show_order

    show_order(ctx.obj(data, database_url), order_id, version, as_json=as_json)


@app.command("diff")
def diff(
    ctx: typer.Context,
    order_id: OrderId,
    versions: Annotated[
        list[int] | None, typer.Argument(metavar="[V1 V2]", help="Two versions. [default: the last two]")
    ] = None,
    *,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """What one version of an order says otherwise than another, field by field."""
    from collector.compliance.orders_cli_reading import show_difference

    show_difference(ctx.obj(data, database_url), order_id, versions or [], as_json=as_json)


@app.command("export")
def export(
    ctx: typer.Context,
    order_id: OrderId,
    *,
    version: Number = None,
    rpz: Annotated[bool, typer.Option("--rpz", help="Its names as a response policy zone instead.")] = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """An order as a file that `orders check` and `orders import` read."""
    from collector.compliance.orders_cli_reading import export_order
    from collector.lists.cli import export_rpz

    dsn = ctx.obj(data, database_url)
    if rpz:
        _refuse_beside("with --rpz, which is of what holds now", {"--version": version, "--json": as_json})
        typer.echo(export_rpz(dsn, order_id), nl=False)
    else:
        export_order(dsn, order_id, version, as_json=as_json)


@app.command("covers")
def covers(
    ctx: typer.Context,
    order_id: OrderId,
    name: Annotated[str, typer.Argument(help="A domain name.")],
    *,
    on: OnDay = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Whether an order covers a name on a day, by which rule, and why."""
    from collector.compliance.orders_cli_reading import explain_name

    day: date | None = on.date() if on else None
    explain_name(ctx.obj(data, database_url), order_id, name, day, as_json=as_json)
