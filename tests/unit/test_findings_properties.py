"""What holds of days whatever was measured: nothing is gained by leaving out, by order, or by finding twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from collector.compliance.amounts import settle_amounts
from collector.compliance.counting import countable
from collector.compliance.facts import DayFacts, DaySample, FindingDay
from collector.compliance.readings import readings
from collector.compliance.sums import sums
from collector.status.sample import Sample, fold_sample
from schema.order import DayRuleChoice, Order, Penalty, Per, Stay
from schema.plan import PlanVantage
from schema.policy import Policy
from schema.registry import Resolver
from schema.verdict import Counts, Verdict
from schema.words import Finding, How, Kind, Note, Origin, Outcome, State
from tests.unit.finding_days import (
    ALFA,
    DAILY,
    FAMILY,
    NAME,
    ORDER,
    OTHER,
    facts,
    find,
    history,
    rounds,
    sample,
    settled,
)

NOTES = (Note.MAY_BE_CACHED, Note.PARKED, Note.TRANSPORTS_DIFFER, Note.ADDRESSES_DIFFER, Note.POOL, Note.DEAD_NAME)
PLAIN = sample()
#: Mostly what counts, so that many days do.
SAMPLES = st.one_of(
    st.just(PLAIN),
    st.just(PLAIN),
    st.just(PLAIN),
    st.just(sample(state=State.BLOCKED)),
    st.just(sample(notes=(Note.MAY_BE_CACHED,))),
    st.none(),
    st.builds(
        sample,
        state=st.sampled_from(State),
        origin=st.sampled_from([*Origin, None]),
        notes=st.lists(st.sampled_from(NOTES), unique=True).map(tuple),
        vantages=st.integers(0, 6),
        networks=st.integers(0, 6),
        enrolled=st.integers(0, 6),
        dissenting=st.integers(0, 1),
        indicative=st.booleans(),
    ),
)
#: Whole days of one kind: without them few days would be anything but undetermined.
SAME = (PLAIN, sample(state=State.BLOCKED), sample(state=State.DEAD))
DAYS = st.one_of(
    st.tuples(st.integers(4, 24), st.sampled_from(SAME)).map(lambda drawn: [drawn[1]] * drawn[0]),
    st.lists(SAMPLES, max_size=24),
    st.tuples(st.integers(8, 24), SAMPLES, SAMPLES).map(lambda drawn: [*[PLAIN] * drawn[0], drawn[1], drawn[2]]),
)
CHOSEN = DayRuleChoice(id="daily_90", verified=True)
ORDERS = st.builds(
    lambda rule, per, relapse, sure: replace(
        ORDER,
        day_rule=rule,
        penalty_per_day=Penalty(
            amount="0.10",
            currency="EUR",
            verified=True,
            per=per,
            per_verified=sure,
            relapse=relapse,
            relapse_verified=sure,
        ),
    ),
    st.sampled_from([None, CHOSEN]),
    st.sampled_from([None, *Per]),
    st.sampled_from([None, False, True]),
    st.booleans(),
)


@st.composite
def weeks(draw: st.DrawFn) -> list[DayFacts]:
    """Some days of two names at two resolvers; the first of them are not due."""
    return [
        facts(rounds(draw(DAYS), day), day=day, resolver=resolver, name=name)
        for resolver in (ALFA, FAMILY)
        for name in (NAME, OTHER)
        for day in (date(2026, 1, 12) + timedelta(days=n) for n in range(draw(st.integers(0, 5))))
    ]


@given(st.lists(SAMPLES, min_size=1, max_size=24) | DAYS, st.data(), st.sampled_from([ORDER, DAILY]))
def test_leaving_out_whole_samples_adds_no_counted_day(
    samples: list[Sample | None], data: st.DataObject, order: Order
) -> None:
    """What is left out stays planned: a day that counts without it counts with it."""
    left = data.draw(st.lists(st.booleans(), min_size=len(samples), max_size=len(samples)))
    whole = find(history(order), [facts(rounds(samples))])[0]
    fewer = find(
        history(order), [facts(rounds([one if keep else None for one, keep in zip(samples, left, strict=True)]))]
    )[0]
    assert fewer.samples_planned == whole.samples_planned
    assert whole.counted or not fewer.counted


def test_leaving_out_is_tried_where_days_count() -> None:
    """All subsets of a day that barely counts, with one withheld round: only those that keep nine tenths open count."""
    samples = [*[PLAIN] * 11, sample(state=State.BLOCKED)]
    counted = set()
    for mask in range(1 << len(samples)):
        kept = [one if mask >> n & 1 else None for n, one in enumerate(samples)]
        if find(history(DAILY), [facts(rounds(kept))])[0].counted:
            counted.add(mask)
    everything = (1 << len(samples)) - 1
    assert counted == {everything, everything >> 1}


VANTAGES = st.lists(
    st.tuples(st.integers(1, 6), st.sampled_from(["open", "blocked", "failing", "insufficient", "absent"])), max_size=8
)


@given(VANTAGES, st.integers(1, 8), st.sampled_from([Kind.PUBLIC, Kind.ISP]))
def test_a_vantage_that_agrees_removes_nothing(drawn: list[tuple[int, str]], network: int, kind: Kind) -> None:
    """Through the real fold: a sample that counts for a side counts for it with one more vantage that says the same."""
    resolver = Resolver(
        "alfa", "Alfa DNS", kind, (1,), endpoints=("udp:203.0.113.1:53", "tls:203.0.113.1:853#a.example")
    )
    before = countable(_folded(drawn, resolver), resolver)
    for side in (State.OPEN, State.BLOCKED):
        if before is side:
            assert countable(_folded([*drawn, (network, side.value)], resolver), resolver) is side


def _folded(drawn: list[tuple[int, str]], resolver: Resolver) -> DaySample:
    enrolled = [PlanVantage(f"v{n}", asn, "IT") for n, (asn, _) in enumerate(drawn)]
    votes = [
        (one, _verdict(one.id, Outcome(said)))
        for one, (_, said) in zip(enrolled, drawn, strict=True)
        if said != "absent"
    ]
    at = datetime(2026, 1, 20, tzinfo=UTC)
    folded = fold_sample(
        votes, plan_number=1, at=at, name=NAME, enrolled=enrolled, resolver=resolver, policy=Policy(territory="IT")
    )
    return DaySample(1, at, folded)


def _verdict(probe: str, outcome: Outcome) -> Verdict:
    decided = outcome in {Outcome.OPEN, Outcome.BLOCKED}
    return Verdict(
        plan="ab" * 32, probe=probe, resolver="alfa", name=NAME, outcome=outcome,
        how=How.NXDOMAIN if outcome is Outcome.BLOCKED else None, origin=Origin.RESOLVER if decided else None, label=None,
        site=None, rule="invented", witness=1, witness_digest="cd" * 32, counts=Counts(), endpoints={},
    )  # fmt: skip


@given(weeks(), ORDERS)
def test_found_twice_and_settled_twice(days: list[DayFacts], order: Order) -> None:
    """The same rows, also where some come back from where they are kept and were settled before."""
    terms = history(order)
    rows = settled(terms, days)
    assert rows == settled(terms, days)
    stored = [msgspec.json.decode(msgspec.json.encode(row), type=FindingDay) for row in rows]
    assert stored == rows
    fresh = find(terms, days)
    mixed = [old if number % 2 else new for number, (old, new) in enumerate(zip(stored, fresh, strict=True))]
    assert settle_amounts(terms, mixed) == rows


@given(weeks(), ORDERS, st.randoms(use_true_random=False))
def test_order_does_not_matter(days: list[DayFacts], order: Order, dice: Random) -> None:
    terms = history(order)
    rows = settled(terms, days)
    turned = [one._replace(samples=tuple(dice.sample(one.samples, len(one.samples)))) for one in days]
    dice.shuffle(turned)
    again = settled(terms, turned)
    assert sorted(again, key=_key) == sorted(rows, key=_key)
    assert sums(terms, again) == sums(terms, rows)
    assert readings(terms, again) == readings(terms, rows)


def _key(row: FindingDay) -> tuple[str, str, date]:
    return row.resolver, row.name, row.day


@given(weeks(), ORDERS)
def test_days_add_up(days: list[DayFacts], order: Order) -> None:
    """The sums are the days', no row costs more than beside, and only days that count cost anything."""
    terms = history(order)
    rows = settled(terms, days)
    for one in sums(terms, rows):
        own = [row for row in rows if row.name == one.name]
        assert one.amount_counted == sum((row.amount or Decimal(0) for row in own), Decimal(0))
        assert one.amount_counted <= one.amount_would_be  # type: ignore[operator]  # the order sets a sum
        assert one.days_due == (
            one.days_compliant + one.days_not_compliant + one.days_partly_compliant + one.days_not_testable
            + one.days_undetermined
        )  # fmt: skip
        assert one.days_would_be == one.days_not_compliant
        assert one.verified
    for row in rows:
        assert (row.amount is None) == (row.currency is None) == (not row.counted)
        assert (row.amount or 0) <= (row.amount_beside or 0)
        assert row.samples_countable + row.samples_blocked <= row.samples_planned


