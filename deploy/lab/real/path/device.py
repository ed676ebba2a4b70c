"""One device on the path, as a program: `python -m deploy.lab.real.path.device SPEC JOURNAL`, until it is terminated.

It says `ready` on standard output when it stands, and writes into JOURNAL, when it ends, what it has done.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.lab.ca import Authority
from deploy.lab.real.path.meddler import Meddler, Sent
from deploy.lab.real.path.meddling import Meddling
from deploy.lab.real.path.relay import TcpRelay
from deploy.lab.real.path.tls_front import TlsFront
from schema.codec import Wire, encode, reader

if TYPE_CHECKING:
    from collections.abc import Sequence


class Spec(Wire, frozen=True):
    """What the device is.

    `datagrams`: it overhears the datagrams of `resolvers`; `hold`: their answers arrive by its grace only. `tcp_at`: it
    relays TCP there (`address:port`). `tls_at`: an address at which it speaks TLS, under the name `tls_name` or, if that
    is empty, under whatever name is wanted; `authority` is where it writes the root of its certificates, if anywhere.
    """

    meddling: Meddling
    resolvers: tuple[str, ...] = ()
    datagrams: bool = False
    hold: bool = False
    tcp_at: str = ""
    tls_at: str = ""
    tls_name: str = ""
    authority: str = ""


class Journal(Wire, frozen=True):
    """What the device has done: datagrams sent, packets it missed, TCP answers forged, TLS connections and questions."""

    sent: tuple[Sent, ...] = ()
    lost: int = 0
    forged_tcp: int = 0
    tls_greeted: int = 0
    tls_asked: int = 0


read_journal = reader(Journal, "journal of a device")
_read_spec = reader(Spec, "description of a device")


async def stand(spec: Spec) -> Journal:
    """Be the device until SIGTERM.

    Raises:
        OSError: no right to raw sockets, or a port is taken.
    """
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    meddler = Meddler(spec.meddling, spec.resolvers, hold=spec.hold) if spec.datagrams else None
    if meddler and spec.hold:
        await meddler.learn()
    relay = front = None
    if spec.tcp_at:
        host, _, port = spec.tcp_at.rpartition(":")
        relay = TcpRelay(spec.meddling, host, int(port), meddler.nsid if meddler else lambda _: None)
        await relay.start()
    if spec.tls_at:
        authority = Authority("Device on the path")
        if spec.authority:
            Path(spec.authority).write_bytes(authority.pem)  # noqa: ASYNC240 - before anything is served
        front = TlsFront(spec.meddling, spec.tls_at, authority, name=spec.tls_name)
        await front.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await over.wait()
    lost = meddler.lost if meddler else 0
    if meddler:
        meddler.close()
    if relay:
        await relay.close()
    if front:
        await front.close()
    return Journal(
        tuple(meddler.sent) if meddler else (),
        lost,
        relay.forged if relay else 0,
        front.greeted if front else 0,
        front.asked if front else 0,
    )


def main(arguments: Sequence[str]) -> None:
    """Run the device that the file *arguments[0]* describes; its journal goes to *arguments[1]*."""
    spec = _read_spec(Path(arguments[0]).read_bytes())
    Path(arguments[1]).write_bytes(encode(asyncio.run(stand(spec))))


if __name__ == "__main__":
    main(sys.argv[1:])
