"""Signed batches as a fleet would send them: several resolvers, a docket, rounds that close, bytes as hard to compress."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from collector.planner import Planner, Press
from collector.planning.asking import Asking
from collector.questions import build_questions
from probe.log import ProbeLog, with_head
from schema.cells import applicable, expand
from schema.codec import encode
from schema.dsse import Signer
from schema.log import leaf_hash, root
from schema.note import NoteSigner
from schema.plan import plan_id
from schema.policy import Policy
from schema.record import VERSION, Begin, Close, CloseLine
from schema.registry import Resolver, World
from schema.words import Kind, Role
from tests.helpers.batches import START, VANTAGES, Said, Writer, endpoints, honest, record, seed_of

if TYPE_CHECKING:
    from collector.store import Store
    from schema.cells import Cell
    from schema.plan import Plan, PlanVantage
    from schema.record import Record
    from tests.helpers.batches import Signed

LINES_A_BATCH: Final = 1_000
STEP: Final = timedelta(minutes=10)
COLLECTOR_SEED: Final = b"bench collector".ljust(32, b".")
COLLECTOR: Final = Signer(COLLECTOR_SEED)
_PUBLIC: Final = 6
_NXDOMAIN: Final = 3


class Fleet(NamedTuple):
    """Who asks whom for what."""

    policy: Policy
    questions: bytes

    @classmethod
    def asking(cls, names: int) -> Fleet:
        """A fleet with a docket of so many *names*."""
        public = [
            Resolver(
                f"public-{at}",
                f"Public {at}",
                Kind.PUBLIC,
                (64500 + at,),
                False,
                endpoints(f"192.0.2.{at}", f"dns.p{at}.test"),
            )
            for at in range(1, _PUBLIC + 1)
        ]
        isp = [
            Resolver(f"isp-{one.id}", one.operator, Kind.ISP, (one.asn,), True, (f"udp:198.51.100.{at}:53",))
            for at, one in enumerate(VANTAGES, 1)
        ]
        controls = [
            Resolver(
                f"control-{at}",
                f"Control {at}",
                Kind.CONTROL,
                (64600 + at,),
                False,
                endpoints(f"203.0.113.{at}", f"dns.c{at}.test"),
            )
            for at in (1, 2)
        ]
        world = World((*public, *isp, *controls), VANTAGES)
        docket = [f"torrents-{number}.successor-{number % 97}.example." for number in range(names)]
        return cls(Policy(resolvers=world.resolvers), build_questions(world, docket))

    async def enrol(self, store: Store) -> None:
        """Make every vantage known."""
        for vantage in VANTAGES:
            await store.add_vantage(vantage, Signer(seed_of(vantage.id)).public_key, START)

    async def publish(self, store: Store, rounds: int) -> list[tuple[str, Plan]]:
        """The plans of so many *rounds*; the same ids in every database."""

        async def asked() -> Asking:
            return Asking(lambda _: self.questions, self.policy)

        press = Press(store, COLLECTOR, dice=lambda count: b"\x07" * count)
        planner = Planner(
            press, asking=asked, starts_at=lambda number: START + STEP * (number - 1), window_s=60.0
        )  # fmt: skip
        return [(plan_id(encode(plan)), plan) for plan in await planner.publish_through(rounds)]

    def streams(self, plans: list[tuple[str, Plan]], *, log: bool = False) -> list[list[Signed]]:
        """What each vantage sends: full batches, and one that ends with each close, as a spool is flushed there.

        *log*: with the probe's log, as probes have kept it since there is one.
        """
        cells = expand(self.questions)
        return [_stream(vantage, plans, cells, log=log) for vantage in plans[0][1].vantages]


def _stream(vantage: PlanVantage, plans: list[tuple[str, Plan]], cells: tuple[Cell, ...], *, log: bool) -> list[Signed]:
    dice = random.Random(vantage.id)
    writer = Writer(vantage.id)
    notes = NoteSigner(seed_of(vantage.id))
    begin = Begin(writer.chain, notes.public_key.hex(), "boot-1", "test", plans[0][1].starts_at)
    own = ProbeLog(notes, probe=vantage.id, begin=begin)
    batches: list[Signed] = []
    for named, plan in plans:
        asked = applicable(cells, vantage)
        lines = [
            encode(_lively(record(plan, named, cell, vantage.id, _said(cell, vantage, plan.number)), dice))
            for cell in asked
        ]
        leaves = [leaf_hash(line) for line in lines]
        order = list(range(len(lines)))
        dice.shuffle(order)  # a round is asked in a shuffled order
        lines = [lines[at] for at in order]
        close = encode(CloseLine(VERSION, Close(named, len(asked), len(leaves), root(leaves).hex())))
        if log and not batches:
            lines.insert(0, own.begin_line)
        lines.append(with_head(close, own.add(close)) if log else close)
        starts = range(0, len(lines), LINES_A_BATCH)
        batches += [writer.batch(lines[start : start + LINES_A_BATCH], at=plan.starts_at) for start in starts]
    return batches


def _said(cell: Cell, vantage: PlanVantage, number: int) -> Said:
    """Access providers block every name, one public resolver blocks half of them from the third round on."""
    if cell.role is Role.TARGET:
        blocks = cell.resolver.startswith("isp-") or (
            cell.resolver == "public-1" and number > 2 and len(cell.name) % 2 == 0
        )
        if blocks:
            return Said(_NXDOMAIN)
    return honest(cell, vantage, number)


def _lively(one: Record, dice: random.Random) -> Record:
    """With a random id, letter case and times, which is what makes records hard to compress."""
    number = dice.randbytes(2)
    end = one.query.index(0, 12)
    asked = bytes(octet ^ (dice.getrandbits(1) << 5) if 97 <= octet <= 122 else octet for octet in one.query[12:end])
    answers = tuple(
        answer.__class__(
            dice.randrange(3_000, 60_000),
            number + answer.wire[2:12] + asked + answer.wire[end:],
            dice.choice((52, 57, 58)),
        )
        for answer in one.answers  # none where nobody answers
    )
    return msgspec.structs.replace(
        one,
        query=number + one.query[2:12] + asked + one.query[end:],
        mono_us=one.mono_us * 1000 + dice.randrange(1_000_000),
        at=one.at + timedelta(microseconds=dice.randrange(1_000_000)),
        answers=answers,
    )
