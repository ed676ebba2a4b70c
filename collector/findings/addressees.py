"""The resolvers that addressees answer for, by the registries of the published plans."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from schema.codec import encode
from schema.words import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collector.library import Library
    from collector.store import Store
    from schema.registry import Resolver


class Addressees:
    """Every resolver that a plan ever listed, each as the newest plan that lists it does; controls are left out."""

    def __init__(self, store: Store, library: Library) -> None:
        """Read from *store* what is not read yet."""
        self._store = store
        self._library = library
        self._seen = 0
        self._resolvers: dict[str, tuple[int, Resolver]] = {}

    async def refresh(self) -> None:
        """Read the plans that were published since the last time."""
        for digest, newest in await self._store.policies_after(self._seen):
            for one in (await self._library.policy(digest)).resolvers:
                if one.id not in self._resolvers or self._resolvers[one.id][0] < newest:
                    self._resolvers[one.id] = (newest, one)
            self._seen = max(self._seen, newest)

    def of(self, operators: Iterable[str]) -> tuple[Resolver, ...]:
        """The resolvers of *operators*, which are slugs, by id."""
        wanted = frozenset(operators)
        return tuple(
            one
            for _, (_, one) in sorted(self._resolvers.items())
            if one.operator_slug in wanted and one.kind is not Kind.CONTROL
        )

    def twins(self) -> frozenset[str]:
        """Those that are another one's unfiltered twin."""
        return frozenset(one.twin for _, one in self._resolvers.values() if one.twin)

    def digest(self, operators: Iterable[str]) -> str:
        """Hex SHA-256 of `of` and whose twin each is: changes when one of them does."""
        found = self.of(operators)
        twins = self.twins()
        return sha256(encode((found, [one.id for one in found if one.id in twins]))).hexdigest()
