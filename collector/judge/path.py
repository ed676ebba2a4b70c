"""Shows, where it can be shown, that something on the path answers port 53 in a resolver's place.

An identity answer on port 53 can refute that the resolver answered; it can never establish that it did.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.judge.seen import Form
from schema.registry import ID_SERVER
from schema.words import Kind, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from collector.judge.seen import Seen
    from schema.registry import Resolver

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


def who(cells: Iterable[Seen]) -> Who:
    """Sum up the identity of one endpoint from all its cells but the targets' own answers."""
    text: set[str] = set()
    egress: set[str] = set()
    ttls: set[int] = set()
    named = mute = False
    for seen in cells:
        reading, record = seen.reading, seen.record
        if reading is None or seen.form is Form.SEVERAL:
            continue
        if reading.nsid:
            text.add(reading.nsid.decode("ascii", "replace").lower())
        if record.role is not Role.TARGET and seen.ttl is not None:
            ttls.add(seen.ttl)
        if record.role is not Role.IDENTITY:
            continue
        if record.qclass == "CH":
            text.update(b"".join(strings).decode("ascii", "replace").lower() for strings in reading.texts)
            named = named or (record.name == ID_SERVER and bool(reading.texts))
            mute = mute or (record.name == ID_SERVER and seen.form in _ANSWERED_WITHOUT_TEXT)
        else:
            egress.update(reading.addresses)
    return Who(frozenset(text), named, mute, frozenset(egress), frozenset(ttls))


def shown(endpoint: Who, verified: Who, resolver: Resolver, others: Mapping[str, Who], answers: Iterable[Seen]) -> bool:
    """Whether another than *resolver* is shown to answer at *endpoint*, which is port 53.

    *verified* is what the resolver says of itself where a certificate vouches for it; *others* what trustworthy
    endpoints of other operators say; *answers* are the target cells asked there for one name.
    """
    answers = tuple(answers)
    if any(seen.form is Form.SEVERAL for seen in answers) or _far(endpoint, answers):
        return True
    foreign = frozenset().union(*(other.text for other in others.values())) - verified.text
    if endpoint.text & foreign or _misshapen(endpoint, verified, resolver):
        return True
    if endpoint.mute and verified.named and not endpoint.named:
        return True
    if endpoint.egress & frozenset().union(*(other.egress for other in others.values())) - verified.egress:
        return True
    known = endpoint.text & verified.text  # the same server seems to speak, whatever its egress
    return bool(endpoint.egress and verified.egress and not known) and not (
        {_prefix(one) for one in endpoint.egress} & {_prefix(one) for one in verified.egress}
    )


def _misshapen(endpoint: Who, verified: Who, resolver: Resolver) -> bool:
    """Whether an identity lacks the operator's shape, and the shape is not out of date by what the resolver says itself."""
    for asn in resolver.asns:
        shape = _SHAPES.get(asn)
        if shape is None or (verified.text and not any(shape.fullmatch(one) for one in verified.text)):
            continue
        return bool(endpoint.text) and not any(shape.fullmatch(one) or one in verified.text for one in endpoint.text)
    return False


def _far(endpoint: Who, answers: tuple[Seen, ...]) -> bool:
    """Whether answers about the name come from another distance than the endpoint's other answers."""
    ttls = {seen.ttl for seen in answers if seen.ttl is not None and seen.reading is not None}
    return bool(ttls and endpoint.ttls) and all(abs(one - other) > _HOPS for one in ttls for other in endpoint.ttls)


def _prefix(address: str) -> tuple[str, ...]:
    separator, labels = (":", _V6_PREFIX_LABELS) if ":" in address else (".", _V4_PREFIX_LABELS)
    return tuple(address.split(separator)[:labels])


def on_line(resolver: Resolver, line_asn: int) -> bool:
    """Whether *resolver* is that of the operator on whose line the vantage stands."""
    return resolver.kind is Kind.ISP and bool(line_asn) and line_asn in resolver.asns


def site(cells: Iterable[Seen]) -> str | None:
    """The site that answered, by CH TXT id.server at the lowest cell; printable ASCII, shortened."""
    for seen in cells:
        if seen.record.role is Role.IDENTITY and seen.record.name == ID_SERVER and seen.reading is not None:
            for strings in seen.reading.texts:
                text = b"".join(strings)[:_MAX_SITE_CHARS].decode("ascii", "replace")
                return "".join(one for one in text if one.isascii() and one.isprintable()) or None
    return None
