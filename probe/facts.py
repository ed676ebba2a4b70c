"""What a probe can say of itself and of its line without sending a packet."""

from __future__ import annotations

from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from schema.record import NetSeen

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_ROUTES = Path("/proc/net/route")
_EVERYWHERE = "00000000"  # destination of a default route, as the kernel writes it
_RESOLV_CONF = Path("/etc/resolv.conf")


def boot_id() -> str:
    """The kernel's id of this boot; empty where there is none."""
    return _read(_BOOT_ID).strip()


def build_id() -> str:
    """Distribution and version of this program."""
    try:
        return f"ottempera {version('ottempera')}"
    except PackageNotFoundError:
        return "ottempera unpackaged"


def net_seen() -> NetSeen:
    """A digest of the default routes and the resolvers handed out; no address, which only a verified whoami can tell."""
    routes = [line.split() for line in _read(_ROUTES).splitlines()[1:]]
    default = sorted(" ".join(route[:3]) for route in routes if route[1:2] == [_EVERYWHERE])
    servers = tuple(
        words[1] for line in _read(_RESOLV_CONF).splitlines() if (words := line.split())[:1] == ["nameserver"]
    )
    digest = sha256("\n".join(default).encode()).hexdigest() if default else None
    return NetSeen(route=digest, resolvers=servers)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
