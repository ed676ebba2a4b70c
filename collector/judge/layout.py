"""How the questions of a round bear on each other, whatever came of them: worked out once for a plan and its vantage."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from schema.registry import ID_SERVER
from schema.words import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collector.judge.place import Place
    from collector.judge.registered import Registered

#: What says nothing of how a resolver treats a name: no resolver is asked, or it only hands on what others signed.
_APART: Final = frozenset({Role.CANARY, Role.LOOK, Role.MEASURE, Role.TIME})


class Target(NamedTuple):
    """One resolver and name that are judged; cells are positions in the round, in order."""

    resolver: str
    name: str
    cells: tuple[int, ...]
    twins: tuple[int, ...]  # the same questions at the resolver's unfiltered twin
    beside: tuple[int, ...]  # the same questions at the resolver itself, as a control of others
    open_at: tuple[tuple[str, tuple[int, ...]], ...]  # those of the cells that are on port 53, by endpoint


class At(NamedTuple):
    """One endpoint of one resolver; cells are positions in the round."""

    resolver: str
    endpoint: str
    verifiable: bool
    transport: str
    cells: tuple[int, ...]
    not_targets: tuple[int, ...]
    good: tuple[int, ...]  # that ask for the name that always answers
    absent: tuple[int, ...]  # that ask for the name that exists nowhere
    whoami: tuple[int, ...]
    plain: tuple[int, ...]  # that ask for names as users ask


class Layout:
    """The places of a round in the order of their cells."""

    def __init__(self, places: Sequence[Place], registered: Registered) -> None:
        self.apart: dict[Role, list[int]] = defaultdict(list)  # cells that are no part of any judgement of a resolver
        self.controls: dict[str, list[int]] = defaultdict(list)  # by name
        self.sites: dict[tuple[str, str], list[int]] = defaultdict(
            list
        )  # by endpoint, cells that ask which site answers
        #: By name, the operators (slugs) that are targets for it; nobody where only controls are asked, to know the name.
        self.under_test: dict[str, frozenset[str]] = {}
        at: dict[tuple[str, str], list[int]] = defaultdict(list)
        asked: dict[tuple[str, str], list[int]] = defaultdict(list)
        targets: dict[tuple[str, str], list[int]] = defaultdict(list)
        for number, place in enumerate(places):
            if place.role in _APART:
                self.apart[place.role].append(number)
                continue
            at[place.resolver, place.endpoint].append(number)
            if place.role is Role.IDENTITY and place.name == ID_SERVER:
                self.sites[place.resolver, place.endpoint].append(number)
            if not place.about_name:
                continue
            asked[place.resolver, place.name].append(number)
            if place.role is Role.CONTROL:
                self.controls[place.name].append(number)
            else:
                targets[place.resolver, place.name].append(number)
        self.at = [self._at(places, cells) for cells in at.values()]
        for resolver, name in targets:
            self.under_test[name] = self.under_test.get(name, frozenset()) | {registered.operator(resolver)}
        self.under_test = dict.fromkeys(self.controls, frozenset[str]()) | self.under_test
        self.targets: list[Target] = []
        for resolver, name in sorted(targets):
            cells = targets[resolver, name]
            by_endpoint: dict[str, list[int]] = {}
            for number in cells:
                if not places[number].reach.verifiable:
                    by_endpoint.setdefault(places[number].endpoint, []).append(number)
            twin = registered.resolver(resolver).twin
            twins = tuple(asked.get((twin, name), ())) if twin else ()
            open_at = tuple((endpoint, tuple(found)) for endpoint, found in by_endpoint.items())
            mine = frozenset(cells)
            beside = tuple(number for number in asked[resolver, name] if number not in mine)
            self.targets.append(Target(resolver, name, tuple(cells), twins, beside, open_at))

    @staticmethod
    def _at(places: Sequence[Place], cells: list[int]) -> At:
        first = places[cells[0]]

        def of(role: Role) -> tuple[int, ...]:
            return tuple(number for number in cells if places[number].role is role)

        others = tuple(number for number in cells if places[number].role is not Role.TARGET)
        good, absent = of(Role.KNOWN_GOOD), of(Role.KNOWN_ABSENT)
        whoami = tuple(number for number in of(Role.IDENTITY) if places[number].qclass == "IN")
        plain = tuple(number for number in cells if places[number].about_name and places[number].plain)
        return At(
            first.resolver, first.endpoint, first.verifiable, first.reach.transport, tuple(cells), others, good, absent,
            whoami, plain,
        )  # fmt: skip
