"""A network namespace that holds nothing but loopback, and the check that this is one: recursive resolvers follow referrals.

Rootless where the kernel allows: `unshare --user` makes us root of nothing but the new network, which is enough for
addresses on its loopback and for ports below 1024.
"""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

from schema.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_UP_AND_GO: Final = 'ip link set lo up && exec "$@"'
_SYSTEM_PATH: Final = "/usr/sbin:/sbin:/usr/bin:/bin"
_V4_ROUTES, _V6_ROUTES = Path("/proc/net/route"), Path("/proc/net/ipv6_route")


def enclosed(command: Sequence[str]) -> list[str]:
    """*command*, wrapped so that it runs in a namespace of its own with loopback up.

    Raises:
        UnavailableError: the kernel, or whoever runs this machine, lets us make none.
    """
    unshare = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]
    wrapped = [*unshare, "--", "sh", "-c", _UP_AND_GO, "sh"]
    try:
        tried = subprocess.run(  # noqa: S603 - the program is util-linux's, the arguments are ours
            [*wrapped, "true"], capture_output=True, text=True, check=False, env=environment()
        )
    except FileNotFoundError as error:
        raise UnavailableError("no unshare here", remedy="Install util-linux and iproute2.") from error
    if tried.returncode:
        raise UnavailableError(
            f"this machine lets us make no network namespace: {tried.stderr.strip()}",
            remedy="Run it as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone, "
            "kernel.apparmor_restrict_unprivileged_userns).",
        )
    return [*wrapped, *command]


def environment() -> dict[str, str]:
    """The environment for system programs: some stand in sbin, and their messages are read."""
    return {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:{_SYSTEM_PATH}", "LC_ALL": "C.UTF-8"}


def require_alone() -> None:
    """Make sure that nothing but loopback exists here and that no route leads out.

    Raises:
        UnavailableError: there is more; nothing may be started here.
    """
    links = [name for _, name in socket.if_nameindex() if name != "lo"]
    leaving = [*_leaving(_V4_ROUTES, device=0, skip=1), *_leaving(_V6_ROUTES, device=-1, skip=0)]
    if links or leaving:
        raise UnavailableError(
            f"this network holds more than loopback: {', '.join(sorted({*links, *leaving}))}",
            remedy="Real resolvers run in a namespace without a way out only: make lab-real makes one.",
        )


def add_addresses(addresses: Iterable[str]) -> None:
    """Give *addresses* to the loopback of this namespace.

    Raises:
        UnavailableError: we may not.
    """
    lines = [f"address replace {one}/{128 if ':' in one else 32} dev lo" for one in dict.fromkeys(addresses)]
    added = subprocess.run(
        ["ip", "-batch", "-"],  # noqa: S607 - wherever the system has it
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    if added.returncode:
        raise UnavailableError(
            f"loopback takes no addresses here: {added.stderr.strip()}", remedy="Run it as root of its own namespace."
        )


def _leaving(table: Path, *, device: int, skip: int) -> list[str]:
    """The devices other than loopback in a routing table of /proc."""
    try:
        rows = [line.split() for line in table.read_text(encoding="ascii").splitlines()[skip:]]
    except FileNotFoundError:  # a kernel without IPv6
        return []
    return [row[device] for row in rows if row and row[device] != "lo"]
