"""Bundles in which nothing is wrong but the times: late, wide, over midnight, in long and short days."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import structs

from schema.trust import Needs
from tests.evidence.cases.case import Made, case
from tests.evidence.cases.good import HOUR, made, of_authorities
from tests.evidence.forge.authority import due, tre, uno
from tests.evidence.forge.cast import Cast, few_questions
from tests.evidence.forge.export import Export, query
from tests.evidence.forge.house import House
from tests.evidence.forge.stories import (
    DAY,
    FIRST,
    MINUTE,
    announce,
    finish,
    founded,
    lean,
    play,
    small,
)

if TYPE_CHECKING:
    from tests.evidence.forge.authority import Authority
    from tests.evidence.forge.house import Token


@case("late-plan", None, "The plan is stamped after its start only: it counts for no day.")
def _late() -> Made:
    house = founded(house=small())
    announce(house, FIRST, at=FIRST + 2 * MINUTE)
    play(house, 1)
    finish(house)
    return made(house)


@case("urgent-plan", None, "A plan with a lead of two minutes between two others.")
def _urgent() -> Made:
    house = founded(house=small())
    announce(house, FIRST, at=FIRST - 90 * MINUTE)
    play(house, 1)
    announce(house, FIRST + 9 * MINUTE, at=FIRST + 7 * MINUTE)
    play(house, 2)
    finish(house)
    return made(house)


@case("stamped-at-the-start", None, "The plan's stamp is of the very microsecond of its start: not late.")
def _on_time() -> Made:
    house = founded(house=of_authorities(tre(), replace(due(), accuracy_us=0)))
    announce(house, FIRST, at=FIRST)
    play(house, 1)
    finish(house)
    return made(house)


@case("stamped-a-microsecond-late", None, "With the accuracy of the slower authority the plan is one microsecond late.")
def _microsecond() -> Made:
    house = founded(house=of_authorities(tre(), replace(due(), accuracy_us=1)))
    announce(house, FIRST, at=FIRST)
    play(house, 1)
    finish(house)
    return made(house)


@case(
    "authority-down",
    None,
    "One authority was down when the round was sealed: the next checkpoint that both stamped decides.",
)
def _down() -> Made:
    house = founded(house=small())
    announce(house, FIRST, at=FIRST - 90 * MINUTE)
    for probe in house.probes:
        house.measure(house.plans[1], probe)
        house.deliver(probe)
    house.seal()
    house.stamp(FIRST + 6 * MINUTE, by=["due"])
    house.seal()
    house.stamp(FIRST + 40 * MINUTE)
    finish(house)
    return made(house)


@case("authority-down-over-midnight", None, "The second stamp came after midnight: what it covers counts for no day.")
def _down_long() -> Made:
    house = founded(house=small())
    announce(house, FIRST, at=FIRST - 90 * MINUTE)
    for probe in house.probes:
        house.measure(house.plans[1], probe)
        house.deliver(probe)
    house.seal()
    house.stamp(FIRST + 6 * MINUTE, by=["due"])
    house.seal()
    house.stamp(FIRST + 4 * HOUR)
    finish(house)
    return made(house)


@case("lone-authority", None, "The reader asks for one authority only, and there is one.")
def _lone() -> Made:
    house = lean(house=of_authorities(uno()))
    draft = Export(house, query(house, DAY), needed=1).run()
    return Made(draft.pack(), structs.replace(house.trust(), needs=Needs(1, 1)))


@case("three-authorities", None, "Of three the second slowest decides.")
def _three() -> Made:
    return made(lean(house=of_authorities(due(), tre(), replace(uno(), accuracy_us=30_000_000))))


@case(
    "unknown-authority", None, "The collector has a third authority that the reader does not name: it is passed over."
)
def _unknown() -> Made:
    house = lean(house=of_authorities(due(), tre(), uno()))
    trusted = structs.replace(house.trust(), authorities=(due().trusted(), tre().trusted()))
    return Made(Export(house, query(house, DAY), known=("due", "tre")).run().pack(), trusted)


class _EntersLate(House):
    """A collector that has a token of an authority that is ahead, names it in a plan, and enters it later."""

    def __init__(self) -> None:
        super().__init__(Cast(questions=few_questions()), [due(), tre()])
        self.keeps = False
        self.kept: list[tuple[Token, Authority]] = []

    def enter_token(self, token: Token, authority: Authority) -> None:
        if self.keeps:
            self.kept.append((token, authority))
        else:
            super().enter_token(token, authority)


@case(
    "round-ends-before-it-begins",
    None,
    "The plan names a token of an authority that is an hour ahead: no day is shown.",
)
def _ahead() -> Made:
    house = _EntersLate()
    founded(house=house)
    house.seal()
    house.keeps = True
    house.stamp(FIRST + HOUR, by=["due"])
    house.keeps = False
    announce(house, FIRST, at=FIRST - 90 * MINUTE)
    play(house, 1)
    for kept in house.kept:
        house.enter_token(*kept)
    house.seal()
    house.stamp(FIRST + 2 * HOUR)
    finish(house)
    return made(house)


@case("wide-accuracy", None, "An accuracy of four hours reaches over midnight: nothing counts.")
def _wide() -> Made:
    return made(lean(house=of_authorities(tre(), replace(due(), accuracy_us=4 * 3600 * 1_000_000))))


@case(
    "unsorted-certificates", None, "Replies whose certificates are out of DER's order, as a stock program sends them."
)
def _unsorted() -> Made:
    return made(lean(house=of_authorities(tre(), replace(due(), with_root=True, unsorted=True))))


@case("reply-with-its-root", None, "Replies that carry the root beside the signing certificate.")
def _with_root() -> Made:
    return made(lean(house=of_authorities(uno(), replace(tre(), with_root=True))))


@case("fractions-of-seconds", None, "Tokens with microseconds and accuracies in all three fields.")
def _fractions() -> Made:
    house = founded(house=of_authorities(replace(tre(), accuracy_us=2_003_004), replace(due(), accuracy_us=5)))
    announce(house, FIRST, at=FIRST - 90 * MINUTE + timedelta(microseconds=120))
    play(house, 1)
    finish(house)
    return made(house)


@case("long-day", None, "The day on which clocks go back has 25 hours; plans at its first and last half hour.")
def _long_day() -> Made:
    return _around(
        datetime(2026, 10, 24, 22, 30, tzinfo=UTC), datetime(2026, 10, 25, 22, 30, tzinfo=UTC), date(2026, 10, 25)
    )


@case("short-day", None, "The day on which clocks go forward has 23 hours; plans at its first and last half hour.")
def _short_day() -> Made:
    return _around(
        datetime(2027, 3, 27, 23, 30, tzinfo=UTC), datetime(2027, 3, 28, 21, 30, tzinfo=UTC), date(2027, 3, 28)
    )


def _around(first: datetime, last: datetime, day: date) -> Made:
    house = founded(house=small(), at=first - 5 * HOUR)
    for number, start in enumerate((first, last), 1):
        announce(house, start, at=start - 10 * MINUTE)
        play(house, number)
    finish(house)
    return made(house, day)


@case(
    "midnight",
    None,
    "A plan at midnight belongs to the day that begins; what it was announced under lies in the day before.",
)
def _midnight() -> Made:
    midnight = datetime(2026, 11, 21, 23, tzinfo=UTC)
    house = founded(house=small())
    announce(house, midnight, at=midnight - 20 * MINUTE)
    play(house, 1)
    finish(house)
    return made(house, date(2026, 11, 22))
