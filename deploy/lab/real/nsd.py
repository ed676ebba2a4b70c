"""The name servers: NSD, one instance for the root, one for the top-level domains, one for what they hold.

One process for all would answer for the deepest zone at every address, and no resolver would ever see a referral.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from deploy.lab.real.places import HOST_SERVER, IT_SERVER, ROOT_SERVER, TLD_SERVER
from deploy.lab.real.programs import Program

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

COMMAND: Final = "nsd"
_NAMES: Final = {ROOT_SERVER: "nsd-root", TLD_SERVER: "nsd-tld", HOST_SERVER: "nsd-host"}
_MORE_ADDRESSES: Final = {TLD_SERVER: (IT_SERVER,)}
_SERVER: Final = """server:
    username: ""
    chroot: ""
    zonesdir: "."
    pidfile: "nsd.pid"
    database: ""
    xfrdfile: ""
    zonelistfile: "zone.list"
    xfrdir: "."
    server-count: 1
    tcp-count: 200
    hide-version: yes
{interfaces}
remote-control:
    control-enable: no
{zones}"""
_ZONE: Final = """zone:
    name: "{origin}"
    zonefile: "{file}"
"""


def programs(zones: Mapping[str, Mapping[str, str]]) -> Iterable[Program]:
    """An instance for each server address of *zones*, which holds texts by zone."""
    for address, texts in zones.items():
        interfaces = (address, *_MORE_ADDRESSES.get(address, ()))
        files = {f"{origin.rstrip('.') or 'root'}.zone": (origin, text) for origin, text in texts.items()}
        first = next(iter(texts))
        yield Program(
            _NAMES[address],
            (COMMAND, "-d", "-c", "nsd.conf"),
            {
                "nsd.conf": _SERVER.format(
                    interfaces="".join(f"    ip-address: {one}\n" for one in interfaces),
                    zones="".join(_ZONE.format(origin=origin, file=file) for file, (origin, _) in files.items()),
                ),
                **{file: text for file, (_, text) in files.items()},
            },
            asked=interfaces,
            question=first,
        )
