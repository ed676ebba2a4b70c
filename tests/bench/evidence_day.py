"""A day of a deployment, forged: one name at six resolvers, every ten minutes, from three vantages, with all that shows it.

`python -m tests.bench.evidence_day FOLDER DAYS` writes `bundle.zip`, `trust.json` and what it weighs, as a process of its own,
so that the memory of whoever verifies is not that of the forger.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

import zstandard
from msgspec import structs

from collector.questions import build_questions
from collector.registry import builtin_world, default_policy
from schema.cells import QuestionSet
from schema.codec import encode, reader
from schema.order import Scope, ScopeRule
from schema.policy import Bound
from schema.record import TlsSeen
from schema.registry import Vantage, World
from tests.bench.judging import lively, said_of
from tests.evidence.forge.answers import certificate
from tests.evidence.forge.cast import ORDER, Cast
from tests.evidence.forge.export import Export, query
from tests.evidence.forge.house import House
from tests.evidence.forge.stories import founded
from tests.helpers.batches import record as recorded

if TYPE_CHECKING:
    from schema.cells import Cell
    from tests.evidence.forge.answers import Hears
    from tests.evidence.forge.house import Published

NAME: Final = "kickasstorrents.to."
RESOLVERS: Final = ("cloudflare", "google", "quad9", "opendns", "tim", "vodafone")
VANTAGES: Final = (
    Vantage("mi-01", 3269, "TIM", "IT", "Studio Rossi"),
    Vantage("rm-01", 30722, "Vodafone Italia", "IT", "Studio Verdi"),
    Vantage("to-01", 12874, "Fastweb", "IT", "Studio Bianchi"),
)
FIRST: Final = date(2026, 11, 21)
MIDNIGHT: Final = datetime(2026, 11, 20, 23, tzinfo=UTC)  # of that day, in Rome
STEP: Final = timedelta(minutes=10)
ROUNDS_A_DAY: Final = 144
AHEAD: Final = 12  # rounds by which plans are published


class Fleet(House):
    """A house whose probes hear something else in each round: ids, letter case, times, TTLs."""

    dice = random.Random(20261121)

    def line(self, cell: Cell, published: Published, probe: str, _hears: Hears, _at: datetime) -> bytes:
        """A record as a probe writes it."""
        vantage = published.plan.vantage(probe)
        assert vantage is not None
        said = said_of(cell, vantage, published.plan.number)
        one = recorded(published.plan, published.id, cell, probe, said)
        if one.tls is not None:
            one = structs.replace(one, tls=TlsSeen("TLSv1.3", (_CERTIFICATE,), verified=True))
        return encode(lively(one, self.dice))


_CERTIFICATE: Final = sha256(certificate()).hexdigest()


def cast() -> Cast:
    """The real registry's six resolvers and controls, the real question set of one name."""
    known = builtin_world()
    world = World(tuple(one for one in known.resolvers if one.id in RESOLVERS or one.kind == "control"), VANTAGES)
    operators = tuple(sorted({one.operator_slug for one in world.resolvers if one.id in RESOLVERS}))
    return Cast(
        vantages=VANTAGES,
        order=structs.replace(
            ORDER, addressees=operators, scope=(Scope(NAME, ScopeRule.EXACT, verified=True),)
        ),
        policy=default_policy(world, (Bound((NAME,), operators),)),
        questions=reader(QuestionSet, "question set")(build_questions(world, [NAME])),
    )  # fmt: skip


def play(days: int) -> House:
    """So many days of rounds; at each a plan is published ahead, everything is sealed, stamped and seen."""
    rounds = days * ROUNDS_A_DAY
    house = founded(house=Fleet(cast()), at=MIDNIGHT - AHEAD * STEP - timedelta(hours=1))
    for number in range(AHEAD):
        house.publish(MIDNIGHT + number * STEP)
    house.seal()
    house.stamp(MIDNIGHT - AHEAD * STEP)
    house.seal()
    house.look(MIDNIGHT - AHEAD * STEP + timedelta(minutes=1))
    for number in range(rounds):
        start = MIDNIGHT + number * STEP
        for vantage in VANTAGES:
            house.measure(house.plans[number + 1], vantage.id)
            house.deliver(vantage.id)
        if number + AHEAD < rounds:
            house.publish(MIDNIGHT + (number + AHEAD) * STEP)
        house.seal()
        house.stamp(start + timedelta(minutes=7))
        house.seal()
        house.look(start + timedelta(minutes=8))
    house.deliver()
    house.seal()
    house.stamp(MIDNIGHT + rounds * STEP + timedelta(minutes=1))
    house.look(MIDNIGHT + rounds * STEP + timedelta(minutes=2))
    return house


def main(folder: Path, days: int) -> None:
    """Write the bundle, whom to trust, and what each folder of it weighs."""
    began = time.process_time()
    house = play(days)
    draft = Export(house, query(house, FIRST, FIRST + timedelta(days=days - 1))).run()
    weights: Counter[str] = Counter()
    for name, data in draft.files.items():
        weights[name.partition("/")[0]] += len(data)
    packed = draft.pack()
    (folder / "bundle.zip").write_bytes(packed)
    (folder / "trust.json").write_bytes(encode(house.trust()))
    told = {
        "records": sum(len(one.lines) for one in house.rounds),
        "entries": len(house.entries),
        "bytes": len(packed),
        "zstd": len(zstandard.ZstdCompressor(level=3).compress(packed)),
        "weights": weights,
        "cpu_s": time.process_time() - began,
    }
    (folder / "told.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
