"""What a bundle is asked for: an order, operators, names and days, settled against what the ledger knows. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from schema.bundle.parts import Query
from schema.codec import reader
from schema.errors import ConfigError
from schema.names import canonical
from schema.order import Order
from schema.words import Role

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date

    from schema.cells import Cell
    from schema.policy import Policy

ROME: Final = ZoneInfo("Europe/Rome")
#: An order as the ledger has it, in JSON.
read_order_body = reader(Order, "order")


def settle(
    order: Order,
    version: int,
    *,
    operators: Sequence[str] = (),
    names: Sequence[str] = (),
    days: tuple[date, date],
) -> Query:
    """The question in full: every addressee and every name of the order, unless fewer are asked for.

    Raises:
        ConfigError: an operator that the order does not oblige, a name outside its scope, days in the wrong order.
        FormatError: a name that is none.
    """
    first, last = days
    if last < first:
        raise ConfigError(f"the period ends on {last}, before it begins on {first}", remedy="Exchange --from and --to.")
    scope = order.names
    return Query(
        order=order.id,
        version=version,
        operators=_among(operators, order.addressees, f"{order.id} obliges no operator"),
        names=_among([canonical(name) for name in names], scope, f"the scope of {order.id} has no name"),
        first_day=first,
        last_day=last,
    )


def _among(wanted: Iterable[str], known: Iterable[str], refusal: str) -> tuple[str, ...]:
    listed = sorted(known)
    asked = sorted(set(wanted)) or listed
    for one in asked:
        if one not in listed:
            raise ConfigError(f"{refusal} {one}", remedy=f"It has: {', '.join(listed)}.")
    return tuple(asked)


def period(query: Query) -> tuple[datetime, datetime]:
    """From the first day's midnight to the midnight after the last, Europe/Rome."""
    midnight = time(tzinfo=ROME)
    return (
        datetime.combine(query.first_day, midnight),
        datetime.combine(query.last_day + timedelta(days=1), midnight),
    )


def pairs_of(query: Query, policy: Policy, cells: Iterable[Cell]) -> frozenset[tuple[str, str]]:
    """Resolver and name of everything that a plan with this policy and these *cells* asks of what *query* is about."""
    operators, names = frozenset(query.operators), frozenset(query.names)
    resolvers = frozenset(one.id for one in policy.resolvers if one.operator_slug in operators)
    return frozenset(
        (cell.resolver, cell.name)
        for cell in cells
        if cell.role is Role.TARGET and cell.name in names and cell.resolver in resolvers
    )


def require_asked(query: Query, asked: Collection[tuple[str, str]]) -> None:
    """Return if each operator (slug) and name of *query* is among those *asked* in the period.

    Raises:
        ConfigError: one is not; whoever answered the query without it would leave it out in silence.
    """
    for operator in query.operators:
        for name in query.names:
            if (operator, name) not in asked:
                raise ConfigError(
                    f"no plan from {query.first_day} to {query.last_day} asks {operator} for {name}",
                    remedy="Ask for the days on which it was measured, or for other --name and --operator.",
                )
