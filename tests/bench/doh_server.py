"""A DoH server that sends each response in a TLS record of its own, in a process of its own.

dnsperf 2.10 loses all but one of the responses that come in one record (DNS-OARC/dnsperf issue 240), and dnsdist puts many
into one: measured against dnsdist, it waits for timeouts instead of asking.
Arguments: port, file of key and chain, addresses.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from typing import Final, cast

from probe.transport import h2frames as h2

#: `:status 200` from HPACK's static table, and content-type as a literal.
_HEADERS: Final = b"\x88" + b"\x0f\x10\x17application/dns-message"
_ANSWER: Final = bytes.fromhex("c00c 0001 0001 0000012c 0004 c6336407")
_WINDOW: Final = h2.MAX_WINDOW_BYTES - h2.DEFAULT_WINDOW_BYTES


class Front(asyncio.Protocol):
    """One connection; a request is answered when its DATA ends."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet, with as much room as there can be."""
        self.transport = cast("asyncio.Transport", transport)
        self.frames = h2.FrameReader()
        self.greeting = len(h2.PREFACE)
        self.transport.write(
            h2.frame(h2.SETTINGS, 0, 0, h2.settings({h2.MAX_CONCURRENT_STREAMS: 1000}))
            + h2.frame(h2.WINDOW_UPDATE, 0, 0, h2.number(_WINDOW))
        )

    def data_received(self, data: bytes) -> None:
        """Answer what is complete."""
        skipped = min(self.greeting, len(data))
        self.greeting -= skipped
        for item in self.frames.feed(data[skipped:]):
            if item.kind == h2.DATA and item.flags & h2.END_STREAM:
                self.transport.write(response(item))
            elif item.kind == h2.HEADERS and item.flags & h2.END_STREAM:
                raise ValueError("ask by POST")
            elif item.kind == h2.SETTINGS and not item.flags & h2.ACK:
                self.transport.write(h2.frame(h2.SETTINGS, h2.ACK, 0))


def response(item: h2.Frame) -> bytes:
    """HEADERS and DATA with an answer to the query in *item*."""
    query = h2.content(item)
    end = query.index(0, 12) + 5
    body = query[:2] + b"\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00" + query[12:end] + _ANSWER
    return h2.frame(h2.HEADERS, h2.END_HEADERS, item.stream, _HEADERS) + h2.frame(
        h2.DATA, h2.END_STREAM, item.stream, body
    )


async def serve(port: int, own: str, addresses: list[str]) -> None:
    """Until killed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    context.set_alpn_protocols(["h2"])
    server = await asyncio.get_running_loop().create_server(Front, addresses, port, ssl=context)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2], sys.argv[3:]))
