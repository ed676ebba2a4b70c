"""The lab's root zone is signed, twice a day by the lab's clock, and what is signed dates a round (sp-007)."""

from __future__ import annotations

from datetime import UTC, datetime

import dns.message
import dns.rcode
import pytest

from deploy.lab.rootzone import root_keys, signed_at
from deploy.lab.scenario import load_scenario
from deploy.lab.world import Place, answer
from probe.query import build
from schema.dnswire import read
from schema.rootzone import signed_answers, signed_since
from schema.words import Profile, Transport

CLOCK = "[clock]\nstarts_at = 2022-07-11T01:30:00+02:00\nstep_s = 30000\n"
WORLD = """
[[name]]
name = "site.test"
addresses = ["198.51.100.7"]
[[resolver]]
id = "honest"
address = "192.0.2.1"
transports = ["udp", "tls"]
[[resolver]]
id = "liar"
address = "192.0.2.2"
[[resolver.answer]]
names = ["*"]
reply = "address"
addresses = ["203.0.113.9"]
[[vantage]]
id = "a"
asn = 64501
"""


def heard(clock: str, round_number: int, *, resolver: int = 0, profile: Profile = Profile.DNSSEC) -> list[bytes]:
    """What comes for the SOA and the keys of the root in a round."""
    scenario = load_scenario((clock + WORLD).encode(), "root.toml")
    place = Place(
        scenario.vantages[0], scenario.resolvers[resolver], scenario.resolvers[resolver].address, Transport.TLS
    )
    return [
        reply.wire
        for qtype in ("SOA", "DNSKEY")
        for reply in answer(
            scenario, round_number, place, build(".", qtype, "IN", profile, msg_id=7), lambda: 0.5
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("round_number", "since", "serial"),
    [
        (1, datetime(2022, 7, 10, 12, tzinfo=UTC), 2022071001),  # 23:30
        (2, datetime(2022, 7, 11, tzinfo=UTC), 2022071100),  # 07:50
        (3, datetime(2022, 7, 11, 12, tzinfo=UTC), 2022071101),  # 16:10
    ],
)
def test_a_round_is_dated(round_number: int, since: datetime, serial: int) -> None:
    wires = heard(CLOCK, round_number)
    assert signed_since(wires, root_keys()) == since
    assert [one.serial for one in signed_answers(wires, root_keys())] == [serial]


def test_rounds_together_say_the_newest() -> None:
    wires = [wire for round_number in (3, 1, 2) for wire in heard(CLOCK, round_number)]
    assert signed_since(wires, root_keys()) == datetime(2022, 7, 11, 12, tzinfo=UTC)


def test_a_world_without_a_clock_dates_nothing() -> None:
    """Its signatures hold, and say that it was later than 2000."""
    assert signed_since(heard("", 1), root_keys()) == datetime(2000, 1, 1, tzinfo=UTC)
    assert signed_at(None) == 0


@pytest.mark.parametrize(
    "heard_of", [heard(CLOCK, 1, resolver=1), heard(CLOCK, 1, profile=Profile.EDNS)], ids=["liar", "DO=0"]
)
def test_without_signatures_nothing_is_dated(heard_of: list[bytes]) -> None:
    assert all(read(wire).rcode == dns.rcode.NOERROR for wire in heard_of)
    assert signed_since(heard_of, root_keys()) is None


def test_nothing_else_stands_at_the_root() -> None:
    scenario = load_scenario((CLOCK + WORLD).encode(), "root.toml")
    place = Place(scenario.vantages[0], scenario.resolvers[0], "192.0.2.1", Transport.UDP)
    query = build(".", "A", "IN", Profile.DNSSEC, msg_id=7)
    message = dns.message.from_wire(answer(scenario, 1, place, query, lambda: 0.5)[0].wire)
    assert message.rcode() == dns.rcode.NOERROR
    assert not message.answer
    assert len(message.authority) == 2
