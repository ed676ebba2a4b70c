"""The truth table: what becomes of the controls, crossed with what a resolver does, by which channel, and how fit it is.

0 `blocked` by contradiction and 0 `open` without two independent operators that agree; and each outcome as the oracle has it.
"""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from collector.judge import RULES, Memory, judge_round
from schema.words import Outcome
from tests.judging.table_answers import BEHAVIOURS, Behaviour
from tests.judging.table_controls import BY_NAME, CONTROLS, Panel, all_control_lines, kinds, panels
from tests.judging.table_oracle import FAILS, OK, UNASKED, held_back, together, verdict
from tests.judging.table_parts import MANY, NAME, POLICY, WORLD, Lines, ask_target, numbered, target_endpoints
from tests.unit.judge_build import Cells

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from schema.verdict import Verdict

AT_ONCE: Final = 16  # resolvers under test in one round
CONTRADICTION: Final = frozenset(
    rule.rule_id
    for rule in RULES
    if rule.outcome is Outcome.BLOCKED and (rule.source == "ADR 0004" or rule.rule_id == "alias_at_apex")
)
NO_CONCLUSION: Final = (Outcome.INSUFFICIENT, None)
CROSSED: Final = (
    ("live", "live"),
    ("live", "elsewhere"),
    ("denies", "denies"),
    ("live", "denies"),
    ("live", "timeout"),
    ("no data", "denies"),
    ("not asked", "not in the plan"),
    ("live", "live", "poisoned: page"),
)


class Subject(NamedTuple):
    """One resolver under test: what it does over TLS and over UDP (None: not asked there), and on the name that always answers."""

    number: int
    on_tls: Behaviour | None
    on_udp: Behaviour | None
    good: str

    @property
    def says(self) -> str:
        """In words, for a test that fails."""
        channels = f"tls={self.on_tls and self.on_tls.name!r} udp={self.on_udp and self.on_udp.name!r}"
        return f"{channels} good={self.good}"

    def lines(self) -> Lines:
        """Its records."""
        cells = Cells()
        spoils: list[Callable[[bytes], bytes] | None] = []
        over_udp, over_tls = target_endpoints(self.number)
        for endpoint, did in ((over_udp, self.on_udp), (over_tls, self.on_tls)):
            if did is None:
                continue
            spoils += ask_target(cells, f"t{self.number}", endpoint, did.untold, did.says, did.times)
            if self.good != UNASKED:
                address = ("198.18.200.1",) if self.good == OK else ("SERVFAIL",)
                cells.good(f"t{self.number}", endpoint, *address)
                spoils.append(None)
        return numbered(cells, MANY * 10 + self.number * 20, spoils)


def subjects(goods: Iterable[str], channels: Iterable[str]) -> list[Subject]:
    """Each behaviour by each of *channels*, with what the endpoint makes of the name that always answers."""
    found: list[Subject] = []
    for did, good, channel in product(BEHAVIOURS, goods, channels):
        on_tls, on_udp = (did if channel != "udp" else None), (did if channel != "tls" else None)
        found.append(Subject(len(found), on_tls, on_udp, good))
    return found


def crossed() -> list[Subject]:
    """Each behaviour over TLS beside each over UDP."""
    pairs = product(BEHAVIOURS, BEHAVIOURS)
    return [Subject(number % 1000, on_tls, on_udp, OK) for number, (on_tls, on_udp) in enumerate(pairs)]


TABLES: Final[dict[str, tuple[Callable[[], list[Subject]], Callable[[], Iterable[Panel]]]]] = {
    "by one channel": (lambda: subjects((OK,), ("tls", "udp")), panels),
    "by both channels": (lambda: subjects((OK,), ("both",)), kinds),
    "with the good name failing or not asked": (lambda: subjects((FAILS, UNASKED), ("tls", "udp", "both")), kinds),
    "one over TLS, another over UDP": (crossed, lambda: [tuple(BY_NAME[name] for name in names) for names in CROSSED]),
}


def judged(panel: Panel, at: int, kept: dict[tuple[int, str], Lines], subjects: Lines, memory: Memory) -> list[Verdict]:
    """The verdicts of one round; *at* turns the panel round the slots, so that no control has a place of its own."""
    cells = [line for place, one in enumerate(panel) for line in kept[(place + at) % 4, one.name]]
    verdicts = judge_round([*cells, *subjects], WORLD, POLICY, memory=memory)
    return [one for one in verdicts if one.resolver.startswith("t")]


def batches(every: list[Subject]) -> Iterator[tuple[dict[str, Subject], Lines]]:
    """The subjects by resolver, so many to a round, with their records."""
    for start in range(0, len(every), AT_ONCE):
        some = every[start : start + AT_ONCE]
        yield {f"t{one.number}": one for one in some}, tuple(line for one in some for line in one.lines())


class Tally:
    """Verdicts held to the oracle, and counted."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.held_back = 0
        self.wrong: list[str] = []
        self.baseless: list[str] = []

    def hold(self, panel: Panel, some: dict[str, Subject], verdicts: Iterable[Verdict]) -> None:
        """Compare what *panel* and the subjects came to with what they must."""
        word = together(panel)
        for found in verdicts:
            subject = some[found.resolver]
            said = (found.outcome, found.origin)
            expected = verdict(subject.on_tls, subject.on_udp, word, subject.good)
            self.outcomes[found.outcome] += 1
            where = f"{' + '.join(one.name for one in panel)}; {subject.says}"
            if said != expected:
                if said == NO_CONCLUSION and held_back(panel, subject.on_tls, subject.on_udp):
                    self.held_back += 1
                else:
                    self.wrong.append(f"{where}: expected {expected}, found {said} by {found.rule}")
            contradicted = found.outcome is Outcome.BLOCKED and found.rule in CONTRADICTION
            if (contradicted or found.outcome is Outcome.OPEN) and not word.lives:
                self.baseless.append(f"{where}: {found.rule}")

    def summary(self, what: str) -> str:
        """One line for the log."""
        counted = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(self.outcomes.items()))
        return (
            f"{what}: {sum(self.outcomes.values()):,} combinations: {counted}. Blocked by contradiction or open without "
            f"two that agree: {len(self.baseless)}. Other than the oracle: {len(self.wrong)}; held back: {self.held_back}"
        )


@pytest.mark.parametrize("which", TABLES)
def test_truth_table(which: str, show: Callable[[str], None]) -> None:
    build, against = TABLES[which]
    kept, sets, tally = all_control_lines(), list(against()), Tally()
    for some, lines in batches(build()):
        memory = Memory()
        for at, panel in enumerate(sets):
            tally.hold(panel, some, judged(panel, at, kept, lines, memory))
    show(tally.summary(f"truth table, {which}, {len(sets):,} panels of controls"))
    assert not tally.baseless, tally.baseless[:20]
    assert not tally.wrong, "\n".join([f"{len(tally.wrong)} wrong", *tally.wrong[:20]])
    assert set(tally.outcomes) == set(Outcome) - (set() if "failing" in which else {Outcome.FAILING})


def test_the_name_under_test_is_one_that_an_alias_cannot_stand_at() -> None:
    """The oracle takes the name for the top of its zone."""
    assert NAME.count(".") == 2


def test_every_control_has_a_name_of_its_own() -> None:
    assert len(BY_NAME) == len(CONTROLS)
    assert len({one.name for one in BEHAVIOURS}) == len(BEHAVIOURS)
