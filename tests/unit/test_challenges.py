"""Each clause of each challenge by its own day; nothing is excluded without its witness, and no omission ever excludes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from collector.compliance.challenge_clauses import BY_ID, CHALLENGES, CLAUSES, TOO_FEW, UNTESTED
from collector.compliance.challenges import Met, meet, meet_all, rows, worded
from collector.compliance.challenges_wording import challenges_text, clauses_table
from collector.compliance.dayevidence import DayEvidence, PlanFacts, RoundFacts
from collector.compliance.facts import Measured
from collector.compliance.sites import country_of_site
from schema.registry import Resolver
from schema.words import Challenge, Ground, Kind, Note, Origin, Outcome, Standing
from tests.unit.challenge_examples import SOA, START, day_evidence, digest, name_run

T = TypeVar("T")
Change = Callable[[DayEvidence], DayEvidence]
HEAD: Final = "| challenge | clause | by it the challenge is | source |\n|---|---|---|---|\n"
UDP: Final = "udp:85.38.28.4:53"
TIM: Final = Resolver("isp-tim", "TIM", Kind.ISP, (3269, 30722, 12874), on_net_only=True, endpoints=(UDP,))


def of_rounds(change: Callable[[RoundFacts], RoundFacts]) -> Change:
    """Change every round of the day."""
    return of_plans(lambda plan: plan._replace(rounds=tuple(map(change, plan.rounds))))


def of_plans(change: Callable[[PlanFacts], PlanFacts]) -> Change:
    """Change every plan of the day."""
    return lambda day: day._replace(plans=tuple(map(change, day.plans)))


def of_verdicts(**changes: object) -> Change:
    """Change every verdict of the day."""
    return of_rounds(lambda one: one._replace(verdict=replace(one.verdict, **changes)))


def of_closes(**changes: Any) -> Change:
    """Change every close of the day."""
    return of_rounds(lambda one: one._replace(closed=one.closed and one.closed._replace(**changes)))


def of_names(**changes: object) -> Change:
    """Change what every plan says of the name."""
    return of_plans(lambda plan: plan._replace(name=plan.name and replace(plan.name, **changes)))


def own_line(day: DayEvidence) -> DayEvidence:
    """The same day of an access provider's resolver, asked on its own network."""
    changed = of_rounds(
        lambda one: one._replace(endpoint=UDP, verdict=replace(one.verdict, endpoints={UDP: Outcome.OPEN}, site=None))
    )
    return changed(day._replace(resolver=TIM))


def handed_out(day: DayEvidence) -> DayEvidence:
    """... whose address the line hands out."""
    return of_rounds(lambda one: one._replace(line=one.line and one.line._replace(handed_out=("85.38.28.4",))))(
        own_line(day)
    )


def off_line(one: RoundFacts) -> RoundFacts:
    """A round of which only its batches tell the line."""
    return one._replace(own_network=None)


def moved(one: RoundFacts) -> RoundFacts:
    """A round that came over another network than the vantage's first."""
    return off_line(one)._replace(line=one.line and one.line._replace(source="185.11.2.3"))


BORN: Final = START - timedelta(days=36)
DIED: Final = (
    name_run(BORN, START - timedelta(days=9)),
    name_run(START - timedelta(days=8), START - timedelta(days=6), ground=Ground.DEAD, name_servers=(), soa=""),
    name_run(START - timedelta(days=5), START + timedelta(days=1)),
)
SOLD: Final = (
    name_run(BORN, START - timedelta(days=9), name_servers=("a.other.",), soa="a.other. b.other."),
    name_run(START - timedelta(days=5), START + timedelta(days=1)),
)
SAME_NOW: Final[Change] = lambda day: day  # noqa: E731 - one of many changes, the empty one

