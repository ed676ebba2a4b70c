"""Which names are candidates and why, on a small invented world."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.successors.asking import names_to_ask
from collector.successors.candidates import Candidate, Pool, Redirect, candidates
from collector.successors.families import bare, changes_seen, families
from collector.successors.finding import builtin_shared, host_of
from collector.successors.grounds import FEW, QUEUE_FROM, WEIGHTS, Ground, Reason
from collector.successors.ties import Known, Provider, Shared
from schema.order import Attached, Order, Scope, ScopeRule
from schema.words import Ground as Said

AT = datetime(2026, 11, 1, tzinfo=UTC)
SHARED = Shared(
    [Provider("ns_below", "cdn.example", ""), Provider("ns_label", "pool-", ""), Provider("contact_below", "cdn.example", "")],
    lambda address: address.startswith("203.0.113."),
)  # fmt: skip


def order(*scope: Scope, identifier: str = "milano") -> Order:
    return Order(
        id=identifier, title="An order", authority="Tribunale", issued_on=date(2022, 7, 11), addressees=("cloudflare",),
        starts_on=date(2022, 7, 11), grace_days=30, scope=scope,
    )  # fmt: skip


SITE = (
    Scope("examplesite.to.", ScopeRule.EXACT, "example"),
    Scope("examplesite.to.", ScopeRule.ADJUDICATED, "example"),
)
OWN: dict[str, Any] = {
    "name_servers": ("ns1.own.example.", "ns2.own.example."),
    "soa": "ns1.own.example. boss.own.example.",
    "addresses": ("198.51.100.7",),
}


def alive(
    name: str,
    name_servers: tuple[str, ...] = (),
    soa: str = "",
    addresses: tuple[str, ...] = (),
    *,
    parked: bool = False,
) -> Known:
    return Known(name, Said.ALIVE, parked, AT, name_servers, soa, addresses, AT)


def found(
    *known: Known, listed: dict[str, tuple[str, ...]] | None = None, redirects: tuple[Redirect, ...] = (),
    orders: tuple[Order, ...] = (order(*SITE),), shared: Shared = SHARED,
) -> dict[str, Candidate]:  # fmt: skip
    pool = Pool({one.name: one for one in known}, listed or {}, redirects)
    every = [one for each in orders for one in families(each)]
    return {one.name: one for one in candidates(every, pool, shared, covered=lambda _order, _name: False)}


def grounds(candidate: Candidate) -> list[Ground]:
    return [one.ground for one in candidate.reasons]


def test_same_label_under_another_suffix() -> None:
    one = found(alive("examplesite.to."), alive("examplesite.co.uk."))["examplesite.co.uk."]
    assert grounds(one) == [Ground.SAME_LABEL]
    assert one.score == WEIGHTS[Ground.SAME_LABEL].full
    assert one.queued
    assert one.reasons[0].said("en") == "the same label examplesite as examplesite.to, under another suffix"
    assert "stessa etichetta" in one.reasons[0].said("it")


def test_label_below_another_registered_name_is_no_candidate() -> None:
    """The name of a proxy: whoever registered it is somebody else."""
    assert not found(alive("examplesite.nocensor.example."), alive("examplesite.github.io."))


def test_short_label_says_less() -> None:
    short = order(Scope("ex.to.", ScopeRule.EXACT, "example"))
    one = found(alive("ex.net."), orders=(short,))["ex.net."]
    assert one.score == WEIGHTS[Ground.SAME_LABEL].part
    assert not one.queued


def test_a_change_weighs_less_than_one_seen_before() -> None:
    seen = order(
        Scope("othersite.to.", ScopeRule.EXACT, "other"),
        Scope("ilothersite.to.", ScopeRule.LISTED_ALIAS, "other"),
        identifier="older",
    )
    one = found(alive("ilexamplesite.net."))["ilexamplesite.net."]
    assert (grounds(one), one.queued) == ([Ground.CHANGE], False)
    one = found(alive("ilexamplesite.net."), orders=(order(*SITE), seen))["ilexamplesite.net."]
    assert (grounds(one), one.queued) == ([Ground.SEEN_CHANGE], True)


def test_a_change_and_a_list_together_are_queued() -> None:
    one = found(alive("ilexamplesite.net."), listed={"ilexamplesite.net.": ("agcom",)})["ilexamplesite.net."]
    assert (grounds(one), one.queued) == ([Ground.CHANGE, Ground.LISTED], True)


def test_a_list_alone_ties_nothing() -> None:
    assert not found(alive("unrelated.net."), listed={"unrelated.net.": ("agcom",)})


def test_own_servers_tie_names_of_any_label() -> None:
    one = found(alive("examplesite.to.", **OWN), alive("unlike.red.", **OWN))["unlike.red."]
    assert grounds(one) == [Ground.NAME_SERVERS, Ground.ADDRESS, Ground.CONTACT]
    assert one.score == 100
    assert all(reason.others == 0 for reason in one.reasons)


@pytest.mark.parametrize("others", range(1, FEW + 3))
def test_what_more_than_a_few_share_ties_nothing(others: int) -> None:
    strangers = [alive(f"stranger{number}.net.", ("ns1.own.example.",)) for number in range(others)]
    one = found(
        alive("examplesite.to.", ("ns1.own.example.",)), alive("unlike.red.", ("ns1.own.example.",)), *strangers
    ).get("unlike.red.")
    if others <= FEW:
        assert one is not None
        assert one.reasons == (
            Reason(
                Ground.NAME_SERVERS, "ns1.own.example.", "examplesite.to.", others, WEIGHTS[Ground.NAME_SERVERS].part
            ),
        )
    else:
        assert one is None


def test_names_that_resemble_the_site_are_no_strangers() -> None:
    mirrors = [
        alive(f"examplesite.{suffix}.", ("ns1.own.example.",))
        for suffix in ("net", "org", "com", "it", "fr", "de", "es")
    ]
    one = found(alive("examplesite.to.", ("ns1.own.example.",)), alive("unlike.red.", ("ns1.own.example.",)), *mirrors)[
        "unlike.red."
    ]
    assert one.reasons[0].others == 0


@pytest.mark.parametrize(
    "shared",
    [
        {"name_servers": ("ada.cdn.example.",)},
        {"name_servers": ("ns3.pool-07.example.",)},
        {"soa": "ada.cdn.example. dns.cdn.example."},
        {"addresses": ("203.0.113.9",)},
    ],
    ids=lambda shared: next(iter(shared)),
)
def test_providers_tie_nothing(shared: dict[str, Any]) -> None:
    """Even where only two names are known to be there: the table knows that many are."""
    assert not found(alive("examplesite.to.", **shared), alive("unlike.red.", **shared))


@pytest.mark.parametrize("ground", [Said.DEAD, Said.NODATA, None])
def test_what_is_not_there_is_told_and_not_queued(ground: Said | None) -> None:
    one = found(Known("examplesite.net.", ground))["examplesite.net."]
    assert one.score >= QUEUE_FROM
    assert not one.queued
    assert one.state == (ground.value if ground else "unasked")


def test_parked_is_not_queued() -> None:
    one = found(alive("examplesite.net.", parked=True))["examplesite.net."]
    assert (one.state, one.queued) == ("parked", False)


def test_two_sites_of_one_name() -> None:
    """A living site on its own servers, and another group on its own: nothing ties them, and that is said."""
    group: dict[str, Any] = {"name_servers": ("ns1.group.example.",), "addresses": ("198.51.100.99",)}
    known = (
        alive("examplesite.to.", **OWN),
        alive("examplesite.bz.", **group),
        alive("ilexamplesite.ws.", **group),
        alive("kat.li.", **group),
    )
    by_name = found(*known, listed={"ilexamplesite.ws.": ("agcom",)})
    assert grounds(by_name["examplesite.bz."]) == [Ground.SAME_LABEL, Ground.ELSEWHERE]
    assert grounds(by_name["ilexamplesite.ws."]) == [Ground.CHANGE, Ground.LISTED, Ground.ELSEWHERE]
    assert not by_name["ilexamplesite.ws."].queued
    assert "kat.li." not in by_name


def test_elsewhere_is_said_only_against_a_living_member() -> None:
    dead = Known("examplesite.to.", Said.DEAD, False, AT, ("ns1.own.example.",), "", ("198.51.100.7",), AT)
    one = found(dead, alive("examplesite.bz.", ("ns1.group.example.",), "", ("198.51.100.99",)))["examplesite.bz."]
    assert grounds(one) == [Ground.SAME_LABEL]


def test_where_a_dead_member_stood_ties_still() -> None:
    dead = Known("examplesite.to.", Said.DEAD, False, AT, ("ns1.own.example.",), "", ("198.51.100.7",), AT)
    assert grounds(found(dead, alive("unlike.red.", ("ns1.own.example.",)))["unlike.red."]) == [Ground.NAME_SERVERS]


def test_a_redirect_of_the_site_itself() -> None:
    one = found(
        alive("examplesite.to."),
        alive("unlike.red."),
        redirects=(Redirect("examplesite.to.", "unlike.red.", "ab" * 32),),
    )["unlike.red."]
    assert grounds(one) == [Ground.REDIRECT]
    assert one.queued
    assert one.reasons[0].witness == "ab" * 32


def test_where_a_site_leads_is_queued_before_anybody_asked() -> None:
    led = (Redirect("examplesite.to.", "unlike.red.", "ab" * 32),)
    assert found(alive("examplesite.to."), redirects=led)["unlike.red."].queued
    assert not found(alive("examplesite.to."), Known("unlike.red.", Said.DEAD), redirects=led)["unlike.red."].queued


def test_the_www_form_of_a_list_is_the_name() -> None:
    one = found(alive("www.examplesite.com."), listed={"www.examplesite.com.": ("agcom",)})["examplesite.com."]
    assert grounds(one) == [Ground.SAME_LABEL, Ground.LISTED]
    assert one.queued


def test_members_are_no_candidates_and_bring_their_labels() -> None:
    attached = Attached("ex2site.net.", "Anna", date(2023, 1, 1), "same", "seen")
    grown = order(SITE[0], Scope("examplesite.to.", ScopeRule.ADJUDICATED, "example", attached=(attached,)))
    by_name = found(alive("ex2site.net."), alive("ex2site.org."), orders=(grown,))
    assert list(by_name) == ["ex2site.org."]


def test_what_the_order_covers_is_no_candidate() -> None:
    pool = Pool({"examplesite.net.": alive("examplesite.net.")}, {})
    assert not candidates(
        families(order(*SITE)), pool, SHARED, covered=lambda one, name: (one, name) == ("milano", "examplesite.net.")
    )


def test_names_to_ask() -> None:
    wanted = names_to_ask(families(order(*SITE)), ["net", "to", "org"])
    assert {"examplesite.net.", "examplesite.org.", "ilexamplesite.to.", "examplesites.to."} <= set(wanted)
    assert "examplesite.to." not in wanted
    assert not names_to_ask(families(order(Scope("ex.to.", ScopeRule.EXACT))), ["net"])


def test_changes_are_learnt_from_every_family_there_is() -> None:
    one = order(Scope("examplesite.to.", ScopeRule.EXACT, "a"), Scope("examplesitehydra.to.", ScopeRule.EXACT, "a"))
    assert changes_seen(families(one)) == {"ending hydra"}


@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("https://Next.Example/path?q", "next.example."),
        ("//next.example", "next.example."),
        ("/login", None),
        ("https://192.0.2.1/", None),
        ("https://[2001:db8::1]/", None),
        ("https://[broken", None),
        ("https://user:pass@next.example:8443/", "next.example."),
        ("", None),
    ],
)
def test_host_of(location: str, host: str | None) -> None:
    assert host_of(location) == host


@given(st.text())
def test_host_of_anything(location: str) -> None:
    host_of(location)


def test_bare() -> None:
    assert bare("www.example.com.") == "example.com."
    assert bare("www.com.") == "www.com."
    assert bare("www.a.example.com.") == "www.a.example.com."


def test_the_tables_that_come_with_the_program() -> None:
    shared = builtin_shared()
    assert shared.common(Ground.NAME_SERVERS, "ada.ns.cloudflare.com.")
    assert shared.common(Ground.NAME_SERVERS, "ns-2048.awsdns-64.com.")
    assert shared.common(Ground.ADDRESS, "104.16.0.1")
    assert not shared.common(Ground.NAME_SERVERS, "ns1.example.com.")


NAMES = st.sampled_from(["examplesite.to.", "examplesite.bz.", "unlike.red.", "stranger.net.", "ilexamplesite.org."])
SERVERS = st.sets(st.sampled_from(["ns1.own.example.", "ns2.own.example.", "ns1.cdn.example."]), max_size=2)
KNOWN = st.lists(
    st.builds(
        lambda name, ground, servers: Known(name, ground, False, AT, tuple(sorted(servers)), "", (), AT),
        NAMES, st.sampled_from(list(Said)), SERVERS,
    ),
    unique_by=lambda one: one.name,
)  # fmt: skip


@given(KNOWN, st.randoms(use_true_random=False))
def test_the_order_in_which_names_are_known_changes_nothing(known: list[Known], dice: object) -> None:
    shuffled = list(known)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]  # a random.Random of hypothesis
    assert found(*known) == found(*shuffled)


@given(KNOWN)
def test_what_is_queued_is_alive_and_has_its_reasons(known: list[Known]) -> None:
    for one in found(*known).values():
        assert one.reasons
        assert one.score == sum(reason.weight for reason in one.reasons)
        assert not one.queued or (one.state == "alive" and one.score >= QUEUE_FROM)
