"""What else follows from a round: who is shown to answer port 53, and what is known of names."""

from __future__ import annotations

import pytest

from collector.judge import Judged, Memory, judge_round, judge_whole
from schema.verdict import Interception, NameFacts
from schema.words import Failure, Ground, Note, Origin, Outcome, Role, Sign
from tests.unit.judge_build import CONTROLS, ISP, LIVE, NAME, OTHER, POLICY, TCP, TLS, UDP, WORLD, Cells

NOWHERE_UDP, NOWHERE_TCP = "udp:192.0.2.53:53", "tcp:192.0.2.53:53"


def whole(cells: Cells) -> Judged:
    """Everything of the round, once with a memory of it and once without."""
    memory = Memory()
    judge_whole(cells.records, WORLD, POLICY, memory=memory)
    found = judge_whole(cells.records, WORLD, POLICY)
    assert judge_whole(cells.records, WORLD, POLICY, memory=memory) == found
    assert found.verdicts == judge_round(cells.records, WORLD, POLICY)
    return found


def signs(cells: Cells) -> dict[str, tuple[Sign, ...]]:
    """By what interception is shown, by endpoint."""
    return {one.endpoint: one.signs for one in whole(cells).interceptions}


def agreeing(probe: str = "xx-01") -> Cells:
    """Port 53 and the verified channel come out alike."""
    return Cells(probe).controls(LIVE).target("cloudflare", TLS, LIVE).target("cloudflare", UDP, LIVE)


@pytest.mark.parametrize(
    "said", [("*a. b. 1 2 3 4 5",), (">stop.invalid.",), ("NXDOMAIN",), ("SERVFAIL",), (Failure.TIMEOUT,)]
)
def test_what_dates_a_round_judges_nobody(said: tuple[str | Failure, ...]) -> None:
    """Answers of the root zone, whatever they are: of a target, of a control, by somebody else's identity."""
    without, beside = agreeing(), agreeing()
    for resolver, endpoint in (
        ("cloudflare", TLS),
        ("cloudflare", UDP),
        ("c1", CONTROLS["c1"]),
        ("c3", CONTROLS["c3"]),
    ):
        for qtype in ("SOA", "DNSKEY"):
            beside.add(Role.TIME, resolver, endpoint, *said, name=".", qtype=qtype, nsid=b"somebody.else", ttl=250)
    assert whole(beside) == whole(without)


def test_nothing_follows_from_nothing() -> None:
    assert judge_whole([], WORLD, POLICY) == Judged([], [], [])


class TestInterceptions:
    """A fact of the probe, the endpoint and the round, also where the verdict is none the worse for it."""

    def test_none(self) -> None:
        assert signs(agreeing().good("cloudflare", UDP).good("cloudflare", TLS)) == {}

    def test_identity(self) -> None:
        cells = agreeing().identity("cloudflare", TLS, "=MXP").identity("cloudflare", UDP, "=dns-mi-01.tim")
        assert whole(cells).interceptions == [
            Interception("ab" * 32, "xx-01", "cloudflare", UDP, (Sign.IDENTITY,)),
        ]
        assert whole(cells).verdicts[0].notes == ()

    def test_whoami(self) -> None:
        cells = agreeing().whoami("cloudflare", TLS, "162.158.1.1").whoami("cloudflare", UDP, "151.99.125.9")
        assert signs(cells) == {UDP: (Sign.WHOAMI,)}

    def test_distance(self) -> None:
        cells = Cells().controls(LIVE).target("cloudflare", TLS, LIVE).target("cloudflare", UDP, LIVE, ttl=250)
        assert signs(cells.good("cloudflare", UDP)) == {UDP: (Sign.DISTANCE,)}

    def test_datagrams(self) -> None:
        cells = agreeing().target("cloudflare", UDP, "NXDOMAIN", also=((LIVE,),), repeat=1)
        assert signs(cells) == {UDP: (Sign.DATAGRAMS,)}

    def test_datagrams_to_a_name_that_no_order_is_about(self) -> None:
        cells = agreeing().add(Role.KNOWN_GOOD, "cloudflare", TCP, LIVE, also=(("NXDOMAIN",),), name="example.com.")
        assert signs(cells) == {TCP: (Sign.DATAGRAMS,)}

    def test_a_stop_page_of_another_network(self) -> None:
        cells = Cells("rm-01").controls(LIVE).target("cloudflare", TLS, "NXDOMAIN")
        assert signs(cells.target("cloudflare", UDP, "83.224.65.74")) == {UDP: (Sign.STOP_PAGE,)}

    def test_an_authoritys_page_that_the_verified_channel_contradicts(self) -> None:
        cells = Cells().controls(LIVE).target("cloudflare", UDP, "217.175.53.72")
        assert signs(cells) == {}  # the resolver may block the name itself
        assert signs(cells.target("cloudflare", TLS, LIVE)) == {UDP: (Sign.STOP_PAGE,)}

    def test_several_signs_in_order(self) -> None:
        cells = (
            agreeing("rm-01").identity("cloudflare", UDP, "=dns-mi-01.tim").target("cloudflare", UDP, "83.224.65.74")
        )
        cells.add(Role.CANARY, "no-dns", NOWHERE_UDP, "NXDOMAIN")
        assert signs(cells) == {UDP: (Sign.CANARY, Sign.IDENTITY, Sign.STOP_PAGE)}

    def test_on_its_own_line_nothing_is_intercepted(self) -> None:
        cells = Cells("mi-01").controls(LIVE).target("tim", ISP, "NXDOMAIN", also=((LIVE,),))
        cells.add(Role.CANARY, "no-dns", NOWHERE_UDP, "NXDOMAIN")
        assert signs(cells) == {}

    def test_an_endpoint_that_is_no_target(self) -> None:
        cells = agreeing().identity("quad9", "udp:9.9.9.9:53", "=dns-mi-01.tim")
        assert signs(cells) == {"udp:9.9.9.9:53": (Sign.IDENTITY,)}


