"""Policies as a response policy zone, the form that BIND, Unbound, Knot Resolver and PowerDNS all read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from deploy.lab.real.policies import NULL_V4, NULL_V6, PAGE_ADDRESS, PAGE_NAME, Policy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploy.lab.real.policies import Rule

ZONE: Final = "rpz.lab."
_ACTIONS: Final = {
    Policy.NXDOMAIN: ("CNAME .",),
    Policy.NODATA: ("CNAME *.",),
    Policy.PAGE: (f"CNAME {PAGE_NAME}",),
    Policy.ADDRESS: (f"A {PAGE_ADDRESS}",),
    Policy.NULL: (f"A {NULL_V4}", f"AAAA {NULL_V6}"),
    Policy.DROP: ("CNAME rpz-drop.",),
    Policy.TCP_ONLY: ("CNAME rpz-tcp-only.",),
    Policy.EDE_15: ("CNAME .",),
    Policy.EDE_16: ("CNAME .",),
    Policy.EDE_17: ("CNAME .",),
}
EXPRESSIBLE: Final = frozenset(_ACTIONS)


def zone(rules: Iterable[Rule], origin: str = ZONE) -> str:
    """The text of the policy zone *origin* with those of *rules* that such a zone can express."""
    head = (
        f"$ORIGIN {origin}\n$TTL 300\n@ SOA localhost. hostmaster.localhost. 1 7200 3600 1209600 300\n@ NS localhost.\n"
    )
    lines = [f"{rule.name.removesuffix('.')} {action}\n" for rule in rules for action in _ACTIONS.get(rule.policy, ())]
    return head + "".join(lines)
