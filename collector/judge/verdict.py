"""The conclusion on one resolver and name: which channel decides, who is shown to have answered, what must be said beside."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.judge.again import Recurrence
from collector.judge.case import Case
from collector.judge.evidence import Conclusion
from collector.judge.fingerprints import USER_FILTER, other_authority
from collector.judge.fold import (
    Opinion,
    Said,
    disagreeing,
    fold_channel,
    fold_endpoint,
    judged,
    unvouched,
    verified_undecided,
    withdrawn,
)
from collector.judge.other import Path
from collector.judge.seen import Form, Seen, states_fault
from schema.endpoint import parse_endpoint
from schema.verdict import Counts
from schema.words import Note, Origin, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collector.judge.controls import Controls
    from collector.judge.evidence import Evidence
    from collector.judge.networks import Networks
    from collector.judge.rules import Rule
    from collector.judge.shared import Shared

_USER_FILTER_RULES: Final = frozenset({"ede_filtered", "user_filter"})
_FIRST_TYPE: Final = "A"
_TYPE_ORDER: Final = {_FIRST_TYPE: 0, "AAAA": 1}
_BOTH: Final = frozenset({Outcome.BLOCKED, Outcome.OPEN})
_ORDER: Final = {note: number for number, note in enumerate(Note)}


class Weighed(NamedTuple):
    """What was put on the scales and what it came to."""

    qtype: str  # the type that decides
    said: Said
    origin: Origin | None
    notes: set[Note]
    endpoints: dict[str, Said]  # of that type
    types: dict[str, dict[str, Said]]


class Scales(NamedTuple):
    """What of a policy bears on every matter."""

    rules: tuple[Rule, ...]
    networks: Networks
    network_decides: bool


class Matter:
    """One resolver and one name in one round; *shared* are addresses that the resolver gives for unrelated names."""

    def __init__(self, evidence: Evidence, shared: Shared, scales: Scales) -> None:
        self._evidence = evidence
        self._scene = evidence.scene.scenery
        self._resolver = self._scene.resolver
        self._on_line = self._scene.on_line
        self._own = self._resolver.operator_slug
        self._shared = shared
        self._scales = scales
        self._cells = evidence.cells
        # A name that is parked is at an address whoever owns it now.
        self._looked = frozenset() if evidence.testimony.facts.parked else evidence.looked
        self._faults = frozenset(_question(seen) for seen in self._cells if states_fault(seen))
        self._recurrence = Recurrence(
            self._cells,
            evidence.beside,
            evidence.scene.standing,
            self._scene.intercepted.union(evidence.far),
            silences=self._scene.silences,
            troubled=evidence.testimony.troubled,
        )
        self._memo: dict[object, Opinion] = {}
        self._opinions = [self._opinion(order, seen) for order, seen in enumerate(self._cells)]
        self._path = Path(self._opinions, evidence)

    @property
    def opinions(self) -> list[Opinion]:
        """What each cell comes to, in order."""
        return self._opinions

    @cached_property
    def weighed(self) -> Weighed:
        """The type and the channel that decide."""
        types = self._by_type()
        deciding = self._deciding(types)
        endpoints = types[deciding]
        if deciding != _FIRST_TYPE and not self._controls(_FIRST_TYPE).nodata:
            endpoints = {name: withdrawn(said) for name, said in endpoints.items()}
        verified = [said for said in endpoints.values() if said.verifiable]
        others = {name: said for name, said in endpoints.items() if not said.verifiable}
        said, origin, notes = self._weigh(fold_channel(verified) if verified else None, others)
        return Weighed(deciding, said, origin, notes, endpoints, types)

    def conclusion(self) -> Conclusion:
        """What the round says."""
        deciding, said, origin, beside, endpoints, types = self.weighed
        notes = beside | said.notes | self._notes(types, deciding, said)
        witness = said.opinions[0] if said.outcome is not Outcome.INSUFFICIENT else None
        blocked = sum(one.outcome is Outcome.BLOCKED for one in self._opinions)
        opened = sum(one.outcome is Outcome.OPEN for one in self._opinions)
        asked = sum(one.seen.form is not Form.NOT_ASKED for one in self._opinions)
        return Conclusion(
            outcome=said.outcome,
            how=witness.how if witness else None,
            origin=origin,
            label=_label(said.opinions) if said.outcome is Outcome.BLOCKED else None,
            rule=said.reason.rule_id if said.reason else _telling(said).rule.rule_id,
            witness=witness.order if witness else None,
            counts=Counts(blocked, opened, asked - blocked - opened),
            endpoints={name: said.outcome for name, said in sorted(endpoints.items())},
            notes=tuple(sorted(notes, key=_ORDER.__getitem__)),
            pages=self._path.pages(said),
        )

    def _opinion(self, order: int, seen: Seen) -> Opinion:
        place = seen.place
        standing = self._evidence.scene.standing[place.endpoint]
        again, explained = self._recurrence.of(seen), _question(seen) in self._faults
        # Equal answers in equal circumstances are judged once.
        key = (seen.reading, seen.form, seen.verified, place.qtype, standing, again, explained, seen.matches)
        if (known := self._memo.get(key)) is None:
            case = Case(
                seen=seen,
                controls=self._controls(place.qtype),
                standing=standing,
                resolver=self._resolver,
                matches=seen.matches,
                twin=tuple(twin for twin in self._evidence.twins if twin.place.qtype == place.qtype),
                shared=self._shared.shown[seen.verified],
                perhaps_shared=self._shared.possible[seen.verified],
                explained=explained,
                again=again,
                networks=self._scales.networks,
                network_decides=self._scales.network_decides,
                looked=self._looked,
                off_net=self._scene.off_net,
            )
            known = self._memo[key] = judged(order, case, self._scales.rules)
        return Opinion(order, seen, *known[2:])

    def _controls(self, qtype: str) -> Controls:
        return self._evidence.testimony.controls(qtype, self._own)

    def _by_type(self) -> dict[str, dict[str, Said]]:
        """What each endpoint says, by type."""
        opinions: dict[str, dict[str, list[Opinion]]] = {}
        for one in self._opinions:
            opinions.setdefault(one.seen.place.qtype, {}).setdefault(one.seen.place.endpoint, []).append(one)
        return {
            qtype: {endpoint: fold_endpoint(found) for endpoint, found in by_endpoint.items()}
            for qtype, by_endpoint in opinions.items()
        }

    def _deciding(self, types: dict[str, dict[str, Said]]) -> str:
        """The type that decides: A, and others only where the controls have no A."""
        ordered = sorted(types, key=lambda qtype: (_TYPE_ORDER.get(qtype, len(_TYPE_ORDER)), qtype))
        return next((qtype for qtype in ordered if not self._controls(qtype).nodata), ordered[0])

    def _weigh(self, verified: Said | None, others: dict[str, Said]) -> tuple[Said, Origin | None, set[Note]]:
        """Let the verified channel decide; port 53 only where there is none that speaks."""
        port_53 = fold_channel(list(others.values()))
        if verified is not None and (verified.decided or verified.answered or verified.leanings or not others):
            if verified.decided:
                origin = Origin.UNATTRIBUTED if _silent(verified) and not self._on_line else Origin.RESOLVER
                return verified, _origin(verified, origin), self._beside(verified, others)
            return (verified_undecided(verified) if port_53.decided else verified), None, set()
        if port_53.decided and not self._on_line and self._left_out(verified):
            return unvouched(port_53), None, set()
        if verified is not None and not port_53.decided:  # the better of two silences: one that only fails says less
            failing = verified.outcome is Outcome.FAILING
            port_53 = port_53 if failing else verified
        if self._on_line:  # on its own line, what the line does is the operator's doing
            return port_53, _origin(port_53, Origin.RESOLVER), set()
        return self._from_path(port_53, others)

    def _left_out(self, verified: Said | None) -> bool:
        """Whether the resolver has a verified channel in this round that was not asked for this name."""
        if verified is not None:
            return all(one.seen.form is Form.NOT_ASKED for one in verified.opinions)
        return any(parse_endpoint(endpoint).verifiable for endpoint, _ in self._scene.standings)

    def _from_path(self, port_53: Said, others: dict[str, Said]) -> tuple[Said, Origin | None, set[Note]]:
        """What port 53 says where nobody vouches for it, and whether something on the path is shown to say it."""
        shown = {endpoint for endpoint in others if endpoint in self._path.shown}
        notes = {Note.PATH_INTERFERES} if shown else set()
        rest = [said for endpoint, said in others.items() if endpoint not in shown]
        if shown and rest and (elsewhere := fold_channel(rest)).decided:
            there = fold_channel([said for endpoint, said in others.items() if endpoint in shown])
            if (there.outcomes & _BOTH) - {elsewhere.outcome}:
                return disagreeing(port_53), None, notes
            return elsewhere, _origin(elsewhere, Origin.UNATTRIBUTED), notes
        return port_53, _origin(port_53, Origin.PATH if shown else Origin.UNATTRIBUTED), notes

    def _beside(self, verified: Said, others: dict[str, Said]) -> set[Note]:
        """What port 53 adds to a verdict of the verified channel."""
        differ = {name for name, said in others.items() if (said.outcomes & _BOTH) - {verified.outcome}}
        differ |= {name for name, said in others.items() if said.decided and said.outcome is not verified.outcome}
        raced = {
            one.seen.place.endpoint
            for one in self._opinions
            if one.seen.form is Form.SEVERAL and one.seen.place.endpoint in others
        }
        if self._on_line:
            return {Note.TRANSPORTS_DIFFER} if differ else set()
        other = {name for name, said in others.items() if said.answered and said.outcome is not verified.outcome}
        if raced or (other and other & self._path.shown) or (differ & self._path.national):
            return {Note.PATH_INTERFERES}
        return {Note.TRANSPORTS_DIFFER} if differ else set()

    def _notes(self, types: dict[str, dict[str, Said]], deciding: str, said: Said) -> set[Note]:
        notes: set[Note] = set()
        if said.outcome in _BOTH and self._other_types_differ(types, deciding, said):
            notes.add(Note.TYPES_DIFFER)
        notes |= self._of_name(deciding, said)
        if said.outcome is Outcome.OPEN and all(one.rule.rule_id == "address_in_network" for one in said.opinions):
            notes.add(Note.NETWORK_ONLY)
        if any(seen.several for seen in self._cells):
            notes.add(Note.MORE_THAN_ONE_ANSWER)
        standings = [self._evidence.scene.standing[seen.place.endpoint] for seen in self._cells]
        if any(one.ails for one in standings):
            notes.add(Note.KNOWN_GOOD_FAILS)
        if any(one.invented for one in standings):
            notes.add(Note.KNOWN_ABSENT_ANSWERED)
        if said.outcome in {Outcome.OPEN, Outcome.INSUFFICIENT} and any(one.stale for one in said.opinions):
            notes.add(Note.MAY_BE_CACHED)
        if said.outcome is Outcome.BLOCKED and any(_of_other_authority(one) for one in said.opinions):
            notes.add(Note.OTHER_AUTHORITY)
        return notes

    def _of_name(self, deciding: str, said: Said) -> set[Note]:
        """What the controls say of the name."""
        controls = self._controls(deciding)
        holds = {
            Note.DEAD_NAME: controls.dead and said.outcome is Outcome.BLOCKED,
            Note.PARKED: self._evidence.testimony.facts.parked,
            Note.CONTROLS_DISAGREE: controls.disagree,
            Note.CONTROLS_MISSING: controls.missing,
        }
        return {note for note, held in holds.items() if held}

    @staticmethod
    def _other_types_differ(types: dict[str, dict[str, Said]], deciding: str, said: Said) -> bool:
        """Whether another type comes out differently on the channel that decided."""
        return any(
            one.outcome in _BOTH - {said.outcome} and one.verifiable == said.verifiable
            for qtype, found in types.items()
            if qtype != deciding
            for one in found.values()
        )


def _question(seen: Seen) -> tuple[str, str, Form]:
    """What was asked where, and what came: a fault told of it to one profile explains the others."""
    return seen.place.endpoint, seen.place.qtype, seen.form


def _silent(said: Said) -> bool:
    """Whether silence decides: a certificate vouches for bytes, never for their absence, which the path can make."""
    return all(one.seen.form is Form.TIMEOUT for one in said.opinions)


def _telling(said: Said) -> Opinion:
    """The opinion that tells most: of what was not asked nothing is to be told."""
    return next((one for one in said.opinions if one.seen.form is not Form.NOT_ASKED), said.opinions[0])


def _origin(said: Said, origin: Origin) -> Origin | None:
    return origin if said.outcome in _BOTH else None


def _label(opinions: Sequence[Opinion]) -> str | None:
    """The label of the first deciding cell that has one."""
    for one in opinions:
        if one.label is not None:
            return one.label.fingerprint.label
    return USER_FILTER if any(one.rule.rule_id in _USER_FILTER_RULES for one in opinions) else None


def _of_other_authority(opinion: Opinion) -> bool:
    if opinion.rule.rule_id in _USER_FILTER_RULES:
        return True
    return opinion.label is not None and other_authority(opinion.label.fingerprint)
