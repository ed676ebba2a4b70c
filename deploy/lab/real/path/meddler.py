"""The device that races and forges: overhears questions on the loopback and sends datagrams in the resolvers' names.

Where the path holds answers back (`rules.Path.hold`) it also decides which of the true ones arrive, and when.
"""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple

import dns.edns
import dns.message

from deploy.lab.real.path.datagram import Datagram, write_datagram
from deploy.lab.real.path.forging import nsid_in, read_question
from deploy.lab.real.path.meddling import Meddling, about, treat
from deploy.lab.real.path.rules import MARK
from deploy.lab.real.path.tap import DNS_PORT, Tap
from schema.codec import Wire
from schema.registry import KNOWN_GOOD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from deploy.lab.real.path.meddling import Treatment

_UNMARKED: Final = 0
_DEFAULT_TTL: Final = 64
_LEARN_S: Final = 30.0
_AGAIN_S: Final = 1.0
_HARMLESS: Final = dns.message.make_query(KNOWN_GOOD, "A", options=[dns.edns.NSIDOption(b"")]).to_wire()


class Sent(Wire, frozen=True):
    """A datagram that the device has sent to a prober."""

    at_ns: int
    source: str
    client: str
    port: int
    ttl: int
    forged: bool
    wire: bytes


class _Flow(NamedTuple):
    """A prober's socket and the resolver that it asks."""

    client: str
    port: int
    resolver: str


class Meddler:
    """Meddles from its making to `close`; to be made inside a running event loop."""

    def __init__(self, meddling: Meddling, resolvers: Iterable[str], *, hold: bool) -> None:
        """Stand before *resolvers* (addresses); *hold* if the path hands no answers on by itself.

        Raises:
            OSError: no right to raw sockets here.
        """
        self.sent: list[Sent] = []
        self._meddling = meddling
        self._resolvers = frozenset(resolvers)
        self._hold = hold
        self._dice = Random(meddling.seed)  # noqa: S311 - a script's dice, to be foreseen
        self._treatments: dict[_Flow, Treatment] = {}
        self._nsids: dict[str, bytes] = {}
        self._distances: dict[str, int] = {}
        self._own: set[_Flow] = set()
        self._overheard = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._raw = {4: _raw(socket.AF_INET), 6: _raw(socket.AF_INET6)}
        self._tap = Tap(_UNMARKED)
        self._loop.add_reader(self._tap.socket, self._read)

    async def learn(self) -> None:
        """Ask each resolver something harmless, to know its distance and its NSID before a prober comes.

        Raises:
            TimeoutError: one does not answer. OSError: one cannot be asked.
        """
        async with asyncio.timeout(_LEARN_S):
            for resolver in self._resolvers:
                with socket.socket(socket.AF_INET6 if ":" in resolver else socket.AF_INET, socket.SOCK_DGRAM) as sock:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, MARK)
                    sock.connect((resolver, DNS_PORT))
                    client, port = sock.getsockname()[:2]
                    self._own.add(_Flow(client, port, resolver))
                    while resolver not in self._distances:
                        self._overheard.clear()
                        sock.send(_HARMLESS)
                        with suppress(TimeoutError):
                            await asyncio.wait_for(self._overheard.wait(), _AGAIN_S)

    def nsid(self, resolver: str) -> bytes | None:
        """The NSID of *resolver*, if it was overheard."""
        return self._nsids.get(resolver)

    @property
    def lost(self) -> int:
        """Packets that were not overheard for want of room."""
        return self._tap.lost

    def close(self) -> None:
        """Stop; what was to be sent later is not sent."""
        self._loop.remove_reader(self._tap.socket)
        self._tap.close()
        for raw in self._raw.values():
            raw.close()

    def _read(self) -> None:
        for noted in self._tap.read():
            one = noted.datagram
            if one.target_port == DNS_PORT and one.target in self._resolvers:
                self._asked(one)
            elif one.source_port == DNS_PORT and one.source in self._resolvers and self._hold:
                self._answered(one)

    def _asked(self, one: Datagram) -> None:
        flow = _Flow(one.source, one.source_port, one.target)
        self._treatments.pop(flow, None)  # a port that is used again
        if flow in self._own:
            return
        question = read_question(one.payload)
        if question is None or not about(self._meddling.names, question):
            return
        found = treat(self._meddling, question, self._dice, nsid=self.nsid(one.target))
        self._treatments[flow] = found
        ttl = self._meddling.ttl or self._distances.get(one.target, _DEFAULT_TTL)
        for after_s, wire in found.sendings:
            self._later(after_s, flow, ttl, wire, forged=True)

    def _answered(self, one: Datagram) -> None:
        self._distances[one.source] = one.ttl
        if one.source not in self._nsids and (nsid := nsid_in(one.payload)):
            self._nsids[one.source] = nsid
        self._overheard.set()
        flow = _Flow(one.target, one.target_port, one.source)
        if flow in self._own:
            return
        treatment = self._treatments.get(flow)
        after_s = 0.0 if treatment is None else treatment.truth_s
        if after_s is not None:
            self._later(after_s, flow, one.ttl, one.payload, forged=False)

    def _later(self, after_s: float, flow: _Flow, ttl: int, wire: bytes, *, forged: bool) -> None:
        def send() -> None:
            datagram = Datagram(flow.resolver, DNS_PORT, flow.client, flow.port, ttl, wire)
            where = (flow.client, 0)
            self._raw[6 if ":" in flow.client else 4].sendto(write_datagram(datagram), where)
            self.sent.append(Sent(time.time_ns(), flow.resolver, flow.client, flow.port, ttl, forged, wire))

        _at(self._loop, after_s, send)


def _at(loop: asyncio.AbstractEventLoop, after_s: float, do: Callable[[], None]) -> None:
    if after_s <= 0:
        do()
    else:
        loop.call_later(after_s, do)


def _raw(family: int) -> socket.socket:
    """A socket that sends whole IP packets, marked as the device's own."""
    sock = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, MARK)
    return sock
