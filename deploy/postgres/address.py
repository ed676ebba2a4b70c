"""Where a server listens: a port of 127.0.0.1 that stays the same while it can, and a unix socket with a short path."""

from __future__ import annotations

import json
import secrets
import socket
import struct
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

from deploy.postgres.account import Account, first_closed
from deploy.postgres.errors import LauncherError
from deploy.postgres.layout import Layout

# Below the range from which systems take ports for outgoing connections: such a port is rarely lost while we are down.
PORTS: Final = range(15_433, 25_433)
_ATTEMPTS: Final = 200
# sockaddr_un.sun_path: 108 bytes with the final zero on Linux; a client needs the whole path, too.
_SUN_PATH_MAX: Final = 107

_SSL_REQUEST: Final = struct.pack("!ii", 8, 80877103)
_ANSWER_S: Final = 5.0


class Address(NamedTuple):
    """A port on 127.0.0.1 and the directory of the unix socket."""

    port: int
    socket_dir: Path


def remembered(layout: Layout) -> Address | None:
    """The address of the last start; None before the first, or when the file was damaged (it holds nothing dear)."""
    try:
        kept = json.loads(layout.address.read_bytes())
        return Address(int(kept["port"]), Path(kept["socket_dir"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def choose(layout: Layout, account: Account) -> Address:
    """The last address if it is still free, else a new one; remembered before it is used."""
    last = remembered(layout)
    port = last.port if last and is_free(last.port) else _free_port()
    address = Address(port, _socket_dir(layout, account, last))
    fresh = layout.address.with_suffix(".new")
    fresh.write_text(json.dumps({"port": port, "socket_dir": str(address.socket_dir)}) + "\n")
    fresh.replace(layout.address)
    return address


def answers(port: int) -> bool:
    """Whether a live postmaster answers on *port*: one that is being killed takes connections but makes no sessions.

    Asked for TLS (PostgreSQL's protocol, SSLRequest), it says no before it wants to know who we are.
    """
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_ANSWER_S) as client:
            client.sendall(_SSL_REQUEST)
            return client.recv(1) == b"N"
    except OSError:
        return False


def _socket_dir(layout: Layout, account: Account, last: Address | None) -> Path:
    if len(bytes(layout.sockets / f".s.PGSQL.{PORTS.stop}.lock")) <= _SUN_PATH_MAX:
        return layout.sockets
    if last and last.socket_dir != layout.sockets and _is_ours(last.socket_dir, account):
        return last.socket_dir
    for candidate in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):  # noqa: S108  mkdtemp makes it safe
        if (
            len(bytes(candidate)) < _SUN_PATH_MAX // 2
            and candidate.is_dir()
            and first_closed(candidate, account) is None
        ):
            made = Path(tempfile.mkdtemp(prefix="ottempera-", dir=candidate))
            account.own(made, 0o700)
            return made
    problem = f"The path {layout.sockets} is too long for a unix socket, and there is no short temporary directory."
    raise LauncherError(problem, "Give a --data DIR with a shorter path.")


def _is_ours(directory: Path, account: Account) -> bool:
    try:
        status = directory.lstat()
    except OSError:
        return False
    return directory.is_dir() and not directory.is_symlink() and status.st_uid == account.uid


def _free_port() -> int:
    for _ in range(_ATTEMPTS):
        port = PORTS[secrets.randbelow(len(PORTS))]
        if is_free(port):
            return port
    problem = f"No free port was found on 127.0.0.1 between {PORTS.start} and {PORTS.stop - 1}."
    raise LauncherError(problem, "Check that the loopback interface is up.")


def is_free(port: int) -> bool:
    """Whether nobody listens on *port* of 127.0.0.1 now; a moment later somebody may."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Postgres does: TIME_WAIT is no obstacle
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError:
            return False
    return True
