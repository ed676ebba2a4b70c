"""How many rounds are judged in a CPU-second of one core: as they repeat in life, and when no answer is like another."""

from __future__ import annotations

import random
import time
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING, Final, NamedTuple

import dns.message
from msgspec.structs import replace

from collector.judge import Memory, judge_lines, judge_round
from collector.questions import build_questions
from collector.registry import builtin_world, default_policy
from schema.cells import applicable, expand
from schema.codec import encode
from schema.dnswire import read_message
from schema.plan import Plan, PlanVantage
from schema.record import Answer
from schema.registry import WHOAMI, Vantage, World
from schema.words import Role
from tests.bench.figures import Figure, interleaved, ratio
from tests.helpers.batches import START, Said, honest
from tests.helpers.batches import record as recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from schema.cells import Cell
    from schema.policy import Policy
    from schema.record import Record

    Line = tuple[bytes, Record]

NAMES: Final = ("kickasstorrents.to.", "limetorrents.pro.", "ilcorsaronero.pro.")
RESOLVERS: Final = frozenset({"cloudflare", "google", "quad9", "quad9-unfiltered", "tim"})
LINE: Final = Vantage("mi-01", 3269, "TIM", "IT", "Anna")
ROUNDS: Final = 12
TIMES: Final = 3
SEED: Final = 20261121
ROWS: Final = tuple(
    f"judge, {what}, from {source}{beside}"
    for what in ("repeating", "distinct")
    for source in ("records", "lines")
    for beside in ("", " : from_wire")
)
#: By the figure before the one that they belong to.
_NOTES: Final = {
    (
        "repeating",
        "records",
    ): "reader included: JSON, base64, DNS messages; from_wire is dnspython's reading of the same answers",
    ("repeating", "lines"): "no two answers of two rounds alike: addresses, their order, TTLs, ids, letter case",
}
_NXDOMAIN: Final = 3
_EGRESS: Final = Said(0, ("203.0.113.7",))
_TTL: Final = 300
_A, _HEADER_BYTES, _TAIL_BYTES = 1, 12, 4


class Feed(NamedTuple):
    """Rounds of one vantage, and by what they are judged."""

    world: World
    policy: Policy
    rounds: list[list[Line]]

    @classmethod
    def of(cls, *, distinct: bool) -> Feed:
        """So many rounds; *distinct*: addresses, their order and TTLs are others in every answer and every round."""
        known = builtin_world()
        world = World(tuple(one for one in known.resolvers if one.id in RESOLVERS or one.kind == "control"), (LINE,))
        questions = build_questions(world, NAMES)
        vantage = PlanVantage(LINE.id, LINE.asn, LINE.country)
        cells = applicable(expand(questions), vantage)
        dice = random.Random(SEED)
        plan = Plan(
            v=1, number=1, starts_at=START, window_s=60.0, seed="00", questions="00" * 32, policy="00" * 32,
            vantages=(vantage,),
        )  # fmt: skip
        rounds = []
        for number in range(1, ROUNDS + 1):
            now = replace(plan, number=number, starts_at=START + timedelta(minutes=10 * number))
            named = f"{number:064x}"
            truths = {name: _hosted(dice) for name in NAMES}
            made = []
            for cell in cells:
                said = said_of(cell, vantage, number)
                if distinct and said.addresses and cell.name in truths:
                    said = Said(0, tuple(dice.sample(truths[cell.name], len(truths[cell.name]))))
                one = lively(recorded(now, named, cell, LINE.id, said), dice)
                made.append((encode(one), one))
            rounds.append(made)
        return cls(world, default_policy(world), rounds)

    @property
    def messages(self) -> list[bytes]:
        """The answers of the first round."""
        return [answer.wire for _, one in self.rounds[0] for answer in one.answers]


def _hosted(dice: random.Random) -> list[str]:
    return [f"198.51.{dice.randrange(256)}.{dice.randrange(1, 255)}" for _ in range(4)]


