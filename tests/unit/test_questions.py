"""What a question set asks for: of whom how often, and what tells a pool, a new registration or a device on the path."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from collector.config import Config
from collector.looks import Sight
from collector.questions import POOL_REPEATS, LatelySeen, build_questions
from collector.registry import builtin_world
from probe.config import ProbeConfig
from schema.cells import applicable, expand
from schema.names import ROOT
from schema.pace import schedule
from schema.plan import PlanVantage
from schema.registry import CANARY, CANARY_ENDPOINTS, KNOWN_GOOD, Resolver, World
from schema.words import Kind, Profile, Role, Transport
from tests.helpers.batches import NAMES, WORLD

CELLS = expand(build_questions(WORLD, NAMES))
_WINDOW_S = Config("", "").window_s
_ENDPOINTS = {
    "udp": "udp:203.0.113.77:53",
    "tcp": "tcp:203.0.113.77:53",
    "tls": "tls:203.0.113.77:853#dns.example",
    "https": "https:203.0.113.77:443#dns.example/dns-query",
    "quic": "quic:203.0.113.77:853#dns.example",
}


def repeats(questions: bytes) -> dict[tuple[str, str], int]:
    """How often the A of a resolver and name is asked for with EDNS at each endpoint, the same at all of them."""
    return _put(questions, "A", Profile.EDNS)


def _put(questions: bytes, qtype: str, profile: Profile) -> dict[tuple[str, str], int]:
    asked = Counter(
        (one.resolver, one.name, one.endpoint)
        for one in expand(questions)
        if one.role is Role.TARGET and (one.qtype, one.profile) == (qtype, profile)
    )
    often: dict[tuple[str, str], set[int]] = {}
    for (resolver, name, _), times in asked.items():
        often.setdefault((resolver, name), set()).add(times)
    assert all(len(times) == 1 for times in often.values())
    return {pair: times.pop() for pair, times in often.items()}


def test_controls_are_asked_who_serves_each_name() -> None:
    """NS and SOA, over channels that a certificate vouches for, of controls alone."""
    asked = {
        (one.resolver, one.endpoint, one.name, one.qtype): one
        for one in CELLS
        if one.qtype in {"NS", "SOA"} and one.name != ROOT
    }
    assert {one.role for one in asked.values()} == {Role.CONTROL}
    assert {one.profile for one in asked.values()} == {Profile.EDNS}
    assert set(asked) == {
        (resolver.id, endpoint, name, qtype)
        for resolver in WORLD.resolvers
        for endpoint in resolver.endpoints
        if resolver.kind is Kind.CONTROL and endpoint.startswith(Transport.TLS)
        for name in NAMES
        for qtype in ("NS", "SOA")
    }


@pytest.mark.parametrize(
    ("endpoints", "for_addresses", "for_servers"),
    [
        ("udp tls https quic", {"https", "tls"}, {"https"}),
        ("udp tcp tls", {"tls"}, {"tls"}),
        ("tls quic", {"tls"}, {"tls"}),
        ("udp quic", {"quic"}, {"quic"}),
        ("udp tcp", set(), set()),
    ],
)
def test_a_control_is_asked_where_every_probe_can_ask_it(
    endpoints: str, for_addresses: set[str], for_servers: set[str]
) -> None:
    """QUIC is an extra of probes: only who has nothing else is asked over it."""
    ends = tuple(_ENDPOINTS[one] for one in endpoints.split())
    world = World((*WORLD.resolvers, Resolver("one-more", "One more", Kind.CONTROL, endpoints=ends)))
    asked: dict[str, set[str]] = {"A": set(), "AAAA": set(), "NS": set(), "SOA": set()}
    for one in expand(build_questions(world, NAMES)):
        if one.role is Role.CONTROL and one.resolver == "one-more":
            asked[one.qtype].add(one.endpoint.split(":")[0])
    assert asked == {"A": for_addresses, "AAAA": for_addresses, "NS": for_servers, "SOA": for_servers}


@pytest.mark.parametrize("operator", [("VPS", 64500), ("TIM", 3269)])
@pytest.mark.parametrize("pooled", [False, True])
def test_a_docket_of_three_names_is_asked_in_a_round(operator: tuple[str, int], *, pooled: bool) -> None:
    """All that the shipped registry lists, by the ceilings and the window that nobody set otherwise; pools or not."""
    world, names = builtin_world(), [f"{letter}.example." for letter in "abc"]
    pools = {(one.id, name) for one in world.resolvers for name in names} if pooled else set()
    cells = expand(build_questions(world, names, LatelySeen(frozenset(pools))))
    vantage = PlanVantage("probe", operator[1], "IT", operator[0])
    probe = ProbeConfig("probe", "http://127.0.0.1", "00" * 32)
    for seed in range(8):
        _, left = schedule(
            applicable(cells, vantage),
            seed=str(seed),
            probe="probe",
            pace=probe.pace,
            room_s=_WINDOW_S - probe.window.most_s,
        )
        assert not left


def test_an_address_that_runs_no_dns_is_asked_once_on_each_open_transport() -> None:
    """For the name that everybody answers, by everyone, and in no other role."""
    cells = [one for one in CELLS if one.resolver == CANARY]
    assert [one.endpoint for one in cells] == list(CANARY_ENDPOINTS)
    assert {(one.role, one.name, one.qtype, one.profile, one.repeat) for one in cells} == {
        (Role.CANARY, KNOWN_GOOD, "A", Profile.STUB, 0)
    }
    assert [one for one in CELLS if one.role is Role.CANARY] == cells
    assert {(one.asns, one.countries) for one in cells} == {((), ())}
    assert CANARY not in {one.id for one in WORLD.resolvers}


def test_the_root_zone_dates_a_round_twice() -> None:
    """SOA and keys, with their signatures, of one control each of two operators, where a certificate says who answers."""
    three = (
        *WORLD.resolvers,
        *(Resolver(f"more-{n}", "More", Kind.CONTROL, endpoints=(_ENDPOINTS["tls"],)) for n in "ab"),
    )
    for world in (WORLD, World(three)):
        cells = [one for one in expand(build_questions(world, NAMES)) if one.role is Role.TIME]
        assert [(one.resolver, one.qtype) for one in cells] == [
            (resolver, qtype) for resolver in ("control-a", "control-b") for qtype in ("SOA", "DNSKEY")
        ]
        assert {(one.name, one.qclass, one.profile, one.repeat) for one in cells} == {(ROOT, "IN", Profile.DNSSEC, 0)}
        assert {one.endpoint.partition(":")[0] for one in cells} == {Transport.TLS}


def test_one_operator_is_asked_once_and_nobody_over_an_open_channel() -> None:
    open_only = Resolver("open", "Open", Kind.CONTROL, endpoints=(_ENDPOINTS["udp"], _ENDPOINTS["tcp"]))
    twice = [Resolver(f"one-{n}", "One", Kind.CONTROL, endpoints=(_ENDPOINTS["tls"],)) for n in "ab"]
    world = World((open_only, *twice))
    assert {one.resolver for one in expand(build_questions(world, NAMES)) if one.role is Role.TIME} == {"one-a"}
    assert not [one for one in expand(build_questions(World((open_only,)), NAMES)) if one.name == ROOT]


def test_where_the_world_has_a_resolver_no_address_is_empty() -> None:
    """An invented provider may stand at the address that is nobody's in ours."""
    taken = msgspec.structs.replace(WORLD.resolvers[2], endpoints=CANARY_ENDPOINTS[:1])
    world = World((*WORLD.resolvers[:2], taken, *WORLD.resolvers[3:]))
    cells = [one for one in expand(build_questions(world, NAMES)) if one.role is Role.CANARY]
    assert [one.endpoint for one in cells] == [CANARY_ENDPOINTS[1]]


