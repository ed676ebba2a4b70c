"""From cells to a verdict: channels, origin, what stands beside it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import dns.message
import dns.rrset
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from collector.judge import Memory, judge_round
from collector.judge.again import silences_needed
from collector.registry import default_policy
from schema.policy import Bound
from schema.record import Answer
from schema.registry import WHOAMI, Vantage
from schema.verdict import Counts, Verdict
from schema.words import Failure, Gap, How, Note, Origin, Outcome, Profile, Role
from tests.unit.judge_build import (
    CONTROLS,
    ELSEWHERE,
    GOOGLE,
    HTTPS,
    ISP,
    LIVE,
    NAME,
    OTHER,
    POLICY,
    QUAD9,
    TCP,
    TLS,
    TLS_2,
    TWIN,
    UDP,
    WORLD,
    Cells,
)

WINDTRE = "udp:193.70.152.15:53"


def alive(probe: str = "xx-01", at: datetime = datetime(2026, 11, 21, 20, tzinfo=UTC)) -> Cells:
    return Cells(probe, at).controls(LIVE)


def test_port_53_alone_never_names_a_public_resolver() -> None:
    verdict = alive().target("cloudflare", UDP, LIVE).verdict()
    assert (verdict.outcome, verdict.origin) == (Outcome.OPEN, Origin.UNATTRIBUTED)


def test_an_untrusted_certificate_makes_nobody_the_origin() -> None:
    cells = alive().target("cloudflare", TLS, Failure.TLS_UNTRUSTED).target("cloudflare", UDP, "NXDOMAIN")
    verdict = cells.verdict()
    assert (verdict.outcome, verdict.origin) == (Outcome.BLOCKED, Origin.UNATTRIBUTED)
    assert verdict.endpoints == {TLS: Outcome.INSUFFICIENT, UDP: Outcome.BLOCKED}


def test_answers_over_a_channel_nobody_vouches_for_do_not_count() -> None:
    cells = alive().target("cloudflare", TLS, LIVE, verified=False)
    assert cells.verdict().outcome is Outcome.INSUFFICIENT
    assert cells.good("cloudflare", TLS, Failure.TLS_UNTRUSTED).verdict().outcome is Outcome.FAILING


def test_an_unverified_control_is_none() -> None:
    verdict = Cells().controls(LIVE, verified=False).target("cloudflare", TLS, LIVE).verdict()
    assert verdict.outcome is Outcome.INSUFFICIENT
    assert Note.CONTROLS_MISSING in verdict.notes


def test_on_its_own_line_the_provider_is_the_origin() -> None:
    verdict = alive("mi-01").target("tim", ISP, "127.0.0.1").verdict("tim")
    assert (verdict.outcome, verdict.how, verdict.origin) == (Outcome.BLOCKED, How.LOOPBACK, Origin.RESOLVER)
    assert verdict.label == "tim_loopback"


def test_from_elsewhere_a_provider_is_not() -> None:
    verdict = alive().good("windtre", WINDTRE).users("windtre", WINDTRE, "REFUSED").verdict("windtre")
    assert (verdict.outcome, verdict.how, verdict.origin) == (Outcome.BLOCKED, How.REFUSED, Origin.UNATTRIBUTED)


def test_the_vantage_may_be_given() -> None:
    cells = alive().target("tim", ISP, "NXDOMAIN")
    (verdict,) = judge_round(cells.records, WORLD, POLICY, vantage=Vantage("xx-01", 3269))
    assert verdict.origin is Origin.RESOLVER


def test_unknown_resolvers_and_vantages_are_judged() -> None:
    cells = Cells("nobody").controls(LIVE).target("new-one", "tls:192.0.2.53:853#new.test", LIVE)
    assert cells.verdict("new-one").origin is Origin.RESOLVER


class TestWherePort53Differs:
    """The verdict follows the verified channel."""

    def test_without_a_sign_of_the_path(self) -> None:
        verdict = alive().users("cloudflare", TLS, LIVE).users("cloudflare", UDP, "NXDOMAIN").verdict()
        assert (verdict.outcome, verdict.origin) == (Outcome.OPEN, Origin.RESOLVER)
        assert verdict.notes == (Note.TRANSPORTS_DIFFER,)
        assert verdict.counts == Counts(2, 2, 0)

    def test_identity_of_another_shape(self) -> None:
        cells = alive().target("cloudflare", TLS, LIVE).target("cloudflare", UDP, "NXDOMAIN")
        cells.identity("cloudflare", TLS, "=MXP").identity("cloudflare", UDP, "=dns-mi-01.tim")
        assert cells.verdict().notes == (Note.PATH_INTERFERES,)

    def test_another_site_code_is_no_sign(self) -> None:
        cells = alive().target("cloudflare", TLS, LIVE).target("cloudflare", UDP, "NXDOMAIN")
        cells.identity("cloudflare", TLS, "=MXP").identity("cloudflare", UDP, "=FRA")
        assert cells.verdict().notes == (Note.TRANSPORTS_DIFFER,)

    def test_no_identity_where_the_verified_channel_has_one(self) -> None:
        cells = alive().target("cloudflare", TLS, LIVE).target("cloudflare", UDP, "NXDOMAIN")
        cells.identity("cloudflare", TLS, "=MXP").identity("cloudflare", UDP, "NXDOMAIN")
        assert cells.verdict().notes == (Note.PATH_INTERFERES,)

    def test_the_identity_of_the_line(self) -> None:
        cells = alive("mi-01").target("google", GOOGLE, LIVE).target("google", "udp:8.8.8.8:53", "NXDOMAIN")
        cells.identity("google", "udp:8.8.8.8:53", "=dns-mi-01").identity("tim", ISP, "=dns-mi-01")
        assert cells.verdict("google").notes == (Note.PATH_INTERFERES,)

    def test_the_egress_of_somebody_else(self) -> None:
        cells = alive().target("cloudflare", TLS, LIVE).target("cloudflare", UDP, "NXDOMAIN")
        cells.whoami("cloudflare", TLS, "162.158.1.1").whoami("cloudflare", UDP, "151.99.125.9")
        assert cells.verdict().notes == (Note.PATH_INTERFERES,)

    def test_another_egress_of_the_same_network_is_no_sign(self) -> None:
        cells = alive().target("cloudflare", TLS, LIVE).target("cloudflare", UDP, "NXDOMAIN")
        cells.whoami("cloudflare", TLS, "162.158.1.1").whoami("cloudflare", UDP, "162.158.9.9")
        assert cells.verdict().notes == (Note.TRANSPORTS_DIFFER,)

    def test_a_stop_page_of_an_authority(self) -> None:
        verdict = alive().target("cloudflare", TLS, LIVE).target("cloudflare", UDP, "217.175.53.72").verdict()
        assert (verdict.outcome, verdict.label, verdict.notes) == (Outcome.OPEN, None, (Note.PATH_INTERFERES,))

    def test_a_stop_page_of_the_line(self) -> None:
        cells = alive("rm-01").target("cloudflare", TLS, LIVE).target("cloudflare", UDP, "83.224.65.74")
        assert cells.verdict().notes == (Note.PATH_INTERFERES,)

    def test_answers_from_another_distance(self) -> None:
        cells = alive().target("cloudflare", TLS, LIVE).target("cloudflare", UDP, "NXDOMAIN", ttl=250)
        cells.good("cloudflare", UDP)
        assert cells.verdict().notes == (Note.PATH_INTERFERES,)

    def test_a_second_datagram(self) -> None:
        cells = alive().target("cloudflare", TLS, LIVE).target("cloudflare", UDP, "NXDOMAIN", also=((LIVE,),))
        verdict = cells.verdict()
        assert (verdict.outcome, verdict.counts) == (Outcome.OPEN, Counts(0, 1, 1))
        assert verdict.notes == (Note.PATH_INTERFERES, Note.MORE_THAN_ONE_ANSWER)

    def test_a_server_where_there_is_none(self) -> None:
        cells = alive().target("cloudflare", TLS, LIVE).target("cloudflare", UDP, "NXDOMAIN")
        cells.add(Role.CANARY, "nobody", "udp:192.0.2.1:53", "NXDOMAIN")
        assert cells.verdict().notes == (Note.PATH_INTERFERES,)

    def test_the_resolver_blocks_and_the_path_answers(self) -> None:
        cells = alive().target("cloudflare", TLS, "NXDOMAIN").target("cloudflare", UDP, LIVE)
        verdict = cells.verdict()
        assert (verdict.outcome, verdict.origin, verdict.notes) == (
            Outcome.BLOCKED, Origin.RESOLVER, (Note.TRANSPORTS_DIFFER,),
        )  # fmt: skip


def test_the_path_is_the_origin_where_nobody_vouches_and_it_is_shown() -> None:
    cells = alive("rm-01").target("cloudflare", TLS, Failure.TIMEOUT).target("cloudflare", UDP, "83.224.65.74")
    verdict = cells.verdict()
    assert (verdict.outcome, verdict.origin, verdict.label) == (Outcome.BLOCKED, Origin.PATH, "vodafone_agcom")
    assert Note.PATH_INTERFERES in verdict.notes


def test_the_endpoint_that_is_not_intercepted_decides() -> None:
    cells = alive("rm-01").target("cloudflare", UDP, "203.0.113.80").target("cloudflare", TCP, LIVE)
    cells.identity("cloudflare", UDP, "=dns-mi-01.tim")
    verdict = cells.verdict()
    assert (verdict.outcome, verdict.origin, verdict.notes) == (
        Outcome.OPEN, Origin.UNATTRIBUTED, (Note.PATH_INTERFERES,),
    )  # fmt: skip


def test_unless_the_path_answers_the_contrary() -> None:
    """What shows the path might have been left out: then the contrary would stand alone."""
    cells = alive("rm-01").target("cloudflare", UDP, "83.224.65.74").target("cloudflare", TCP, LIVE)
    verdict = cells.verdict()
    assert (verdict.rule, verdict.origin, verdict.notes) == ("answers_disagree", None, (Note.PATH_INTERFERES,))


def test_addresses_that_disagree() -> None:
    verdict = alive().target("cloudflare", TLS, LIVE).target("cloudflare", TLS_2, "NXDOMAIN").verdict()
    assert (verdict.outcome, verdict.notes) == (Outcome.INSUFFICIENT, (Note.ADDRESSES_DIFFER,))


def test_transports_of_one_kind_that_disagree() -> None:
    verdict = alive().target("cloudflare", TLS, LIVE).target("cloudflare", HTTPS, "NXDOMAIN").verdict()
    assert (verdict.outcome, verdict.notes) == (Outcome.INSUFFICIENT, (Note.TRANSPORTS_DIFFER,))


def test_a_pool() -> None:
    cells = alive()
    for repeat, said in enumerate((LIVE, "NXDOMAIN", LIVE)):
        cells.target("cloudflare", TLS, said, repeat=repeat)
    verdict = cells.verdict()
    assert (verdict.outcome, verdict.counts, verdict.notes) == (Outcome.INSUFFICIENT, Counts(1, 2, 0), (Note.POOL,))


def test_a_lost_packet_makes_no_pool() -> None:
    cells = alive().good("cloudflare", TLS)
    cells.target("cloudflare", TLS, LIVE).target("cloudflare", TLS, Failure.TIMEOUT, repeat=1)
    assert cells.verdict().outcome is Outcome.OPEN


def test_dnssec_explains_and_does_not_decide() -> None:
    cells = alive().users("cloudflare", TLS, "NXDOMAIN").target("cloudflare", TLS, LIVE, profile=Profile.DNSSEC)
    verdict = cells.verdict()
    assert (verdict.outcome, verdict.notes) == (Outcome.BLOCKED, (Note.PROFILES_DIFFER,))


def test_other_types_are_noted() -> None:
    cells = alive().controls("2001:db8::7", qtype="AAAA").target("cloudflare", TLS, "NXDOMAIN")
    cells.target("cloudflare", TLS, "2001:db8::7", qtype="AAAA")
    verdict = cells.verdict()
    assert (verdict.outcome, verdict.notes) == (Outcome.BLOCKED, (Note.TYPES_DIFFER,))


def test_other_types_decide_where_there_is_no_a() -> None:
    cells = Cells().controls("NODATA").controls("2001:db8::7", qtype="AAAA").target("cloudflare", TLS, "NODATA")
    cells.target("cloudflare", TLS, "2001:db8::7", qtype="AAAA")
    verdict = cells.verdict()
    assert (verdict.outcome, verdict.witness) == (Outcome.OPEN, 5)


class TestControls:
    """Who may say that a name lives."""

    def test_one_operator_twice_is_one(self) -> None:
        verdict = Cells().controls(LIVE, names=("c1", "c1")).target("cloudflare", TLS, LIVE).verdict()
        assert verdict.outcome is Outcome.INSUFFICIENT

    def test_the_targets_own_operator_does_not_count(self) -> None:
        cells = Cells().controls(LIVE, names=("c1",)).add(Role.CONTROL, "quad9-unfiltered", TWIN, LIVE)
        assert cells.target("quad9", QUAD9, LIVE).verdict("quad9").outcome is Outcome.INSUFFICIENT

    def test_an_operator_bound_for_the_name_does_not_count(self) -> None:
        cells = alive().target("cloudflare", TLS, LIVE)
        (free,) = cells.judged()
        (bound,) = cells.judged(bound=(Bound((NAME,), ("c1",)),))
        assert (free.outcome, bound.outcome) == (Outcome.OPEN, Outcome.INSUFFICIENT)

    def test_the_denial_of_an_operator_under_test_does_not_count(self) -> None:
        cells = alive().add(Role.CONTROL, "quad9-unfiltered", TWIN, "NXDOMAIN")
        cells.target("cloudflare", TLS, LIVE).target("quad9-unfiltered", TWIN, "NXDOMAIN")
        assert cells.verdict().outcome is Outcome.OPEN
        assert cells.verdict("quad9-unfiltered").outcome is Outcome.BLOCKED

    @pytest.mark.parametrize("said", ["0.0.0.0", "127.0.0.1", "217.175.53.72", "SERVFAIL", "REFUSED"])
    def test_a_control_that_shows_a_block_or_fails_is_dropped(self, said: str) -> None:
        cells = alive().controls(said, names=("c3",)).target("cloudflare", TLS, LIVE)
        assert cells.verdict().outcome is Outcome.OPEN

    @pytest.mark.parametrize("how", [{"ede": [16]}, {"ede": [22]}, {"soa_at": "additional"}])
    def test_a_denial_that_says_why_is_no_controls(self, how: dict[str, Any]) -> None:
        denied = Cells().controls("NXDOMAIN", **how).target("cloudflare", TLS, "NXDOMAIN").verdict()
        assert denied.rule == "controls_missing"
        cells = alive().controls("NXDOMAIN", names=("c3",), **how).target("cloudflare", TLS, LIVE)
        assert cells.verdict().outcome is Outcome.OPEN

    @pytest.mark.parametrize("said", ["0.0.0.0", "217.175.53.72", ">sito-inibito-giochi.adm.gov.it."])
    def test_a_filtered_control_excuses_nobody_where_others_agree(self, said: str) -> None:
        cells = alive().controls(said, names=("c3",)).target("cloudflare", TLS, said)
        assert cells.verdict().outcome is Outcome.BLOCKED
        fewer = Cells().controls(LIVE, names=("c1",)).controls(said, names=("c3",)).target("cloudflare", TLS, said)
        assert fewer.verdict().outcome is Outcome.INSUFFICIENT

    def test_what_a_twin_withholds_is_no_loss_of_the_rounds(self) -> None:
        cells = alive().good("quad9-unfiltered", TWIN).absent("quad9-unfiltered", TWIN)
        for qtype in ("A", "AAAA", "NS", "SOA"):
            cells.add(Role.CONTROL, "quad9-unfiltered", TWIN, "SERVFAIL", qtype=qtype)
        for repeat in range(4):
            cells.target("quad9-unfiltered", TWIN, "SERVFAIL", repeat=repeat)
        assert cells.verdict("quad9-unfiltered").outcome is Outcome.BLOCKED

    @pytest.mark.parametrize("qtype", ["AAAA", "NS", "SOA"])
    def test_a_name_that_a_control_denies_is_gone_whatever_its_cache_keeps(self, qtype: str) -> None:
        """What does not exist has no type (RFC 8020 §2)."""
        for denying in (("c1",), ("c1", "c2"), ("c3",)):
            cells = alive().controls("NXDOMAIN", qtype=qtype, names=denying).users("cloudflare", TLS, "NXDOMAIN")
            assert cells.verdict().rule == "controls_disagree"
        filtered = alive().controls("NXDOMAIN", qtype=qtype, names=("c3",), ede=[16]).target("cloudflare", TLS, LIVE)
        assert filtered.verdict().outcome is Outcome.OPEN
        bound = alive().controls("NXDOMAIN", qtype=qtype, names=("c3",)).target("cloudflare", TLS, LIVE)
        (verdict,) = bound.judged(bound=(Bound((NAME,), ("c3",)),))
        assert verdict.outcome is Outcome.OPEN

    def test_a_control_that_invents_answers_is_dropped(self) -> None:
        cells = alive().absent("c2", CONTROLS["c2"], LIVE).target("cloudflare", TLS, LIVE)
        assert cells.verdict().rule == "controls_missing"

    def test_a_denial_counts_against_life_though_another_answer_was_lost(self) -> None:
        cells = alive().good("c3", CONTROLS["c3"], Failure.TIMEOUT).controls("NXDOMAIN", names=("c3",))
        assert cells.target("cloudflare", TLS, "NXDOMAIN").verdict().rule == "controls_disagree"
        dead = Cells().controls("NXDOMAIN", names=("c1",)).good("c3", CONTROLS["c3"], Failure.TIMEOUT)
        dead.controls("NXDOMAIN", names=("c3",)).target("cloudflare", TLS, "NXDOMAIN")
        assert dead.verdict().rule == "controls_missing"

    def test_an_address_that_the_controls_give_is_no_sign(self) -> None:
        for address in ("127.0.0.1", "0.0.0.0", "217.175.53.72"):
            verdict = Cells().controls(address).target("cloudflare", TLS, address).verdict()
            assert verdict.outcome is Outcome.INSUFFICIENT

    def test_a_control_must_answer_what_always_answers(self) -> None:
        cells = alive().good("c1", CONTROLS["c1"], "REFUSED").target("cloudflare", TLS, LIVE)
        assert cells.verdict().outcome is Outcome.INSUFFICIENT


class TestDead:
    """A name that exists nowhere."""

    def test_a_block_that_outlives_the_name(self) -> None:
        cells = Cells("mi-01").controls("NXDOMAIN").target("tim", ISP, "127.0.0.1")
        verdict = cells.verdict("tim")
        assert (verdict.outcome, verdict.notes) == (Outcome.BLOCKED, (Note.DEAD_NAME,))

    def test_a_live_answer_may_be_cached(self) -> None:
        verdict = Cells().controls("NXDOMAIN").target("cloudflare", TLS, LIVE, ede=[3]).verdict()
        assert (verdict.outcome, verdict.notes) == (Outcome.INSUFFICIENT, (Note.MAY_BE_CACHED,))

    def test_dead_has_no_origin(self) -> None:
        assert Cells().controls("NXDOMAIN").target("cloudflare", TLS, "NXDOMAIN").verdict().origin is None


class TestKnownNames:
    """What an endpoint makes of names that no order is about."""

    @pytest.mark.parametrize("said", ["REFUSED", "SERVFAIL", "NXDOMAIN"])
    def test_without_the_good_name_a_refusal_shows_nothing(self, said: str) -> None:
        cells = alive().good("cloudflare", TLS, "REFUSED").users("cloudflare", TLS, said)
        verdict = cells.verdict()
        assert (verdict.outcome, verdict.notes) == (Outcome.INSUFFICIENT, (Note.KNOWN_GOOD_FAILS,))

    def test_a_statement_on_port_53_needs_it(self) -> None:
        assert alive().users("cloudflare", UDP, "REFUSED", ede=[16]).verdict().outcome is Outcome.INSUFFICIENT

    def test_an_invented_address_is_no_block(self) -> None:
        cells = Cells().controls("NXDOMAIN").absent("cloudflare", TLS, "10.0.0.1").target("cloudflare", TLS, "10.0.0.1")
        verdict = cells.verdict()
        assert (verdict.outcome, verdict.notes) == (Outcome.INSUFFICIENT, (Note.KNOWN_ABSENT_ANSWERED,))

    def test_everything_led_to_one_page_is_no_block(self) -> None:
        cells = alive().good("cloudflare", UDP, "217.175.53.72").target("cloudflare", UDP, "217.175.53.72")
        assert cells.verdict().outcome is Outcome.INSUFFICIENT


def test_names_hosted_together_may_share_an_address() -> None:
    cells = alive().controls(LIVE, name=OTHER)
    cells.target("cloudflare", TLS, ELSEWHERE).target("cloudflare", TLS, ELSEWHERE, name=OTHER)
    assert {one.rule for one in cells.judged()} == {"address_unknown"}


def test_a_statement_on_an_honest_answer_is_read_second() -> None:
    assert alive().target("cloudflare", TLS, LIVE, ede=[16]).verdict().outcome is Outcome.OPEN


def test_a_stale_answer_may_be_cached() -> None:
    verdict = alive().target("cloudflare", TLS, LIVE, ede=[3]).verdict()
    assert (verdict.outcome, verdict.notes) == (Outcome.OPEN, (Note.MAY_BE_CACHED,))


def test_a_fingerprint_holds_within_its_dates() -> None:
    for year, label in ((2021, "vodafone_seizure"), (2026, None)):
        cells = alive("rm-01", datetime(year, 3, 1, tzinfo=UTC)).target("windtre", WINDTRE, "83.224.65.170")
        verdict = cells.verdict("windtre")
        assert verdict.label == label


def test_never_by_the_neighbourhood_of_a_stop_page() -> None:
    assert alive("rm-01").target("windtre", WINDTRE, "83.224.65.41").verdict("windtre").outcome is Outcome.INSUFFICIENT


def test_another_authoritys_list_is_noted() -> None:
    verdict = alive("mi-01").target("tim", ISP, "217.175.53.72").verdict("tim")
    assert (verdict.label, verdict.notes) == ("adm_gambling", (Note.OTHER_AUTHORITY,))


def test_the_site_that_answered() -> None:
    assert alive().target("cloudflare", TLS, LIVE).identity("cloudflare", TLS, "=MXP").verdict().site == "MXP"


def test_the_site_by_what_the_endpoint_adds_where_it_can() -> None:
    cells = alive().users("cloudflare", UDP, LIVE, nsid=b"waw03").users("cloudflare", TLS, LIVE, nsid=b"87m362")
    assert (cells.verdict().witness, cells.verdict().site) == (4, "87m362")  # a plain question cannot be told


def test_records_of_another_name_deny_nothing() -> None:
    cells = alive().target("cloudflare", TLS, LIVE)
    _, record = cells.records.pop()
    reply = dns.message.make_response(dns.message.from_wire(record.query), recursion_available=True)
    reply.answer.append(dns.rrset.from_text("other.example.", 60, "IN", "A", LIVE))
    cells.put(replace(record, answers=(Answer(1000, reply.to_wire(), 58),)))
    assert cells.verdict().rule == "unusable_answer"


def test_a_name_that_does_not_exist_and_is_not_answered() -> None:
    cells = Cells().controls("NXDOMAIN")
    for endpoint in (TLS, TLS_2):
        cells.good("cloudflare", endpoint).users("cloudflare", endpoint, "SERVFAIL")
    assert cells.verdict().rule == "unanswered_and_dead"


def test_only_the_rules_that_the_policy_names_apply() -> None:
    cells = alive().target("cloudflare", TLS, "NXDOMAIN")
    fewer = replace(POLICY, rules=tuple(rule for rule in POLICY.rules if rule != "nxdomain_but_alive"))
    (verdict,) = judge_round(cells.records, WORLD, fewer)
    assert (verdict.outcome, verdict.rule) == (Outcome.INSUFFICIENT, "no_opinion")


def test_gaps_are_not_counted() -> None:
    cells = alive().target("cloudflare", TLS, Gap.CEILING).target("cloudflare", TLS, LIVE, repeat=1)
    assert cells.verdict().counts == Counts(0, 1, 0)


def test_of_two_records_of_one_cell_the_first_counts() -> None:
    cells = alive().target("cloudflare", TLS, LIVE)
    line, record = Cells().controls(LIVE).target("cloudflare", TLS, "NXDOMAIN").records[-1]
    cells.records.append((line, record))
    assert cells.verdict().outcome is Outcome.OPEN


def test_an_answer_to_another_question_is_none() -> None:
    cells = alive().target("cloudflare", TLS, LIVE)
    line, record = cells.records[-1]
    for wire in (b"\xff\xff" + record.answers[0].wire[2:], record.answers[0].wire[:-3], b"", record.query):
        cells.records[-1] = (line, replace(record, answers=(Answer(1, wire),)))
        assert cells.verdict().rule == "unusable_answer"


def everything() -> Cells:
    """A round with most of what can happen, for the property below."""
    cells = Cells("rm-01").controls(LIVE, names=("c1", "c2", "c1", "c2")).controls("2001:db8::7", qtype="AAAA")
    cells.controls("NXDOMAIN", names=("c3",)).good("cloudflare", TLS).absent("cloudflare", TLS).good(
        "cloudflare", TLS_2
    )
    cells.users("cloudflare", TLS, LIVE).users("cloudflare", TLS_2, "NXDOMAIN").users("cloudflare", UDP, "83.224.65.74")
    cells.target("cloudflare", TLS, LIVE, profile=Profile.DNSSEC).users("cloudflare", HTTPS, Failure.TIMEOUT)
    cells.target("cloudflare", TLS, "2001:db8::7", qtype="AAAA").good("google", GOOGLE).users(
        "google", GOOGLE, "REFUSED"
    )
    cells.target("google", GOOGLE, LIVE, repeat=1).add(Role.CONTROL, "quad9-unfiltered", TWIN, LIVE)
    return cells.target("quad9", QUAD9, "NXDOMAIN", soa=False, ra=False).target("quad9", QUAD9, LIVE, repeat=1)


EVERYTHING = everything().records


NUMBERS = st.integers(0, len(EVERYTHING) - 1)


@settings(deadline=None, derandomize=True, max_examples=400)
@given(st.sets(NUMBERS, max_size=12), st.sets(NUMBERS, max_size=12))
def test_leaving_records_out_never_turns_a_verdict_on_a_resolver_round(lost: set[int], left_out: set[int]) -> None:
    kept = set(range(len(EVERYTHING))) - lost

    def said(numbers: set[int]) -> dict[tuple[str, str], Verdict]:
        verdicts = judge_round([EVERYTHING[number] for number in sorted(numbers)], WORLD, POLICY)
        return {(one.resolver, one.name): one for one in verdicts if one.origin is Origin.RESOLVER}

    before, after = said(kept), said(kept - left_out)
    for key in before.keys() & after.keys():
        assert before[key].outcome is after[key].outcome


def test_what_a_line_is_known_for_names_no_public_resolver() -> None:
    verdict = alive("rm-01").target("cloudflare", TLS, "NXDOMAIN").verdict()
    assert (verdict.outcome, verdict.label) == (Outcome.BLOCKED, None)
    assert alive("mi-01").target("cloudflare", TLS, "127.0.0.1").verdict().label is None


def test_a_loopback_address_is_no_lines_own() -> None:
    """The line's own resolver is known for it; so might any other be."""
    cells = alive("mi-01").target("cloudflare", TLS, LIVE).target("cloudflare", UDP, "127.0.0.1")
    assert cells.verdict().notes == (Note.TRANSPORTS_DIFFER,)
    alone = alive("mi-01").target("old", "udp:198.18.90.1:53", "127.0.0.1").verdict("old")
    assert (alone.outcome, alone.origin) == (Outcome.BLOCKED, Origin.UNATTRIBUTED)


