"""Order files: TOML that people write, into an `Order`; a mistake is named by line, field and what to do."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec.structs import replace

from schema.errors import FormatError
from schema.names import canonical
from schema.order import Order, OrderError, Scope, ScopeRule
from schema.order_checks import check_order
from schema.scope import registrable
from schema.toml import Document, Path, convert, load

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")
_TAKES_NAMES = frozenset({ScopeRule.ADJUDICATED, ScopeRule.LISTED_ALIAS})


def read_order(data: bytes, name: str) -> Order:
    """The order in *data*; *name* is what messages call the file.

    Raises:
        OrderError: not TOML, an unknown key or word, a value that cannot be; it says where and what to do.
    """
    return _checked(load(data, name, OrderError), ())


def inline_orders(data: bytes, name: str) -> tuple[Order, ...]:
    """The orders that a scenario carries as `[[order]]` tables.

    Raises:
        OrderError: as `read_order`; also an id that stands twice.
    """
    document = load(data, name, OrderError)
    tables = document.tables.get("order", [])
    if not isinstance(tables, list):
        raise document.error(("order",), "one table in place of a list", "Write [[order]] with two brackets.")
    orders = tuple(_checked(document, ("order", position)) for position in range(len(tables)))
    for identifier in _twice(order.id for order in orders):
        position = max(number for number, order in enumerate(orders) if order.id == identifier)
        raise document.error(
            ("order", position, "id"), f"{identifier!r} stands twice", "Give each order an id of its own."
        )
    return orders


def _checked(document: Document, at: Path) -> Order:
    _refuse_numbers(document, at)
    order = convert(document, Order, at)
    check_order(document, at, order)
    scope = tuple(_checked_scope(document, (*at, "scope", i), entry) for i, entry in enumerate(order.scope))
    for key in _twice((entry.name, entry.rule) for entry in scope):
        position = max(number for number, entry in enumerate(scope) if (entry.name, entry.rule) == key)
        raise document.error((*at, "scope", position), f"{key[0]} stands twice as {key[1]}", "Remove one of the two.")
    notices = tuple(
        replace(notice, names=tuple(_name(document, (*at, "notice", i, "names"), name) for name in notice.names))
        for i, notice in enumerate(order.notice)
    )
    return replace(order, scope=scope, notice=notices)


def _refuse_numbers(document: Document, at: Path) -> None:
    """An amount that TOML reads as a number has lost its cents before anybody could look."""
    table: Any = document.tables
    for step in at:
        table = table[step]
    penalty = table.get("penalty_per_day") if isinstance(table, dict) else None
    amount = penalty.get("amount") if isinstance(penalty, dict) else None
    if isinstance(amount, int | float):
        raise document.error(
            (*at, "penalty_per_day", "amount"),
            f"{amount} is a number, and amounts are decimal text: a binary fraction is not exact",
            'Write it in quotes: amount = "10000.50".',
        )


def _checked_scope(document: Document, at: Path, entry: Scope) -> Scope:
    if entry.attached and entry.rule not in _TAKES_NAMES:
        remedy = f"Give the attached names an entry with rule = {ScopeRule.ADJUDICATED.value!r}."
        raise document.error((*at, "attached"), f"an entry with the rule {entry.rule} takes no attached names", remedy)
    attached = tuple(
        replace(one, name=_name(document, (*at, "attached", i, "name"), one.name))
        for i, one in enumerate(entry.attached)
    )
    for name in _twice(one.name for one in attached):
        raise document.error((*at, "attached"), f"{name} is attached twice", "Remove one of the two.")
    name = _name(document, (*at, "name"), entry.name)
    if entry.rule is ScopeRule.SAME_LABEL_ANY_TLD and registrable(name) != name:
        raise document.error(
            (*at, "name"),
            f"{name} does not lie directly below a public suffix, so that it is not said which label is meant",
            f"Write the name that is registered: {registrable(name) or 'example.org'}",
        )
    return replace(entry, name=name, attached=attached)


def _name(document: Document, at: Path, text: str) -> str:
    try:
        name = canonical(text)
    except FormatError as error:
        raise document.error(at, str(error), error.remedy or "Write a domain name: example.org") from error
    if name.count(".") == 1:
        raise document.error(at, f"{text!r} is a whole top level domain", "Write the name of one site.")
    return name


def _twice(things: Iterable[T]) -> list[T]:
    return [thing for thing, times in Counter(things).items() if times > 1]
