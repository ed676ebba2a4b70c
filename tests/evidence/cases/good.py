"""Bundles in which nothing is wrong, however odd."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from msgspec import structs

from schema.entry import Equivocation
from schema.record import ChainHead
from schema.trust import Needs, TrustedWitness
from schema.words import Failure, Gap, Role
from tests.evidence.cases.case import Made, case
from tests.evidence.forge.answers import obeys, resolves
from tests.evidence.forge.authority import due, tre
from tests.evidence.forge.cast import LIVE, NAME, NAPLES, ORDER, ROME, SECOND, Cast, few_questions, policy
from tests.evidence.forge.export import Export, query
from tests.evidence.forge.house import House
from tests.evidence.forge.keys import Keys
from tests.evidence.forge.stories import (
    DAY,
    FIRST,
    MINUTE,
    announce,
    bundle,
    finish,
    founded,
    lean,
    plain,
    play,
    small,
)

if TYPE_CHECKING:
    from schema.cells import Cell
    from schema.registry import Vantage
    from tests.evidence.forge.answers import Said
    from tests.evidence.forge.authority import Authority

HOUR = 60 * MINUTE


def made(house: House, first: date = DAY, last: date | None = None) -> Made:
    """Everything between two days, and the house's own trust."""
    return Made(bundle(house, first, last).pack(), house.trust())


def of_authorities(*authorities: Authority) -> House:
    """A small house with other authorities."""
    return House(Cast(questions=few_questions()), authorities)


@case("two-plans", None, "Two probes, two plans, two names of which one is asked about; every kind of file.")
def _plain() -> Made:
    return made(plain())


@case(
    "one-plan", None, "The smallest bundle that has everything; most other cases are this one with one thing changed."
)
def _lean() -> Made:
    return made(lean())


@case("name-resolved", None, "Nobody withholds the name: a bundle is as valid when it tells against somebody.")
def _open() -> Made:
    return made(lean(resolves))


def _with_gaps(vantage: Vantage, cell: Cell) -> Said:
    if cell.role is Role.TARGET and cell.resolver == "beta":
        return Gap.BREAKER
    return obeys(vantage, cell)


@case("gap-in-a-cell-that-bears", None, "Cells were not asked and say why, in the close; their leaves are gap lines.")
def _gaps() -> Made:
    return made(lean(_with_gaps))


def _gaps_at_the_end(vantage: Vantage, cell: Cell) -> Said:
    return Gap.CRASHED if cell.number > 4 else obeys(vantage, cell)


@case("crashed-in-the-middle", None, "One range of gaps covers cells that bear on the question and cells that do not.")
def _crashed() -> Made:
    return made(lean(_gaps_at_the_end))


@case("all-gaps", None, "A round in which nothing was asked is closed all the same.")
def _all_gaps() -> Made:
    return made(lean(lambda vantage, cell: Gap.NOT_RUNNING))


class _GapLines(House):
    """Its probes write a line for a cell that was not asked, as well as they may write a range."""

    gap_lines = True


@case("gap-as-a-line", None, "A gap stands as a record line; its leaf is that of the canonical gap line all the same.")
def _gap_lines() -> Made:
    return made(lean(_with_gaps, house=_GapLines(Cast(questions=few_questions()), [due(), tre()])))


@case("absent-vantage", "9.1", "A vantage that the plan enrols closed no round.")
def _absent() -> Made:
    house = founded(house=small())
    announce(house, FIRST, at=FIRST - 90 * MINUTE)
    play(house, 1, who=["mi-01"])
    finish(house)
    return made(house)


@case("nobody-measured", "9.1", "No enrolled vantage closed a round; the timeline has its rows none the less.")
def _nobody() -> Made:
    house = founded(house=small())
    announce(house, FIRST, at=FIRST - 90 * MINUTE)
    play(house, 1, who=[])
    finish(house)
    return made(house)


