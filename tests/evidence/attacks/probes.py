"""What a dishonest probe can do with its own key: change what it signed, or sign it twice."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec import structs

from schema.codec import encode
from schema.log import Tree, leaf_hash
from schema.record import read_record
from tests.evidence.attacks.attack import PROBE, Attack, family
from tests.evidence.attacks.files import _turned as turned
from tests.evidence.attacks.world import NUMBERS, PROBES, exported, fresh, honest, signed
from tests.evidence.cases.case import Made
from tests.evidence.forge.answers import resolves
from tests.evidence.forge.house import read_close
from tests.evidence.forge.stories import FIRST, MINUTE, announce, bundle, finish, founded, play
from tests.evidence.forge.tamper import edit_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.evidence.forge.draft import Draft

    Lines = list[bytes]


@family
def records_and_closes_changed() -> Iterator[Attack]:
    """A probe changes a record afterwards, and its close, and signs its log again: the collector's log has the old head."""
    for name in exported().names("rounds/"):
        for place in range(1, len(exported().lines(name))):
            yield Attack(
                "a record and its close changed",
                PROBE,
                f"{name} line {place}",
                "5.2",
                signed(partial(_reclosed, name=name, place=place)),
            )


def _reclosed(draft: Draft, *, name: str, place: int) -> None:
    probe = name.split("/")[2].removesuffix(".jsonl")
    number = int(name.split("/")[1])
    edit_line(draft, name, place, turned)
    record = read_record(draft.lines(name)[place])
    measured = honest().closed(number, probe)[0]
    lines = measured.lines | {record.cell: draft.lines(name)[place]}
    root = Tree(leaf_hash(lines[cell]) for cell in sorted(lines)).root().hex()
    log = next(one for one in draft.names(f"probes/{probe}/"))
    close = read_close(measured.close)
    edit_line(draft, log, measured.leaf, lambda line: line.replace(close.root.encode(), root.encode()))


@family
def closes_changed() -> Iterator[Attack]:
    """A probe changes a close alone: what it counts, what it calls a gap, what it is over."""
    for name in exported().names("probes/"):
        for place, line in enumerate(exported().lines(name)):
            if b'"close"' not in line:
                continue
            close = read_close(line)
            for what, changed in (
                ("cells", structs.replace(close, cells=close.cells - 1)),
                ("observed", structs.replace(close, observed=0)),
                ("root", structs.replace(close, root="ab" * 32)),
                ("plan", structs.replace(close, plan="ab" * 32)),
            ):
                yield Attack(
                    "a close changed",
                    PROBE,
                    f"{name} line {place}: {what}",
                    "5.2",
                    signed(partial(_closed_as, name=name, place=place, old=encode(close), new=encode(changed))),
                )


def _closed_as(draft: Draft, *, name: str, place: int, old: bytes, new: bytes) -> None:
    edit_line(draft, name, place, lambda line: line.replace(old, new))


@family
def closed_again() -> Iterator[Attack]:
    """A probe closes a round again, otherwise, in the same chain or in another; the collector takes it."""
    for probe in PROBES:
        for number in NUMBERS:
            for chain in ("the same chain", "a chain of its own"):
                yield Attack(
                    "a round closed again",
                    PROBE,
                    f"{probe}, plan {number}, {chain}",
                    "5.4",
                    partial(_again, probe=probe, number=number, own=chain != "the same chain"),
                )


def _again(*, probe: str, number: int, own: bool) -> Made:
    house = founded(house=fresh())
    announce(house, FIRST, FIRST + 10 * MINUTE, at=FIRST - 90 * MINUTE)
    for one in NUMBERS:
        play(house, one)
        if one == number:
            if own:
                house.probes[probe].begin(FIRST)
            house.measure(house.plans[one], probe, resolves)
            house.rounds.pop()
            house.deliver(probe)
    house.seal()
    house.stamp(FIRST + 30 * MINUTE)
    finish(house)
    return Made(bundle(house).pack(), house.trust())
