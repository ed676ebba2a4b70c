"""When a round was closed and for which day it counts: the table of sp-007, worked by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from schema.bundle.parts import Query, RoundTimes, TimelineRow
from schema.entry import (
    UNFULFILLED,
    Enrolment,
    Entry,
    Equivocation,
    PlanPublished,
    PolicyKept,
    ProbeCheckpoint,
    Stamped,
)
from schema.errors import FormatError
from schema.hearing import floor_of
from schema.plan import Plan, PlanVantage
from schema.policy import Policy
from schema.record import Close as Closing
from schema.record import CloseLine, Seen, SeenLine
from schema.registry import Resolver
from schema.timeline import days_of, timeline_row
from schema.timing import (
    Chain,
    Stamp,
    Stamps,
    Times,
    chain,
    day_of_round,
    in_period,
    instant,
    microseconds,
    rome_day,
)
from schema.verdict import Counts, Verdict
from schema.verifier.replay import Said
from schema.words import Kind, Note, Origin, Outcome, State

if TYPE_CHECKING:
    from schema.record import LogLine

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HEX = "ab" * 32
ORIGIN = "ottempera/collector/abababababababab/1"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def filler() -> Entry:
    return PolicyKept(digest=HEX)


def stamped(size: int, authority: str, minute: float, accuracy_us: int = 0, token: str = HEX) -> Stamped:
    at = NOON + minute * MINUTE
    return Stamped(size=size, authority=authority, token=token, certificate=HEX, at=at, accuracy_us=accuracy_us)


def stamps(*entries: Entry, needed: int = 2, head: tuple[Stamp, ...] = ()) -> Stamps:
    return Times(entries, needed=needed, head=head).stamps


def at(minute: float, us: int = 0) -> int:
    return microseconds(NOON + minute * MINUTE) + us


def test_latest_needs_as_many_authorities_as_are_asked_for() -> None:
    log = [filler(), stamped(1, "uno", 1), stamped(1, "due", 2, 7), filler(), stamped(4, "uno", 9)]
    assert [stamps(*log).latest(size) for size in range(6)] == [None, None, None, at(1), at(1), at(2, -7)]
    assert [stamps(*log, needed=1).latest(size) for size in (1, 2, 3, 5)] == [None, at(1), at(2, -7), at(9)]
    assert stamps(*log, needed=3).latest(5) is None


def test_latest_takes_each_authority_at_its_latest() -> None:
    """A later token of one authority that says an earlier time takes nothing back; two of one authority are one."""
    log = [filler(), stamped(1, "uno", 5), stamped(1, "uno", 3), stamped(2, "uno", 6), stamped(1, "due", 4)]
    assert stamps(*log).latest(4) is None
    assert stamps(*log).latest(5) == at(4)


def test_earliest_takes_the_first_size_that_enough_authorities_stamped() -> None:
    """Size 3 has one authority only; size 5 decides, though size 7 gives an earlier time."""
    log = [filler() for _ in range(8)]
    log += [
        stamped(3, "uno", 1),
        stamped(5, "uno", 4),
        stamped(5, "due", 6, 9),
        stamped(7, "uno", 2),
        stamped(7, "due", 2),
    ]
    shown = [stamps(*log).earliest(index) for index in (0, 2, 3, 4, 5, 6, 7)]
    assert shown == [at(6, 9), at(6, 9), at(6, 9), at(6, 9), at(2), at(2), None]
    assert stamps(*log, needed=1).earliest(2) == at(1)
    assert stamps(*log, needed=1).earliest(3) == at(4)


def test_earliest_takes_each_authority_at_its_earliest() -> None:
    log = [filler(), stamped(1, "uno", 9), stamped(1, "uno", 3), stamped(1, "due", 5), stamped(1, "tre", 4)]
    assert stamps(*log).earliest(0) == at(4)
    assert stamps(*log, needed=3).earliest(0) == at(5)


def test_tokens_over_the_head_count_for_earliest_alone() -> None:
    head = tuple(Stamp(2, name, at(minute), 0, "cd" * 32, None) for name, minute in (("uno", 3), ("due", 4)))
    shown = stamps(filler(), filler(), head=head)
    assert shown.earliest(1) == at(4)
    assert shown.latest(2) is None
    assert shown.token("cd" * 32) is None


def test_one_authority_that_lies_moves_neither() -> None:
    """The other's word bounds what the liar can do, in either direction."""
    for lie in (-10_000, 10_000):
        log = [filler(), stamped(1, "uno", 1), stamped(1, "due", lie), filler()]
        honest = at(1)
        assert (stamps(*log).latest(4) or 0) <= honest
        assert (stamps(*log).earliest(0) or 0) >= honest


