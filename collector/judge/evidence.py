"""Everything in a round that bears on one resolver and name, and nothing else: equal evidence is judged once.

What stands here holds no time, no plan, no probe, no bytes and no cell's number, so that a conclusion cannot depend on
them. Parts are compared by identity where one setting makes one of each; two that are alike and not the same are
judged twice, which changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from collector.judge.standing import Standing

if TYPE_CHECKING:
    from collector.judge.seen import Seen
    from collector.judge.testimony import Testimony
    from schema.registry import Resolver
    from schema.verdict import Counts
    from schema.words import How, Note, Origin, Outcome


class Scenery(NamedTuple):
    """How a resolver stands in a round, apart from any name."""

    resolver: Resolver
    on_line: bool  # it is that of the operator on whose line the vantage stands
    off_net: bool  # it serves its own network only, and the vantage is elsewhere
    standings: tuple[tuple[str, Standing], ...]  # by endpoint
    silences: int  # how many questions must be left without an answer to mean something, by what the round loses
    intercepted: frozenset[str]  # endpoints on port 53 at which another is shown to answer, whatever is asked


class Scene:
    """A scenery to be compared by identity."""

    def __init__(self, scenery: Scenery) -> None:
        self.scenery = scenery
        self.standing = dict(scenery.standings)


class Evidence(NamedTuple):
    """What a conclusion is drawn from, together with the setting's rules and the addresses shared with other names."""

    scene: Scene
    testimony: Testimony
    cells: tuple[Seen, ...]  # in order
    twins: tuple[Seen, ...]  # the same questions at the resolver's unfiltered twin
    beside: tuple[Seen, ...]  # the same questions at the resolver itself, as a control of others
    looked: frozenset[str]  # addresses at which a certificate for the name was shown
    far: tuple[str, ...]  # endpoints on port 53 from which answers about the name come another distance


class Conclusion(NamedTuple):
    """A verdict without where and when; *witness* is a place among the cells."""

    outcome: Outcome
    how: How | None
    origin: Origin | None
    label: str | None
    rule: str
    witness: int | None
    counts: Counts
    endpoints: dict[str, Outcome]
    notes: tuple[Note, ...]
    pages: tuple[str, ...]  # endpoints on port 53 at which the page of a network is answered that is not the resolver's
