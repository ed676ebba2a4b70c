"""How resolvers withhold names: a way for each that is known, and for whom, where, when and how reliably it is done."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from schema.words import Profile
from tests.simulator.wires import NXDOMAIN, REFUSED, SERVFAIL, Says, Soa

if TYPE_CHECKING:
    from random import Random

LISTED_PAGE, OWN_PAGE, OTHERS_PAGE = "217.175.53.72", "198.18.230.80", "198.18.231.80"


class Way(StrEnum):
    """By what answer a name is withheld."""

    NXDOMAIN = "nxdomain"  # with the parent's SOA, like a natural one
    NXDOMAIN_BARE = "nxdomain_bare"  # without SOA
    NXDOMAIN_ZONE = "nxdomain_zone"  # with a policy zone's SOA in ADDITIONAL
    NODATA = "nodata"
    REFUSED = "refused"
    SERVFAIL = "servfail"
    TIMEOUT = "timeout"
    LISTED_PAGE = "listed_page"
    UNLISTED_PAGE = "unlisted_page"
    ALIAS_PAGE = "alias_page"
    NULL = "null"
    LOOPBACK = "loopback"
    CENSORED = "ede_16"
    BLOCKED = "ede_15"
    FILTERED = "ede_17"
    QUAD9 = "quad9"  # NXDOMAIN, nothing in AUTHORITY, RA clear
    GOOGLE = "google"  # REFUSED


#: What needs nobody's word beside the answer's own: a statement, a documented sign, an address at which nothing can be.
STATED: Final = frozenset(
    {
        Way.NXDOMAIN_ZONE, Way.LISTED_PAGE, Way.NULL, Way.LOOPBACK, Way.CENSORED, Way.BLOCKED, Way.FILTERED, Way.GOOGLE,
    }
)  # fmt: skip
#: What is stated where EDNS was asked with, and nowhere else.
IN_EDNS: Final = frozenset({Way.CENSORED, Way.BLOCKED, Way.FILTERED})
#: What a fault or a lost packet can look like.
SILENT: Final = frozenset({Way.REFUSED, Way.SERVFAIL, Way.TIMEOUT})
#: The same address for every name that is withheld, which no list knows.
BY_ADDRESS: Final = frozenset({Way.UNLISTED_PAGE})


@lru_cache(maxsize=4096)
def withheld(way: Way, name: str, qtype: str, *, page: str = OWN_PAGE) -> Says | None:
    """What is said in the name's place; None is silence."""
    natural = Soa(name.partition(".")[2])
    nothing = Says(soa=Soa(name))
    addressed = {
        Way.LISTED_PAGE: Says(addresses=(LISTED_PAGE,)),
        Way.UNLISTED_PAGE: Says(addresses=(page,)),
        Way.ALIAS_PAGE: Says(addresses=(page,), aliases=("notice.operator.example.",), ttl=5),
        Way.NULL: Says(addresses=("0.0.0.0",)),
        Way.LOOPBACK: Says(addresses=("127.0.0.1",)),
    }
    if way in addressed:
        return addressed[way] if qtype == "A" else nothing
    return {
        Way.NXDOMAIN: Says(NXDOMAIN, soa=natural),
        Way.NXDOMAIN_BARE: Says(NXDOMAIN, aa=True),
        Way.NXDOMAIN_ZONE: Says(NXDOMAIN, soa=Soa("policy.operator.example.", additional=True)),
        Way.NODATA: Says(aa=True),
        Way.REFUSED: Says(REFUSED, aa=True),
        Way.SERVFAIL: Says(SERVFAIL),
        Way.TIMEOUT: None,
        Way.CENSORED: Says(REFUSED, codes=(16,)),
        Way.BLOCKED: Says(NXDOMAIN, codes=(15,)),
        Way.FILTERED: Says(NXDOMAIN, codes=(17,)),
        Way.QUAD9: Says(NXDOMAIN, ra=False),
        Way.GOOGLE: Says(REFUSED),
    }[way]


class Policy(NamedTuple):
    """What a resolver withholds. Empty tuples mean all; plans from *start* to before *end*."""

    way: Way
    names: tuple[str, ...]
    start: int = -(10**6)
    end: int = 10**6
    late: int = 0  # plans for which a cache still answers the truth, from *start* on
    share: float = 1.0  # of the servers
    countries: tuple[str, ...] = ()
    transports: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()  # of the resolver, at which it holds
    types: tuple[str, ...] = ()
    dnssec_honest: bool = False  # with DO=1 the truth is told
    page: str = OWN_PAGE

    def holds(self, name: str, country: str, plan: int) -> bool:
        """Whether *name* is to be withheld from somebody in *country* at *plan*, late or not."""
        return name in self.names and self.start <= plan < self.end and country in (self.countries or (country,))

    def reaches(self, transport: str, address: str, qtype: str, profile: Profile) -> bool:
        """Whether it holds for such a question at such an endpoint."""
        return (
            transport in (self.transports or (transport,))
            and address in (self.addresses or (address,))
            and qtype in (self.types or (qtype,))
            and not (self.dnssec_honest and profile is Profile.DNSSEC)
        )

    @property
    def partial(self) -> bool:
        """Whether some questions as users put them are answered honestly while it holds."""
        return self.share < 1 or bool(self.transports or self.addresses)


_ANY: Final = tuple(way for way in Way if way not in {Way.QUAD9, Way.GOOGLE})


def drawn(own: Way | None, docket: tuple[str, ...], plans: int, endpoints: tuple[str, ...], dice: Random) -> Policy:
    """A policy for a resolver with such *endpoints*, whose operator documents its *own* way or none."""
    way = own if own is not None and dice.random() < 0.8 else dice.choice(_ANY)
    names = docket if dice.random() < 0.5 else tuple(dice.sample(docket, dice.randint(1, len(docket))))
    policy = Policy(way, names)
    if dice.random() < 0.35:
        start = dice.randint(0, plans)
        policy = policy._replace(start=start, late=dice.choice((0, 0, 1, 3)))
        if dice.random() < 0.4:
            policy = policy._replace(end=start + dice.randint(3, plans))
    odd = dice.random()
    reaches = sorted({(one.partition(":")[0], one.split(":")[1]) for one in endpoints})
    if odd < 0.12:
        policy = policy._replace(share=dice.choice((0.1, 0.3, 0.5, 0.9)))
    elif odd < 0.20:
        policy = policy._replace(countries=("FR",))
    elif odd < 0.26:
        policy = policy._replace(transports=(dice.choice(reaches)[0],))
    elif odd < 0.32:
        policy = policy._replace(addresses=(dice.choice(reaches)[1],))
    elif odd < 0.38:
        policy = policy._replace(types=("A",))
    elif odd < 0.46:
        policy = policy._replace(dnssec_honest=True)
    return policy
