"""The way to DNS over QUIC: whether it is open, and the library behind it, read when there is something to ask (ADR 0014)."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from typing import TYPE_CHECKING

from probe.transport.dial import DialError
from probe.transport.errnos import failure_of

if TYPE_CHECKING:
    from probe.transport.link import Link, Owner
    from probe.transport.quicdial import QuicDialer
    from probe.transport.tls import TlsFront


def available() -> bool:
    """Whether the extra `quic` is installed."""
    return all(find_spec(name) is not None for name in ("aioquic", "OpenSSL", "service_identity"))


class Quic:
    """Opens connections over QUIC for one carrier set."""

    def __init__(self, front: TlsFront, connect_s: float, depth: int) -> None:
        """Verify by *front*, within *connect_s* seconds, for *depth* questions at once."""
        self._front = front
        self._connect_s = connect_s
        self._depth = depth
        self._dialer: QuicDialer | None = None

    async def open(self, owner: Owner, where: tuple[str, int], name: str) -> Link:
        """Connect to numeric *where*, whose certificate must be for *name*.

        Raises:
            DialError: not connected.
        """
        if self._dialer is None:
            try:  # in a thread: it takes as long as many answers, and they are being timed
                self._dialer = await asyncio.get_running_loop().run_in_executor(None, self._load)
            except OSError as error:
                raise DialError(failure_of(error)) from error
        return await self._dialer.dial(owner, where, name)

    def _load(self) -> QuicDialer:
        from probe.transport.quicdial import QuicDialer  # noqa: PLC0415  memory that only who asks over QUIC needs

        return QuicDialer(self._front, self._connect_s, self._depth)
