"""The facts of one verdict laid out for telling: what was asked, what came back, what others said, what decided.

Nothing is concluded here. What comes from the network stands as it came; whoever tells it escapes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from collector.judge.board import Board
from collector.judge.came import Came, came
from collector.judge.seen import Form
from collector.judge.setting import Memory
from collector.judge.standing import Standing
from collector.judge.witnesses import Witness, witnesses
from schema.registry import Vantage
from schema.words import Note, Outcome, Sign

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from collector.judge.evidence import Evidence
    from collector.judge.fold import Opinion
    from collector.judge.verdict import Matter
    from schema.policy import Policy
    from schema.record import Record
    from schema.registry import Resolver, World
    from schema.verdict import Verdict

_BOTH = frozenset({Outcome.BLOCKED, Outcome.OPEN})


class Asked(NamedTuple):
    """How the question was put on the channel that decides; `times` counts what was put, `since` to `until` when."""

    qtype: str
    verifiable: bool  # a certificate can show who answers there
    times: int
    servers: tuple[str, ...]  # numeric addresses, in the order of the plan
    transports: tuple[str, ...]
    since: datetime
    until: datetime


class Account(NamedTuple):
    """One verdict and what a reader must be told with it."""

    verdict: Verdict
    resolver: Resolver
    on_line: bool  # the resolver is that of the operator on whose line the probe stands
    vantage: Vantage
    asked: Asked
    answered: tuple[Came, ...]  # on the channel that decides, as users ask
    beside: tuple[Came, ...]  # on the other channel
    differing: tuple[tuple[str, Came], ...]  # on that channel, by type (empty: with DO=1): what came otherwise
    twin: tuple[Came, ...]
    looked: tuple[str, ...]  # addresses of the answer's at which a certificate for the name was shown, sorted
    witnesses: tuple[Witness, ...]
    signs: tuple[Sign, ...]  # by what it is shown that another answers on port 53, where the name was asked
    standing: Standing  # of the endpoint that decides, or of the first that was asked


def judge_explained(
    records: Sequence[tuple[bytes, Record]],
    world: World,
    policy: Policy,
    *,
    vantage: Vantage | None = None,
    memory: Memory | None = None,
) -> list[tuple[Verdict, Account]]:
    """The verdicts of `judge_round` on the same arguments, each with its account.

    Raises:
        FormatError: a record's endpoint is none.
    """
    if not records:
        return []
    probe = records[0][1].probe
    if vantage is None:
        vantage = next((one for one in world.vantages if one.id == probe), Vantage(probe))
    setting = (memory or Memory()).setting(world, policy, vantage.asn)
    board = Board(records, setting)
    signs = {(one.resolver, one.endpoint): one.signs for one in board.interceptions()}
    return [
        (verdict, _account(verdict, evidence, matter, asked, vantage)._replace(signs=_signs(verdict, signs)))
        for verdict, evidence, matter, asked in board.matters()
    ]


def _account(verdict: Verdict, evidence: Evidence, matter: Matter, records: list[Record], vantage: Vantage) -> Account:
    weighed = matter.weighed
    said = weighed.said
    here: list[Opinion] = []
    beside: list[Opinion] = []
    for one in matter.opinions:
        if one.seen.place.qtype == weighed.qtype and one.seen.place.plain:
            (here if one.seen.place.verifiable == said.verifiable else beside).append(one)
    deciding = here or list(said.opinions)
    scenery = evidence.scene.scenery
    resolver = scenery.resolver
    decider = said.opinions[0].seen.place.endpoint
    twins = zip(evidence.twins, records[len(evidence.cells) :], strict=True)
    return Account(
        verdict=verdict,
        resolver=resolver,
        on_line=scenery.on_line,
        vantage=vantage,
        asked=_asked(deciding, records),
        answered=_came(deciding, records),
        beside=_came(beside, records),
        differing=_differing(matter, verdict, records),
        looked=_looked(deciding, evidence),
        twin=came((seen, record) for seen, record in twins if seen.place.qtype == weighed.qtype),
        signs=(),
        witnesses=witnesses(evidence.testimony, weighed.qtype, resolver.operator_slug),
        standing=evidence.scene.standing[decider],
    )


def _looked(opinions: Iterable[Opinion], evidence: Evidence) -> tuple[str, ...]:
    readings = [one.seen.reading for one in opinions if one.seen.reading is not None]
    return tuple(sorted({address for one in readings for address in one.addresses & evidence.looked}))


def _signs(verdict: Verdict, known: Mapping[tuple[str, str], tuple[Sign, ...]]) -> tuple[Sign, ...]:
    return tuple(
        sorted({sign for endpoint in verdict.endpoints for sign in known.get((verdict.resolver, endpoint), ())})
    )


def _asked(opinions: Sequence[Opinion], records: Sequence[Record]) -> Asked:
    put = [one for one in opinions if one.seen.form is not Form.NOT_ASKED]
    places = [one.seen.place for one in opinions]
    times = [records[one.order].at for one in put or opinions]
    return Asked(
        places[0].qtype,
        places[0].verifiable,
        len(put),
        tuple(dict.fromkeys(place.reach.address for place in places)),
        tuple(dict.fromkeys(str(place.reach.transport) for place in places)),
        min(times),
        max(times),
    )


def _came(opinions: Iterable[Opinion], records: Sequence[Record]) -> tuple[Came, ...]:
    return came((one.seen, records[one.order]) for one in opinions)


def _differing(matter: Matter, verdict: Verdict, records: Sequence[Record]) -> tuple[tuple[str, Came], ...]:
    """What came with DO=1, if that makes a difference, and for other types, if they are withheld in another way."""
    qtype, said = matter.weighed.qtype, matter.weighed.said
    forms = {one.seen.form for one in said.opinions}
    others: dict[str, list[Opinion]] = {}
    for one in matter.opinions:
        place = one.seen.place
        if place.verifiable != said.verifiable or one.outcome not in _BOTH:
            continue
        otherwise = one.outcome is not said.outcome
        if not place.plain:
            if place.qtype == qtype and otherwise and Note.PROFILES_DIFFER in verdict.notes:
                others.setdefault("", []).append(one)
        elif place.qtype != qtype and (
            (otherwise and Note.TYPES_DIFFER in verdict.notes)
            or (said.outcome is one.outcome is Outcome.BLOCKED and one.seen.form not in forms)
        ):
            others.setdefault(place.qtype, []).append(one)
    return tuple((kind, one) for kind, opinions in sorted(others.items()) for one in _came(opinions, records))