@pytest.mark.parametrize("code", [9, 22, 23])
def test_a_fault_told_to_one_profile_is_told_to_all(code: int) -> None:
    """A stub cannot be told why; the same question with EDNS was: it is a failure, and no block (RFC 8914 §4.23)."""
    cells = alive().good("cloudflare", TLS)
    for repeat in range(4):
        cells.target("cloudflare", TLS, "SERVFAIL", profile=Profile.STUB, repeat=repeat)
    assert cells.verdict().outcome is Outcome.BLOCKED
    cells.target("cloudflare", TLS, "SERVFAIL", ede=[code])
    assert cells.verdict().outcome is Outcome.INSUFFICIENT


def test_a_stale_denial_told_to_one_profile_is_told_to_all() -> None:
    cells = alive().good("cloudflare", TLS).target("cloudflare", TLS, "NXDOMAIN", profile=Profile.STUB)
    assert cells.verdict().outcome is Outcome.BLOCKED
    cells.target("cloudflare", TLS, "NXDOMAIN", ede=[19])
    assert cells.verdict().rule == "fault_stated"


def silent(form: Failure | str = Failure.TIMEOUT) -> Cells:
    """Four questions for the name that get no answer, beside another name that does."""
    cells = alive().good("cloudflare", TLS)
    for repeat in range(4):
        cells.target("cloudflare", TLS, form, repeat=repeat)
    return cells


