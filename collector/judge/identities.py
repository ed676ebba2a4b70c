"""What the endpoints of one round say of themselves, put together so that they can be compared."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from collector.judge.path import Who, on_line, together

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from collector.judge.layout import At
    from collector.judge.registered import Registered


class Identities:
    """*says* is what each endpoint *at* says of itself; *line_asn* is the vantage's network."""

    def __init__(
        self, says: Mapping[tuple[str, str], Who], at: Iterable[At], registered: Registered, line_asn: int
    ) -> None:
        self._at = [(one, says[one.resolver, one.endpoint]) for one in at]
        self._registered = registered
        self._line_asn = line_asn

    def verified(self, identifier: str) -> Who:
        """What a resolver says of itself where a certificate vouches for it: elsewhere no reading is left of an answer."""
        return self._verified.get(identifier, Who())

    def others(self, identifier: str) -> dict[str, Who]:
        """What can be trusted of other operators: the line's own resolvers, and, to compare with it, who is verified."""
        own = self._registered.operator(identifier)
        found = {
            f"{at.resolver} {at.endpoint}": said
            for at, said in self._at
            if on_line(self._registered.resolver(at.resolver), self._line_asn)
            and self._registered.operator(at.resolver) != own
        }
        if self.verified(identifier).text:
            found |= {other: said for other, said in self._verified.items() if self._registered.operator(other) != own}
        return found

    @cached_property
    def _verified(self) -> dict[str, Who]:
        by_resolver: dict[str, list[Who]] = {}
        for at, said in self._at:
            if at.verifiable:
                by_resolver.setdefault(at.resolver, []).append(said)
        return {identifier: together(found) for identifier, found in by_resolver.items()}
