"""Shows, by what was answered about a name, that another than the resolver answers at its endpoints on port 53."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from collector.judge.seen import Form
from schema.words import Kind, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from collector.judge.evidence import Evidence
    from collector.judge.fold import Opinion, Said

_PAGES: Final = frozenset({"stop_page_address", "stop_page_alias"})


class Path:
    """The path to one resolver, by what all *opinions* on one name show."""

    def __init__(self, opinions: Sequence[Opinion], evidence: Evidence) -> None:
        self._opinions = opinions
        self._evidence = evidence
        self._scene = evidence.scene.scenery

    @cached_property
    def shown(self) -> set[str]:
        """The endpoints on port 53 at which another than the resolver is shown to answer."""
        known = self._scene.intercepted.union(self._evidence.far)
        return self._where(
            lambda one: one.seen.place.endpoint in known or one.seen.form is Form.SEVERAL or self._of_another(one)
        )

    @cached_property
    def national(self) -> set[str]:
        """Those at which a public resolver answers a page that is on a list, whosever it is."""
        public = self._scene.resolver.kind is Kind.PUBLIC
        return self._where(lambda one: public and one.label is not None and one.rule.rule_id in _PAGES)

    def pages(self, said: Said) -> tuple[str, ...]:
        """Those at which the page of another network is answered, as far as the channel of *said* lets it be shown."""
        found = self._where(self._of_another)
        if said.verifiable and said.outcome is Outcome.OPEN:
            found |= self.national
        return tuple(sorted(found))

    def _where(self, holds: Callable[[Opinion], bool]) -> set[str]:
        """The endpoints on port 53 of opinions of which something holds; none on the line's own resolver."""
        if self._scene.on_line:
            return set()
        return {one.seen.place.endpoint for one in self._opinions if not one.seen.place.verifiable and holds(one)}

    def _of_another(self, opinion: Opinion) -> bool:
        """Whether the block is the page of a network that is not the resolver's; an address that anybody may give is nobody's."""
        label = opinion.label
        if label is None or opinion.rule.rule_id not in _PAGES or label.here:
            return False
        return label.on_line or (bool(label.fingerprint.asns) and bool(self._scene.resolver.asns))
