"""What a probe can say of itself and of its line without sending a packet, and where it says it."""

from __future__ import annotations

from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from schema.record import BatchHeader, Begin, NetSeen

if TYPE_CHECKING:
    from probe.clock import Clock
    from schema.record import ChainHead

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_ROUTES = Path("/proc/net/route")
_EVERYWHERE = "00000000"  # destination of a default route, as the kernel writes it
_RESOLV_CONF = Path("/etc/resolv.conf")


class Facts:
    """What a process says at the head of every batch, and where it begins a chain; read once."""

    def __init__(self, probe: str, clock: Clock, *, lab: bool) -> None:
        """Look around; a lab's line is not this machine's."""
        self._probe, self._clock, self._lab = probe, clock, lab
        self._net = NetSeen() if lab else net_seen()
        self._boot, self._build = boot_id(), build_id()

    def header(self, chain: str, number: int, previous: str | None) -> BatchHeader:
        """The header of a batch that is written now."""
        return BatchHeader(
            probe=self._probe,
            chain=chain,
            number=number,
            boot=self._boot,
            build=self._build,
            at=self._clock.now(),
            previous=previous,
            clock=self._clock.seen(),
            net=self._net,
            lab=self._lab,
        )

    def begin(self, chain: str, key: bytes, after: ChainHead | None) -> Begin:
        """The begin of a chain that is signed with *key* (32 bytes)."""
        return Begin(chain, key.hex(), self._boot, self._build, self._clock.now(), after)


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
