"""Who is where: the operators whose addresses the programs stand at, and the certificate names of those addresses.

Addresses and names are those of the built-in registry (`collector/registry`), so that probes ask as they do outside;
which program stands behind which operator is invented.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from collector.registry import builtin_world
from collector.registry.builtin import certificate_names, endpoint_at
from deploy.lab.real.policies import Software
from schema.registry import Resolver, Vantage, World
from schema.words import Transport

ROOT_SERVER: Final = "198.41.0.4"
IT_SERVER: Final = "194.0.16.215"
TLD_SERVER: Final = "192.5.6.30"
HOST_SERVER: Final = "185.60.216.53"
WHOAMI_SERVER: Final = "193.108.91.53"
#: The honest resolver behind dnsdist.
BACKEND: Final = "127.0.1.1"
INFRASTRUCTURE: Final = (ROOT_SERVER, IT_SERVER, TLD_SERVER, HOST_SERVER, WHOAMI_SERVER)

ALL: Final = (Transport.UDP, Transport.TCP, Transport.TLS, Transport.HTTPS)
VERIFIED: Final = (Transport.TLS, Transport.HTTPS)


class Place(NamedTuple):
    """A resolver of the registry and the address at which it is served here."""

    id: str
    address: str
    transports: tuple[Transport, ...] = ALL
    identity: str = ""  # answered to CH TXT id.server, and as NSID
    pool_of: str = ""  # this is a pool of the program at that place and of an honest one at `partner`
    partner: str = ""
    quic_address: str = ""  # where a front can listen, if not at `address`

    @property
    def names(self) -> tuple[str, str, str]:
        """The names for TLS and HTTPS and the path of DNS over HTTPS."""
        invented = f"dns.{self.id}.test"
        return certificate_names().get(self.address, (invented, invented, "/dns-query"))

    def endpoint(self, transport: Transport) -> str:
        """The endpoint in the form of plans and records."""
        address = self.quic_address if transport is Transport.QUIC else ""
        return endpoint_at(address or self.address, transport, *self.names)


#: The program behind each resolver under test.
TESTED: Final = {
    # Unbound 1.17 takes UDP too at the ports of TLS and HTTPS, where nothing speaks QUIC then.
    Software.UNBOUND: Place("cloudflare", "1.1.1.1", identity="mxp01", quic_address="2606:4700:4700::1111"),
    Software.BIND: Place("fastweb", "62.101.93.101", identity="fastweb-mi-1"),
    Software.KNOT: Place("google", "8.8.8.8", identity="gpdns-fra"),
    Software.POWERDNS: Place("opendns", "208.67.222.222", identity="r2001.mil"),
    Software.DNSDIST: Place("quad9", "9.9.9.9", identity="res860.qfra3.rrdns.pch.net"),
}
#: Two servers behind one address, one of which follows the policies and one of which does not.
POOLS: Final = {
    Software.UNBOUND: Place("cloudflare-pool", "1.0.0.1", ALL, "mxp02", "cloudflare", "127.0.2.1"),
    Software.BIND: Place("fastweb-pool", "62.101.93.200", ALL, "fastweb-mi-2", "fastweb", "127.0.2.2"),
    Software.KNOT: Place("google-pool", "8.8.4.4", ALL, "gpdns-mil", "google", "127.0.2.3"),
    Software.POWERDNS: Place("opendns-pool", "208.67.220.220", ALL, "r2002.mil", "opendns", "127.0.2.4"),
    Software.DNSDIST: Place("quad9-pool", "149.112.112.112", ALL, "res862.qfra3.rrdns.pch.net", "quad9", "127.0.2.5"),
}
HONEST: Final = (
    Place("quad9-unfiltered", "9.9.9.10", identity="res861.qfra3.rrdns.pch.net"),
    Place("mullvad", "194.242.2.2", VERIFIED, identity="mullvad-se"),
    Place("digitale-gesellschaft", "185.95.218.42", VERIFIED, identity="digiges-ch"),
)
#: On the access provider's own line.
VANTAGE: Final = Vantage("mi-01", 12874, "Fastweb", "IT")
#: On nobody's line that is tested here.
ELSEWHERE: Final = Vantage("vps-01", 64496, "", "IT")


def everywhere() -> tuple[Place, ...]:
    """Every resolver there is, tested ones first."""
    return (*TESTED.values(), *POOLS.values(), *HONEST)


def world(*, quic: bool) -> World:
    """The registry of the lab: the built-in one with the endpoints that are served here, *quic* where it is served."""
    known = {one.id: one for one in builtin_world().resolvers}
    found: list[Resolver] = []
    for place in everywhere():
        row = known[place.pool_of or place.id]
        fronted = quic and place not in HONEST
        transports = (*place.transports, Transport.QUIC) if fronted else place.transports
        found.append(
            Resolver(
                place.id,
                row.operator,
                row.kind,
                row.asns,
                on_net_only=row.on_net_only,
                endpoints=tuple(place.endpoint(transport) for transport in transports),
                twin=row.twin,
            )
        )
    return World(tuple(found), (VANTAGE, ELSEWHERE))
