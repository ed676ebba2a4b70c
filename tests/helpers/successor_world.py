"""A world of sites that move, with invented servers: the known names of three sites, unrelated names, and look-alikes.

Where a name stands is drawn by dice. The shares are the same for the names of the ordered sites and for everybody else's: on servers of
its owner's own, behind a provider that stands before many sites, or at a registrar's servers and a shared host.
"""

from __future__ import annotations

import csv
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE: Final = Path(__file__).parents[1] / "integration" / "successor_names.csv"
OWN, PROVIDER, SHARED = "own", "provider", "shared"
_SHARES: Final = {OWN: 45, PROVIDER: 35, SHARED: 20}
_UNRELATED: Final = 400
_HOSTS: Final = 12  # shared hosts
_PARKED: Final = 5  # for each site, under its label
_SQUATTERS: Final = 3  # for each site, strangers under its label
_WORDS: Final = [
    "acqua",
    "alba",
    "ancora",
    "barca",
    "bosco",
    "campo",
    "carta",
    "cielo",
    "colle",
    "corsa",
    "duomo",
    "estate",
    "faro",
    "festa",
    "fiume",
    "forno",
    "gatto",
    "giorno",
    "isola",
    "lago",
    "latte",
    "legno",
    "libro",
    "luna",
    "mare",
    "mela",
    "monte",
    "nebbia",
    "neve",
    "notte",
    "onda",
    "orto",
    "pane",
    "piazza",
    "ponte",
    "porto",
    "prato",
    "radio",
    "rosa",
    "sale",
    "sasso",
    "sera",
    "sole",
    "stella",
    "strada",
    "tempo",
    "terra",
    "torre",
    "vento",
    "vino",
    "volo",
]
_SUFFIXES: Final = [
    "com",
    "net",
    "org",
    "it",
    "eu",
    "info",
    "to",
    "cc",
    "ws",
    "tv",
    "me",
    "co",
    "in",
    "biz",
    "online",
    "site",
    "top",
    "xyz",
    "club",
    "live",
]
_ENDINGS: Final = ("torrents", "torrent", "movies", "streaming", "calcio", "news", "shop", "blog")
_ASCII_START: Final = 3


class Placed(NamedTuple):
    """A name of the world: whose it is, what it is, and where it stands."""

    name: str
    family: str
    role: str
    listed: bool
    name_servers: tuple[str, ...]
    soa: str
    addresses: tuple[str, ...]
    parked: bool = False


def world(seed: int) -> list[Placed]:
    """The world that the dice of *seed* draw; names with the final dot, each once."""
    dice = Random(seed)
    owners = _Owners(dice)
    known = {one.name: one for one in _known(dice, owners)}
    for one in (*_look_alikes(dice, owners), *_unrelated(dice, owners)):
        known.setdefault(one.name, one)
    return list(known.values())


class _Owners:
    """Who runs which servers."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._own: dict[str, tuple[tuple[str, ...], str, tuple[str, ...]]] = {}

    def place(self, owner: str) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
        """Name servers, SOA and addresses of one of *owner*'s names."""
        dice = self._dice
        [kind] = dice.choices(list(_SHARES), list(_SHARES.values()))
        if kind == OWN:
            servers, soa, machines = self._own.setdefault(owner, self._machines())
            return servers, soa, (dice.choice(machines),)
        if kind == PROVIDER:
            pair = tuple(f"{dice.choice(_WORDS)}.ns.cloudflare.com." for _ in range(2))
            address = f"104.{dice.randrange(16, 24)}.{dice.randrange(256)}.{dice.randrange(1, 255)}"
            return tuple(sorted(set(pair))), f"{pair[0]} dns.cloudflare.com.", (address,)
        host = dice.randrange(_HOSTS)
        servers = (f"dns1.registrar-{host}.example.", f"dns2.registrar-{host}.example.")
        return servers, f"{servers[0]} support.registrar-{host}.example.", (f"198.51.100.{host + 1}",)

    def _machines(self) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
        dice = self._dice
        zone = f"{dice.choice(_WORDS)}-{dice.randrange(10_000)}.example."
        machines = tuple(
            f"185.{dice.randrange(100, 200)}.{dice.randrange(256)}.{dice.randrange(1, 255)}" for _ in range(4)
        )
        servers = (f"ns1.{zone}", f"ns2.{zone}")
        return servers, f"ns1.{zone} {dice.choice(_WORDS)}.{zone}", machines


def _known(dice: Random, owners: _Owners) -> Iterator[Placed]:
    """The names of the table: the ordered site's have one owner, another site of its name another, each proxy its own."""
    with TABLE.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            family, role = row["family"], row["role"]
            owner = {
                "candidate_other_site": f"other {family}",
                "third_party_proxy": row["name"],
                "press_spelling": row["name"],
            }.get(role, family)
            yield Placed(f"{row['name']}.", family, role, row["listed"] == "yes", *owners.place(owner))


def _look_alikes(dice: Random, owners: _Owners) -> Iterator[Placed]:
    """Strangers under the labels of the three sites, parked or alive, and names that resemble them by a longer change."""
    for family in ("ilcorsaronero", "limetorrents", "kickasstorrents"):
        for _ in range(_PARKED):
            name = f"{family}.{dice.choice(_SUFFIXES)}."
            yield Placed(name, "", "parked", dice.random() < 1 / 2, *_parking(), parked=True)
        for number in range(_SQUATTERS):
            name = f"{family}.{dice.choice(_SUFFIXES)}."
            yield Placed(name, "", "stranger", dice.random() < 1 / 2, *owners.place(f"squatter {family} {number}"))
        for ending in ("-fans", "hydra", "world"):
            name = f"{family[:-_ASCII_START]}{ending}.{dice.choice(_SUFFIXES)}."
            yield Placed(name, "", "look-alike", dice.random() < 1 / 2, *owners.place(name))


def _parking() -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    servers = ("ns1.sedoparking.com.", "ns2.sedoparking.com.")
    return servers, "ns1.sedoparking.com. hostmaster.sedo.de.", ("198.51.100.250",)


def _unrelated(dice: Random, owners: _Owners) -> Iterator[Placed]:
    """Listed names of other sites, some of which share an owner, and all of which share the hosts and the provider."""
    for number in range(_UNRELATED):
        label = (
            f"{dice.choice(_WORDS)}{dice.choice(('', '-', 'il'))}{dice.choice(_WORDS)}{dice.choice(('', *_ENDINGS))}"
        )
        name = f"{label}.{dice.choice(_SUFFIXES)}."
        yield Placed(name, "", "unrelated", True, *owners.place(f"owner {number // 2}"))
