"""TLS over real sockets: what the certificate says is recorded, and nothing is asked of a stranger."""

from __future__ import annotations

import asyncio
import ssl
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from probe.transport import Limits, make_carriers
from schema.endpoint import parse_endpoint
from schema.words import Failure
from tests.helpers.resolvers import Authority, Peer, hear, hear_all, question, reply, streams

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from probe.transport import Carriers

NAME = "one.one.one.one"
ENDPOINT = parse_endpoint(f"tls:1.1.1.1:853#{NAME}")


class Shown(list[tuple[str, bytes]]):
    """Certificates in the order in which they were handed over."""

    def take(self, name: str, der: bytes) -> None:
        self.append((name, der))


def carriers_to(where: tuple[str, int], trust: Path, shown: Shown | None = None, connect_s: float = 5) -> Carriers:
    seen = Shown() if shown is None else shown
    return make_carriers(lambda _: where, trust, on_certificate=seen.take, limits=Limits(connect_s=connect_s))


class Counting:
    """An honest resolver that counts."""

    def __init__(self) -> None:
        self.connections = 0
        self.queries = 0
        self.names: list[str | None] = []

    async def serve(self, peer: Peer) -> None:
        self.connections += 1
        while True:
            query = await peer.query()
            self.queries += 1
            peer.send(reply(query))


async def test_a_verified_answer_has_the_whole_chain(authority: Authority) -> None:
    context = authority.server(NAME)
    names: list[str | None] = []
    context.sni_callback = lambda _tls, name, _context: names.append(name)
    server, shown = Counting(), Shown()
    async with streams(server.serve, tls=context) as where:
        carriers = carriers_to(where, authority.file, shown)
        heard = await hear_all(carriers, ENDPOINT, [question(n) for n in range(50)], 5)
        assert {one.failure for one in heard} == {None}
        tls = heard[0].tls
        assert tls is not None
        assert (tls.version, tls.verified, len(tls.chain)) == ("TLSv1.3", True, 2)
        assert [(sha256(der).hexdigest(), der) for _, der in shown] == shown, "each at its first use, once"
        assert tuple(name for name, _ in shown) == tls.chain
        assert shown[1][1] == authority.intermediate.public_bytes(Encoding.DER)
        assert all(one.tls == tls for one in heard)
        assert (server.connections, server.queries, names) == (1, 50, [NAME])
        await carriers.close()


async def test_tls_1_2_will_do(authority: Authority) -> None:
    context = authority.server(NAME)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with streams(Counting().serve, tls=context) as where:
        carriers = carriers_to(where, authority.file)
        heard = await hear(carriers, ENDPOINT, question(), 5)
        assert heard.tls is not None
        assert (heard.tls.version, len(heard.tls.chain), heard.failure) == ("TLSv1.2", 2, None)
        await carriers.close()


@pytest.mark.parametrize("wrong", ["authority", "name", "date"])
async def test_an_untrusted_chain_is_recorded_and_nothing_is_asked(
    authority: Authority, stranger: Authority, wrong: str
) -> None:
    context = {
        "authority": lambda: stranger.server(NAME),
        "name": lambda: authority.server("dns.isp.example"),
        "date": lambda: authority.server(NAME, expired=True),
    }[wrong]()
    server, shown = Counting(), Shown()
    async with streams(server.serve, tls=context) as where:
        carriers = carriers_to(where, authority.file, shown)
        heard = await hear(carriers, ENDPOINT, question(), 5)
        assert (heard.failure, heard.answers, heard.query) == (Failure.TLS_UNTRUSTED, (), question())
        assert heard.tls is not None
        assert (heard.tls.version, heard.tls.verified, len(heard.tls.chain)) == ("TLSv1.3", False, 2)
        assert tuple(name for name, _ in shown) == heard.tls.chain
        assert server.queries == 0
        await carriers.close()


async def plaintext(peer: Peer) -> None:
    await peer.reader.read(1)
    peer.writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    await peer.reader.read()


async def hanging_up(peer: Peer) -> None:
    await peer.reader.read(1)


async def resetting(peer: Peer) -> None:
    await peer.reader.read(1)
    peer.reset()


async def silent(peer: Peer) -> None:
    await peer.reader.read()


@pytest.mark.parametrize(
    ("serve", "failure"),
    [
        (plaintext, Failure.TLS_FAILED),
        (hanging_up, Failure.CLOSED),
        (resetting, Failure.RESET),
        (silent, Failure.TIMEOUT),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
async def test_what_a_broken_handshake_comes_to(
    authority: Authority, serve: Callable[[Peer], Awaitable[None]], failure: Failure
) -> None:
    async def read_rest(peer: Peer) -> None:
        await serve(peer)

    async with streams(read_rest) as where:
        carriers = carriers_to(where, authority.file, connect_s=0.2)
        heard = await hear(carriers, ENDPOINT, question(), 5)
        assert (heard.failure, heard.answers, heard.tls) == (failure, (), None)
        await carriers.close()


async def test_a_reset_after_the_handshake_keeps_what_it_showed(authority: Authority) -> None:
    async def reset(peer: Peer) -> None:
        await peer.query()
        peer.reset()

    async with streams(reset, tls=authority.server(NAME)) as where:
        carriers = carriers_to(where, authority.file)
        heard = await hear(carriers, ENDPOINT, question(), 5)
        assert heard.failure is Failure.RESET
        assert heard.tls is not None
        assert heard.tls.verified
        await carriers.close()


async def test_an_unreadable_trust_file_is_our_own_fault(tmp_path: Path) -> None:
    carriers = carriers_to(("127.0.0.1", 9), tmp_path / "absent.pem")
    heard = await hear(carriers, ENDPOINT, question(), 1)
    assert heard.failure is Failure.LOCAL_ERROR
    await carriers.close()


async def test_a_resolver_that_comes_back_is_asked_again(authority: Authority) -> None:
    """Every connection ends after one answer; the next question opens another."""
    served = 0

    async def once(peer: Peer) -> None:
        nonlocal served
        peer.send(reply(await peer.query()))
        served += 1
        await peer.writer.drain()

    async with streams(once, tls=authority.server(NAME)) as where:
        carriers = carriers_to(where, authority.file)
        for number in range(5):
            assert (await hear(carriers, ENDPOINT, question(number), 5)).failure is None
            await asyncio.sleep(0)
        assert served == 5
        await carriers.close()
