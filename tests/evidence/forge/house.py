"""A whole deployment in memory: a collector, its log, its probes and its authorities; each act is a method.

Nothing here has a clock, dice or a disk: a test says what happens when, and the same story gives the same bytes. A
dishonest collector or probe is a subclass, or changes what stands here between two acts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import structs

from probe.observe import close_line
from schema.cells import applicable, expand
from schema.codec import encode
from schema.dsse import PLAN
from schema.entry import (
    Enrolment,
    KeyChanged,
    LogBegins,
    OrderEntered,
    PlanPublished,
    PolicyKept,
    ProbeCheckpoint,
    QuestionsKept,
    Stamped,
    Standing,
    entry_line,
)
from schema.log import Tree, leaf_hash
from schema.note import Checkpoint, Note, NoteSignature
from schema.plan import Plan, PlanVantage
from schema.record import Answer, Close, CloseLine, read_line
from schema.trust import Trust, TrustedLog
from schema.words import Gap, Role
from tests.evidence.forge.answers import obeys, record, wire
from tests.evidence.forge.authority import Authority, due, request, uno
from tests.evidence.forge.cast import NIGHT, Cast
from tests.evidence.forge.keys import Keys
from tests.evidence.forge.probe import Probe

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from schema.cells import Cell, QuestionSet
    from schema.entry import Entry
    from schema.order import Order
    from schema.policy import Policy
    from schema.registry import Vantage
    from tests.evidence.forge.answers import Hears
    from tests.evidence.forge.probe import Chain, SignedHead

WINDOW_S: Final = 300.0
KEY_CHANGE: Final = "application/vnd.ottempera.key-change+json"


def read_close(line: bytes) -> Close:
    """The close in a line."""
    found = read_line(line)
    assert isinstance(found, CloseLine)
    return found.close


class Token(NamedTuple):
    """A time stamp over the log's checkpoint of `size` lines."""

    size: int
    authority: str
    request: bytes
    reply: bytes
    at: datetime
    accuracy_us: int


@dataclass
class Published:
    """A plan and what it names."""

    id: str
    payload: bytes
    plan: Plan
    cells: tuple[Cell, ...]


@dataclass
class Measured:
    """One probe's round: the lines of what it asked, by cell, its gaps, and where its close stands."""

    plan: Published
    probe: str
    lines: dict[int, bytes]
    gaps: dict[int, Gap]
    close: bytes
    chain: Chain
    leaf: int


