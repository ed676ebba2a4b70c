"""The alternative measure: whom a plan asks, what a record says of it, and what a day's answers come to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from collector.compliance.bounds import bounds
from collector.compliance.dayrules import DAILY_90, DENSE_90
from collector.compliance.facts import Measured
from collector.compliance.measures import UNTESTED, MeasureOfDay, SiteAsked, SiteSaid, measured
from collector.judge.measures import measures_of
from collector.measures import MOST_MEASURES, Measures, Measuring, SiteAddress, measure_cells, web_of
from schema.cells import VERSION, Asked, Group, QuestionSet, applicable, expand
from schema.codec import encode
from schema.endpoint import parse_endpoint
from schema.log import leaf_hash
from schema.measures import KEPT_HEADERS, is_measure_at, may_measure, measure_endpoint
from schema.plan import PlanVantage
from schema.record import HttpSeen, Record, TlsSeen
from schema.words import Failure, Gap, Profile, Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collector.compliance.dayrules import DayRule
    from schema.cells import Cell

SITE, OTHER = "kickasstorrents.to.", "limetorrents.pro."
NAMES = (SITE, OTHER)
ADDRESS, SECOND, SIX = "104.21.32.1", "172.67.1.1", "2606:4700:3030::6815:2001"
MILAN = Measuring(("mi-01",), "IT")
AT = datetime(2026, 3, 2, tzinfo=UTC)


def cells(measures: Measures, names: Iterable[str] = NAMES) -> list[Cell]:
    """The measures among the cells of a plan that asks something besides."""
    targets = Asked("cloudflare", ("udp:1.1.1.1:53",))
    groups = (Group(Role.TARGET, tuple(names), ("cloudflare",), ("A",), (Profile.STUB,)), *measures.groups)
    questions = QuestionSet(VERSION, tuple(names), (targets, *measures.asked), groups)
    return [cell for cell in expand(encode(questions)) if cell.role is Role.MEASURE]


def test_each_name_is_asked_once_at_an_address_of_the_controls() -> None:
    addresses = [SiteAddress(SITE, ADDRESS), SiteAddress(SITE, SECOND), SiteAddress(SITE, SIX), SiteAddress(OTHER, SIX)]
    found = [cells(measure_cells(reversed(addresses), NAMES, MILAN, turn=turn)) for turn in range(3)]
    assert [[(cell.name, cell.resolver, cell.endpoint) for cell in one] for one in found] == [
        [
            (SITE, "web:kickasstorrents.to", f"https:{address}:443#kickasstorrents.to/"),
            (OTHER, "web:limetorrents.pro", f"https:[{SIX}]:443#limetorrents.pro/"),
        ]
        for address in (ADDRESS, SECOND, ADDRESS)
    ]


@pytest.mark.parametrize(
    ("vantage", "asks"),
    [
        (PlanVantage("mi-01", 3269, "IT"), True),
        (PlanVantage("rm-01", 3269, "IT"), False),
        (PlanVantage("mi-01", 3269, "DE"), False),
    ],
)
def test_only_who_was_named_asks_and_only_in_the_territory(vantage: PlanVantage, asks: bool) -> None:
    found = tuple(cells(measure_cells([SiteAddress(SITE, ADDRESS)], NAMES, MILAN)))
    assert bool(applicable(found, vantage)) is asks


def test_off_unless_somebody_is_named() -> None:
    assert measure_cells([SiteAddress(SITE, ADDRESS)], NAMES, Measuring((), "IT", any_address=True)) == Measures()


@pytest.mark.parametrize("address", ["127.0.0.1", "192.168.1.1", "198.51.100.7", "::1", "64:ff9b::a00:1", "nowhere"])
def test_no_address_that_is_special_but_in_a_lab(address: str) -> None:
    seen = [SiteAddress(SITE, address)]
    assert measure_cells(seen, NAMES, MILAN) == Measures()
    anywhere = measure_cells(seen, NAMES, MILAN._replace(any_address=True))
    assert len(anywhere.asked) == (address != "nowhere")


@pytest.mark.parametrize("name", [".", "elsewhere.example.", "*.example."])
def test_no_name_that_is_not_listed_or_cannot_be_told(name: str) -> None:
    listed = NAMES if name == "elsewhere.example." else (*NAMES, name)
    assert measure_cells([SiteAddress(name, ADDRESS)], listed, MILAN) == Measures()


def test_many_names_take_turns() -> None:
    names = tuple(f"site-{number:03}.example." for number in range(150))
    seen = [SiteAddress(name, ADDRESS) for name in names]
    rounds = [{cell.name for cell in cells(measure_cells(seen, names, MILAN, turn=turn), names)} for turn in range(3)]
    assert [len(asked) for asked in rounds] == [MOST_MEASURES] * 3
    assert set.union(*rounds) == set(names)


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("https:104.21.32.1:443#site.to/", True),
        (f"https:[{SIX}]:443#site.to/", True),
        ("https:104.21.32.1:8443#site.to/", False),
        ("https:104.21.32.1:443#site.to/login", False),
        ("https:10.1.1.1:443#site.to/", False),
        ("tls:104.21.32.1:443#site.to", False),
        ("quic:104.21.32.1:443#site.to", False),
    ],
)
def test_what_may_be_asked(text: str, may: bool) -> None:
    assert may_measure(parse_endpoint(text)) is may


def test_only_the_name_of_the_cell_is_told() -> None:
    assert is_measure_at(measure_endpoint(ADDRESS, SITE), SITE)
    assert not is_measure_at(measure_endpoint(ADDRESS, SITE), OTHER)
    assert not is_measure_at(parse_endpoint(f"https:{ADDRESS}:443#kickasstorrents.to/dns-query"), SITE)


SOUND = Record(
    v=1, plan="ab" * 32, cell=7, probe="mi-01", at=AT, role=Role.MEASURE, resolver=web_of(SITE),
    endpoint=str(measure_endpoint(ADDRESS, SITE)), name=SITE, qtype="A", profile=Profile.STUB,
    tls=TlsSeen("TLSv1.3", ("cd" * 32,), verified=True), http=HttpSeen(451, {"server": "cloudflare", "cookie": "a"}),
)  # fmt: skip


def test_what_a_record_says() -> None:
    line = encode(SOUND)
    (fact,) = measures_of([(line, SOUND), (b"again", SOUND)])
    assert (fact.cell, fact.name, fact.address, fact.status, fact.failure) == (7, SITE, ADDRESS, 451, None)
    assert (fact.headers, fact.witness_digest) == ({"server": "cloudflare"}, leaf_hash(line).hex())


@pytest.mark.parametrize(
    ("record", "failure"),
    [
        (replace(SOUND, failure=Failure.TIMEOUT, http=None), Failure.TIMEOUT),
        (replace(SOUND, failure=Failure.TIMEOUT), Failure.TIMEOUT),
        (replace(SOUND, tls=None), Failure.TLS_UNTRUSTED),
        (replace(SOUND, tls=TlsSeen("TLSv1.3", (), verified=False)), Failure.TLS_UNTRUSTED),
        (replace(SOUND, http=None), Failure.FRAMING),
        (replace(SOUND, http=HttpSeen(100)), Failure.FRAMING),
        (replace(SOUND, http=HttpSeen(2**40)), Failure.FRAMING),
    ],
    ids=["timeout", "both", "no-handshake", "untrusted", "nothing", "interim", "no-status"],
)
def test_a_status_counts_only_from_who_is_the_site(record: Record, failure: Failure) -> None:
    (fact,) = measures_of([(encode(record), record)])
    assert (fact.status, fact.failure, fact.headers) == (None, failure, {})


@pytest.mark.parametrize(
    "record",
    [
        replace(SOUND, role=Role.LOOK),
        replace(SOUND, gap=Gap.NEVER_PROBE, http=None, tls=None),
        replace(SOUND, name=OTHER),
    ],
    ids=["look", "gap", "another-name"],
)
def test_what_is_no_measure(record: Record) -> None:
    assert measures_of([(encode(record), record)]) == []


@given(st.dictionaries(st.one_of(st.sampled_from(sorted(KEPT_HEADERS)), st.text(max_size=9)), st.text(max_size=30)))
def test_headers_that_a_probe_invents_can_be_stored(headers: dict[str, str]) -> None:
    record = replace(SOUND, http=HttpSeen(200, headers))
    (fact,) = measures_of([(b"line", record)])
    assert fact.headers.keys() == headers.keys() & KEPT_HEADERS
    assert not any("\0" in value for value in fact.headers.values())


DAY_OF = bounds(AT.date(), "UTC")
QUARTERS = 4


def begins(number: int) -> datetime:
    """When plan *number* starts: four on each day."""
    return AT + timedelta(hours=6) * (number - 1)


def said(number: int, status: int | None, *, probe: str = "mi-01", country: str = "IT") -> SiteSaid:
    """An answer whose witness tells where it stood."""
    failure = None if status is not None else "timeout"
    return SiteSaid(number, begins(number), probe, country, ADDRESS, status, failure, f"{number:02}{probe}")


def asked(*probes: str, numbers: Iterable[int] = range(1, QUARTERS + 1), country: str = "IT") -> list[SiteAsked]:
    """The rounds that were to ask, of the whole day."""
    return [SiteAsked(number, begins(number), probe, country) for number in numbers for probe in probes or ("mi-01",)]


def day_of(
    answers: Iterable[SiteSaid], rounds: Iterable[SiteAsked], *, rule: DayRule = DENSE_90, territory: str = "IT"
) -> MeasureOfDay:
    return measured(answers, rounds, rule, DAY_OF, territory)


ALL = [said(number, 200) for number in range(1, QUARTERS + 1)]


@pytest.mark.parametrize(
    ("answers", "wanted"),
    [
        ([], UNTESTED),
        ([said(number, None) for number in range(1, 5)], UNTESTED),
        ([said(1, 403), said(2, 429), said(3, 503), said(4, 403)], UNTESTED),
        ([said(number, 200, country="DE") for number in range(1, 5)], UNTESTED),
        (ALL, MeasureOfDay(Measured.NOT_SEEN, "01mi-01")),
        ([said(1, 301), *ALL[1:]], MeasureOfDay(Measured.NOT_SEEN, "01mi-01")),
        (ALL[1:], UNTESTED),
        ([said(2, 503), *ALL[:1], *ALL[2:]], UNTESTED),
        ([said(5, 200), *ALL[:3]], UNTESTED),
        ([*ALL, *ALL[:2]], MeasureOfDay(Measured.NOT_SEEN, "01mi-01")),
        ([said(1, 200), said(3, 451), said(2, 451, probe="rm-01")], MeasureOfDay(Measured.SEEN, "02rm-01")),
        ([*ALL, said(2, 451, country="DE")], MeasureOfDay(Measured.NOT_SEEN, "01mi-01")),
        ([*ALL, said(5, 451)], MeasureOfDay(Measured.NOT_SEEN, "01mi-01")),
    ],
    ids=[
        "nobody", "nothing-came", "the-asker-was-refused", "abroad", "not-seen", "a-redirection", "one-round-lost",
        "one-round-challenged", "of-the-day-after", "said-twice", "seen", "seen-abroad", "seen-the-day-after",
    ],
)  # fmt: skip
def test_what_a_day_comes_to(answers: list[SiteSaid], wanted: MeasureOfDay) -> None:
    assert day_of(answers, asked()) == day_of(reversed(answers), reversed(asked())) == wanted


def test_one_telling_answer_is_not_a_day() -> None:
    """The other rounds may have shown a 451 and be lost; where one round was all that was planned, it is all there is."""
    assert day_of([said(2, 200)], asked()).measured is Measured.NOT_TESTED
    assert day_of([said(2, 200)], asked(), rule=DAILY_90).measured is Measured.NOT_TESTED
    assert day_of([said(2, 200)], asked(numbers=[2])).measured is Measured.NOT_TESTED, "a quarter of the day"
    assert day_of([said(2, 200)], asked(numbers=[2]), rule=DAILY_90).measured is Measured.NOT_SEEN


def test_each_vantage_that_was_to_ask_has_a_round_of_its_own() -> None:
    """Nobody answers for another line: what it saw may be what is lost."""
    both = asked("mi-01", "rm-01")
    assert day_of(ALL, both).measured is Measured.NOT_TESTED
    others = [said(number, 200, probe="rm-01") for number in range(1, QUARTERS + 1)]
    assert day_of([*ALL, *others], both).measured is Measured.NOT_SEEN
    abroad = asked("de-01", country="DE")
    assert day_of(ALL, [*asked(), *abroad]).measured is Measured.NOT_SEEN, "whoever stands abroad is not heard"
    assert day_of(ALL, [*asked(), *abroad], territory="").measured is Measured.NOT_TESTED


def test_nobody_answers_who_was_not_to_ask() -> None:
    assert day_of([*ALL, said(1, 200, probe="rm-01")], asked("na-01")) == UNTESTED
    assert day_of(ALL, []) == UNTESTED


_ANSWERS = st.lists(
    st.builds(
        said, st.integers(1, 4), st.sampled_from([None, 200, 200, 403, 451]), probe=st.sampled_from(["a", "b"]),
        country=st.sampled_from(["IT", "IT", "DE"]),
    ),
    max_size=16,
)  # fmt: skip
_ROUNDS = st.lists(st.sampled_from(asked("a", "b")), max_size=8)
_RULES = st.sampled_from([DENSE_90, DAILY_90])


@given(_ANSWERS, _ANSWERS, _ROUNDS, _RULES)
def test_one_who_saw_it_is_enough_whatever_others_say(
    answers: list[SiteSaid], more: list[SiteSaid], rounds: list[SiteAsked], rule: DayRule
) -> None:
    """More answers never make a day on which the measure was seen one on which it was not."""
    if day_of(answers, rounds, rule=rule).measured is Measured.SEEN:
        assert day_of([*answers, *more], rounds, rule=rule).measured is Measured.SEEN


@given(_ANSWERS, _ANSWERS, st.sets(st.tuples(st.integers(1, 4), st.sampled_from(["a", "b"]))), _ROUNDS, _RULES)
def test_what_is_lost_never_makes_a_day_on_which_the_measure_was_not_seen(
    answers: list[SiteSaid], more: list[SiteSaid], lost: set[tuple[int, str]], rounds: list[SiteAsked], rule: DayRule
) -> None:
    """Unless it is a 451 that was lost, and then no more of the rounds than the day rule bears."""
    whole = [*answers, *more]
    left = [one for one in whole if (one.plan_number, one.probe) not in lost]
    if day_of(left, rounds, rule=rule).measured is not Measured.NOT_SEEN:
        return
    planned = {(one.plan_number, one.probe) for one in rounds}
    seen = {(one.plan_number, one.probe) for one in whole if one.status == 451 and one.country == "IT"}
    assert day_of(whole, rounds, rule=rule).measured is Measured.NOT_SEEN or seen & lost
    assert len((seen & lost & planned) - {(one.plan_number, one.probe) for one in left}) * 10 <= len(planned)
