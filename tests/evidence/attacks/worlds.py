"""What collectors, probes and authorities can do together: play another evening, fork, keep back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from msgspec import structs

from schema.bundle.parts import read_round_times
from schema.codec import encode
from schema.log import leaf_hash
from schema.note import Checkpoint
from schema.record import read_record
from schema.words import Gap
from tests.evidence.attacks.attack import ALL_AUTHORITIES, BOTH, COLLECTOR, WITNESSES, Attack, family
from tests.evidence.attacks.world import NUMBERS, PROBES, evening, exported, fresh, honest, signed
from tests.evidence.cases.case import Made
from tests.evidence.forge.answers import obeys, resolves
from tests.evidence.forge.export import Export, query
from tests.evidence.forge.house import House
from tests.evidence.forge.stories import DAY, FIRST, MINUTE, announce, bundle, finish, founded, play
from tests.evidence.forge.tamper import edit_line, fields

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from schema.cells import Cell
    from schema.registry import Vantage
    from tests.evidence.forge.answers import Hears, Said
    from tests.evidence.forge.authority import Authority
    from tests.evidence.forge.draft import Draft
    from tests.evidence.forge.house import Token

    Lines = list[bytes]


def _liars(*who: str) -> Hears:
    def hears(vantage: Vantage, cell: Cell) -> Said:
        return (resolves if vantage.id in who else obeys)(vantage, cell)

    return hears


@family
def worlds_played_again() -> Iterator[Attack]:
    """Collector and probes write another evening; the authorities' tokens are those of the true one."""
    for liars in (("mi-01",), ("rm-01",), ("na-01",), ("mi-01", "rm-01"), PROBES):
        for authorities in (("due",), ("tre",), ("due", "tre")):
            said = f"{', '.join(liars)}, tokens of {' and '.join(authorities)}"
            yield Attack(
                "another evening under old tokens",
                BOTH,
                said,
                "3.2",
                partial(_old_tokens, liars=liars, authorities=authorities),
            )


def _old_tokens(*, liars: tuple[str, ...], authorities: tuple[str, ...]) -> Made:
    """The requests and replies of the true evening; the log names them, so the log of the lie is played with them."""
    true = {(token.size, token.authority): token for token in honest().tokens}

    class Reusing(House):
        def take(self, authority: Authority, size: int, at: datetime) -> Token:
            if authority.name not in authorities:
                return super().take(authority, size, at)
            token = true[size, authority.name]
            self.tokens.append(token)
            self.enter_token(token, authority)
            return token

    house = Reusing(fresh().cast, fresh().authorities)
    evening(house, _liars(*liars))
    return Made(bundle(house).pack(), house.trust())


@family
def honest_probe_among_liars() -> Iterator[Attack]:
    """Collector, two probes and every authority lie together; the third probe's log is what it is, for they lack its key."""
    for honest_one in PROBES:
        liars = tuple(probe for probe in PROBES if probe != honest_one)
        yield Attack(
            "another evening around an honest probe",
            ALL_AUTHORITIES,
            f"{honest_one} does not lie",
            "5.3",
            partial(_around, honest_one=honest_one, liars=liars),
        )
        yield Attack(
            "an honest probe's log invented",
            ALL_AUTHORITIES,
            f"{honest_one} does not lie",
            "5.2",
            partial(_invented, honest_one=honest_one),
        )


def _around(*, honest_one: str, liars: tuple[str, ...]) -> Made:
    """What the honest probe saw of the true log stands in its log; the log that is shown begins otherwise."""
    house = fresh()
    house.cast = house.cast.but(order=structs.replace(house.cast.order, title="Un altro ordine"))
    true = honest().probes[honest_one]
    seen = [head for head in true.chain.heads if head.size <= 2]
    founded(house=house)
    announce(house, FIRST, FIRST + 10 * MINUTE, at=FIRST - 90 * MINUTE)
    house.probes[honest_one].chains = [replace(true.chain, heads=seen, lines=true.chain.lines[:2], delivered=0)]
    for number in NUMBERS:
        play(house, number, _liars(*liars), who=liars)
        house.deliver(honest_one)
    house.seal()
    house.stamp(FIRST + 30 * MINUTE)
    house.look(FIRST + 31 * MINUTE, who=liars)
    return Made(bundle(house).pack(), house.trust())


def _invented(*, honest_one: str) -> Made:
    """They write its log themselves, and sign it with what they have."""
    house = fresh()
    founded(house=house)
    house.probes[honest_one].keys.note = house.keys.note
    evening_without_founding(house, resolves)
    return Made(bundle(house).pack(), house.trust())


def evening_without_founding(house: House, hears: Hears) -> None:
    """The rest of an evening."""
    announce(house, FIRST, FIRST + 10 * MINUTE, at=FIRST - 90 * MINUTE)
    for number in NUMBERS:
        play(house, number, hears)
    finish(house)


@family
def forked_logs() -> Iterator[Attack]:
    """The collector shows one log to a probe and another to the reader; the probe's own log has what it saw."""
    for probe in PROBES:
        for number in NUMBERS:
            yield Attack(
                "two logs",
                WITNESSES,
                f"shown to {probe} before plan {number}",
                "5.3",
                partial(_forked, probe=probe, number=number),
            )