class TestSilence:
    """Answers that are lost, and a name that is left without any."""

    @pytest.mark.parametrize("silent", [Failure.TIMEOUT, "SERVFAIL"])
    def test_a_few_of_many(self, silent: Failure | str) -> None:
        cells = alive().good("cloudflare", TLS).users("cloudflare", TLS, silent)
        cells.target("cloudflare", TLS, LIVE, profile=Profile.DNSSEC).users("cloudflare", UDP, LIVE)
        verdict = cells.verdict()
        assert (verdict.outcome, verdict.origin) == (Outcome.OPEN, Origin.UNATTRIBUTED)

    @pytest.mark.parametrize("silent", [Failure.TIMEOUT, "SERVFAIL"])
    def test_where_another_type_is_answered(self, silent: Failure | str) -> None:
        cells = alive().good("cloudflare", TLS)
        for repeat in range(4):
            cells.target("cloudflare", TLS, silent, repeat=repeat)
        assert cells.verdict().outcome is Outcome.BLOCKED
        cells.target("cloudflare", TLS, "2001:db8::7", qtype="AAAA")
        assert cells.verdict().outcome is Outcome.INSUFFICIENT

    def test_where_another_name_is_lost_too(self) -> None:
        cells = alive().good("cloudflare", TLS)
        for repeat in range(4):
            cells.target("cloudflare", TLS, Failure.TIMEOUT, repeat=repeat)
        cells.absent("cloudflare", TLS, Failure.TIMEOUT)
        assert cells.verdict().outcome is Outcome.INSUFFICIENT

    def test_dnssec_may_be_answered(self) -> None:
        """BIND drops a signed name's plain questions and answers those that ask for DNSSEC."""
        cells = alive().good("cloudflare", TLS).target("cloudflare", TLS, LIVE, profile=Profile.DNSSEC)
        for repeat in range(4):
            cells.target("cloudflare", TLS, Failure.TIMEOUT, repeat=repeat)
        verdict = cells.verdict()
        assert (verdict.outcome, verdict.how, verdict.notes) == (
            Outcome.BLOCKED, How.TIMEOUT, (Note.PROFILES_DIFFER,),
        )  # fmt: skip

    def test_what_the_path_answers_is_no_answer_of_the_resolver(self) -> None:
        cells = silent().target("cloudflare", UDP, "83.224.65.74").add(Role.CANARY, "no-dns", "udp:192.0.2.53:53", LIVE)
        verdict = cells.verdict()
        assert (verdict.outcome, verdict.how, verdict.origin) == (
            Outcome.BLOCKED, How.TIMEOUT, Origin.UNATTRIBUTED,
        )  # fmt: skip

    def test_nobody_vouches_for_silence(self) -> None:
        """Whoever holds the path can make it on any channel; on its own line that is the operator's doing."""
        assert silent().verdict().origin is Origin.UNATTRIBUTED
        assert silent("SERVFAIL").verdict().origin is Origin.RESOLVER
        at_home = alive("mi-01").good("tim", ISP)
        for repeat in range(4):
            at_home.target("tim", ISP, Failure.TIMEOUT, repeat=repeat)
        assert at_home.verdict("tim").origin is Origin.RESOLVER

    def test_a_policy_does_one_thing(self) -> None:
        assert silent().target("cloudflare", TLS, "SERVFAIL", repeat=9).verdict().rule == "not_repeated"
        faulty = silent().target("cloudflare", TLS, "SERVFAIL", ede=[22], profile=Profile.DNSSEC)
        assert faulty.verdict().rule == "not_repeated"

    def test_where_the_same_was_asked_as_of_a_control(self) -> None:
        cells = alive().good("quad9-unfiltered", TWIN).add(Role.CONTROL, "quad9-unfiltered", TWIN, LIVE)
        for repeat in range(4):
            cells.target("quad9-unfiltered", TWIN, Failure.TIMEOUT, repeat=repeat)
        assert cells.verdict("quad9-unfiltered").outcome is Outcome.INSUFFICIENT

    def test_where_the_round_loses_answers(self) -> None:
        """One of five others is lost: four in a row would be lost by chance once in 625 rounds."""
        cells = silent().absent("cloudflare", TLS).good("google", GOOGLE, Failure.TIMEOUT)
        assert (
            cells.verdict().outcome is Outcome.BLOCKED
        )  # an endpoint that answers nothing at all loses nothing by chance
        cells.target("google", GOOGLE, LIVE)
        assert cells.verdict().rule == "not_repeated"

    def test_where_the_endpoint_loses_others(self) -> None:
        """A connection that stalls answers the first questions of many and then nobody."""
        assert (
            silent().add(Role.IDENTITY, "cloudflare", TLS, Failure.TIMEOUT, name=WHOAMI).verdict().rule
            == "not_repeated"
        )
        cells = silent().target("cloudflare", TLS, LIVE, name=OTHER)
        assert cells.verdict().outcome is Outcome.BLOCKED
        assert cells.target("cloudflare", TLS, Failure.TIMEOUT, name=OTHER, repeat=1).verdict().rule == "not_repeated"

    @pytest.mark.parametrize(
        ("lost", "asked", "needed"), [(0, 0, 4), (0, 9, 4), (1, 60, 4), (1, 30, 5), (1, 5, 11), (9, 9, 64)]
    )
    def test_how_many_it_takes(self, lost: int, asked: int, needed: int) -> None:
        assert silences_needed(lost, asked) == needed


