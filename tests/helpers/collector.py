"""A real collector on loopback, over a real database, with an invented docket and its plans published."""

from __future__ import annotations

from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec

from collector.engine import Engine
from collector.evidence.seal import Sealer
from collector.evidence.signed import SignedFile
from collector.library import Library
from collector.metrics import Metrics
from collector.planner import Planner, Press
from collector.planning.asking import Asking
from collector.questions import build_questions
from collector.receive.limits import Limits
from collector.services import Services
from collector.serving import listening
from schema.cells import expand
from schema.codec import encode
from schema.dsse import Signer
from schema.note import NoteSigner
from schema.plan import plan_id
from schema.policy import Policy
from tests.helpers.batches import NAMES, START, STEP, VANTAGES, WORLD, Said, Writer, honest, round_lines, seed_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from datetime import datetime

    from collector.evidence.witnesses import Witness
    from collector.questions import LatelySeen
    from collector.store import Store
    from schema.cells import Cell
    from schema.plan import Plan, PlanVantage
    from schema.words import Gap
    from tests.helpers.batches import Signed

SEED = sha256(b"collector").digest()
COLLECTOR = Signer(SEED)
POLICY = Policy(resolvers=WORLD.resolvers)
QUESTIONS = build_questions(WORLD, NAMES)
CELLS = expand(QUESTIONS)


def starts_at(number: int) -> datetime:
    """The start of plan *number*."""
    return START + STEP * (number - 1)


def planner(store: Store, policy: Policy = POLICY) -> Planner:
    """A planner whose dice always fall the same."""
    return planning(store, lambda _: QUESTIONS, policy)


def press(store: Store) -> Press:
    """What signs and numbers plans, with dice that always fall the same."""
    return Press(store, COLLECTOR, dice=lambda count: b"\x07" * count)


def planning(store: Store, questions: Callable[[LatelySeen], bytes], policy: Policy = POLICY) -> Planner:
    """A planner that always asks these questions."""

    async def asked() -> Asking:
        return Asking(questions, policy)

    return Planner(press(store), asking=asked, starts_at=starts_at, window_s=60.0)


async def enrol(store: Store) -> None:
    """Enrol every invented vantage."""
    for vantage in VANTAGES:
        await store.add_vantage(vantage, Signer(seed_of(vantage.id)).public_key, START)


class Reply(msgspec.Struct):
    """What the collector answered."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def document(self) -> dict[str, Any]:
        """The body as JSON."""
        document: dict[str, Any] = msgspec.json.decode(self.body)
        return document


@dataclass
class Running:
    """A collector that answers; `clock` is what it takes for now."""

    store: Store
    services: Services
    url: str
    session: aiohttp.ClientSession
    clock: list[datetime] = field(default_factory=list)

    async def post(self, signed: Signed, **headers: str) -> Reply:
        """Deliver a batch."""
        return await self.request("POST", "/v1/batches", data=signed.body, headers=signed.headers | headers)

    async def request(self, method: str, path: str, **options: Any) -> Reply:
        """Any request."""
        async with self.session.request(method, self.url + path, **options) as response:
            return Reply(response.status, await response.read(), dict(response.headers))

    async def published(self, last: int) -> list[tuple[str, Plan]]:
        """The plans up to number *last*, with their ids."""
        plans = await planner(self.store).publish_through(last)
        return [(plan_id(encode(plan)), plan) for plan in plans]


def sealer(store: Store, folder: Path, now: Callable[[], datetime], witnesses: Sequence[Witness] = ()) -> Sealer:
    """What signs the log of a collector whose key lies in *folder*."""
    file = SignedFile(folder / "collector.key")
    return Sealer(store, NoteSigner(SEED), file, now=now, metrics=Metrics(), witnesses=witnesses)


@asynccontextmanager
async def collector(
    store: Store, *, limits: Limits | None = None, lab: bool = False, folder: Path | None = None
) -> AsyncIterator[Running]:
    """A collector with all vantages enrolled; the clock stands until a test moves it."""
    await enrol(store)
    clock = [START + timedelta(minutes=1)]
    library, metrics = Library(store), Metrics()
    engine = Engine(store, library, metrics)
    with nullcontext(folder) if folder else TemporaryDirectory() as place:
        signing = sealer(store, Path(place), lambda: clock[0])
        await signing.start()
        services = Services(
            store,
            COLLECTOR,
            engine,
            library,
            lambda: clock[0],
            signing,
            metrics=metrics,
            limits=limits or Limits(),
            lab=lab,
        )
        await engine.start()
        try:
            async with _serving(services, store, clock) as running:
                yield running
        finally:
            await engine.stop()
            await store.release_signing()


@asynccontextmanager
async def _serving(services: Services, store: Store, clock: list[datetime]) -> AsyncIterator[Running]:
    async with listening(services, "127.0.0.1", 0) as url, aiohttp.ClientSession() as session:
        yield Running(store, services, url, session, clock)


def stream(
    probe: PlanVantage,
    plans: list[tuple[str, Plan]],
    script: Callable[[Cell, PlanVantage, int], Said | Gap] = honest,
    *,
    lines_a_batch: int = 40,
    chain: str = "",
    cells: tuple[Cell, ...] = CELLS,
) -> list[Signed]:
    """The batches of a probe that executes *plans*, all of *cells*: rounds cut into batches wherever they happen to fill."""
    writer = Writer(probe.id, chain=chain)
    lines: list[bytes] = []
    batches: list[Signed] = []
    for named, plan in plans:
        lines += round_lines(plan, named, cells, probe, script)
        while len(lines) > lines_a_batch:
            batches.append(writer.batch(lines[:lines_a_batch], at=plan.starts_at))
            lines = lines[lines_a_batch:]
    if lines:
        batches.append(writer.batch(lines, at=plans[-1][1].starts_at))
    return batches
