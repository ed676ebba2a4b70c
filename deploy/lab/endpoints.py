"""The endpoints of a scripted resolver as plans and records write them, and the registry entry it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schema import registry
from schema.endpoint import DEFAULT_PORTS, Endpoint
from schema.words import Transport

if TYPE_CHECKING:
    from deploy.lab.shapes import Resolver, Scenario

_CLOUDFLARE = ("one.one.one.one", "cloudflare-dns.com")
_QUAD9 = ("dns.quad9.net", "dns.quad9.net")
_QUAD9_UNFILTERED = ("dns10.quad9.net", "dns10.quad9.net")
_GOOGLE = ("dns.google", "dns.google")
_OPENDNS = ("dns.opendns.com", "doh.opendns.com")
#: Names of the certificates at well-known addresses: over TLS (RFC 7858) and QUIC (RFC 9250), over HTTPS (RFC 8484).
_CERTIFICATE_NAMES = {
    "1.1.1.1": _CLOUDFLARE,
    "1.0.0.1": _CLOUDFLARE,
    "2606:4700:4700::1111": _CLOUDFLARE,
    "2606:4700:4700::1001": _CLOUDFLARE,
    "9.9.9.9": _QUAD9,
    "149.112.112.112": _QUAD9,
    "2620:fe::fe": _QUAD9,
    "2620:fe::9": _QUAD9,
    "9.9.9.10": _QUAD9_UNFILTERED,
    "149.112.112.10": _QUAD9_UNFILTERED,
    "2620:fe::10": _QUAD9_UNFILTERED,
    "2620:fe::fe:10": _QUAD9_UNFILTERED,
    "8.8.8.8": _GOOGLE,
    "8.8.4.4": _GOOGLE,
    "2001:4860:4860::8888": _GOOGLE,
    "2001:4860:4860::8844": _GOOGLE,
    "208.67.222.222": _OPENDNS,
    "208.67.220.220": _OPENDNS,
    "185.95.218.42": ("dns.digitale-gesellschaft.ch", "dns.digitale-gesellschaft.ch"),
    "194.242.2.2": ("dns.mullvad.net", "dns.mullvad.net"),
    "193.17.47.1": ("odvr.nic.cz", "odvr.nic.cz"),
}
#: A filtering service and the same operator's unfiltered one, which is asked in the same round.
_TWINS = {"9.9.9.9": "9.9.9.10"}
DOH_PATH = "/dns-query"


def endpoint_at(resolver: Resolver, address: str, transport: Transport) -> Endpoint:
    """The endpoint of *resolver* at *address*; a certificate name that nobody knows is `dns.<id>.test` (RFC 6761)."""
    over_tls, over_https = _CERTIFICATE_NAMES.get(address, (f"dns.{resolver.id}.test",) * 2)
    port = DEFAULT_PORTS[transport]
    if transport in {Transport.TLS, Transport.QUIC}:
        return Endpoint(transport, address, port, over_tls)
    if transport is Transport.HTTPS:
        return Endpoint(transport, address, port, over_https, DOH_PATH)
    return Endpoint(transport, address, port)


def endpoints(resolver: Resolver) -> tuple[str, ...]:
    """All endpoints of *resolver*, address by address, in the form of `schema.endpoint`."""
    return tuple(
        str(endpoint_at(resolver, address, transport))
        for address in resolver.addresses
        for transport in resolver.transports
    )


def to_registry(scenario: Scenario) -> tuple[tuple[registry.Resolver, ...], tuple[registry.Vantage, ...]]:
    """The scripted resolvers and vantages as plans and the judge know them."""
    by_address = {resolver.address: resolver.id for resolver in scenario.resolvers}
    resolvers = tuple(
        registry.Resolver(
            id=resolver.id,
            operator=resolver.operator,
            kind=resolver.kind,
            asns=resolver.asns,
            on_net_only=resolver.on_net_only,
            endpoints=endpoints(resolver),
            twin=by_address.get(_TWINS.get(resolver.address, ""), ""),
        )
        for resolver in scenario.resolvers
    )
    vantages = tuple(
        registry.Vantage(
            id=vantage.id,
            asn=vantage.asn,
            operator=vantage.operator,
            country=vantage.country,
            custodian=vantage.custodian,
        )
        for vantage in scenario.vantages
    )
    return resolvers, vantages