@case(
    "delivered-the-next-day", None, "A vantage was cut off: its round is in the log a day later and counts for no day."
)
def _offline() -> Made:
    house = founded(house=small())
    announce(house, FIRST, at=FIRST - 90 * MINUTE)
    house.measure(house.plans[1], "rm-01")
    play(house, 1, who=["mi-01"])
    house.deliver("rm-01")
    house.seal()
    house.stamp(FIRST + 14 * HOUR)
    finish(house)
    return made(house)


@case("delivered-after-the-head", "9.1", "What reached the log after the newest checkpoint is not there yet.")
def _undelivered() -> Made:
    house = founded(house=small())
    announce(house, FIRST, at=FIRST - 90 * MINUTE)
    house.measure(house.plans[1], "rm-01")
    play(house, 1, who=["mi-01"])
    finish(house)
    house.deliver("rm-01")
    return made(house)


@case("key-change", None, "A probe changed its key between two plans; both keys' chains are there.")
def _key_change() -> Made:
    house = founded(house=small())
    announce(house, FIRST, FIRST + 10 * MINUTE, at=FIRST - 90 * MINUTE)
    play(house, 1)
    house.change_key(house.probes["mi-01"], FIRST + 8 * MINUTE)
    play(house, 2)
    finish(house)
    return made(house)


@case("revoked-probe", None, "A probe was revoked after its round: what it delivered before stays.")
def _revoked() -> Made:
    house = founded(house=small())
    announce(house, FIRST, at=FIRST - 90 * MINUTE)
    play(house, 1)
    house.stand("rm-01", "revoked", "the machine was sold", FIRST + 20 * MINUTE)
    house.seal()
    house.stamp(FIRST + 30 * MINUTE)
    finish(house)
    return made(house)


@case("two-chains", None, "A probe was restarted between two plans: a chain for each process.")
def _two_chains() -> Made:
    house = founded(house=small())
    announce(house, FIRST, FIRST + 10 * MINUTE, at=FIRST - 90 * MINUTE)
    play(house, 1)
    probe = house.probes["mi-01"]
    probe.begin(FIRST + 7 * MINUTE, ChainHead(probe.chain.id, 4, "ab" * 32))
    play(house, 2)
    finish(house)
    return made(house)


@case(
    "close-repeated",
    None,
    "After a restart the same close stands in two chains; the one that was in the log first counts.",
)
def _repeated() -> Made:
    house = founded(house=small())
    announce(house, FIRST, at=FIRST - 90 * MINUTE)
    house.measure(house.plans[1], "mi-01")
    probe = house.probes["mi-01"]
    first = house.rounds[-1]
    probe.begin(FIRST + 5 * MINUTE, ChainHead(probe.chain.id, 3, "ab" * 32))
    leaf = probe.close(first.close)
    house.rounds.append(replace(first, chain=probe.chain, leaf=leaf))
    house.measure(house.plans[1], "rm-01")
    house.deliver()
    house.seal()
    house.stamp(FIRST + 6 * MINUTE)
    finish(house)
    return made(house)


@case(
    "new-log", None, "A second log, begun after a restored backup, that names the last known checkpoint of the first."
)
def _new_log() -> Made:
    old = founded(house=small())
    house = House(old.cast, old.authorities, number=2)
    house.begin(after=old.newest.text.decode(), reason="the database was restored from a backup")
    house.keep_policy(house.cast.policy)
    house.keep_questions(house.cast.questions)
    house.enter_order(house.cast.order, FIRST)
    for vantage in house.cast.vantages:
        house.enrol(vantage, FIRST)
    house.probes["mi-01"].see(old.newest, old.notes[old.newest.size].signatures[0].blob, FIRST)
    house.seal()
    house.stamp(FIRST - 3 * HOUR)
    announce(house, FIRST, at=FIRST - 90 * MINUTE)
    play(house, 1)
    finish(house)
    return made(house)


@case(
    "every-cell",
    None,
    "All cells are in the bundle, not only those that bear on the question: the range proofs are empty.",
)
def _everything() -> Made:
    house = lean()
    return Made(Export(house, query(house, DAY), everything=True).run().pack(), house.trust())