@given(
    st.lists(
        st.tuples(st.integers(1, 30), st.sampled_from("abc"), st.integers(-99, 99), st.integers(0, 9)), max_size=30
    )
)
def test_stamps_as_the_specification_says_it(found: list[tuple[int, str, int, int]]) -> None:
    """Against the words of sp-007 §2, written down as they stand."""
    entries: list[Stamp] = [
        Stamp(size, who, when, accuracy, "", index + size) for index, (size, who, when, accuracy) in enumerate(found)
    ]
    entries.sort(key=lambda one: one.entry or 0)
    for needed in (1, 2, 3):
        shown = Stamps(entries, needed=needed)
        for number in range(70):
            before = [one for one in entries if (one.entry or 0) < number]
            newest = sorted(
                max(one.not_before for one in before if one.authority == who)
                for who in {one.authority for one in before}
            )
            assert shown.latest(number) == (newest[-needed] if len(newest) >= needed else None)
            sizes = [
                size
                for size in range(number + 1, 31)
                if len({one.authority for one in entries if one.size == size}) >= needed
            ]
            if not sizes:
                assert shown.earliest(number) is None
                continue
            over = [one for one in entries if one.size == sizes[0]]
            first = sorted(
                min(one.not_after for one in over if one.authority == who) for who in {one.authority for one in over}
            )
            assert shown.earliest(number) == first[needed - 1]


def head(size: int, name: str = "x", probe: str = "mi-01") -> ProbeCheckpoint:
    return ProbeCheckpoint(probe=probe, chain=name, size=size, root=HEX, key=HEX, signature=bytes(64))


def test_a_close_is_covered_by_the_first_head_above_it() -> None:
    log = [filler(), head(2), head(2), head(1, "y"), head(5), head(9, probe="rm-01")]
    times = Times(log, needed=1)
    assert [times.covered("mi-01", "x", leaf) for leaf in range(6)] == [1, 1, 4, 4, 4, None]
    assert times.covered("mi-01", "z", 0) is None
    assert times.first("mi-01", [("x", 3), ("y", 0)]) == ("y", 0)
    assert times.first("mi-01", [("y", 0), ("x", 1)]) == ("x", 1)
    assert times.first("mi-01", [("x", 7)]) is None


@pytest.mark.parametrize(("minute", "counts"), [(10, True), (5 + 24 * 60, True), (6 + 24 * 60, False)])
def test_that_a_close_is_not_fulfilled_is_said_within_a_day(minute: float, counts: bool) -> None:
    told = Equivocation(probe="mi-01", what=UNFULFILLED, digests=(HEX, HEX), at=NOON)
    log: list[Entry] = [head(2), stamped(1, "a", 5), told, stamped(3, "a", minute)]
    times = Times(log, needed=1)
    assert times.is_unfulfilled("mi-01", HEX, [("x", 1)]) is counts
    assert times.is_unfulfilled("mi-01", HEX, [("y", 1), ("x", 1)]) is counts
    assert not times.is_unfulfilled("mi-01", HEX, [("x", 2)])  # no head covers it
    assert not times.is_unfulfilled("rm-01", HEX, [("x", 1)])
    assert not times.is_unfulfilled("mi-01", "ef" * 32, [("x", 1)])
    assert not Times(log[:3], needed=1).is_unfulfilled("mi-01", HEX, [("x", 1)])  # no stamp over the entry
    log[2] = Equivocation(probe="mi-01", what="close", digests=(HEX, HEX), at=NOON)
    assert not Times(log, needed=1).is_unfulfilled("mi-01", HEX, [("x", 1)])


