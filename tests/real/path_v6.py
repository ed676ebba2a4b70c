"""A redirect and a race over IPv6, told in three lines: `python -m tests.real.path_v6`, inside `namespace.enclosed`."""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from typing import TYPE_CHECKING, cast

import dns.message
import dns.rrset

from deploy.lab.real.namespace import add_addresses, require_alone
from deploy.lab.real.path.conntrack import forget_flows
from deploy.lab.real.path.forging import Style
from deploy.lab.real.path.meddler import Meddler
from deploy.lab.real.path.meddling import Meddling
from deploy.lab.real.path.rules import MARK, Path, Redirect, install
from deploy.lab.real.path.tap import Tap
from probe.query import build
from probe.transport import Ask, make_carriers
from schema.endpoint import parse_endpoint
from schema.words import Profile

if TYPE_CHECKING:
    from probe.transport import Carriers, Heard
    from schema.record import Answer

RESOLVER, PROVIDER = "2606:4700:4700::1111", "2001:db8::53"
NAME, TRUTH, LIE = "kickasstorrents.to.", "198.51.100.7", "198.51.100.99"
DISTANCES = {RESOLVER: 57, PROVIDER: 61}
WINDOW_S = 1.0


class Server(asyncio.DatagramProtocol):
    """Answers every question with one address."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)  # its class is not derived from this in 3.11

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        reply = dns.message.make_response(dns.message.from_wire(data), recursion_available=True)
        reply.answer.append(dns.rrset.from_text(reply.question[0].name, 60, "IN", "A", self._address))
        assert self._transport is not None
        self._transport.sendto(reply.to_wire(), addr)


async def ask(carriers: Carriers, msg_id: int) -> tuple[Answer, ...]:
    """The answers to one question over UDP."""
    over: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
    query = build(NAME, "A", "IN", Profile.EDNS, msg_id=msg_id, case_bits=5)
    carriers.submit(Ask(parse_endpoint(f"udp:[{RESOLVER}]:53"), query, WINDOW_S, None), over.set_result)
    return (await over).answers


def told(answers: tuple[Answer, ...]) -> str:
    """Addresses and hop limits."""
    return ", ".join(f"{dns.message.from_wire(one.wire).answer[0][0]} ttl {one.ttl}" for one in answers)


async def run() -> None:
    """Ask once behind a redirect and once behind a device that races."""
    loop = asyncio.get_running_loop()
    for address, said in ((RESOLVER, TRUTH), (PROVIDER, LIE)):
        await loop.create_datagram_endpoint(partial(Server, said), local_addr=(address, 53))
    carriers = make_carriers()
    install(Path((RESOLVER,), (Redirect("udp", 53, PROVIDER, 53),), distances=DISTANCES))
    sys.stdout.write(f"redirected: {told(await ask(carriers, 1))}\n")
    install(Path((RESOLVER,), hold=True, distances=DISTANCES))
    forget_flows()
    meddling = Meddling((NAME,), "v6", styles=(Style.NULL,), late=1.0, late_ms=100, ttl=40)
    meddler, tap = Meddler(meddling, (RESOLVER,), hold=True), Tap(MARK)
    await meddler.learn()
    answers = await ask(carriers, 2)
    sys.stdout.write(f"held: {told(answers)}\n")
    came = [noted for noted in tap.read() if noted.datagram.source_port == 53]
    kept = [noted for noted in came if noted.datagram.payload in [one.wire for one in answers]]
    sys.stdout.write(f"tapped: {len(kept)} of {len(came)}\n")
    meddler.close()
    tap.close()
    await carriers.close()


if __name__ == "__main__":
    require_alone()
    add_addresses((RESOLVER, PROVIDER))
    asyncio.run(run())
