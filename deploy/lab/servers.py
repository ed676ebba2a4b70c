"""Plays a scenario on loopback ports: one for every endpoint as each vantage reaches it."""

from __future__ import annotations

import asyncio
import ssl
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from deploy.lab.ca import Authority
from deploy.lab.datagrams import Datagrams
from deploy.lab.endpoints import endpoint_at
from deploy.lab.h2front import H2Front
from deploy.lab.nowhere import Nowhere
from deploy.lab.quicfront import QuicFront, quic_configuration
from deploy.lab.shapes import Intercept, Mode, Resolver, Scenario, Vantage
from deploy.lab.sites import SiteFront, Sites
from deploy.lab.streams import Connection, Framed, Silent
from deploy.lab.world import Library, Place, Voice, intercept_mode
from schema.endpoint import parse_endpoint
from schema.registry import CANARY, CANARY_ENDPOINTS
from schema.words import VERIFIABLE, Kind, Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from deploy.lab.world import Reply
    from schema.endpoint import Endpoint

#: ALPN (RFC 7858 has none of its own; `dot` is what IANA lists, RFC 8484 wants `h2`).
_PROTOCOLS = {Transport.TLS: ("dot",), Transport.HTTPS: ("h2",)}
_HOST = "127.0.0.1"
_BACKLOG = 512
_HANDSHAKE_S = 10.0


class Routes(msgspec.Struct, frozen=True):
    """Where packets really go, by vantage and endpoint, and the PEM of the authority that the lab's probes trust."""

    table: dict[str, dict[str, tuple[str, int]]]
    ca_pem: bytes

    @contextmanager
    def ca_file(self) -> Iterator[Path]:
        """The authority in a file, which is gone afterwards."""
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory) / "lab-ca.pem"
            file.write_bytes(self.ca_pem)
            yield file


class _Seat:
    """A place with its voice and its dice, which fall alike whenever a round of a scenario is played."""

    def __init__(self, scenario: Scenario, place: Place, endpoint: Endpoint, library: Library) -> None:
        self._voice = Voice(scenario, place, library)
        self._seed = f"{scenario.digest} {place.vantage.id} {endpoint}"
        self._dice = Random()  # noqa: S311 - a script's dice, to be foreseen
        self.set_round(1)

    def set_round(self, number: int) -> None:
        self._voice.set_round(number)
        self._dice.seed(f"{self._seed} {number}")

    def replies(self, query: bytes) -> Sequence[Reply]:
        return self._voice.replies(query, self._dice.random)

    async def reply(self, query: bytes) -> bytes:
        """The one answer that a channel of question and answer carries, when it is due; none: nothing."""
        for wire, delay_ms in self.replies(query):
            await asyncio.sleep(delay_ms / 1000)
            return wire
        return b""


