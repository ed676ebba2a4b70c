"""The kinds of interception and injection, each in several episodes: what stands on the path while rounds are made."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from deploy.lab.real.path.device import Spec
from deploy.lab.real.path.forging import Style
from deploy.lab.real.path.meddling import Meddling
from deploy.lab.real.path.rules import Path, Redirect
from deploy.lab.real.places import ELSEWHERE, HONEST, TESTED, VANTAGE
from deploy.lab.real.policies import DOCKET, Software
from schema.endpoint import parse_endpoint
from schema.registry import CANARY_ENDPOINTS
from schema.words import Sign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schema.registry import Vantage

#: The public resolvers on the path; of the lab's others, OpenDNS is asked by its own front at the address that a device
#: would redirect, and pools are asked by nobody here.
PUBLIC: Final = (TESTED[Software.UNBOUND], TESTED[Software.KNOT], TESTED[Software.DNSDIST], HONEST[0])
PUBLIC_ADDRESSES: Final = tuple(place.address for place in PUBLIC)
PROVIDER: Final = TESTED[Software.BIND]
CANARY: Final = parse_endpoint(CANARY_ENDPOINTS[0]).address
#: Where the device stands (RFC 5737).
DEVICE: Final = "203.0.113.66"
_RELAY_PORT: Final = 5353
#: How far things are: IP TTL of their answers.
DISTANCES: Final = {
    "1.1.1.1": 57, "8.8.8.8": 116, "9.9.9.9": 55, "9.9.9.10": 55, PROVIDER.address: 62, DEVICE: 63,
}  # fmt: skip
_NEAR: Final = 63
_TO_PROVIDER: Final = (Redirect("udp", 53, PROVIDER.address, 53), Redirect("tcp", 53, PROVIDER.address, 53))
_TO_FRONT: Final = (Redirect("tcp", 853, DEVICE, 853), Redirect("tcp", 443, DEVICE, 443))
_TO_RELAY: Final = (Redirect("tcp", 53, DEVICE, _RELAY_PORT),)


class Kind(StrEnum):
    """What is done on the path."""

    REDIRECT = "redirect"  # port 53 goes to the access provider's resolver
    ONLY_53 = "only_53"  # the same, and the verified channels are shut
    RACE = "race"  # forged datagrams race the true ones
    FORGE = "forge"  # forged datagrams instead of true ones, from another distance
    TLS = "tls"  # 853 and 443 end at a certificate that does not verify; 53 is redirected too
    IMITATE = "imitate"  # forged answers on 53 that imitate the resolver; who it is, it says itself
    STALL = "stall"  # connections to the verified channels fall silent after a few answers; 53 is redirected
    CLEAN = "clean"  # nothing; not among the seven
    OWN_LINE = "own_line"  # the access provider's own line forges its own resolver's answers; not among the seven


#: The six, and one more: silence that the path makes on channels into which it cannot see.
SEVEN: Final = tuple(kind for kind in Kind if kind not in {Kind.CLEAN, Kind.OWN_LINE})
#: Those that answer port 53 over TCP in somebody else's name as well.
OVER_TCP: Final = frozenset({Kind.REDIRECT, Kind.ONLY_53, Kind.TLS, Kind.STALL})


class Episode(NamedTuple):
    """A path and, if it needs one, a device, for as long as some rounds take.

    *reachable*: the verified channels of the public resolvers can be reached; None: now and then. *signs*: of these at least one is left behind
    at every public resolver's UDP endpoint but those of *unsigned*; where there are none, none may be seen, unless *reachable* is None.
    """

    kind: Kind
    title: str
    path: Path
    spec: Spec | None = None
    vantage: Vantage = ELSEWHERE
    reachable: bool | None = True
    trusted: bool = False  # probers trust the authority of the device's certificates, for the names they are for
    signs: frozenset[Sign] = frozenset()
    unsigned: tuple[str, ...] = ()


def _redirected(canary: bool, closed: str = "", more: tuple[Redirect, ...] = ()) -> Path:
    caught = (*PUBLIC_ADDRESSES, CANARY) if canary else PUBLIC_ADDRESSES
    return Path(caught, (*_TO_PROVIDER, *more), closed=closed, distances=DISTANCES)


def _meddled(
    meddling: Meddling, *, hold: bool, closed: str = "", ports: tuple[int, ...] = (443, 853), relay: bool = False
) -> tuple[Path, Spec]:
    redirects = _TO_RELAY if relay else ()
    path = Path(PUBLIC_ADDRESSES, redirects, closed=closed, closed_ports=ports, hold=hold, distances=DISTANCES)
    at = f"{DEVICE}:{_RELAY_PORT}" if relay else ""
    return path, Spec(meddling, PUBLIC_ADDRESSES, datagrams=True, hold=hold, tcp_at=at)


def _interceptor(seed: str, name: str) -> Spec:
    return Spec(Meddling(DOCKET, seed), PUBLIC_ADDRESSES, tls_at=DEVICE, tls_name=name)


#: Nothing documents how it names itself: without its verified channel there is nothing to compare with.
_SHAPELESS: Final = (TESTED[Software.KNOT].id,)
#: Answers that are nobody's page: such a page, of another network than the resolver's, is a sign by itself.
_NOBODYS: Final = (Style.NXDOMAIN, Style.NXDOMAIN_SOA, Style.NODATA, Style.NULL, Style.REFUSED)
_WHO: Final = frozenset({Sign.IDENTITY, Sign.WHOAMI})


def episodes(seed: str) -> tuple[Episode, ...]:
    """All of them; *seed* decides what devices say and when."""
    race = Meddling(
        DOCKET, f"{seed}/race", truth_ms=30, forged_ms=20, late=0.2, late_ms=300, again=0.3, wrong_id=0.4, garbage=0.3
    )
    side = Meddling(DOCKET, f"{seed}/side", again=0.3, wrong_id=0.5, garbage=0.2)
    forge = Meddling(DOCKET, f"{seed}/forge", truth=0.0, forged_ms=5, wrong_id=0.3, ttl=_NEAR)
    mixed = Meddling(DOCKET, f"{seed}/mixed", truth=0.3, truth_ms=20, late=0.5, late_ms=400, forged_ms=5, ttl=_NEAR)
    twin = Meddling(
        DOCKET, f"{seed}/twin", styles=(Style.NXDOMAIN_BARE, Style.CENSORED, Style.DENIED_CENSORED),
        truth=0.0, forged_ms=3, imitate=True,
    )  # fmt: skip
    plain = Meddling(DOCKET, f"{seed}/plain", styles=_NOBODYS, truth=0.0, forged_ms=3, imitate=True)
    canary = frozenset({Sign.CANARY})
    raced, away = frozenset({Sign.DATAGRAMS}), frozenset({Sign.DISTANCE})
    return (
        Episode(Kind.REDIRECT, "from elsewhere", _redirected(canary=False), signs=_WHO),
        Episode(Kind.REDIRECT, "and of every address", _redirected(canary=True), signs=_WHO | canary),
        Episode(Kind.REDIRECT, "on the provider's line", _redirected(canary=False), vantage=VANTAGE, signs=_WHO),
        Episode(
            Kind.ONLY_53, "dropped", _redirected(canary=False, closed="drop"),
            reachable=False, signs=_WHO, unsigned=_SHAPELESS,
        ),
        Episode(Kind.ONLY_53, "reset", _redirected(canary=True, closed="reset"), reachable=False, signs=canary),
        Episode(
            Kind.ONLY_53, "dropped, on the provider's line", _redirected(canary=False, closed="drop"),
            vantage=VANTAGE, reachable=False, signs=_WHO,
        ),
        Episode(Kind.RACE, "truth delayed", *_meddled(race, hold=True), signs=raced),
        Episode(Kind.RACE, "from the side", *_meddled(side, hold=False), signs=raced),
        Episode(
            Kind.RACE, "verified channels reset", *_meddled(race, hold=True, closed="reset"),
            reachable=False, signs=raced,
        ),
        Episode(
            Kind.RACE, "nothing but UDP", *_meddled(race, hold=True, closed="drop", ports=(53, 443, 853)),
            reachable=False, signs=raced,
        ),
        Episode(Kind.FORGE, "truth dropped", *_meddled(forge, hold=True), signs=away),
        Episode(Kind.FORGE, "some truth late", *_meddled(mixed, hold=True), vantage=VANTAGE, signs=away | raced),
        Episode(
            Kind.FORGE, "verified channels dropped", *_meddled(forge, hold=True, closed="drop"),
            reachable=False, signs=away,
        ),
        Episode(
            Kind.FORGE, "nothing but UDP", *_meddled(forge, hold=True, closed="reset", ports=(53, 443, 853)),
            reachable=False, signs=away,
        ),
        Episode(
            Kind.TLS, "any name, nobody's authority", _redirected(canary=False, more=_TO_FRONT),
            _interceptor(f"{seed}/any", ""), reachable=False, signs=_WHO, unsigned=_SHAPELESS,
        ),
        Episode(
            Kind.TLS, "its own name", _redirected(canary=True, more=_TO_FRONT),
            _interceptor(f"{seed}/own", "filter.isp.example"), reachable=False, trusted=True, signs=_WHO | canary,
        ),
        Episode(
            Kind.TLS, "on the provider's line", _redirected(canary=False, more=_TO_FRONT),
            _interceptor(f"{seed}/line", ""), vantage=VANTAGE, reachable=False, signs=_WHO,
        ),
        Episode(Kind.IMITATE, "operators' own shapes", *_meddled(twin, hold=True, relay=True)),
        Episode(Kind.IMITATE, "plain shapes", *_meddled(plain, hold=True, relay=True), vantage=VANTAGE),
        Episode(
            Kind.IMITATE, "verified channels dropped", *_meddled(twin, hold=True, relay=True, closed="drop"),
            reachable=False,
        ),
        *_stalls(),
        Episode(Kind.CLEAN, "from elsewhere", Path(PUBLIC_ADDRESSES, distances=DISTANCES)),
        Episode(Kind.CLEAN, "on the provider's line", Path(PUBLIC_ADDRESSES, distances=DISTANCES), vantage=VANTAGE),
        _own_line(seed),
    )  # fmt: skip


def _stalls() -> Iterator[Episode]:
    for packets in (7, 9, 12):
        path = Path(PUBLIC_ADDRESSES, _TO_PROVIDER, stalls_after=packets, distances=DISTANCES)
        yield Episode(Kind.STALL, f"after {packets} packets", path, reachable=None)
    path = Path(PUBLIC_ADDRESSES[:1], _TO_PROVIDER, stalls_after=9, distances=DISTANCES)
    yield Episode(Kind.STALL, "to one resolver only", path, reachable=None)


def _own_line(seed: str) -> Episode:
    """The provider's line forges what its own resolver does not say: on that line it is the operator's doing."""
    meddling = Meddling(DOCKET, f"{seed}/line", styles=(Style.LOOPBACK,), truth=0.0, ttl=_NEAR)
    closed = (53, 443, 853)  # the lab's provider has TLS as well
    path = Path((PROVIDER.address,), closed="drop", closed_ports=closed, hold=True, distances=DISTANCES)
    spec = Spec(meddling, (PROVIDER.address,), datagrams=True, hold=True)
    return Episode(Kind.OWN_LINE, "forged on its own line", path, spec, vantage=VANTAGE)
