"""Says who is where in a running lab, what is done to which name, and how to ask."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from deploy.lab.real.places import HONEST, POOLS, TESTED
from deploy.lab.real.policies import CANNOT, DEAD_NAME, DOCKET, PROVIDER, SIGNED_ZONE, UNSIGNED_ZONE, Policy
from schema.endpoint import parse_endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploy.lab.real.lab import RealLab


def guide(lab: RealLab, process_id: int) -> Iterator[str]:
    """Lines for people; *process_id* is of somebody inside the lab's namespace."""
    behind = {
        **{place.id: str(software) for software, place in TESTED.items()},
        **{place.id: f"{software} and an honest unbound, in turns" for software, place in POOLS.items()},
        **{place.id: "an honest unbound" for place in HONEST},
    }
    yield f"{'resolver':<22}{'address':<18}{'transports':<26}program"
    for one in lab.world.resolvers:
        ends = [parse_endpoint(end) for end in one.endpoints]
        elsewhere = "".join(f"; {end.transport} at {end.address}" for end in ends if end.address != ends[0].address)
        spoken = " ".join(end.transport for end in ends)
        yield f"{one.id:<22}{ends[0].address:<18}{spoken:<26}{behind[one.id]}{elsewhere}"
    yield ""
    yield f"Policies: {', '.join(Policy)}."
    yield f"Each has two names: {Policy.NXDOMAIN}.{UNSIGNED_ZONE} is unsigned, {Policy.NXDOMAIN}.{SIGNED_ZONE} is signed."
    for software in TESTED:
        lacking = [policy for (program, policy) in CANNOT if program is software]
        if lacking:
            yield f"{software} cannot: {', '.join(lacking)}."
    yield f"{TESTED[PROVIDER].id} blocks {', '.join(DOCKET)} too; the others do not. {DEAD_NAME} does not exist."
    yield ""
    enter = "nsenter --net" if _is_root_outside() else "nsenter --user --preserve-credentials --net"
    inside = f"{enter} --target {process_id}"
    yield f"Certificates are by {lab.trust}. From another terminal:"
    yield f"  {inside} dig @1.1.1.1 {Policy.NXDOMAIN}.{UNSIGNED_ZONE}"
    yield f"  {inside} env SSL_CERT_FILE={lab.trust} .venv/bin/ottempera check {DOCKET[0]} --resolver cloudflare"
    yield "Ctrl-C ends it."


def _is_root_outside() -> bool:
    """Whether root here is root outside: then root is mapped to root (user_namespaces(7))."""
    return Path("/proc/self/uid_map").read_text(encoding="ascii").split()[:2] == ["0", "0"]
