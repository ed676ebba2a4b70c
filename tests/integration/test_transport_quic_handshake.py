"""With whom DNS over QUIC is spoken at all: who shows no certificate that verifies, or is no such server, is told nothing."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.lab.quicfront import quic_configuration
from probe.transport import Limits, make_carriers
from schema.words import Failure
from tests.helpers.quicresolver import QuicResolver, listening
from tests.helpers.resolvers import Authority, datagrams, hear, question
from tests.integration.quic_examples import ENDPOINT, NAME, ONE, asked, carriers_to, open_files

if TYPE_CHECKING:
    from aioquic.quic.configuration import QuicConfiguration

    from probe.transport.tls import Trust

BAD_CERTIFICATE = 0x100 + 42


@pytest.mark.parametrize("wrong", ["authority", "name", "date", "use"])
async def test_an_untrusted_chain_is_recorded_and_nothing_is_asked(
    authority: Authority, stranger: Authority, wrong: str
) -> None:
    pem = {
        "authority": lambda: stranger.server_pem(NAME),
        "name": lambda: authority.server_pem("dns.isp.example"),
        "date": lambda: authority.server_pem(NAME, expired=True),
        "use": lambda: authority.server_pem(NAME, client_only=True),
    }[wrong]()
    server, shown = QuicResolver(), list[str]()
    async with listening(server, quic_configuration(pem)) as where:
        carriers = make_carriers(
            lambda _: where, authority.file, on_certificate=lambda name, _: shown.append(name), limits=ONE
        )
        heard = await hear(carriers, ENDPOINT, question(), 5)
        assert (heard.failure, heard.answers, heard.query) == (Failure.TLS_UNTRUSTED, (), asked())
        assert heard.tls is not None
        assert (heard.tls.version, heard.tls.verified, len(heard.tls.chain)) == ("TLSv1.3", False, 2)
        assert tuple(shown) == heard.tls.chain
        async with asyncio.timeout(20):
            await server.closed.wait()
        assert (server.queries, server.closes) == ([], [BAD_CERTIFICATE])
        await carriers.close()


async def test_whose_certificates_verify(authority: Authority, served: QuicConfiguration, tmp_path: Path) -> None:
    """The system's authorities know nothing of ours; a context that holds them does; without a file nobody verifies."""
    nothing = tmp_path / "nothing.pem"
    nothing.write_bytes(b"")
    ways: list[tuple[Trust, Failure | None]] = [
        (None, Failure.TLS_UNTRUSTED),
        (lambda: ssl.create_default_context(cafile=str(authority.file)), None),
        (str(authority.file), None),
        (tmp_path / "missing.pem", Failure.LOCAL_ERROR),
        (nothing, Failure.LOCAL_ERROR),
    ]
    async with listening(QuicResolver(), served) as where:
        for trust, failure in ways:
            carriers = carriers_to(where, trust)
            assert (await hear(carriers, ENDPOINT, question(), 5)).failure is failure
            await carriers.close()


async def test_nobody_listens(authority: Authority) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        where = sock.getsockname()
    carriers = carriers_to(where, authority.file)
    heard = await hear(carriers, ENDPOINT, question(), 5)
    assert (heard.failure, heard.tls, heard.query) == (Failure.REFUSED_CONNECTION, None, asked())
    await carriers.close()


@pytest.mark.parametrize("said", [[], [b""], [b"\0"], [b"x" * 1_200], [b"\xc0" + b"\0" * 40], [b"\xff" * 1_200] * 20])
async def test_what_is_not_quic_comes_to_nothing(authority: Authority, said: list[bytes]) -> None:
    async with datagrams(lambda _: [(0, wire) for wire in said]) as (where, server):
        carriers = carriers_to(where, authority.file, Limits(connect_s=0.3))
        heard = await hear(carriers, ENDPOINT, question(), 5)
        assert (heard.failure, heard.answers, heard.tls) == (Failure.TIMEOUT, (), None)
        assert server.seen
        await carriers.close()


async def test_who_speaks_something_else_over_quic(authority: Authority) -> None:
    other = quic_configuration(authority.server_pem(NAME))
    other.alpn_protocols = ["h3"]
    async with listening(QuicResolver(), other) as where:
        carriers = carriers_to(where, authority.file)
        heard = await hear(carriers, ENDPOINT, question(), 5)
        assert (heard.failure, heard.answers) == (Failure.TLS_FAILED, ())
        await carriers.close()


async def test_who_agrees_on_no_protocol_is_not_asked(authority: Authority) -> None:
    silent = quic_configuration(authority.server_pem(NAME))
    silent.alpn_protocols = None
    server = QuicResolver()
    async with listening(server, silent) as where:
        carriers = carriers_to(where, authority.file)
        heard = await hear(carriers, ENDPOINT, question(), 5)
        assert (heard.failure, server.queries) == (Failure.TLS_FAILED, [])
        await carriers.close()


async def test_versions_that_we_do_not_speak(authority: Authority) -> None:
    future = quic_configuration(authority.server_pem(NAME))
    future.supported_versions = [0x0A0A0A0A]
    async with listening(QuicResolver(), future) as where:
        carriers = carriers_to(where, authority.file)
        heard = await hear(carriers, ENDPOINT, question(), 5)
        assert (heard.failure, heard.tls) == (Failure.CLOSED, None)
        await carriers.close()


async def test_close_amid_a_handshake(authority: Authority) -> None:
    async with datagrams(lambda _: []) as (where, server):
        before = open_files()
        carriers = carriers_to(where, authority.file)
        result = asyncio.create_task(hear(carriers, ENDPOINT, question(), 60))
        async with asyncio.timeout(20):
            await server.asked.wait()
        await carriers.close()
        assert (await result).failure is Failure.LOCAL_ERROR
        assert open_files() == before
