"""One liar among five networks, exhaustively: whatever the others say and whatever it says, no status is turned round."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations, product
from typing import Final

import pytest
from msgspec.structs import replace

from collector.status import Sample, fold_runs, fold_sample
from schema.plan import PlanVantage
from schema.policy import Policy
from schema.registry import Resolver
from schema.verdict import Counts, Verdict
from schema.words import How, Kind, Origin, Outcome, State
from tests.simulator.rounds import INTERVAL_S, STARTS_AT

TLS: Final = "tls:1.1.1.1:853#one.one.one.one"
POLICY: Final = Policy()
PUBLIC: Final = Resolver("cloudflare", "Cloudflare", Kind.PUBLIC, (13335,), endpoints=("udp:1.1.1.1:53", TLS))
LINES: Final = tuple(PlanVantage(f"v{number}", 64500 + number, "IT") for number in range(6))
ABSENT: Final = None
SAYS: Final = (*Outcome, ABSENT)
OPPOSITE: Final = {State.BLOCKED, State.OPEN}
DECIDING: Final = (Outcome.BLOCKED, Outcome.OPEN, Outcome.DEAD, Outcome.FAILING)


def verdict(probe: str, outcome: Outcome) -> Verdict:
    decided = outcome in {Outcome.BLOCKED, Outcome.OPEN}
    return Verdict(
        plan="ab" * 32,
        probe=probe,
        resolver=PUBLIC.id,
        name="x.example.",
        outcome=outcome,
        how=How.NXDOMAIN if outcome is Outcome.BLOCKED else None,
        origin=Origin.RESOLVER if decided else None,
        label=None,
        site=None,
        rule="a_rule",
        witness=1,
        witness_digest="cd" * 32,
        counts=Counts(),
        endpoints={TLS: outcome},
    )


def fold(says: tuple[Outcome | None, ...], plan: int = 1) -> Sample:
    """The sample of a plan in which the first vantages say *says*, each on a network of its own."""
    enrolled = LINES[: len(says)]
    votes = [(line, verdict(line.id, said)) for line, said in zip(enrolled, says, strict=True) if said is not None]
    return fold_sample(
        votes,
        plan_number=plan,
        at=STARTS_AT + timedelta(seconds=INTERVAL_S * plan),
        name="x.example.",
        enrolled=enrolled,
        resolver=PUBLIC,
        policy=POLICY,
    )


def test_nothing_that_one_of_five_says_turns_a_state_round() -> None:
    """6**5 rounds: the state with the liar's word, and with the word it had if honest, are never open and blocked."""
    tried = turned = 0
    for honest in product(SAYS, repeat=4):
        states = {fold((*honest, lie)).state for lie in SAYS}
        tried += len(SAYS)
        turned += states >= OPPOSITE
    assert (tried, turned) == (6**5, 0)


@pytest.mark.parametrize("truth", DECIDING)
@pytest.mark.parametrize("place", range(5))
def test_four_that_agree_outweigh_any_fifth(truth: Outcome, place: int) -> None:
    """Five networks of which one lies: the state is that of the four, whatever the lie and whoever the liar."""
    for lie in SAYS:
        says = [truth] * 4
        said = (*says[:place], lie, *says[place:])
        sample = fold(said)
        if truth is Outcome.FAILING and lie in {Outcome.BLOCKED, Outcome.OPEN, Outcome.DEAD}:
            # Failing decides nothing beside an answer, and one answer is too few.
            assert sample.state is State.INSUFFICIENT
        else:
            assert sample.state.value == truth.value, (lie, place)


@pytest.mark.parametrize("networks", range(1, 7))
def test_dissent_that_is_borne(networks: int) -> None:
    """DESIGN section 5: up to four networks no dissent, from five one in five; at least two that decide."""
    for dissenting in range(networks + 1):
        for who in combinations(range(networks), dissenting):
            says = tuple(Outcome.OPEN if place in who else Outcome.BLOCKED for place in range(networks))
            sample = fold(says)
            fewer, more = sorted((dissenting, networks - dissenting))
            if networks < POLICY.floor_networks:
                expected = State.INSUFFICIENT
            elif fewer <= networks // 5:
                expected = State.BLOCKED if dissenting == fewer else State.OPEN
            else:
                expected = State.MIXED
            assert sample.state is expected, (says, more)


@pytest.mark.parametrize("truth", [Outcome.BLOCKED, Outcome.OPEN])
def test_a_liar_that_goes_on_lying_never_begins_a_run_of_its_own(truth: Outcome) -> None:
    """Whatever one liar says in each of six plans, and whoever is absent, no run is of the state that it invents."""
    invented = Outcome.OPEN if truth is Outcome.BLOCKED else Outcome.BLOCKED
    for present in range(5):
        honest: tuple[Outcome | None, ...] = (truth,) * present + (ABSENT,) * (4 - present)
        for lies in product((truth, invented, ABSENT), repeat=6):
            runs = fold_runs([fold((*honest, lie), plan) for plan, lie in enumerate(lies, 1)], POLICY)
            assert State(invented.value) not in {run.state for run in runs}


def test_a_liar_on_a_line_shared_with_an_honest_vantage_speaks_for_no_network() -> None:
    """Two vantages of one network that disagree split its voice; four others decide."""
    shared = [replace(line, asn=64500) if number in {0, 5} else line for number, line in enumerate(LINES)]
    votes = [(line, verdict(line.id, Outcome.BLOCKED)) for line in shared[:5]]
    votes.append((shared[5], verdict(shared[5].id, Outcome.OPEN)))
    sample = fold_sample(
        votes, plan_number=1, at=STARTS_AT, name="x.example.", enrolled=shared, resolver=PUBLIC, policy=POLICY
    )
    assert sample.state is State.BLOCKED