@given(weeks(), ORDERS)
def test_a_day_costs_once_by_the_lowest_reading(days: list[DayFacts], order: Order) -> None:
    terms = history(replace(order, penalty_per_day=Penalty(amount="10000", currency="EUR", verified=True)))
    rows = settled(terms, days)
    for day in {row.day for row in rows}:
        assert sum(row.amount or 0 for row in rows if row.day == day) in {0, 10000}


FLAGS = ("starts", "grace", "penalty", "scope", "measure", "stay", "end", "per", "relapse")


def _with(flags: frozenset[str]) -> Order:
    return replace(
        ORDER,
        starts_verified="starts" in flags,
        grace_verified="grace" in flags,
        penalty_per_day=Penalty(
            amount="10000", currency="EUR", verified="penalty" in flags, per=Per.NAME, per_verified="per" in flags,
            relapse=True, relapse_verified="relapse" in flags,
        ),
        measure=replace(ORDER.measure, verified="measure" in flags) if ORDER.measure else None,
        scope=tuple(replace(one, verified="scope" in flags) for one in ORDER.scope),
        stay=(Stay(starts_on=date(2026, 1, 15), ends_on=date(2026, 1, 15), verified="stay" in flags),),
        valid_to=date(2026, 1, 16),
        valid_to_verified="end" in flags,
    )  # fmt: skip