class House:
    """The collector with all that it deals with.

    `gap_lines`: its probes write a line for each cell that was not asked. `twice`: to their first target over UDP they
    hear this second answer too.
    """

    gap_lines = False
    twice = ""

    def __init__(
        self, cast: Cast, authorities: Iterable[Authority] | None = None, *, number: int = 1, keys: str = ""
    ) -> None:
        self.cast = cast
        self.keys = Keys(keys or "collector")
        self.origin = f"ottempera/collector/{self.keys.id[:16]}/{number}"
        self.authorities = [uno(), due()] if authorities is None else list(authorities)
        self.probes: dict[str, Probe] = {}
        self.entries: list[bytes] = []
        self.tree = Tree()
        self.notes: dict[int, Note] = {}
        self.cosignatures: dict[int, list[NoteSignature]] = {}
        self.tokens: list[Token] = []
        self.stamped: set[tuple[int, str]] = set()  # tokens that have their entry
        self.plans: dict[int, Published] = {}
        self.rounds: list[Measured] = []
        self.bodies: dict[str, bytes] = {}  # orders, policies, question sets by their name in a bundle

    def trust(self) -> Trust:
        """What a reader trusts who trusts this house's key and authorities."""
        return Trust(
            v=1,
            logs=(TrustedLog(self.origin, self.keys.public.hex()),),
            authorities=tuple(one.trusted() for one in self.authorities),
            lab=True,
        )

    # the log

    def enter(self, entry: Entry) -> int:
        """Append an entry; its index."""
        return self.enter_line(entry_line(entry))

    def enter_line(self, line: bytes) -> int:
        """Append a line, whatever it is; its index."""
        self.entries.append(line)
        self.tree.append(leaf_hash(line))
        return len(self.entries) - 1

    def seal(self) -> Checkpoint:
        """Sign the log as it stands."""
        checkpoint = Checkpoint(self.origin, len(self.tree), self.tree.root())
        self.notes[checkpoint.size] = Note(checkpoint, (self.keys.note.sign(checkpoint),))
        return checkpoint

    @property
    def newest(self) -> Checkpoint:
        """The newest checkpoint."""
        return self.notes[max(self.notes)].checkpoint

    def stamp(self, at: datetime, *, by: Iterable[str] | None = None, size: int | None = None) -> None:
        """Have the newest checkpoint stamped, by every authority or *by* those, and enter the tokens."""
        size = self.newest.size if size is None else size
        for authority in self.authorities:
            if by is None or authority.name in by:
                self.take(authority, size, at)

    def take(self, authority: Authority, size: int, at: datetime) -> Token:
        """Have one checkpoint stamped by one authority, and enter the token."""
        message = self.notes[size].pack()
        serial = len(self.tokens) + 1
        nonce = int.from_bytes(sha256(f"{size} {authority.name} {serial}".encode()).digest()[:8], "big")
        reply = authority.stamp(message, at=at, nonce=nonce, serial=serial)
        token = Token(size, authority.name, request(message, nonce), reply, at, authority.accuracy_us)
        self.tokens.append(token)
        self.enter_token(token, authority)
        return token

    def enter_token(self, token: Token, authority: Authority) -> None:
        """Enter a token."""
        certificate = sha256(authority.certificate).hexdigest()
        self.enter(
            Stamped(
                size=token.size, authority=token.authority, token=sha256(token.reply).hexdigest(),
                certificate=certificate, at=token.at, accuracy_us=token.accuracy_us,
            )
        )  # fmt: skip

    # what a collector decides

    def begin(self, at: datetime = NIGHT, *, after: str | None = None, reason: str = "") -> None:
        """The log's first line."""
        self.enter(LogBegins(origin=self.origin, key=self.keys.public.hex(), at=at, after=after, reason=reason))

    def keep_policy(self, policy: Policy) -> str:
        """Enter a policy; its digest."""
        body = encode(policy)
        digest = sha256(body).hexdigest()
        self.bodies[f"policies/{digest}.json"] = body
        self.enter(PolicyKept(digest=digest))
        return digest

    def keep_questions(self, questions: QuestionSet) -> str:
        """Enter a question set; its digest."""
        body = encode(questions)
        digest = sha256(body).hexdigest()
        self.bodies[f"questions/{digest}.json"] = body
        self.enter(QuestionsKept(digest=digest))
        return digest

    def enter_order(self, order: Order, at: datetime, version: int = 1) -> None:
        """Enter a version of an order."""
        body = encode(order)
        self.bodies[f"orders/{order.id}.{version}.json"] = body
        self.enter(OrderEntered(order=order.id, version=version, digest=sha256(body).hexdigest(), at=at))

    def enrol(self, vantage: Vantage, at: datetime) -> Probe:
        """Enrol a probe, which begins its first chain."""
        probe = self.probes[vantage.id] = Probe(vantage)
        self.enter(
            Enrolment(
                probe=vantage.id, key=probe.keys.public.hex(), asn=vantage.asn, operator=vantage.operator,
                country=vantage.country, custodian=vantage.custodian, at=at,
            )
        )  # fmt: skip
        probe.begin(at)
        return probe

    def change_key(self, probe: Probe, at: datetime) -> None:
        """The probe ends its chain and goes on with another key."""
        old, new = probe.keys, Keys(f"probe {probe.vantage.id} {len(probe.chains) + 1}")
        probe.rotate(new, at)
        change = encode({"probe": probe.vantage.id, "key": new.public.hex()})
        signature = old.dsse.sign(KEY_CHANGE, change)
        self.enter(
            KeyChanged(probe=probe.vantage.id, key=new.public.hex(), by=old.public.hex(), signature=signature, at=at)
        )
        probe.begin(at, keys=new)

    def stand(self, probe: str, event: str, reason: str, at: datetime) -> None:
        """A probe is suspended, resumed or revoked."""
        self.enter(Standing(probe=probe, event=event, reason=reason, at=at))

    def publish(
        self, starts_at: datetime, *, enrolled: Iterable[str] | None = None, number: int | None = None
    ) -> Published:
        """Publish a plan by the newest policy, question set and token."""
        listed = self.probes if enrolled is None else enrolled
        vantages = [self.probes[one].vantage for one in listed]
        number = max(self.plans, default=0) + 1 if number is None else number
        plan = Plan(
            v=1, number=number, starts_at=starts_at, window_s=WINDOW_S,
            seed=sha256(f"plan {number}".encode()).hexdigest()[:32],
            questions=self._newest("questions/"), policy=self._newest("policies/"),
            vantages=tuple(PlanVantage(one.id, one.asn, one.country, one.operator) for one in vantages),
            after=sha256(self.tokens[-1].reply).hexdigest() if self.tokens else None,
        )  # fmt: skip
        return self.publish_plan(plan)

    def publish_plan(self, plan: Plan) -> Published:
        """Enter a plan."""
        payload = encode(plan)
        digest = sha256(payload).hexdigest()
        signature = self.keys.dsse.sign(PLAN, payload)
        self.enter(
            PlanPublished(
                number=plan.number, plan=digest, starts_at=plan.starts_at, key=self.keys.id, signature=signature
            )
        )
        questions = self.bodies[f"questions/{plan.questions}.json"]
        published = self.plans[plan.number] = Published(digest, payload, plan, expand(questions))
        return published

    def _newest(self, folder: str) -> str:
        name = next(name for name in reversed(self.bodies) if name.startswith(folder))
        return name.removeprefix(folder).removesuffix(".json")

    # what probes do

    def look(self, at: datetime, *, who: Iterable[str] | None = None) -> None:
        """Probes look at the newest checkpoint, cosign it and note it in their logs."""
        checkpoint = self.newest
        own = self.notes[checkpoint.size].signatures[0]
        for probe in self._those(who):
            self.cosignatures.setdefault(checkpoint.size, []).append(probe.cosign(checkpoint, at))
            probe.see(checkpoint, own.blob, at)

    def measure(self, published: Published, probe: str, hears: Hears = obeys, at: datetime | None = None) -> Measured:
        """A probe executes a plan: a record or a gap for each of its cells, then the close."""
        plan, who = published.plan, self.probes[probe]
        vantage = plan.vantage(probe)
        assert vantage is not None
        cells = applicable(published.cells, vantage)
        said = {cell: hears(who.vantage, cell) for cell in cells}
        gaps = {cell.number: one for cell, one in said.items() if isinstance(one, Gap)}
        lines = {
            cell.number: self.line(cell, published, probe, hears, at or plan.starts_at)
            for cell in cells
            if cell.number not in gaps or self.gap_lines
        }
        leaves = {number: leaf_hash(line) for number, line in lines.items() if number not in gaps}
        close = close_line(cells, leaves, gaps, plan=published.id, probe=probe)
        if self.gap_lines:
            close = encode(CloseLine(1, structs.replace(read_close(close), gaps=())))
        index = who.close(close)
        measured = Measured(published, probe, lines, gaps, close, who.chain, index)
        self.rounds.append(measured)
        return measured

    def closed(self, number: int, probe: str) -> list[Measured]:
        """The rounds of a plan that a probe closed; more than one where it closed again."""
        return [one for one in self.rounds if (one.plan.plan.number, one.probe) == (number, probe)]

    def line(self, cell: Cell, published: Published, probe: str, hears: Hears, at: datetime) -> bytes:
        """The line of one record."""
        said = hears(self.probes[probe].vantage, cell)
        whole = record(cell, said, plan=published.id, probe=probe, at=at + timedelta(seconds=1))
        if self.twice and cell.role is Role.TARGET and cell.endpoint.startswith("udp") and whole.answers:
            second = Answer(9_500 + cell.number, wire(whole.query, self.twice), 55)
            whole = structs.replace(whole, answers=(*whole.answers, second))
        return encode(whole)

    def deliver(self, *who: str) -> None:
        """The heads that probes signed reach the collector, which enters them."""
        for probe in self._those(who or None):
            for chain in probe.chains:
                for head in chain.heads[chain.delivered :]:
                    self.enter_head(probe.vantage.id, chain, head)
                chain.delivered = len(chain.heads)

    def enter_head(self, probe: str, chain: Chain, head: SignedHead) -> int:
        """Enter the head of a probe's log; its index."""
        return self.enter(
            ProbeCheckpoint(
                probe=probe, chain=chain.id, size=head.size, root=head.root, key=chain.keys.id,
                signature=head.signature,
            )
        )  # fmt: skip

    def _those(self, who: Iterable[str] | None) -> list[Probe]:
        return [self.probes[one] for one in (self.probes if who is None else who)]
