"""Days and samples against a second opinion, which knows nothing of the program: arithmetic over every small day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING

import pytest

from collector.compliance.bounds import bounds, deadline_day, later, local_day
from collector.compliance.counting import CAUSES, countable
from collector.compliance.dayrules import DAILY_90, DAY_RULES, DENSE_90, meets
from collector.compliance.facts import DaySample
from collector.compliance.reasons import REASONS
from schema.registry import Resolver
from schema.words import Finding, Kind, Note, Origin, State
from tests.unit.finding_days import DAILY, DAY, facts, find, history, rounds, sample

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = {
    "open": sample(),
    "cached": sample(notes=(Note.MAY_BE_CACHED,)),
    "blocked": sample(state=State.BLOCKED),
    "dead": sample(state=State.DEAD),
    "parked": sample(notes=(Note.PARKED,)),
    "differing": sample(state=State.MIXED, notes=(Note.ADDRESSES_DIFFER,)),
    "none": None,
}


def parts(total: int, into: int) -> Iterator[tuple[int, ...]]:
    """Every way to put *total* rounds into so many kinds."""
    if into == 1:
        yield (total,)
        return
    for first in range(total + 1):
        yield from ((first, *rest) for rest in parts(total - first, into - 1))


def expected(times: dict[str, int]) -> Finding:
    """What a day of one part comes to, by arithmetic in tenths: sp-009 section 4 once more, in other words."""
    planned = sum(times.values())
    resolved = times["open"] + times["cached"]
    nine_tenths = {kind: 10 * number >= 9 * planned and number >= 1 for kind, number in times.items()}
    if 10 * resolved >= 9 * planned and resolved and times["open"]:
        return Finding.NOT_COMPLIANT
    if nine_tenths["blocked"]:
        return Finding.COMPLIANT
    if resolved and times["blocked"]:
        return Finding.PARTLY_COMPLIANT
    if times["dead"] + times["parked"] > planned / 2:
        return Finding.NOT_TESTABLE
    return Finding.PARTLY_COMPLIANT if nine_tenths["differing"] else Finding.UNDETERMINED


@pytest.mark.parametrize("planned", [0, 1, 2, 5, 10])
def test_every_day_of_so_many_rounds(planned: int) -> None:
    """All ways to mix seven kinds of rounds: 8,008 days of ten."""
    terms = history(DAILY)
    for numbers in parts(planned, len(KINDS)):
        times = dict(zip(KINDS, numbers, strict=True))
        said = [KINDS[kind] for kind, number in times.items() for _ in range(number)]
        row = find(terms, [facts(rounds(said))])[0]
        assert row.finding is expected(times), times
        assert row.finding in REASONS[row.reason_id].findings
        assert row.counted == (row.finding is Finding.NOT_COMPLIANT)


def test_every_sample_that_counts() -> None:
    """All samples of a few values: which count, and for which side."""
    notes = (
        (),
        (Note.PARKED,),
        (Note.TRANSPORTS_DIFFER,),
        (Note.SWEEP,),
        (Note.PATH_INTERFERES,),
        (Note.MAY_BE_CACHED,),
    )
    udp, tls = "udp:203.0.113.1:53", "tls:203.0.113.1:853#a.example"
    resolvers = [
        Resolver("a", "A", kind, endpoints=ends) for kind in (Kind.PUBLIC, Kind.ISP) for ends in ((udp,), (udp, tls))
    ]
    at = datetime(2026, 1, 20, tzinfo=UTC)
    votes = [(v, n, e) for e in range(5) for v in range(e + 2) for n in range(v + 1)]
    times = 0
    for state, origin, said, (vantages, networks, enrolled), dissent, low, resolver in product(
        State, (*Origin, None), notes, votes, (0, 1), (False, True), resolvers
    ):
        one = sample(
            state=state, origin=origin, notes=said, vantages=vantages, networks=networks, enrolled=enrolled,
            dissenting=dissent, indicative=low,
        )  # fmt: skip
        agreed = enrolled > 0 and vantages / enrolled >= 2 / 3 - 1e-9 and not dissent
        floor = vantages >= 2 if resolver.kind is Kind.ISP else networks >= 2
        clean = not low and not {Note.PARKED, Note.TRANSPORTS_DIFFER, Note.SWEEP} & set(said)
        own = origin is Origin.RESOLVER
        in_its_favour = state is State.BLOCKED and origin is Origin.UNATTRIBUTED and resolver.kind is Kind.ISP
        counts = agreed and floor and clean and (own or (in_its_favour and resolver.endpoints == (udp,)))
        side = state if counts and state in {State.OPEN, State.BLOCKED} else None
        assert countable(DaySample(1, at, one), resolver) is side, (one, resolver)
        times += 1
    assert times > 50_000


def test_every_set_of_rounds_meets_the_rule_or_not() -> None:
    """Of twelve rounds, each in its place of the day, every subset against the rule in plain words."""
    planned = rounds([sample()] * 12)
    day = bounds(DAY, "Europe/Rome")
    for mask in range(1 << 12):
        chosen = [n for n in range(12) if mask >> n & 1]
        numbers = {planned[n].number for n in chosen}
        assert meets(DENSE_90, planned, numbers, day) == (
            len(chosen) >= 11 and {n // 3 for n in chosen} == {0, 1, 2, 3}
        )
        assert meets(DAILY_90, planned, numbers, day) == (len(chosen) >= 11)


def test_no_round_meets_no_rule() -> None:
    day = bounds(DAY, "Europe/Rome")
    assert not any(meets(rule, (), (), day) for rule in DAY_RULES.values())


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 1, 20), 24), (date(2022, 10, 30), 25)],
)
def test_length_of_days(day: date, hours: int) -> None:
    """Europe/Rome changes its clock on the last Sundays of March and October."""
    found = bounds(day, "Europe/Rome")
    assert found.end - found.start == timedelta(hours=hours)
    assert bounds(day, "UTC").end - bounds(day, "UTC").start == timedelta(hours=24)
    assert bounds(later(day, 1), "Europe/Rome").start == found.end
    assert found.start in found
    assert found.end not in found
    assert [found.part(found.start + (found.end - found.start) * n / 4, 4) for n in range(4)] == [0, 1, 2, 3]
    assert found.part(found.end - timedelta(microseconds=1), 4) == 3


def test_every_minute_of_a_year_is_in_its_day() -> None:
    """Day by day the bounds leave no gap, and each first and last minute is of the day that Rome writes."""
    day = date(2026, 1, 1)
    while day.year == 2026:
        found = bounds(day, "Europe/Rome")
        assert (
            local_day(found.start, "Europe/Rome") == local_day(found.end - timedelta(minutes=1), "Europe/Rome") == day
        )
        day = later(day, 1)
        assert local_day(found.end, "Europe/Rome") == day


def test_the_calendar_ends_without_an_error() -> None:
    assert later(date.max, 1) == date.max
    assert later(date(2026, 1, 1), 10**9) == date.max
    assert deadline_day(datetime.max.replace(tzinfo=UTC), "Europe/Rome", days=1, minutes=30) == date.max


def test_words() -> None:
    """Both languages name the same values; a day that counts reads in both as it was agreed."""
    for reason_id, row in REASONS.items():
        named = [{part.split("}")[0] for part in words.split("{")[1:]} for words in row.words]
        assert named[0] == named[1], reason_id
        assert len(row.findings) == 1
    assert set(CAUSES) < set(REASONS)
    resolved = [row.words for row in REASONS.values() if row.findings == (Finding.NOT_COMPLIANT,)]
    assert all(words.en.startswith("name resolved on a due day") for words in resolved)
    assert all(words.it.startswith("nome risolto in giorno dovuto") for words in resolved)
