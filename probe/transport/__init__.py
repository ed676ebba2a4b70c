"""Carries questions over UDP, TCP, TLS, HTTPS and QUIC, and decides nothing: bytes out, bytes in, times, certificates.

`make_carriers` gives the set that a probe uses; `Ask` goes in, `Heard` comes out through a callback, once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from probe.transport import quic
from probe.transport.connected import ConnectedCarrier
from probe.transport.pool import DEFAULT_LIMITS, Limits
from probe.transport.port import SYSTEM_CLOCK, Ask, Carrier, Clock, Done, Heard, OnCertificate, Route, direct
from probe.transport.tls import TlsFront, Trust
from probe.transport.udp import UdpCarrier
from schema.words import Transport

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Ask",
    "Carrier",
    "Carriers",
    "Clock",
    "Done",
    "Heard",
    "Limits",
    "OnCertificate",
    "Route",
    "Trust",
    "direct",
    "make_carriers",
]


class Carriers:
    """One carrier for each transport, chosen by the endpoint."""

    def __init__(self, by_transport: Mapping[Transport, Carrier]) -> None:
        """Carry what is in *by_transport* and nothing else."""
        self._by_transport = by_transport
        self._transports = frozenset(by_transport)

    @property
    def transports(self) -> frozenset[Transport]:
        """What can be carried; a cell of any other is a gap `transport_unavailable`."""
        return self._transports

    @property
    def in_flight(self) -> int:
        """Questions submitted whose `done` is still to come."""
        return sum(carrier.in_flight for carrier in set(self._by_transport.values()))

    def submit(self, ask: Ask, done: Done) -> None:
        """Take *ask*; *done* is called exactly once, later, never from within this call.

        Raises:
            KeyError: a transport that is not among `transports`.
        """
        self._by_transport[ask.endpoint.transport].submit(ask, done)

    async def close(self) -> None:
        """Give up what is in flight (as `local_error`) and free everything."""
        for carrier in set(self._by_transport.values()):
            await carrier.close()


def make_carriers(
    route: Route = direct,
    trust: Trust = None,
    clock: Clock = SYSTEM_CLOCK,
    *,
    on_certificate: OnCertificate = lambda _name, _der: None,
    limits: Limits = DEFAULT_LIMITS,
    max_open: int | None = None,
) -> Carriers:
    """The carriers of a probe; to be called inside a running event loop.

    *route* says where packets really go, *trust* whose certificates verify, *on_certificate* is called at the first use
    of each. *max_open* bounds UDP sockets. QUIC is carried where its extra is installed.
    """
    connected = ConnectedCarrier(route, TlsFront(trust, on_certificate), clock, limits)
    carriers: dict[Transport, Carrier] = {
        Transport.UDP: UdpCarrier(route, clock, max_open=max_open),
        Transport.TCP: connected,
        Transport.TLS: connected,
        Transport.HTTPS: connected,
    }
    if quic.available():
        carriers[Transport.QUIC] = connected
    return Carriers(carriers)
