"""Scenario files: what is filled in, and how each mistake is told."""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.lab.scenario import ScenarioError, endpoints, load_scenario, to_registry
from schema.endpoint import parse_endpoint
from schema.words import Kind, Transport

GOOD = """title = "a world"
[[name]]
name = "Kickasstorrents.TO"
addresses = ["198.51.100.7"]

[[resolver]]
id = "cloudflare"
operator = "Cloudflare"
address = "1.1.1.1"
more_addresses = ["2606:4700:4700:0::1111"]

  [[resolver.answer]]
  names = ["kickasstorrents.to"]
  reply = "nxdomain"

[[resolver]]
id = "isp"
kind = "isp"
asn = 64500
address = "192.0.2.53"

[[vantage]]
id = "mi-01"

  [[vantage.intercept]]
  resolver = "cloudflare"
  as = "isp"
"""


class Mistake(NamedTuple):
    """One change to the good file and what must be said of it: line, field and the word to use instead."""

    name: str
    old: str
    new: str
    said: tuple[str, ...]


MISTAKES = (
    Mistake("not_toml", 'id = "isp"', 'id = "isp', ("line 17",)),
    Mistake("no_value", "asn = 64500", "asn =", ("line 19",)),
    Mistake("key_twice", "asn = 64500", 'asn = 64500\nid = "isp"', ("line 20",)),
    Mistake("unknown_key", "operator =", "opperator =", ("line 8", "opperator", "Did you mean 'operator'?")),
    Mistake("unknown_table", "[[vantage]]", "[[vantages]]", ("line 22", "Did you mean 'vantage'?")),
    Mistake("unknown_answer_key", 'reply = "nx', 'from = 3\n  reply = "nx', ("line 14", "from", "from_round")),
    Mistake("unknown_reply", '"nxdomain"', '"nxdomian"', ("line 14", "reply", "Did you mean 'nxdomain'?")),
    Mistake("unknown_kind", '"isp"\nasn', '"ips"\nasn', ("line 18", "kind", "Did you mean 'isp'?")),
    Mistake("unknown_mode", 'as = "isp"', 'as = "isp"\nmode = "replaced"', ("line 28", "'replace'")),
    Mistake("wrong_type", "asn = 64500", 'asn = "AS64500"', ("line 19", "asn", "int")),
    Mistake("asn_too_large", "asn = 64500", "asn = 4294967296", ("line 19", "asn")),
    Mistake("missing_key", 'address = "192.0.2.53"', "", ("line 16", "'address' is missing")),
    Mistake("missing_reply", '  reply = "nxdomain"', "", ("line 12", "'reply' is missing")),
    Mistake("no_names", '["kickasstorrents.to"]', "[]", ("line 13", "names")),
    Mistake("bad_address", '"192.0.2.53"', '"192.0.2.530"', ("line 20", "address", "192.0.2.530")),
    Mistake("bad_name_address", '"198.51.100.7"', '"host.example"', ("line 4", "host.example")),
    Mistake("bad_name", "Kickasstorrents.TO", "kick ass", ("line 3", "not a domain name")),
    Mistake("name_is_address", "Kickasstorrents.TO", "1.2.3.4", ("line 3", "address, not a domain name")),
    Mistake("bad_rule_name", '["kickasstorrents.to"]', '["*.to"]', ("line 13", "not a domain name")),
    Mistake("bad_type", 'reply = "nx', 'types = ["AA"]\n  reply = "nx', ("line 14", "AA", "record type")),
    Mistake("bad_id", 'id = "mi-01"', 'id = "Mi 01"', ("line 23", "vantage.id")),
    Mistake("id_twice", 'id = "isp"', 'id = "cloudflare"', ("line 17", "another resolver `cloudflare`")),
    Mistake(
        "name_twice",
        '[[resolver]]\nid = "c',
        '[[name]]\nname = "kickasstorrents.to"\n[[resolver]]\nid = "c',
        ("line 7",),
    ),
    Mistake("address_twice", '"192.0.2.53"', '"1.1.1.1"', ("already",)),
    Mistake("no_such_resolver", 'resolver = "cloudflare"', 'resolver = "cloudfare"', ("line 26", "'cloudflare'")),
    Mistake("no_such_device", 'as = "isp"', 'as = "ips"', ("line 27", "Did you mean 'isp'?")),
    Mistake("device_says_nothing", '  as = "isp"', "", ("line 25", "missing")),
    Mistake("at_elsewhere", 'reply = "nx', 'at = ["9.9.9.9"]\n  reply = "nx', ("line 14", "1.1.1.1")),
    Mistake("rounds_reversed", 'reply = "nx', 'from_round = 3\n  to_round = 2\n  reply = "nx', ("line 15", "before")),
    Mistake("round_zero", 'reply = "nx', 'from_round = 0\n  reply = "nx', ("line 14", "from_round")),
    Mistake("share_above_one", 'reply = "nx', 'share = 1.5\n  reply = "nx', ("line 14", "share")),
    Mistake("no_addresses", '"nxdomain"', '"address"', ("line 12", "addresses")),
    Mistake("no_target", '"nxdomain"', '"cname"', ("line 12", "target")),
    Mistake("transport", 'kind = "isp"', 'transports = ["quick"]', ("line 18", "quick", "quic")),
    Mistake(
        "clock_without_zone", "[[name]]", "[clock]\nstarts_at = 2022-07-11T00:00:00\n[[name]]", ("line 3", "timezone")
    ),
    Mistake("digest_is_computed", "[[name]]", 'digest = ""\n[[name]]', ("line 2", "digest")),
)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_mistakes_are_told_by_line_and_field(mistake: Mistake) -> None:
    """The message with its remedy says where, what, and what was probably meant."""
    text = GOOD.replace(mistake.old, mistake.new, 1)
    assert text != GOOD
    with pytest.raises(ScenarioError) as refused:
        load_scenario(text.encode(), "mine.toml")
    message = f"{refused.value} {refused.value.remedy}"
    assert message.startswith("mine.toml, line ")
    assert refused.value.remedy
    for said in mistake.said:
        assert said in message