class TestAddresses:
    """Names with different addresses in different places."""

    def test_one_control_with_the_same_page(self) -> None:
        cells = alive().controls(ELSEWHERE, names=("c3",)).target("cloudflare", TLS, ELSEWHERE)
        assert cells.verdict().rule == "address_unconfirmed"

    def test_a_name_that_each_place_gets_other_addresses_of(self) -> None:
        """Each control knows others, one of them two: an address of those that are linked, or of two of them, is true."""
        cells = Cells().controls("192.0.2.1", "192.0.2.2", names=("c1",)).controls("192.0.2.2", names=("c2",))
        cells.controls("192.0.2.3", names=("c3",))
        for addresses, outcome in (
            (("192.0.2.1",), Outcome.OPEN),
            (("192.0.2.3",), Outcome.INSUFFICIENT),
            (("192.0.2.3", "192.0.2.1"), Outcome.OPEN),
        ):
            asked = Cells()
            for _, record in cells.records:
                asked.put(record)
            assert asked.target("cloudflare", TLS, *addresses).verdict().outcome is outcome

    def test_an_edge_that_serves_two_names(self) -> None:
        edge = "198.18.9.9"
        cells = Cells().controls(LIVE, names=("c1",)).controls("192.0.2.50", names=("c2",))
        cells.controls("192.0.2.77", name=OTHER, names=("c1",)).controls("192.0.2.78", name=OTHER, names=("c2",))
        cells.users("cloudflare", TLS, edge).users("cloudflare", TLS, edge, name=OTHER)
        assert {one.rule for one in cells.judged()} == {"address_unknown"}

    def test_the_alias_of_a_content_network(self) -> None:
        alias = ">e7.cdn.example."
        cells = Cells().controls(alias, "192.0.2.50").controls(alias, "192.0.2.51", name=OTHER)
        cells.users("cloudflare", TLS, alias, ELSEWHERE).users("cloudflare", TLS, alias, ELSEWHERE, name=OTHER)
        assert {one.rule for one in cells.judged()} == {"address_unknown"}

    def test_a_statement_on_an_address_of_a_name_with_many(self) -> None:
        cells = Cells().controls(LIVE, names=("c1",)).controls("192.0.2.50", names=("c2",))
        assert cells.target("cloudflare", TLS, ELSEWHERE, ede=[16]).verdict().outcome is Outcome.INSUFFICIENT
        assert alive().target("cloudflare", TLS, ELSEWHERE, ede=[16]).verdict().rule == "ede_censored"


