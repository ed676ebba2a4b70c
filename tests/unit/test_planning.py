"""What is asked when, without a database: chunks, slots, dockets, sweeps, forecasts, and who is bound."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.compliance.history import History, Version
from collector.compliance.obliged import bounds_of
from collector.planning.chunks import chunks
from collector.planning.docket import compose, ordered_names
from collector.planning.forecast import ANSWER_S, fleet_forecast, room, round_forecast, sweep_forecast
from collector.planning.slots import LEAD, SWEEP_LEAD, Step, next_half, series
from collector.planning.sweeping import candidate_questions, sweep_questions
from collector.planning.telling import remedy
from collector.questions import build_questions
from collector.registry import builtin_world
from schema.cells import applicable, expand
from schema.endpoint import parse_endpoint
from schema.errors import ConfigError
from schema.order import Attached, Order, Scope, ScopeRule
from schema.pace import LATE_S, Pace, schedule
from schema.plan import PlanVantage
from schema.registry import Resolver, World
from schema.words import VERIFIABLE, Kind, Profile, Role, Transport
from tests.helpers.batches import WORLD

NOW = datetime(2026, 3, 2, 12, 3, tzinfo=UTC)
TODAY = date(2026, 3, 2)
STEP = Step(600.0, 300.0)
REAL = builtin_world()
HERE = PlanVantage("mi-01", 3269, "IT", "TIM")
ELSEWHERE = PlanVantage("fr-01", 64500, "FR")
LISTED = tuple(f"listed-{number:05d}.example." for number in range(3000))


# -- chunks ----------------------------------------------------------------------------------------------------------


@given(st.sets(st.integers(0, 5000), max_size=400), st.integers(1, 60))
def test_each_name_is_in_one_chunk_and_none_is_too_large(numbers: set[int], most: int) -> None:
    names = [f"n{number}." for number in numbers]
    found = chunks(names, most)
    assert sorted(name for chunk in found for name in chunk) == sorted(names)
    assert all(0 < len(chunk) <= most and list(chunk) == sorted(chunk) for chunk in found)
    assert chunks(reversed(names), most) == found


@pytest.mark.parametrize("most", [20, 100])
def test_a_list_that_changes_a_little_is_cut_almost_the_same(most: int) -> None:
    """One name more or less costs a chunk or a few, not those after it."""
    before = set(chunks(LISTED, most))
    for changed in ((*LISTED, "new.example."), LISTED[1:], LISTED[:-1], (*LISTED[:700], *LISTED[701:])):
        fresh = [chunk for chunk in chunks(changed, most) if chunk not in before]
        assert 1 <= len(fresh) <= 12
    assert len(before) <= len(LISTED) / most * 1.4, "most of the room is used"


def test_a_chunk_has_room_for_something() -> None:
    with pytest.raises(ValueError, match="one name at least"):
        chunks(LISTED, 0)


# -- slots -----------------------------------------------------------------------------------------------------------


def test_a_step_is_a_docket_and_two_halves() -> None:
    docket = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    assert [start - docket for start in STEP.halves(docket)] == [timedelta(seconds=300), timedelta(seconds=450)]
    assert STEP.between(docket) == docket + timedelta(seconds=300)
    for full in (Step(600.0, 600.0), Step(600.0, 550.0)):
        assert (full.half_s, full.halves(docket)) == (0.0, ())
        assert full.between(docket) == docket + timedelta(seconds=450)


def test_a_series_has_one_plan_after_each_docket_that_does_not_know_the_name() -> None:
    """But none right after the first look, and none in the past."""
    dockets = [NOW.replace(minute=0) + timedelta(minutes=10 * number) for number in range(4)]
    first = NOW + LEAD
    starts = series(NOW, first, dockets, STEP)
    assert starts == (first, *(docket + timedelta(seconds=300) for docket in dockets[1:]))
    late = series(NOW + timedelta(minutes=3), NOW + timedelta(minutes=3), dockets, STEP)
    assert late[1] == dockets[1] + timedelta(seconds=300)
    assert series(NOW, first, (), STEP) == (first,)


@given(st.integers(0, 1200))
def test_a_sweep_is_published_shortly_before_its_half(second: int) -> None:
    dockets = [NOW.replace(minute=0) + timedelta(minutes=10 * number) for number in range(3)]
    now = dockets[0] + timedelta(seconds=second)
    start = next_half(now, dockets, STEP)
    halves = [half for docket in dockets for half in STEP.halves(docket)]
    soon = [half for half in halves if LEAD / 2 <= half - now <= SWEEP_LEAD]
    assert start == (soon[0] if soon else None)


# -- dockets ---------------------------------------------------------------------------------------------------------


def order(*names: str, **changes: object) -> Order:
    fields: dict[str, object] = {
        "id": "first",
        "title": "An order",
        "authority": "A court",
        "issued_on": date(2026, 1, 10),
        "starts_on": date(2026, 1, 12),
        "grace_days": 30,
        "addressees": ("alpha",),
        "scope": tuple(Scope(name, ScopeRule.EXACT) for name in names),
    }
    return Order(**(fields | changes))  # type: ignore[arg-type]  # what a test says of an order


def history(*orders: Order) -> History:
    return History(Version(number, one, NOW) for number, one in enumerate(orders, 1))


def test_orders_in_force_and_to_come_are_asked() -> None:
    """By the terms that hold, not by those that were corrected; attached names too."""
    attached = Attached("moved.example.", "Anna", TODAY, "same site", "register")
    site = Scope("site.example.", ScopeRule.ADJUDICATED, attached=(attached,))
    found = ordered_names(
        [
            history(order("wrong.example."), order("right.example.")),
            history(order("now.example."), order("later.example.", terms_from=date(2026, 6, 1))),
            history(order("before.example."), order("after.example.", terms_from=date(2026, 2, 1))),
            history(
                order("over.example.", valid_to=date(2026, 3, 1)), order("never.example.", valid_to=date(2026, 1, 20))
            ),
            history(order("last-day.example.", valid_to=TODAY)),
            history(order(scope=(site,))),
        ],
        TODAY,
    )
    assert found == (
        "after.example.", "last-day.example.", "later.example.", "moved.example.", "now.example.", "right.example.",
        "site.example.",
    )  # fmt: skip


def test_guests_wait_for_room_and_orders_do_not() -> None:
    """The newest guests come first; what is refused is asked by nobody; the docket is the same whoever came first."""
    guests = [
        ("old.example.", NOW - timedelta(hours=5)),
        ("new.example.", NOW),
        ("a.example.", NOW),
        ("no.example.", NOW),
    ]
    made = partial(compose, ["Set.example"], ["b.example.", "a.example."], refused=lambda name: name.startswith("no."))
    full = made(guests, room=10)
    assert full.names == ("set.example.", "a.example.", "b.example.", "new.example.", "old.example.")
    assert (full.guests, full.left) == (("new.example.", "old.example."), ())
    some = made(guests, room=4)
    assert (some.names[3:], some.left) == (("new.example.",), ("old.example.",))
    assert made(guests[::-1], room=4) == some
    none = made(guests, room=0)
    assert none.names == ("set.example.", "a.example.", "b.example.")
    assert compose([], ["no.example."], guests[:1], room=1, refused=lambda name: name.startswith("no")).names == (
        "old.example.",
    )


# -- whom orders oblige ----------------------------------------------------------------------------------------------


def test_who_is_obliged_is_no_control_whatever_the_version() -> None:
    """With the beginning of the first due day in Rome; names of lists too, whose day nobody knows here."""
    first = history(order("a.example.", "b.example."))
    scope = (Scope("site.example.", ScopeRule.SUBTREE),)
    second = history(order(id="second", scope=scope, addressees=("alpha", "beta"), instrument="watch"))
    names = ("a.example.", "b.example.", "www.site.example.", "listed.example.", "free.example.")
    found = bounds_of([first, second], WORLD.resolvers, names, {"second": ["listed.example."]})
    assert [(one.names, one.operators, one.due_at) for one in found] == [
        (("a.example.", "b.example."), ("alpha",), datetime(2026, 2, 11, 23, tzinfo=UTC)),
        (("listed.example.", "www.site.example."), ("alpha", "beta"), None),
    ]
    assert bounds_of([second, first], WORLD.resolvers[::-1], names[::-1], {"second": ["listed.example."]}) == found


# -- sweeps ----------------------------------------------------------------------------------------------------------


def test_a_sweep_asks_each_resolver_once_where_a_certificate_says_who_answers() -> None:
    """A provider's over UDP; for A with EDNS; with controls, and with what every endpoint is asked."""
    cells = expand(sweep_questions(REAL, LISTED[:2]))
    asked = Counter((cell.resolver, cell.name, cell.role) for cell in cells if cell.name in LISTED)
    assert set(asked.values()) == {1}
    kinds = {one.id: one.kind for one in REAL.resolvers}
    for cell in cells:
        if cell.name in LISTED:
            transport = parse_endpoint(cell.endpoint).transport
            assert (cell.qtype, cell.profile) == ("A", Profile.EDNS)
            assert transport is Transport.UDP if kinds[cell.resolver] is Kind.ISP else transport in VERIFIABLE
            assert (cell.role is Role.CONTROL) == (kinds[cell.resolver] is Kind.CONTROL)
    ends = {cell.endpoint for cell in cells if cell.name in LISTED}
    for role in (Role.KNOWN_GOOD, Role.KNOWN_ABSENT, Role.IDENTITY):
        assert {cell.endpoint for cell in cells if cell.role is role} == ends
    assert {cell.resolver for cell in cells if cell.role is Role.TARGET} == {
        one.id for one in REAL.resolvers if one.kind is not Kind.CONTROL
    }
    assert sweep_questions(REAL, LISTED[:2]) == sweep_questions(REAL, LISTED[:2])


