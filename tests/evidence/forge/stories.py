"""What happens in forged worlds; the plainest of them first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from tests.evidence.forge.answers import obeys
from tests.evidence.forge.authority import due, tre
from tests.evidence.forge.cast import NIGHT, ROME, Cast, few_questions, policy
from tests.evidence.forge.export import Export, query
from tests.evidence.forge.house import House

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.evidence.forge.answers import Hears
    from tests.evidence.forge.draft import Draft

DAY: Final = date(2026, 11, 21)
FIRST: Final = datetime(2026, 11, 21, 20, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)


def founded(cast: Cast | None = None, house: House | None = None, at: datetime = NIGHT) -> House:
    """A house that has begun its log, entered its order and enrolled its probes; sealed and stamped."""
    house = house or House(cast or Cast())
    house.begin(at)
    house.keep_policy(house.cast.policy)
    house.keep_questions(house.cast.questions)
    house.enter_order(house.cast.order, at)
    for vantage in house.cast.vantages:
        house.enrol(vantage, at)
    house.seal()
    house.stamp(at + MINUTE)
    return house


def announce(house: House, *starts: datetime, at: datetime) -> None:
    """Publish plans, seal, stamp, and have the probes see it: first the plans' checkpoint, then that which holds its stamps."""
    for start in starts:
        house.publish(start)
    house.seal()
    house.stamp(at)
    house.seal()
    house.look(at + MINUTE)


def play(house: House, number: int, hears: Hears = obeys, *, who: Iterable[str] | None = None) -> None:
    """Everybody enrolled (or *who*) executes plan *number* and delivers; then the log is sealed and stamped."""
    published = house.plans[number]
    for vantage in published.plan.vantages:
        if vantage.id in (house.probes if who is None else who):
            house.measure(published, vantage.id, hears)
            house.deliver(vantage.id)
    house.seal()
    house.stamp(published.plan.starts_at + 6 * MINUTE)


def finish(house: House) -> None:
    """Probes cosign the newest checkpoint, which is stamped."""
    house.look(house.tokens[-1].at + MINUTE)


def plain(hears: Hears = obeys) -> House:
    """Two probes, two plans of one evening."""
    house = founded()
    announce(house, FIRST, FIRST + 10 * MINUTE, at=FIRST - 90 * MINUTE)
    play(house, 1, hears)
    play(house, 2, hears)
    finish(house)
    return house


def lean(hears: Hears = obeys, *, cast: Cast | None = None, house: House | None = None) -> House:
    """One plan and few questions: as small as a bundle gets that has everything."""
    house = founded(house=house or small(cast))
    announce(house, FIRST, at=FIRST - 90 * MINUTE)
    play(house, 1, hears)
    finish(house)
    return house


def lone() -> House:
    """The same with one probe, which its policy takes for enough: what most cases break."""
    return lean(cast=Cast(vantages=(ROME,), questions=few_questions(), policy=policy(floor_networks=1)))


def shut() -> House:
    """The same in which nobody measured anything: for cases that are refused before it matters."""
    house = founded(house=small())
    announce(house, FIRST, at=FIRST - 90 * MINUTE)
    play(house, 1, who=[])
    finish(house)
    return house


def small(cast: Cast | None = None) -> House:
    """A house of which small bundles come: few questions, authorities with short signatures."""
    return House(cast or Cast(questions=few_questions()), [due(), tre()])


def bundle(house: House, first: date = DAY, last: date | None = None) -> Draft:
    """What is exported of *house*."""
    return Export(house, query(house, first, last)).run()