def test_a_channel_that_a_probe_cannot_use_does_not_matter() -> None:
    quic = "quic:9.9.9.9:853#dns.quad9.net"
    cells = alive().good("quad9", QUAD9).users("quad9", QUAD9, LIVE).users("quad9", quic, Gap.TRANSPORT_UNAVAILABLE)
    verdict = cells.verdict("quad9")
    assert (verdict.outcome, verdict.origin) == (Outcome.OPEN, Origin.RESOLVER)
    assert alive().users("quad9", quic, LIVE).verdict("quad9").origin is Origin.RESOLVER


def test_an_alias_to_a_stop_page() -> None:
    """With the page's address or without."""
    page = ">sito-inibito-giochi.adm.gov.it."
    for said in ((page, "217.175.53.72"), (page,)):
        verdict = alive().target("cloudflare", TLS, *said).verdict()
        assert (verdict.outcome, verdict.how, verdict.label) == (Outcome.BLOCKED, How.CNAME, "adm_gambling")


def test_what_was_answered_where_nothing_else_is_shows_no_failure() -> None:
    cells = alive("mi-01").target("tim", ISP, "NXDOMAIN", ede=[15]).good("tim", ISP, Failure.TIMEOUT)
    assert cells.verdict("tim").rule == "endpoint_unfit"


