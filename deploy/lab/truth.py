"""What is true of a name in a round: the scenario's own names and those that the lab serves unlisted."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from deploy.lab.rootzone import signed_at
from schema.names import ROOT
from schema.registry import KNOWN_GOOD, WHOAMI

if TYPE_CHECKING:
    from deploy.lab.shapes import Resolver, Scenario

#: A TXT answer here is the egress address of the resolver that asked.
WHOAMI_TXT = "o-o.myaddr.l.google.com."
_KNOWN_GOOD_ADDRESSES = ("203.0.113.80", "2001:db8:80::80")
_HOST_LABELS = 2


class Truth(NamedTuple):
    """What an honest resolver finds; *zone* is whose SOA a negative answer carries.

    *name_servers* are told where they are asked for, *soa* is the SOA's primary and mailbox; both empty of most names.
    *signed_at* is when the zone was signed, in seconds since 1970; only the root's is told, and only in a world with a clock.
    """

    exists: bool
    zone: str
    addresses: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    signed: bool = False
    signed_at: int = 0
    name_servers: tuple[str, ...] = ()
    soa: str = ""


def truth_of(scenario: Scenario, round_number: int, name: str, resolver: Resolver) -> Truth:
    """The truth of *name* in *round_number*, as it is for *resolver*: whoami answers with the resolver's own address."""
    entries = [entry for entry in scenario.names if entry.name == name]
    if entries:
        living = [entry for entry in entries if entry.covers(round_number) and entry.addresses]
        if not living:
            return Truth(exists=False, zone=parent(name), signed=entries[-1].signed)
        found = living[0]
        return Truth(
            exists=True,
            zone=_zone(name),
            addresses=found.addresses,
            signed=found.signed,
            name_servers=found.name_servers,
            soa=found.soa,
        )
    now = scenario.clock.at(round_number) if scenario.clock else None
    unlisted = {
        ROOT: Truth(exists=True, zone=ROOT, signed=True, signed_at=signed_at(now)),
        KNOWN_GOOD: Truth(exists=True, zone=KNOWN_GOOD, addresses=_KNOWN_GOOD_ADDRESSES),
        WHOAMI: Truth(exists=True, zone=_zone(WHOAMI), addresses=resolver.addresses[:1]),
        WHOAMI_TXT: Truth(exists=True, zone=_zone(WHOAMI_TXT), texts=resolver.addresses[:1]),
    }
    return unlisted.get(name) or Truth(exists=False, zone=parent(name))


def parent(name: str) -> str:
    """The zone above *name*."""
    return name.partition(".")[2] or "."


def _zone(name: str) -> str:
    return ".".join(name.split(".")[-_HOST_LABELS - 1 :])
