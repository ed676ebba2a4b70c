"""Holds records against the datagrams that the kernel saw: every one that came is stored, byte for byte, or is named."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from deploy.lab.real.path.tap import DNS_PORT
from schema.endpoint import parse_endpoint
from schema.words import Transport

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from deploy.lab.real.path.tap import Noted
    from schema.record import Record

#: An answer that comes so short before its window ends may be on either side of it: the times are two processes'.
_EDGE_NS: Final = 20_000_000
_NS: Final = 1_000_000_000
_Key = tuple[str, bytes]  # the address that was asked, and the question with its id and letter case


class Delivered(NamedTuple):
    """An answer that came to a prober's socket."""

    after_ns: int  # since its question passed
    wire: bytes
    ttl: int | None


class Stored(NamedTuple):
    """How the two sides compare; `missing` and `invented` must be empty."""

    delivered: int  # within the windows
    stored: int
    after_window: int
    other_ids: int  # stored, under an id that was not the question's
    missing: list[str]
    invented: list[str]


def compare(
    rounds: Iterable[Sequence[tuple[bytes, Record]]],
    noted: Iterable[Noted],
    addresses: Collection[str],
    *,
    window_s: float,
) -> Stored:
    """Compare the answers that came from *addresses* over UDP with the records of all *rounds*."""
    delivered = _delivered(noted)
    kept: dict[_Key, list[tuple[bytes, int | None]]] = {}
    for record in _over_udp(rounds, addresses):
        key = parse_endpoint(record.endpoint).address, record.query
        kept.setdefault(key, []).extend((answer.wire, answer.ttl) for answer in record.answers)
    within = stored = after = other_ids = 0
    missing: list[str] = []
    invented: list[str] = []
    for key, answers in kept.items():
        came = delivered.get(key, [])
        due = Counter((one.wire, one.ttl) for one in came if one.after_ns < window_s * _NS - _EDGE_NS)
        whole, have = Counter((one.wire, one.ttl) for one in came), Counter(answers)
        within += due.total()
        after += whole.total() - due.total()
        stored += have.total()
        other_ids += sum(wire[:2] != key[1][:2] for wire, _ in answers)
        missing += [_shown(key, *one) for one in (due - have).elements()]
        invented += [_shown(key, *one) for one in (have - whole).elements()]
    return Stored(within, stored, after, other_ids, missing, invented)


def _over_udp(rounds: Iterable[Sequence[tuple[bytes, Record]]], addresses: Collection[str]) -> Iterator[Record]:
    for records in rounds:
        for _, record in records:
            endpoint = parse_endpoint(record.endpoint)
            if endpoint.transport is Transport.UDP and endpoint.address in addresses:
                yield record


def _delivered(noted: Iterable[Noted]) -> dict[_Key, list[Delivered]]:
    """The answers by the question that they came to; a socket asks from the very address that it asks, as all is local."""
    asked: dict[tuple[str, int], tuple[_Key, int]] = {}
    found: dict[_Key, list[Delivered]] = {}
    for at_ns, one in noted:
        if one.target_port == DNS_PORT:
            key = one.source, one.payload
            asked[one.source, one.source_port] = key, at_ns
            found.setdefault(key, [])
        elif one.client in asked:
            key, asked_ns = asked[one.client]
            if one.source == key[0]:  # another sender's would not reach a connected socket
                found[key].append(Delivered(at_ns - asked_ns, one.payload, one.ttl))
    return found


def _shown(key: _Key, wire: bytes, ttl: int | None) -> str:
    return f"{key[0]} asked {key[1].hex()}: {wire.hex()} with TTL {ttl}"
