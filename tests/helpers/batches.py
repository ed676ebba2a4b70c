"""Writes plans, records and signed batches as a probe would, from a script of what each resolver answers."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rrset
import zstandard

from schema.cells import applicable
from schema.codec import encode
from schema.dsse import BATCH, Signer
from schema.endpoint import parse_endpoint
from schema.log import leaf_hash, root
from schema.record import (
    VERSION,
    Answer,
    BatchHeader,
    BatchLine,
    Close,
    CloseLine,
    GapRange,
    HttpSeen,
    Record,
    TlsSeen,
    gap_line,
)
from schema.registry import ID_SERVER, KNOWN_ABSENT, KNOWN_GOOD, WHOAMI, Resolver, Vantage, World
from schema.words import Failure, Gap, Kind, Profile, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from schema.cells import Cell
    from schema.plan import Plan, PlanVantage

START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
STEP = timedelta(hours=6)
NAMES = ("kickasstorrents.to.", "limetorrents.pro.")
TRUE_ADDRESS = "198.51.100.7"
VANTAGES = (
    Vantage("mi-01", 3269, "TIM", "IT", "Anna"),
    Vantage("rm-01", 30722, "Vodafone", "IT", "Bruno"),
    Vantage("to-01", 12874, "Fastweb", "IT", "Carla"),
)


def endpoints(address: str, name: str) -> tuple[str, ...]:
    """The endpoints of an invented resolver: UDP and TLS."""
    return (f"udp:{address}:53", f"tls:{address}:853#{name}")


WORLD = World(
    (
        Resolver("alpha", "Alpha", Kind.PUBLIC, (64500,), False, endpoints("192.0.2.1", "dns.alpha.test")),
        Resolver("beta", "Beta", Kind.PUBLIC, (64501,), False, endpoints("192.0.2.2", "dns.beta.test")),
        Resolver("isp-tim", "TIM", Kind.ISP, (3269,), True, ("udp:192.0.2.3:53",)),
        Resolver("control-a", "Control A", Kind.CONTROL, (64510,), False, endpoints("192.0.2.11", "dns.ca.test")),
        Resolver("control-b", "Control B", Kind.CONTROL, (64511,), False, endpoints("192.0.2.12", "dns.cb.test")),
    ),
    VANTAGES,
)


def seed_of(probe: str) -> bytes:
    """The seed of an invented probe's key."""
    return sha256(probe.encode()).digest()


class Signed(NamedTuple):
    """A batch ready to be sent."""

    body: bytes
    headers: dict[str, str]
    header: BatchHeader

    @property
    def digest(self) -> str:
        """Its batch id."""
        return sha256(self.body).hexdigest()


class Writer:
    """A probe's stream: one chain of signed batches."""

    def __init__(self, probe: str, *, chain: str = "", lab: bool = False) -> None:
        self.probe = probe
        self.signer = Signer(seed_of(probe))
        self.chain = chain or sha256(b"chain " + probe.encode()).hexdigest()[:32]
        self.number = 0
        self.previous: str | None = None
        self.lab = lab

    def batch(self, lines: Iterable[bytes], *, at: datetime = START, **changes: object) -> Signed:
        """The next batch, holding *lines*; *changes* to its header make it a wrong one."""
        self.number += 1
        fields: dict[str, object] = {
            "probe": self.probe,
            "chain": self.chain,
            "number": self.number,
            "boot": "boot-1",
            "build": "test",
            "at": at,
            "previous": self.previous,
            "lab": self.lab,
        }
        header = BatchHeader(**(fields | changes))  # type: ignore[arg-type]  # a wrong header is the point of some
        signed = sign(self.signer, [encode(BatchLine(VERSION, header)), *lines], header)
        self.previous = signed.digest
        return signed


def sign(signer: Signer, lines: Sequence[bytes], header: BatchHeader) -> Signed:
    """*lines* as a signed body."""
    return sign_body(signer, zstandard.ZstdCompressor(level=3).compress(b"\n".join([*lines, b""])), header)


def sign_body(signer: Signer, body: bytes, header: BatchHeader) -> Signed:
    """Any *body*, signed."""
    signature = b64encode(signer.sign(BATCH, body)).decode()
    return Signed(body, {"Ottempera-Key": signer.key_id, "Ottempera-Signature": signature}, header)


