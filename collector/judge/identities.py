"""What the endpoints of one round say of themselves, put together so that they can be compared."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from collector.judge.path import Who, on_line, site, who

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collector.judge.registered import Registered
    from collector.judge.seen import Seen


class Identities:
    """*cells* are all cells of the round by resolver and endpoint; *line_asn* is the vantage's network."""

    def __init__(self, cells: Mapping[tuple[str, str], list[Seen]], registered: Registered, line_asn: int) -> None:
        self._cells = cells
        self._registered = registered
        self._line_asn = line_asn
        self._at: dict[tuple[str, str], Who] = {}
        self._others: dict[str, dict[str, Who]] = {}

    def at(self, identifier: str, endpoint: str) -> Who:
        """What one endpoint says of itself."""
        key = (identifier, endpoint)
        found = self._at.get(key)
        if found is None:
            found = self._at[key] = who(self._cells.get(key, ()))
        return found

    def verified(self, identifier: str) -> Who:
        """What a resolver says of itself where a certificate vouches for it."""
        return self._verified.get(identifier, Who())

    def others(self, identifier: str) -> dict[str, Who]:
        """What can be trusted of other operators: the line's own resolvers, and, to compare with it, who is verified."""
        found = self._others.get(identifier)
        if found is None:
            found = self._others[identifier] = self._find_others(identifier)
        return found

    def site(self, identifier: str, *, verified: bool) -> str | None:
        """Where the answering server stands, by its own word on the channel that is meant."""
        return self._sites.get((identifier, verified))

    @cached_property
    def _verified(self) -> dict[str, Who]:
        cells: dict[str, list[Seen]] = defaultdict(list)
        for (identifier, _), at in self._cells.items():
            cells[identifier] += [seen for seen in at if seen.verified]
        return {identifier: who(found) for identifier, found in cells.items()}

    @cached_property
    def _sites(self) -> dict[tuple[str, bool], str | None]:
        cells: dict[tuple[str, bool], list[Seen]] = defaultdict(list)
        for (identifier, _), at in self._cells.items():
            for seen in at:
                cells[identifier, seen.verified].append(seen)
        return {key: site(sorted(found, key=lambda seen: seen.record.cell)) for key, found in cells.items()}

    def _find_others(self, identifier: str) -> dict[str, Who]:
        own = self._registered.operator(identifier)
        found = {
            f"{other} {endpoint}": self.at(other, endpoint)
            for other, endpoint in self._cells
            if on_line(self._registered.resolver(other), self._line_asn) and self._registered.operator(other) != own
        }
        if self.verified(identifier).text:
            found |= {other: said for other, said in self._verified.items() if self._registered.operator(other) != own}
        return found
