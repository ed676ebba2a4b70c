"""The lab itself: every program started, answering, and stopped again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, Self

from deploy.lab.real import bind, dnsdist, knot, nsd, powerdns, unbound
from deploy.lab.real.keys import KeyFolder
from deploy.lab.real.namespace import add_addresses, require_alone
from deploy.lab.real.places import (
    BACKEND,
    HONEST,
    INFRASTRUCTURE,
    POOLS,
    TESTED,
    VANTAGE,
    WHOAMI_SERVER,
    everywhere,
    world,
)
from deploy.lab.real.policies import Software, rules_of
from deploy.lab.real.programs import Program, Running, missing
from deploy.lab.real.zones import zone_files
from probe.transport.quic import available as quic_carried
from schema.endpoint import DEFAULT_PORTS
from schema.errors import UnavailableError
from schema.registry import WHOAMI
from schema.words import Transport

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from schema.registry import Vantage, World

#: The programs that the lab runs, by the Debian package that brings each.
PACKAGES: Final = {
    nsd.COMMAND: "nsd",
    unbound.COMMAND: "unbound",
    bind.COMMAND: "bind9",
    knot.COMMAND: "knot-resolver",
    powerdns.COMMAND: "pdns-recursor",
    dnsdist.COMMAND: "dnsdist",
    "ip": "iproute2",
    "unshare": "util-linux",
    "setpriv": "util-linux",
}


def absent() -> list[str]:
    """The Debian packages that this machine lacks for the lab."""
    return sorted({PACKAGES[command] for command in missing(tuple(PACKAGES))})


class RealLab:
    """The programs, up while the context lasts; to be used inside `namespace.enclosed`. Configurations and logs stay.

    `trust` is the file of authorities for probes, `world` the registry, `vantage` a place on the access provider's line.
    """

    def __init__(self, folder: Path) -> None:
        """Start nothing yet."""
        self._folder = folder.resolve()
        self._running = Running(self._folder)
        self._quic = quic_carried()
        self.trust: Path = self._folder / "keys" / "authority.pem"
        self.world: World = world(quic=self._quic)
        self.vantage: Vantage = VANTAGE

    def __enter__(self) -> Self:
        """Start everything and wait until it answers.

        Raises:
            UnavailableError: a package is missing, there is a way out of here, or a program does not come up.
        """
        require_alone()
        if lacking := absent():
            raise UnavailableError(
                f"not installed: {', '.join(lacking)}", remedy=f"apt-get install {' '.join(lacking)}"
            )
        fronted = [place.quic_address for place in everywhere() if place.quic_address]
        add_addresses([*INFRASTRUCTURE, *(place.address for place in everywhere()), *fronted])
        try:
            self._start()
        except BaseException:
            self._running.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything."""
        self._running.stop()

    def process_id(self, name: str) -> int:
        """The id of the process called *name*, as its folder is called."""
        return self._running.process_id(name)

    def _start(self) -> None:
        """Name servers first, then resolvers, then what stands in front of them."""
        keys = KeyFolder(self.trust.parent)
        self.trust = keys.trust
        for wave in (list(_authoritative()), list(_resolvers(keys)), list(_fronts(keys, quic=self._quic))):
            for program in wave:
                self._running.start(program)
            for program in wave:
                self._running.wait(program)


def _authoritative() -> list[Program]:
    whoami = (sys.executable, "-m", "deploy.lab.real.whoami", WHOAMI_SERVER, WHOAMI)
    return [*nsd.programs(zone_files()), Program("whoami", whoami, {}, asked=(WHOAMI_SERVER,), question=WHOAMI)]


def _resolvers(keys: KeyFolder) -> list[Program]:
    found = []
    for software, place in TESTED.items():
        rules, shown = rules_of(software), keys.of(place)
        if software is Software.UNBOUND:
            at = unbound.Instance("unbound", (place.address,), place.address, place.identity)
            found.append(unbound.program(at, shown, rules))
        elif software is Software.BIND:
            found.append(bind.program(place, shown, rules))
        elif software is Software.KNOT:
            found.append(knot.program(place, shown, rules))
        elif software is Software.POWERDNS:
            found.append(powerdns.program(place, rules))
        else:  # what dnsdist asks of its backend leaves by its own address
            at = unbound.Instance("backend", (BACKEND,), place.address, place.identity)
            found.append(unbound.program(at, shown))
    for pool in POOLS.values():
        at = unbound.Instance(f"{pool.id}-partner", (pool.partner,), pool.address, pool.identity)
        found.append(unbound.program(at, keys.of(pool)))
    for place in HONEST:
        at = unbound.Instance(place.id, (place.address,), place.address, place.identity)
        found.append(unbound.program(at, keys.of(place)))
    return found


def _fronts(keys: KeyFolder, *, quic: bool) -> list[Program]:
    quad9, opendns = TESTED[Software.DNSDIST], TESTED[Software.POWERDNS]
    pools = [(pool, keys.of(pool), (TESTED[software].address, pool.partner)) for software, pool in POOLS.items()]
    found = [
        dnsdist.resolver(quad9, keys.of(quad9), rules_of(Software.DNSDIST), BACKEND),
        dnsdist.front([(opendns, keys.of(opendns))], pools),
    ]
    if quic:
        from deploy.lab.real.quic import program

        behind = [(place, keys.of(place), DEFAULT_PORTS[Transport.UDP]) for place in TESTED.values()]
        behind += [(pool, keys.of(pool), dnsdist.BEHIND_QUIC) for pool in POOLS.values()]
        found.append(program(behind))
    return found
