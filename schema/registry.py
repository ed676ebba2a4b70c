"""Who is who: resolvers and vantages as the judge and the plans know them."""

from __future__ import annotations

from schema.codec import Whole, Wire
from schema.names import ROOT, slug
from schema.words import Kind

#: A name that every honest resolver answers with an address.
KNOWN_GOOD = "example.com."
#: A name that exists nowhere; its parent does.
KNOWN_ABSENT = "ottempera-absent.example.com."
#: Asked in class CH, type TXT: which site or server answers (RFC 4892).
ID_SERVER = "id.server."
#: An A answer is the egress address of the resolver that asked.
WHOAMI = "whoami.akamai.net."
#: Nobody's resolver: it stands in plans and records for an address where nothing runs, never in a registry.
CANARY = "no-dns"
#: Where it is asked. The address is for documents (TEST-NET-1, RFC 5737) and routed nowhere: what answers there stands
#: on the path and takes questions that were for somebody else.
CANARY_ENDPOINTS = ("udp:192.0.2.53:53", "tcp:192.0.2.53:53")
INFRASTRUCTURE = frozenset({KNOWN_GOOD, KNOWN_ABSENT, ID_SERVER, WHOAMI, ROOT})


class Resolver(Wire, frozen=True):
    """A recursive service and who answers for it."""

    id: str
    operator: str
    kind: Kind = Kind.PUBLIC
    asns: tuple[Whole, ...] = ()
    on_net_only: bool = False
    endpoints: tuple[str, ...] = ()
    twin: str = ""  # the same service unfiltered, asked in the same round
    mix_case: bool = True

    @property
    def operator_slug(self) -> str:
        """The operator in the form that is compared."""
        return slug(self.operator)


class Vantage(Wire, frozen=True):
    """The network place a probe measures from."""

    id: str
    asn: Whole = 0
    operator: str = ""
    country: str = ""
    custodian: str = ""


class Network(Wire, frozen=True):
    """Addresses that one network announces: a prefix in CIDR form, the network's number, and who says so."""

    prefix: str
    asn: Whole
    source: str = ""


class World(Wire, frozen=True):
    """All that is known of resolvers and vantages; what is not listed is taken as a public resolver, an unknown vantage."""

    resolvers: tuple[Resolver, ...] = ()
    vantages: tuple[Vantage, ...] = ()
    networks: tuple[Network, ...] = ()
