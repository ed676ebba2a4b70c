"""Shows, where it can be shown, that something on the path answers port 53 in a resolver's place.

An identity answer on port 53 can refute that the resolver answered; it can never establish that it did.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.judge.seen import Form
from schema.registry import ID_SERVER
from schema.words import Kind, Role, Sign

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import TypeAlias

    from collector.judge.seen import Seen
    from schema.registry import Resolver

    Told: TypeAlias = tuple[Seen, int | None]  # with the IP TTL of the answer

#: What a resolver on these networks answers to CH TXT id.server, by its operator's documentation.
_SHAPES: Final = {
    13335: re.compile(r"[a-z]{3}\d{0,3}|\d+m\d+"),  # Cloudflare: a site code; NSID also a server's number
    19281: re.compile(r"res\d+\.[a-z0-9]+(\.rrdns\.pch\.net)?"),  # Quad9; the short form is seen too
}
_ANSWERED_WITHOUT_TEXT: Final = frozenset({Form.NXDOMAIN, Form.NODATA, Form.REFUSED})
_MAX_SITE_CHARS: Final = 64
_HOPS: Final = 2  # paths of one resolver's servers differ by so much
_V4_PREFIX_LABELS, _V6_PREFIX_LABELS = 2, 2  # a /16 and a /32: narrower ones vary within one operator


class Who(NamedTuple):
    """What an endpoint says of itself."""

    text: frozenset[str] = frozenset()  # id.server and NSID, lower case
    named: bool = False  # id.server was answered with a text
    mute: bool = False  # id.server was answered, with nothing
    egress: frozenset[str] = frozenset()  # addresses that whoami names saw
    ttls: frozenset[int] = frozenset()  # IP TTL of answers about names that no order is about


def who(cells: Iterable[Told], nsids: Iterable[bytes | None]) -> Who:
    """Sum up the identity of one endpoint from its cells but the targets', and the NSIDs of those too."""
    text = {nsid.decode("ascii", "replace").lower() for nsid in nsids if nsid}
    egress: set[str] = set()
    ttls: set[int] = set()
    named = mute = False
    for seen, ttl in cells:
        reading, place = seen.reading, seen.place
        if reading is None or seen.form is Form.SEVERAL:
            continue
        if ttl is not None:
            ttls.add(ttl)
        if place.role is not Role.IDENTITY:
            continue
        if place.qclass == "CH":
            text.update(b"".join(strings).decode("ascii", "replace").lower() for strings in reading.texts)
            named = named or (place.name == ID_SERVER and bool(reading.texts))
            mute = mute or (place.name == ID_SERVER and seen.form in _ANSWERED_WITHOUT_TEXT)
        else:
            egress.update(reading.addresses)
    return Who(frozenset(text), named, mute, frozenset(egress), frozenset(ttls))


def together(endpoints: Iterable[Who]) -> Who:
    """What several endpoints of one resolver say of themselves."""
    found = Who()
    for one in endpoints:
        found = Who(
            found.text | one.text, found.named or one.named, found.mute or one.mute, found.egress | one.egress,
            found.ttls | one.ttls,
        )  # fmt: skip
    return found


def signs(endpoint: Who, verified: Who, resolver: Resolver, others: Mapping[str, Who]) -> frozenset[Sign]:
    """By what endpoints say of themselves: the signs that another than *resolver* answers at *endpoint*, on port 53.

    *verified* is what the resolver says of itself where a certificate vouches for it; *others* what trustworthy
    endpoints of other operators say.
    """
    foreign = frozenset().union(*(other.text for other in others.values())) - verified.text
    found: set[Sign] = set()
    denied = endpoint.mute and verified.named and not endpoint.named
    if endpoint.text & foreign or denied or _misshapen(endpoint, verified, resolver):
        found.add(Sign.IDENTITY)
    known = endpoint.text & verified.text  # the same server seems to speak, whatever its egress
    elsewhere = bool(endpoint.egress and verified.egress and not known) and not (
        {_prefix(one) for one in endpoint.egress} & {_prefix(one) for one in verified.egress}
    )
    if elsewhere or endpoint.egress & frozenset().union(*(other.egress for other in others.values())) - verified.egress:
        found.add(Sign.WHOAMI)
    return frozenset(found)


def far(endpoint: Who, ttls: Iterable[int | None]) -> bool:
    """Whether answers about a name, whose IP TTLs are *ttls*, come from another distance than the endpoint's others."""
    known = {ttl for ttl in ttls if ttl is not None}
    return bool(known and endpoint.ttls) and all(abs(one - other) > _HOPS for one in known for other in endpoint.ttls)


def _misshapen(endpoint: Who, verified: Who, resolver: Resolver) -> bool:
    """Whether an identity lacks the operator's shape, and the shape is not out of date by what the resolver says itself."""
    for asn in resolver.asns:
        shape = _SHAPES.get(asn)
        if shape is None or (verified.text and not any(shape.fullmatch(one) for one in verified.text)):
            continue
        return bool(endpoint.text) and not any(shape.fullmatch(one) or one in verified.text for one in endpoint.text)
    return False


def _prefix(address: str) -> tuple[str, ...]:
    separator, labels = (":", _V6_PREFIX_LABELS) if ":" in address else (".", _V4_PREFIX_LABELS)
    return tuple(address.split(separator)[:labels])


def on_line(resolver: Resolver, line_asn: int) -> bool:
    """Whether *resolver* is that of the operator on whose line the vantage stands."""
    return resolver.kind is Kind.ISP and bool(line_asn) and line_asn in resolver.asns


def site(cells: Iterable[Seen], nsids: Iterable[bytes | None]) -> str | None:
    """The site that answered: by the first of *cells*, which ask CH TXT id.server, else by the first of *nsids*.

    Printable ASCII, shortened; what nobody vouches for may be anybody's word.
    """
    told = [b"".join(strings) for seen in cells if seen.reading is not None for strings in seen.reading.texts]
    return next((text for said in (*told, *filter(None, nsids)) if (text := _printable(said))), None)


def _printable(said: bytes) -> str:
    text = said[:_MAX_SITE_CHARS].decode("ascii", "replace")
    return "".join(one for one in text if one.isascii() and one.isprintable()).strip()
