"""A round for each rule, decided by exactly that rule."""

from __future__ import annotations

from typing import NamedTuple

from msgspec.structs import replace

from schema.policy import Policy
from schema.words import Failure, Gap, How, Origin, Outcome, Profile, Role
from tests.unit.judge_build import GOOGLE, ISP, LIVE, NAME, OTHER, POLICY, QUAD9, TLS, TLS_2, TWIN, UDP, Cells

DECIDES = replace(POLICY, network_decides=True)


class Vector(NamedTuple):
    """What must come of a round."""

    rule_id: str
    cells: Cells
    outcome: Outcome
    how: How | None = None
    label: str | None = None
    resolver: str = "cloudflare"
    origin: Origin | None = None


def _alive() -> Cells:
    return Cells().controls(LIVE)


def _twice(silent: str | Failure) -> Cells:
    """Two endpoints, each asked as users ask, that answer another name."""
    cells = _alive()
    for endpoint in (TLS, TLS_2):
        cells.good("cloudflare", endpoint).users("cloudflare", endpoint, silent)
    return cells


def _cloud(policy: Policy) -> Cells:
    """The controls' address and the resolver's are one network's."""
    return Cells(policy=policy).controls("104.16.0.1").target("cloudflare", TLS, "104.24.9.9")


def _dead() -> Cells:
    return Cells().controls("NXDOMAIN")


B, O, D, F, I = Outcome.BLOCKED, Outcome.OPEN, Outcome.DEAD, Outcome.FAILING, Outcome.INSUFFICIENT  # noqa: E741 - columns
R = Origin.RESOLVER
_QUAD9 = {"soa": False, "ra": False}
_STOP = ">stop.example.", "203.0.113.80"

