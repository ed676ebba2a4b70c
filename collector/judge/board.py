"""The records of one round laid out by what they bear on, and the verdicts that follow."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final

from collector.judge.evidence import Evidence, Heard, Scene, Scenery, Testimony
from collector.judge.identities import Identities
from collector.judge.path import far, on_line, shown, site, who
from collector.judge.shared import NOTHING, Shared, shared
from collector.judge.standing import Standing, standing
from schema.log import leaf_hash
from schema.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from collector.judge.evidence import Conclusion
    from collector.judge.layout import Target
    from collector.judge.path import Who
    from collector.judge.setting import Known, Setting
    from collector.judge.verdict import Matter
    from schema.record import Record

_FULL_DOTS: Final = 2  # `example.org.`: a registered name, the top of its zone
_place: Final = attrgetter("place")


class Board:
    """A round, read once. Of two records of one cell the first counts."""

    def __init__(self, records: Sequence[tuple[bytes, Record]], setting: Setting) -> None:
        """Read *records*.

        Raises:
            FormatError: a record's endpoint is none.
        """
        by_cell: dict[int, tuple[bytes, Record]] = {}
        for one in records:
            by_cell.setdefault(one[1].cell, one)
        self._records = [by_cell[cell] for cell in sorted(by_cell)]
        self._setting = setting
        looks = [setting.look(record) for _, record in self._records]
        self._seen = [seen for seen, _, _ in looks]
        self._nsids = [nsid for _, nsid, _ in looks]
        self._ttls = [ttl for _, _, ttl in looks]
        self._layout = setting.layout(tuple(map(_place, self._seen)))

    def verdicts(self) -> Iterator[Verdict]:
        """One per resolver and name that is a target, sorted by both."""
        for target, found, together in self._known():
            yield self._verdict(target, found.conclusion(together))

    def matters(self) -> Iterator[tuple[Verdict, Evidence, Matter, list[Record]]]:
        """The verdicts with what they were drawn from, and the records of the evidence's cells and then of its twins."""
        for target, found, together in self._known():
            records = [self._records[number][1] for number in (*target.cells, *target.twins)]
            verdict = self._verdict(target, found.conclusion(together))
            yield verdict, found.evidence, found.matter(together), records

    def _known(self) -> Iterator[tuple[Target, Known, Shared]]:
        """What is known of each target, sorted by resolver and name, and the addresses shared with other names."""
        says = {(at.resolver, at.endpoint): self._who(at.cells, at.not_targets) for at in self._layout.at}
        scenes, testimonies = self._scenes(says), self._testimonies()
        known: list[tuple[Target, Known]] = []
        suspected: dict[str, list[int]] = {}
        for number, target in enumerate(self._layout.targets):
            scene = scenes[target.resolver]
            away: tuple[str, ...] = ()
            if target.open_at and not scene.scenery.on_line:
                away = tuple(
                    endpoint
                    for endpoint, cells in target.open_at
                    if far(says[target.resolver, endpoint], map(self._ttls.__getitem__, cells))
                )
            seen = self._seen.__getitem__
            cells, twins = tuple(map(seen, target.cells)), tuple(map(seen, target.twins))
            found = self._setting.known(Evidence(scene, testimonies[target.name], cells, twins, away))
            known.append((target, found))
            if found.suspects:
                suspected.setdefault(target.resolver, []).append(number)
        together: dict[str, Shared] = {
            resolver: shared((known[at][0].name, known[at][1].suspects) for at in numbers)
            for resolver, numbers in suspected.items()
            if len(numbers) > 1
        }
        for target, found in known:
            yield target, found, together.get(target.resolver, NOTHING)

    def _verdict(self, target: Target, said: Conclusion) -> Verdict:
        first = self._records[target.cells[0]][1]
        cell = digest = None
        if said.witness is not None:
            line, record = self._records[target.cells[said.witness]]
            cell, digest = record.cell, leaf_hash(line).hex()
        return Verdict(
            first.plan, first.probe, target.resolver, target.name, said.outcome, said.how, said.origin, said.label,
            said.site, said.rule, cell, digest, said.counts, said.endpoints, said.notes,
        )  # fmt: skip

    def _who(self, cells: tuple[int, ...], not_targets: tuple[int, ...]) -> Who:
        return who(
            ((self._seen[number], self._ttls[number]) for number in not_targets), {self._nsids[at] for at in cells}
        )

    def _scenes(self, says: dict[tuple[str, str], Who]) -> dict[str, Scene]:
        """How each resolver stands that is a target."""
        setting, layout = self._setting, self._layout
        registered, line_asn = setting.registered, setting.line_asn
        self._standings = {
            (at.resolver, at.endpoint): standing(
                [self._seen[number] for number in at.good], [self._seen[number] for number in at.absent]
            )
            for at in layout.at
        }
        answered = [self._seen[number] for number in layout.canaries]
        canary = {
            seen.place.reach.transport for seen in answered if seen.reading is not None and not seen.place.verifiable
        }
        identities = Identities(says, layout.at, registered, line_asn)
        scenes: dict[str, Scene] = {}
        for identifier in dict.fromkeys(target.resolver for target in layout.targets):
            resolver = registered.resolver(identifier)
            at_home = on_line(resolver, line_asn)
            verified, others = identities.verified(identifier), identities.others(identifier)
            standings: list[tuple[str, Standing]] = []
            intercepted: set[str] = set()
            for at in layout.at:
                if at.resolver != identifier:
                    continue
                key = (identifier, at.endpoint)
                standings.append((at.endpoint, self._standings[key]))
                if (
                    not at_home
                    and not at.verifiable
                    and (at.transport in canary or shown(says[key], verified, resolver, others))
                ):
                    intercepted.add(at.endpoint)
            sites = [self._seen[number] for number in layout.sites.get(identifier, ())]
            scenes[identifier] = setting.scene(
                Scenery(
                    resolver,
                    at_home,
                    resolver.on_net_only and bool(line_asn) and line_asn not in resolver.asns,
                    tuple(standings),
                    frozenset(intercepted),
                    (site(one for one in sites if not one.verified), site(one for one in sites if one.verified)),
                )
            )
        return scenes

    def _testimonies(self) -> dict[str, Testimony]:
        """What independent operators say of each name that is a target."""
        layout = self._layout
        apexes = {seen.place.name for seen in self._seen if seen.apex and seen.place.about_name}
        found: dict[str, Testimony] = {}
        for name, under_test in layout.under_test.items():
            cells = tuple([self._seen[number] for number in layout.controls.get(name, ())])
            ailing = tuple([self._standings[seen.place.resolver, seen.place.endpoint].ails for seen in cells])
            apex = name in apexes or name.count(".") == _FULL_DOTS
            found[name] = self._setting.testimony(Heard(name, cells, ailing, under_test, apex))
        return found
