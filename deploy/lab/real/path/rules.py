"""What nftables does on the path by itself, as rulesets: distances, redirection, drops, and holding answers back.

Only packets to and from the resolvers that a device is set on are touched: recursive resolvers ask name servers at other
addresses. What bears `MARK` is the device's own and passes.
"""

from __future__ import annotations

import subprocess
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, NamedTuple

from deploy.lab.real.namespace import environment
from schema.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MARK: Final = 0x0E77
_TABLE: Final = "path"
_DNS_PORT: Final = 53
_VERIFIED_PORTS: Final = (443, 853)


class Redirect(NamedTuple):
    """Packets of *transport* (udp or tcp) to *port* of a resolver go to *target* port *target_port*, of its family."""

    transport: str
    port: int
    target: str
    target_port: int


class Path(NamedTuple):
    """What happens to packets between a probe and *resolvers* (addresses, IPv4 and IPv6).

    *closed* is how the TCP ports *closed_ports* are shut: `drop`, `reset` or empty for open; where UDP has an encrypted
    service on them, it is dropped. *hold* keeps datagrams from port 53 back, so that a device may send what it likes
    instead. *stalls_after* so many packets of a resolver on a connection to 853 or 443 the rest is dropped (0: never).
    *distances* are IP TTLs of answers, by the address they come from.
    """

    resolvers: tuple[str, ...]
    redirects: tuple[Redirect, ...] = ()
    closed: str = ""
    closed_ports: tuple[int, ...] = _VERIFIED_PORTS
    hold: bool = False
    stalls_after: int = 0
    distances: Mapping[str, int] = {}


def ruleset(path: Path) -> str:
    """The nftables script that makes *path* so, whatever was before."""
    lines = [
        f"table inet {_TABLE}",
        f"delete table inet {_TABLE}",
        f"table inet {_TABLE} {{",
        _set("v4", "ipv4_addr", (one for one in path.resolvers if ":" not in one)),
        _set("v6", "ipv6_addr", (one for one in path.resolvers if ":" in one)),
        "chain translate { type nat hook output priority -100; policy accept;",
        f"meta mark {MARK} accept",
        *map(_redirect, path.redirects),
        "}",
        "chain leave { type filter hook output priority filter; policy accept;",
        f"meta mark {MARK} accept",
        *(_closed(path.closed, path.closed_ports) if path.closed else ()),
        *(_stalled(path.stalls_after) if path.stalls_after else ()),
        *(f"{_family(one)} saddr {one} {_ttl(one)} set {ttl}" for one, ttl in path.distances.items()),
        "}",
        "chain arrive { type filter hook prerouting priority raw; policy accept;",
        *(_held() if path.hold else ()),
        "}",
        "}",
    ]
    return "\n".join(lines) + "\n"


def install(path: Path) -> None:
    """Make *path* so in the network namespace of this process.

    Raises:
        UnavailableError: nft is not installed or refuses.
    """
    try:
        done = subprocess.run(
            ["nft", "-f", "-"],  # noqa: S607 - wherever the system has it
            input=ruleset(path),
            capture_output=True,
            text=True,
            check=False,
            env=environment(),
        )
    except FileNotFoundError as error:
        raise UnavailableError("no nft here", remedy="apt-get install nftables") from error
    if done.returncode:
        raise UnavailableError(f"nft: {done.stderr.strip()}", remedy="Run it as root of its own network namespace.")


def _set(name: str, kind: str, addresses: Iterable[str]) -> str:
    elements = ", ".join(addresses)
    return f"set {name} {{ type {kind}; {f'elements = {{ {elements} }};' if elements else ''} }}"


def _family(address: str) -> str:
    return "ip6" if ip_address(address).version == 6 else "ip"  # noqa: PLR2004 - the version's number


def _ttl(address: str) -> str:
    return "ip6 hoplimit" if _family(address) == "ip6" else "ip ttl"


def _redirect(one: Redirect) -> str:
    family = _family(one.target)
    where = f"[{one.target}]" if family == "ip6" else one.target
    which = "@v6" if family == "ip6" else "@v4"
    return f"{family} daddr {which} {one.transport} dport {one.port} dnat {family} to {where}:{one.target_port}"


def _closed(how: str, ports: tuple[int, ...]) -> Iterable[str]:
    action = "reject with tcp reset" if how == "reset" else "drop"
    for family, which in (("ip", "@v4"), ("ip6", "@v6")):
        for port in ports:
            yield f"{family} daddr {which} tcp dport {port} {action}"
            if port != _DNS_PORT:
                yield f"{family} daddr {which} udp dport {port} drop"


def _stalled(packets: int) -> Iterable[str]:
    for family, which in (("ip", "@v4"), ("ip6", "@v6")):
        for port in _VERIFIED_PORTS:
            yield f"{family} saddr {which} tcp sport {port} ct reply packets > {packets} drop"


def _held() -> Iterable[str]:
    for family, which in (("ip", "@v4"), ("ip6", "@v6")):
        yield f"{family} saddr {which} udp sport {_DNS_PORT} meta mark != {MARK} drop"
