"""Registries and question sets of the simulated worlds: a few casts, so that many worlds share what is worked out once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.questions import build_questions
from collector.registry import default_policy
from probe.query import build
from schema.cells import Cell, applicable, expand
from schema.endpoint import parse_endpoint
from schema.plan import PlanVantage
from schema.registry import Resolver, World
from schema.words import Kind
from tests.simulator.policies import Way
from tests.simulator.wires import Question

if TYPE_CHECKING:
    from schema.policy import Policy

DOCKET: Final = ("alpha-films.to.", "beta-music.to.", "gamma-sport.pro.", "delta-series.it.")
TERRITORY, ABROAD = "IT", "FR"
_CONTROLS: Final = (
    Resolver("c1", "First", Kind.CONTROL, endpoints=("tls:198.18.0.1:853#c1.test",)),
    Resolver("c2", "Second", Kind.CONTROL, endpoints=("https:198.18.0.2:443#c2.test/dns-query",)),
    Resolver("c3", "Third", Kind.CONTROL, endpoints=("tls:198.18.0.3:853#c3.test",)),
)
_TIM: Final = Resolver("tim", "TIM", Kind.ISP, (3269,), on_net_only=True, endpoints=("udp:212.216.112.112:53",))
_ONE: Final = "tls:1.1.1.1:853#one.one.one.one"


class Cast(NamedTuple):
    """Who is asked, and by which documented ways they withhold."""

    resolvers: tuple[Resolver, ...]
    ways: dict[str, Way]

    @property
    def targets(self) -> tuple[Resolver, ...]:
        """Those that are judged."""
        return tuple(one for one in self.resolvers if one.kind is not Kind.CONTROL)


CASTS: Final = (
    Cast(
        (
            Resolver("cloudflare", "Cloudflare", Kind.PUBLIC, (13335,), endpoints=("udp:1.1.1.1:53", "tcp:1.1.1.1:53", _ONE)),
            Resolver("quad9", "Quad9", Kind.PUBLIC, (19281,), endpoints=("udp:9.9.9.9:53", "tls:9.9.9.9:853#dns.quad9.net"), twin="quad9-unfiltered"),
            Resolver("quad9-unfiltered", "Quad9", Kind.PUBLIC, (19281,), endpoints=("tls:9.9.9.10:853#dns10.quad9.net",)),
            _TIM,
            *_CONTROLS,
        ),
        {"quad9": Way.QUAD9},
    ),
    Cast(
        (
            Resolver("google", "Google Public DNS", Kind.PUBLIC, (15169,), endpoints=("udp:8.8.8.8:53", "tls:8.8.8.8:853#dns.google", "https:8.8.8.8:443#dns.google/dns-query")),
            Resolver("vodafone", "Vodafone Italia", Kind.ISP, (30722,), on_net_only=True, endpoints=("udp:83.224.66.134:53", "tcp:83.224.66.134:53")),
            Resolver("windtre", "WINDTRE", Kind.ISP, (1267,), endpoints=("udp:193.70.152.15:53",)),
            *_CONTROLS,
        ),
        {"google": Way.GOOGLE},
    ),
    Cast(
        (
            Resolver("cloudflare", "Cloudflare", Kind.PUBLIC, (13335,), endpoints=("udp:1.1.1.1:53", _ONE, "tls:1.0.0.1:853#one.one.one.one")),
            Resolver("old", "Old Resolver", Kind.PUBLIC, (64999,), endpoints=("udp:198.18.90.1:53", "tcp:198.18.90.1:53")),
            _TIM,
            *_CONTROLS,
        ),
        {},
    ),
)  # fmt: skip


class Slot(NamedTuple):
    """A cell that a vantage asks, with what is the same in every round."""

    cell: Cell
    transport: str
    address: str
    verifiable: bool
    question: Question
    queries: tuple[bytes, ...]  # ways to put it: ids and letter case differ


class Stage(NamedTuple):
    """A cast with a docket: what is asked and by what it is judged."""

    cast: Cast
    names: tuple[str, ...]
    world: World
    policy: Policy
    cells: tuple[Cell, ...]


@cache
def stage(number: int, names: tuple[str, ...]) -> Stage:
    """The cast of that *number* with *names* to be asked."""
    cast = CASTS[number]
    world = World(cast.resolvers)
    return Stage(cast, names, world, _policy(number), expand(build_questions(world, names)))


@cache
def _policy(number: int) -> Policy:
    return default_policy(World(CASTS[number].resolvers))


@cache
def slots(number: int, names: tuple[str, ...], asn: int) -> tuple[Slot, ...]:
    """What a vantage on the network *asn* asks."""
    asked = applicable(stage(number, names).cells, PlanVantage("", asn, TERRITORY))
    return tuple(_slot(cell) for cell in asked)


def _slot(cell: Cell) -> Slot:
    reach = parse_endpoint(cell.endpoint)
    queries = tuple(
        build(cell.name, cell.qtype, cell.qclass, cell.profile, msg_id=(7 + 13 * cell.number + 977 * way) % 65_536, case_bits=way * 0x5A5)
        for way in range(3)
    )  # fmt: skip
    question = Question(cell.name, cell.qtype, cell.qclass, cell.profile)
    return Slot(cell, reach.transport, reach.address, reach.verifiable, question, queries)