def said_of(cell: Cell, vantage: PlanVantage, number: int) -> Said:
    """The provider denies every name, as does one public resolver two of them."""
    blocks = cell.resolver == "tim" or (cell.resolver == "google" and cell.name != NAMES[0])
    if cell.role is Role.TARGET and blocks:
        return Said(_NXDOMAIN)
    return _EGRESS if cell.name == WHOAMI else honest(cell, vantage, number)


def lively(one: Record, dice: random.Random) -> Record:
    """With an id, letter case and times of its own, and a TTL that a cache has counted down."""
    if not one.answers:  # where nothing runs, nothing answers
        return one
    ident, wire = dice.randbytes(2), bytearray(one.answers[0].wire)
    end = wire.index(0, _HEADER_BYTES)
    asked = bytes(
        octet ^ (dice.getrandbits(1) << 5) if 97 <= octet <= 122 else octet for octet in wire[_HEADER_BYTES:end]
    )
    message, left = read_message(bytes(wire)), dice.randint(1, _TTL)
    for answer in message.answer:
        wire[answer.offset - 6 : answer.offset - 2] = left.to_bytes(4, "big")
    wire[:2], wire[_HEADER_BYTES:end] = ident, asked
    return replace(
        one,
        query=ident + one.query[2:_HEADER_BYTES] + asked + one.query[end:],
        mono_us=one.mono_us * 1000 + dice.randrange(1_000_000),
        at=one.at + timedelta(microseconds=dice.randrange(1_000_000)),
        answers=(Answer(dice.randrange(3_000, 60_000), bytes(wire), dice.choice((57, 58))),),
    )


def judging(say: Callable[[str], None]) -> Iterator[Figure]:
    """Rounds judged by a fresh memory after one round to warm it; and dnspython's reading of the same messages."""
    usual, unlike = Feed.of(distinct=False), Feed.of(distinct=True)
    cells = len(usual.rounds[0])
    found = interleaved(
        {
            "rounds/s, records": lambda: _records(usual),
            "rounds/s, lines": lambda: _lines(usual),
            "rounds/s, records, distinct": lambda: _records(unlike),
            "rounds/s, lines, distinct": lambda: _lines(unlike),
            "rounds/s, dnspython reads": lambda: _dnspython(usual.messages),
            "rounds/s, dnspython, distinct": lambda: _dnspython(unlike.messages),
        },
        times=TIMES,
        say=say,
    )
    note = f"a round: {cells} records, {len(NAMES)} names at {', '.join(sorted(RESOLVERS))}, and the controls; CPU of one core"
    reads = "rounds/s, dnspython reads", "rounds/s, dnspython, distinct"
    for what, which, dnspython in (("repeating", "", reads[0]), ("distinct", ", distinct", reads[1])):
        for source in ("records", "lines"):
            ours = found[f"rounds/s, {source}{which}"]
            yield Figure(f"judge, {what}, from {source}", median(ours), "rounds/s", note=note)
            yield Figure(f"judge, {what}, from {source} : from_wire", ratio(ours, found[dnspython]), "x")
            note = _NOTES.get((what, source), "")


def _records(feed: Feed) -> float:
    memory = Memory()
    judge_round(feed.rounds[0], feed.world, feed.policy, memory=memory)
    began = time.process_time()
    for records in feed.rounds[1:]:
        judge_round(records, feed.world, feed.policy, memory=memory)
    return (len(feed.rounds) - 1) / (time.process_time() - began)


def _lines(feed: Feed) -> float:
    lines = [line for records in feed.rounds for line, _ in records]
    began = time.process_time()
    verdicts = sum(1 for _ in judge_lines(lines, feed.world, feed.policy))
    spent = time.process_time() - began
    if verdicts != len(feed.rounds) * len(RESOLVERS) * len(NAMES):
        raise RuntimeError(f"{verdicts} verdicts")
    return len(feed.rounds) / spent


def _dnspython(messages: Sequence[bytes]) -> float:
    began = time.process_time()
    for wire in messages:
        dns.message.from_wire(wire)
    return 1 / (time.process_time() - began)