CASES: Final[tuple[tuple[str, Change], ...]] = (
    ("certificate", SAME_NOW),
    ("own_line", own_line),
    ("not_attributed", of_verdicts(origin=Origin.UNATTRIBUTED)),
    ("no_verified_channel", of_rounds(lambda one: one._replace(endpoint="udp:1.1.1.1:53"))),
    ("older_than_caches", SAME_NOW),
    ("ttl_remaining", lambda day: of_plans(lambda plan: plan._replace(due_at=START))(day._replace(due_at=START))),
    ("may_be_cached", of_verdicts(notes=(Note.MAY_BE_CACHED,))),
    ("due_not_known", lambda day: of_plans(lambda plan: plan._replace(due_at=None))(day._replace(due_at=None))),
    ("due_not_known", lambda day: day._replace(due_at=START)),  # the judge compared with an earlier time than is due now
    ("handed_out", handed_out),
    ("site_in_territory", SAME_NOW),
    ("every_site", lambda day: day._replace(territory="")),
    ("site_elsewhere", of_verdicts(site="fra03")),
    ("site_elsewhere", of_verdicts(site="no airport")),
    ("site_not_told", of_verdicts(site=None)),
    ("site_not_told", of_rounds(lambda one: one._replace(endpoint="udp:1.1.1.1:53"))),  # anybody's word
    ("enrolled_in", SAME_NOW),
    ("enrolled_in", of_rounds(lambda one: one._replace(own_network=digest("own"), endpoint=""))),
    ("enrolled_only", of_rounds(lambda one: off_line(one)._replace(verdict=replace(one.verdict, site="fra03")))),
    ("enrolled_only", of_rounds(lambda one: off_line(one)._replace(endpoint="udp:1.1.1.1:53"))),
    ("no_territory", lambda day: day._replace(territory="")),
    ("enrolled_elsewhere", of_rounds(lambda one: one._replace(vantage=replace(one.vantage, country="FR")))),
    ("country_not_known", of_rounds(lambda one: one._replace(vantage=replace(one.vantage, country="")))),
    ("dns_alone_counts", lambda day: day._replace(dns_alone=digest("order"), measured=Measured.SEEN)),
    ("measure_not_seen", SAME_NOW),
    ("measure_seen", lambda day: day._replace(measured=Measured.SEEN)),
    ("measure_not_tested", lambda day: day._replace(measured=Measured.NOT_TESTED)),
    ("measure_not_tested", lambda day: day._replace(measured_by=None)),
    ("same_since", SAME_NOW),
    ("not_alive", of_names(ground=Ground.NODATA)),
    ("name_parked", of_names(parked=True)),
    ("name_parked", of_plans(lambda plan: plan._replace(sample=replace(plan.sample, notes=(Note.PARKED,))))),
    ("holder_may_differ", lambda day: day._replace(known=DIED)),
    ("holder_may_differ", lambda day: day._replace(known=SOLD)),
    ("not_watched_then", lambda day: day._replace(known=(name_run(START, START + timedelta(days=1)),))),
    ("holder_not_known", of_plans(lambda plan: plan._replace(name=None))),
    ("holder_not_known", of_names(name_servers=(), soa="")),
    ("holder_not_known", lambda day: day._replace(known=())),
    ("holder_not_known", of_names(ground=Ground.MISSING)),
    ("stamped", SAME_NOW),
    ("plan_late", of_plans(lambda plan: plan._replace(late=True))),
    ("not_in_one_day", of_closes(not_before=None)),
    ("not_in_one_day", of_closes(not_after=datetime(2022, 8, 16, 1, tzinfo=UTC))),
    ("not_in_one_day", of_closes(not_before=datetime(2022, 8, 15, 9, tzinfo=UTC), not_after=datetime(2022, 8, 15, 8, tzinfo=UTC))),
    ("not_stamped", of_closes(not_after=None)),
    ("not_stamped", of_rounds(lambda one: one._replace(closed=None))),
    ("own_network_answers", of_rounds(lambda one: one._replace(own_network=digest("own")))),
    ("line_as_enrolled", of_rounds(off_line)),
    ("line_differs", of_rounds(moved)),
    ("line_differs", of_rounds(lambda one: off_line(one)._replace(line=one.line and one.line._replace(route="other")))),
    ("line_not_known", of_rounds(lambda one: off_line(one)._replace(line=None))),
    ("line_not_known", of_rounds(lambda one: off_line(one)._replace(line=one.line and one.line._replace(route=None)))),
    ("line_not_known", of_rounds(lambda one: off_line(one)._replace(line=one.line and one.line._replace(source="127.0.0.1")))),
    ("line_not_known", of_rounds(lambda one: off_line(one)._replace(line=one.line and one.line._replace(source="")))),
    ("several_keepers", SAME_NOW),
    ("few_keepers", of_rounds(lambda one: one._replace(custodian="Anna"))),
    ("few_keepers", of_plans(lambda plan: plan._replace(rounds=plan.rounds[:2]))),
    ("keepers_not_known", of_rounds(lambda one: one._replace(custodian=""))),
    ("independent_controls", SAME_NOW),
    ("shown_by_the_site", of_verdicts(rule="address_vouched")),
    ("controls_share", of_plans(lambda plan: plan._replace(controls=(("quad9", ("AS19281",)), ("other", ("4:7", "AS19281")))))),
    ("controls_share", of_plans(lambda plan: plan._replace(controls=(("quad9", ("AS19281",)), ("other", ("4:101",)))))),
    ("controls_share", of_plans(lambda plan: plan._replace(controls=(("quad9", ("AS19281",)),)))),
    ("controls_anywhere", of_plans(lambda plan: plan._replace(controls=(("quad9", ("AS19281",)), ("other", ()))))),
    ("controls_in_doubt", of_verdicts(notes=(Note.CONTROLS_DISAGREE,))),
    ("controls_in_doubt", of_verdicts(rule="address_in_network")),
    ("controls_not_known", of_plans(lambda plan: plan._replace(controls=()))),
    ("sealed_and_stamped", SAME_NOW),
    ("close_disputed", of_closes(disputed=True)),
    ("not_sealed", of_closes(sealed=False)),
    ("close_not_stamped", of_closes(not_after=None)),
    ("not_closed", of_rounds(lambda one: one._replace(closed=None))),
)  # fmt: skip