def plan(starts_at: datetime = NOON, after: str | None = None, number: int = 1) -> Plan:
    vantages = (PlanVantage("mi-01", 3269, "IT"), PlanVantage("mi-02", 3269, "IT"), PlanVantage("rm-01", 137, "IT"))
    return Plan(1, number, starts_at, 60.0, "00", HEX, HEX, vantages, after)


def test_what_a_chain_saw() -> None:
    close = CloseLine(1, Closing(HEX, 0, 0, HEX))
    lines: list[LogLine] = [
        close,
        SeenLine(1, Seen(ORIGIN, 3, HEX, bytes(64), NOON)),
        SeenLine(1, Seen("ottempera/collector/abababababababab/0", 99, HEX, bytes(64), NOON)),
        close,
        SeenLine(1, Seen(ORIGIN, 8, HEX, bytes(64), NOON)),
        close,
    ]
    found = chain(lines, ORIGIN)
    assert found == Chain((1, 4), (3, 8))
    assert [found.seen_before(leaf) for leaf in (0, 1, 2, 3, 4, 5, 9)] == [None, None, 3, 3, 3, 8, 8]


def round_times(
    *log: Entry, after: str | None = None, leaf: int = 1, needed: int = 1, seen: int | None = 3
) -> tuple[int | None, int | None]:
    seen_lines = Chain((0,), (seen,)) if seen is not None else Chain((), ())
    found = Times(log, needed=needed).round_times(plan(after=after), "mi-01", ("x", leaf), seen_lines)
    return tuple(None if one is None else microseconds(one) for one in (found.not_before, found.not_after))  # type: ignore[return-value]  # two of them


def test_times_of_a_round() -> None:
    """The later of the plan's token and what the probe had seen; and the first stamped checkpoint that holds its head."""
    token, older = "cd" * 32, "ef" * 32
    log = [
        filler(),
        stamped(1, "uno", 1, 3, older),
        stamped(1, "uno", 2, 0, token),
        head(2),
        filler(),
        stamped(4, "uno", 20, 5),
    ]
    assert round_times(*log) == (at(2), at(20, 5))
    assert round_times(*log, seen=2) == (at(1, -3), at(20, 5))
    assert round_times(*log, seen=2, after=token) == (at(2), at(20, 5))
    assert round_times(*log, seen=3, after=older) == (at(2), at(20, 5))
    assert round_times(*log, seen=None, after=older) == (at(1, -3), at(20, 5))
    assert round_times(*log, seen=None) == (None, at(20, 5))
    assert round_times(*log, seen=None, after="00" * 32) == (None, at(20, 5))
    assert round_times(*log, leaf=2) == (at(2), None)
    assert round_times(*log[:5]) == (at(2), None)
    assert round_times(*log, needed=2) == (None, None)
    assert round_times(*log, needed=2, after=token) == (at(2), None)