def test_silence_over_the_verified_channel_is_not_overruled_by_port_53() -> None:
    cells = alive()
    for endpoint in (TLS, TLS_2):
        cells.good("cloudflare", endpoint).users("cloudflare", endpoint, Failure.TIMEOUT)
    assert cells.verdict().outcome is Outcome.BLOCKED
    assert cells.users("cloudflare", UDP, LIVE).verdict().rule == "verified_undecided"


class TestUsualShape:
    """How an endpoint denies every name tells nothing of one."""

    @pytest.mark.parametrize("usual", [{"soa": False, "ra": False}, {}])
    def test_a_shape_that_everything_has_is_no_operators_mark(self, usual: dict[str, Any]) -> None:
        cells = alive().target("quad9", QUAD9, "NXDOMAIN", soa=False, ra=False)
        cells.absent("quad9", QUAD9, "NXDOMAIN", **usual)
        verdict = cells.verdict("quad9")
        assert (verdict.outcome, verdict.label) == (Outcome.BLOCKED, None if usual else "quad9_block")

    def test_nor_is_it_unlike_the_twin(self) -> None:
        shape: dict[str, Any] = {"soa": False, "ra": False}
        cells = Cells().add(Role.CONTROL, "quad9-unfiltered", TWIN, LIVE).target("quad9", QUAD9, "NXDOMAIN", **shape)
        assert cells.verdict("quad9").rule == "unlike_its_twin"
        cells.absent("quad9", QUAD9, "NXDOMAIN", **shape)
        assert cells.verdict("quad9").rule == "controls_missing"

    @pytest.mark.parametrize(
        ("what", "how"),
        [
            ("NXDOMAIN", {"soa_at": "additional"}),
            ("NXDOMAIN", {"soa_data": "ns.localhost. root.localhost. 1 2 3 4 300"}),
            *(("NXDOMAIN", {"ede": [code]}) for code in (4, 15, 16, 17)),
            ("NODATA", {"ede": [15]}),
        ],
    )
    def test_a_mark_on_every_denial_shows_no_block(self, what: str, how: dict[str, Any]) -> None:
        cells = Cells().controls("NXDOMAIN").target("cloudflare", TLS, what, **how)
        assert cells.verdict().outcome is Outcome.BLOCKED
        cells.absent("cloudflare", TLS, what, **how)
        assert cells.verdict().rule == "mark_on_every_denial"

    def test_nor_does_it_hide_what_the_controls_contradict(self) -> None:
        cells = alive().target("cloudflare", TLS, "NXDOMAIN", ede=[15]).absent("cloudflare", TLS, "NXDOMAIN", ede=[15])
        assert (cells.verdict().outcome, cells.verdict().rule) == (Outcome.BLOCKED, "nxdomain_but_alive")

    def test_another_mark_counts(self) -> None:
        cells = Cells().controls("NXDOMAIN").target("cloudflare", TLS, "NXDOMAIN", ede=[15, 16])
        assert cells.absent("cloudflare", TLS, "NXDOMAIN", ede=[15]).verdict().rule == "ede_censored"

    def test_what_is_told_with_a_fault_is_unlike_nothing(self) -> None:
        cells = Cells().add(Role.CONTROL, "quad9-unfiltered", TWIN, LIVE)
        cells.target("quad9", QUAD9, "NXDOMAIN", soa=False, ra=False, ede=[19])
        assert cells.verdict("quad9").rule == "fault_stated"


