"""What the `orders` commands that change nothing do."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import typer

from collector.compliance.difference import difference
from collector.compliance.entering import refuse_twice
from collector.compliance.history import Version
from collector.compliance.order_files import builtin_orders, checked, read_bounded
from collector.compliance.shown import describe, line_of, summary
from collector.compliance.written import write_order
from collector.registry.builtin import builtin_world
from collector.store import Store
from schema.codec import encode
from schema.errors import ConfigError
from schema.names import canonical
from schema.scope import coverings
from schema.toml import did_you_mean

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from collector.compliance.history import History

ROME: Final = ZoneInfo("Europe/Rome")
_TWO: Final = 2


@asynccontextmanager
async def opened(dsn: str) -> AsyncIterator[Store]:
    """The store of *dsn*, closed at the end.

    Raises:
        ConfigError: another schema, role or password. UnavailableError: nobody answers.
    """
    store = await Store.connect(dsn)
    try:
        yield store
    finally:
        await store.close()


async def found(store: Store, order_id: str) -> History:
    """The history of an order.

    Raises:
        ConfigError: it was never entered; the message names those that were.
    """
    history = await store.order_history(order_id)
    if history is None:
        known = ", ".join(await store.order_ids())
        remedy = f"There are: {known}." if known else "Enter one with `ottempera orders import FILE`."
        raise ConfigError(f"there is no order {order_id!r}", remedy=remedy)
    return history


def check_files(files: Sequence[Path], *, as_json: bool) -> None:
    """Say of each file what keeps its order's days from being counted.

    Raises:
        OrderError: a mistake in one of them, or two are of one order. UnavailableError: one cannot be read.
    """
    every = [checked(read_bounded(file), str(file)) for file in files]
    refuse_twice((one.file, one.order) for one in every)
    known = {one.operator_slug for one in builtin_world().resolvers}
    for one in every:
        if as_json:
            typer.echo(encode(one))
            continue
        typer.echo("\n".join(describe(Version(1, one.order, datetime.now(UTC)), entered=False)))
        for stranger in sorted(set(one.order.addressees) - known):
            typer.echo(
                f"No resolver that comes with the program is of {stranger!r}. {did_you_mean(stranger, sorted(known))}"
            )
        typer.echo(
            "The file is sound. " + ("Its days can be counted." if one.countable else "No day is counted under it.")
        )


def list_all(dsn: str | None, *, as_json: bool) -> None:
    """One line an order; of the database's where there is one."""
    histories = asyncio.run(_histories(dsn)) if dsn else {}
    rows = [summary(history.terms[-1], entered=True) for history in histories.values()]
    rows += [
        summary(Version(1, order, datetime.now(UTC)), entered=False)
        for _, order in builtin_orders()
        if order.id not in histories
    ]
    typer.echo(encode(rows) if as_json else "\n".join(line_of(row) for row in rows))


async def _histories(dsn: str) -> dict[str, History]:
    async with opened(dsn) as store:
        return await store.histories()


def show_order(dsn: str, order_id: str, number: int | None, *, as_json: bool) -> None:
    """An order and what still stands between it and its first counted day.

    Raises:
        ConfigError: no such order, or no such version.
    """
    version, versions, listed = asyncio.run(_shown(dsn, order_id, number))
    if as_json:
        row: dict[str, Any] = summary(version, entered=True, listed=listed)
        row["order"] = version.order
        row["versions"] = [
            {"version": one.number, "entered_at": one.entered_at, "entered_by": one.entered_by, "reason": one.reason,
             "document": one.document, "terms_from": one.terms_from}
            for one in versions
        ]  # fmt: skip
        typer.echo(encode(row))
        return
    typer.echo("\n".join(describe(version, entered=True, listed=listed)))
    typer.echo("Versions:")
    for one in versions:
        at = one.entered_at.astimezone(ROME)
        by = one.entered_by or "a scenario"
        document = f"; document {one.document[:16]}..." if one.document else ""
        typer.echo(f"  {one.number}  {at:%Y-%m-%d %H:%M}  {by}: {one.reason or 'entered'}{document}")