class Lab:
    """The scripted world, served from `start` to `stop` in the round that was last set (the first is 1)."""

    def __init__(self, scenario: Scenario) -> None:
        """Keep *scenario*; nothing is served yet."""
        self._scenario = scenario
        self._library = Library()
        self._seats: list[_Seat] = []
        self._datagrams: list[Datagrams] = []
        self._servers: list[asyncio.Server] = []
        self._fronts: list[QuicFront] = []
        self._live: set[Connection] = set()
        self._sites: list[Sites] = []
        self._contexts: dict[tuple[bool, Endpoint], ssl.SSLContext] = {}
        self._trusted = Authority("Ottempera scripted lab")
        self._foreign = Authority("Device on the path")
        self._nowhere: Nowhere | None = None

    async def start(self) -> Routes:
        """Serve every endpoint to every vantage.

        Raises:
            OSError: no more ports or file descriptors.
        """
        routes: dict[str, dict[str, tuple[str, int]]] = {}
        try:
            self._nowhere = Nowhere()
            for vantage in self._scenario.vantages:
                table = routes.setdefault(vantage.id, {})
                for resolver in self._scenario.resolvers:
                    for address in resolver.addresses:
                        for transport in resolver.transports:
                            endpoint = endpoint_at(resolver, address, transport)
                            table[str(endpoint)] = await self._serve(vantage, resolver, endpoint)
                for text in CANARY_ENDPOINTS:
                    if text not in table:
                        table[text] = await self._canary(vantage, parse_endpoint(text), self._nowhere)
                if vantage.measures:
                    sites = Sites(self._scenario, vantage, self._trusted)
                    table |= dict.fromkeys(
                        sites.endpoints, await self._listen(partial(SiteFront, self._live, sites), sites.context)
                    )
                    self._sites.append(sites)
        except OSError:
            await self.stop()
            raise
        return Routes(routes, self._trusted.pem)

    def set_round(self, number: int) -> None:
        """Let every question from now on be answered as in round *number*."""
        for seat in self._seats:
            seat.set_round(number)
        for sites in self._sites:
            sites.set_round(number)

    async def stop(self) -> None:
        """Close every port and connection; nothing is left open."""
        for datagrams in self._datagrams:
            datagrams.close()
        for server in self._servers:
            server.close()
        live = list(self._live)
        for connection in live:
            if connection.transport:
                connection.transport.abort()
        await asyncio.gather(*(connection.gone for connection in live))
        for server in self._servers:
            await server.wait_closed()
        for front in self._fronts:
            await front.close()
        if self._nowhere:
            self._nowhere.close()
            self._nowhere = None
        self._datagrams.clear()
        self._servers.clear()
        self._fronts.clear()
        self._seats.clear()
        self._sites.clear()

    async def _canary(self, vantage: Vantage, endpoint: Endpoint, nowhere: Nowhere) -> tuple[str, int]:
        """Where nothing runs; or a device that answers in everybody's place, and so in nobody's too."""
        device = _catching_all(self._scenario, vantage, endpoint.transport)
        if device is None:
            return nowhere.udp if endpoint.transport in {Transport.UDP, Transport.QUIC} else nowhere.tcp
        nobody = Resolver(id=CANARY, address=endpoint.address)
        catches = Intercept(resolver=CANARY, transports=(endpoint.transport,), speaks_as=device)
        return await self._serve(replace(vantage, intercepts=(catches,)), nobody, endpoint)

    async def _serve(self, vantage: Vantage, resolver: Resolver, endpoint: Endpoint) -> tuple[str, int]:
        place = Place(vantage, resolver, endpoint.address, endpoint.transport)
        seat = _Seat(self._scenario, place, endpoint, self._library)
        self._seats.append(seat)
        if endpoint.transport is Transport.UDP:
            datagrams = Datagrams(seat.replies)
            self._datagrams.append(datagrams)
            return datagrams.address
        mode = intercept_mode(place)
        if endpoint.transport is Transport.QUIC:
            return await self._serve_quic(seat, endpoint, mode)
        connection: Callable[[], Connection]
        context = None
        if mode is Mode.DROP:
            connection = partial(Silent, self._live)
        else:
            connection = partial(H2Front if endpoint.transport is Transport.HTTPS else Framed, self._live, seat.replies)
            if endpoint.transport in VERIFIABLE:
                context = self._context(endpoint, trusted=mode is not Mode.REPLACE)
        return await self._listen(connection, context)

    async def _listen(self, connection: Callable[[], Connection], context: ssl.SSLContext | None) -> tuple[str, int]:
        server = await asyncio.get_running_loop().create_server(
            connection,
            _HOST,
            0,
            ssl=context,
            backlog=_BACKLOG,
            ssl_handshake_timeout=_HANDSHAKE_S if context else None,
        )
        self._servers.append(server)
        host, port = server.sockets[0].getsockname()[:2]
        return host, port

    async def _serve_quic(self, seat: _Seat, endpoint: Endpoint, mode: Mode | None) -> tuple[str, int]:
        if mode is Mode.DROP:
            silent = Datagrams(lambda _: ())
            self._datagrams.append(silent)
            return silent.address
        authority = self._foreign if mode is Mode.REPLACE else self._trusted
        pem = authority.server_pem(endpoint.tls_name, endpoint.address)
        front = QuicFront(seat.reply, quic_configuration(pem))
        self._fronts.append(front)
        return await front.start(_HOST)

    def _context(self, endpoint: Endpoint, *, trusted: bool) -> ssl.SSLContext:
        """The server's side of TLS at *endpoint*; a device that answers in its place has no certificate anyone trusts."""
        key = (trusted, endpoint)
        if key not in self._contexts:
            authority = self._trusted if trusted else self._foreign
            self._contexts[key] = authority.server_context(
                endpoint.tls_name, endpoint.address, _PROTOCOLS[endpoint.transport]
            )
        return self._contexts[key]


def _catching_all(scenario: Scenario, vantage: Vantage, transport: Transport) -> str | None:
    """As whom a device answers that takes what *vantage* asks of any public resolver over *transport*, if one does."""
    public = {resolver.id for resolver in scenario.resolvers if resolver.kind is Kind.PUBLIC}
    caught = {
        one.resolver: one.speaks_as
        for one in reversed(vantage.intercepts)  # of several for one resolver the first counts
        if transport in one.transports and one.mode is Mode.REPLACE and one.resolver in public
    }
    devices = set(caught.values())
    return devices.pop() if public and caught.keys() == public and len(devices) == 1 else None