def test_late_plans() -> None:
    def late(minute: float, accuracy_us: int = 0, *, entered: bool = True) -> bool:
        own = PlanPublished(number=1, plan=HEX, starts_at=NOON, key=HEX, signature=bytes(64))
        log = [filler(), own if entered else filler(), stamped(2, "uno", minute, accuracy_us)]
        return Times(log, needed=1).is_late(HEX, plan())

    assert [late(-1), late(0), late(0, 1), late(1), late(-1, entered=False)] == [False, False, True, True, True]
    unstamped = Times(
        [filler(), PlanPublished(number=1, plan=HEX, starts_at=NOON, key=HEX, signature=bytes(64))], needed=1
    )
    assert unstamped.is_late(HEX, plan())


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-11-21T22:59:59.999999", "2026-11-21"),
        ("2026-11-21T23:00:00", "2026-11-22"),
        ("2026-07-01T21:59:59", "2026-07-01"),
        ("2026-07-01T22:00:00", "2026-07-02"),
        ("2026-03-28T22:59:59", "2026-03-28"),  # the night to 29 March 2026, when the clock goes forward at 01:00 UTC
        ("2026-03-28T23:00:00", "2026-03-29"),
        ("2026-03-29T21:59:59", "2026-03-29"),
        ("2026-03-29T22:00:00", "2026-03-30"),
        ("2026-10-24T21:59:59", "2026-10-24"),  # the day of 25 hours
        ("2026-10-24T22:00:00", "2026-10-25"),
        ("2026-10-25T22:59:59", "2026-10-25"),
        ("2026-10-25T23:00:00", "2026-10-26"),
        ("2022-07-11T00:00:00", "2022-07-11"),
    ],
)
def test_days_in_rome(moment: str, day: str) -> None:
    assert rome_day(utc(moment)) == date.fromisoformat(day)


def test_times_that_have_no_day() -> None:
    with pytest.raises(FormatError):
        rome_day(datetime(9999, 12, 31, 23, 30, tzinfo=UTC))
    with pytest.raises(FormatError):
        instant(10**18)
    assert instant(microseconds(NOON) + 1) == NOON + timedelta(microseconds=1)


def times_of(not_before: str | None, not_after: str | None) -> RoundTimes:
    return RoundTimes(1, "mi-01", utc(not_before) if not_before else None, utc(not_after) if not_after else None)


def test_the_day_of_a_round() -> None:
    assert day_of_round(times_of("2026-11-20T23:00:00", "2026-11-21T22:59:59.999999")) == date(2026, 11, 21)
    assert day_of_round(times_of("2026-11-20T22:59:59.999999", "2026-11-21T22:00:00")) is None
    assert day_of_round(times_of("2026-11-21T20:00:00", "2026-11-21T23:00:00")) is None
    assert day_of_round(times_of(None, "2026-11-21T20:00:00")) is None
    assert day_of_round(times_of("2026-11-21T20:00:00", None)) is None
    assert day_of_round(times_of("2026-11-21T20:00:00", "2026-11-21T20:00:00")) == date(2026, 11, 21)
    assert day_of_round(times_of("2026-11-21T20:00:01", "2026-11-21T20:00:00")) is None, "one of the two is not so"


TODAY, YESTERDAY = date(2026, 11, 21), date(2026, 11, 20)
EVERYONE: dict[str, date | None] = {"mi-01": TODAY, "mi-02": TODAY, "rm-01": TODAY}


def verdict(probe: str, outcome: Outcome, origin: Origin = Origin.RESOLVER, notes: tuple[Note, ...] = ()) -> Verdict:
    return Verdict(HEX, probe, "r", "n.", outcome, None, origin, None, None, "rule", None, None, Counts(), {}, notes)


def said(state: State, **changes: Any) -> Said:
    fields: dict[str, Any] = {
        "plan": HEX, "number": 1, "at": NOON, "resolver": "r", "name": "n.", "state": state, "how": None, "origin": None,
        "label": None, "vantages": 0, "networks": 0, "absent": 0, "notes": (), "rule": "rule", "witness_digest": None,
    }  # fmt: skip
    return Said(**(fields | changes))


def counted(state: State, outcomes: dict[str, Outcome], **changes: Any) -> tuple[int, date | None]:
    options: dict[str, Any] = {"policy": Policy(), "late": False, "days": EVERYONE, "plan": plan()} | changes
    verdicts = [verdict(*one) for one in outcomes.items()]
    row = timeline_row(said(state), options.pop("plan"), options.pop("policy"), **{"verdicts": verdicts} | options)
    return row.timed, row.day


