"""Folds the verdicts of one plan into one sample: what all vantages together say of a resolver and name at one time."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from schema.codec import Wire
from schema.endpoint import parse_endpoint
from schema.hearing import bearing, believed, decides, floor_of, on_net
from schema.plan import PlanVantage
from schema.verdict import Verdict
from schema.words import How, Kind, Note, Origin, Outcome, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schema.policy import Policy
    from schema.registry import Resolver

#: Rule ids of samples that no single verdict stands for.
MIXED_RULE: Final = "networks_disagree"
FLOOR_RULE: Final = "below_the_floor"
_ORDER: Final = {note: number for number, note in enumerate(Note)}
_SPLITS: Final = frozenset({Note.POOL, Note.ADDRESSES_DIFFER, Note.TRANSPORTS_DIFFER})


class Sample(Wire, frozen=True, omit_defaults=False):
    """One plan's word on a resolver and name.

    `at` is the plan's start. `vantages` and `networks` count those that support the state (for `mixed`, those that
    decided; for `insufficient`, those that decided and were too few); `absent` the vantages that were to ask and gave no
    verdict. `rule` and `witness_digest` are those of one supporting verdict, null where none stands for the state.
    `supporters` are the ids of those `vantages`, `enrolled` counts all that were to bear on the question, `dissenting`
    those that decided something else.
    """

    plan_number: int
    at: datetime
    resolver: str
    name: str
    state: State
    how: How | None
    origin: Origin | None
    label: str | None
    vantages: int
    networks: int
    absent: int
    notes: tuple[Note, ...]
    rule: str
    witness_digest: str | None
    indicative: bool
    enrolled: int
    dissenting: int
    supporters: tuple[str, ...]


class _Split(Enum):
    """What a vote comes to when it shows both."""

    SPLIT = "split"


class _Vote(NamedTuple):
    vantage: PlanVantage
    verdict: Verdict
    says: Outcome | _Split


def fold_sample(
    votes: Sequence[tuple[PlanVantage, Verdict]],
    *,
    plan_number: int,
    at: datetime,
    name: str,
    enrolled: Sequence[PlanVantage],
    resolver: Resolver,
    policy: Policy,
) -> Sample:
    """Fold the verdicts of one plan on *resolver* and *name*; the order of *votes* does not matter.

    Only vantages that bear on the question count (see `schema.hearing`). Vantages are folded into their network first; one
    network has one voice. What is shown to come from the path says nothing of the resolver, and of a public resolver
    that a certificate could vouch for nothing less is believed. A state needs more networks than a full hearing would
    bear as dissent (ADR 0015): else those who dissent could make it by the others' absence.
    """
    heard_of = {vantage.id: vantage for vantage in bearing(enrolled, resolver, policy)}
    heard = {vantage.id for vantage, _ in votes}
    floor = floor_of(heard_of.values(), resolver, policy)
    cast = sorted(
        (
            _Vote(vantage, verdict, says)
            for vantage, verdict in votes
            if vantage.id in heard_of and (says := _says(verdict, resolver)) is not None
        ),
        key=lambda vote: vote.vantage.id,
    )
    deciding = [vote for vote in cast if vote.says is not Outcome.FAILING]
    if not deciding:
        deciding = cast
    voices = _voices(deciding)
    enough = len(deciding if on_net(heard_of.values(), resolver) else voices) >= floor
    most_borne = len({vantage.asn for vantage in heard_of.values()}) // policy.lone_dissent_from
    state = _state(voices, policy, most_borne) if enough else State.INSUFFICIENT
    notes: set[Note] = {Note.INDICATIVE} if policy.indicative else set()
    if policy.sweep:
        notes.add(Note.SWEEP)
    if state in {State.MIXED, State.INSUFFICIENT}:
        supporting = deciding
        notes.update(note for vantage, verdict in votes if vantage.id in heard_of for note in verdict.notes)
        witness = None
    else:
        supporting = [vote for vote in deciding if vote.says is Outcome(state.value)]
        notes.update(note for vote in supporting for note in vote.verdict.notes)
        witness = _spokesman(supporting)
    return Sample(
        plan_number=plan_number,
        at=at,
        resolver=resolver.id,
        name=name,
        state=state,
        how=witness.how if witness else None,
        origin=_origin(supporting) if witness else None,
        label=witness.label if witness else None,
        vantages=len(supporting),
        networks=len(_voices(supporting)),
        absent=len(heard_of.keys() - heard),
        notes=tuple(sorted(notes, key=_ORDER.__getitem__)),
        rule=witness.rule if witness else MIXED_RULE if state is State.MIXED else FLOOR_RULE,
        witness_digest=witness.witness_digest if witness else None,
        indicative=policy.indicative,
        enrolled=len(heard_of),
        dissenting=len(deciding) - len(supporting),
        supporters=tuple(vote.vantage.id for vote in supporting),
    )


def _says(verdict: Verdict, resolver: Resolver) -> Outcome | _Split | None:
    """What a verdict counts as; None where it decides nothing."""
    both = verdict.counts.blocked > 0 and verdict.counts.open > 0
    if verdict.outcome is Outcome.INSUFFICIENT:
        return _Split.SPLIT if both and _SPLITS & set(verdict.notes) and _vouched(verdict, resolver) else None
    if decides(verdict, resolver):
        return verdict.outcome
    return _Split.SPLIT if Note.TRANSPORTS_DIFFER in verdict.notes else None


def _vouched(verdict: Verdict, resolver: Resolver) -> bool:
    """Whether the answers that disagree are the resolver's: a certificate vouches for some, or none ever could."""
    if resolver.kind is Kind.ISP or believed(Origin.UNATTRIBUTED, resolver):
        return True
    return any(
        parse_endpoint(endpoint).verifiable and outcome is not Outcome.FAILING
        for endpoint, outcome in verdict.endpoints.items()
    )


def _voices(votes: Iterable[_Vote]) -> dict[int, Outcome | _Split]:
    """One voice a network; vantages of one network that disagree split it."""
    said: dict[int, set[Outcome | _Split]] = {}
    for vote in votes:
        said.setdefault(vote.vantage.asn, set()).add(vote.says)
    return {asn: next(iter(says)) if len(says) == 1 else _Split.SPLIT for asn, says in said.items()}


def _state(voices: dict[int, Outcome | _Split], policy: Policy, most_borne: int) -> State:
    """The networks' common word: up to a number no dissent is borne, from there one in so many.

    *most_borne* is how much dissent would be borne if every enrolled network decided.
    """
    if not voices:
        return State.INSUFFICIENT
    said, agreeing = Counter(voices.values()).most_common(1)[0]
    dissenting = len(voices) - agreeing
    borne = len(voices) // policy.lone_dissent_from
    if isinstance(said, _Split) or dissenting > borne:
        return State.MIXED
    return State(said.value) if agreeing > most_borne else State.INSUFFICIENT


def _spokesman(supporting: Sequence[_Vote]) -> Verdict:
    """The verdict that stands for a state: of those with the commonest way of blocking, the first vantage's."""
    ways = Counter(vote.verdict.how for vote in supporting)
    most = max(ways.values())
    return next(vote.verdict for vote in supporting if ways[vote.verdict.how] == most)


def _origin(supporting: Sequence[_Vote]) -> Origin | None:
    """The weakest that any of them shows."""
    origins = {vote.verdict.origin for vote in supporting}
    return next((one for one in (Origin.UNATTRIBUTED, Origin.RESOLVER) if one in origins), None)
