"""The resolver that is measured against: dnsdist, which answers everything at once, over UDP and DoT on loopback; and for DoH a front of our own."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.bench.figures import SkippedError
from tests.helpers.resolvers import Authority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TLS_NAME: Final = "resolver.bench.test"
ADDRESSES: Final = ("127.0.7.1", "127.0.7.2", "127.0.7.3", "127.0.7.4")
PORTS: Final = {"udp": 5301, "tls": 8531, "https": 4431}
_CONFIG: Final = """
setACL("127.0.0.0/8")
setSecurityPollSuffix("")
setUDPSocketBufferSizes(4194304, 4194304)
setMaxTCPConnectionDuration(600)
setMaxTCPQueriesPerConnection(0)
setMaxTCPQueuedConnections(0)
addAction(AllRule(), SpoofAction({{"198.51.100.7", "2001:db8::7"}}, {{ttl=300}}))
"""
_LISTEN: Final = """
addLocal("{address}:{udp}", {{reusePort=true}})
addTLSLocal("{address}:{tls}", "{own}", "{own}", {{provider="openssl", minTLSVersion="tls1.2"}})
"""
_PATIENCE_S: Final = 10.0


class Answering(NamedTuple):
    """Resolvers that run: `trust` is the file of the authority that their certificate is from."""

    trust: Path

    @staticmethod
    def endpoints(transport: str) -> tuple[str, ...]:
        """The endpoints over *transport*, one for each address."""
        name = {"udp": "", "tls": f"#{TLS_NAME}", "https": f"#{TLS_NAME}/dns-query"}[transport]
        return tuple(f"{transport}:{address}:{PORTS[transport]}{name}" for address in ADDRESSES)


def program(name: str, package: str) -> str:
    """The path of a system program.

    Raises:
        SkippedError: it is not installed.
    """
    path = shutil.which(name)
    if path is None:
        raise SkippedError(f"{name} is not installed (Debian package {package})")
    return path


@contextmanager
def answering(folder: Path) -> Iterator[Answering]:
    """A dnsdist of our own for UDP and DoT, with files in *folder*, until the block ends.

    Raises:
        SkippedError: dnsdist is not installed or does not start.
    """
    trust, own = _certificate(folder)
    listen = "".join(_LISTEN.format(address=address, own=own, **PORTS) for address in ADDRESSES)
    (folder / "dnsdist.conf").write_text(_CONFIG.format() + listen)
    command = [program("dnsdist", "dnsdist"), "--supervised", "--disable-syslog", "-C", str(folder / "dnsdist.conf")]
    with _running(command, PORTS["tls"], folder / "dnsdist.log"):
        yield Answering(trust)


@contextmanager
def answering_doh(folder: Path) -> Iterator[Answering]:
    """A DoH front, with files in *folder*, until the block ends; `doh_server` says why it is not dnsdist's.

    Raises:
        SkippedError: it does not start.
    """
    trust, own = _certificate(folder)
    command = [sys.executable, "-m", "tests.bench.doh_server", str(PORTS["https"]), str(own), *ADDRESSES]
    with _running(command, PORTS["https"], folder / "doh.log"):
        yield Answering(trust)


def _certificate(folder: Path) -> tuple[Path, Path]:
    """The file of an authority, and that of a server's key and chain."""
    authority = Authority(folder, "bench")
    authority.server(TLS_NAME)
    (own,) = folder.glob(f"{TLS_NAME}-*.pem")
    return authority.file, own


@contextmanager
def _running(command: list[str], port: int, log: Path) -> Iterator[None]:
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            _await_port(process, port, log)
            yield
        finally:
            process.terminate()


def _await_port(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + _PATIENCE_S
    while process.poll() is None and time.monotonic() < until:
        with socket.socket() as attempt:
            if attempt.connect_ex((ADDRESSES[-1], port)) == 0:
                return
        time.sleep(0.05)
    raise SkippedError(f"{process.args!r} does not start: {log.read_text(errors='replace')[-300:]}")