def _forked(*, probe: str, number: int) -> Made:
    house = founded(house=fresh())
    announce(house, FIRST, FIRST + 10 * MINUTE, at=FIRST - 90 * MINUTE)
    for one in NUMBERS:
        if one == number:
            other = Checkpoint(house.origin, house.newest.size, leaf_hash(probe.encode()))
            house.probes[probe].see(other, house.keys.note.sign(other).blob, FIRST)
        play(house, one)
    finish(house)
    return Made(bundle(house).pack(), house.trust())


@family
def plans_exchanged() -> Iterator[Attack]:
    """The collector publishes a plan and shows the reader another of the same number, with the rounds of the first."""
    for number in NUMBERS:
        for what in ("seed", "window", "vantages"):
            yield Attack(
                "a plan exchanged",
                COLLECTOR,
                f"plan {number}: {what}",
                "4.2",
                partial(_exchanged, number=number, what=what),
            )


def _exchanged(*, number: int, what: str) -> Made:
    house = evening(fresh())
    published = house.plans[number]
    plan = published.plan
    changed = {
        "seed": structs.replace(plan, seed="00" * 16),
        "window": structs.replace(plan, window_s=1.0),
        "vantages": structs.replace(plan, vantages=plan.vantages[:2]),
    }[what]
    draft = bundle(house)
    draft.files[f"plans/{number:010d}.json"] = encode(changed)
    return Made(draft.pack(), house.trust())


@family
def rounds_kept_back() -> Iterator[Attack]:
    """The collector drops a round that a probe closed, with its verdicts, as if the vantage had been absent."""
    for probe in PROBES:
        for number in NUMBERS:
            yield Attack(
                "a round kept back",
                COLLECTOR,
                f"{probe}, plan {number}",
                "6.1",
                partial(_kept_back, probe=probe, number=number),
            )


def _kept_back(*, probe: str, number: int) -> Made:
    house = evening(fresh())
    house.rounds = [one for one in house.rounds if (one.probe, one.plan.plan.number) != (probe, number)]
    return Made(bundle(house).pack(), house.trust())


@family
def plans_kept_back() -> Iterator[Attack]:
    """The collector drops a whole plan that does not please it, with its rounds and rows."""
    for number in NUMBERS:
        yield Attack("a plan kept back", COLLECTOR, f"plan {number}", "4.1", partial(_planless, number=number))


def _planless(*, number: int) -> Made:
    house = evening(fresh())
    del house.plans[number]
    return Made(bundle(house).pack(), house.trust())


@family
def chains_kept_back() -> Iterator[Attack]:
    """The collector drops the log of a probe, and with it all its rounds."""
    for probe in PROBES:
        yield Attack("a chain kept back", COLLECTOR, probe, "5.1", partial(_chainless, probe=probe))


def _chainless(*, probe: str) -> Made:
    house = evening(fresh())
    house.rounds = [one for one in house.rounds if one.probe != probe]
    draft = bundle(house)
    for name in draft.names(f"probes/{probe}/"):
        del draft.files[name]
    return Made(draft.pack(), house.trust())


@family
def gaps_invented() -> Iterator[Attack]:
    """The collector calls a record a gap, in the close that the probe signed."""
    for name in exported().names("rounds/"):
        yield Attack("a gap written into a close", COLLECTOR, name, "5.2", signed(partial(_gapped, name=name)))


def _gapped(draft: Draft, *, name: str) -> None:
    probe, number = name.split("/")[2].removesuffix(".jsonl"), int(name.split("/")[1])
    lines = draft.lines(name)
    cell = read_record(lines[1]).cell
    draft.put_lines(name, [lines[0], *lines[2:]])
    leaf = honest().closed(number, probe)[0].leaf
    gap = b',"gaps":[{"from":%d,"to":%d,"reason":"%b"}]}}' % (cell, cell, Gap.QUOTA.encode())
    edit_line(draft, draft.names(f"probes/{probe}/")[0], leaf, lambda line: line.removesuffix(b"}}") + gap)


@family
def days_inflated() -> Iterator[Attack]:
    """The exporter dates rounds that came too late as if they had come in time."""
    for place in range(len(exported().lines("derived/rounds.jsonl"))):
        yield Attack("a late round dated in time", COLLECTOR, f"round {place}", "7.1", partial(_dated, place=place))


def _dated(*, place: int) -> Made:
    house = founded(house=fresh())
    announce(house, FIRST, FIRST + 10 * MINUTE, at=FIRST - 90 * MINUTE)
    for number in NUMBERS:
        for probe in PROBES:
            house.measure(house.plans[number], probe)
    house.deliver()
    house.seal()
    house.stamp(FIRST + timedelta(hours=9))
    finish(house)
    export = Export(house, query(house, DAY))
    draft = export.run()
    edit_line(draft, "derived/rounds.jsonl", place, fields(read_round_times, not_after=FIRST + 6 * MINUTE))
    return Made(draft.pack(), house.trust())
