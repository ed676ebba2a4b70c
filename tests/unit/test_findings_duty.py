"""When names fall due, over orders of all kinds: never backwards, and the first due day is the first day that is due."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from collector.compliance.duty import Due, Duties, duty_of
from collector.compliance.history import History
from schema.order import Attached, Notice, NoticeKind, Order, Scope, ScopeRule, StartsFrom, Stay, Terms
from schema.words import Kind
from tests.unit.finding_days import ALFA, NAME, ORDER, history

LATER = "specchio.example."
FIRST = date(2026, 1, 10)
SPAN = 60
DATES = st.integers(0, 40).map(lambda n: FIRST + timedelta(days=n))
MAYBE = st.none() | DATES
NOTICES = st.lists(
    st.builds(
        lambda kind, day, minute, names: Notice(
            kind=kind,
            operator="alfa-dns",
            at=datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute),
            by="A. Rossi",
            names=names,
        ),
        st.sampled_from(NoticeKind),
        DATES,
        st.integers(0, 1439),
        st.sampled_from([(), (NAME,), (LATER,), (NAME, LATER)]),
    ),
    max_size=3,
).map(tuple)
STAYS = st.lists(
    st.builds(
        lambda day, length, sure: Stay(
            starts_on=day, ends_on=None if length is None else day + timedelta(days=length), verified=sure
        ),
        DATES,
        st.none() | st.integers(0, 9),
        st.booleans(),
    ),
    max_size=2,
).map(tuple)


@st.composite
def orders(draw: st.DrawFn) -> Order:
    """An order with a name of its own and one that was attached later."""
    attached = Attached(name=LATER, by="B. Bianchi", on=draw(DATES), reason="same site", evidence="page")
    return replace(
        ORDER,
        starts_from=draw(st.sampled_from(StartsFrom)),
        starts_on=draw(DATES),
        confirmed_on=draw(MAYBE),
        grace_days=draw(st.integers(0, 9)),
        grace_minutes=draw(st.sampled_from([0, 0, 30, 1439])),
        valid_to=draw(MAYBE),
        valid_to_verified=draw(st.booleans()),
        terms=(
            Terms(
                operator="alfa-dns",
                served_on=draw(MAYBE),
                effective_from=draw(st.none() | st.none() | DATES),
                grace_days=draw(st.none() | st.integers(0, 9)),
                ends_on=draw(MAYBE),
                ends_verified=draw(st.booleans()),
            ),
        ),
        stay=draw(STAYS),
        notice=draw(NOTICES),
        scope=(
            Scope(name=NAME, rule=ScopeRule.EXACT),
            Scope(name=NAME, rule=ScopeRule.ADJUDICATED, attached=(attached,)),
        ),
    )


HISTORIES = st.lists(orders(), min_size=1, max_size=3).flatmap(
    lambda found: st.tuples(*[MAYBE for _ in found]).map(
        lambda days: history(*[replace(one, terms_from=day) for one, day in zip(found, days, strict=True)])
    )
)


def days() -> list[date]:
    return [FIRST + timedelta(days=n) for n in range(SPAN)]


@given(HISTORIES, st.sampled_from([NAME, LATER]))
def test_the_first_due_day_is_the_first_that_is_due(terms: History, name: str) -> None:
    duties = Duties(terms)
    found = [day for day in days() if duties.of(ALFA, name, day).due is not Due.NO]
    assert duties.first_due(ALFA, name) == (found[0] if found else None)


@given(HISTORIES, st.sampled_from([NAME, LATER]))
def test_never_backwards(terms: History, name: str) -> None:
    """No day is due before its start, its attachment, its notice or the terms in force; each says why it is not due."""
    duties = Duties(terms)
    assert duties.of(ALFA, name, FIRST) == duty_of(terms, ALFA, name, FIRST)
    for day in days():
        duty = duties.of(ALFA, name, day)
        assert (duty.reason is None) == (duty.due is Due.YES)
        if duty.due is Due.NO:
            continue
        assert duty.version is not None
        assert duty.version.terms_from <= day
        assert duty.start is not None
        assert duty.due_on is not None
        assert duty.start < duty.due_on <= day
        order = duty.version.order
        grace = order.grace_days if order.terms[0].grace_days is None else order.terms[0].grace_days
        assert day > duty.start + timedelta(days=grace)
        if name == LATER:
            told = [one.at for one in order.notice if LATER in one.names]
            assert duty.start >= order.scope[1].attached[0].on
            assert duty.start >= min(told).date()


@given(HISTORIES)
def test_what_was_attached_starts_with_the_orders_own_name_or_later(terms: History) -> None:
    """But where time runs from notice or service: then each name has its own."""
    duties = Duties(terms)
    for day in days():
        later, own = duties.of(ALFA, LATER, day), duties.of(ALFA, NAME, day)
        told = own.version is not None and own.version.order.starts_from in {StartsFrom.NOTICE, StartsFrom.SERVICE}
        if later.start is not None and not told:
            assert own.start is not None
            assert later.start >= own.start


@given(HISTORIES, st.booleans())
def test_who_is_no_addressee_owes_nothing(terms: History, of_a_provider: bool) -> None:
    other = replace(ALFA, id="beta", operator="Beta DNS", kind=Kind.ISP if of_a_provider else Kind.PUBLIC)
    assert all(duty_of(terms, other, NAME, day).due is Due.NO for day in days()[::9])


@given(orders(), NOTICES)
def test_a_later_notice_moves_no_start_back(order: Order, further: tuple[Notice, ...]) -> None:
    """What is entered later may start time earlier only if it is of an earlier event: a notice after the first changes nothing."""
    before = duty_of(history(order), ALFA, LATER, FIRST + timedelta(days=SPAN))
    if before.start is None:
        return
    started = before.start
    after_it = tuple(one for one in further if one.at.date() > started + timedelta(days=1))
    after = duty_of(
        history(replace(order, notice=(*order.notice, *after_it))), ALFA, LATER, FIRST + timedelta(days=SPAN)
    )
    assert (after.start, after.due_on) == (before.start, before.due_on)
