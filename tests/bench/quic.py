"""What DNS over QUIC costs a probe beside DNS over TLS, side by side: `python -m tests.bench.quic` in a checkout.

CPU time of the client alone, its server in a process of its own, both on loopback; memory as the kernel counts it.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from resource import getpagesize
from typing import TYPE_CHECKING

from probe.query import build
from probe.transport import Ask, Limits, make_carriers
from schema.endpoint import Endpoint
from schema.words import Profile, Transport

if TYPE_CHECKING:
    from probe.transport import Carriers, Heard

_NAME = "dns.quad9.net"
_PIPELINED, _ALONE, _CONNECTIONS = 10_000, 500, 50


def main() -> None:
    """Serve, or ask, or have both done for each transport in turn."""
    match sys.argv[1:]:
        case ["serve", kind, folder]:
            asyncio.run(_serve(Transport(kind), Path(folder)))
        case ["ask", kind, folder, port]:
            asyncio.run(_ask(Transport(kind), Path(folder), int(port)))
        case _:
            for kind in (Transport.TLS, Transport.QUIC):
                with tempfile.TemporaryDirectory() as folder:
                    program = [sys.executable, "-m", "tests.bench.quic"]
                    with subprocess.Popen(
                        [*program, "serve", kind, folder], stdout=subprocess.PIPE, text=True
                    ) as server:
                        assert server.stdout is not None
                        port = server.stdout.readline().strip()
                        subprocess.run([*program, "ask", kind, folder, port], check=True)
                        server.terminate()


async def _serve(kind: Transport, folder: Path) -> None:
    from deploy.lab.quicfront import quic_configuration  # noqa: PLC0415  whoever asks has no use for these
    from tests.helpers.quicresolver import QuicResolver, listening  # noqa: PLC0415  same
    from tests.helpers.resolvers import Authority, Peer, reply, streams  # noqa: PLC0415  same

    async def honest(peer: Peer) -> None:
        while True:
            peer.send(reply(await peer.query()))

    authority = Authority(folder)
    over_tls = streams(honest, tls=authority.server(_NAME))
    over_quic = listening(QuicResolver(), quic_configuration(authority.server_pem(_NAME)))
    async with over_quic if kind is Transport.QUIC else over_tls as where:
        print(where[1], flush=True)
        await asyncio.Event().wait()


async def _ask(kind: Transport, folder: Path, port: int) -> None:
    endpoint = Endpoint(kind, "9.9.9.9", 853, _NAME)

    def fresh() -> Carriers:
        return make_carriers(
            lambda _: ("127.0.0.1", port), folder / "Test Root.pem", limits=Limits(connections=1, connect_s=20)
        )

    before = _memory()
    carriers = fresh()
    await _put(carriers, endpoint, 1)
    print(f"{kind:5} {_memory() - before:8.1f} MiB more after the first answer")
    began = time.process_time()
    await _put(carriers, endpoint, _PIPELINED)
    print(f"{kind:5} {(time.process_time() - began) / _PIPELINED * 1e6:8.0f} us of CPU a question, many at once")
    began = time.process_time()
    for _ in range(_ALONE):
        await _put(carriers, endpoint, 1)
    print(f"{kind:5} {(time.process_time() - began) / _ALONE * 1e6:8.0f} us of CPU a question, one at a time")
    await carriers.close()
    began = time.process_time()
    for _ in range(_CONNECTIONS):
        carriers = fresh()
        await _put(carriers, endpoint, 1)
        await carriers.close()
    print(
        f"{kind:5} {(time.process_time() - began) / _CONNECTIONS * 1e3:8.1f} ms of CPU a connection with one question"
    )


async def _put(carriers: Carriers, endpoint: Endpoint, count: int) -> None:
    query = build("example.test.", "A", "IN", Profile.EDNS, msg_id=1)
    done = asyncio.get_running_loop().create_future()
    left = count

    def heard(what: Heard) -> None:
        nonlocal left
        left -= 1
        if (what.failure is not None or not left) and not done.done():
            done.set_result(what.failure)

    for number in range(count):
        carriers.submit(Ask(endpoint, (number % 65536).to_bytes(2, "big") + query[2:], 60, None), heard)
    failure = await done
    assert failure is None, failure


def _memory() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * getpagesize() / 2**20


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