VECTORS = (
    Vector("off_net", _alive().users("tim", ISP, "NXDOMAIN"), I, resolver="tim"),
    Vector("ede_censored", Cells().target("cloudflare", TLS, "REFUSED", ede=[16]), B, How.REFUSED, origin=R),
    Vector("ede_blocked", Cells().target("cloudflare", TLS, "NXDOMAIN", ede=[15]), B, How.NXDOMAIN, origin=R),
    Vector("ede_filtered", Cells().target("cloudflare", TLS, "NXDOMAIN", ede=[17]), B, How.NXDOMAIN, "user_filter", origin=R),
    Vector("ede_forged", Cells().target("cloudflare", TLS, "NODATA", ede=[4]), B, How.NODATA, origin=R),
    Vector("policy_zone_soa", _dead().target("cloudflare", TLS, "NXDOMAIN", soa_at="additional"), B, How.NXDOMAIN, origin=R),
    Vector("google_refused", Cells().good("google", GOOGLE).target("google", GOOGLE, "REFUSED"), B, How.REFUSED, "google_court", "google", R),
    Vector(
        "unlike_its_twin",
        Cells().add(Role.CONTROL, "quad9-unfiltered", TWIN, LIVE).target("quad9", QUAD9, "NXDOMAIN", **_QUAD9),
        B, How.NXDOMAIN, "quad9_block", "quad9", R,
    ),
    Vector("user_filter", Cells().target("cloudflare", TLS, "0.0.0.0", ttl=60, ede=[17, 0]), B, How.NULL_ADDRESS, "cloudflare_filter", origin=R),
    Vector("stop_page_address", Cells().target("cloudflare", TLS, "217.175.53.72"), B, How.ADDRESS, "adm_gambling", origin=R),
    Vector("stop_page_alias", Cells().target("cloudflare", TLS, ">warning.ivass.it.", "192.0.2.5"), B, How.CNAME, "ivass", origin=R),
    Vector(
        "forged_soa",
        _dead().target("cloudflare", TLS, "NODATA", zone=NAME, soa_data="ns.localhost. root.localhost. 1 2 3 4 300"),
        B, How.NODATA, "kit_censura", origin=R,
    ),
    Vector("null_address", Cells().target("cloudflare", TLS, "0.0.0.0"), B, How.NULL_ADDRESS, origin=R),
    Vector("loopback_address", Cells().target("cloudflare", TLS, "127.0.0.1"), B, How.LOOPBACK, origin=R),
    Vector("private_address", Cells().target("cloudflare", TLS, "10.1.2.3"), B, How.ADDRESS, origin=R),
    Vector("nxdomain_but_alive", _alive().target("cloudflare", TLS, "NXDOMAIN"), B, How.NXDOMAIN, origin=R),
    Vector("nodata_but_alive", _alive().target("cloudflare", TLS, "NODATA"), B, How.NODATA, origin=R),
    Vector("alias_to_nothing", _alive().target("cloudflare", TLS, ">stop.example."), B, How.CNAME, origin=R),
    Vector("alias_at_apex", _alive().target("cloudflare", TLS, *_STOP), B, How.CNAME, origin=R),
    Vector(
        "one_address_for_many",
        _alive().controls("192.0.2.77", name=OTHER)
        .target("cloudflare", TLS, "203.0.113.80").target("cloudflare", TLS, "203.0.113.80", name=OTHER),
        B, How.ADDRESS, origin=R,
    ),
    Vector("refused_but_alive", _alive().good("cloudflare", TLS).users("cloudflare", TLS, "REFUSED"), B, How.REFUSED, origin=R),
    Vector("servfail_but_alive", _twice("SERVFAIL"), B, How.SERVFAIL, origin=R),
    Vector("timeout_but_alive", _twice(Failure.TIMEOUT), B, How.TIMEOUT, origin=Origin.UNATTRIBUTED),
    Vector("address_invented", _alive().absent("cloudflare", TLS, LIVE).target("cloudflare", TLS, LIVE), I),
    Vector(
        "address_in_doubt",
        Cells().controls(LIVE, "192.0.2.77", names=("c1",)).controls("192.0.2.77", names=("c2", "c3"))
        .target("cloudflare", TLS, LIVE, ede=[16]),
        I,
    ),
    Vector("address_in_control", _alive().target("cloudflare", TLS, LIVE), O, origin=R),
    Vector("address_vouched", _alive().target("cloudflare", TLS, "203.0.113.80").look("203.0.113.80"), O, origin=R),
    Vector("address_in_network", _cloud(DECIDES), O, origin=R),
    Vector("address_near_control", _cloud(POLICY), I),
    Vector(
        "mark_on_every_denial",
        _dead().absent("cloudflare", TLS, "NXDOMAIN", soa_at="additional").target("cloudflare", TLS, "NXDOMAIN", soa_at="additional"),
        I,
    ),
    Vector("dead_everywhere", _dead().target("cloudflare", TLS, "NXDOMAIN"), D),
    Vector("endpoint_fails", _alive().good("cloudflare", UDP, Failure.TIMEOUT).users("cloudflare", UDP, Failure.TIMEOUT), F),
    Vector("endpoint_unfit", _alive().good("cloudflare", UDP, "REFUSED").users("cloudflare", UDP, "REFUSED"), I),
    Vector("not_asked", _alive().target("cloudflare", UDP, Gap.CEILING), I),
    Vector("several_answers", _alive().target("cloudflare", UDP, "NXDOMAIN", also=((LIVE,),)), I),
    Vector("unusable_answer", _alive().target("cloudflare", UDP, LIVE, tc=True), I),
    Vector("fault_stated", _alive().target("cloudflare", TLS, "NXDOMAIN", ede=[19]), I),
    Vector("controls_disagree", _alive().controls("NXDOMAIN", names=("c3",)).target("cloudflare", TLS, "NXDOMAIN"), I),
    Vector("controls_missing", Cells().controls(LIVE, names=("c1",)).target("cloudflare", TLS, LIVE), I),
    Vector("unanswered_and_dead", _dead().good("cloudflare", TLS).target("cloudflare", TLS, "SERVFAIL"), I),
    Vector("answered_though_dead", _dead().target("cloudflare", TLS, LIVE), I),
    Vector("no_such_record", Cells().controls("NODATA").target("cloudflare", TLS, "NODATA"), I),
    Vector(
        "address_unconfirmed",
        _alive().controls("203.0.113.80", names=("c3",)).target("cloudflare", TLS, "203.0.113.80"),
        I,
    ),
    Vector("address_unknown", _alive().target("cloudflare", TLS, "203.0.113.80"), I),
    Vector("channel_failed", _alive().good("cloudflare", TLS).users("cloudflare", TLS, Failure.CLOSED), I),
    Vector("not_repeated", _alive().good("cloudflare", TLS).target("cloudflare", TLS, "REFUSED"), I),
    Vector("no_opinion", _alive().target("cloudflare", TLS, LIVE, "127.0.0.1"), I),
    Vector("answers_disagree", _alive().target("cloudflare", TLS, LIVE).target("cloudflare", TLS, "NXDOMAIN", repeat=1), I),
    Vector(
        "answers_doubtful",
        _alive().target("cloudflare", TLS, LIVE).good("cloudflare", TLS_2, "REFUSED").target("cloudflare", TLS_2, "NXDOMAIN"),
        I,
    ),
    Vector("other_type", Cells().controls("2001:db8::7", qtype="AAAA").target("cloudflare", TLS, "2001:db8::7", qtype="AAAA"), I),
    Vector("verified_undecided", _alive().target("cloudflare", TLS, "203.0.113.80").target("cloudflare", UDP, "NXDOMAIN"), I),
    Vector("verified_not_asked", _alive().good("cloudflare", TLS).target("cloudflare", UDP, LIVE), I),
    Vector("not_plain", _alive().target("cloudflare", TLS, LIVE, profile=Profile.DNSSEC), I),
)  # fmt: skip
