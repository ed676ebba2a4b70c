"""A collector that stands in for the real one: it signs plans and receipts, keeps what it gets, and refuses on demand."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import zstandard
from aiohttp import web

from collector.receive.seal import is_sealed
from schema.cells import Asked, Group, QuestionSet, applicable, expand, questions_digest
from schema.codec import encode
from schema.dsse import BATCH, RECEIPT, Signer, seal, verify
from schema.log import leaf_hash
from schema.plan import Plan, PlanVantage, plan_id, seal_plan
from schema.receipt import Receipt
from schema.record import BatchLine, CloseLine, Record, read_line
from schema.words import Profile, Role

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from schema.dsse import Envelope
    from schema.record import BatchHeader, Close

COLLECTOR = Signer(b"c" * 32)
PROBE = Signer(b"p" * 32)
NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
VANTAGE = PlanVantage("mi-01", 64500, "IT")


def questions(*names: str, types: tuple[str, ...] = ("A", "AAAA")) -> bytes:
    """A question set: *names* over UDP and TCP at one resolver; the second half of them only for France."""
    half = (len(names) + 1) // 2
    resolver = Asked("quiet", ("udp:192.0.2.1:53", "tcp:192.0.2.1:53"))
    groups = tuple(
        Group(Role.TARGET, some, ("quiet",), types, (Profile.STUB,), countries=countries)
        for some, countries in ((names[:half], ()), (names[half:], ("FR",)))
        if some
    )
    return encode(QuestionSet(1, names, (resolver,), groups))


QUESTIONS = questions("a.example.", "b.example.", "c.example.", "d.example.")


class StandIn:
    """What a probe sees of a collector."""

    def __init__(self) -> None:
        self.url = ""
        self._changed = asyncio.Event()
        self.forget()

    def forget(self) -> None:
        """Be as at the beginning."""
        self.plans: list[Plan] = []
        self.envelopes: list[Envelope] = []
        self.sets: dict[str, bytes] = {}
        self.batches: dict[tuple[str, int], bytes] = {}
        self.tries: list[int] = []  # the number of each batch that was sent, taken or not
        self.asked: list[str] = []  # the path of each request
        self.refusal: Callable[[BatchHeader], web.Response | None] = lambda _: None

    def publish(self, count: int, *, data: bytes = QUESTIONS, given: bool = True, **fields: object) -> list[Plan]:
        """The next *count* plans, one each minute from NOW on; *given*: whether their questions are to be had."""
        digest = questions_digest(data)
        if given:
            self.sets[digest] = data
        first = len(self.plans) + 1
        for number in range(first, first + count):
            values: dict[str, object] = {
                "v": 1,
                "number": number,
                "starts_at": NOW + timedelta(minutes=number - 1),
                "window_s": 60.0,
                "seed": "5eed",
                "questions": digest,
                "policy": "0" * 64,
                "vantages": (VANTAGE,),
            }
            plan = Plan(**(values | fields))  # type: ignore[arg-type]  # what a test says of a plan
            self.plans.append(plan)
            self.envelopes.append(seal_plan(plan, COLLECTOR))
        return self.plans[first - 1 :]

    async def until(self, holds: Callable[[], bool]) -> None:
        """Return when *holds*, which is looked at after each request."""
        async with asyncio.timeout(60):
            while not holds():
                changed = self._changed
                await changed.wait()

    # -- what it serves -----------------------------------------------------------------------------------------

    async def give_plans(self, request: web.Request) -> web.Response:
        after, limit = int(request.query["after"]), int(request.query["limit"])
        some = [one for plan, one in zip(self.plans, self.envelopes, strict=True) if plan.number > after][:limit]
        return self._answer(request, web.Response(body=encode({"plans": some})))

    async def give_questions(self, request: web.Request) -> web.Response:
        data = self.sets.get(request.match_info["digest"])
        return self._answer(request, web.Response(status=404) if data is None else web.Response(body=data))

    async def take_batch(self, request: web.Request) -> web.Response:
        body = await request.read()
        verify(PROBE.public_key, BATCH, body, b64decode(request.headers["Ottempera-Signature"]))
        header = _header(body)
        self.tries.append(header.number)
        refusal = self.refusal(header)
        if refusal is not None:
            return self._answer(request, refusal)
        key = (header.chain, header.number)
        held, expected = self.batches.get(key), self.expected(header.chain)
        if held is None and header.number != expected:
            return self._answer(request, problem(409, "out of order", expected=expected))
        if (held or body) != body:
            return self._answer(request, problem(409, "fork"))
        self.batches[key] = body
        return self._answer(request, web.Response(status=200 if held else 201, body=receipt(header, body)))

    def _answer(self, request: web.Request, response: web.Response) -> web.Response:
        self.asked.append(request.path)
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
        return response

    # -- what it holds ------------------------------------------------------------------------------------------

    def expected(self, chain: str) -> int:
        """The number that comes next."""
        return max((number for held, number in self.batches if held == chain), default=0) + 1

    @property
    def lines(self) -> list[bytes]:
        """Every line but the headers, in order."""
        return [line for _, body in sorted(self.batches.items()) for line in _lines(body)[1:]]

    @property
    def closes(self) -> list[Close]:
        """Every close, in order."""
        return [line.close for line in map(read_line, self.lines) if isinstance(line, CloseLine)]

    @property
    def records(self) -> list[Record]:
        """Every record, in order."""
        return [line for line in map(read_line, self.lines) if isinstance(line, Record)]

    def closed(self, count: int) -> Callable[[], bool]:
        """Whether *count* closes are here."""
        return lambda: len(self.closes) >= count

    def check(self) -> None:
        """Nothing lost, nothing twice, nothing unclosed: dense linked chains, and every plan sealed by one close."""
        for chain in {chain for chain, _ in self.batches}:
            numbers = sorted(number for held, number in self.batches if held == chain)
            assert numbers == list(range(1, len(numbers) + 1))
            previous = None
            for number in numbers:
                body = self.batches[chain, number]
                assert _header(body).previous == previous
                previous = sha256(body).hexdigest()
        assert [close.plan for close in self.closes] == [plan_id(encode(plan)) for plan in self.plans]
        for plan, close in zip(self.plans, self.closes, strict=True):
            leaves: dict[int, bytes] = {}
            for line in self.lines:
                read = read_line(line)
                if isinstance(read, Record) and read.plan == close.plan:
                    assert read.cell not in leaves, "a cell twice"
                    leaves[read.cell] = leaf_hash(line)
            cells = applicable(expand(self.sets[plan.questions]), VANTAGE)
            assert is_sealed(close, probe=VANTAGE.id, cells=cells, leaves=leaves, observed=len(leaves))


def receipt(header: BatchHeader, body: bytes, *, digest: str = "", signer: Signer = COLLECTOR) -> bytes:
    """The receipt for *body*, or for *digest*."""
    found = Receipt(1, digest or sha256(body).hexdigest(), header.probe, header.chain, header.number, 1, NOW)
    return encode(seal(signer, RECEIPT, encode(found)))


def problem(status: int, title: str, **more: object) -> web.Response:
    """A problem document."""
    return web.Response(status=status, body=encode({"title": title, "status": status} | more))


def _lines(body: bytes) -> list[bytes]:
    text = zstandard.ZstdDecompressor().stream_reader(body).read()
    return [line for line in text.split(b"\n") if line]


def _header(body: bytes) -> BatchHeader:
    first = read_line(_lines(body)[0])
    assert isinstance(first, BatchLine)
    return first.batch


@asynccontextmanager
async def standing_in() -> AsyncIterator[StandIn]:
    """A stand-in that answers on loopback."""
    one = StandIn()
    app = web.Application(client_max_size=1 << 26)
    app.router.add_get("/v1/plans", one.give_plans)
    app.router.add_get("/v1/questions/{digest}", one.give_questions)
    app.router.add_post("/v1/batches", one.take_batch)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    one.url = f"http://{host}:{port}"
    try:
        yield one
    finally:
        await runner.cleanup()
