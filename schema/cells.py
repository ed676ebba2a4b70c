"""The question set and its expansion to the dense, ordered list of cells."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from schema.codec import Whole, Wire, reader
from schema.endpoint import parse_endpoint
from schema.errors import FormatError
from schema.words import Profile, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from schema.plan import PlanVantage

VERSION = 1
MAX_CELLS = 2_000_000


class Asked(Wire, frozen=True):
    """A resolver as the plan asks it; `asns` are its operator's networks, `mix_case` whether 0x20 is safe there."""

    id: str
    endpoints: tuple[str, ...]
    asns: tuple[Whole, ...] = ()
    on_net_only: bool = False
    mix_case: bool = True


class Group(Wire, frozen=True, rename={"qclass": "class"}):
    """A cross of names, resolvers, types and profiles; empty `transports`, `countries` or `vantages` (ids) mean all."""

    role: Role
    names: tuple[str, ...]
    resolvers: tuple[str, ...]
    types: tuple[str, ...]
    profiles: tuple[Profile, ...]
    repeats: Whole = 1
    qclass: str = "IN"
    transports: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    vantages: tuple[str, ...] = ()


class QuestionSet(Wire, frozen=True):
    """What is asked; named by the hex SHA-256 of its bytes. `names` gives the order in which cells are numbered."""

    v: Whole
    names: tuple[str, ...]
    resolvers: tuple[Asked, ...]
    groups: tuple[Group, ...]


class Cell(NamedTuple):
    """One question of a plan."""

    number: int
    role: Role
    resolver: str
    endpoint: str
    name: str
    qclass: str
    qtype: str
    profile: Profile
    repeat: int
    asns: tuple[int, ...]  # only for vantages on these networks; empty means all
    countries: tuple[str, ...]  # only for vantages in these countries; empty means all
    mix_case: bool
    vantages: tuple[str, ...] = ()  # ids of those who ask it; empty means all

    def applies(self, vantage: PlanVantage) -> bool:
        """Whether *vantage* asks this cell."""
        on_net = not self.asns or vantage.asn in self.asns
        here = not self.countries or vantage.country in self.countries
        return on_net and here and (not self.vantages or vantage.id in self.vantages)


_read_questions = reader(QuestionSet, "question set")


def questions_digest(data: bytes) -> str:
    """Hex SHA-256 of the question set's bytes."""
    return sha256(data).hexdigest()


@lru_cache(maxsize=64)
def expand(data: bytes) -> tuple[Cell, ...]:
    """The cells of a question set, numbered from 0: by name, then in the order of groups, resolvers, endpoints.

    Raises:
        FormatError: not a question set, a name or resolver that is not listed or stands twice, an endpoint that is
            none, a group that asks nothing, more than MAX_CELLS.
    """
    questions = _read_questions(data)
    if questions.v != VERSION:
        raise FormatError(f"question set: version {questions.v} is not known here")
    _check(questions)
    asked = {resolver.id: resolver for resolver in questions.resolvers}
    crosses = [(group, frozenset(group.names), tuple(_endpoints(group, asked))) for group in questions.groups]
    count = sum(
        len(names) * len(pairs) * len(group.types) * len(group.profiles) * group.repeats
        for group, names, pairs in crosses
    )
    if count > MAX_CELLS:
        raise FormatError(f"question set: more than {MAX_CELLS} cells")
    cells: list[Cell] = []
    for name in questions.names:
        for group, names, pairs in crosses:
            if name not in names:
                continue
            for resolver, endpoint in pairs:
                asns = resolver.asns if resolver.on_net_only else ()
                for qtype, profile, repeat in product(group.types, group.profiles, range(group.repeats)):
                    cells.append(
                        Cell(
                            len(cells), group.role, resolver.id, endpoint, name, group.qclass, qtype, profile, repeat,
                            asns, group.countries, resolver.mix_case, group.vantages,
                        )
                    )  # fmt: skip
    return tuple(cells)


def _check(questions: QuestionSet) -> None:
    """A name or resolver that stood twice would be asked twice, one that is not listed would be left out in silence."""
    listed = frozenset(questions.names)
    for what, words in (("name", questions.names), ("resolver", [resolver.id for resolver in questions.resolvers])):
        if len(frozenset(words)) != len(words):
            raise FormatError(f"question set: a {what} stands twice")
    for group in questions.groups:
        if stray := frozenset(group.names) - listed:
            raise FormatError(f"question set: the name {min(stray)} is not listed")
        if group.repeats < 1:
            raise FormatError(f"question set: a question is asked {group.repeats} times")


def _endpoints(group: Group, asked: Mapping[str, Asked]) -> Iterator[tuple[Asked, str]]:
    """The endpoints that *group* asks, each with its resolver."""
    for identifier in group.resolvers:
        if identifier not in asked:
            raise FormatError(f"question set: the resolver {identifier} is not listed")
        for endpoint in asked[identifier].endpoints:
            transport = parse_endpoint(endpoint).transport
            if not group.transports or transport in group.transports:
                yield asked[identifier], endpoint


def applicable(cells: tuple[Cell, ...], vantage: PlanVantage) -> tuple[Cell, ...]:
    """The cells that *vantage* asks, in order."""
    return tuple(cell for cell in cells if cell.applies(vantage))


def designated(cells: Iterable[Cell]) -> frozenset[str]:
    """The vantages (ids) that *cells* name; to all others of one network and country the same cells apply."""
    return frozenset().union(*{cell.vantages for cell in cells})
