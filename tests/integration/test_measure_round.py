"""A round in which sites are asked, from the plan to the facts: real sockets, spooled, sent, held against its plan, read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from collector.judge import judge_round, judge_whole
from collector.measures import Measuring, SiteAddress, measure_cells, web_of
from collector.receive.admit import Holder, admit
from collector.receive.match import CELL_MISMATCH, KnownPlan, match
from collector.receive.seal import is_sealed, leaf_of
from collector.registry import default_policy
from probe.asking import Dice, Window
from probe.batchfile import read_batch
from probe.clock import SystemClock
from probe.plans import HeldPlan
from probe.round import Round
from probe.spool import Spool
from probe.transport import make_carriers
from schema.cells import VERSION, Asked, Group, QuestionSet, applicable, expand, questions_digest
from schema.codec import encode
from schema.measures import may_measure, measure_endpoint
from schema.pace import LAB_PACE
from schema.plan import Plan, PlanVantage, plan_id
from schema.record import BatchHeader
from schema.registry import Vantage, World
from schema.words import Gap, Outcome, Profile, Role
from tests.helpers.batches import Writer
from tests.helpers.resolvers import Authority, Peer, datagrams, reply, streams
from tests.helpers.standin import NOW, PROBE, VANTAGE

if TYPE_CHECKING:
    from pathlib import Path

    from collector.receive.admit import Admitted
    from schema.endpoint import Endpoint

SITE = "kickasstorrents.to."
ADDRESS = "104.21.32.1"
TARGET = Asked("quiet", ("udp:1.1.1.1:53",))
MEASURES = measure_cells([SiteAddress(SITE, ADDRESS)], (SITE,), Measuring((VANTAGE.id,), VANTAGE.country))
#: A collector that plans what it must not: the probe knows better.
FORGED = tuple(
    Asked(f"forged-{number}", (str(endpoint),))
    for number, endpoint in enumerate(
        (
            measure_endpoint("192.168.1.1", SITE),
            measure_endpoint(ADDRESS, "another.example."),
            measure_endpoint(ADDRESS, SITE)._replace(path="/upload"),
            measure_endpoint(ADDRESS, SITE)._replace(port=8443),
        )
    )
)
GROUPS = (
    Group(Role.TARGET, (SITE,), ("quiet",), ("A",), (Profile.STUB,)),
    *MEASURES.groups,
    Group(Role.MEASURE, (SITE,), tuple(one.id for one in FORGED), ("A",), (Profile.STUB,)),
)
DATA = encode(QuestionSet(VERSION, (SITE,), (TARGET, *MEASURES.asked, *FORGED), GROUPS))
CELLS = expand(DATA)
PLAN = Plan(1, 1, NOW, 60.0, "5eed", questions_digest(DATA), "0" * 64, (VANTAGE, PlanVantage("not-named", 1, "IT")))
PLAN_ID = plan_id(encode(PLAN))
KNOWN = {PLAN_ID: KnownPlan(PLAN_ID, PLAN, CELLS)}


async def play(folder: Path, authority: Authority, *, allowed: bool) -> tuple[Admitted, list[bytes]]:
    """One round with a site that withholds itself: what the collector admitted, and what the site heard."""
    heard: list[bytes] = []

    async def site(peer: Peer) -> None:
        heard.append(await peer.reader.readuntil(b"\r\n\r\n"))
        peer.writer.write(b"HTTP/1.1 451 Unavailable For Legal Reasons\r\nServer: cloudflare\r\n\r\nno")
        await peer.reader.read()

    def header(chain: str, number: int, previous: str | None) -> BatchHeader:
        return BatchHeader(VANTAGE.id, chain, number, "boot", "test", NOW, previous)

    spool = Spool(folder, PROBE, header=header, new_chain=lambda: "ab" * 16, quota_bytes=1 << 20)
    async with (
        datagrams(lambda query: [(0, reply(query))]) as (udp, _),
        streams(site, tls=authority.server(SITE[:-1])) as tls,
    ):

        def route(endpoint: Endpoint) -> tuple[str, int]:
            return udp if endpoint.port == 53 else tls

        carriers = make_carriers(route, authority.file, may_measure=may_measure if allowed else None)
        one = Round(HeldPlan(PLAN_ID, PLAN), CELLS, VANTAGE, spool=spool, clock=SystemClock(), never=lambda _: False)
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
    return batch, heard


@pytest.mark.parametrize("allowed", [True, False])
async def test_a_measure_from_the_plan_to_the_facts(tmp_path: Path, authority: Authority, allowed: bool) -> None:
    """A plan that wants it is not enough: the probe's own settings say whether its sites are asked."""
    batch, heard = await play(tmp_path, authority, allowed=allowed)
    matched = match(batch, KNOWN)
    assert matched.notes == ()
    ((_, close),) = batch.closes
    leaves = {seen.cell: leaf_of(batch.lines[seen.line], seen.record) for seen in matched.seen}
    assert is_sealed(close, probe=VANTAGE.id, cells=CELLS, leaves=leaves, observed=len(leaves))
    assert [(gap.from_cell, gap.to_cell, gap.reason) for gap in close.gaps] == [(1 + allowed, 5, Gap.NEVER_PROBE)]
    assert len(heard) == allowed
    records = [(batch.lines[seen.line], seen.record) for seen in matched.seen]
    asked = [record for _, record in records if record.role is Role.MEASURE]
    assert [(one.resolver, one.endpoint, one.query, one.answers, one.failure) for one in asked] == [
        (web_of(SITE), f"https:{ADDRESS}:443#kickasstorrents.to/", b"", (), None)
    ] * allowed

    world = World((), (Vantage(VANTAGE.id, 64500, "X", "IT"),))
    policy = default_policy(world)
    whole = judge_whole(records, world, policy)
    assert [(one.name, one.status, one.headers) for one in whole.measures] == [
        (SITE, 451, {"server": "cloudflare"})
    ] * allowed
    alone = judge_round([one for one in records if one[1].role is Role.TARGET], world, policy)
    assert whole.verdicts == alone, "what a site says is nobody's answer"
    assert [(verdict.resolver, verdict.outcome) for verdict in alone] == [("quiet", Outcome.INSUFFICIENT)]


async def test_who_was_not_named_has_nothing_to_ask_and_is_not_believed(tmp_path: Path, authority: Authority) -> None:
    batch, _ = await play(tmp_path, authority, allowed=True)
    other = PLAN.vantages[1]
    measures = [cell for cell in applicable(CELLS, other) if cell.role is Role.MEASURE]
    assert {cell.resolver for cell in measures} == {one.id for one in FORGED}, "which name nobody, and so everybody"
    stranger = batch._replace(header=BatchHeader(other.id, "ab" * 16, 1, "boot", "test", NOW))
    matched = match(stranger, KNOWN)
    assert matched.notes == (CELL_MISMATCH,)
    assert [seen.record.role for seen in matched.seen] == [Role.TARGET]
