"""What a scenario may leave out: transports by kind, two honest controls, the networks of vantages that name none."""

from __future__ import annotations

from ipaddress import ip_network

from deploy.lab.shapes import Resolver
from schema.words import Kind, Transport

#: Benchmarking addresses (RFC 2544) that no real resolver has.
_CONTROL_ADDRESSES = ip_network("198.18.0.0/15")
#: Documentation AS numbers (RFC 5398) for vantages that name none: each its own network.
DOCUMENTATION_ASN = 64496
_CONTROL_ASN = 64510
TRANSPORTS = {
    Kind.PUBLIC: (Transport.UDP, Transport.TCP, Transport.TLS, Transport.HTTPS),
    Kind.CONTROL: (Transport.UDP, Transport.TCP, Transport.TLS, Transport.HTTPS),
    Kind.ISP: (Transport.UDP, Transport.TCP),
}


def controls(resolvers: tuple[Resolver, ...]) -> tuple[Resolver, Resolver]:
    """Two honest resolvers of two operators, at addresses and under ids that nobody has."""
    taken = {address for resolver in resolvers for address in resolver.addresses}
    free = (str(host) for host in _CONTROL_ADDRESSES.hosts() if str(host) not in taken)
    ids = {resolver.id for resolver in resolvers}
    unused = (f"control-{number}" for number in range(1, len(ids) + 3) if f"control-{number}" not in ids)
    first, second = (
        Resolver(
            id=next(unused),
            operator=f"Lab control {place}",
            kind=Kind.CONTROL,
            asn=_CONTROL_ASN + number,
            address=next(free),
            transports=TRANSPORTS[Kind.CONTROL],
            identity=f"control-{place.lower()}",
        )
        for number, place in enumerate("AB")
    )
    return first, second