@case("one-of-two-names", None, "The order has two names; the question is about one.")
def _one_name() -> Made:
    house = lean(cast=Cast(questions=few_questions((NAME, SECOND))))
    return Made(Export(house, query(house, DAY, names=(NAME,))).run().pack(), house.trust())


@case("two-names", None, "The order has two names, both asked about.")
def _two_names() -> Made:
    return made(lean(cast=Cast(questions=few_questions((NAME, SECOND)))))


@case("one-operator", None, "The question is about one of two addressees.")
def _one_operator() -> Made:
    house = lean()
    return Made(Export(house, query(house, DAY, operators=("alfa-dns",))).run().pack(), house.trust())


@case("two-days", None, "A plan on each of two days.")
def _two_days() -> Made:
    house = founded(house=small())
    for number, start in enumerate((FIRST, FIRST + 24 * HOUR), 1):
        announce(house, start, at=start - 90 * MINUTE)
        play(house, number)
    finish(house)
    return made(house, DAY, DAY + timedelta(days=1))


@case("a-day-without-plans", None, "Nothing was planned on the second day of the period; it has its rows.")
def _empty_day() -> Made:
    return made(lean(), DAY, DAY + timedelta(days=1))


@case("plans-before-and-after", None, "Plans of other days are in the log and not in the bundle.")
def _others() -> Made:
    house = founded(house=small(), at=FIRST - 30 * HOUR)
    for number, start in enumerate((FIRST - 24 * HOUR, FIRST, FIRST + 24 * HOUR), 1):
        announce(house, start, at=start - 90 * MINUTE)
        play(house, number)
    finish(house)
    return made(house)


@case("second-version-of-the-order", None, "The order was entered twice; the question names the second version.")
def _version() -> Made:
    house = founded(house=small())
    house.enter_order(structs.replace(ORDER, title="Ordine di prova, corretto"), FIRST, version=2)
    announce(house, FIRST, at=FIRST - 90 * MINUTE)
    play(house, 1)
    finish(house)
    return Made(Export(house, query(house, DAY, version=2)).run().pack(), house.trust())


@case("policy-changed", None, "Two plans under two policies.")
def _policy() -> Made:
    house = founded(house=small())
    announce(house, FIRST, at=FIRST - 90 * MINUTE)
    house.keep_policy(policy(floor_networks=1))
    play(house, 1)
    announce(house, FIRST + 30 * MINUTE, at=FIRST + 15 * MINUTE)
    play(house, 2)
    finish(house)
    return made(house)


@case(
    "floor-of-three",
    None,
    "The policy asks for three networks and there are two: insufficient, and it counts for no day.",
)
def _floor() -> Made:
    return made(lean(cast=Cast(questions=few_questions(), policy=policy(floor_networks=3))))


@case("indicative", None, "A policy that is only indicative lowers the floor to one.")
def _indicative() -> Made:
    cast = Cast(vantages=(ROME,), questions=few_questions(), policy=policy(indicative=True))
    return made(lean(cast=cast))


@case("third-vantage", None, "A vantage on a third network, to which the provider's cells do not apply.")
def _third() -> Made:
    cast = Cast(questions=few_questions())
    return made(lean(cast=cast.but(vantages=(*cast.vantages, NAPLES))))


@case("outside-witness", None, "No probe looked; a witness of the reader's own cosigned the head.")
def _witness() -> Made:
    house = founded(house=small())
    house.publish(FIRST)
    house.seal()
    house.stamp(FIRST - 90 * MINUTE)
    play(house, 1)
    witness = Keys("witness")
    name = "testimone.example/registro"
    house.cosignatures[house.newest.size] = [
        witness.note.cosign(house.newest, name=name, at=int(FIRST.timestamp()) + 900)
    ]
    trusted = structs.replace(house.trust(), witnesses=(TrustedWitness(name, witness.public.hex()),))
    return Made(bundle(house).pack(), trusted)


