"""The answers that are put together by hand say what dnspython reads in them, and what it would have written."""

from __future__ import annotations

from random import Random
from typing import Final

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import pytest

from probe.query import build
from schema.dnswire import read
from schema.words import Profile
from tests.simulator.casts import CASTS, DOCKET, slots
from tests.simulator.policies import Way, withheld
from tests.simulator.rounds import play
from tests.simulator.wires import NXDOMAIN, REFUSED, SERVFAIL, Question, Says, Soa, wire
from tests.simulator.world import PLANS, draw

NAME: Final = DOCKET[0]
SAYINGS: Final = (
    Says(),
    Says(addresses=("198.18.1.1",)),
    Says(addresses=("198.18.1.1", "198.18.1.2"), aliases=("e7.edge.example.", "e8.edge.example."), ttl=5),
    Says(addresses=("2001:db8::7",)),
    Says(aliases=("nowhere.example.",)),
    Says(hosts=("ns1.host.example.", "ns2.host.example.")),
    Says(text="mxp1"),
    Says(NXDOMAIN, soa=Soa("to.")),
    Says(NXDOMAIN, soa=Soa("policy.example.", additional=True), aa=True),
    Says(soa=Soa(NAME)),
    Says(REFUSED, codes=(16,), ra=False),
    Says(SERVFAIL, codes=(18, 22)),
    *(one for one in (withheld(way, NAME, "A") for way in Way) if one is not None),
)


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("says", SAYINGS, ids=range(len(SAYINGS)))
def test_dnspython_reads_what_was_meant(says: Says, profile: Profile) -> None:
    kind = "NS" if says.hosts else "TXT" if says.text else "AAAA" if ":" in "".join(says.addresses) else "A"
    query = build(NAME, kind, "IN", profile, msg_id=4711, case_bits=0b1011)
    found = dns.message.from_wire(wire(says, "site1", query, Question(NAME, kind, "IN", profile)))
    asked = dns.message.from_wire(query)
    assert asked.is_response(found)
    assert found.question[0].name.to_text() == asked.question[0].name.to_text()  # letter case too
    assert (found.rcode(), bool(found.flags & dns.flags.RA), bool(found.flags & dns.flags.AA)) == (
        says.rcode,
        says.ra,
        says.aa,
    )
    texts = {item.to_text().strip('"') for rrset in found.answer for item in rrset}
    soa = says.soa
    at_end = {*says.addresses, *says.hosts, *says.aliases} | ({says.text} if says.text else set())
    assert texts == at_end
    assert all(rrset.ttl == says.ttl for rrset in found.answer)
    section = found.additional if soa and soa.additional else found.authority
    zones = {(rrset.name.to_text(), rrset.ttl) for rrset in section if rrset.rdtype == dns.rdatatype.SOA}
    assert zones == ({(soa.zone, soa.ttl)} if soa else set())
    if profile is Profile.STUB:
        assert found.edns == -1
        return
    assert {one.code for one in found.extended_errors()} == set(says.codes)
    assert [one.nsid for one in found.options if isinstance(one, dns.edns.NSIDOption)] == [b"site1"]
    assert bool(found.ednsflags & dns.flags.DO) is (profile is Profile.DNSSEC)


@pytest.mark.parametrize("says", SAYINGS, ids=range(len(SAYINGS)))
def test_dnspython_writes_the_same(says: Says) -> None:
    """The judge's reader finds the same in our bytes and in dnspython's rendering of them."""
    kind = "NS" if says.hosts else "TXT" if says.text else "AAAA" if ":" in "".join(says.addresses) else "A"
    query = build(NAME, kind, "IN", Profile.EDNS, msg_id=1)
    ours = wire(says, "", query, Question(NAME, kind))
    theirs = dns.message.from_wire(ours).to_wire()
    assert read(ours) == read(theirs)


@pytest.mark.parametrize("seed", range(6))
def test_whole_rounds_hold_messages(seed: int) -> None:
    """Every answer of some rounds is a message to its query, by dnspython's reading."""
    world = draw(seed)
    dice = Random(seed)
    for _ in range(6):
        one = play(world, dice.randrange(len(world.lines)), dice.randrange(PLANS))
        for line, record in one.records if one else ():
            assert line.startswith(b'{"v":1,"plan":')
            for answer in record.answers:
                query = dns.message.from_wire(record.query)
                assert query.is_response(dns.message.from_wire(answer.wire))


def test_every_question_of_the_real_plan_is_played() -> None:
    for number in range(len(CASTS)):
        roles = {slot.cell.role.value for slot in slots(number, DOCKET[:2], 3269)}
        assert roles >= {"target", "control", "known_good", "known_absent", "identity"}
