"""`ottempera findings`: what orders came to, what is counted and what is not and why, a day, a page of text for counsel."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import typer

from deploy.source import database
from schema.errors import ConfigError
from schema.names import canonical, slug

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collector.compliance.explain import Account

Data = Annotated[Path | None, typer.Option("--data", help="Folder of the deployment and its embedded Postgres.")]
Url = Annotated[
    str | None, typer.Option("--database-url", envvar="OTTEMPERA_DATABASE_URL", help="Any Postgres instead.")
]


class Wanted(NamedTuple):
    """What is asked for; None means all. *name* has the final dot, *operator* is a slug."""

    order: str | None = None
    operator: str | None = None
    name: str | None = None

    def holds(self, account: Account) -> bool:
        """Whether *account* is among it."""
        found = account.sum
        return all(
            wanted in {None, value}
            for wanted, value in zip(self, (found.order_id, found.operator, found.name), strict=True)
        )


def findings(  # noqa: PLR0913 - an option is a parameter
    *,
    data: Data = None,
    database_url: Url = None,
    order: Annotated[str | None, typer.Option("--order", help="Only this order.")] = None,
    operator: Annotated[str | None, typer.Option("--operator", help="Only this addressee.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="Only this name.")] = None,
    day: Annotated[str | None, typer.Option("--day", help="One day with all its rows: 2022-08-11.")] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="A page of text for each order, addressee and name.")
    ] = False,
    lang: Annotated[Literal["en", "it"], typer.Option("--lang", help="English or Italian.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="A JSON array of rows; times are UTC.")] = False,
) -> None:
    """What each order came to, per addressee and name: what is counted, and what is not and why."""
    from deploy import findings_text as shown
    from deploy.tables import print_json

    wanted = Wanted(order, slug(operator) if operator else None, canonical(name) if name else None)
    on = _day(day)
    accounts, orders = asyncio.run(_read(database(data, database_url), wanted))
    if explain and as_json:
        print_json(shown.pages(accounts))
    elif explain:
        shown.print_pages(accounts, lang, orders, asked=any(wanted))
    elif on and as_json:
        print_json(shown.day_rows(accounts, on))
    elif on:
        shown.print_day(accounts, on, lang)
    elif as_json:
        print_json(shown.sum_rows(accounts))
    else:
        shown.print_sums(accounts, lang, orders, asked=any(wanted))


def _day(text: str | None) -> date | None:
    """The day in *text*.

    Raises:
        ConfigError: it is none.
    """
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ConfigError(f"{text!r} is no day", remedy="Write it as 2022-08-11.") from error


async def _read(dsn: str, wanted: Wanted) -> tuple[Sequence[Account], Sequence[str]]:
    from collector.findings.accounts import read_accounts
    from collector.store import Store

    store = await Store.connect(dsn)
    try:
        accounts = await read_accounts(store, wanted.order)
        return [one for one in accounts if wanted.holds(one)], await store.order_ids()
    finally:
        await store.close()