@case(
    "witness-that-is-a-probe",
    "2.4",
    "One key cosigned as a probe and as a witness of the reader's: that is one, and two are needed.",
)
def _both() -> Made:
    house = lean()
    probe, name = house.probes["rm-01"], "testimone.example/registro"
    second = probe.keys.note.cosign(house.newest, name=name, at=int(FIRST.timestamp()) + 900)
    first = [one for one in house.cosignatures[house.newest.size] if one.name.endswith("rm-01")]
    house.cosignatures[house.newest.size] = [*first, second]
    witness = TrustedWitness(name, probe.keys.public.hex())
    return Made(bundle(house).pack(), structs.replace(house.trust(), witnesses=(witness,), needs=Needs(2, 2)))


@case("cosigned-by-strangers-too", None, "Beside good cosignatures stand some of nobody the reader knows.")
def _strangers() -> Made:
    house = lean()
    stranger = Keys("stranger").note.cosign(house.newest, name="sconosciuto.example", at=1)
    house.cosignatures[house.newest.size].insert(0, stranger)
    return made(house)


@case("plan-without-token", None, "The plan names no token; what the probe saw is its not-before.")
def _no_after() -> Made:
    house = founded(house=small())
    house.tokens, kept = [], house.tokens
    house.publish(FIRST)
    house.tokens = kept
    house.seal()
    house.stamp(FIRST - 90 * MINUTE)
    house.seal()
    house.look(FIRST - 80 * MINUTE)
    play(house, 1)
    finish(house)
    return made(house)


@case(
    "nothing-before",
    None,
    "The plan names no token and the probe saw nothing: the round has no not-before and counts for no day.",
)
def _nothing_before() -> Made:
    house = founded(house=small())
    house.tokens, kept = [], house.tokens
    house.publish(FIRST)
    house.tokens = kept
    house.seal()
    house.stamp(FIRST - 90 * MINUTE)
    play(house, 1)
    finish(house)
    return made(house)


def _divided(vantage: Vantage, cell: Cell) -> Said:
    return (resolves if vantage.id == "mi-01" else obeys)(vantage, cell)


@case("networks-disagree", None, "One network finds the name and the other does not.")
def _mixed() -> Made:
    return made(lean(_divided))


def _silent(vantage: Vantage, cell: Cell) -> Said:
    return Failure.TIMEOUT if cell.role is Role.TARGET else obeys(vantage, cell)


@case("silence", None, "Every target is silent.")
def _timeouts() -> Made:
    return made(lean(_silent))


@case("two-datagrams", None, "A question got two different answers; both are kept.")
def _two_answers() -> Made:
    return made(lean(house=_Twice(Cast(questions=few_questions()), [due(), tre()])))


class _Twice(House):
    """Whose probes hear a second datagram."""

    twice = LIVE


@case(
    "equivocation-in-the-log",
    None,
    "The log tells of a key that signed two things; it is told, and nothing rests on it.",
)
def _equivocation() -> Made:
    house = founded(house=small())
    house.enter(Equivocation(probe="rm-01", what="close", digests=("ab" * 32, "cd" * 32), at=FIRST))
    announce(house, FIRST, at=FIRST - 90 * MINUTE)
    play(house, 1)
    finish(house)
    return made(house)


@case("number-far-up", None, "Plans are numbered from where an older log ended.")
def _far() -> Made:
    house = founded(house=small())
    house.publish(FIRST, number=123_456)
    house.seal()
    house.stamp(FIRST - 90 * MINUTE)
    house.seal()
    house.look(FIRST - 80 * MINUTE)
    play(house, 123_456)
    finish(house)
    return made(house)


@case("head-larger-than-the-period-needs", None, "The newest checkpoint is of a later week.")
def _later_head() -> Made:
    house = lean()
    for day in (2, 5):
        house.seal()
        house.stamp(FIRST + day * 24 * HOUR)
    finish(house)
    return made(house)
