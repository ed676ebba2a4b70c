"""Whom orders oblige for which names, as a policy says it to the judge: they are no controls, and caches may be older. Pure."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING

from collector.compliance.bounds import bounds
from collector.compliance.duty import Duties
from schema.policy import Bound
from schema.scope import covers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from collector.compliance.history import History
    from schema.registry import Resolver


def bounds_of(
    histories: Iterable[History],
    resolvers: Iterable[Resolver],
    names: Collection[str],
    listed: Mapping[str, Collection[str]],
) -> tuple[Bound, ...]:
    """For which of *names* (with their final dot) which operators are obliged, and since when a name has been due.

    `due_at` is the beginning of the first due day at any resolver of the operator, where one is known. *listed* are names
    of lists by the id of their order. What any version ever covered binds for good: who was once obliged is not asked what
    is true. Equal histories give equal bounds, in one order.
    """
    by_operator: dict[str, list[Resolver]] = defaultdict(list)
    for resolver in resolvers:
        by_operator[resolver.operator_slug].append(resolver)
    found: dict[tuple[tuple[str, ...], datetime | None], set[str]] = defaultdict(set)
    for history in histories:
        own = frozenset(listed.get(history.newest.order.id, ()))
        covered = [name for name in names if name in own or _covered(history, name)]
        operators = {one for version in history.terms for one in version.order.addressees}
        duties = Duties(history)
        for operator in operators:
            due: dict[datetime | None, list[str]] = defaultdict(list)
            for name in covered:
                due[_due_at(history, duties, by_operator.get(operator, ()), name)].append(name)
            for at, some in due.items():
                found[tuple(sorted(some)), at].add(operator)
    bound = (Bound(some, tuple(sorted(operators)), at) for (some, at), operators in found.items())
    return tuple(sorted(bound, key=lambda one: (one.names, one.operators, str(one.due_at))))


def _covered(history: History, name: str) -> bool:
    return any(
        covers(version.order, name, date.max) is not None or any(entry.name == name for entry in version.order.scope)
        for version in history.terms
    )


def _due_at(history: History, duties: Duties, resolvers: Iterable[Resolver], name: str) -> datetime | None:
    days = [day for one in resolvers if (day := duties.first_due(one, name)) is not None]
    return bounds(min(days), history.newest.order.timezone).start if days else None
