"""Carries questions over UDP, TCP, TLS, HTTPS and QUIC, and decides nothing: bytes out, bytes in, times, certificates.

`make_carriers` gives the set that a probe uses; `Ask` goes in, `Heard` comes out through a callback, once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from probe.transport import quic
from probe.transport.connected import ConnectedCarrier
from probe.transport.look import LookCarrier
from probe.transport.measure import MeasureCarrier
from probe.transport.pool import DEFAULT_LIMITS, Limits
from probe.transport.port import SYSTEM_CLOCK, Ask, Carrier, Clock, Done, Heard, OnCertificate, Route, direct
from probe.transport.tls import TlsFront, Trust
from probe.transport.udp import UdpCarrier
from schema.looks import may_look
from schema.words import Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from schema.endpoint import Endpoint

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

    def __init__(
        self,
        by_transport: Mapping[Transport, Carrier],
        look: LookCarrier | None = None,
        measure: MeasureCarrier | None = None,
    ) -> None:
        """Carry what is in *by_transport* and nothing else; look at sites, if at all, by *look*, ask them by *measure*."""
        self._by_transport = by_transport
        self._look = look
        self._measure = measure
        self._transports = frozenset(by_transport)

    @property
    def transports(self) -> frozenset[Transport]:
        """What can be carried; a cell of any other is a gap `transport_unavailable`."""
        return self._transports

    @property
    def in_flight(self) -> int:
        """Questions submitted whose `done` is still to come."""
        return sum(carrier.in_flight for carrier in self._carriers())

    def may_look(self, endpoint: Endpoint) -> bool:
        """Whether a look at *endpoint* is allowed here; any other comes to `local_error`."""
        return self._look is not None and self._look.may(endpoint)

    def may_measure(self, endpoint: Endpoint) -> bool:
        """Whether the site at *endpoint* may be asked from here; any other comes to `local_error`."""
        return self._measure is not None and self._measure.may(endpoint)

    def submit(self, ask: Ask, done: Done) -> None:
        """Take *ask*; *done* is called exactly once, later, never from within this call.

        Without a query a site is met and no resolver: over TLS with a look, over HTTPS with a question of its own.

        Raises:
            KeyError: a transport that is not among `transports`, a site where nobody meets sites so.
        """
        if ask.query:
            self._by_transport[ask.endpoint.transport].submit(ask, done)
            return
        meets = self._measure if ask.endpoint.transport is Transport.HTTPS else self._look
        if meets is None:
            raise KeyError(ask.endpoint.transport)
        meets.submit(ask, done)

    async def close(self) -> None:
        """Give up what is in flight (as `local_error`) and free everything."""
        for carrier in self._carriers():
            await carrier.close()

    def _carriers(self) -> set[Carrier]:
        return {*self._by_transport.values(), *(site for site in (self._look, self._measure) if site is not None)}


def make_carriers(  # noqa: PLR0913 - one argument a thing that is outside the carriers
    route: Route = direct,
    trust: Trust = None,
    clock: Clock = SYSTEM_CLOCK,
    *,
    on_certificate: OnCertificate = lambda _name, _der: None,
    limits: Limits = DEFAULT_LIMITS,
    max_open: int | None = None,
    may_look: Callable[[Endpoint], bool] = may_look,
    may_measure: Callable[[Endpoint], bool] | None = None,
) -> Carriers:
    """The carriers of a probe; to be called inside a running event loop.

    *route* says where packets really go, *trust* whose certificates verify, *on_certificate* is called at the first use
    of each. *max_open* bounds UDP sockets. QUIC is carried where its extra is installed. *may_look* says
    at whom, beside resolvers, a look may be taken; only a lab has another than the default. *may_measure* says which sites
    may be asked over HTTPS; none by default.
    """
    front = TlsFront(trust, on_certificate)
    connected = ConnectedCarrier(route, front, clock, limits)
    carriers: dict[Transport, Carrier] = {
        Transport.UDP: UdpCarrier(route, clock, max_open=max_open),
        Transport.TCP: connected,
        Transport.TLS: connected,
        Transport.HTTPS: connected,
    }
    if quic.available():
        carriers[Transport.QUIC] = connected
    measure = MeasureCarrier(route, front, clock, may_measure) if may_measure is not None else None
    return Carriers(carriers, LookCarrier(route, front, clock, may_look), measure)