async def _shown(dsn: str, order_id: str, number: int | None) -> tuple[Version, tuple[Version, ...], int]:
    async with opened(dsn) as store:
        history = await found(store, order_id)
        listed = await store.newest_list(order_id)
        return _version(history, number), history.versions, listed.entries if listed else 0


def show_difference(dsn: str, order_id: str, numbers: Sequence[int], *, as_json: bool) -> None:
    """What one version says otherwise than another.

    Raises:
        ConfigError: no such order or version, or not two of them.
    """
    history = asyncio.run(_history(dsn, order_id))
    if numbers and len(numbers) != _TWO:
        raise ConfigError("two versions are compared", remedy=f"ottempera orders diff {order_id} 1 2")
    newest = history.newest.number
    first, second = numbers or (max(1, newest - 1), newest)
    before, after = _version(history, first), _version(history, second)
    changes = difference(before.order, after.order)
    if as_json:
        rows = [one._asdict() for one in changes]
        typer.echo(encode({"order_id": order_id, "before": first, "after": second, "changes": rows}))
        return
    typer.echo(f"{order_id}, version {first} to {second}" + ("" if changes else ": nothing differs"))
    for one in changes:
        if one.before is None:
            typer.echo(f"  + {one.field}: {one.after}")
        elif one.after is None:
            typer.echo(f"  - {one.field}: {one.before}")
        else:
            typer.echo(f"  ~ {one.field}: {one.before} -> {one.after}")


def export_order(dsn: str, order_id: str, number: int | None, *, as_json: bool) -> None:
    """An order as a file.

    Raises:
        ConfigError: no such order, or no such version.
    """
    version = _version(asyncio.run(_history(dsn, order_id)), number)
    if as_json:
        typer.echo(encode(version.order))
    else:
        typer.echo(write_order(version.order, f"Version {version.number} of {order_id}."), nl=False)


def explain_name(dsn: str, order_id: str, name: str, on: date | None, *, as_json: bool) -> None:
    """Whether a name is covered, and by what.

    Raises:
        ConfigError: no such order. FormatError: no name.
    """
    wanted, day = canonical(name), on or datetime.now(ROME).date()
    version, on_list = asyncio.run(_covering(dsn, order_id, wanted, day))
    by = coverings(version.order, wanted, day) if version else ()
    said = [f"{wanted} is {one.said(version.number)}" for one in by if version]
    if on_list:
        said.append(f"{wanted} is on the order's list, version {on_list}")
    if as_json:
        rules = [
            {"rule": one.scope + 1, "kind": one.rule, "attached": one.attached, "because": one.words} for one in by
        ]
        row = {"order_id": order_id, "name": wanted, "on": day, "version": version.number if version else None}
        typer.echo(encode({**row, "covered": bool(said), "by": rules, "list_version": on_list}))
    elif said:
        typer.echo("\n".join(said))
    elif version is None:
        typer.echo(f"{wanted} is not covered: no terms of {order_id} were in force on {day}")
    else:
        number = len(version.order.scope)
        typer.echo(f"{wanted} is not covered on {day}: none of the {number} rules of version {version.number} names it")
        bare = wanted.removeprefix("www.")
        if bare != wanted and coverings(version.order, bare, day):
            typer.echo(f"{bare} is: www. is a name of its own, which only the rule subtree takes along")


async def _covering(dsn: str, order_id: str, name: str, day: date) -> tuple[Version | None, int | None]:
    async with opened(dsn) as store:
        history = await found(store, order_id)
        listed = await store.newest_list(order_id)
        is_listed = listed is not None and name in await store.list_names(order_id)
        return history.in_force(day), listed.version if listed and is_listed else None


async def _history(dsn: str, order_id: str) -> History:
    async with opened(dsn) as store:
        return await found(store, order_id)


def _version(history: History, number: int | None) -> Version:
    if number is None:
        return history.terms[-1]
    for version in history.versions:
        if version.number == number:
            return version
    order_id = history.newest.order.id
    raise ConfigError(f"{order_id} has no version {number}", remedy=f"Its newest is {history.newest.number}.")
