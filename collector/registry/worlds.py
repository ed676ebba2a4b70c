"""A world from TOML: `[[resolver]]` and `[[vantage]]` tables as a scenario has them, and `[[network]]` tables (prefix, asn).

Other keys are passed over.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

import msgspec

from collector.registry.builtin import builtin_world, certificate_names, endpoint_at
from schema.errors import ConfigError
from schema.registry import Network, Resolver, Vantage, World
from schema.words import Kind, Transport

if TYPE_CHECKING:
    from collections.abc import Iterable

_DOH_PATH = "/dns-query"


class _Resolver(msgspec.Struct, frozen=True):
    id: str
    operator: str = ""
    kind: Kind = Kind.PUBLIC
    asn: int | tuple[int, ...] = ()
    address: str = ""
    more_addresses: tuple[str, ...] = ()
    transports: tuple[Transport, ...] = (Transport.UDP, Transport.TCP, Transport.TLS, Transport.HTTPS)
    on_net_only: bool = False
    twin: str = ""


class _Vantage(msgspec.Struct, frozen=True):
    id: str
    asn: int = 0
    operator: str = ""
    country: str = ""
    custodian: str = ""


class _Network(msgspec.Struct, frozen=True):
    prefix: str
    asn: int
    source: str = ""


class _World(msgspec.Struct, frozen=True):
    resolver: tuple[_Resolver, ...] = ()
    vantage: tuple[_Vantage, ...] = ()
    network: tuple[_Network, ...] = ()


def load_world(data: bytes, *, name: str = "world") -> World:
    """Read a world; *name* is the file's, for messages. An operator left out is the resolver's id.

    Raises:
        ConfigError: not TOML, a field of another type, an id twice, an address or prefix that is none.
    """
    try:
        found = msgspec.toml.decode(data, type=_World)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(
            f"{name}: {error}", remedy="Write [[resolver]] and [[vantage]] tables with id, operator, kind, asn."
        ) from error
    _no_twice((one.id for one in found.resolver), name)
    _no_twice((one.id for one in found.vantage), name)
    ids = {one.id for one in found.resolver}
    return World(
        tuple(_resolver(one, ids, name) for one in found.resolver),
        tuple(Vantage(one.id, one.asn, one.operator, one.country, one.custodian) for one in found.vantage),
        tuple(_network(one, name) for one in found.network),
    )


def _resolver(one: _Resolver, ids: set[str], name: str) -> Resolver:
    return Resolver(
        id=one.id,
        operator=one.operator or one.id,
        kind=one.kind,
        asns=(one.asn,) if isinstance(one.asn, int) else one.asn,
        on_net_only=one.on_net_only,
        endpoints=tuple(_endpoints(one, name)),
        twin=one.twin or _known_twin(one.id, ids),
    )


def _network(one: _Network, name: str) -> Network:
    try:
        prefix = str(ip_network(one.prefix))
    except ValueError as error:
        raise ConfigError(f"{name}: network {one.prefix!r}: {error}", remedy="Write it as 192.0.2.0/24.") from error
    return Network(prefix, one.asn, one.source or name)


def _known_twin(identifier: str, ids: set[str]) -> str:
    """The twin that the built-in registry knows, if this world lists it too."""
    twins = {known.id: known.twin for known in builtin_world().resolvers}
    twin = twins.get(identifier, "")
    return twin if twin in ids else ""


def _endpoints(one: _Resolver, name: str) -> Iterable[str]:
    for text in (one.address, *one.more_addresses):
        if not text:
            continue
        try:
            address = str(ip_address(text))
        except ValueError as error:
            raise ConfigError(
                f"{name}: resolver {one.id!r}: {error}", remedy="Addresses are numeric, always."
            ) from error
        invented = f"dns.{one.id}.test"  # RFC 6761: a name that exists nowhere
        over_tls, over_https, path = certificate_names().get(address, (invented, invented, _DOH_PATH))
        for transport in one.transports:
            yield endpoint_at(address, transport, over_tls, over_https, path)


def _no_twice(ids: Iterable[str], name: str) -> None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise ConfigError(f"{name}: id {one!r} stands twice", remedy="Give each resolver and vantage its own id.")
        seen.add(one)
