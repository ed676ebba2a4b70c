"""Plans who asks the sites of names over HTTPS for the alternative measure, and where. Off unless configured. Pure.

Asked are addresses that the controls gave, of names that the plan lists anyway, by vantages that a person named, in the
territory: what an addressee withholds there, it may give elsewhere (ADR 0032).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from schema.cells import Asked, Group
from schema.endpoint import parse_endpoint
from schema.errors import FormatError
from schema.measures import may_measure, measure_endpoint
from schema.words import Profile, Role, Transport

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schema.endpoint import Endpoint

#: Sites that one plan asks; what is more waits for its turn.
MOST_MEASURES: Final = 64
_SITE: Final = "web:"


class Measuring(NamedTuple):
    """Which vantages (ids) ask sites, and only where they stand in `territory` (a country; empty: anywhere).

    `any_address`: special addresses too, as a lab's sites have.
    """

    vantages: tuple[str, ...] = ()
    territory: str = ""
    any_address: bool = False


NOBODY_MEASURES: Final = Measuring()


class SiteAddress(NamedTuple):
    """An address that a control gave for a canonical name."""

    name: str
    address: str


class Measures(NamedTuple):
    """What a question set gains: those who are asked, a resolver's entry for each name, and the groups that do it."""

    asked: tuple[Asked, ...] = ()
    groups: tuple[Group, ...] = ()


def measure_cells(
    addresses: Iterable[SiteAddress], names: Iterable[str], measuring: Measuring, *, turn: int = 0
) -> Measures:
    """One request for each of *names* that has one of *addresses*, an IPv4 one if there is any; equal ones give equal cells.

    Where a name has more addresses, or there are more names than MOST_MEASURES, the next are asked where *turn* is one
    higher: a site is asked once in a plan by each vantage, whatever stands behind its name.
    """
    if not measuring.vantages:
        return Measures()
    listed = frozenset(names)
    of_name: dict[str, set[str]] = defaultdict(set)
    for name, address in addresses:
        endpoint = measure_endpoint(address, name)
        if name in listed and _may(endpoint, measuring):
            of_name[name].add(address)
    chosen = sorted(of_name)
    if len(chosen) > MOST_MEASURES:
        at = turn * MOST_MEASURES % len(chosen)
        chosen = sorted((chosen[at:] + chosen[:at])[:MOST_MEASURES])
    ends = {name: str(measure_endpoint(_one(of_name[name], turn), name)) for name in chosen}
    countries = (measuring.territory,) if measuring.territory else ()
    return Measures(
        tuple(Asked(web_of(name), (end,), mix_case=False) for name, end in ends.items()),
        tuple(
            Group(
                Role.MEASURE, (name,), (web_of(name),), ("A",), (Profile.STUB,), transports=(Transport.HTTPS.value,),
                countries=countries, vantages=tuple(sorted(set(measuring.vantages))),
            )
            for name in ends
        ),
    )  # fmt: skip


def web_of(name: str) -> str:
    """What stands for *name*'s site where a cell names its resolver; no resolver has such an id, and no look."""
    return f"{_SITE}{name.removesuffix('.')}"


def _one(addresses: set[str], turn: int) -> str:
    plain = sorted(address for address in addresses if ":" not in address) or sorted(addresses)
    return plain[turn % len(plain)]


def _may(endpoint: Endpoint, measuring: Measuring) -> bool:
    """Whether the site may be asked; the root, and a name that no endpoint can be written for, may not."""
    try:
        readable = bool(endpoint.tls_name) and parse_endpoint(str(endpoint)) == endpoint
    except FormatError:
        return False
    return readable and (measuring.any_address or may_measure(endpoint))