def test_bytes_that_are_no_text() -> None:
    """The line of the first wrong byte is named."""
    with pytest.raises(ScenarioError, match="line 2"):
        load_scenario(b'title = "x"\n# \xff\n', "mine.toml")


@settings(deadline=None, derandomize=True)
@given(st.text(max_size=60), st.integers(0, len(GOOD)), st.integers(0, 12))
def test_only_one_error_type_comes_out(noise: str, at: int, cut: int) -> None:
    """A file with anything anywhere is read or refused."""
    data = (GOOD[:at] + noise + GOOD[at + cut :]).encode(errors="surrogatepass")
    try:
        load_scenario(data, "mine.toml")
    except ScenarioError:
        return


def test_what_is_left_out_is_filled_in() -> None:
    """Transports by kind, the operator by the id, two honest controls of two operators, everything canonical."""
    scenario = load_scenario(GOOD.encode(), "mine.toml")
    assert (scenario.title, scenario.invented) == ("a world", True)
    assert scenario.digest == sha256(GOOD.encode()).hexdigest()
    assert scenario.asked == ("kickasstorrents.to.",)
    cloudflare, isp, *controls = scenario.resolvers
    assert cloudflare.addresses == ("1.1.1.1", "2606:4700:4700::1111")
    assert cloudflare.answers[0].names == ("kickasstorrents.to.",)
    assert (isp.operator, isp.asns, isp.transports) == ("isp", (64500,), (Transport.UDP, Transport.TCP))
    assert [control.kind for control in controls] == [Kind.CONTROL, Kind.CONTROL]
    assert len({control.operator for control in controls}) == 2
    assert all(control.address.startswith("198.18.") and len(control.transports) == 4 for control in controls)
    assert [(vantage.id, vantage.country) for vantage in scenario.vantages] == [("mi-01", "IT")]


def test_an_empty_file_is_a_world() -> None:
    """Nobody to judge, two controls, one vantage: the least there can be."""
    scenario = load_scenario(b"", "empty.toml")
    assert (scenario.title, len(scenario.resolvers)) == ("empty.toml", 2)
    assert [(vantage.id, vantage.asn, vantage.country) for vantage in scenario.vantages] == [("lab-01", 64496, "IT")]


def test_a_scenario_with_a_control_gets_no_other() -> None:
    """Who names controls has chosen them."""
    data = b'[[resolver]]\nid = "mine"\nkind = "control"\naddress = "192.0.2.1"\n'
    assert [resolver.id for resolver in load_scenario(data, "mine.toml").resolvers] == ["mine"]


def test_endpoints() -> None:
    """In the form of plans and records, with the names that the real services' certificates carry."""
    cloudflare, isp, *_ = load_scenario(GOOD.encode(), "mine.toml").resolvers
    assert endpoints(cloudflare) == (
        "udp:1.1.1.1:53",
        "tcp:1.1.1.1:53",
        "tls:1.1.1.1:853#one.one.one.one",
        "https:1.1.1.1:443#cloudflare-dns.com/dns-query",
        "udp:[2606:4700:4700::1111]:53",
        "tcp:[2606:4700:4700::1111]:53",
        "tls:[2606:4700:4700::1111]:853#one.one.one.one",
        "https:[2606:4700:4700::1111]:443#cloudflare-dns.com/dns-query",
    )
    assert endpoints(isp) == ("udp:192.0.2.53:53", "tcp:192.0.2.53:53")
    assert all(str(parse_endpoint(text)) == text for text in endpoints(cloudflare))


def test_registry() -> None:
    """Plans and the judge get the same resolvers; a filtering service knows its unfiltered twin."""
    data = b"".join(
        b'[[resolver]]\nid = "%s"\naddress = "%s"\n' % pair for pair in ((b"q", b"9.9.9.9"), (b"u", b"9.9.9.10"))
    )
    resolvers, vantages = to_registry(load_scenario(data, "mine.toml"))
    assert [(resolver.id, resolver.twin, len(resolver.endpoints)) for resolver in resolvers[:2]] == [
        ("q", "u", 4),
        ("u", "", 4),
    ]
    assert [vantage.id for vantage in vantages] == ["lab-01"]