def test_candidates_are_asked_of_controls_alone() -> None:
    """Where they stand and who serves them, over two connections where there are two."""
    cells = [cell for cell in expand(candidate_questions(REAL, LISTED[:2])) if cell.name in LISTED]
    assert {cell.role for cell in cells} == {Role.CONTROL}
    assert Counter(cell.qtype for cell in cells) == dict.fromkeys(
        ("A", "NS", "SOA"), 2 * len({c.resolver for c in cells})
    )
    assert all(len({c.endpoint for c in cells if c.resolver == one}) == 2 for one in {c.resolver for c in cells})


@pytest.mark.parametrize("build", [sweep_questions, candidate_questions])
def test_nobody_to_ask_and_nothing_to_ask_for(build: object) -> None:
    assert callable(build)
    for world, names in ((World(), LISTED[:1]), (REAL, ())):
        with pytest.raises(ConfigError):
            build(world, names)
    plain = Resolver("old", "Old", Kind.PUBLIC, endpoints=("tcp:192.0.2.9:53", "udp:192.0.2.9:53"))
    [cell] = [cell for cell in expand(sweep_questions(World((plain,)), LISTED[:1])) if cell.role is Role.TARGET]
    assert cell.endpoint == "udp:192.0.2.9:53"


# -- forecasts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("vantage", [HERE, ELSEWHERE], ids=lambda one: one.id)
@pytest.mark.parametrize("count", [1, 3, 6])
def test_a_round_takes_what_the_forecast_says(count: int, vantage: PlanVantage) -> None:
    """A probe's own schedule, whatever its seed, ends within a tenth of it; and never before the ceilings let it."""
    questions = build_questions(REAL, LISTED[:count])
    forecast = round_forecast(questions, vantage, Pace(), 300.0)
    cells = applicable(expand(questions), vantage)
    for seed in ("ab", "cd", "ef"):
        turns, left = schedule(cells, seed=seed, probe=vantage.id, pace=Pace(), room_s=1e9)
        assert not left
        assert turns[-1].offset_s + ANSWER_S == pytest.approx(forecast.seconds, rel=0.1)
    assert forecast.cells == len(cells)
    assert forecast.seconds > max(forecast.endpoint.seconds, forecast.resolver.seconds) * 0.95
    assert forecast.fits == (forecast.left == 0) == (forecast.seconds <= 300.0)


