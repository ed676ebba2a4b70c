"""The tables that come with the program, and worlds that people write."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from collector.judge import RULE_IDS
from collector.registry import builtin_fingerprints, builtin_world, default_policy, load_world
from schema.endpoint import parse_endpoint
from schema.errors import ConfigError
from schema.policy import Bound, policy_digest
from schema.registry import Vantage
from schema.words import Kind

KINDS = {"a", "aaaa", "cname", "rcode", "soa", "ns"}


def test_endpoints_are_endpoints() -> None:
    for resolver in builtin_world().resolvers:
        assert resolver.endpoints
        assert all(str(parse_endpoint(endpoint)) == endpoint for endpoint in resolver.endpoints)


def test_ids_are_unique_and_twins_known() -> None:
    ids = [resolver.id for resolver in builtin_world().resolvers]
    assert len(set(ids)) == len(ids)
    assert {resolver.twin for resolver in builtin_world().resolvers} <= {"", *ids}


def test_controls_are_several_operators_whom_a_certificate_vouches_for() -> None:
    controls = [resolver for resolver in builtin_world().resolvers if resolver.kind is Kind.CONTROL]
    assert len({resolver.operator_slug for resolver in controls}) > 2
    for resolver in controls:
        assert all(parse_endpoint(endpoint).verifiable for endpoint in resolver.endpoints)


def test_providers_have_their_networks_and_answer_there_only() -> None:
    for resolver in builtin_world().resolvers:
        if resolver.kind is Kind.ISP:
            assert resolver.asns
            assert resolver.on_net_only


def test_filters_that_users_choose_are_no_targets() -> None:
    addresses = {parse_endpoint(endpoint).address for one in builtin_world().resolvers for endpoint in one.endpoints}
    assert not addresses & {"1.1.1.2", "1.1.1.3", "62.149.128.2", "91.80.36.92"}


def test_fingerprints_are_complete() -> None:
    found = builtin_fingerprints()
    assert max(Counter(one.id for one in found).values()) == 1
    for one in found:
        assert one.kind in KINDS
        assert one.polarity in {"block", "not_block", "user_filter", "parked"}
        assert (one.kind == "ns") <= (one.polarity == "parked")  # a name server blocks nothing
        assert one.source
        for day in (one.valid_from, one.valid_to):
            assert not day or date.fromisoformat(day).isoformat() == day


def test_of_one_list_only_the_page_is_known() -> None:
    assert [one.kind for one in builtin_fingerprints() if one.label == "cncpo"] == ["a"]


def test_a_policy_names_rules_and_takes_overrides() -> None:
    world = builtin_world()
    bound = (Bound(("x.example.",), ("c",)),)
    policy = default_policy(world, bound, indicative=True, fresh_s=60)
    assert (policy.rules, policy.bound, policy.indicative, policy.fresh_s) == (RULE_IDS, bound, True, 60)
    assert policy_digest(policy) != policy_digest(default_policy(world))


def test_a_world_as_scenarios_write_it() -> None:
    world = load_world(
        b"""
        title = "t"
        [clock]
        step_s = 1
        [[resolver]]
        id = "quad9"
        operator = "Quad9"
        asn = 19281
        address = "9.9.9.9"
        transports = ["udp", "tls"]
        identity = "res1.x"
        [[resolver]]
        id = "quad9-unfiltered"
        operator = "Quad9"
        [[resolver]]
        id = "mine"
        kind = "isp"
        asn = [1, 2]
        address = "192.0.2.1"
        more_addresses = ["2001:db8::1"]
        transports = ["https"]
        [[vantage]]
        id = "mi-01"
        asn = 3269
        country = "IT"
        offline_rounds = [3]
        """
    )
    quad9, _, mine = world.resolvers
    assert (quad9.asns, quad9.twin) == ((19281,), "quad9-unfiltered")
    assert quad9.endpoints == ("udp:9.9.9.9:53", "tls:9.9.9.9:853#dns.quad9.net")
    assert (mine.operator, mine.asns) == ("mine", (1, 2))
    assert mine.endpoints == (
        "https:192.0.2.1:443#dns.mine.test/dns-query",
        "https:[2001:db8::1]:443#dns.mine.test/dns-query",
    )
    assert world.vantages == (Vantage("mi-01", 3269, "", "IT"),)


@pytest.mark.parametrize(
    "data",
    [
        b"[[resolver]",
        b"\xff",
        b"[[resolver]]\nid = 3",
        b"[[resolver]]\nid = 'x'\nkind = 'odd'",
        b"[[resolver]]\nid = 'x'\naddress = 'dns.example'",
        b"[[resolver]]\nid = 'x'\n[[resolver]]\nid = 'x'",
        b"[[vantage]]\nid = 'x'\n[[vantage]]\nid = 'x'",
        b"resolver = 1",
    ],
)
def test_a_world_with_a_mistake(data: bytes) -> None:
    with pytest.raises(ConfigError, match=r"^w\.toml: ") as caught:
        load_world(data, name="w.toml")
    assert caught.value.remedy
