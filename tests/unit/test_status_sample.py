"""One plan's verdicts, folded over vantages and networks."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest
from msgspec.structs import replace

from collector.status import FLOOR_RULE, MIXED_RULE, Sample, fold_sample
from schema.plan import PlanVantage
from schema.policy import Policy
from schema.registry import Resolver
from schema.verdict import Counts, Verdict
from schema.words import How, Kind, Note, Origin, Outcome, State

AT = datetime(2026, 11, 21, tzinfo=UTC)
POLICY = Policy()
TLS, UDP = "tls:1.1.1.1:853#one.one.one.one", "udp:1.1.1.1:53"
PUBLIC = Resolver("cloudflare", "Cloudflare", Kind.PUBLIC, (13335,), endpoints=(UDP, TLS))
PLAIN = Resolver("old", "Old", Kind.PUBLIC, endpoints=(UDP,))
ISP = Resolver("tim", "TIM", Kind.ISP, (3269,), on_net_only=True, endpoints=("udp:212.216.112.112:53",))
OPEN_ISP = Resolver("windtre", "WINDTRE", Kind.ISP, (1267,), endpoints=("udp:193.70.152.15:53",))
ORIGINS = {"u": Origin.UNATTRIBUTED, "p": Origin.PATH}
OUTCOMES = {"b": Outcome.BLOCKED, "o": Outcome.OPEN, "d": Outcome.DEAD, "f": Outcome.FAILING, "i": Outcome.INSUFFICIENT}


def vantage(number: int, asn: int = 0, country: str = "IT") -> PlanVantage:
    return PlanVantage(f"v{number:02}", asn or 64500 + number, country)


def verdict(said: str, **fields: Any) -> Verdict:
    """`b` blocked, `o` open, `d` dead, `f` failing, `i` insufficient; a second letter `u` unattributed, `p` path."""
    outcome = OUTCOMES[said[0]]
    decided = outcome in {Outcome.BLOCKED, Outcome.OPEN}
    made = Verdict(
        plan="ab" * 32,
        probe="",
        resolver="cloudflare",
        name="x.example.",
        outcome=outcome,
        how=How.NXDOMAIN if outcome is Outcome.BLOCKED else None,
        origin=ORIGINS.get(said[1:], Origin.RESOLVER) if decided else None,
        label=None,
        site=None,
        rule=f"rule_{said[0]}",
        witness=1,
        witness_digest="cd" * 32,
        counts=Counts(),
        endpoints={TLS: outcome},
    )
    return replace(made, **fields)


SPLIT = verdict("i", counts=Counts(1, 1, 0), notes=(Note.POOL,), endpoints={TLS: Outcome.INSUFFICIENT})


def fold(
    says: list[str | Verdict | None],
    resolver: Resolver = PUBLIC,
    policy: Policy = POLICY,
    vantages: list[PlanVantage] | None = None,
) -> Sample:
    """Each entry of *says* is one vantage on its own network; None is one that is absent."""
    enrolled = vantages or [vantage(number) for number in range(len(says))]
    votes = [
        (one, replace(verdict(said) if isinstance(said, str) else said, probe=one.id))
        for one, said in zip(enrolled, says, strict=True)
        if said is not None
    ]
    return fold_sample(
        votes, plan_number=7, at=AT, name="x.example.", enrolled=enrolled, resolver=resolver, policy=policy
    )


@pytest.mark.parametrize(
    ("says", "state"),
    [
        ([], "insufficient"),
        (["b"], "insufficient"),
        (["b", "b"], "blocked"),
        (["o", "o"], "open"),
        (["d", "d"], "dead"),
        (["f", "f"], "failing"),
        (["f"], "insufficient"),
        (["o", "f"], "insufficient"),
        (["o", "o", "f"], "open"),
        (["i", "i", "i"], "insufficient"),
        (["b", "o"], "mixed"),
        (["b", "b", "b", "o"], "mixed"),
        (["b", "b", "b", "b", "o"], "blocked"),
        (["b", "b", "b", "o", "o"], "mixed"),
        (["b"] * 8 + ["o", "o"], "blocked"),
        (["b"] * 7 + ["o", "o"], "mixed"),
        (["bp", "bp"], "insufficient"),
        (["bu", "bu"], "insufficient"),
        (["o", "o", "bp", "bu"], "open"),
    ],
)
def test_public_resolver(says: list[str | Verdict | None], state: str) -> None:
    assert fold(says).state == state


def test_without_a_certificate_to_ask_for_two_networks_make_an_unattributed_state() -> None:
    sample = fold(["bu", "bu"], PLAIN)
    assert (sample.state, sample.origin) == (State.BLOCKED, Origin.UNATTRIBUTED)


def test_what_is_shown_to_come_from_the_path_never_counts() -> None:
    assert fold(["bp", "bp"], PLAIN).state is State.INSUFFICIENT


def test_one_network_has_one_voice() -> None:
    same = [vantage(1, 3269), vantage(2, 3269)]
    assert fold(["b", "b"], vantages=same).state is State.INSUFFICIENT
    assert fold(["b", "o", "b"], vantages=[*same, vantage(3)]).state is State.MIXED


def test_only_the_territory_counts() -> None:
    sample = fold(
        ["o", "o", "b", None], vantages=[vantage(1), vantage(2), vantage(3, country="FR"), vantage(4, country="FR")]
    )
    assert (sample.state, sample.vantages, sample.networks, sample.absent) == (State.OPEN, 2, 2, 0)


def test_an_empty_territory_is_everywhere() -> None:
    policy = Policy(territory="")
    assert (
        fold(["o", "o"], policy=policy, vantages=[vantage(1, country="FR"), vantage(2, country="")]).state is State.OPEN
    )


def test_the_absent_are_counted() -> None:
    sample = fold(["o", "o", None, None])
    assert (sample.state, sample.absent) == (State.OPEN, 2)


def test_a_provider_is_judged_from_inside() -> None:
    vantages = [vantage(1, 3269), vantage(2)]
    sample = fold(["b", None], ISP, vantages=vantages)
    assert (sample.state, sample.origin, sample.absent) == (State.BLOCKED, Origin.RESOLVER, 0)
    assert fold([None, "o"], ISP, vantages=vantages).state is State.INSUFFICIENT


def test_two_vantages_inside_that_disagree() -> None:
    assert fold(["b", "o"], ISP, vantages=[vantage(1, 3269), vantage(2, 3269)]).state is State.MIXED


def test_a_provider_open_to_anyone() -> None:
    outside = [vantage(1), vantage(2)]
    sample = fold(["bu", "bu"], OPEN_ISP, vantages=outside)
    assert (sample.state, sample.origin) == (State.BLOCKED, Origin.UNATTRIBUTED)
    assert fold(["bu", None], OPEN_ISP, vantages=outside).state is State.INSUFFICIENT
    inside = [*outside, vantage(3, 1267)]
    assert fold(["bu", "bu", "o"], OPEN_ISP, vantages=inside).state is State.OPEN
    assert fold(["bu", "bu", None], OPEN_ISP, vantages=inside).state is State.INSUFFICIENT


def test_a_resolver_that_answers_both_ways_is_mixed() -> None:
    assert fold([SPLIT, SPLIT]).state is State.MIXED
    assert fold([SPLIT, "o"]).state is State.MIXED


def test_both_ways_on_port_53_alone_says_nothing_of_a_public_resolver() -> None:
    unvouched = replace(SPLIT, endpoints={TLS: Outcome.FAILING, UDP: Outcome.INSUFFICIENT})
    assert fold([unvouched, unvouched]).state is State.INSUFFICIENT
    assert fold([unvouched, unvouched], PLAIN).state is State.MIXED


def test_transports_that_differ_make_it_mixed() -> None:
    differing = verdict("o", notes=(Note.TRANSPORTS_DIFFER,))
    assert fold([differing, differing]).state is State.MIXED
    assert fold([verdict("o", notes=(Note.PATH_INTERFERES,)), "o"]).state is State.OPEN


@pytest.mark.parametrize("letter", ["d", "o", "b"])
def test_whatever_a_channel_decides_the_other_can_put_in_doubt(letter: str) -> None:
    differing = verdict(letter, notes=(Note.TRANSPORTS_DIFFER,))
    assert fold([differing, letter]).state is State.MIXED
    failing = verdict("f", notes=(Note.TRANSPORTS_DIFFER,))
    assert fold([failing, failing]).state is State.FAILING


@pytest.mark.parametrize(
    ("says", "resolver", "whole"),
    [
        (["o"] * 9 + ["b", "b"], PUBLIC, State.OPEN),
        (["b"] * 8 + ["o", "o"], PUBLIC, State.BLOCKED),
        (["o"] * 4 + ["b"], replace(ISP, asns=tuple(range(64500, 64505))), State.OPEN),
        (["o"] * 8 + [verdict("o", notes=(Note.TRANSPORTS_DIFFER,)), "b"], PUBLIC, State.OPEN),
    ],
    ids=["two of eleven", "two of ten", "a provider of five networks", "one split, one dissents"],
)
def test_who_is_borne_as_dissent_makes_no_state_when_the_others_are_silent(
    says: list[str | Verdict | None], resolver: Resolver, whole: State
) -> None:
    """Whoever is left out, the state that a full hearing had never turns into its contrary."""
    assert fold(says, resolver).state is whole
    contrary = {State.OPEN: State.BLOCKED, State.BLOCKED: State.OPEN}[whole]
    for mask in range(2 ** len(says)):
        kept = [said if mask >> place & 1 else None for place, said in enumerate(says)]
        assert fold(kept, resolver).state is not contrary, kept


@pytest.mark.parametrize(
    ("heard", "enrolled", "state"),
    [(2, 9, "open"), (2, 10, "insufficient"), (3, 10, "open"), (3, 15, "insufficient"), (4, 15, "open")],
)
def test_many_networks_need_more_than_two(heard: int, enrolled: int, state: str) -> None:
    """More than would be borne as dissent if all were heard."""
    sample = fold(["o"] * heard + [None] * (enrolled - heard))
    assert (sample.state, sample.absent) == (state, enrolled - heard)


def test_indicative_lowers_the_floor_and_says_so() -> None:
    sample = fold(["o"], policy=Policy(indicative=True), vantages=[vantage(1, country="")])
    assert (sample.state, sample.indicative, sample.notes) == (State.OPEN, True, (Note.INDICATIVE,))


def test_the_commonest_way_stands_for_the_state() -> None:
    refused = verdict("b", how=How.REFUSED, rule="refused")
    sample = fold(["b", refused, refused])
    assert (sample.how, sample.rule, sample.witness_digest) == (How.REFUSED, "refused", "cd" * 32)


@pytest.mark.parametrize(("says", "rule"), [(["b", "o"], MIXED_RULE), (["b"], FLOOR_RULE)])
def test_no_verdict_stands_for_what_none_says(says: list[str | Verdict | None], rule: str) -> None:
    sample = fold(says)
    assert (sample.how, sample.origin, sample.label, sample.rule, sample.witness_digest) == (
        None,
        None,
        None,
        rule,
        None,
    )


def test_the_order_of_votes_does_not_matter() -> None:
    enrolled = [vantage(number) for number in range(4)]
    said: list[str | Verdict] = [
        "b",
        verdict("b", how=How.REFUSED, notes=(Note.POOL,)),
        verdict("b", how=How.REFUSED),
        "b",
    ]
    votes = [
        (one, replace(verdict(what) if isinstance(what, str) else what, probe=one.id))
        for one, what in zip(enrolled, said, strict=True)
    ]
    folded = {
        fold_sample(order, plan_number=1, at=AT, name="x.", enrolled=enrolled, resolver=PUBLIC, policy=POLICY)
        for order in permutations(votes)
    }
    assert len(folded) == 1


def test_taking_votes_away_never_turns_a_state_round() -> None:
    says: list[str | Verdict | None] = ["o", "o", "bu", "bp", "i", "b"]
    for mask in range(2 ** len(says)):
        kept = [said if mask >> place & 1 else None for place, said in enumerate(says)]
        state = fold(kept).state
        for other in range(2 ** len(says)):
            if other & mask == other:
                fewer = fold([said if other >> place & 1 else None for place, said in enumerate(says)]).state
                assert {state, fewer} != {State.OPEN, State.BLOCKED}
