"""What each can do all the same: the column that remains of the table of who can cheat how far, shown to be so."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest

from schema.bundle.container import unpack
from schema.bundle.parts import Query, read_days, read_round_times, read_timeline_row
from schema.codec import encode
from schema.note import cosigned_at
from schema.words import State
from tests.evidence.attacks.world import NUMBERS, PROBES, THREE, evening, fresh, honest
from tests.evidence.cases.case import Made
from tests.evidence.forge.answers import obeys, resolves
from tests.evidence.forge.authority import due, tre
from tests.evidence.forge.export import Export, query
from tests.evidence.forge.house import House
from tests.evidence.forge.stories import DAY, FIRST, MINUTE, announce, bundle, finish, founded, play
from tests.evidence.verifiers import Command

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from schema.bundle.parts import Days, RoundTimes, TimelineRow
    from schema.cells import Cell
    from schema.registry import Vantage
    from tests.evidence.forge.answers import Hears, Said
    from tests.evidence.forge.authority import Authority
    from tests.evidence.forge.house import Token

VALID: Final = ("valid", None)


def made(house: House) -> Made:
    return Made(bundle(house).pack(), house.trust())


def verdict(one: Made) -> tuple[str, str | None]:
    return Command()(one.bundle, one.trust_json)[:2]


def lines(one: Made, name: str) -> list[bytes]:
    return unpack(one.bundle)[name].splitlines()


def rows(one: Made, resolver: str) -> list[TimelineRow]:
    found = [read_timeline_row(line) for line in lines(one, "derived/timeline.jsonl")]
    return [row for row in found if row.resolver == resolver]


def days(one: Made, resolver: str) -> Days:
    return next(day for day in map(read_days, lines(one, "derived/days.jsonl")) if day.resolver == resolver)


def rounds(one: Made) -> list[RoundTimes]:
    return [read_round_times(line) for line in lines(one, "derived/rounds.jsonl")]


def liar(*who: str) -> Hears:
    def hears(vantage: Vantage, cell: Cell) -> Said:
        return (resolves if vantage.id in who else obeys)(vantage, cell)

    return hears


@pytest.mark.parametrize("probe", PROBES)
def test_a_probe_that_invents_while_it_measures(probe: str) -> None:
    """The bundle is valid; of a public resolver the networks then disagree, and no day is counted as open."""
    one = made(evening(fresh(), liar(probe)))
    assert verdict(one) == VALID
    assert {row.state for row in rows(one, "alfa")} == {State.MIXED}
    assert days(one, "alfa").open == 0


def test_the_only_probe_in_a_providers_network() -> None:
    """Of a provider's own resolver nobody else can speak: this remains where the policy asks for one vantage."""
    one = made(evening(fresh(), liar("rm-01")))
    assert {row.state for row in rows(one, "beta")} == {State.OPEN}
    assert days(one, "beta").open == len(NUMBERS)


def test_a_collector_that_takes_nothing_from_a_probe() -> None:
    """The probe is listed as absent, in every plan."""
    house = founded(house=fresh())
    announce(house, FIRST, FIRST + 10 * MINUTE, at=FIRST - 90 * MINUTE)
    for number in NUMBERS:
        play(house, number, who=["mi-01", "rm-01"])
    finish(house)
    one = made(house)
    assert verdict(one) == ("absences", "9.1")
    assert {row.absent for row in rows(one, "alfa")} == {1}


def test_a_collector_that_answers_a_smaller_question() -> None:
    """It is a good answer to that question, which stands in bundle.json: whoever reads it must compare."""
    house = honest()
    asked: Query = query(house, DAY, operators=("alfa-dns",))
    one = Made(Export(house, asked).run().pack(), house.trust())
    assert verdict(one) == VALID
    assert rows(one, "beta") == []


class Tomorrow(House):
    """Everything was made up a day later: no authority stamps for yesterday."""

    def stamp(self, at: datetime, *, by: Iterable[str] | None = None, size: int | None = None) -> None:
        super().stamp(at + timedelta(days=1), by=by, size=size)


def test_all_of_them_a_day_later() -> None:
    """Collector and every probe invent an evening afterwards, with honest tokens: it is valid and counts for no day."""
    one = made(evening(Tomorrow(THREE, [due(), tre()]), resolves))
    assert verdict(one) == VALID
    assert {row.state for row in rows(one, "alfa")} == {State.OPEN}
    assert {row.day for row in rows(one, "alfa")} == {None}
    assert days(one, "alfa").untimed == len(NUMBERS)


def test_all_of_them_a_day_later_with_the_old_times() -> None:
    """That the invented rounds are dated by the true evening's tables is refused."""
    house = evening(Tomorrow(THREE, [due(), tre()]), resolves)
    draft = bundle(house)
    draft.put_lines("derived/rounds.jsonl", lines(made(honest()), "derived/rounds.jsonl"))
    assert verdict(Made(draft.pack(), house.trust())) == ("altered", "7.1")


class OneLies(House):
    """One authority's clock is wrong by so much."""

    off = timedelta()
    liar = ""

    def take(self, authority: Authority, size: int, at: datetime) -> Token:
        return super().take(authority, size, at + (self.off if authority.name == self.liar else timedelta()))


@pytest.mark.parametrize("minutes", [-600, -120, -60, -5, 5, 60, 95, 120, 600])
@pytest.mark.parametrize("name", ["due", "tre"])
def test_one_authority_that_lies(name: str, minutes: int) -> None:
    """Either its tokens contradict the others', or the intervals still hold the truth: it can widen, not move."""
    kind = type("Lies", (OneLies,), {"off": minutes * MINUTE, "liar": name})
    one = made(evening(kind(THREE, [due(), tre()])))
    said = verdict(one)
    if said != VALID:
        assert said == ("altered", "3.3")
        return
    for times in rounds(one):
        true = FIRST + 10 * MINUTE * (times.number - 1) + MINUTE
        assert times.not_before is not None
        assert times.not_after is not None
        assert times.not_before <= true <= times.not_after


def test_everybody_together() -> None:
    """What no bundle can show: all keys in one hand from the first line on. An independent witness ends it."""
    one = made(evening(fresh(), resolves))
    assert verdict(one) == VALID
    assert days(one, "alfa").open == len(NUMBERS)


def test_two_logs_convict_the_key() -> None:
    """Two readers were shown two evenings: each is valid, and both together are the evidence against the keys."""
    other = evening(fresh(), resolves)
    first, second = honest().newest, other.newest
    assert (first.origin, first.size) == (second.origin, second.size)
    assert first.root != second.root
    for house in (honest(), other):
        assert verdict(made(house)) == VALID
        for line in house.cosignatures[house.newest.size]:
            key = next(one.keys.public for one in house.probes.values() if line.name.endswith(one.vantage.id))
            assert cosigned_at(house.newest, line, key) > 0


def test_an_outsider() -> None:
    """Without a key not one file can be changed; `test_every_byte.py` does it byte by byte."""
    one = made(honest())
    data = bytearray(one.bundle)
    data[len(data) // 2] ^= 1
    assert verdict(Made(bytes(data), one.trust))[0] == "altered"
    assert encode(one.trust) == encode(honest().trust())
    assert io.BytesIO(one.bundle).read(2) == b"PK"
