"""The records of one round laid out by what they bear on, and the verdicts that follow."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from collector.judge.again import silences_needed
from collector.judge.evidence import Evidence, Scene, Scenery
from collector.judge.identities import Identities
from collector.judge.path import far, on_line, signs, site, who
from collector.judge.seen import SILENT, Form
from collector.judge.shared import NOTHING, Shared, shared
from collector.judge.standing import Health, Standing, standing
from collector.judge.testimony import Heard, Testimony
from schema.log import leaf_hash
from schema.looks import is_look_at
from schema.verdict import Interception, NameFacts, Verdict
from schema.words import Note, Outcome, Role, Sign

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
        for target, found, together in self._known:
            yield self._verdict(target, found.conclusion(together))

    def matters(self) -> Iterator[tuple[Verdict, Evidence, Matter, list[Record]]]:
        """The verdicts with what they were drawn from, and the records of the evidence's cells and then of its twins."""
        for target, found, together in self._known:
            records = [self._records[number][1] for number in (*target.cells, *target.twins)]
            verdict = self._verdict(target, found.conclusion(together))
            yield verdict, found.evidence, found.matter(together), records

    def _notes(self, target: Target, said: Conclusion) -> tuple[Note, ...]:
        """The conclusion's notes, and whether a cache may have kept the answer since before an order fell due.

        What a cache may keep is `cache_s`; what remains of it says how long it has been kept at most.
        """
        policy = self._setting.policy
        due_at = self._setting.due_at(target.resolver, target.name)
        if due_at is None or said.outcome is not Outcome.OPEN or said.witness is None:
            return said.notes
        number = target.cells[said.witness]
        at = self._records[number][1].at
        if not due_at <= at < due_at + timedelta(seconds=policy.cache_s):
            return said.notes
        remaining = self._setting.remaining_s(self._records[number][1])
        if at - timedelta(seconds=max(0, policy.cache_s - remaining)) >= due_at:
            return said.notes
        return tuple(sorted({*said.notes, Note.MAY_BE_CACHED}, key=list(Note).index))

    def interceptions(self) -> list[Interception]:
        """Endpoints on port 53 at which another than the resolver is shown to answer, and by what; sorted."""
        found = {key: set(signs) for key, signs in self._signs.items()}
        for target, known, together in self._known:
            at = target.resolver
            for endpoint in known.evidence.far:
                found[at, endpoint].add(Sign.DISTANCE)
            for endpoint in known.conclusion(together).pages:
                found[at, endpoint].add(Sign.STOP_PAGE)
        first = self._records[0][1]
        return [
            Interception(first.plan, first.probe, resolver, endpoint, tuple(sorted(signs)))
            for (resolver, endpoint), signs in sorted(found.items())
            if signs
        ]

    def names(self) -> list[NameFacts]:
        """What independent operators say of each name that is a target, or that they alone are asked for; sorted."""
        first = self._records[0][1]
        return [
            NameFacts(first.plan, first.probe, name, *testimony.facts)
            for name, testimony in sorted(self._testimonies.items())
        ]

    @cached_property
    def _known(self) -> list[tuple[Target, Known, Shared]]:
        """What is known of each target, sorted by resolver and name, and the addresses shared with other names."""
        scenes, says = self._scenes, self._says
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
            cells, twins, beside = (tuple(map(seen, those)) for those in (target.cells, target.twins, target.beside))
            found = self._setting.known(
                Evidence(scene, self._testimonies[target.name], cells, twins, beside, self._looked(target.name), away)
            )
            known.append((target, found))
            if found.suspects:
                suspected.setdefault(target.resolver, []).append(number)
        together: dict[str, Shared] = {
            resolver: shared((known[at][0].name, known[at][1].suspects) for at in numbers)
            for resolver, numbers in suspected.items()
            if len(numbers) > 1
        }
        return [(target, found, together.get(target.resolver, NOTHING)) for target, found in known]

    def _verdict(self, target: Target, said: Conclusion) -> Verdict:
        first = self._records[target.cells[0]][1]
        cell = digest = where = None
        if said.witness is not None:
            number = target.cells[said.witness]
            line, record = self._records[number]
            cell, digest = record.cell, leaf_hash(line).hex()
            asked = self._layout.sites.get((target.resolver, record.endpoint), ())
            others = [at for at in target.cells if self._seen[at].place.endpoint == record.endpoint]
            where = site(map(self._seen.__getitem__, asked), map(self._nsids.__getitem__, (number, *others)))
        return Verdict(
            first.plan, first.probe, target.resolver, target.name, said.outcome, said.how, said.origin, said.label,
            where, said.rule, cell, digest, said.counts, said.endpoints, self._notes(target, said),
        )  # fmt: skip

    def _looked(self, name: str) -> frozenset[str]:
        """The addresses at which a certificate that is valid for *name* was shown: such a look leaves nothing but that."""
        looks = [self._seen[number] for number in self._layout.apart[Role.LOOK]]
        return frozenset(
            seen.place.reach.address
            for seen in looks
            if seen.place.name == name
            and seen.verified
            and seen.form is Form.UNUSABLE
            and is_look_at(seen.place.reach, name)
        )

    def _who(self, cells: tuple[int, ...], not_targets: tuple[int, ...]) -> Who:
        return who(
            ((self._seen[number], self._ttls[number]) for number in not_targets), {self._nsids[at] for at in cells}
        )

    @cached_property
    def _says(self) -> dict[tuple[str, str], Who]:
        """What each endpoint says of itself."""
        return {(at.resolver, at.endpoint): self._who(at.cells, at.not_targets) for at in self._layout.at}

    @cached_property
    def _standings(self) -> dict[tuple[str, str], Standing]:
        """How each endpoint treats names that no order is about."""
        seen = self._seen.__getitem__
        return {
            (at.resolver, at.endpoint): standing(
                *(map(seen, those) for those in (at.good, at.absent, at.whoami, at.plain))
            )
            for at in self._layout.at
        }

    @cached_property
    def _silences(self) -> int:
        """How many questions must be left without an answer to mean something, by what is lost of what is no target.

        Endpoints that answer nothing at all lose nothing by chance; whether CH is answered is the operator's choice, and so
        is what an operator under test answers as a control.
        """
        under_test = {target.resolver for target in self._layout.targets}
        lost = asked = 0
        for at in self._layout.at:
            others = [self._seen[number] for number in at.not_targets]
            forms = [
                seen.form
                for seen in others
                if seen.place.qclass == "IN" and not (at.resolver in under_test and seen.place.role is Role.CONTROL)
            ]
            silent = sum(form in SILENT for form in forms)
            if silent and not any(self._seen[number].reading is not None for number in at.cells):
                continue
            lost, asked = lost + silent, asked + len(forms)
        return silences_needed(lost, asked)

    @cached_property
    def _signs(self) -> dict[tuple[str, str], set[Sign]]:
        """What shows, whatever is asked, that another answers at each endpoint on port 53 that is not the line's own."""
        registered, line_asn = self._setting.registered, self._setting.line_asn
        answered = [self._seen[number] for number in self._layout.apart[Role.CANARY]]
        canary = {
            seen.place.reach.transport for seen in answered if seen.reading is not None and not seen.place.verifiable
        }
        identities = Identities(self._says, self._layout.at, registered, line_asn)
        others: dict[str, dict[str, Who]] = {}
        found: dict[tuple[str, str], set[Sign]] = {}
        for at in self._layout.at:
            resolver = registered.resolver(at.resolver)
            if at.verifiable or on_line(resolver, line_asn):
                continue
            if at.resolver not in others:
                others[at.resolver] = identities.others(at.resolver)
            key = (at.resolver, at.endpoint)
            shown = set(signs(self._says[key], identities.verified(at.resolver), resolver, others[at.resolver]))
            if at.transport in canary:
                shown.add(Sign.CANARY)
            if any(self._seen[number].form is Form.SEVERAL for number in at.cells):
                shown.add(Sign.DATAGRAMS)
            found[key] = shown
        return found

    @cached_property
    def _scenes(self) -> dict[str, Scene]:
        """How each resolver stands that is a target."""
        setting = self._setting
        line_asn = setting.line_asn
        standings: dict[str, list[tuple[str, Standing]]] = {}
        for (identifier, endpoint), one in self._standings.items():
            standings.setdefault(identifier, []).append((endpoint, one))
        # Two datagrams to one question say nothing of another question's only one.
        intercepted: dict[str, set[str]] = {}
        for (identifier, endpoint), shown in self._signs.items():
            if shown - {Sign.DATAGRAMS}:
                intercepted.setdefault(identifier, set()).add(endpoint)
        scenes: dict[str, Scene] = {}
        for identifier in dict.fromkeys(target.resolver for target in self._layout.targets):
            resolver = setting.registered.resolver(identifier)
            scenes[identifier] = setting.scene(
                Scenery(
                    resolver,
                    on_line(resolver, line_asn),
                    resolver.on_net_only and bool(line_asn) and line_asn not in resolver.asns,
                    tuple(standings[identifier]),
                    self._silences,
                    frozenset(intercepted.get(identifier, ())),
                )
            )
        return scenes

    @cached_property
    def _testimonies(self) -> dict[str, Testimony]:
        """What independent operators say of each name that is a target, or that they alone are asked for."""
        layout = self._layout
        apexes = {seen.place.name for seen in self._seen if seen.apex and seen.place.about_name}
        found: dict[str, Testimony] = {}
        for name, under_test in layout.under_test.items():
            cells = tuple([self._seen[number] for number in layout.controls.get(name, ())])
            standings = [self._standings[seen.place.resolver, seen.place.endpoint] for seen in cells]
            ailing = tuple([one.ails or bool(one.invented) for one in standings])
            losing = tuple([one.health is Health.FAILS and not one.invented for one in standings])
            apex = name in apexes or name.count(".") == _FULL_DOTS
            found[name] = self._setting.testimony(Heard(name, cells, ailing, losing, under_test, apex))
        return found
