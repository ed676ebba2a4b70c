"""A world drawn from a seed: names that live and die, resolvers, controls, lines and what stands on them, and a liar."""

from __future__ import annotations

from enum import StrEnum
from random import Random
from typing import Final, NamedTuple

from schema.plan import PlanVantage
from schema.words import Kind
from tests.simulator import names as lives
from tests.simulator import policies
from tests.simulator.casts import ABROAD, CASTS, DOCKET, TERRITORY, stage
from tests.simulator.names import PLACES, Life
from tests.simulator.policies import OTHERS_PAGE, OWN_PAGE, Policy, Way

PLANS: Final = 40  # rounds of each vantage in one world
_ASNS: Final = (3269, 30722, 64500, 64501, 64502)
_IDENTITIES: Final = {  # id.server and NSID
    "cloudflare": ("mxp", "87m362"),
    "quad9": ("res860.qmxp1.rrdns.pch.net", "res860.qmxp1"),
    "quad9-unfiltered": ("res861.qmxp1.rrdns.pch.net", "res861.qmxp1"),
    "google": ("", "gpdns-mil"),
}


class Interference(StrEnum):
    """What stands between a vantage and port 53, or 853, of others."""

    NONE = "none"
    REDIRECT = "redirect"  # the line's own resolver answers for every address
    STEALTH = "stealth"  # the same, hiding who it is
    INJECT = "inject"  # races the true answer over UDP, for some names
    TARGETED = "targeted"  # answers over UDP and TCP for some names, and lets the rest pass
    SWALLOW = "swallow"  # drops questions over UDP for some names
    TTL = "ttl"  # every answer comes with the same IP TTL


class Line(NamedTuple):
    """A vantage, how well its line carries, and what stands on it."""

    vantage: PlanVantage
    place: str
    interference: Interference
    withholds: Policy | None  # what the device, or the line's own resolver, withholds
    drops: tuple[str, ...]  # transports that never get through
    forges: bool  # a device answers TLS on port 853 with a certificate of its own
    loss: float  # questions without an answer
    offline: tuple[int, int]  # from plan to before plan


class Filtering(StrEnum):
    """What a control does that nobody knows of."""

    HONEST = "honest"
    DENIES = "denies"
    PAGE = "page"  # of its own
    SAME_PAGE = "same_page"  # the one that resolvers under test use


class Service(NamedTuple):
    """A resolver or control as it really is."""

    place: str
    policy: Policy | None
    identity: str
    nsid: str
    states_faults: bool
    falters: float  # recursions that fail for no reason of the name's
    late: int  # plans for which its cache goes on answering what a name's life was before it changed
    refuses: bool  # everything, as behind an access list
    invents: bool  # an address for names that do not exist
    dead_from: int  # to 4 plans later nothing is answered
    filtering: Filtering = Filtering.HONEST
    cannot_reach: tuple[str, ...] = ()  # names whose servers do not answer it
    ede_on_honest: bool = False  # a policy's extended error stays on answers that are none of its doing


class Lie(StrEnum):
    """What a lying vantage's records say."""

    OPPOSITE = "opposite"
    BLOCKED = "blocked"
    OPEN = "open"


class World(NamedTuple):
    """Everything that is true. *seed* draws it all again."""

    seed: int
    cast: int
    names: tuple[str, ...]
    lives: dict[str, Life]
    services: dict[str, Service]
    lines: tuple[Line, ...]
    liar: int  # which line lies; -1 if none does
    lie: Lie
    limits: bool  # also what no single round can tell: see `draw`

    @property
    def enrolled(self) -> tuple[PlanVantage, ...]:
        """The vantages of every plan."""
        return tuple(line.vantage for line in self.lines)


