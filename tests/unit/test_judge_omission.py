"""Leaving records out of small rounds, in every way there is: open never becomes blocked, blocked never open."""

from __future__ import annotations

from itertools import combinations

import pytest

from collector.judge import Memory, judge_round
from schema.verdict import Verdict
from schema.words import Origin, Outcome, Role
from tests.unit.judge_build import GOOGLE, LIVE, OTHER, POLICY, TLS, TLS_2, WORLD, Cells
from tests.unit.judge_vectors import DECIDES

AWAY, THIRD, PAGE = "192.0.2.77", "192.0.2.78", "203.0.113.80"
_BOTH = {Outcome.BLOCKED, Outcome.OPEN}


def split(*, name: str, given: str, by_two: str) -> Cells:
    """Three controls of which the first alone gives an address."""
    return Cells().controls(given, names=("c1",), name=name).controls(by_two, names=("c2", "c3"), name=name)


def joined(*rounds: Cells) -> Cells:
    """The questions of several rounds in one."""
    cells = Cells()
    for one in rounds:
        for _, record in one.records:
            cells.put(record)
    return cells


def two_names() -> Cells:
    """Both names get an address that one control confirms, the same one."""
    first = split(name="kickasstorrents.to.", given=PAGE, by_two=AWAY).target("cloudflare", TLS, PAGE)
    return joined(first, split(name=OTHER, given=PAGE, by_two=THIRD).target("cloudflare", TLS, PAGE, name=OTHER))


def one_name_confirmed_by_both() -> Cells:
    """The second name's address is a third control's word only; the first's nobody's."""
    first = Cells().controls(AWAY).target("cloudflare", TLS, PAGE)
    return joined(first, split(name=OTHER, given=PAGE, by_two=THIRD).target("cloudflare", TLS, PAGE, name=OTHER))


def marked(**how: object) -> Cells:
    """An address that one control confirms, with something in the answer that blocks have."""
    return split(name="kickasstorrents.to.", given=LIVE, by_two=AWAY).target("cloudflare", TLS, LIVE, **how)


ROUNDS = {
    "two names at one address": two_names(),
    "one of two names confirmed": one_name_confirmed_by_both(),
    "beside another endpoint": two_names()
    .target("cloudflare", TLS_2, AWAY)
    .target("cloudflare", TLS_2, THIRD, name=OTHER),
    "extended error": marked(ede=[16]),
    "forged by its own word": marked(ede=[4]),
    "alias at the top of the zone": split(name="kickasstorrents.to.", given=LIVE, by_two=AWAY).target(
        "cloudflare", TLS, ">stop.example.", LIVE
    ),
    "alias that one control has": Cells()
    .controls(">cdn.example.", LIVE, names=("c1",))
    .controls(AWAY, names=("c2", "c3"))
    .target("cloudflare", TLS, ">cdn.example.", LIVE),
    "alias to nothing that one control has": Cells()
    .controls(">cdn.example.", LIVE, names=("c1",))
    .controls(AWAY, names=("c2", "c3"))
    .target("cloudflare", TLS, ">cdn.example.")
    .target("cloudflare", TLS_2, AWAY),
    "a control that gives two sets": Cells()
    .controls(PAGE, names=("c1",))
    .controls(AWAY, names=("c1", "c2"))
    .target("cloudflare", TLS, PAGE, ede=[15]),
    "a fault told to one of three": Cells()
    .controls(LIVE)
    .good("cloudflare", TLS_2)
    .target("cloudflare", TLS, LIVE)
    .users("cloudflare", TLS_2, "SERVFAIL")
    .target("cloudflare", TLS_2, "SERVFAIL", ede=[22], repeat=1),
    "controls that contradict themselves": Cells()
    .controls(LIVE)
    .controls("NXDOMAIN")
    .controls(LIVE, names=("c3",))
    .target("cloudflare", TLS, "NXDOMAIN"),
    "a page that controls give": Cells()
    .controls("217.175.53.72", names=("c1",))
    .controls(LIVE, names=("c1", "c2", "c3"))
    .target("cloudflare", TLS, LIVE, "217.175.53.72")
    .target("cloudflare", TLS_2, LIVE),
    "a certificate at an address of many": joined(
        Cells().controls(AWAY).target("cloudflare", TLS, PAGE).look(PAGE),
        Cells().controls(THIRD, name=OTHER).target("cloudflare", TLS, PAGE, name=OTHER),
    ),
    "a network that decides, and an address of many": joined(
        Cells().controls("104.16.0.1").target("cloudflare", TLS, "104.24.9.9"),
        Cells().controls("104.16.0.2", name=OTHER).target("cloudflare", TLS, "104.24.9.9", name=OTHER),
    ),
    "a refusal where one good name fails": Cells()
    .controls(LIVE)
    .good("google", GOOGLE)
    .good("google", GOOGLE, "0.0.0.0")
    .users("google", GOOGLE, "REFUSED")
    .add(Role.TARGET, "google", "tls:8.8.4.4:853#dns.google", LIVE),
}


@pytest.mark.parametrize("which", ROUNDS)
def test_no_omission_turns_a_verdict_round(which: str) -> None:
    """Whatever is left out of a round: nothing that was open is blocked then, nor the other way; nothing is dead."""
    records = ROUNDS[which].records
    memory = Memory()
    policy = DECIDES if which.startswith("a network") else POLICY

    def said(numbers: tuple[int, ...]) -> dict[tuple[str, str], Verdict]:
        verdicts = judge_round([records[number] for number in numbers], WORLD, policy, memory=memory)
        return {(one.resolver, one.name): one for one in verdicts}

    kept = [numbers for size in range(len(records) + 1) for numbers in combinations(range(len(records)), size)]
    found = {numbers: said(numbers) for numbers in kept}
    decided = 0
    for numbers, verdicts in found.items():
        for key, verdict in verdicts.items():
            if verdict.outcome not in _BOTH or verdict.origin is not Origin.RESOLVER:
                continue
            decided += 1
            for smaller in _subsets(numbers):
                other = found[smaller].get(key)
                assert other is None or other.outcome in {verdict.outcome, Outcome.INSUFFICIENT, Outcome.FAILING}, (
                    which, numbers, smaller, verdict, other,
                )  # fmt: skip
    assert decided


def _subsets(numbers: tuple[int, ...]) -> list[tuple[int, ...]]:
    return [some for size in range(len(numbers)) for some in combinations(numbers, size)]
