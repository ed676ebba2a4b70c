"""Clients for the lab's ports: dnspython over UDP, TCP and TLS, and a small HTTP/2 client of our own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from typing import TYPE_CHECKING, NamedTuple

import dns.asyncquery
import dns.message
import h2.config
import h2.connection
import h2.events

from schema.endpoint import Endpoint, parse_endpoint
from schema.words import Transport

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploy.lab.servers import Routes

WINDOW_S = 3.0
SILENCE_S = 0.25


class Way(NamedTuple):
    """How to reach one endpoint from one vantage."""

    endpoint: Endpoint
    host: str
    port: int
    context: ssl.SSLContext


def way(routes: Routes, vantage: str, transport: str, address: str = "1.1.1.1") -> Way:
    """The way to the endpoint with this transport and address."""
    for text, (host, port) in routes.table[vantage].items():
        endpoint = parse_endpoint(text)
        if endpoint.transport == transport and endpoint.address == address:
            context = ssl.create_default_context(cadata=routes.ca_pem.decode())
            if transport == Transport.HTTPS:
                context.set_alpn_protocols(["h2"])
            return Way(endpoint, host, port, context)
    raise LookupError(f"{vantage} has no {transport} endpoint at {address}")


async def ask(where: Way, query: dns.message.Message, *, window_s: float = WINDOW_S) -> dns.message.Message:
    """The first answer, as dnspython reads it; dns.exception.Timeout or TimeoutError when nothing comes."""
    match where.endpoint.transport:
        case Transport.UDP:
            return await dns.asyncquery.udp(query, where.host, window_s, where.port)
        case Transport.TCP:
            return await dns.asyncquery.tcp(query, where.host, window_s, where.port)
        case Transport.TLS:
            name = where.endpoint.tls_name
            return await dns.asyncquery.tls(
                query, where.host, window_s, where.port, ssl_context=where.context, server_hostname=name
            )
        case _:
            async with asyncio.timeout(window_s):
                status, body = await doh(where, query.to_wire())
            assert status == 200
            return dns.message.from_wire(body)


async def datagrams(where: Way, query: bytes, *, count: int = 1, window_s: float = WINDOW_S) -> list[bytes]:
    """Up to *count* datagrams that come back on the question's own socket."""
    loop = asyncio.get_running_loop()
    heard: list[bytes] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, contextlib.suppress(TimeoutError):
        sock.setblocking(False)
        await loop.sock_connect(sock, (where.host, where.port))
        await loop.sock_sendall(sock, query)
        async with asyncio.timeout(window_s):
            while len(heard) < count:
                heard.append(await loop.sock_recv(sock, 65535))
    return heard


async def doh(
    where: Way, body: bytes, *, method: str = "POST", path: str = "", media_type: str = "application/dns-message"
) -> tuple[int, bytes]:
    """Status and body of one request over HTTP/2."""
    path = path or where.endpoint.path
    headers = [(":method", method), (":scheme", "https"), (":authority", where.endpoint.tls_name), (":path", path)]
    if method == "POST":
        headers.append(("content-type", media_type))
    reader, writer = await asyncio.open_connection(
        where.host, where.port, ssl=where.context, server_hostname=where.endpoint.tls_name
    )
    try:
        connection = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="ascii"))
        connection.initiate_connection()
        stream = connection.get_next_available_stream_id()
        connection.send_headers(stream, headers, end_stream=method != "POST")
        if method == "POST":
            connection.send_data(stream, body, end_stream=True)
        writer.write(connection.data_to_send())
        status, heard = 0, b""
        while data := await reader.read(65536):
            for event in connection.receive_data(data):
                if isinstance(event, h2.events.ResponseReceived):
                    status = int(_header(event.headers or [], ":status"))
                elif isinstance(event, h2.events.DataReceived):
                    heard += event.data or b""
                elif isinstance(event, h2.events.StreamEnded):
                    return status, heard
            writer.write(connection.data_to_send())
        raise ConnectionError("closed before the answer was whole")
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _header(headers: Iterable[tuple[object, object]], name: str) -> str:
    return str(dict(headers)[name])