BLOCKED, OPEN, UNSURE = Outcome.BLOCKED, Outcome.OPEN, Outcome.INSUFFICIENT


def test_networks_are_counted_not_vantages() -> None:
    assert counted(State.BLOCKED, {"mi-01": BLOCKED, "rm-01": BLOCKED}) == (2, TODAY)
    assert counted(State.BLOCKED, {"mi-01": BLOCKED, "mi-02": BLOCKED}) == (1, None)
    assert counted(State.BLOCKED, {"mi-01": BLOCKED, "rm-01": OPEN}) == (1, None)
    assert counted(State.BLOCKED, {}) == (0, None)
    assert counted(State.BLOCKED, {"mi-01": BLOCKED, "ge-01": BLOCKED}) == (1, None)


def test_every_word_counts_where_no_one_word_stands() -> None:
    for state in (State.MIXED, State.INSUFFICIENT):
        assert counted(state, {"mi-01": BLOCKED, "rm-01": UNSURE}) == (2, TODAY)


def test_rounds_must_lie_in_the_plans_day() -> None:
    both = {"mi-01": BLOCKED, "rm-01": BLOCKED}
    for other in (None, YESTERDAY):
        assert counted(State.BLOCKED, both, days={"mi-01": TODAY, "rm-01": other}) == (1, None)
    assert counted(State.BLOCKED, both, days={"mi-01": TODAY}) == (1, None)
    assert counted(State.BLOCKED, both, late=True) == (2, None)


def test_floors() -> None:
    isp = Resolver("r", "Rete", kind=Kind.ISP, asns=(3269,))
    only = Resolver("r", "Rete", on_net_only=True, asns=(3269,))
    public = Resolver("r", "Rete")
    heard = plan().vantages
    assert floor_of(heard, public, Policy()) == 2
    assert floor_of(heard, isp, Policy()) == floor_of(heard, only, Policy()) == 1
    assert floor_of(heard, isp, Policy(floor_on_net=3)) == 3
    assert floor_of(heard, public, Policy(indicative=True, floor_networks=5)) == 1
    assert floor_of(heard[2:], isp, Policy()) == 2, "nobody on its network: as of any resolver"
    assert counted(State.BLOCKED, {"mi-01": BLOCKED}, policy=Policy(resolvers=(isp,))) == (1, TODAY)
    assert counted(State.BLOCKED, {}, policy=Policy(floor_networks=0)) == (0, None), "no round, no day"


def test_a_day_rests_on_those_whose_word_is_heard() -> None:
    """Else rounds that decide nothing would lend their times to rounds that were made up afterwards."""
    late: dict[str, date | None] = {"mi-01": None, "rm-01": None, "de-01": TODAY, "de-02": TODAY}
    abroad = (PlanVantage("de-01", 3320, "DE"), PlanVantage("de-02", 680, "DE"))
    whole = structs.replace(plan(), vantages=(*plan().vantages, *abroad))
    everybody = dict.fromkeys(late, BLOCKED)
    for state in (State.BLOCKED, State.MIXED):
        assert counted(state, everybody, plan=whole, days=late) == (0, None), "foreign networks"
        assert counted(state, everybody, plan=whole, days=late, policy=Policy(territory="")) == (2, TODAY)
    isp = Resolver("r", "Rete", kind=Kind.ISP, asns=(3269,))
    off_net = {"mi-01": None, "rm-01": TODAY}
    both = {"mi-01": BLOCKED, "rm-01": BLOCKED}
    assert counted(State.BLOCKED, both, days=off_net, policy=Policy(resolvers=(isp,))) == (0, None), "off its network"
    only = Resolver("r", "Rete", on_net_only=True, asns=(3269,))
    assert counted(State.BLOCKED, both, days=off_net, policy=Policy(resolvers=(only,))) == (0, None)