class TestCanary:
    """A question to an address that runs no DNS."""

    @pytest.mark.parametrize(("answered", "intercepted"), [(NOWHERE_UDP, UDP), (NOWHERE_TCP, TCP)])
    def test_shows_its_own_transport(self, answered: str, intercepted: str) -> None:
        cells = Cells().controls(LIVE).users("cloudflare", UDP, LIVE).users("cloudflare", TCP, LIVE)
        for endpoint in (NOWHERE_UDP, NOWHERE_TCP):
            said = ("198.18.200.1",) if endpoint == answered else (Failure.REFUSED_CONNECTION,)
            cells.add(Role.CANARY, "no-dns", endpoint, *said, name="example.com.")
        assert signs(cells) == {intercepted: (Sign.CANARY,)}
        (verdict,) = whole(cells).verdicts
        assert (verdict.resolver, verdict.outcome, verdict.origin) == ("cloudflare", Outcome.OPEN, Origin.UNATTRIBUTED)

    @pytest.mark.parametrize("failure", [Failure.TIMEOUT, Failure.REFUSED_CONNECTION, Failure.UNREACHABLE])
    def test_says_nothing_where_it_fails(self, failure: Failure) -> None:
        cells = agreeing()
        before = whole(cells)
        for endpoint in (NOWHERE_UDP, NOWHERE_TCP):
            cells.add(Role.CANARY, "no-dns", endpoint, failure, name="example.com.")
        assert whole(cells) == before

    def test_is_neither_a_target_nor_a_control(self) -> None:
        """Even for a name that is asked."""
        cells = Cells().controls(LIVE, names=("c1",)).target("cloudflare", TLS, LIVE)
        cells.add(Role.CANARY, "no-dns", "tls:192.0.2.53:853#x.test", LIVE)
        (verdict,) = whole(cells).verdicts
        assert verdict.rule == "controls_missing"


