"""A collector that stands in for the real one: it signs plans, receipts and a log, keeps what it gets, refuses on demand."""

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
from probe.identity import ProbeKey
from schema.cells import Asked, Group, QuestionSet, applicable, expand, questions_digest
from schema.codec import encode
from schema.dsse import BATCH, ENROL, KEY_CHANGE, RECEIPT, Signer, key_id, seal, verify
from schema.enrol import read_enrol, read_key_change
from schema.log import leaf_hash, root
from schema.note import Checkpoint, Note, NoteSignature, key_hash, probe_origin, verify_own
from schema.plan import Plan, PlanVantage, plan_id, seal_plan
from schema.receipt import Receipt
from schema.record import BatchLine, BeginLine, CloseLine, HeadLine, LogLine, Record, SeenLine, read_line
from schema.words import Profile, Role
from tests.helpers.standlog import SEED, StandLog

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from schema.dsse import Envelope
    from schema.record import BatchHeader, Close

COLLECTOR = Signer(SEED)
PROBE = ProbeKey(b"p" * 32)
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


WITHIN_S = 3600  # what receipts promise
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
        self.chains: list[str] = []  # in the order in which they came
        self.tries: list[int] = []  # the number of each batch that was sent, taken or not
        self.asked: list[str] = []  # the path of each request
        self.keys: dict[str, Signer] = {PROBE.key_id: PROBE}
        self.tokens: set[str] = set()
        self.enrolled: list[tuple[str, str]] = []
        self.changes: list[tuple[str, str]] = []
        self.log: StandLog | None = StandLog(NOW)
        self.shown: bytes | None = None  # a note in the place of the newest
        self.refusal: Callable[[BatchHeader], web.Response | None] = lambda _: None
        self.log_refusal: Callable[[web.Request], web.Response | None] = lambda _: None

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
        key = self.keys[request.headers["Ottempera-Key"]]
        verify(key.public_key, BATCH, body, b64decode(request.headers["Ottempera-Signature"]))
        header = _header(body)
        self.tries.append(header.number)
        refusal = self.refusal(header)
        if refusal is not None:
            return self._answer(request, refusal)
        place = (header.chain, header.number)
        held, expected = self.batches.get(place), self.expected(header.chain)
        if held is None and header.number != expected:
            return self._answer(request, problem(409, "out of order", expected=expected))
        if (held or body) != body:
            return self._answer(request, problem(409, "fork"))
        self.batches[place] = body
        if header.chain not in self.chains:
            self.chains.append(header.chain)
        if self.log is not None:
            self.log.take(header, key.key_id, _lines(body))
        return self._answer(request, web.Response(status=200 if held else 201, body=receipt(header, body)))

    async def give_checkpoint(self, request: web.Request) -> web.Response:
        log = self._log(request)
        return self._answer(
            request,
            log
            if isinstance(log, web.Response)
            else web.Response(body=log.note() if self.shown is None else self.shown),
        )

    async def give_consistency(self, request: web.Request) -> web.Response:
        log = self._log(request)
        if isinstance(log, web.Response):
            return self._answer(request, log)
        old, size = int(request.query["from"]), int(request.query["to"])
        if size > len(log.tree):
            return self._answer(request, problem(404, "no such size"))
        return self._answer(request, web.Response(body=encode({"hashes": log.tree.consistency(old, size)})))

    async def give_inclusion(self, request: web.Request) -> web.Response:
        log = self._log(request)
        if isinstance(log, web.Response):
            return self._answer(request, log)
        size, index = int(request.query["size"]), log.places.get(bytes.fromhex(request.query["leaf"]))
        if index is None or index >= size:
            return self._answer(request, problem(404, "not in it"))
        found = {"index": index, "hashes": log.tree.inclusion(index, size)}
        return self._answer(request, web.Response(body=encode(found)))

    async def take_cosignature(self, request: web.Request) -> web.Response:
        log = self._log(request)
        if not isinstance(log, web.Response):
            log.confirm(await request.read(), self.keys.values(), VANTAGE.id)
            log = web.Response(status=204)
        return self._answer(request, log)

    async def take_enrolment(self, request: web.Request) -> web.Response:
        body = await request.read()
        wanted = read_enrol(body)
        key = bytes.fromhex(wanted.key)
        verify(key, ENROL, body, b64decode(request.headers["Ottempera-Signature"]))
        assert request.headers["Ottempera-Key"] == key_id(key)
        known = wanted.token in self.tokens
        self.tokens.discard(wanted.token)
        if known:
            self.enrolled.append((wanted.probe, wanted.key))
        return self._answer(request, web.Response(status=201) if known else problem(403, "no such token"))

    async def take_key(self, request: web.Request) -> web.Response:
        body = await request.read()
        change = read_key_change(body)
        signer = self.keys[request.headers["Ottempera-Key"]]
        verify(signer.public_key, KEY_CHANGE, body, b64decode(request.headers["Ottempera-Signature"]))
        refusal = self.log_refusal(request)
        if refusal is None:
            self.changes.append((signer.key_id, change.key))
        return self._answer(request, refusal or web.Response(status=201))

    def _log(self, request: web.Request) -> StandLog | web.Response:
        return self.log_refusal(request) or self.log or problem(404, "no log here")

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
        ordered = sorted(self.batches, key=lambda place: (self.chains.index(place[0]), place[1]))
        return [line for place in ordered for line in _lines(self.batches[place])[1:]]

    @property
    def closes(self) -> list[Close]:
        """Every close, in order."""
        return [line.close for line in map(read_line, self.lines) if isinstance(line, CloseLine)]

    @property
    def seen(self) -> list[int]:
        """The sizes of the collector's log that the probe says it saw, in order."""
        return [line.seen.size for line in map(read_line, self.lines) if isinstance(line, SeenLine)]

    @property
    def records(self) -> list[Record]:
        """Every record, in order."""
        return [line for line in map(read_line, self.lines) if isinstance(line, Record)]

    def closed(self, count: int) -> Callable[[], bool]:
        """Whether *count* closes are here."""
        return lambda: len(self.closes) >= count

    def check(self) -> None:
        """`check_all`, and the plans were closed one after the other, as they start."""
        self.check_all()
        by_start = sorted(self.plans, key=lambda plan: plan.starts_at)
        assert [close.plan for close in self.closes] == [plan_id(encode(plan)) for plan in by_start]

    def check_all(self) -> None:
        """Nothing lost, nothing twice, nothing unclosed: dense linked chains, and every plan sealed by one close."""
        for chain in {chain for chain, _ in self.batches}:
            numbers = sorted(number for held, number in self.batches if held == chain)
            assert numbers == list(range(1, len(numbers) + 1))
            previous = None
            for number in numbers:
                body = self.batches[chain, number]
                assert _header(body).previous == previous
                previous = sha256(body).hexdigest()
            self._check_log(chain, numbers)
        closes = {close.plan: close for close in self.closes}
        assert len(self.closes) == len(closes) == len(self.plans)
        for plan, close in ((plan, closes[plan_id(encode(plan))]) for plan in self.plans):
            leaves: dict[int, bytes] = {}
            for line in self.lines:
                read = read_line(line)
                if isinstance(read, Record) and read.plan == close.plan:
                    assert read.cell not in leaves, "a cell twice"
                    leaves[read.cell] = leaf_hash(line)
            cells = applicable(expand(self.sets[plan.questions]), VANTAGE)
            assert is_sealed(close, probe=VANTAGE.id, cells=cells, leaves=leaves, observed=len(leaves))

    def _check_log(self, chain: str, numbers: list[int]) -> None:
        """The chain's own log begins where it should, and every head is over all lines before it."""
        leaves: list[bytes] = []
        for number in numbers:
            _, *lines = _lines(self.batches[chain, number])
            for place, line in enumerate(lines):
                read = read_line(line)
                assert isinstance(read, BeginLine) == (number == 1 and place == 0)
                if isinstance(read, BeginLine):
                    assert read.begin.chain == chain
                if isinstance(read, HeadLine):
                    head = read.checkpoint
                    checkpoint = Checkpoint(probe_origin(VANTAGE.id, chain), len(leaves), root(leaves))
                    assert (head.size, head.root) == (checkpoint.size, checkpoint.root.hex())
                    key = self.keys[_key(self.batches[chain, 1])].public_key
                    name = checkpoint.origin
                    verify_own(Note(checkpoint, (NoteSignature(name, key_hash(name, key), head.signature),)), key)
                elif isinstance(read, LogLine):
                    leaves.append(leaf_hash(line))
                    assert isinstance(read, BeginLine) or isinstance(read_line(lines[place + 1]), HeadLine)


