"""The registry as one round needs it: looked up often, and silent about nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schema.registry import Resolver

if TYPE_CHECKING:
    from collections.abc import Iterable


class Registered:
    """Resolvers by id; an id that is not listed is a public resolver of its own operator."""

    def __init__(self, resolvers: Iterable[Resolver]) -> None:
        self._resolvers = {resolver.id: resolver for resolver in resolvers}
        self._operators: dict[str, str] = {}

    def resolver(self, identifier: str) -> Resolver:
        """The entry of a resolver."""
        found = self._resolvers.get(identifier)
        if found is None:
            found = self._resolvers[identifier] = Resolver(identifier, identifier)
        return found

    def operator(self, identifier: str) -> str:
        """The slug of the operator behind a resolver."""
        found = self._operators.get(identifier)
        if found is None:
            found = self._operators[identifier] = self.resolver(identifier).operator_slug
        return found