@given(weeks(), st.sets(st.sampled_from(FLAGS)), st.sets(st.sampled_from(FLAGS)))
def test_more_verification_adds_nothing_but_counts(days: list[DayFacts], some: set[str], further: set[str]) -> None:
    """What is seen stays; a day becomes what it would have been, or stays; and the sum never falls."""
    less, more = history(_with(frozenset(some))), history(_with(frozenset(some | further)))
    before, after = settled(less, days), settled(more, days)
    for old, new in zip(before, after, strict=True):
        assert (old.seen, old.state, old.samples_countable) == (new.seen, new.state, new.samples_countable)
        assert new.finding in {old.finding, old.would_be}
        assert not old.counted or new.counted
        assert not new.counted or Finding.NOT_COMPLIANT in {old.finding, old.would_be}
    assert sum(row.amount or 0 for row in before) <= sum(row.amount or 0 for row in after)


@given(weeks(), ORDERS, st.integers(0, 30))
def test_one_more_day_that_resolved_never_costs_less(days: list[DayFacts], order: Order, position: int) -> None:
    """A day that was not compliance, measured better: what it costs is added, and nothing else is lost."""
    terms = history(order)
    before = settled(terms, days)
    if not days or before[position % len(days)].finding is Finding.COMPLIANT:
        return
    chosen = position % len(days)
    better = [
        one._replace(samples=rounds([PLAIN] * 24, one.day)) if number == chosen else one
        for number, one in enumerate(days)
    ]
    after = settled(terms, better)
    assert sum(row.amount or 0 for row in before) <= sum(row.amount or 0 for row in after)
    assert {_key(row) for row in before if row.counted} <= {_key(row) for row in after if row.counted}


def test_these_days_are_of_all_kinds() -> None:
    """The examples above reach every finding: else the properties would hold of nothing."""
    seen: set[Finding] = set()

    @given(weeks(), ORDERS)
    def collect(days: list[DayFacts], order: Order) -> None:
        seen.update(row.finding for row in settled(history(order), days))

    collect()
    assert seen >= {
        Finding.COMPLIANT, Finding.NOT_COMPLIANT, Finding.PARTLY_COMPLIANT, Finding.UNDETERMINED, Finding.NOT_DUE,
        Finding.NOT_TESTABLE,
    }  # fmt: skip
