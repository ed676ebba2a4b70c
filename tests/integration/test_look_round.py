"""A round with looks in it, from the plan to the judge: asked of real sockets, spooled, sent, held against its plan, judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from collector.judge import judge_round
from collector.looks import Sight, look_cells, site_of
from collector.receive.admit import Holder, admit
from collector.receive.match import KnownPlan, match
from collector.receive.seal import is_sealed, leaf_of
from collector.registry import default_policy
from probe.asking import Dice, Window
from probe.batchfile import read_batch
from probe.clock import SystemClock
from probe.plans import HeldPlan
from probe.round import Round
from probe.spool import Spool
from probe.transport import make_carriers
from schema.cells import VERSION, Asked, Group, QuestionSet, expand, questions_digest
from schema.codec import encode
from schema.looks import look_endpoint
from schema.pace import LAB_PACE
from schema.plan import Plan, plan_id
from schema.record import BatchHeader, Certificate, TlsSeen
from schema.registry import Vantage, World
from schema.words import Failure, Gap, Outcome, Profile, Role
from tests.helpers.batches import Writer
from tests.helpers.resolvers import Authority, Peer, datagrams, reply, streams
from tests.helpers.standin import NOW, PROBE, VANTAGE

if TYPE_CHECKING:
    from pathlib import Path

    from collector.receive.match import Matched
    from schema.endpoint import Endpoint
    from schema.record import Close

SITE = "kickasstorrents.to."
ADDRESS, PRIVATE = "104.21.32.1", "192.168.1.1"
TARGET = Asked("quiet", ("udp:1.1.1.1:53",))
LOOKS = look_cells([Sight("quiet", SITE, ADDRESS), Sight("quiet", SITE, PRIVATE)], (SITE,))
#: A collector that plans what it must not: the probe knows better.
FORGED = (
    Asked("forged", (str(look_endpoint(PRIVATE, SITE)), str(look_endpoint("104.21.32.2", "another.example.")))),
    Group(Role.LOOK, (SITE,), ("forged",), ("A",), (Profile.STUB,)),
)


class Played(NamedTuple):
    """What a round came to at the collector."""

    matched: Matched
    lines: tuple[bytes, ...]
    close: Close
    certificates: tuple[Certificate, ...]
    met: list[str | None]  # the names that the site was asked for, one a connection


async def play(folder: Path, authority: Authority, certified: str) -> Played:
    """One round with a site that has a certificate for *certified*."""
    target = Group(Role.TARGET, (SITE,), ("quiet",), ("A",), (Profile.STUB,))
    asked, group = FORGED
    data = encode(QuestionSet(VERSION, (SITE,), (TARGET, *LOOKS.asked, asked), (target, *LOOKS.groups, group)))
    cells = expand(data)
    plan = Plan(1, 1, NOW, 60.0, "5eed", questions_digest(data), "0" * 64, (VANTAGE,))
    identifier = plan_id(encode(plan))
    met: list[str | None] = []
    context = authority.server(certified)
    context.sni_callback = lambda _tls, name, _context: met.append(name)

    async def site(peer: Peer) -> None:
        assert await peer.reader.read() == b"", "nothing is said"

    def header(chain: str, number: int, previous: str | None) -> BatchHeader:
        return BatchHeader(VANTAGE.id, chain, number, "boot", "test", NOW, previous)

    spool = Spool(folder, PROBE, header=header, new_chain=lambda: "ab" * 16, quota_bytes=1 << 20)
    async with (
        datagrams(lambda query: [(0, reply(query))]) as (udp, _),
        streams(site, tls=context) as tls,
    ):

        def route(endpoint: Endpoint) -> tuple[str, int]:
            return udp if endpoint.port == 53 else tls

        def certificate(name: str, der: bytes) -> None:
            spool.append(encode(Certificate(1, name, der)))

        carriers = make_carriers(route, authority.file, on_certificate=certificate)
        one = Round(HeldPlan(identifier, plan), cells, VANTAGE, spool=spool, clock=SystemClock(), never=lambda _: False)
        # A lab's pace has no ceilings and no end of the plan's window; the clock is the machine's.
        await one.ask(carriers, Dice(bytes), pace=LAB_PACE, window=Window(0.3), in_flight=8)
        one.close()
        await carriers.close()
    [held] = spool.pending()
    _, *lines = read_batch(held.path).lines()
    writer = Writer(VANTAGE.id)
    signed = writer.batch(lines)
    batch = admit(
        signed.body,
        key=signed.headers["Ottempera-Key"],
        signature=signed.headers["Ottempera-Signature"],
        keys={writer.signer.key_id: Holder(VANTAGE.id, writer.signer.public_key)},
        lab=False,
        received_at=NOW,
    )
    matched = match(batch, {identifier: KnownPlan(identifier, plan, cells)})
    ((_, close),) = batch.closes
    leaves = {seen.cell: leaf_of(batch.lines[seen.line], seen.record) for seen in matched.seen}
    assert is_sealed(close, probe=VANTAGE.id, cells=cells, leaves=leaves, observed=len(leaves))
    return Played(matched, batch.lines, close, batch.certificates, met)


@pytest.mark.parametrize(("certified", "failure"), [(SITE[:-1], None), ("blocking.isp.example", Failure.TLS_UNTRUSTED)])
async def test_a_look_from_the_plan_to_the_judge(
    tmp_path: Path, authority: Authority, certified: str, failure: Failure | None
) -> None:
    played = await play(tmp_path, authority, certified)
    assert played.matched.notes == ()
    target, look = (seen.record for seen in sorted(played.matched.seen))
    assert (target.role, len(target.answers)) == (Role.TARGET, 1)
    assert (look.role, look.resolver, look.endpoint, look.name) == (
        Role.LOOK, site_of(SITE), f"tls:{ADDRESS}:443#kickasstorrents.to", SITE,
    )  # fmt: skip
    assert (look.query, look.answers, look.failure, look.gap, look.http) == (b"", (), failure, None, None)
    chain = tuple(certificate.cert for certificate in played.certificates)
    assert look.tls == TlsSeen("TLSv1.3", chain, failure is None)
    assert len(chain) == 2
    assert [(gap.from_cell, gap.to_cell, gap.reason) for gap in played.close.gaps] == [(2, 3, Gap.NEVER_PROBE)]
    assert played.met == [SITE[:-1]]

    world = World((), (Vantage(VANTAGE.id, 64500, "X", "IT"),))
    records = [(played.lines[seen.line], seen.record) for seen in played.matched.seen]
    verdicts = judge_round(records, world, default_policy(world))
    alone = judge_round([one for one in records if one[1].role is Role.TARGET], world, default_policy(world))
    assert [(verdict.resolver, verdict.outcome) for verdict in verdicts] == [("quiet", Outcome.INSUFFICIENT)]
    assert verdicts == alone, "what was looked at is nobody's answer"