@pytest.mark.parametrize(("clause", "change"), CASES, ids=[f"{number}-{case[0]}" for number, case in enumerate(CASES)])
def test_clause(clause: str, change: Change) -> None:
    """Each case is decided by the clause it names, and what is excluded names its witness."""
    met = meet(BY_ID[clause].challenge, change(day_evidence()))
    assert (met.clause, met.standing) == (clause, BY_ID[clause].standing)
    assert (met.witness is not None) == (met.standing is Standing.EXCLUDED)
    assert met.detail == worded(clause, met.figures, met.standing, italian=False)


def test_every_clause_has_its_case() -> None:
    assert {clause for clause, _ in CASES} == set(BY_ID)
    assert len(BY_ID) == len(CLAUSES)


def test_each_challenge_can_stand_in_every_way() -> None:
    ways = {(one.challenge, one.standing) for one in CLAUSES}
    assert ways == {(challenge, standing) for challenge in Challenge for standing in Standing}
    assert set(CHALLENGES) == set(UNTESTED) == set(Challenge)


def test_a_day_of_which_all_is_known_excludes_all() -> None:
    found = meet_all(day_evidence())
    assert [one.challenge for one in found] == list(Challenge)
    # Of the line only one vantage has a network of its own to show it; the other two show it by their batches.
    assert {one.standing for one in found} == {Standing.EXCLUDED}
    assert all(one.held == one.plans == 10 for one in found if one.challenge is not Challenge.OTHER_MEASURE)


def test_a_day_of_which_nothing_is_known_excludes_nothing() -> None:
    bare = day_evidence(0)._replace(known=(), measured=Measured.NOT_TESTED, measured_by=None, enough=lambda _: True)
    assert {one.standing for one in meet_all(bare)} == {Standing.NOT_TESTED}