def receipt(header: BatchHeader, body: bytes, *, digest: str = "", signer: Signer = COLLECTOR) -> bytes:
    """The receipt for *body*, or for *digest*."""
    found = Receipt(
        2, digest or sha256(body).hexdigest(), header.probe, header.chain, header.number, 1, NOW, within_s=WITHIN_S
    )
    return encode(seal(signer, RECEIPT, encode(found)))


def problem(status: int, title: str, **more: object) -> web.Response:
    """A problem document."""
    return web.Response(status=status, body=encode({"title": title, "status": status} | more))


def _lines(body: bytes) -> list[bytes]:
    text = zstandard.ZstdDecompressor().stream_reader(body).read()
    return [line for line in text.split(b"\n") if line]


def _key(body: bytes) -> str:
    """The id of the key that a chain's first batch names."""
    begin = read_line(_lines(body)[1])
    assert isinstance(begin, BeginLine)
    return key_id(bytes.fromhex(begin.begin.key))


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
    app.router.add_get("/v1/log/checkpoint", one.give_checkpoint)
    app.router.add_get("/v1/log/consistency", one.give_consistency)
    app.router.add_get("/v1/log/inclusion", one.give_inclusion)
    app.router.add_post("/v1/log/cosignatures", one.take_cosignature)
    app.router.add_post("/v1/enrol", one.take_enrolment)
    app.router.add_post("/v1/keys", one.take_key)
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