class TestNames:
    """What independent operators say of a name."""

    @staticmethod
    def facts(cells: Cells) -> NameFacts:
        (found,) = whole(cells.target("cloudflare", TLS, LIVE)).names
        return found

    @pytest.mark.parametrize(
        ("cells", "ground"),
        [
            (Cells().controls(LIVE), Ground.ALIVE),
            (Cells().controls("NXDOMAIN"), Ground.DEAD),
            (Cells().controls("NODATA"), Ground.NODATA),
            (Cells().controls("NODATA").controls("2001:db8::7", qtype="AAAA"), Ground.ALIVE),
            (Cells().controls(LIVE).controls("NXDOMAIN", names=("c3",)), Ground.DISAGREE),
            (Cells().controls(LIVE, names=("c1",)), Ground.MISSING),
        ],
    )
    def test_ground(self, cells: Cells, ground: Ground) -> None:
        assert self.facts(cells) == NameFacts("ab" * 32, "xx-01", NAME, ground)

    def test_name_servers_and_zone(self) -> None:
        cells = Cells().controls(LIVE).controls("@ns2.host.example.", "@NS1.host.example.", qtype="NS")
        cells.controls("*ns1.host.example. hostmaster.host.example. 7 2 3 4 5", qtype="SOA")
        found = self.facts(cells)
        assert found.name_servers == ("ns1.host.example.", "ns2.host.example.")
        assert found.soa == "ns1.host.example. hostmaster.host.example."

    def test_the_zone_above(self) -> None:
        """A name that is no zone's top is in the zone whose SOA denies that it is; one that does not exist is in none."""
        below = Cells().controls(LIVE).controls("NODATA", qtype="SOA", zone="example.", soa_data="a. b. 1 2 3 4 5")
        assert self.facts(below).soa == "a. b."
        assert self.facts(Cells().controls("NXDOMAIN").controls("NXDOMAIN", qtype="SOA")).soa == ""

    def test_what_only_one_says(self) -> None:
        cells = Cells().controls(LIVE).controls("@ns1.host.example.", qtype="NS", names=("c1",))
        assert self.facts(cells).name_servers == ()
        cells.controls("@ns9.host.example.", qtype="NS", names=("c2",))
        assert self.facts(cells).name_servers == ()

    def test_two_of_three_agree(self) -> None:
        cells = Cells().controls(LIVE).controls("@ns1.host.example.", qtype="NS", names=("c1", "c3"))
        assert self.facts(cells.controls("@ns9.host.example.", qtype="NS", names=("c2",))).name_servers == (
            "ns1.host.example.",
        )

    def test_one_that_contradicts_itself_or_is_not_verified(self) -> None:
        cells = Cells().controls(LIVE).controls("@ns1.host.example.", qtype="NS", names=("c1", "c2"))
        assert self.facts(cells.controls("@ns9.host.example.", qtype="NS", names=("c2",))).name_servers == ()
        cells = Cells().controls(LIVE).controls("@ns1.host.example.", qtype="NS", verified=False)
        assert self.facts(cells).name_servers == ()

    def test_each_name_once(self) -> None:
        cells = Cells().controls(LIVE).target("cloudflare", TLS, LIVE).target("cloudflare", TLS, LIVE, name=OTHER)
        assert [one.name for one in whole(cells.target("quad9", TLS, LIVE)).names] == [NAME, OTHER]


class TestParked:
    """A parking service is where the name lives."""

    def test_by_its_name_servers(self) -> None:
        cells = Cells().controls(LIVE).target("cloudflare", TLS, LIVE)
        before = whole(cells)
        cells.controls("@ns1.sedoparking.com.", "@ns2.sedoparking.com.", qtype="NS")
        after = whole(cells)
        assert after.names[0].parked
        assert not before.names[0].parked
        assert after.verdicts[0].notes == (Note.PARKED,)
        assert after.verdicts[0].outcome is before.verdicts[0].outcome is Outcome.OPEN

    def test_not_by_one_operators_word(self) -> None:
        cells = Cells().controls(LIVE).controls("@ns1.sedoparking.com.", qtype="NS", names=("c1",))
        assert not whole(cells.target("cloudflare", TLS, LIVE)).names[0].parked

    def test_not_by_a_name_that_ends_alike(self) -> None:
        cells = Cells().controls(LIVE).controls("@ns1.notsedoparking.com.", qtype="NS")
        assert not whole(cells.target("cloudflare", TLS, LIVE)).names[0].parked


@pytest.mark.parametrize("said", ["@ns1.host.example.", "NODATA", "SERVFAIL"])
@pytest.mark.parametrize("qtype", ["NS", "SOA"])
def test_name_servers_and_zones_bear_on_no_verdict(said: str, qtype: str) -> None:
    """Nor do they count as types of the name."""
    for cells in (agreeing(), Cells().controls("NXDOMAIN").target("cloudflare", TLS, "NXDOMAIN")):
        before = whole(cells).verdicts
        if said.startswith("@") and qtype == "SOA":
            said = "*a. b. 1 2 3 4 5"
        cells.controls(said, qtype=qtype)
        assert whole(cells).verdicts == before


class TestSite:
    """Which site answered, by the endpoint that bears witness and no other."""

    def test_by_id_server_there(self) -> None:
        cells = agreeing().identity("cloudflare", TLS, "=MXP").identity("cloudflare", UDP, "=FCO")
        assert whole(cells).verdicts[0].site == "MXP"

    def test_by_nsid_of_the_answer(self) -> None:
        cells = Cells().controls(LIVE).target("cloudflare", TLS, LIVE, nsid=b"87m\x00362" + b"x" * 100)
        assert whole(cells).verdicts[0].site == ("87m362" + "x" * 100)[:63]

    def test_never_by_another_endpoint(self) -> None:
        cells = agreeing().identity("cloudflare", UDP, "=FCO")
        cells.identity("cloudflare", "tls:1.0.0.1:853#one.one.one.one", "=MXP")
        assert whole(cells).verdicts[0].site is None

    def test_id_server_first(self) -> None:
        cells = Cells().controls(LIVE).target("cloudflare", TLS, LIVE, nsid=b"87m362")
        assert whole(cells.identity("cloudflare", TLS, "=MXP")).verdicts[0].site == "MXP"
        assert whole(cells).verdicts[0].site == "MXP"
