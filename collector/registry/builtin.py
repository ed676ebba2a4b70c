"""The tables in this folder, and the policy made of them.

`resolvers.csv`: one row an address; `kind` and the rest as in `schema.registry.Resolver`, lists joined by `;`. Only
services that may be asked: no filter that a user chooses, no address whose operator is to be asked first. An access
provider's resolver without a known network is left out, since no vantage could be told to be inside.

`fingerprints.csv`: as `schema.policy.Fingerprint`; `also` and `asns` joined by `;`. What is known of an operator is a
prior: it names an answer, and only an address that is somebody's stop page decides by itself.

`networks.csv`: as `schema.registry.Network`. Only what a network's operator publishes, and little of it: enough to know
that a stop page and a site may stand in one cloud.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from collector.judge.rules import RULE_IDS
from schema.endpoint import DEFAULT_PORTS, Endpoint
from schema.policy import Bound, Fingerprint, Policy
from schema.registry import Network, Resolver, World
from schema.words import Kind, Transport

if TYPE_CHECKING:
    from collections.abc import Iterable


def _rows(name: str) -> list[dict[str, str]]:
    text = files("collector.registry").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _list(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split(";") if part)


@cache
def builtin_world() -> World:
    """The resolvers that come with the program, and no vantages."""
    first: dict[str, dict[str, str]] = {}
    endpoints: dict[str, list[str]] = {}
    for row in _rows("resolvers.csv"):
        first.setdefault(row["id"], row)
        endpoints.setdefault(row["id"], []).extend(_endpoints(row))
    return World(
        tuple(
            Resolver(
                id=row["id"],
                operator=row["operator"],
                kind=Kind(row["kind"]),
                asns=tuple(int(asn) for asn in _list(row["asns"])),
                on_net_only=row["on_net_only"] == "yes",
                endpoints=tuple(endpoints[row["id"]]),
                twin=row["twin"],
            )
            for row in first.values()
        )
    )


def _endpoints(row: dict[str, str]) -> list[str]:
    return [
        endpoint_at(row["address"], Transport(name), row["tls_name"], row["doh_name"], row["doh_path"])
        for name in _list(row["transports"])
    ]


def endpoint_at(address: str, transport: Transport, tls_name: str, doh_name: str, doh_path: str) -> str:
    """The endpoint at *address* on the transport's own port."""
    port = DEFAULT_PORTS[transport]
    if transport is Transport.HTTPS:
        return str(Endpoint(transport, address, port, doh_name, doh_path))
    named = transport in {Transport.TLS, Transport.QUIC}
    return str(Endpoint(transport, address, port, tls_name if named else ""))


@cache
def certificate_names() -> dict[str, tuple[str, str, str]]:
    """By address: the certificate's name over TLS, over HTTPS, and the path of the latter."""
    return {
        row["address"]: (row["tls_name"], row["doh_name"], row["doh_path"])
        for row in _rows("resolvers.csv")
        if row["tls_name"]
    }


@cache
def builtin_fingerprints() -> tuple[Fingerprint, ...]:
    """The fingerprints that come with the program."""
    return tuple(
        Fingerprint(
            id=row["id"],
            label=row["label"],
            kind=row["kind"],
            value=row["value"],
            also=_list(row["also"]),
            asns=tuple(int(asn) for asn in _list(row["asns"])),
            polarity=row["polarity"],
            basis=row["basis"],
            valid_from=row["valid_from"],
            valid_to=row["valid_to"],
            source=row["source"],
        )
        for row in _rows("fingerprints.csv")
    )


@cache
def builtin_networks() -> tuple[Network, ...]:
    """The networks that come with the program: those that their operators publish."""
    return tuple(Network(row["prefix"], int(row["asn"]), row["source"]) for row in _rows("networks.csv"))


def default_policy(world: World, bound: Iterable[Bound] = (), **overrides: Any) -> Policy:  # noqa: ANN401 - Policy's fields
    """The policy of this version for *world*; *overrides* are fields of Policy."""
    fields: dict[str, Any] = {
        "rules": RULE_IDS,
        "fingerprints": builtin_fingerprints(),
        "resolvers": world.resolvers,
        "bound": tuple(bound),
        "networks": (*builtin_networks(), *world.networks),
    }
    return Policy(**(fields | overrides))
