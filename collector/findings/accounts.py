"""Reads what is stored of orders, operators and names, for who explains it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from collector.compliance.explain import Account

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Protocol, TypeVar

    from collector.store import Store

    class _Of(Protocol):
        @property
        def order_id(self) -> str: ...
        @property
        def operator(self) -> str: ...
        @property
        def name(self) -> str: ...

    T = TypeVar("T", bound=_Of)


async def read_accounts(store: Store, order: str | None = None) -> list[Account]:
    """The accounts of *order* or of all orders, by order, operator and name; none where nothing was found yet.

    Raises:
        FormatError: an order is stored that this program cannot read.
    """
    deployment = await store.deployment()
    invented = (deployment.title or "a lab") if deployment and deployment.lab else ""
    histories = await store.histories()
    readings = _by_account(await store.stored_readings())
    accounts: list[Account] = []
    for order_id, sums in groupby(await store.stored_sums(), key=lambda one: one.order_id):
        if order not in {None, order_id}:
            continue
        days = _by_account(await store.stored_days(order_id))
        challenges = await store.challenges(order_id)
        for one in sums:
            key = (one.order_id, one.operator, one.name)
            resolvers = {row.resolver for row in days.get(key, ())}
            met = [row for row in challenges if row.name == one.name and row.resolver in resolvers]
            accounts.append(Account(histories[order_id], one, days.get(key, []), readings.get(key, []), met, invented))
    return accounts


def _by_account(rows: Iterable[T]) -> dict[tuple[str, str, str], list[T]]:
    found: dict[tuple[str, str, str], list[T]] = {}
    for row in rows:
        found.setdefault((row.order_id, row.operator, row.name), []).append(row)
    return found
