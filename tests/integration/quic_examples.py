"""What the tests of DNS over QUIC have in common: whom they ask, what for, and by which carriers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from probe.transport import Limits, make_carriers
from schema.endpoint import parse_endpoint
from tests.helpers.quicresolver import QuicResolver, Talk, listening
from tests.helpers.resolvers import Authority, hear, question

if TYPE_CHECKING:
    from collections.abc import Callable

    from aioquic.quic.configuration import QuicConfiguration

    from probe.transport import Carriers, Heard
    from probe.transport.tls import Trust

NAME = "dns.quad9.net"
ENDPOINT = parse_endpoint(f"quic:9.9.9.9:853#{NAME}")
ONE = Limits(connections=1)


def asked(number: int = 1) -> bytes:
    """What `question` of that number is on the wire: without an id."""
    return b"\0\0" + question(number)[2:]


def carriers_to(where: tuple[str, int], trust: Trust, limits: Limits = ONE) -> Carriers:
    return make_carriers(lambda _: where, trust, limits=limits)


async def ask_one(
    authority: Authority, served: QuicConfiguration, act: Callable[[Talk, int, bytes], None], window_s: float = 5
) -> Heard:
    """One question to a server that does *act*; afterwards nothing is in flight."""
    async with listening(QuicResolver(act), served) as where:
        carriers = carriers_to(where, authority.file)
        heard = await hear(carriers, ENDPOINT, question(4711), window_s)
        assert carriers.in_flight == 0
        await carriers.close()
        return heard


def open_files() -> int:
    """How many this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))
