"""The device's own DNS over TLS and HTTPS, with a certificate that does not verify."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final

from deploy.lab.h2front import H2Front
from deploy.lab.real.path.forging import read_question
from deploy.lab.real.path.meddling import Meddling, say
from deploy.lab.streams import Connection, Framed
from deploy.lab.world import Reply

if TYPE_CHECKING:
    import ssl

    from deploy.lab.ca import Authority

_PORTS: Final = {853: "dot", 443: "h2"}


class TlsFront:
    """Answers DNS over TLS and HTTPS at *address* for every resolver, as whoever the client asks for.

    *name* is the certificate's where the device shows its own; empty: it shows the name that the client wants. Whether a
    client can trust it is up to *authority*.
    """

    def __init__(self, meddling: Meddling, address: str, authority: Authority, *, name: str = "") -> None:
        self.asked = 0  # questions that somebody put although the certificate does not verify
        self.greeted = 0  # connections
        self._meddling = meddling
        self._address = address
        self._authority = authority
        self._name = name
        self._live: set[Connection] = set()
        self._servers: list[asyncio.Server] = []

    async def start(self) -> None:
        """Serve.

        Raises:
            OSError: the ports are taken.
        """
        for port, protocol in _PORTS.items():
            kind = H2Front if protocol == "h2" else Framed
            server = await asyncio.get_running_loop().create_server(
                partial(kind, self._live, self._replies), self._address, port, ssl=self._context(protocol)
            )
            self._servers.append(server)

    async def close(self) -> None:
        """End every connection."""
        for server in self._servers:
            server.close()
        live = list(self._live)
        for connection in live:
            if connection.transport:
                connection.transport.abort()
        await asyncio.gather(*(connection.gone for connection in live))

    def _context(self, protocol: str) -> ssl.SSLContext:
        first = self._authority.server_context(self._name or "device.invalid", self._address, (protocol,))
        shown: dict[str, ssl.SSLContext] = {}

        def choose(connection: ssl.SSLObject | ssl.SSLSocket, wanted: str | None, _: ssl.SSLContext) -> None:
            self.greeted += 1
            if wanted and not self._name:
                if wanted not in shown:
                    shown[wanted] = self._authority.server_context(wanted, self._address, (protocol,))
                connection.context = shown[wanted]

        first.sni_callback = choose
        return first

    def _replies(self, query: bytes) -> list[Reply]:
        self.asked += 1
        question = read_question(query)
        return [] if question is None else [Reply(say(self._meddling, question), 0)]