def test_a_day_rests_on_verdicts_that_decide() -> None:
    """What came from the path, or what no certificate vouches for where one could, says nothing of the resolver."""
    verifiable = Policy(resolvers=(Resolver("r", "Rete", endpoints=("udp:192.0.2.1:53", "tls:192.0.2.1:853#r.test")),))
    plain = Policy(resolvers=(Resolver("r", "Rete", endpoints=("udp:192.0.2.1:53",)),))
    for policy, origin, timed in (
        (verifiable, Origin.RESOLVER, 2), (plain, Origin.RESOLVER, 2), (plain, Origin.UNATTRIBUTED, 2),
        (verifiable, Origin.UNATTRIBUTED, 1), (verifiable, Origin.PATH, 1), (plain, Origin.PATH, 1),
    ):  # fmt: skip
        verdicts = [verdict("mi-01", BLOCKED), verdict("rm-01", BLOCKED, origin)]
        assert counted(State.BLOCKED, {}, policy=policy, verdicts=verdicts)[0] == timed
    differ = [verdict("mi-01", BLOCKED), verdict("rm-01", BLOCKED, notes=(Note.TRANSPORTS_DIFFER,))]
    assert counted(State.BLOCKED, {}, verdicts=differ) == (1, None)
    for outcome, state in ((Outcome.DEAD, State.DEAD), (Outcome.FAILING, State.FAILING)):
        verdicts = [verdict("mi-01", outcome, Origin.PATH), verdict("rm-01", outcome, Origin.PATH)]
        assert counted(state, {}, verdicts=verdicts) == (2, TODAY)


QUERY = Query("o", 1, ("rete",), ("n.",), date(2026, 11, 20), date(2026, 11, 22))


def row(
    minute: int, state: State, *, counts: bool = True, witness: str | None = HEX, resolver: str = "r"
) -> TimelineRow:
    when = NOON + minute * MINUTE
    told = said(state, at=when, witness_digest=witness, resolver=resolver)
    fields = {name: getattr(told, name) for name in Said.__struct_fields__}
    return TimelineRow(**fields, timed=2, day=rome_day(when) if counts else None)


def test_days_are_dense_and_count_what_counts() -> None:
    rows = [
        row(0, State.INSUFFICIENT, witness=None),
        row(1, State.BLOCKED, witness="11" * 32),
        row(2, State.OPEN, counts=False, witness="22" * 32),
        row(3, State.OPEN, witness="33" * 32),
        row(24 * 60, State.DEAD, counts=False),
    ]
    found = days_of(QUERY, [*rows, row(0, State.FAILING, resolver="q")])
    assert [(one.resolver, one.day.day) for one in found] == [
        ("q", 20),
        ("q", 21),
        ("q", 22),
        ("r", 20),
        ("r", 21),
        ("r", 22),
    ]
    empty, full, untimed = found[3:]
    assert (empty.planned, empty.untimed, empty.first_witness, empty.last_witness) == (0, 0, None, None)
    assert (full.planned, full.blocked, full.open, full.insufficient, full.untimed) == (4, 1, 1, 1, 1)
    assert (full.first_witness, full.last_witness) == ("11" * 32, "33" * 32)
    assert (untimed.planned, untimed.dead, untimed.untimed, untimed.first_witness) == (1, 0, 1, None)


def test_the_period_is_of_rome_days() -> None:
    query = Query("o", 1, ("rete",), ("n.",), TODAY, TODAY)
    moments = ["2026-11-20T22:59:59", "2026-11-20T23:00:00", "2026-11-21T22:59:59", "2026-11-21T23:00:00"]
    assert [in_period(query, plan(utc(moment))) for moment in moments] == [False, True, True, False]


def test_enrolments_and_other_lines_say_nothing_of_time() -> None:
    entry = Enrolment(probe="mi-01", key=HEX, asn=1, operator="", country="IT", custodian="", at=NOON)
    assert stamps(entry, needed=1).latest(9) is None
