"""`ottempera successors`: names that may be where an ordered site went, for people to accept or reject."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from schema.codec import encode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from collector.store import Store
    from collector.successors.people import Decided

app = typer.Typer(no_args_is_help=True, help="Where ordered sites may have gone: candidates, for people to decide.")
Data = Annotated[Path | None, typer.Option("--data", help="Folder of a deployment with its embedded Postgres.")]
DatabaseUrl = Annotated[
    str | None, typer.Option("--database-url", envvar="OTTEMPERA_DATABASE_URL", help="Any Postgres instead.")
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of text; times are UTC.")]
OrderOption = Annotated[str | None, typer.Option("--order", help="Only under this order.")]
OrderNeeded = Annotated[str, typer.Option("--order", help="Under which order.")]
By = Annotated[str, typer.Option("--by", help="Who decides.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept in the ledger.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The candidate.")]
Language = Annotated[Literal["en", "it"], typer.Option("--lang", help="English or Italian.")]
RedirectsFrom = Annotated[
    str, typer.Option("--redirects-from", help="The one vantage whose visits may say where a site sends people.")
]


@app.command("find")
def find(
    ctx: typer.Context,
    *,
    redirects_from: RedirectsFrom = "",
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Look through everything that is known now, and queue what nobody was asked to look at before."""
    from collector.successors.finding import find as run
    from collector.successors.showing import event_row

    queued, look = _run(
        ctx, data, database_url, lambda store: run(store, _now(), redirects_from=redirects_from), as_json=as_json
    )
    if as_json:
        _print_json({"queued": [event_row(one) for one in queued], "unasked": look.unasked})
        return
    for event in queued:
        typer.echo(f"queued: {event.name}  {event.family}  score {event.score}  ({event.order_id})")
    names = "name" if len(queued) == 1 else "names"
    typer.echo(f"{len(queued)} {names} queued; {look.unasked} more to be asked in sweeps before anything is known.")


@app.command("list")
def list_(
    ctx: typer.Context,
    *,
    order: OrderOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what was decided, and what is not queued and why.")
    ] = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Names that wait for a person's decision, the weightiest first."""
    from collector.successors.showing import table, waiting

    found = _run(
        ctx, data, database_url, lambda store: waiting(store, _now(), order, everything=everything), as_json=as_json
    )
    if as_json:
        _print_json(found)
        return
    typer.echo(table(found) if found else _EMPTY)


@app.command("show")
def show(
    ctx: typer.Context,
    name: Name,
    *,
    order: OrderOption = None,
    lang: Language = "en",
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Everything that speaks for and against one candidate, and what became of it."""
    from collector.successors.showing import page, story

    found = _run(ctx, data, database_url, lambda store: story(store, name, order, _now()), as_json=as_json)
    if as_json:
        _print_json(found)
        return
    typer.echo(page(found, lang))


@app.command("accept")
def accept(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    name: Name,
    *,
    order: OrderNeeded,
    by: By,
    reason: Reason,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Attach a name to the order: it is asked from the next plan on, and counts after its notice, never backwards."""
    from collector.successors.deciding import Kind
    from collector.successors.people import accept as run

    async def work(store: Store) -> tuple[Decided, bool]:
        from collector.findings import find_now

        decided = await run(store, name, order, by=by, reason=reason, now=_now())
        return decided, decided.event.kind is not Kind.ACCEPTED or await find_now(store)

    decided, found = _run(ctx, data, database_url, work, as_json=as_json)
    if as_json:
        _print_decided(decided)
    elif decided.event.kind is not Kind.ACCEPTED:
        typer.echo(f"{decided.event.name}: {by} accepts; {order} wants {decided.persons} persons, so others must too.")
    else:
        typer.echo(f"{decided.event.name} is attached to {order}: version {decided.version}.")
        typer.echo("It is asked from the next plan on. It counts no day before a notice names it:")
        typer.echo(f"  ottempera orders notice {order} --name {decided.event.name.rstrip('.')} ...")
        if not found:
            typer.echo("The process that judges this database takes it up within seconds.")


@app.command("reject")
def reject(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    name: Name,
    *,
    order: OrderNeeded,
    by: By,
    reason: Reason,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Take a name off the queue: it is back only if something new ties it to the site."""
    from collector.successors.people import reject as run

    decided = _run(
        ctx,
        data,
        database_url,
        lambda store: run(store, name, order, by=by, reason=reason, now=_now()),
        as_json=as_json,
    )
    if as_json:
        _print_decided(decided)
    else:
        typer.echo(f"{decided.event.name} is rejected. It is queued again only if new grounds appear.")


_EMPTY = "No name waits for a decision. `ottempera successors find` looks through what is known now."


def _run(
    ctx: typer.Context,
    data: Path | None,
    database_url: str | None,
    work: Callable[[Store], Awaitable[Any]],
    *,
    as_json: bool,
) -> Any:  # noqa: ANN401 - what *work* returns
    dsn: str = ctx.obj(data, database_url)

    async def run() -> Any:  # noqa: ANN401 - the same
        from collector.store import Store

        store = await Store.connect(dsn)
        try:
            deployment = await store.deployment()
            if deployment is not None and deployment.lab and not as_json:
                typer.echo(f"INVENTED DATA / DATI INVENTATI: {deployment.title or 'lab'}")
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())


def _print_decided(decided: Decided) -> None:
    from collector.successors.showing import event_row

    _print_json({**event_row(decided.event), "version": decided.version, "persons": decided.persons})


def _print_json(value: object) -> None:
    typer.echo(encode(value))


def _now() -> datetime:
    return datetime.now(UTC)