class TestInvented:
    """An endpoint that answers names which do not exist."""

    def test_the_same_address_is_neither_open_nor_a_contradiction(self) -> None:
        for controls in (Cells().controls(ELSEWHERE), Cells().controls(LIVE)):
            cells = controls.absent("cloudflare", TLS, ELSEWHERE).target("cloudflare", TLS, ">page.example.", ELSEWHERE)
            verdict = cells.verdict()
            assert (verdict.rule, verdict.notes) == ("address_invented", (Note.KNOWN_ABSENT_ANSWERED,))

    def test_the_same_address_for_many_names(self) -> None:
        cells = alive().controls("192.0.2.77", name=OTHER).absent("cloudflare", TLS, ELSEWHERE)
        cells.target("cloudflare", TLS, ELSEWHERE).target("cloudflare", TLS, ELSEWHERE, name=OTHER)
        assert {one.rule for one in cells.judged()} == {"address_invented"}

    @pytest.mark.parametrize("page", [("217.175.53.72",), (">warning.ivass.it.", "192.0.2.5"), ("0.0.0.0",)])
    def test_a_page_for_names_that_do_not_exist_blocks_none_of_them(self, page: tuple[str, ...]) -> None:
        cells = Cells().controls("NXDOMAIN").target("cloudflare", TLS, *page)
        assert cells.verdict().outcome is Outcome.BLOCKED
        assert cells.absent("cloudflare", TLS, *page).verdict().rule == "address_invented"

    def test_another_address_is_read_as_ever(self) -> None:
        cells = alive().absent("cloudflare", TLS, ELSEWHERE).target("cloudflare", TLS, LIVE)
        assert cells.verdict().outcome is Outcome.OPEN