class Said(NamedTuple):
    """What an invented resolver answers; or a site, whose `status` it is."""

    rcode: int = 0
    addresses: tuple[str, ...] = ()
    status: int = 200


SILENT = Said(-1)


def honest(cell: Cell, _vantage: PlanVantage, _round: int) -> Said:
    """The truth of a world in which every docket name lives."""
    if cell.role is Role.CANARY:  # nothing runs there
        return SILENT
    if cell.name == KNOWN_ABSENT:
        return Said(dns.rcode.NXDOMAIN)
    if cell.qtype != "A":
        return Said()
    if cell.name == WHOAMI:
        return Said(0, (parse_endpoint(cell.endpoint).address,))
    return Said(0, ("93.184.216.34",) if cell.name == KNOWN_GOOD else (TRUE_ADDRESS,))


def round_lines(
    plan: Plan,
    plan_id: str,
    cells: tuple[Cell, ...],
    vantage: PlanVantage,
    script: Callable[[Cell, PlanVantage, int], Said | Gap] = honest,
) -> list[bytes]:
    """The records of a round and its close, as *script* has it."""
    leaves: list[bytes] = []
    lines: list[bytes] = []
    gaps: list[GapRange] = []
    asked = applicable(cells, vantage)
    for cell in asked:
        said = script(cell, vantage, plan.number)
        if isinstance(said, Gap):
            gaps.append(GapRange(cell.number, cell.number, said))
            leaves.append(leaf_hash(gap_line(plan_id, vantage.id, cell.number, said)))
            continue
        line = encode(record(plan, plan_id, cell, vantage.id, said))
        lines.append(line)
        leaves.append(leaf_hash(line))
    close = Close(plan_id, len(asked), len(lines), root(leaves).hex(), tuple(gaps))
    return [*lines, encode(CloseLine(VERSION, close))]


def record(plan: Plan, plan_id: str, cell: Cell, probe: str, said: Said) -> Record:
    """A record of *cell*, answered with *said*."""
    query, answer = _exchange(cell.name, cell.qtype, cell.qclass, cell.profile, said)
    silent, site = said == SILENT, cell.role is Role.MEASURE
    verified = parse_endpoint(cell.endpoint).verifiable
    return Record(
        v=VERSION,
        plan=plan_id,
        cell=cell.number,
        probe=probe,
        at=plan.starts_at + timedelta(milliseconds=cell.number),
        mono_us=1000 * cell.number,
        role=cell.role,
        resolver=cell.resolver,
        endpoint=cell.endpoint,
        name=cell.name,
        qclass=cell.qclass,
        qtype=cell.qtype,
        profile=cell.profile,
        repeat=cell.repeat,
        query=b"" if site else query,
        answers=() if silent or site else (Answer(10_000 + cell.number, answer, 58),),
        failure=Failure.TIMEOUT if silent else None,
        tls=TlsSeen("TLSv1.3", (), verified=True) if verified else None,
        http=HttpSeen(said.status, {"server": "lab"}) if site and not silent else None,
    )


@lru_cache(maxsize=4096)
def _exchange(name: str, qtype: str, qclass: str, profile: Profile, said: Said) -> tuple[bytes, bytes]:
    edns = -1 if profile is Profile.STUB else 0
    query = dns.message.make_query(
        name, qtype, dns.rdataclass.from_text(qclass), use_edns=edns, want_dnssec=profile is Profile.DNSSEC, id=4711
    )
    response = dns.message.make_response(query, recursion_available=True)
    response.set_rcode(dns.rcode.Rcode(max(said.rcode, 0)))
    if said.addresses:
        response.answer.append(dns.rrset.from_text_list(name, 300, "IN", qtype, list(said.addresses)))
    elif name == ID_SERVER:
        response.answer.append(dns.rrset.from_text(name, 0, "CH", "TXT", '"site-1"'))
    else:
        response.authority.append(
            dns.rrset.from_text(
                f"{name.rstrip('.').rpartition('.')[2]}.", 300, "IN", "SOA", "a.test. b.test. 1 2 3 4 300"
            )
        )
    return query.to_wire(), response.to_wire()
