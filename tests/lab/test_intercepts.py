"""Devices on the path: who is heard in their presence, on which transport, with whose certificate."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

import dns.exception
import dns.message
import dns.rcode
import pytest

from tests.lab.ask import SILENCE_S, ask, datagrams, doh, way

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from deploy.lab.servers import Lab, Routes

    Play = Callable[[str], Awaitable[tuple[Lab, Routes]]]

WORLD = """
[[name]]
name = "site.test"
addresses = ["198.51.100.7"]
[[resolver]]
id = "cloudflare"
address = "1.1.1.1"
identity = "mxp01"
[[resolver]]
id = "isp"
kind = "isp"
asn = [64500, 64501]
address = "192.0.2.53"
identity = "dns1.isp"
on_net_only = true
  [[resolver.answer]]
  names = ["site.test"]
  reply = "address"
  addresses = ["127.0.0.1"]
[[vantage]]
id = "clean"
asn = 64501
[[vantage]]
id = "replaced"
asn = 64502
  [[vantage.intercept]]
  resolver = "cloudflare"
  transports = ["udp", "tcp", "tls", "https"]
  as = "isp"
[[vantage]]
id = "dropped"
asn = 64503
  [[vantage.intercept]]
  resolver = "cloudflare"
  transports = ["udp", "tcp", "tls"]
  mode = "drop"
[[vantage]]
id = "injected"
asn = 64504
  [[vantage.intercept]]
  resolver = "cloudflare"
  transports = ["udp", "tls"]
  as = "isp"
  mode = "inject"
"""
SITE = dns.message.make_query("site.test", "A")


async def said(routes: Routes, vantage: str, transport: str, query: dns.message.Message = SITE) -> str:
    """The first answer's only record, or its rcode."""
    answer = await ask(way(routes, vantage, transport), query)
    return answer.answer[0][0].to_text() if answer.answer else dns.rcode.to_text(answer.rcode())


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_replace_answers_as_another_would(play: Play, transport: str) -> None:
    """What is said, who says it and whose address asks are all the other's."""
    _, routes = await play(WORLD)
    assert await said(routes, "clean", transport) == "198.51.100.7"
    assert await said(routes, "replaced", transport) == "127.0.0.1"
    assert await said(routes, "replaced", transport, dns.message.make_query("id.server", "TXT", "CH")) == '"dns1.isp"'
    assert await said(routes, "replaced", transport, dns.message.make_query("whoami.akamai.net", "A")) == "192.0.2.53"


@pytest.mark.parametrize("transport", ["tls", "https"])
async def test_replace_has_no_certificate_that_is_trusted(play: Play, transport: str) -> None:
    """The name on the certificate is right, its authority is not."""
    _, routes = await play(WORLD)
    assert await said(routes, "clean", transport) == "198.51.100.7"
    where = way(routes, "replaced", transport)
    with pytest.raises(ssl.SSLCertVerificationError, match=r"self-signed|unable to get local issuer"):
        await ask(where, SITE)
    blind = ssl.create_default_context()
    blind.check_hostname = False
    blind.verify_mode = ssl.CERT_NONE
    blind.set_alpn_protocols(["h2"])
    if transport == "https":
        status, body = await doh(where._replace(context=blind), SITE.to_wire())
        assert (status, dns.message.from_wire(body).answer[0][0].to_text()) == (200, "127.0.0.1")


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
async def test_drop_is_silence(play: Play, transport: str) -> None:
    """Nothing is said and nothing is refused; other transports are left alone."""
    _, routes = await play(WORLD)
    with pytest.raises((dns.exception.Timeout, TimeoutError)):
        async with asyncio.timeout(SILENCE_S):
            await ask(way(routes, "dropped", transport), SITE)
    assert await said(routes, "dropped", "https") == "198.51.100.7"


async def test_inject_is_heard_first_and_the_truth_after_it(play: Play) -> None:
    """Two datagrams on one socket; into TLS nothing can be put."""
    _, routes = await play(WORLD)
    heard = await datagrams(way(routes, "injected", "udp"), SITE.to_wire(), count=2)
    assert [dns.message.from_wire(wire).answer[0][0].to_text() for wire in heard] == ["127.0.0.1", "198.51.100.7"]
    assert await said(routes, "injected", "tls") == "198.51.100.7"


async def test_on_net_only(play: Play) -> None:
    """Another network is refused everything, who it is included; one of the operator's networks is served."""
    _, routes = await play(WORLD)
    inside, outside = way(routes, "clean", "udp", "192.0.2.53"), way(routes, "dropped", "udp", "192.0.2.53")
    for query in (SITE, dns.message.make_query("example.com", "A"), dns.message.make_query("id.server", "TXT", "CH")):
        assert (await ask(inside, query)).rcode() == dns.rcode.NOERROR
        assert (await ask(outside, query)).rcode() == dns.rcode.REFUSED


async def test_certificates_are_for_the_name_and_the_address(play: Play) -> None:
    """A client may check either; another name is refused."""
    _, routes = await play(WORLD)
    where = way(routes, "clean", "tls")
    for name in ("one.one.one.one", "1.1.1.1"):
        answer = await ask(where._replace(endpoint=where.endpoint._replace(tls_name=name)), SITE)
        assert answer.rcode() == dns.rcode.NOERROR
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        await ask(where._replace(endpoint=where.endpoint._replace(tls_name="dns.google")), SITE)


async def test_doh_needs_http_2(play: Play) -> None:
    """A client that does not offer `h2` is closed to, not served HTTP/1.1."""
    _, routes = await play(WORLD)
    where = way(routes, "clean", "https")
    context = ssl.create_default_context(cadata=routes.ca_pem.decode())
    reader, writer = await asyncio.open_connection(
        where.host, where.port, ssl=context, server_hostname=where.endpoint.tls_name
    )
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