def draw(seed: int, *, limits: bool = False) -> World:
    """The world of that *seed*; the same at every call.

    With *limits* it holds what a round cannot tell from a block: caches of the controls that outlive a name, or of the
    resolver's that outlive its absence, and a resolver that alone cannot reach a name's servers and does not say so.
    """
    dice = Random(seed)
    cast = dice.randrange(len(CASTS))
    docket = tuple(sorted(dice.sample(DOCKET, 2 if dice.random() < 0.7 else 3)))
    played = stage(cast, docket).cast
    calm = dice.random() < 0.45  # in some worlds little goes wrong, so that what should be found can be found
    services: dict[str, Service] = {}
    for one in played.resolvers:
        policy = None
        if one.kind is not Kind.CONTROL and dice.random() < 0.65:
            policy = policies.drawn(played.ways.get(one.id), docket, PLANS, one.endpoints, dice)
        services[one.id] = _service(one.id, policy, dice, calm=calm)
        if one.kind is Kind.CONTROL:
            services[one.id] = services[one.id]._replace(late=0)
    odd = dice.choice([one.id for one in played.resolvers if one.kind is Kind.CONTROL])
    if dice.random() < 0.3:
        services[odd] = services[odd]._replace(filtering=dice.choice(tuple(Filtering)[1:]))
    abroad = dice.random() < 0.2
    lines = tuple(_line(number, docket, dice, abroad=abroad, calm=calm) for number in range(len(_ASNS)))
    liar = dice.randrange(len(_ASNS)) if dice.random() < 0.5 else -1
    if limits:
        for one in played.resolvers:
            services[one.id] = services[one.id]._replace(
                late=dice.choice((0, 1, 3)), cannot_reach=tuple(name for name in docket if dice.random() < 0.05)
            )
    found = {name: lives.drawn(name, number, PLANS, dice) for number, name in enumerate(docket)}
    return World(seed, cast, docket, found, services, lines, liar, dice.choice(tuple(Lie)), limits)


def _service(identifier: str, policy: Policy | None, dice: Random, *, calm: bool) -> Service:
    identity, nsid = _IDENTITIES.get(identifier, (f"{identifier}.mil1", ""))
    if policy is not None and policy.way is Way.UNLISTED_PAGE and dice.random() < 0.3:
        policy = policy._replace(page=OTHERS_PAGE)
    stays = policy is not None and policy.way is Way.CENSORED and dice.random() < 0.2
    if policy is not None and stays and not policy.partial:
        policy = policy._replace(dnssec_honest=True)
    return Service(
        place=dice.choice(PLACES),
        policy=policy,
        identity=identity,
        nsid=nsid,
        states_faults=dice.random() < 0.5,
        falters=0.0 if calm or dice.random() < 0.6 else dice.choice((0.01, 0.05, 0.2)),
        late=dice.choice((0, 0, 1, 3)),
        refuses=dice.random() < 0.02,
        invents=dice.random() < 0.04,
        dead_from=dice.randint(0, PLANS) if not calm and dice.random() < 0.1 else 10**6,
        ede_on_honest=stays,
    )


def _line(number: int, docket: tuple[str, ...], dice: Random, *, abroad: bool, calm: bool) -> Line:
    asn = _ASNS[number]
    country = ABROAD if abroad and number == len(_ASNS) - 1 else TERRITORY
    interference = Interference.NONE if dice.random() < 0.5 else dice.choice(tuple(Interference))
    withholds = None
    if interference is not Interference.NONE and dice.random() < 0.8:
        way = dice.choice((Way.NXDOMAIN, Way.NXDOMAIN_BARE, Way.LISTED_PAGE, Way.UNLISTED_PAGE, Way.NULL, Way.REFUSED))
        names = tuple(dice.sample(docket, dice.randint(1, len(docket))))
        withholds = Policy(way, names, page=dice.choice((OWN_PAGE, OTHERS_PAGE)))
    drops: tuple[str, ...] = ()
    if dice.random() < 0.08:
        drops = dice.choice((("tls",), ("tls", "https")))
    start = dice.randint(0, PLANS)
    return Line(
        vantage=PlanVantage(f"v{number}", asn, country),
        place="it",
        interference=interference,
        withholds=withholds,
        drops=drops,
        forges=not drops and dice.random() < 0.04,
        loss=0.0 if calm or dice.random() < 0.5 else dice.choice((0.01, 0.02, 0.05, 0.1, 0.2)),
        offline=(start, start + dice.randint(2, 10)) if dice.random() < 0.15 else (0, 0),
    )