def test_there_is_room_for_as_many_names_as_fit_and_not_for_one_more() -> None:
    build = partial(build_questions, REAL)
    most = room(build, (HERE, ELSEWHERE), Pace(), 300.0)
    names = [f"n{number}.forecast.example." for number in range(most + 1)]
    fits = [
        all(round_forecast(build(names[:count]), one, Pace(), 300.0).fits for one in (HERE, ELSEWHERE))
        for count in (most, most + 1)
    ]
    assert most > 1
    assert fits == [True, False]
    assert room(build, (HERE,), Pace(), 20.0) == 0
    assert room(build, (), Pace(), 300.0) > 1
    assert room(partial(sweep_questions, REAL), (HERE,), Pace(), 150.0) > 50


def test_the_fleet_is_the_sum_of_its_vantages() -> None:
    """Only who may ask a resolver does; what it sees at most is every probe's own ceiling."""
    questions = build_questions(REAL, LISTED[:1])
    found = {one.resolver: one for one in fleet_forecast(questions, (HERE, ELSEWHERE), Pace(), 300.0)}
    assert (found["tim"].vantages, found["google"].vantages) == (1, 2)
    assert found["google"].questions == 2 * sum(one.resolver == "google" for one in applicable(expand(questions), HERE))
    assert found["google"].ceiling_a_second == round(2 / (0.25 + LATE_S), 2)
    assert fleet_forecast(questions, (HERE,), replace_pace(0.0), 300.0)[0].ceiling_a_second is None


def replace_pace(resolver_s: float) -> Pace:
    return Pace()._replace(resolver_s=resolver_s)


def test_a_sweep_without_plans_never_ends() -> None:
    assert sweep_forecast(1000, 100, 5000, 12, 288.0).hours == 1.0
    assert sweep_forecast(1000, 100, 5000, 12, 0.0).hours is None
    assert sweep_forecast(0, 0, 0, 0, 288.0).hours is None


@pytest.mark.parametrize(
    ("needed_s", "says"),
    [
        (299.0, ""),
        (301.0, "window_s = 360:"),
        (600.0, "window_s = 600:"),
        (700.0, "interval_s = 720 and window_s = 720"),
    ],
)
def test_what_to_do_where_a_docket_does_not_fit(needed_s: float, says: str) -> None:
    found = remedy(needed_s=needed_s, window_s=300.0, interval_s=600.0)
    assert says in found
    assert bool(found) == bool(says)