@pytest.mark.parametrize("doubtful", range(4))
def test_the_day_stands_on_the_rounds_that_exclude(doubtful: int) -> None:
    """Of ten samples nine are enough; one network of three may be in doubt without undoing a sample, two may not."""
    day = day_evidence()
    plans = tuple(
        plan._replace(
            rounds=tuple(
                one._replace(verdict=replace(one.verdict, site="fra03"))
                if place < 2 and plan.number < doubtful
                else one
                for place, one in enumerate(plan.rounds)
            )
        )
        for plan in day.plans
    )
    met = meet(Challenge.OTHER_SITE, day._replace(plans=plans))
    assert met.held == 10 - doubtful
    assert met.standing is (Standing.EXCLUDED if doubtful < 2 else Standing.NOT_EXCLUDED)
    one_each = of_plans(lambda plan: plan._replace(rounds=(plan.rounds[0]._replace(endpoint=""), *plan.rounds[1:])))
    assert meet(Challenge.PATH, one_each(day)).standing is Standing.EXCLUDED


def test_too_few_rounds_say_so() -> None:
    """What would exclude and is seen too seldom is not excluded, and the words say why."""
    day = of_plans(lambda plan: plan._replace(rounds=plan.rounds[:1]))(day_evidence())
    met = meet(Challenge.PATH, day)
    assert (met.standing, met.clause, met.witness, met.held) == (Standing.NOT_EXCLUDED, "certificate", None, 0)
    assert met.detail.startswith(TOO_FEW[0])
    assert worded(met.clause, met.figures, met.standing, italian=True).startswith(TOO_FEW[1])


def test_a_name_may_move_one_step_at_a_time() -> None:
    """New name servers with the old SOA, then a new SOA with those: the same holder. Both at once: nobody knows."""
    second, third = ("x.example.",), "x.example. hostmaster.example."
    moving = (
        name_run(BORN, BORN + timedelta(days=3)),
        name_run(BORN + timedelta(days=4), BORN + timedelta(days=9), name_servers=second),
        name_run(BORN + timedelta(days=10), START + timedelta(days=1), name_servers=second, soa=third),
    )
    day = of_names(name_servers=second, soa=third)(day_evidence()._replace(known=moving))
    assert meet(Challenge.NAME_NOT_THE_SITE, day).clause == "same_since"
    leapt = day._replace(known=(moving[0], moving[2]))
    assert meet(Challenge.NAME_NOT_THE_SITE, leapt).clause == "holder_may_differ"
    assert third != SOA


def test_what_happened_before_the_name_counted_is_no_matter() -> None:
    old = START - timedelta(days=90)
    known = (
        name_run(old, old + timedelta(days=1), name_servers=("q.",), soa="q. r."),
        name_run(BORN - timedelta(days=9), START),
    )
    assert meet(Challenge.NAME_NOT_THE_SITE, day_evidence()._replace(known=known)).clause == "same_since"


@st.composite
def omissions(draw: st.DrawFn) -> tuple[DayEvidence, DayEvidence]:
    """A day in some state, and the same with facts left out: plans, rounds, and what is known of each."""
    day = day_evidence(4)
    for clause, change in draw(st.lists(st.sampled_from(CASES), max_size=3)):
        assert clause
        part = frozenset(draw(st.sets(st.sampled_from(range(4)))))
        changed = {plan.number: plan for plan in change(day).plans}
        whole = change(day)
        day = whole._replace(plans=tuple(changed[plan.number] if plan.number in part else plan for plan in day.plans))
    kept = []
    for plan in day.plans:
        if draw(st.integers(0, 5)) == 0:
            continue
        rounds = tuple(_less(draw, one) for one in plan.rounds if draw(st.integers(0, 5)))
        less = plan._replace(rounds=rounds)
        if draw(st.integers(0, 5)) == 0:
            less = less._replace(name=None, late=True)
        kept.append(less)
    fewer = day._replace(plans=tuple(kept))
    if draw(st.booleans()):
        fewer = fewer._replace(known=(), measured=Measured.NOT_TESTED, dns_alone=None)
    return day, fewer


def _less(draw: st.DrawFn, one: RoundFacts) -> RoundFacts:
    left = draw(
        st.sets(st.sampled_from(["closed", "line", "first_line", "own_network", "custodian", "endpoint"]), max_size=2)
    )
    empty: dict[str, Any] = {"custodian": "", "endpoint": ""}
    fewer: dict[str, Any] = {field: empty.get(field) for field in left}
    return one._replace(**fewer)