def test_what_differed_is_asked_more_often_and_nothing_else() -> None:
    """By resolver and name; what is not asked at all, or only as a control, is not asked because of it."""
    pooled = [("beta", NAMES[1]), ("control-a", NAMES[0]), ("gone", NAMES[0]), ("alpha", "dropped.example.")]
    questions = build_questions(WORLD, NAMES, LatelySeen(frozenset(pooled)))
    assert repeats(questions) == {
        (resolver, name): POOL_REPEATS if (resolver, name) == pooled[0] else 1
        for resolver in ("alpha", "beta", "isp-tim")
        for name in NAMES
    }
    for qtype, profile in (("A", Profile.STUB), ("A", Profile.DNSSEC), ("AAAA", Profile.EDNS)):
        assert set(_put(questions, qtype, profile).values()) == {1}
    plain = [one for one in CELLS if one.role is not Role.TARGET]
    rest = [one for one in expand(questions) if one.role is not Role.TARGET]
    assert [one._replace(number=0) for one in rest] == [one._replace(number=0) for one in plain]


@pytest.mark.parametrize(("repeats_", "expected"), [(3, POOL_REPEATS), (8, 8)])
def test_a_docket_that_is_repeated_anyway_is_not_asked_less(repeats_: int, expected: int) -> None:
    pair = ("alpha", NAMES[0])
    assert repeats(build_questions(WORLD, NAMES, LatelySeen(frozenset([pair])), repeats=repeats_))[pair] == expected


def test_the_same_pools_make_the_same_questions() -> None:
    """Whatever order they are told in: sets are named by their content, so that few are kept."""
    pooled = [(resolver, name) for resolver in ("beta", "alpha") for name in NAMES]
    assert build_questions(WORLD, NAMES, LatelySeen(frozenset(pooled))) == build_questions(
        WORLD, NAMES, LatelySeen(frozenset(pooled[::-1]))
    )
    assert build_questions(WORLD, NAMES, LatelySeen()) == build_questions(WORLD, NAMES)
    together = build_questions(WORLD, NAMES, LatelySeen(frozenset(pooled)))
    assert (
        len(msgspec.json.decode(together)["groups"])
        == len(msgspec.json.decode(build_questions(WORLD, NAMES))["groups"]) + 3
    )


def test_addresses_are_looked_at_only_where_the_operator_says_so() -> None:
    seen = LatelySeen(sights=(Sight("alpha", NAMES[0], "93.184.215.14"), Sight("alpha", NAMES[0], "10.0.0.1")))
    assert build_questions(WORLD, NAMES, seen) == build_questions(WORLD, NAMES)
    looks = [one for one in expand(build_questions(WORLD, NAMES, seen, look=True)) if one.role is Role.LOOK]
    assert [(one.name, one.endpoint) for one in looks] == [
        (NAMES[0], f"tls:93.184.215.14:443#{NAMES[0].removesuffix('.')}")
    ]
