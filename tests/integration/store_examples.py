"""A small fleet, plans and batches with realistic lines, for the tests of the store."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from random import Random
from typing import TYPE_CHECKING, NamedTuple

import dns.flags
import dns.message
import dns.rrset
from zstandard import ZstdCompressor

from collector.store import BatchRow, Facts, ObservationRow, Store
from schema.cells import Asked, Cell, Group, QuestionSet, applicable, expand
from schema.codec import encode
from schema.dsse import Signer
from schema.endpoint import parse_endpoint
from schema.log import leaf_hash
from schema.plan import Plan, PlanVantage, plan_id, seal_plan
from schema.policy import Policy
from schema.record import Answer, BatchHeader, BatchLine, Close, CloseLine, HttpSeen, Record, TlsSeen
from schema.registry import Resolver, Vantage
from schema.verdict import Counts, Verdict
from schema.words import How, Kind, Origin, Outcome, Profile, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

START = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)  # the next plan is on another day
STEP = timedelta(hours=1)
NAME = "kickasstorrents.to."
NAMES = (NAME, "limetorrents.pro.")
COLLECTOR = Signer(b"c" * 32)
VANTAGES = (Vantage("mi-01", 3269, "TIM", "IT", "Anna"), Vantage("rm-01", 30722, "Vodafone", "IT", "Bruno"))
KEYS = {vantage.id: Signer(sha256(vantage.id.encode()).digest()) for vantage in VANTAGES}
CLOUDFLARE = Resolver(
    "cloudflare", "Cloudflare", Kind.PUBLIC, (13335,),
    endpoints=("udp:1.1.1.1:53", "tls:1.1.1.1:853#one.one.one.one", "https:[2606:4700:4700::1111]:443#cloudflare-dns.com/dns-query"),
)  # fmt: skip
TIM = Resolver(
    "isp-tim", "TIM", Kind.ISP, (3269,), on_net_only=True, endpoints=("udp:85.38.28.4:53", "tcp:85.38.28.4:53")
)
_TTL = b"\x07\x5b\xcd\x15"  # found again in an answer that is a pattern
POLICY = Policy(resolvers=(CLOUDFLARE, TIM))


def questions(names: Iterable[str] = NAMES) -> bytes:
    """Every name at every endpoint, as a stub and with EDNS."""
    asked = tuple(Asked(one.id, one.endpoints, one.asns, one.on_net_only) for one in POLICY.resolvers)
    group = Group(Role.TARGET, tuple(names), tuple(one.id for one in asked), ("A",), (Profile.STUB, Profile.EDNS))
    return encode(QuestionSet(1, group.names, asked, (group,)))


class Published(NamedTuple):
    """A plan in the store."""

    plan: Plan
    plan_id: str
    cells: tuple[Cell, ...]

    def of(self, probe: str) -> tuple[Cell, ...]:
        """The cells of *probe*."""
        vantage = self.plan.vantage(probe)
        assert vantage is not None
        return applicable(self.cells, vantage)


async def publish(store: Store, number: int, *, names: Iterable[str] = NAMES, policy: Policy = POLICY) -> Published:
    """Enrol the fleet and publish plan *number*; what is there already stays."""
    for vantage in VANTAGES:
        await store.add_vantage(vantage, KEYS[vantage.id].public_key, START)
    body = questions(names)
    enrolled = tuple(PlanVantage(one.id, one.asn, one.country, one.operator) for one in VANTAGES)
    plan = Plan(
        1, number, START + (number - 1) * STEP, 60.0, "00" * 16, await store.put_questions(body), await store.put_policy(policy),
        enrolled,
    )  # fmt: skip
    envelope = seal_plan(plan, COLLECTOR)
    await store.put_plan(envelope, plan)
    return Published(plan, plan_id(envelope.payload), expand(body))


class Fleet:
    """Writes batches as probes do; dice are seeded, so that two fleets write the same."""

    def __init__(self, seed: int = 1) -> None:
        self._dice = Random(seed)
        self._facts = Facts()
        self._numbers: dict[str, int] = {}
        self._previous: dict[str, str] = {}

    def batch(
        self,
        published: Published,
        probe: str,
        *,
        cells: Sequence[Cell] | None = None,
        close: bool = True,
        received_s: int = 60,
    ) -> BatchRow:
        """The next batch of *probe*: a record for each of *cells*, all that apply by default, and the close."""
        applies = published.of(probe)
        records = [self._record(published, probe, cell) for cell in (applies if cells is None else cells)]
        number = self._numbers[probe] = self._numbers.get(probe, 0) + 1
        at = published.plan.starts_at + timedelta(seconds=30)
        header = BatchHeader(probe, "a" * 32, number, "b" * 32, "0.1.0", at, self._previous.get(probe))
        lines = [encode(BatchLine(1, header)), *map(encode, records)]
        closes: tuple[tuple[int, int, Close], ...] = ()
        if close:
            told = Close(published.plan_id, len(applies), len(applies), sha256(b"root").hexdigest())
            closes = ((len(lines), published.plan.number, told),)
            lines.append(encode(CloseLine(1, told)))
        body = ZstdCompressor(level=3).compress(b"\n".join(lines) + b"\n")
        batch = self._previous[probe] = sha256(body).hexdigest()
        rows = [
            ObservationRow(
                published.plan.number, record.cell, line, self._facts.of(record.answers),
                record.answers[0].us if record.answers else None, record.failure, record.gap, record.at,
            )
            for line, record in enumerate(records, 1)
        ]  # fmt: skip
        leaves = b"".join(map(leaf_hash, lines))
        received_at = published.plan.starts_at + timedelta(seconds=received_s)
        return BatchRow(header, batch, bytes(64), body, leaves, received_at, "127.0.0.1", (), rows, closes)

    def _record(self, published: Published, probe: str, cell: Cell) -> Record:
        query, response = messages(cell.name, cell.qtype, edns=cell.profile != "stub")
        identifier = self._dice.randbytes(2)
        query = identifier + mixed(query[2:], self._dice)
        response = identifier + response[2:].replace(_TTL, self._dice.randrange(300).to_bytes(4, "big"))
        us = self._dice.randrange(8_000, 40_000)
        at = published.plan.starts_at + timedelta(microseconds=self._dice.randrange(60_000_000))
        endpoint = parse_endpoint(cell.endpoint)
        chain = (sha256(endpoint.tls_name.encode()).hexdigest(),)
        tls = TlsSeen("TLSv1.3", chain, verified=True) if endpoint.verifiable else None
        http = HttpSeen(200, {"date": "Mon, 02 Mar 2026 23:30:00 GMT"}) if endpoint.path else None
        return Record(
            v=1, plan=published.plan_id, cell=cell.number, probe=probe, at=at, mono_us=self._dice.randrange(10**11), role=cell.role,
            resolver=cell.resolver, endpoint=cell.endpoint, name=cell.name, qtype=cell.qtype, profile=cell.profile,
            repeat=cell.repeat, query=query, answers=(Answer(us, response, 57),), tls=tls, http=http,
        )  # fmt: skip


@lru_cache
def messages(name: str, qtype: str, *, edns: bool) -> tuple[bytes, bytes]:
    """A query and its answer, in which id, case and TTL are still to be filled in."""
    query = dns.message.make_query(name, qtype, use_edns=edns, id=0)
    answer = dns.message.make_response(query, our_payload=1232)
    answer.flags |= dns.flags.RA
    answer.answer.append(dns.rrset.from_text(name, int.from_bytes(_TTL, "big"), "IN", "A", "198.51.100.7"))
    return query.to_wire(), answer.to_wire()


def mixed(query: bytes, dice: Random) -> bytes:
    """*query* (without its id) with letters in random case, as probes send it."""
    flip = dice.getrandbits(len(query))
    letters = frozenset(b"abcdefghijklmnopqrstuvwxyz")
    return bytes(byte ^ (0x20 * (flip >> place & 1)) if byte in letters else byte for place, byte in enumerate(query))


def verdict(
    published: Published, probe: str, resolver: str, name: str = NAME, *, outcome: Outcome = Outcome.OPEN,
    how: How | None = None, endpoints: dict[str, Outcome] | None = None,
) -> Verdict:  # fmt: skip
    """A verdict whose witness is the lowest cell of the resolver and name."""
    cells = [cell for cell in published.of(probe) if (cell.resolver, cell.name) == (resolver, name)]
    decided = outcome in (Outcome.OPEN, Outcome.BLOCKED)
    return Verdict(
        published.plan_id, probe, resolver, name, outcome, how, Origin.RESOLVER if decided else None, None, None, "address_in_control",
        cells[0].number if decided else None, sha256(b"%d" % cells[0].number).hexdigest() if decided else None,
        Counts(len(cells) * (outcome is Outcome.BLOCKED), len(cells) * (outcome is Outcome.OPEN), 0),
        endpoints if endpoints is not None else {cell.endpoint: outcome for cell in cells},
    )  # fmt: skip


def rendering() -> bool:
    """Whether rendered files are to be written instead of compared."""
    return os.environ.get("OTTEMPERA_RENDER") == "1"
