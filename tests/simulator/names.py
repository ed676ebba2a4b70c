"""The lives of names: what their name servers say, from plan to plan, to whoever asks from wherever."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.simulator.wires import NOERROR, NXDOMAIN, Says, Soa

if TYPE_CHECKING:
    from random import Random


class Phase(StrEnum):
    """What a name is for a while."""

    STABLE = "stable"  # one set of addresses for everybody
    CHURN = "churn"  # a content network: some of many addresses, others at every look
    GEO = "geo"  # a set for each place
    NO_ADDRESS = "no_address"  # it exists and has no A; perhaps an AAAA
    DEAD = "dead"
    PARKED = "parked"  # a parking service answers, as for many other names
    REBORN = "reborn"  # registered again, by others, elsewhere


PLACES: Final = ("it", "de", "us")
PARKING: Final = ("198.18.250.1", "198.18.250.2")
_PARKING_HOSTS: Final = ("ns1.park.example.", "ns2.park.example.")
#: Edges of a content network that serves several names; one near each place, and many that change.
_EDGES: Final = tuple(f"198.18.240.{number}" for number in range(1, 9))
_WIDE: Final = tuple(f"198.18.241.{number}" for number in range(1, 41))
_ALIAS: Final = "e7.edge.example."


class Stretch(NamedTuple):
    """A name from the plan *start* on."""

    start: int
    phase: Phase
    addresses: tuple[str, ...] = ()  # STABLE: all; CHURN: of which some; GEO: one for each place
    six: tuple[str, ...] = ()
    alias: str = ""  # of the content network
    hosts: tuple[str, ...] = ()
    lame: float = 0.0  # how often a recursion finds no name server that answers

    @property
    def lives(self) -> bool:
        """Whether the name exists."""
        return self.phase is not Phase.DEAD

    @property
    def has_address(self) -> bool:
        """Whether there is an A record."""
        return self.phase not in {Phase.DEAD, Phase.NO_ADDRESS}

    @property
    def can_decide(self) -> bool:
        """Whether questions for A say anything of it: there is one, or the name does not exist."""
        return self.phase is not Phase.NO_ADDRESS

    def addresses_at(self, place: str, dice: Random) -> tuple[str, ...]:
        """The A records that somebody at *place* is told just now."""
        if self.phase in {Phase.CHURN, Phase.PARKED}:
            return tuple(sorted(dice.sample(self.addresses, dice.randint(1, 2))))
        if self.phase is Phase.GEO:
            return (self.addresses[PLACES.index(place)],)
        return self.addresses


class Life(NamedTuple):
    """A name and its stretches, in order; the first starts at or before the first plan."""

    name: str
    stretches: tuple[Stretch, ...]

    def at(self, plan: int) -> Stretch:
        """What it is at *plan*."""
        return next(one for one in reversed(self.stretches) if one.start <= plan or one is self.stretches[0])

    @property
    def parent(self) -> str:
        """The zone above it."""
        return self.name.partition(".")[2]

    def answer(self, stretch: Stretch, qtype: str, place: str, dice: Random) -> Says:
        """What an honest recursion at *place* passes on."""
        if not stretch.lives:
            return Says(NXDOMAIN, soa=Soa(self.parent))
        own = Soa(self.name, mname=stretch.hosts[0])
        if qtype == "NS":
            return Says(hosts=stretch.hosts)
        if qtype == "A" and stretch.has_address:
            aliases = (stretch.alias,) if stretch.alias else ()
            return Says(NOERROR, stretch.addresses_at(place, dice), aliases)
        if qtype == "AAAA" and stretch.six:
            return Says(addresses=stretch.six)
        return Says(soa=own)


def drawn(name: str, number: int, plans: int, dice: Random) -> Life:
    """A life for *name*, the docket's *number*th, over so many *plans*."""
    hosts = (f"ns1.host{number}.example.", f"ns2.host{number}.example.")
    others = (f"ns1.other{number}.example.",)
    six = (f"2001:db8:{number + 1}::7",) if dice.random() < 0.5 else ()
    home = tuple(f"198.18.{number + 1}.{host}" for host in range(1, dice.randint(1, 3) + 1))
    first = Stretch(-(10**6), Phase.STABLE, home, six, hosts=hosts)
    kind = dice.random()
    if kind < 0.15:
        alias = _ALIAS if dice.random() < 0.5 else ""
        first = first._replace(phase=Phase.CHURN, addresses=dice.choice((_EDGES, _WIDE)), alias=alias)
    elif kind < 0.25:
        first = first._replace(phase=Phase.GEO, addresses=_EDGES[: len(PLACES)], alias=_ALIAS)
    elif kind < 0.30:
        first = first._replace(phase=Phase.NO_ADDRESS, addresses=())
    stretches = [first]
    if dice.random() < 0.35:
        death = dice.randint(-3, plans)
        stretches.append(Stretch(death, Phase.DEAD))
        if dice.random() < 0.6:
            later = death + dice.randint(4, 12)
            if dice.random() < 0.5:
                stretches.append(Stretch(later, Phase.PARKED, PARKING, hosts=_PARKING_HOSTS))
            else:
                stretches.append(Stretch(later, Phase.REBORN, (f"198.18.{number + 101}.9",), hosts=others))
    if dice.random() < 0.25:
        fails = dice.choice((0.1, 0.3, 0.5, 0.9, 1.0))
        stretches = _with_lame(stretches, dice.randint(0, plans), dice.randint(2, 10), fails)
    return Life(name, tuple(stretches))


def _with_lame(stretches: list[Stretch], start: int, length: int, fails: float) -> list[Stretch]:
    """The same life, with a lame delegation for *length* plans from *start* on."""
    cuts = sorted({one.start for one in stretches} | {start, start + length})
    life = Life("", tuple(stretches))
    return [life.at(cut)._replace(start=cut, lame=fails if start <= cut < start + length else 0.0) for cut in cuts]
