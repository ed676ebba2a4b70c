"""In which network an address stands, and what follows where it is the controls'."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from collector.judge.networks import Networks
from collector.registry import builtin_networks, default_policy, load_world
from schema.errors import ConfigError
from schema.policy import Policy
from schema.registry import Network
from schema.words import Failure, Note, Outcome
from tests.unit.judge_build import LIVE, NAME, OTHER, POLICY, TLS, TLS_2, UDP, Cells

CLOUD, EDGE, EDGE_2 = "104.16.0.1", "104.24.9.9", "172.64.7.7"
DECIDES = replace(POLICY, network_decides=True)
PREFIXES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).flatmap(
    lambda address: st.integers(0, address.max_prefixlen).map(
        lambda length: str(ip_network(f"{address}/{length}", strict=False))
    )
)
#: Special by the IANA registries (RFC 6890), and taken for global by the standard library of Python 3.11.
SPECIAL_SINCE = tuple(map(ip_network, ("192.0.0.0/24", "64:ff9b:1::/48")))
ROWS = st.dictionaries(PREFIXES, st.integers(1, 9), max_size=12)


@given(ROWS, st.data())
def test_the_longest_prefix_counts(rows: dict[str, int], dice: st.DataObject) -> None:
    """Against the standard library, for addresses within the prefixes and anywhere."""
    within = [str(ip_network(prefix).network_address) for prefix in rows] or ["198.51.100.1"]
    address = dice.draw(st.one_of(st.sampled_from(within), st.ip_addresses().map(str)))
    table = Networks(tuple(Network(*row) for row in rows.items()))
    parsed = ip_address(address)
    holding = [network for network in map(ip_network, rows) if network.version == parsed.version and parsed in network]
    longest = max(holding, key=lambda network: network.prefixlen, default=None)
    assert table.number(address) in {rows[str(longest)] if longest else None, None}
    if parsed.is_global and not parsed.is_multicast and not any(parsed in network for network in SPECIAL_SINCE):
        assert table.number(address) == (rows[str(longest)] if longest else None)


def test_an_address_at_which_no_site_can_be_is_in_no_network() -> None:
    table = Networks((Network("0.0.0.0/0", 7), Network("::/0", 7)))
    for address in ("127.0.0.1", "0.0.0.0", "10.1.2.3", "::", "::1", "fd00::1"):
        assert table.number(address) is None
    assert (table.number("198.51.100.1"), table.number("2001:db8::1")) == (7, 7)


def test_networks_that_come_with_the_program() -> None:
    found = builtin_networks()
    assert len({one.prefix for one in found}) == len(found)
    assert all(one.source and one.asn and str(ip_network(one.prefix)) == one.prefix for one in found)
    assert Networks(found).number(CLOUD) == 13335
    assert Networks(found).number(LIVE) is None


def test_a_world_adds_its_own() -> None:
    world = load_world(b"[[network]]\nprefix = '198.51.100.0/24'\nasn = 64500", name="w.toml")
    assert world.networks == (Network("198.51.100.0/24", 64500, "w.toml"),)
    assert Networks(default_policy(world).networks).number(LIVE) == 64500
    with pytest.raises(ConfigError, match=r"192\.0\.2\.1/24"):
        load_world(b"[[network]]\nprefix = '192.0.2.1/24'\nasn = 64500", name="w.toml")


def cloud(policy: Policy = DECIDES) -> Cells:
    """The controls find the name in a cloud."""
    return Cells(policy=policy).controls(CLOUD)


class TestDecides:
    """Where the policy lets a network decide."""

    def test_open_and_said_so(self) -> None:
        verdict = cloud().target("cloudflare", TLS, EDGE, EDGE_2).verdict()
        assert (verdict.outcome, verdict.rule, verdict.notes) == (
            Outcome.OPEN, "address_in_network", (Note.NETWORK_ONLY,),
        )  # fmt: skip

    def test_not_where_one_address_is_elsewhere(self) -> None:
        assert cloud().target("cloudflare", TLS, EDGE, "203.0.113.80").verdict().rule == "address_unknown"

    def test_an_address_of_the_controls_says_more(self) -> None:
        cells = cloud().target("cloudflare", TLS, EDGE).target("cloudflare", TLS_2, CLOUD)
        assert cells.verdict().notes == ()

    def test_a_stop_page_in_the_same_cloud(self) -> None:
        page = Cells(policy=replace(DECIDES, networks=(Network("34.64.0.0/10", 15169),))).controls("34.90.1.1")
        verdict = page.target("cloudflare", TLS, "34.110.214.49").verdict()
        assert (verdict.outcome, verdict.label) == (Outcome.BLOCKED, "piracy_shield")

    def test_one_address_for_many_in_the_same_cloud(self) -> None:
        """Neither open nor blocked: leaving out one name would turn it round."""
        for policy, rule in ((DECIDES, "address_near_control"), (POLICY, "one_address_for_many")):
            cells = cloud(policy).controls("104.16.0.2", name=OTHER)
            cells.target("cloudflare", TLS, EDGE).target("cloudflare", TLS, EDGE, name=OTHER)
            assert {one.rule for one in cells.judged()} == {rule}

    def test_an_endpoint_that_invents_or_ails(self) -> None:
        assert (
            cloud().absent("cloudflare", TLS, EDGE).target("cloudflare", TLS, EDGE).verdict().rule == "address_invented"
        )
        ailing = cloud().good("cloudflare", TLS, "REFUSED").target("cloudflare", TLS, EDGE)
        assert ailing.verdict().outcome is Outcome.INSUFFICIENT


def test_by_default_a_network_decides_nothing() -> None:
    assert not POLICY.network_decides
    assert cloud(POLICY).target("cloudflare", TLS, EDGE).verdict().rule == "address_near_control"


class TestLooks:
    """A certificate for the name, shown at the address to this probe in this round."""

    PAGE = "203.0.113.80"

    def asked(self) -> Cells:
        return Cells().controls(LIVE).target("cloudflare", TLS, self.PAGE)

    def test_at_every_address(self) -> None:
        cells = Cells().controls(LIVE).target("cloudflare", TLS, self.PAGE, "203.0.113.81").look(self.PAGE)
        assert cells.verdict().rule == "address_unknown"
        assert cells.look("203.0.113.81").verdict().rule == "address_vouched"

    @pytest.mark.parametrize("failure", [Failure.TLS_UNTRUSTED, Failure.TIMEOUT, Failure.RESET])
    def test_that_fails_says_nothing(self, failure: Failure) -> None:
        assert self.asked().look(self.PAGE, failure).verdict() == self.asked().verdict()

    def test_for_another_name(self) -> None:
        assert self.asked().look(self.PAGE, shown=OTHER).verdict().rule == "address_unknown"
        assert self.asked().look(self.PAGE, name=OTHER, shown=OTHER).verdict().rule == "address_unknown"

    def test_of_a_parked_name(self) -> None:
        cells = self.asked().look(self.PAGE).controls("@ns1.sedoparking.com.", qtype="NS")
        assert cells.verdict().rule == "address_unknown"

    def test_a_listed_page_stays_one(self) -> None:
        cells = Cells().controls(LIVE).target("cloudflare", TLS, "217.175.53.72").look("217.175.53.72")
        assert cells.verdict().rule == "stop_page_address"

    def test_one_address_for_many(self) -> None:
        cells = self.asked().controls("192.0.2.77", name=OTHER).target("cloudflare", TLS, self.PAGE, name=OTHER)
        assert {one.rule for one in cells.judged()} == {"one_address_for_many"}
        cells.look(self.PAGE)
        assert cells.verdict(name=NAME).outcome is Outcome.INSUFFICIENT
        assert cells.verdict(name=OTHER).outcome is Outcome.BLOCKED

    def test_port_53_stays_unattributed(self) -> None:
        verdict = Cells().controls(LIVE).target("cloudflare", UDP, self.PAGE).look(self.PAGE).verdict()
        assert (verdict.outcome, verdict.origin) == (Outcome.OPEN, "unattributed")