@given(omissions())
def test_leaving_facts_out_excludes_nothing(days: tuple[DayEvidence, DayEvidence]) -> None:
    """Whatever is left out, no challenge comes to be excluded that was not; the planned samples stay the same."""
    whole, fewer = ({one.challenge: one for one in meet_all(day)} for day in days)
    for challenge in Challenge:
        if fewer[challenge].standing is Standing.EXCLUDED:
            assert whole[challenge].standing is Standing.EXCLUDED, challenge
            assert fewer[challenge].held <= whole[challenge].held


@given(st.randoms(use_true_random=False))
def test_the_order_of_facts_does_not_matter(dice: Random) -> None:
    day = of_verdicts(site="fra03")(day_evidence(5))
    plans = [plan._replace(rounds=tuple(_shuffled(dice, plan.rounds))) for plan in day.plans]
    assert meet_all(day._replace(plans=tuple(_shuffled(dice, plans)))) == meet_all(day)


def _shuffled(dice: Random, values: Iterable[T]) -> list[T]:
    mixed = list(values)
    dice.shuffle(mixed)
    return mixed


@pytest.mark.parametrize("italian", [False, True])
def test_the_page_of_text(*, italian: bool) -> None:
    """Every challenge is told with how it stands, on how many days, and its witness; a day more is told in one line."""
    day = of_verdicts(site="fra03")(day_evidence())
    later = day._replace(day=day.day + timedelta(days=1))
    found = rows("milan", day, meet_all(day)) + rows("milan", later, meet_all(day))
    text = "\n".join(challenges_text(found, italian=italian))
    assert all(challenge.value in text for challenge in Challenge)
    assert digest("0 mi-01") in text
    assert ("2 giorni (2022-08-15 .. 2022-08-16)" if italian else "2 days (2022-08-15 .. 2022-08-16)") in text
    assert "fra03" in text
    assert len(challenges_text([], italian=italian)) == 2
    first = "per il 2022-08-15:" if italian else "of 2022-08-15:"
    assert first not in text
    other = [replace(row, figures=("elsewhere",) * len(row.figures)) for row in found[len(found) // 2 :]]
    assert first in "\n".join(challenges_text([*found[: len(found) // 2], *other], italian=italian))


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: clause.clause_id)
def test_words_of_a_clause(clause: object) -> None:
    """Both languages take the same figures, and both are a sentence."""
    assert isinstance(clause, type(CLAUSES[0]))
    figures = [f"<{number}>" for number in range(3)]
    told = [words.format(*figures) for words in (clause.english, clause.italian)]
    used = [{figure for figure in figures if figure in words} for words in told]
    assert used[0] == used[1]
    assert all(words[0].isupper() and words.endswith((".", "}", ">")) for words in told)
    assert clause.source


@pytest.mark.parametrize(
    ("site", "country"),
    [("mxp01", "IT"), ("MXP", "IT"), ("res100.fco.rrdns.pch.net", "IT"), ("res1.fra", "DE"), ("qqq", None), ("", None), ("mxp-x", None)],
)  # fmt: skip
def test_sites(site: str, country: str | None) -> None:
    assert country_of_site(site) == country


def test_the_specification_has_every_clause() -> None:
    """Run with OTTEMPERA_RENDER=1 to write the table after a change."""
    page = Path(__file__).parents[2] / "schema" / "spec" / "sp-010-challenges.md"
    text = page.read_text(encoding="utf-8")
    start = text.index(HEAD) + len(HEAD)
    table = "".join(f"| {' | '.join(cells)} |\n" for cells in clauses_table())
    if os.environ.get("OTTEMPERA_RENDER") == "1":
        page.write_text(text[:start] + table, encoding="utf-8")
        text = text[:start] + table
    assert text[start:] == table


def test_a_met_challenge_is_small() -> None:
    """It can be told without the day it was met on."""
    assert Met(Challenge.PATH, Standing.NOT_TESTED, "no_verified_channel", (), None, 0, 0).detail
