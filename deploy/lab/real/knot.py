"""Knot Resolver: policies by a response policy zone; refusals and chosen extended errors by its Lua."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from deploy.lab.real import rpz
from deploy.lab.real.places import ROOT_SERVER
from deploy.lab.real.policies import EDE_CODES, EDE_TEXT, Policy, Rule
from deploy.lab.real.programs import Program
from deploy.lab.real.zones import root_ds

if TYPE_CHECKING:
    from deploy.lab.real.keys import Keys
    from deploy.lab.real.places import Place

COMMAND: Final = "kresd"
_CONF: Final = """log_target('stdout')
net.ipv6 = false
net.listen('{address}', 53, {{ kind = 'dns' }})
net.listen('{address}', 853, {{ kind = 'tls' }})
net.listen('{address}', 443, {{ kind = 'doh2' }})
net.tls('{certificate}', '{key}')
net.outgoing_v4('{address}')
cache.open(10 * MB, 'lmdb://cache')
modules.load('hints')
hints.root({{ ['ns.nic.'] = {{ '{root}' }} }})
trust_anchors.remove('.')
trust_anchors.add('. 3600 IN DS {root_ds}')
modules.load('nsid')
nsid.name('{identity}')
{by_lua}
policy.add(policy.rpz(policy.DENY, 'policy.zone', false))
"""


def program(place: Place, keys: Keys, rules: tuple[Rule, ...]) -> Program:
    """Knot Resolver at *place*, following *rules*."""
    conf = _CONF.format(
        address=place.address,
        certificate=keys.certificate,
        key=keys.key,
        root=ROOT_SERVER,
        root_ds=root_ds(),
        identity=place.identity,
        by_lua="\n".join(_by_lua(rule) for rule in rules if _by_lua(rule)),
    )
    in_zone = tuple(rule for rule in rules if not _by_lua(rule))
    files = {"kresd.conf": conf, "policy.zone": rpz.zone(in_zone)}
    return Program("knot", (COMMAND, "-n", "-c", "kresd.conf", "."), files, asked=(place.address,))


def _by_lua(rule: Rule) -> str:
    """What a policy zone cannot say."""
    if rule.policy is Policy.REFUSED:
        action = "policy.REFUSE"
    elif rule.policy in EDE_CODES:
        action = f"policy.DENY_MSG('{EDE_TEXT}', {EDE_CODES[rule.policy]})"
    else:
        return ""
    return f"policy.add(policy.suffix({action}, {{ todname('{rule.name}') }}))"