class TestCacheAndDueTime:
    """An answer that a cache may have kept since before the order fell due."""

    DUE = datetime(2026, 11, 21, 12, tzinfo=UTC)

    def verdict(self, *, hours: float, ttl: int, cache_s: int = 86400, operator: str = "cloudflare") -> Verdict:
        """Of an answer so many hours after the due time, with so many seconds left to keep it."""
        at = self.DUE + timedelta(hours=hours)
        cells = alive(at=at).target("cloudflare", TLS, LIVE, ttl_s=ttl)
        bound = (Bound((NAME,), ("somebody",)), Bound((NAME.rstrip("."),), (operator,), self.DUE))
        memory = Memory()
        policy = default_policy(WORLD, bound, cache_s=cache_s)
        (verdict,) = judge_round(cells.records, WORLD, policy, memory=memory)
        assert judge_round(cells.records, WORLD, policy, memory=memory) == [verdict]
        assert verdict.outcome is Outcome.OPEN
        return verdict

    @pytest.mark.parametrize(
        ("hours", "ttl", "noted"),
        [
            (-1, 60, False),  # not due yet
            (0, 60, True),
            (1, 60, True),
            (23.9, 60, True),
            (24, 0, False),  # whatever a cache kept since before is gone
            (23.9, 86400, False),  # kept since this very moment
            (1, 86400 - 3600, False),  # kept since the due time at the earliest
            (1, 86400 - 3601, True),
            (1, 2**31 - 1, False),
        ],
    )
    def test_by_what_remains(self, *, hours: float, ttl: int, noted: bool) -> None:
        assert (Note.MAY_BE_CACHED in self.verdict(hours=hours, ttl=ttl).notes) is noted

    def test_only_of_those_whom_the_order_obliges(self) -> None:
        assert self.verdict(hours=1, ttl=60, operator="quad9").notes == ()

    def test_by_what_the_policy_says_of_caches(self) -> None:
        assert self.verdict(hours=1, ttl=60, cache_s=3700).notes == (Note.MAY_BE_CACHED,)
        assert self.verdict(hours=1, ttl=60, cache_s=3600).notes == ()

    def test_with_other_notes_in_their_order(self) -> None:
        cells = alive(at=self.DUE).controls("2001:db8::7", qtype="AAAA").users("cloudflare", TLS, LIVE)
        cells.target("cloudflare", TLS, "NXDOMAIN", qtype="AAAA").target("cloudflare", UDP, "NXDOMAIN")
        policy = default_policy(WORLD, (Bound((NAME,), ("cloudflare",), self.DUE),))
        (verdict,) = judge_round(cells.records, WORLD, policy)
        assert verdict.notes == (Note.TRANSPORTS_DIFFER, Note.TYPES_DIFFER, Note.MAY_BE_CACHED)


@pytest.mark.parametrize("silent", ["SERVFAIL", Failure.TIMEOUT])
def test_a_name_that_fails_elsewhere_is_not_withheld_by_failing_here(silent: str | Failure) -> None:
    """One control that is not under test fails on the name, if only for another type: its servers are in trouble."""

    def cells() -> Cells:
        found = (
            Cells().controls(LIVE).good("cloudflare", TLS).absent("cloudflare", TLS).users("cloudflare", TLS, silent)
        )
        found.target("cloudflare", TLS, silent, profile=Profile.DNSSEC)
        return found.target("cloudflare", TLS, silent, qtype="AAAA")

    assert cells().verdict().outcome is Outcome.BLOCKED
    troubled = cells().add(Role.CONTROL, "c3", CONTROLS["c3"], "SERVFAIL", qtype="NS").verdict()
    assert (troubled.outcome, troubled.rule) == (Outcome.INSUFFICIENT, "not_repeated")


def test_who_is_under_test_confirms_no_address() -> None:
    """A twin that withholds the name by the very page, and a filtered control: two that agree, and the site is elsewhere."""
    page = "203.0.113.80"
    cells = Cells().controls(LIVE, names=("c1",)).controls(page, names=("c2",))
    cells.add(Role.CONTROL, "quad9-unfiltered", TWIN, page).users("quad9-unfiltered", TWIN, page)
    verdict = cells.users("cloudflare", TLS, page).verdict()
    assert (verdict.outcome, verdict.rule) == (Outcome.INSUFFICIENT, "address_unconfirmed")
    honest = (
        Cells().controls(LIVE).add(Role.CONTROL, "quad9-unfiltered", TWIN, LIVE).users("quad9-unfiltered", TWIN, LIVE)
    )
    assert honest.users("cloudflare", TLS, LIVE).verdict().outcome is Outcome.OPEN
