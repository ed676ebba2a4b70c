"""One simulated round as files that `ottempera judge LINES --world WORLD` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schema.endpoint import parse_endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schema.plan import PlanVantage
    from schema.record import Record
    from schema.registry import Resolver


def lines_file(records: Sequence[tuple[bytes, Record]]) -> bytes:
    """The lines of *records*."""
    return b"".join(line + b"\n" for line, _ in records)


def world_file(resolvers: Sequence[Resolver], vantages: Sequence[PlanVantage]) -> bytes:
    """Who is who, as a scenario has it; of each resolver its first address."""
    return "\n".join((*_resolvers(resolvers), *_vantages(vantages), "")).encode()


def _resolvers(resolvers: Sequence[Resolver]) -> Iterator[str]:
    for one in resolvers:
        reaches = [parse_endpoint(endpoint) for endpoint in one.endpoints]
        transports = ", ".join(f'"{transport}"' for transport in dict.fromkeys(reach.transport for reach in reaches))
        yield "[[resolver]]"
        yield f'id = "{one.id}"\noperator = "{one.operator}"\nkind = "{one.kind}"\nasn = {list(one.asns)}'
        yield f'address = "{reaches[0].address}"\ntransports = [{transports}]'
        yield f'on_net_only = {str(one.on_net_only).lower()}\ntwin = "{one.twin}"\n'


def _vantages(vantages: Sequence[PlanVantage]) -> Iterator[str]:
    for one in vantages:
        yield f'[[vantage]]\nid = "{one.id}"\nasn = {one.asn}\ncountry = "{one.country}"\n'
