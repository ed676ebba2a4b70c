"""A name server that answers A with the address it was asked from, which tells by which address a resolver asks.

Run as `python -m deploy.lab.real.whoami ADDRESS NAME`.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final, cast

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

if TYPE_CHECKING:
    from dns.message import Message

_PORT: Final = 53
_SOA: Final = "ns.nic.{origin} hostmaster.nic.{origin} 1 7200 3600 1209600 60"


def answer(wire: bytes, asked_from: str, origin: dns.name.Name) -> bytes | None:
    """The answer to *wire*, whose sender is *asked_from*; None where there is nothing to answer."""
    try:
        query = dns.message.from_wire(wire)
    except dns.exception.DNSException:
        return None
    if query.flags & dns.flags.QR or len(query.question) != 1:
        return None
    reply = dns.message.make_response(query)
    asked = query.question[0]
    if not asked.name.is_subdomain(origin):
        reply.set_rcode(dns.rcode.REFUSED)
        return reply.to_wire()
    reply.flags |= dns.flags.AA
    if asked.name != origin:
        reply.set_rcode(dns.rcode.NXDOMAIN)
    elif asked.rdtype == dns.rdatatype.A:
        # A TTL of 0: what is learnt of one asker must not be told to another.
        reply.answer.append(dns.rrset.from_text(asked.name, 0, "IN", "A", asked_from))
    elif asked.rdtype == dns.rdatatype.NS:
        reply.answer.append(dns.rrset.from_text(asked.name, 300, "IN", "NS", f"ns.nic.{origin}"))
    if not reply.answer:
        _deny(reply, origin)
    return reply.to_wire()


def _deny(reply: Message, origin: dns.name.Name) -> None:
    reply.authority.append(dns.rrset.from_text(origin, 60, "IN", "SOA", _SOA.format(origin=origin)))


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, origin: dns.name.Name) -> None:
        self._origin = origin
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        reply = answer(data, addr[0], self._origin)
        if reply is not None and self._transport is not None:
            self._transport.sendto(reply, addr)


async def _serve(address: str, origin: dns.name.Name) -> None:
    async def stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, OSError):
            while True:
                wire = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
                reply = answer(wire, writer.get_extra_info("peername")[0], origin)
                if reply is None:
                    break
                writer.write(len(reply).to_bytes(2, "big") + reply)
                await writer.drain()
        writer.close()

    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(lambda: _Datagrams(origin), local_addr=(address, _PORT))
    server = await asyncio.start_server(stream, address, _PORT)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], dns.name.from_text(sys.argv[2])))
