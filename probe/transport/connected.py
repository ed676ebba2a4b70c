"""Carriers of questions over connections: what TCP, TLS, HTTPS and QUIC have in common."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec

from probe.transport.dial import Secure, dial
from probe.transport.https import HttpsLink
from probe.transport.pending import Pending
from probe.transport.pool import DEFAULT_LIMITS, Limits, Pool, Shared
from probe.transport.quic import Quic
from probe.transport.stream import StreamLink
from probe.transport.window import Windows
from schema.words import Transport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from probe.transport.link import Link, Owner
    from probe.transport.port import Ask, Clock, Done, Route
    from probe.transport.tls import TlsFront
    from schema.endpoint import Endpoint


_BUFFER_BYTES: Final = 65_536  # four records of TLS


class ConnectedCarrier:
    """Carries questions over persistent connections, a pool for each endpoint; to be made inside a running event loop."""

    def __init__(self, route: Route, front: TlsFront, clock: Clock, limits: Limits = DEFAULT_LIMITS) -> None:
        """Reach endpoints by *route*, verify by *front*."""
        loop = asyncio.get_running_loop()
        self._route = route
        self._front = front
        self._windows: Windows[list[Pending]] = Windows(loop, clock.mono, self._ended)
        self._shared = Shared(loop, clock, self._windows, limits, memoryview(bytearray(_BUFFER_BYTES)))
        self._quic = Quic(front, limits.connect_s, limits.depth)
        self._pools: dict[Endpoint, Pool] = {}

    @property
    def in_flight(self) -> int:
        """Questions submitted whose `done` is still to come."""
        return sum(pool.in_flight for pool in self._pools.values())

    def submit(self, ask: Ask, done: Done) -> None:
        """Take *ask*; its window starts when it is sent, and before that it waits no longer than one window."""
        pool = self._pools.get(ask.endpoint)
        if pool is None:
            pool = self._pools[ask.endpoint] = Pool(self._shared, self._opener(ask.endpoint))
        if ask.endpoint.transport is Transport.QUIC:
            ask = msgspec.structs.replace(ask, query=b"\0\0" + ask.query[2:])  # RFC 9250 §4.2.1: there are no ids
        pool.submit(Pending(ask, done))

    def _opener(self, endpoint: Endpoint) -> Callable[[Owner], Awaitable[Link]]:
        limits, where = self._shared.limits, self._route(endpoint)
        if endpoint.transport is Transport.QUIC:
            return lambda owner: self._quic.open(owner, where, endpoint.tls_name)
        secure = None
        if endpoint.transport is not Transport.TCP:
            secure = Secure(self._front, endpoint.tls_name, "h2" if endpoint.transport is Transport.HTTPS else "")

        async def open_link(owner: Owner) -> Link:
            def make() -> Link:
                if endpoint.transport is Transport.HTTPS:
                    return HttpsLink(owner, endpoint, limits.depth)
                return StreamLink(owner, limits.depth)

            link, seen = await dial(where, make, secure, limits.connect_s)
            link.tls = seen
            return link

        return open_link

    def _ended(self, over: list[tuple[int, list[Pending]]]) -> None:
        for deadline, pendings in over:
            for pending in pendings:
                if not pending.finished and pending.deadline_ns == deadline:
                    self._pools[pending.ask.endpoint].expired(pending)

    async def close(self) -> None:
        """Give up what is in flight and end every connection."""
        for pool in self._pools.values():
            await pool.close()
        self._windows.close()
